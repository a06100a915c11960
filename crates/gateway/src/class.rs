//! What kind of request of a coding agent it is.
//!
//! The earlier Claude proxy told three apart, and its statistics are read by that (reference gateway.md §3.4). Only the
//! roles and the last user text are looked at, in place: a relayed body is not taken apart for a statistic.

use ironbridge_wire::Dialect;
use ironbridge_wire::json::Members;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RequestClass {
    /// The last user text is the word `quota`: Claude Code asks whether it may work at all.
    Quota,
    /// At most one system text: a title, a topic check, a plain script.
    QueryEvaluation,
    /// Two or more system texts: an agent at work.
    Inference,
}

/// A message or input item, unread but for what is asked here.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    role: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
}

impl RequestClass {
    /// Classifies a request; `None` when its messages are not in the form of the dialect.
    pub(crate) fn of(members: &Members<'_>, dialect: Dialect) -> Option<Self> {
        let (system, list) = match dialect {
            Dialect::Messages => ("system", "messages"),
            Dialect::Chat => ("", "messages"),
            Dialect::Responses => ("instructions", "input"),
        };
        let input = members.get(list)?;
        let messages: Vec<Message<'_>> =
            if input.starts_with('"') { Vec::new() } else { serde_json::from_str(input).ok()? };
        let last_user =
            messages.iter().rev().find(|message| message.role.as_deref() == Some("user"));
        let text = match last_user {
            Some(message) => text_of(message.content.map_or("", RawValue::get)),
            None => text_of(input),
        };
        if text.trim().eq_ignore_ascii_case("quota") {
            return Some(RequestClass::Quota);
        }
        let is_system = |message: &&Message<'_>| {
            matches!(message.role.as_deref(), Some("system" | "developer"))
        };
        let system_texts =
            members.get(system).map_or(0, texts) + messages.iter().filter(is_system).count();
        Some(if system_texts <= 1 {
            RequestClass::QueryEvaluation
        } else {
            RequestClass::Inference
        })
    }
}

/// How many texts a system prompt consists of.
fn texts(system: &str) -> usize {
    match system.as_bytes().first() {
        Some(b'[') => {
            serde_json::from_str::<Vec<&RawValue>>(system).map_or(0, |blocks| blocks.len())
        }
        Some(b'"') => 1,
        _ => 0,
    }
}

/// The text of a content member: a string, or the texts of its blocks.
fn text_of(content: &str) -> Cow<'_, str> {
    if content.starts_with('"') {
        return serde_json::from_str(content).unwrap_or_default();
    }
    let blocks: Vec<Block<'_>> = serde_json::from_str(content).unwrap_or_default();
    blocks.into_iter().filter_map(|block| block.text).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::RequestClass::{self, Inference, QueryEvaluation, Quota};
    use ironbridge_wire::{Dialect, json};

    fn check(dialect: Dialect, body: &str, expected: Option<RequestClass>) {
        let members = json::members(body.as_bytes()).expect("test body is valid");
        assert_eq!(RequestClass::of(&members, dialect), expected, "{body}");
    }

    #[test]
    fn messages_are_told_apart_by_system_texts_and_quota() {
        let check = |body, expected| check(Dialect::Messages, body, expected);
        check(r#"{"messages":[{"role":"user","content":"Quota "}]}"#, Some(Quota));
        check(
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"quota"}]}]}"#,
            Some(Quota),
        );
        check(r#"{"messages":[{"role":"user","content":"hi"}]}"#, Some(QueryEvaluation));
        check(
            r#"{"system":"a","messages":[{"role":"user","content":"hi"}]}"#,
            Some(QueryEvaluation),
        );
        check(
            r#"{"system":[{"text":"a"},{"text":"b"}],"messages":[{"role":"user","content":"hi"}]}"#,
            Some(Inference),
        );
        check(
            r#"{"system":"a","messages":[{"role":"user","content":"hi"},{"role":"system","content":"b"}]}"#,
            Some(Inference),
        );
        check(r#"{"messages":7}"#, None);
        check("{}", None);
    }

    #[test]
    fn openai_dialects_too() {
        check(
            Dialect::Chat,
            r#"{"messages":[{"role":"system","content":"a"},{"role":"system","content":"b"},{"role":"user","content":"x"}]}"#,
            Some(Inference),
        );
        check(Dialect::Responses, r#"{"input":"quota"}"#, Some(Quota));
        check(
            Dialect::Responses,
            r#"{"instructions":"a","input":[{"role":"developer","content":"b"},{"role":"user","content":"x"}]}"#,
            Some(Inference),
        );
        check(
            Dialect::Responses,
            r#"{"input":[{"type":"function_call_output","output":"x"}]}"#,
            Some(QueryEvaluation),
        );
    }
}
