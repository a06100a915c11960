//! Writes a whole reply.

use super::citations::to_annotation;
use super::finish::write_finish;
use super::thinking::Seals;
use super::usage::write_usage;
use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::part::{Body, Call, CallKind, Media, Part};
use crate::reply::Reply;
use serde_json::{Map, Value, json};

/// Writes a reply; what has no place in chat is listed in `changes`.
pub(crate) fn write_reply(reply: Reply, changes: &mut Changes) -> Value {
    let Reply { id, model, created, parts, finish, usage, service_tier } = reply;
    let mut message = Message::default();
    for part in parts {
        message.part(part, changes);
    }
    let (reason, stop_text) = write_finish(finish, changes);
    let mut choice = json!({
        "index": 0,
        "message": message.into_value(),
        "logprobs": null,
        "finish_reason": reason,
    });
    if let Some(text) = stop_text {
        choice["stop_reason"] = text.into();
    }
    let mut body = json!({
        "id": id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [choice],
    });
    if let Some(usage) = usage {
        body["usage"] = write_usage(&usage);
    }
    if let Some(tier) = service_tier {
        body["service_tier"] = tier.into();
    }
    body
}

/// The message of a reply in the making: chat has one text where others have many parts.
#[derive(Default)]
struct Message {
    content: String,
    /// Whether something stood between the last text and the next: they are then joined by a blank line. Texts that
    /// follow one another are one text, cut by its citations.
    apart: bool,
    reasoning: String,
    seals: Seals,
    refusal: Option<String>,
    annotations: Vec<Value>,
    images: Vec<Value>,
    calls: Vec<Value>,
}

impl Message {
    fn part(&mut self, part: Part, changes: &mut Changes) {
        let Part { body, cache: _, at } = part;
        let is_text = matches!(body, Body::Text { .. });
        match body {
            Body::Text { text, citations } => {
                if self.apart && !self.content.is_empty() && !text.is_empty() {
                    self.content.push_str("\n\n");
                }
                let offset = self.content.chars().count() as u64;
                let citations = match citations {
                    Some(Value::Array(list)) => list,
                    other => other.into_iter().collect(),
                };
                for citation in citations {
                    match to_annotation(&citation, offset) {
                        Some(annotation) => self.annotations.push(annotation),
                        None => changes
                            .dropped(&at, "chat cites only web pages, by their place in the text"),
                    }
                }
                self.content.push_str(&text);
            }
            Body::Thinking { text, seal } => {
                self.seals.open();
                self.reasoning.push_str(self.seals.grow(&text));
                self.reasoning.push_str(&text);
                if let Some(seal) = seal {
                    self.seals.seal(&seal);
                }
            }
            Body::Refusal(text) => self.refusal.get_or_insert_default().push_str(&text),
            Body::Call(call) => self.calls.push(write_call(call)),
            Body::Image { source, detail: _ } => match picture(&source) {
                Some(picture) => self.images.push(picture),
                None => changes.dropped(&at, "the picture lies in another provider's store"),
            },
            Body::Native { dialect: Dialect::Chat, value } => self.images.push(value),
            Body::Native { dialect, value } => {
                match Media::of_native(&value).as_ref().and_then(picture) {
                    Some(picture) => self.images.push(picture),
                    None => changes.dropped(&at, no_counterpart(dialect, &value)),
                }
            }
            Body::Document { .. } | Body::Audio { .. } | Body::Result(_) => {
                changes.dropped(&at, "chat replies have no such part");
            }
        }
        self.apart = !is_text;
    }

    fn into_value(self) -> Value {
        let mut message = Map::new();
        message.insert("role".to_owned(), "assistant".into());
        let none = self.content.is_empty() && !(self.calls.is_empty() && self.refusal.is_none());
        let content = if none { Value::Null } else { self.content.into() };
        message.insert("content".to_owned(), content);
        message.insert("refusal".to_owned(), self.refusal.into());
        if !self.reasoning.is_empty() {
            message.insert("reasoning_content".to_owned(), self.reasoning.into());
        }
        if let Some(opaque) = self.seals.opaque() {
            message.insert("reasoning_opaque".to_owned(), opaque.into());
        }
        let lists = [
            ("annotations", self.annotations),
            ("images", self.images),
            ("tool_calls", self.calls),
        ];
        for (key, list) in lists {
            if !list.is_empty() {
                message.insert(key.to_owned(), Value::Array(list));
            }
        }
        Value::Object(message)
    }
}

/// A picture that the model made, where OpenRouter has it; `None` where its bytes lie elsewhere.
pub(super) fn picture(source: &Media) -> Option<Value> {
    Some(json!({"type": "image_url", "image_url": {"url": source.to_url()?}}))
}

/// Why a native part of another dialect is not in the reply.
pub(super) fn no_counterpart(dialect: Dialect, value: &Value) -> String {
    let kind = value.get("type").and_then(Value::as_str).unwrap_or("part");
    format!("{kind} of {dialect} has no counterpart in chat")
}

fn write_call(call: Call) -> Value {
    let Call { id, name, arguments, kind } = call;
    match kind {
        CallKind::Function => {
            let arguments = if arguments.is_empty() { "{}".to_owned() } else { arguments };
            json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
        }
        CallKind::Custom => {
            json!({"id": id, "type": "custom", "custom": {"name": name, "input": arguments}})
        }
    }
}
