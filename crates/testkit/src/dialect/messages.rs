//! Anthropic messages.

use serde_json::{Value, json};

use super::reply::{Content, Finish, Part, Reply, Usage};
use super::{Render, fragments, words};
use crate::answer::Answer;
use crate::sse::Event;

/// The id of every reply.
const ID: &str = "msg_testkit";

/// How messages are written; there is only one way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style;

/// A reply without parts.
pub fn reply() -> Reply<Style> {
    Reply::new("claude-testkit", Style)
}

/// A reply of one text.
pub fn text(text: impl Into<String>) -> Reply<Style> {
    reply().text(text)
}

/// An error: `kind` is `invalid_request_error`, `overloaded_error` …
pub fn error(status: u16, kind: &str, message: &str) -> Answer {
    let error = json!({"type": kind, "message": message});
    Answer::json(status, &json!({"type": "error", "error": error, "request_id": "req_testkit"}))
}

/// A 429 with `Retry-After` and Anthropic's rate-limit headers.
pub fn rate_limited(retry_after_seconds: u64) -> Answer {
    error(429, "rate_limit_error", "This request would exceed your rate limit.")
        .retry_after(retry_after_seconds)
        .header("anthropic-ratelimit-requests-limit", "50")
        .header("anthropic-ratelimit-requests-remaining", "0")
        .header("anthropic-ratelimit-requests-reset", "2026-01-01T00:01:00Z")
        .header("anthropic-ratelimit-tokens-limit", "40000")
        .header("anthropic-ratelimit-tokens-remaining", "0")
        .header("anthropic-ratelimit-tokens-reset", "2026-01-01T00:01:00Z")
}

/// The answer to `/v1/messages/count_tokens`.
pub fn count_tokens(input_tokens: u64) -> Answer {
    Answer::json(200, &json!({"input_tokens": input_tokens}))
}

impl Render for Reply<Style> {
    fn plain(&self) -> Value {
        let content: Vec<Value> = self.content.parts.iter().map(whole_block).collect();
        let (stop_reason, stop_sequence) = stop(&self.content);
        json!({
            "id": ID, "type": "message", "role": "assistant", "model": self.content.model,
            "content": content, "stop_reason": stop_reason, "stop_sequence": stop_sequence,
            "usage": usage(self.content.usage, self.content.usage.output),
        })
    }

    fn events(&self, _usage_asked: bool) -> Vec<Event> {
        let mut events = vec![
            json!({"type": "message_start", "message": {
                "id": ID, "type": "message", "role": "assistant", "model": self.content.model,
                "content": [], "stop_reason": null, "stop_sequence": null,
                "usage": usage(self.content.usage, 1),
            }}),
            json!({"type": "ping"}),
        ];
        for (index, part) in self.content.parts.iter().enumerate() {
            let start = empty_block(part);
            events.push(
                json!({"type": "content_block_start", "index": index, "content_block": start}),
            );
            let delta =
                |delta| json!({"type": "content_block_delta", "index": index, "delta": delta});
            events.extend(deltas(part).into_iter().map(delta));
            events.push(json!({"type": "content_block_stop", "index": index}));
        }
        if let Finish::Error { kind, message } = &self.content.finish {
            events.push(json!({"type": "error", "error": {"type": kind, "message": message}}));
        } else {
            let (stop_reason, stop_sequence) = stop(&self.content);
            let delta = json!({"stop_reason": stop_reason, "stop_sequence": stop_sequence});
            let usage = json!({"output_tokens": self.content.usage.output});
            events.push(json!({"type": "message_delta", "delta": delta, "usage": usage}));
            events.push(json!({"type": "message_stop"}));
        }
        events.iter().map(named).collect()
    }
}

fn named(event: &Value) -> Event {
    let name = event.get("type").and_then(Value::as_str).unwrap_or_default();
    Event::named(name, event.to_string())
}

fn whole_block(part: &Part) -> Value {
    match part {
        Part::Text(text) | Part::Refusal(text) => json!({"type": "text", "text": text}),
        Part::Thinking { text, signature } => {
            json!({"type": "thinking", "thinking": text, "signature": signature})
        }
        Part::Redacted(data) => json!({"type": "redacted_thinking", "data": data}),
        Part::ToolCall { id, name, arguments } => {
            // A server cannot send broken JSON as a value; it shows up as a string.
            let input = serde_json::from_str(arguments).unwrap_or_else(|_| json!(arguments));
            json!({"type": "tool_use", "id": id, "name": name, "input": input})
        }
    }
}

fn empty_block(part: &Part) -> Value {
    match part {
        Part::Text(_) | Part::Refusal(_) => json!({"type": "text", "text": ""}),
        Part::Thinking { .. } => json!({"type": "thinking", "thinking": "", "signature": ""}),
        Part::Redacted(data) => json!({"type": "redacted_thinking", "data": data}),
        Part::ToolCall { id, name, .. } => {
            json!({"type": "tool_use", "id": id, "name": name, "input": {}})
        }
    }
}

fn deltas(part: &Part) -> Vec<Value> {
    match part {
        Part::Text(text) | Part::Refusal(text) => words(text)
            .into_iter()
            .map(|piece| json!({"type": "text_delta", "text": piece}))
            .collect(),
        Part::Thinking { text, signature } => words(text)
            .into_iter()
            .map(|piece| json!({"type": "thinking_delta", "thinking": piece}))
            .chain([json!({"type": "signature_delta", "signature": signature})])
            .collect(),
        Part::Redacted(_) => Vec::new(),
        Part::ToolCall { arguments, .. } => [String::new()]
            .into_iter()
            .chain(fragments(arguments))
            .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}))
            .collect(),
    }
}

fn stop(content: &Content) -> (&'static str, Option<&str>) {
    match &content.finish {
        Finish::Length => ("max_tokens", None),
        Finish::StopSequence(sequence) => ("stop_sequence", Some(sequence)),
        Finish::ContentFilter => ("refusal", None),
        Finish::Natural | Finish::Error { .. } if content.has_refusal() => ("refusal", None),
        Finish::Natural | Finish::Error { .. } if content.has_tool_calls() => ("tool_use", None),
        Finish::Natural | Finish::Error { .. } => ("end_turn", None),
    }
}

fn usage(usage: Usage, output: u64) -> Value {
    json!({
        "input_tokens": usage.input.saturating_sub(usage.cache_read + usage.cache_write),
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": output,
        "service_tier": "standard",
    })
}
