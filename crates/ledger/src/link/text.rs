//! Which part of a text tells a conversation from another.

use std::borrow::Cow;

/// A message's text without what clients add to it each time: reminders go, line ends and margins are made alike.
pub(crate) fn of_message(text: &str) -> Cow<'_, str> {
    const REMINDER: &str = "system-reminder";
    if !text.contains("\r\n") && !text.contains(REMINDER) {
        return Cow::Borrowed(text.trim());
    }
    Cow::Owned(without_elements(&text.replace("\r\n", "\n"), REMINDER).trim().to_owned())
}

/// How Claude Code's prompt for its main agent begins; behind it stands what changes from day to day.
const CLAUDE_CODE: &str =
    "You are an interactive CLI tool that helps users with software engineering tasks";

/// A line that says who is billed; it differs from request to request.
const BILLING_LINE: &str = "x-anthropic-billing-header:";

/// Where the state of the working copy begins; it reaches to the end of the prompt.
const GIT_STATUS: &str = "gitStatus:";

/// The part of one text of a system prompt that stays the same within a conversation.
pub(crate) fn of_system(text: &str) -> String {
    let text = of_message(text);
    if text.starts_with(CLAUDE_CODE) {
        return CLAUDE_CODE.to_owned();
    }
    let text = without_elements(&text, "transient_context");
    let text = text.split_once(GIT_STATUS).map_or(text.as_str(), |(before, _)| before);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with(BILLING_LINE));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The text without `<name>…</name>`; one that is not closed stays.
fn without_elements(text: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(&open) {
        let Some((_, behind)) = after.split_once(&close) else { break };
        left.push_str(before);
        rest = behind;
    }
    left.push_str(rest);
    left
}

/// By which a request shows that it asks for a summary: its system prompt, or its last message.
pub(crate) const SUMMARISERS: [&str; 2] = [
    "You are a helpful AI assistant tasked with summarizing conversations",
    "Your task is to create a detailed summary of the conversation so far",
];

/// With what a compacted conversation begins.
const CONTINUED: &str =
    "This session is being continued from a previous conversation that ran out of context";
/// What stands between that and the summary, in the older and the newer form.
const BEFORE_SUMMARY: [&str; 2] = [
    "The conversation is summarized below:",
    "The summary below covers the earlier portion of the conversation.",
];
/// What stands behind the summary, in both forms.
const AFTER_SUMMARY: [&str; 3] = [
    "Please continue the conversation",
    "If you need specific details from before compaction",
    "Continue the conversation from where it left off",
];

/// As what the summary of a compacted conversation may have been replied: the text of the summary in one message, or
/// only the part that is headed `Summary:`. Empty: the message is not the beginning of one.
pub(crate) fn summaries_sought(text: &str) -> Vec<String> {
    let Some((_, text)) = text.split_once(CONTINUED) else { return Vec::new() };
    let after = BEFORE_SUMMARY.iter().find_map(|before| text.split_once(before));
    let Some((_, text)) = after else { return Vec::new() };
    let end = AFTER_SUMMARY.iter().filter_map(|after| text.find(after)).min();
    let text = &text[..end.unwrap_or(text.len())];
    let part = text.split_once("Summary:").or_else(|| text.split_once("<summary>"));
    fingerprints([Some(text), part.map(|(_, part)| part)])
}

/// As what the text of a reply may be the summary of a conversation to come.
pub(crate) fn summaries_offered(text: &str) -> Vec<String> {
    let part = text.split_once("<summary>").or_else(|| text.split_once("Summary:"));
    fingerprints([Some(text), part.map(|(_, part)| part)])
}

/// How much of a summary must be the same, in characters.
const FINGERPRINT_CHARS: usize = 300;
/// A shorter text is no summary, in characters.
const SUMMARY_CHARS_MIN: usize = 100;

fn fingerprints(texts: [Option<&str>; 2]) -> Vec<String> {
    let mut found: Vec<String> = texts.into_iter().flatten().filter_map(fingerprint).collect();
    found.dedup();
    found
}

/// The beginning of a summary, without its headings, in lower case, with single spaces.
fn fingerprint(text: &str) -> Option<String> {
    let mut text = of_message(text).into_owned();
    for heading in ["<analysis>", "</analysis>", "<summary>", "</summary>", "Analysis:", "Summary:"]
    {
        text = text.replace(heading, " ");
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ").to_lowercase();
    let text = text.trim_end_matches(['.', ' ']);
    let beginning: String = text.chars().take(FINGERPRINT_CHARS).collect();
    (beginning.chars().count() >= SUMMARY_CHARS_MIN).then_some(beginning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(found: &str, expected: &Expect) {
        expected.assert_eq(found);
    }

    #[test]
    fn reminders_and_margins_do_not_count() {
        check(&of_message(" a\r\n<system-reminder>x</system-reminder>b "), &expect!["a\nb"]);
        check(&of_message("<system-reminder>x\ny</system-reminder>"), &expect![""]);
        check(&of_message("a <system-reminder> b"), &expect!["a <system-reminder> b"]);
    }

    #[test]
    fn what_changes_from_day_to_day_is_no_part_of_a_system_prompt() {
        check(
            &of_system(
                "x-anthropic-billing-header: cc_version=2\nYou are X.\ngitStatus: dirty\nStatus: M a",
            ),
            &expect!["You are X."],
        );
        check(
            &of_system(
                "You are an interactive CLI tool that helps users with software engineering tasks. Today is",
            ),
            &expect![
                "You are an interactive CLI tool that helps users with software engineering tasks"
            ],
        );
        check(&of_system("a<transient_context>now</transient_context>b"), &expect!["ab"]);
    }

    #[test]
    fn a_summary_is_found_again_in_both_forms() {
        let body = "1. Primary Request: the user wants a ledger. ".repeat(8);
        let reply = format!(
            "<analysis>\nFirst I looked at it all.\n</analysis>\n\n<summary>\n{body}\n</summary>"
        );
        let offered = summaries_offered(&reply);
        let old = format!(
            "{CONTINUED}. The conversation is summarized below:\nAnalysis:\nFirst I looked at it all.\n\nSummary:\n{body}..\nPlease continue the conversation from where"
        );
        let new = format!(
            "{CONTINUED}. The summary below covers the earlier portion of the conversation.\n\nSummary:\n{body}\n\nIf you need specific details from before compaction (like"
        );
        for request in [old, new] {
            let sought = summaries_sought(&request);
            assert!(sought.iter().any(|text| offered.contains(text)), "{sought:?}\n{offered:?}");
        }
        assert_eq!(summaries_sought(&body), Vec::<String>::new());
        assert_eq!(summaries_offered("too short"), Vec::<String>::new());
    }
}
