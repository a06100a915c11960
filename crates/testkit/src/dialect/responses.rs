//! OpenAI responses.

use serde_json::{Value, json};

use super::chat::CREATED;
use super::reply::{Content, Finish, Part, Reply, Usage};
use super::{Render, fragments, words};
use crate::sse::Event;

pub use super::chat::{error, rate_limited};

/// The id of every reply.
const ID: &str = "resp_testkit";

/// How responses are written; there is only one way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style;

/// A reply without parts.
pub fn reply() -> Reply<Style> {
    Reply::new("gpt-testkit", Style)
}

/// A reply of one text.
pub fn text(text: impl Into<String>) -> Reply<Style> {
    reply().text(text)
}

impl Render for Reply<Style> {
    fn plain(&self) -> Value {
        let items = self.content.parts.iter().enumerate();
        let output: Vec<Value> = items.map(|(index, part)| item(index, part)).collect();
        self.response(final_status(&self.content), &json!(output))
    }

    fn events(&self, _usage_asked: bool) -> Vec<Event> {
        let started = self.response("in_progress", &json!([]));
        let mut events = Sequence::default();
        events.push("response.created", json!({ "response": started }));
        events.push("response.in_progress", json!({ "response": started }));
        for (index, part) in self.content.parts.iter().enumerate() {
            let added = json!({"output_index": index, "item": started_item(index, part)});
            events.push("response.output_item.added", added);
            self.part_events(&mut events, index, part);
            let done = json!({"output_index": index, "item": item(index, part)});
            events.push("response.output_item.done", done);
        }
        if let Finish::Error { kind, message } = &self.content.finish {
            let mut response = self.response("failed", &json!([]));
            if let Some(error) = response.get_mut("error") {
                *error = json!({"code": kind, "message": message});
            }
            events.push("response.failed", json!({ "response": response }));
        } else {
            let name = format!("response.{}", final_status(&self.content));
            events.push(&name, json!({ "response": self.plain() }));
        }
        events.events
    }
}

impl Reply<Style> {
    fn response(&self, status: &str, output: &Value) -> Value {
        let running = status == "in_progress";
        let reason = match self.content.finish {
            Finish::Length => Some("max_output_tokens"),
            Finish::ContentFilter => Some("content_filter"),
            _ => None,
        };
        let incomplete = reason.filter(|_| !running).map(|reason| json!({ "reason": reason }));
        let usage = if running { Value::Null } else { usage(self.content.usage) };
        json!({
            "id": ID, "object": "response", "created_at": CREATED, "status": status,
            "background": false, "error": null, "incomplete_details": incomplete,
            "instructions": null, "max_output_tokens": null, "max_tool_calls": null,
            "model": self.content.model, "output": output, "parallel_tool_calls": true,
            "previous_response_id": null, "prompt_cache_key": null,
            "reasoning": {"effort": null, "summary": null}, "safety_identifier": null,
            "service_tier": "default", "store": false, "temperature": 1.0,
            "text": {"format": {"type": "text"}, "verbosity": "medium"},
            "tool_choice": "auto", "tools": [], "top_logprobs": 0, "top_p": 1.0,
            "truncation": "disabled", "usage": usage, "user": null, "metadata": {},
        })
    }

    fn part_events(&self, events: &mut Sequence, index: usize, part: &Part) {
        let id = item_id(index, part);
        match part {
            Part::Text(text) => {
                let place = json!({"item_id": id, "output_index": index, "content_index": 0});
                let empty =
                    json!({"type": "output_text", "annotations": [], "logprobs": [], "text": ""});
                events.push("response.content_part.added", with(&place, "part", &empty));
                for piece in words(text) {
                    let delta = with(&place, "delta", &json!(piece));
                    events.push("response.output_text.delta", with(&delta, "logprobs", &json!([])));
                }
                let done = with(&place, "text", &json!(text));
                events.push("response.output_text.done", with(&done, "logprobs", &json!([])));
                events.push("response.content_part.done", with(&place, "part", &content(part)));
            }
            Part::Refusal(text) => {
                let place = json!({"item_id": id, "output_index": index, "content_index": 0});
                let empty = json!({"type": "refusal", "refusal": ""});
                events.push("response.content_part.added", with(&place, "part", &empty));
                for piece in words(text) {
                    events.push("response.refusal.delta", with(&place, "delta", &json!(piece)));
                }
                events.push("response.refusal.done", with(&place, "refusal", &json!(text)));
                events.push("response.content_part.done", with(&place, "part", &content(part)));
            }
            Part::Thinking { text, .. } => {
                let place = json!({"item_id": id, "output_index": index, "summary_index": 0});
                let summary = |text: &str| json!({"type": "summary_text", "text": text});
                let name = |end| format!("response.reasoning_summary_{end}");
                events.push(&name("part.added"), with(&place, "part", &summary("")));
                for piece in words(text) {
                    events.push(&name("text.delta"), with(&place, "delta", &json!(piece)));
                }
                events.push(&name("text.done"), with(&place, "text", &json!(text)));
                events.push(&name("part.done"), with(&place, "part", &summary(text)));
            }
            Part::Redacted(_) => {}
            Part::ToolCall { arguments, .. } => {
                let place = json!({"item_id": id, "output_index": index});
                let name = |end| format!("response.function_call_arguments.{end}");
                for piece in fragments(arguments) {
                    events.push(&name("delta"), with(&place, "delta", &json!(piece)));
                }
                events.push(&name("done"), with(&place, "arguments", &json!(arguments)));
            }
        }
    }
}

/// Events with their sequence numbers.
#[derive(Default)]
struct Sequence {
    events: Vec<Event>,
}

impl Sequence {
    fn push(&mut self, name: &str, fields: Value) {
        let mut event = json!({"type": name, "sequence_number": self.events.len()});
        if let (Some(event), Value::Object(fields)) = (event.as_object_mut(), fields) {
            event.extend(fields);
        }
        self.events.push(Event::named(name, event.to_string()));
    }
}

fn with(place: &Value, field: &str, value: &Value) -> Value {
    let mut event = place.clone();
    if let Some(event) = event.as_object_mut() {
        event.insert(field.to_owned(), value.clone());
    }
    event
}

fn item_id(index: usize, part: &Part) -> String {
    match part {
        Part::Text(_) | Part::Refusal(_) => format!("msg_testkit_{index}"),
        Part::Thinking { .. } | Part::Redacted(_) => format!("rs_testkit_{index}"),
        Part::ToolCall { .. } => format!("fc_testkit_{index}"),
    }
}

/// The item as it is announced.
fn started_item(index: usize, part: &Part) -> Value {
    let id = item_id(index, part);
    match part {
        Part::Text(_) | Part::Refusal(_) => json!({
            "id": id, "type": "message", "status": "in_progress", "role": "assistant",
            "content": [],
        }),
        Part::Thinking { .. } | Part::Redacted(_) => {
            json!({"id": id, "type": "reasoning", "summary": [], "encrypted_content": null})
        }
        Part::ToolCall { id: call_id, name, .. } => json!({
            "id": id, "type": "function_call", "status": "in_progress", "arguments": "",
            "call_id": call_id, "name": name,
        }),
    }
}

/// The item when it is whole.
fn item(index: usize, part: &Part) -> Value {
    let id = item_id(index, part);
    match part {
        Part::Text(_) | Part::Refusal(_) => json!({
            "id": id, "type": "message", "status": "completed", "role": "assistant",
            "content": [content(part)],
        }),
        Part::Thinking { text, signature } => json!({
            "id": id, "type": "reasoning", "encrypted_content": signature,
            "summary": [{"type": "summary_text", "text": text}],
        }),
        Part::Redacted(data) => {
            json!({"id": id, "type": "reasoning", "summary": [], "encrypted_content": data})
        }
        Part::ToolCall { id: call_id, name, arguments } => json!({
            "id": id, "type": "function_call", "status": "completed", "arguments": arguments,
            "call_id": call_id, "name": name,
        }),
    }
}

fn content(part: &Part) -> Value {
    match part {
        Part::Refusal(text) => json!({"type": "refusal", "refusal": text}),
        Part::Text(text) => {
            json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text})
        }
        _ => Value::Null,
    }
}

fn final_status(content: &Content) -> &'static str {
    match content.finish {
        Finish::Length | Finish::ContentFilter => "incomplete",
        _ => "completed",
    }
}

fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cache_read},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    })
}
