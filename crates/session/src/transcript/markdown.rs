//! A session as a document for people.

use super::Transcript;
use crate::{Message, Origin, ReplyPart, UserPart};
use std::fmt::Write as _;

/// The session as Markdown: what was said, which tools were called and what they answered. What was undone is left out,
/// what was summarised is not.
pub(super) fn of(transcript: &Transcript) -> String {
    let mut text = format!("# {}\n", transcript.title());
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\nSession `{}` in `{}`.", transcript.id(), transcript.project());
    for message in transcript.messages() {
        match message {
            Message::User { origin: Origin::Engine, .. } => {}
            Message::User { parts, .. } => {
                let _ = writeln!(text, "\n## User\n\n{}", UserPart::texts(parts).trim_end());
            }
            Message::Assistant { parts } => {
                for part in parts {
                    replied(&mut text, part);
                }
            }
            Message::Result(result) => {
                let how = if result.status.is_error() { "failed" } else { "answered" };
                let fence = fence(&result.text);
                let said = result.text.trim_end();
                let _ = writeln!(text, "\n`{}` {how}:\n\n{fence}\n{said}\n{fence}", result.tool);
            }
        }
    }
    text
}

fn replied(text: &mut String, part: &ReplyPart) {
    let _ = match part {
        ReplyPart::Text { text: said } => writeln!(text, "\n## Agent\n\n{}", said.trim_end()),
        ReplyPart::Call { name, arguments, .. } => {
            let fence = fence(arguments);
            writeln!(text, "\nCalls `{name}`:\n\n{fence}json\n{arguments}\n{fence}")
        }
        ReplyPart::Thinking { .. } => Ok(()),
    };
}

/// A fence that nothing in the text closes.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
