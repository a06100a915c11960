//! The sum of a reply that is nothing but text, read in place.
//!
//! A reply that goes on as it came is read for the books alone, and most replies are one text with its usage. Reading
//! such a one whole took a quarter of the gateway's instructions for a short request. What is anything else (calls,
//! refusals, several choices, words that are not the usual ones) is left to the dialect's own reader, which
//! [`Tally::of_body`] then asks; a test holds both to the same sums.

use crate::dialect::Dialect;
use crate::json::{self, Members, elements, fields};
use crate::reply::Finish;
use crate::tally::Tally;
use crate::usage::Usage;
use crate::{chat, messages};

/// The sum of `body`, or `None` where it is not so simple.
pub(crate) fn read(body: &[u8], dialect: Dialect) -> Option<Tally> {
    let reply = json::quick_members(body)?;
    if reply.get("error").is_some() {
        return None;
    }
    let (finish, usage) = match dialect {
        Dialect::Chat => chat_text(&reply)?,
        Dialect::Messages => messages_text(&reply)?,
        Dialect::Responses => return None,
    };
    Some(Tally {
        id: Some(text(reply.get("id")?)?.to_owned()),
        model: Some(text(reply.get("model")?)?.to_owned()),
        usage: Some(usage),
        finish: Some(finish),
        calls: Vec::new(),
        thinking: false,
        content: true,
        ended: true,
        failed: None,
    })
}

fn chat_text(reply: &Members<'_>) -> Option<(Finish, Usage)> {
    let mut choices = elements(reply.get("choices")?);
    let choice = choices.next().filter(|_| reply.get("x_groq").is_none())?;
    let mut finish = None;
    for (key, value) in fields(choice) {
        match key {
            "finish_reason" => finish = Some(value),
            "message" => fields(value).all(is_text_member).then_some(())?,
            "index" => {}
            _ if value == "null" => {}
            _ => return None,
        }
    }
    let finish = match (finish?, choices.next()) {
        (r#""stop""#, None) => Finish::Stop,
        (r#""length""#, None) => Finish::Length,
        _ => return None,
    };
    Some((finish, chat::usage_of_text(reply.get("usage")?)?))
}

/// Whether a member of a chat message says nothing but text.
fn is_text_member((key, value): (&str, &str)) -> bool {
    match key {
        "role" => true,
        "content" => value.len() > 2 && value.starts_with('"'),
        "annotations" | "tool_calls" => matches!(value, "null" | "[]"),
        _ => value == "null",
    }
}

fn messages_text(reply: &Members<'_>) -> Option<(Finish, Usage)> {
    let mut blocks = elements(reply.get("content")?).peekable();
    blocks.peek()?;
    if !blocks.all(|block| fields(block).all(is_text_block_member)) {
        return None;
    }
    let unusual = ["container", "context_management", "stop_details"];
    if unusual.iter().any(|key| reply.get(key).is_some_and(|value| value != "null")) {
        return None;
    }
    let finish = match reply.get("stop_reason")? {
        r#""end_turn""# => Finish::Stop,
        r#""max_tokens""# => Finish::Length,
        _ => return None,
    };
    let usage = serde_json::from_str(reply.get("usage")?).ok()?;
    Some((finish, messages::usage_of_reply(&usage)?))
}

/// Whether a member of a block of a message says nothing but text.
fn is_text_block_member((key, value): (&str, &str)) -> bool {
    match key {
        "type" => value == r#""text""#,
        "text" => value.starts_with('"'),
        "citations" => value == "null",
        _ => false,
    }
}

/// A string without escapes.
fn text(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.bytes().any(|byte| byte == b'\\')).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::translate::read_reply;

    fn check(dialect: Dialect, body: &str, quick: bool) {
        let found = read(body.as_bytes(), dialect);
        assert_eq!(found.is_some(), quick, "{body}");
        if let Some(tally) = found {
            let document = serde_json::from_str(body).expect("JSON");
            let reply = read_reply(document, dialect).expect("a reply");
            assert_eq!(tally, Tally::of_reply(&reply), "{body}");
        }
    }

    #[test]
    fn a_text_of_chat_has_the_sum_that_its_reader_gives() {
        let with = |message: &str, rest: &str| {
            format!(
                r#"{{"id":"c","model":"m","choices":[{{"index":0,"message":{message},{rest}}}],"usage":{{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46,"prompt_tokens_details":{{"cached_tokens":5}},"completion_tokens_details":{{"reasoning_tokens":7}}}}}}"#
            )
        };
        let text =
            r#"{"role":"assistant","content":"hi \"there\"","refusal":null,"tool_calls":[]}"#;
        check(Dialect::Chat, &with(text, r#""finish_reason":"stop","logprobs":null"#), true);
        check(Dialect::Chat, &with(text, r#""finish_reason":"length""#), true);
        check(Dialect::Chat, &with(text, r#""finish_reason":"content_filter""#), false);
        check(Dialect::Chat, &with(text, r#""finish_reason":"stop","stop_reason":"x""#), false);
        for message in [
            r#"{"role":"assistant","content":"","refusal":"no"}"#,
            r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}"#,
            r#"{"role":"assistant","content":"hi","reasoning_content":"hm"}"#,
            r#"{"role":"assistant","content":""}"#,
        ] {
            check(Dialect::Chat, &with(message, r#""finish_reason":"stop""#), false);
        }
        check(Dialect::Chat, r#"{"error":{"message":"no"},"choices":[]}"#, false);
        check(Dialect::Chat, "<html>", false);
    }

    #[test]
    fn a_text_of_messages_has_the_sum_that_its_reader_gives() {
        let with = |content: &str, reason: &str| {
            format!(
                r#"{{"id":"msg","type":"message","role":"assistant","model":"m","content":{content},"stop_reason":{reason},"stop_sequence":null,"usage":{{"input_tokens":12,"cache_read_input_tokens":3,"cache_creation_input_tokens":9,"cache_creation":{{"ephemeral_1h_input_tokens":4}},"output_tokens":34}}}}"#
            )
        };
        let text = r#"[{"type":"text","text":"a"},{"type":"text","text":"b","citations":null}]"#;
        check(Dialect::Messages, &with(text, r#""end_turn""#), true);
        check(Dialect::Messages, &with(text, r#""max_tokens""#), true);
        check(Dialect::Messages, &with(text, r#""stop_sequence""#), false);
        check(Dialect::Messages, &with("[]", r#""end_turn""#), false);
        let call = r#"[{"type":"tool_use","id":"t","name":"f","input":{}}]"#;
        check(Dialect::Messages, &with(call, r#""tool_use""#), false);
        let thought = r#"[{"type":"thinking","thinking":"x","signature":"s"}]"#;
        check(Dialect::Messages, &with(thought, r#""end_turn""#), false);
    }
}
