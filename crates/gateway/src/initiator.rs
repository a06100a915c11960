//! Who brought a request about: a person or an agent that goes on by itself.
//!
//! Copilot counts a request against a quota when a person made it, and asks its clients to say so (`x-initiator`). The
//! conversation's last message decides, and the reason is written down. Nothing is changed to come out one way or the
//! other; where it is in doubt, a person it was.
//!
//! Source: reference gateway.md §1.3 ("from LAST message only"), ericc-ch/copilot-api#68.

use ironbridge_upstream::Initiator;
use ironbridge_wire::Dialect;
use ironbridge_wire::json::{Members, elements, fields};
use std::borrow::Cow;

/// A verdict with its reason.
pub(crate) type Decided = (Initiator, &'static str);

const NEW_TEXT: Decided = (Initiator::User, "the last message is a person's");
const NO_MESSAGES: Decided = (Initiator::User, "there is no message to tell by");
const TOOL_RESULT: Decided = (Initiator::Agent, "the last message holds only results of tools");
const ASSISTANT: Decided = (Initiator::Agent, "the last message is the model's own");

/// Who brought about the request whose body has these members.
pub(crate) fn decide(members: &Members<'_>, dialect: Dialect) -> Decided {
    let list = match dialect {
        Dialect::Messages | Dialect::Chat => "messages",
        Dialect::Responses => "input",
    };
    let Some(list) = members.get(list) else { return NO_MESSAGES };
    if !list.starts_with('[') {
        // A text in place of a list is a prompt.
        return NEW_TEXT;
    }
    // Clients put system texts of their own at the end, too (Claude Code's list of agents).
    let last = elements(list).filter(|item| !is_system(item)).last();
    last.map_or(NO_MESSAGES, by_last)
}

fn is_system(item: &str) -> bool {
    matches!(text(item, "role").as_deref(), Some("system" | "developer"))
}

fn by_last(last: &str) -> Decided {
    match text(last, "role").as_deref() {
        Some("user") => by_parts(value(last, "content").unwrap_or_default()),
        Some("assistant") => ASSISTANT,
        Some("tool" | "function") => TOOL_RESULT,
        // An input item of the responses dialect that is no message: `function_call_output` and its like, or what the
        // model itself made.
        _ => match text(last, "type").as_deref() {
            Some(kind) if kind.ends_with("_output") => TOOL_RESULT,
            Some(kind) if kind.ends_with("_call") || kind == "reasoning" => ASSISTANT,
            _ => NEW_TEXT,
        },
    }
}

/// A user's message: is there anything in it but results of tools?
///
/// What stands wholly between `<system-reminder>` tags beside results was put there by the agent's program.
fn by_parts(content: &str) -> Decided {
    let is_result = |part| text(part, "type").is_some_and(|kind| kind.ends_with("tool_result"));
    let is_reminder = |part| {
        text(part, "text").is_some_and(|text| {
            let text = text.trim();
            text.starts_with("<system-reminder>") && text.ends_with("</system-reminder>")
        })
    };
    let only_results = elements(content).any(is_result)
        && elements(content).all(|part| is_result(part) || is_reminder(part));
    if only_results { TOOL_RESULT } else { NEW_TEXT }
}

/// The JSON text of a member.
fn value<'a>(item: &'a str, key: &str) -> Option<&'a str> {
    fields(item).find(|(name, _)| *name == key).map(|(_, value)| value)
}

/// A member that is a string.
fn text<'a>(item: &'a str, key: &str) -> Option<Cow<'a, str>> {
    serde_json::from_str(value(item, key)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{ASSISTANT, Decided, NEW_TEXT, NO_MESSAGES, TOOL_RESULT, decide};
    use ironbridge_wire::Dialect::{self, Chat, Messages, Responses};
    use ironbridge_wire::json;

    fn check(dialect: Dialect, body: &str, expected: Decided) {
        let members = json::members(body.as_bytes()).expect("test body is valid");
        assert_eq!(decide(&members, dialect), expected, "{body}");
    }

    #[test]
    fn a_persons_words_are_a_persons() {
        check(Chat, r#"{"messages":[{"role":"user","content":"hi"}]}"#, NEW_TEXT);
        check(Responses, r#"{"input":"hi"}"#, NEW_TEXT);
        check(
            Responses,
            r#"{"input":[{"role":"user","content":[{"type":"input_text","text":"x"}]}]}"#,
            NEW_TEXT,
        );
        let after_tools = r#"{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"},{"type":"text","text":"no, stop"}]}]}"#;
        check(Messages, after_tools, NEW_TEXT);
        let only_reminder = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"<system-reminder>x</system-reminder>"}]}]}"#;
        check(Messages, only_reminder, NEW_TEXT);
        // An earlier turn of the model does not make this one the agent's (copilot-api's fault).
        let second = r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}"#;
        check(Chat, second, NEW_TEXT);
        check(Messages, r#"{"messages":[]}"#, NO_MESSAGES);
        check(Responses, r#"{"prompt":{"id":"pmpt_1"}}"#, NO_MESSAGES);
    }

    #[test]
    fn what_tools_said_is_the_agents() {
        let result = r#"{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}]}"#;
        check(Messages, result, TOOL_RESULT);
        let reminded = r#"{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"},{"type":"text","text":" <system-reminder>x</system-reminder>\n"}]}]}"#;
        check(Messages, reminded, TOOL_RESULT);
        check(
            Messages,
            r#"{"messages":[{"role":"user","content":[{"type":"mcp_tool_result"}]}]}"#,
            TOOL_RESULT,
        );
        check(
            Chat,
            r#"{"messages":[{"role":"tool","tool_call_id":"c","content":"x"}]}"#,
            TOOL_RESULT,
        );
        check(
            Responses,
            r#"{"input":[{"type":"function_call_output","call_id":"c","output":"x"}]}"#,
            TOOL_RESULT,
        );
        check(Responses, r#"{"input":[{"type":"reasoning","summary":[]}]}"#, ASSISTANT);
        check(Chat, r#"{"messages":[{"role":"assistant","content":"half a"}]}"#, ASSISTANT);
    }

    #[test]
    fn system_texts_at_the_end_are_looked_past() {
        let listed = r#"{"messages":[{"role":"user","content":[{"type":"tool_result"}]},{"role":"system","content":"agents"}]}"#;
        check(Messages, listed, TOOL_RESULT);
        check(
            Responses,
            r#"{"input":[{"role":"user","content":"x"},{"role":"developer","content":"y"}]}"#,
            NEW_TEXT,
        );
    }
}
