//! OpenAI chat completions, with the habits of its imitators.

use serde_json::{Map, Value, json};

use super::reply::{Content, Finish, Part, Reply, Usage};
use super::{Render, fragments, words};
use crate::answer::Answer;
use crate::sse::Event;

/// The id of every reply.
const ID: &str = "chatcmpl-testkit";

/// 2026-01-01T00:00:00Z, the creation time of every reply.
pub(super) const CREATED: u64 = 1_767_225_600;

/// How a chat stream is written.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    interleaved: bool,
    late_ids: bool,
    usage: UsagePlace,
    reasoning_field: &'static str,
    without_done: bool,
}

/// Where a chat stream tells its usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsagePlace {
    /// In a last chunk with empty `choices`, if the request has `stream_options.include_usage`:
    /// what OpenAI does.
    WhenAsked,
    /// In a last chunk with empty `choices`, asked or not.
    LastChunk,
    /// In the chunk with the finish reason.
    WithFinish,
    /// Nowhere.
    Nowhere,
}

/// A reply without parts.
pub fn reply() -> Reply<Style> {
    let style = Style {
        interleaved: false,
        late_ids: false,
        usage: UsagePlace::WhenAsked,
        reasoning_field: "reasoning_content",
        without_done: false,
    };
    Reply::new("gpt-testkit", style)
}

/// A reply of one text.
pub fn text(text: impl Into<String>) -> Reply<Style> {
    reply().text(text)
}

/// An error, for responses too: `kind` is `invalid_request_error`, `server_error` …
pub fn error(status: u16, kind: &str, message: &str) -> Answer {
    let error = json!({"message": message, "type": kind, "param": null, "code": null});
    Answer::json(status, &json!({"error": error}))
}

/// A 429 with `Retry-After` and OpenAI's rate-limit headers, for responses too.
pub fn rate_limited(retry_after_seconds: u64) -> Answer {
    error(429, "rate_limit_exceeded", "Rate limit reached for requests.")
        .retry_after(retry_after_seconds)
        .header("x-ratelimit-limit-requests", "60")
        .header("x-ratelimit-remaining-requests", "0")
        .header("x-ratelimit-reset-requests", "1s")
        .header("x-ratelimit-limit-tokens", "150000")
        .header("x-ratelimit-remaining-tokens", "0")
        .header("x-ratelimit-reset-tokens", "6m0s")
}

impl Reply<Style> {
    /// Takes turns between the argument pieces of parallel tool calls.
    #[must_use]
    pub fn interleaved(mut self) -> Self {
        self.style.interleaved = true;
        self
    }

    /// Sends the first argument piece of each tool call before its id and name.
    #[must_use]
    pub fn late_ids(mut self) -> Self {
        self.style.late_ids = true;
        self
    }

    /// Says where the stream tells its usage.
    #[must_use]
    pub fn usage_place(mut self, place: UsagePlace) -> Self {
        self.style.usage = place;
        self
    }

    /// Names the field of thinking: `reasoning_content`, `reasoning`, `reasoning_text` …
    #[must_use]
    pub fn reasoning_field(mut self, field: &'static str) -> Self {
        self.style.reasoning_field = field;
        self
    }

    /// Ends the stream without `[DONE]`, as some imitators do.
    #[must_use]
    pub fn without_done(mut self) -> Self {
        self.style.without_done = true;
        self
    }

    fn chunk(&self, choices: &Value, usage: &Value) -> Value {
        json!({
            "id": ID, "object": "chat.completion.chunk", "created": CREATED,
            "model": self.content.model, "choices": choices, "usage": usage,
        })
    }

    fn deltas(&self) -> Vec<Value> {
        let mut deltas = vec![json!({"role": "assistant", "content": ""})];
        let mut calls: Vec<Vec<Value>> = Vec::new();
        let mut call_index = 0;
        for part in &self.content.parts {
            let Part::ToolCall { id, name, arguments } = part else {
                deltas.extend(turns(&mut calls, self.style.interleaved));
                deltas.extend(self.part_deltas(part));
                continue;
            };
            calls.push(call_deltas(call_index, id, name, arguments, self.style.late_ids));
            call_index += 1;
        }
        deltas.extend(turns(&mut calls, self.style.interleaved));
        deltas
    }

    fn part_deltas(&self, part: &Part) -> Vec<Value> {
        let (field, text) = match part {
            Part::Text(text) => ("content", text),
            Part::Refusal(text) => ("refusal", text),
            Part::Thinking { text, .. } => (self.style.reasoning_field, text),
            Part::Redacted(_) | Part::ToolCall { .. } => return Vec::new(),
        };
        words(text).into_iter().map(|piece| json!({ field: piece })).collect()
    }
}

impl Render for Reply<Style> {
    fn plain(&self) -> Value {
        let mut message = Map::new();
        message.insert("role".into(), json!("assistant"));
        let texts = |wanted: fn(&Part) -> Option<&str>| {
            let texts: Vec<&str> = self.content.parts.iter().filter_map(wanted).collect();
            (!texts.is_empty()).then(|| texts.concat())
        };
        message.insert("content".into(), json!(texts(as_text)));
        message.insert("refusal".into(), json!(texts(as_refusal)));
        if let Some(thinking) = texts(as_thinking) {
            message.insert(self.style.reasoning_field.into(), json!(thinking));
        }
        let calls: Vec<Value> = self.content.parts.iter().filter_map(whole_call).collect();
        if !calls.is_empty() {
            message.insert("tool_calls".into(), json!(calls));
        }
        let finish = finish_reason(&self.content);
        json!({
            "id": ID, "object": "chat.completion", "created": CREATED,
            "model": self.content.model,
            "choices": [{
                "index": 0, "message": message, "logprobs": null, "finish_reason": finish,
            }],
            "usage": usage(self.content.usage),
        })
    }

    fn events(&self, usage_asked: bool) -> Vec<Event> {
        let choice = |delta: &Value, finish: &Value| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
        let usage = usage(self.content.usage);
        let mut chunks: Vec<Value> = self
            .deltas()
            .iter()
            .map(|delta| self.chunk(&choice(delta, &Value::Null), &Value::Null))
            .collect();
        if let Finish::Error { kind, message } = &self.content.finish {
            let error = json!({"message": message, "type": kind, "param": null, "code": null});
            chunks.push(json!({ "error": error }));
            return chunks.iter().map(|chunk| Event::unnamed(chunk.to_string())).collect();
        }
        let finish = json!(finish_reason(&self.content));
        let with_finish = match self.style.usage {
            UsagePlace::WithFinish => &usage,
            _ => &Value::Null,
        };
        chunks.push(self.chunk(&choice(&json!({}), &finish), with_finish));
        let last_chunk = match self.style.usage {
            UsagePlace::WhenAsked => usage_asked,
            place => place == UsagePlace::LastChunk,
        };
        if last_chunk {
            chunks.push(self.chunk(&json!([]), &usage));
        }
        let done = (!self.style.without_done).then(|| Event::unnamed("[DONE]"));
        let chunks = chunks.iter().map(|chunk| Event::unnamed(chunk.to_string()));
        chunks.chain(done).collect()
    }
}

/// Empties the calls: one after the other, or a piece of each in turn.
fn turns(calls: &mut Vec<Vec<Value>>, interleaved: bool) -> Vec<Value> {
    let calls = std::mem::take(calls);
    if !interleaved {
        return calls.concat();
    }
    let longest = calls.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .flat_map(|turn| calls.iter().filter_map(move |call| call.get(turn).cloned()))
        .collect()
}

fn call_deltas(index: usize, id: &str, name: &str, arguments: &str, late_ids: bool) -> Vec<Value> {
    let delta = |call: Value| json!({"tool_calls": [call]});
    let named = delta(json!({
        "index": index, "id": id, "type": "function",
        "function": {"name": name, "arguments": ""},
    }));
    let mut deltas: Vec<Value> = fragments(arguments)
        .into_iter()
        .map(|piece| delta(json!({"index": index, "function": {"arguments": piece}})))
        .collect();
    deltas.insert(usize::from(late_ids && !deltas.is_empty()), named);
    deltas
}

fn whole_call(part: &Part) -> Option<Value> {
    let Part::ToolCall { id, name, arguments } = part else { return None };
    let function = json!({"name": name, "arguments": arguments});
    Some(json!({"id": id, "type": "function", "function": function}))
}

fn as_text(part: &Part) -> Option<&str> {
    if let Part::Text(text) = part { Some(text) } else { None }
}

fn as_refusal(part: &Part) -> Option<&str> {
    if let Part::Refusal(text) = part { Some(text) } else { None }
}

fn as_thinking(part: &Part) -> Option<&str> {
    if let Part::Thinking { text, .. } = part { Some(text) } else { None }
}

fn finish_reason(content: &Content) -> &'static str {
    match &content.finish {
        Finish::Length => "length",
        Finish::ContentFilter => "content_filter",
        Finish::Natural if content.has_tool_calls() => "tool_calls",
        Finish::Natural | Finish::StopSequence(_) | Finish::Error { .. } => "stop",
    }
}

fn usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    })
}
