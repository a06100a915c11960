//! What kind of request of a coding agent it is.
//!
//! The earlier Claude proxy told three apart, and its statistics are read by that (reference gateway.md §3.4). Only the
//! roles and the last user text are looked at, in place: a relayed body is not taken apart for a statistic.

use ironbridge_wire::Dialect;
use ironbridge_wire::json::{Members, elements, fields};
use serde::Serialize;
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

impl RequestClass {
    /// Its name in records.
    pub(crate) fn name(self) -> &'static str {
        match self {
            RequestClass::Quota => "quota",
            RequestClass::QueryEvaluation => "query_evaluation",
            RequestClass::Inference => "inference",
        }
    }

    /// Classifies a request; `None` when its messages are not in the form of the dialect.
    pub(crate) fn of(members: &Members<'_>, dialect: Dialect) -> Option<Self> {
        let (system, list) = match dialect {
            Dialect::Messages => ("system", "messages"),
            Dialect::Chat => ("", "messages"),
            Dialect::Responses => ("instructions", "input"),
        };
        let input = members.get(list)?;
        if !input.starts_with(['[', '"']) {
            return None;
        }
        let (mut system_texts, mut last_user) = (members.get(system).map_or(0, texts), None);
        for message in elements(input) {
            match role(message) {
                r#""user""# => last_user = Some(message),
                r#""system""# | r#""developer""# => system_texts += 1,
                _ => {}
            }
        }
        let asks_for_quota = is_quota(last_user.map_or(input, content));
        Some(if asks_for_quota {
            RequestClass::Quota
        } else if system_texts <= 1 {
            RequestClass::QueryEvaluation
        } else {
            RequestClass::Inference
        })
    }
}

/// The JSON text of a message's role.
fn role(message: &str) -> &str {
    fields(message).find(|(key, _)| *key == "role").map_or("", |(_, role)| role)
}

/// The JSON text of a message's content.
fn content(message: &str) -> &str {
    fields(message).find(|(key, _)| *key == "content").map_or("", |(_, content)| content)
}

/// How many texts a system prompt consists of.
fn texts(system: &str) -> usize {
    if system.starts_with('"') { 1 } else { elements(system).count() }
}

/// Whether a content member is the one word: a string, or blocks with nothing else.
fn is_quota(content: &str) -> bool {
    if content.starts_with('"') {
        return is_word(content);
    }
    let text = |block| fields(block).find(|(key, _)| *key == "text").map(|(_, text)| text);
    let mut texts = elements(content).filter_map(text).filter(|text| *text != r#""""#);
    texts.next().is_some_and(is_word) && texts.next().is_none()
}

/// The longest text that may be the word, in bytes; spaces may stand around it.
const WORD_BYTES_MAX: usize = 64;

fn is_word(text: &str) -> bool {
    text.len() <= WORD_BYTES_MAX
        && serde_json::from_str::<Cow<'_, str>>(text)
            .is_ok_and(|text| text.trim().eq_ignore_ascii_case("quota"))
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
