//! The conversation as the server wants it: instructions, then items.

use super::annotations;
use super::items::summary_text;
use crate::dialect::Dialect;
use crate::digest::mark;
use crate::part::{Body, Call, CallKind, Media, Part, ToolResult};
use crate::pointer::Pointer;
use crate::prompt::{Role, Turn};
use crate::seal::Seal;
use crate::writing::Writing;
use serde_json::{Value, json};
use std::borrow::Cow;

pub(super) const CACHING_IS_AUTOMATIC: &str = "the server caches prompts by itself";
const NO_NAMES: &str = "messages have no names in the responses dialect";

/// Takes the system texts that lead the conversation, joined by blank lines.
///
/// They stay where they are when one is more than text, or when nothing else is said: a request needs input.
pub(super) fn instructions(turns: &mut Vec<Turn>, writing: &mut Writing) -> Option<String> {
    let operator = |turn: &&Turn| matches!(turn.role, Role::System | Role::Developer);
    let leading = turns.iter().take_while(operator).count();
    let plain = |part: &Part| matches!(part.body, Body::Text { citations: None, .. });
    let all_plain = turns.iter().take(leading).all(|turn| turn.parts.iter().all(plain));
    if leading == 0 || leading == turns.len() || !all_plain {
        return None;
    }
    let mut texts = Vec::new();
    for turn in turns.drain(..leading) {
        if turn.name.is_some() {
            writing.changes.dropped(&turn.at.key("name"), NO_NAMES);
        }
        for part in turn.parts {
            note_cache(&part, writing);
            if let Body::Text { text, .. } = part.body
                && !text.is_empty()
            {
                texts.push(text);
            }
        }
    }
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn note_cache(part: &Part, writing: &mut Writing) {
    if part.cache.is_some() {
        writing.changes.dropped(&part.at.key("cache_control"), CACHING_IS_AUTOMATIC);
    }
}

/// The items that `turns` become.
pub(super) fn items(turns: Vec<Turn>, writing: &mut Writing) -> Vec<Value> {
    let mut input = Input { writing, items: Vec::new() };
    for turn in turns {
        input.turn(turn);
    }
    input.items
}

struct Input<'w> {
    writing: &'w mut Writing,
    items: Vec<Value>,
}

impl Input<'_> {
    fn turn(&mut self, turn: Turn) {
        if turn.name.is_some() {
            self.writing.changes.dropped(&turn.at.key("name"), NO_NAMES);
        }
        let mut content = Vec::new();
        for part in turn.parts {
            note_cache(&part, self.writing);
            let Part { body, at, .. } = part;
            match body {
                Body::Call(call) => {
                    self.message(turn.role, &mut content);
                    self.call(call);
                }
                Body::Result(result) => {
                    self.message(turn.role, &mut content);
                    self.output(result, &at);
                }
                Body::Thinking { text, seal } => {
                    self.message(turn.role, &mut content);
                    self.reasoning(&text, seal, &at);
                }
                Body::Native { dialect: Dialect::Responses, value } if is_item(&value) => {
                    self.message(turn.role, &mut content);
                    self.items.push(value);
                }
                said => content.extend(self.content(said, turn.role, &at)),
            }
        }
        self.message(turn.role, &mut content);
    }

    /// Writes what has been said so far as one message.
    fn message(&mut self, role: Role, content: &mut Vec<Value>) {
        if content.is_empty() {
            return;
        }
        let role = match role {
            Role::System => "system",
            Role::Developer => "developer",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        let content = std::mem::take(content);
        self.items.push(json!({"type": "message", "role": role, "content": content}));
    }

    fn call(&mut self, call: Call) {
        let call_id = short_id(call.id);
        let name = self.writing.memo.short_name(&call.name);
        self.items.push(match call.kind {
            CallKind::Function => {
                let arguments =
                    if call.arguments.is_empty() { "{}".to_owned() } else { call.arguments };
                json!({"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments})
            }
            CallKind::Custom => {
                json!({"type": "custom_tool_call", "call_id": call_id, "name": name, "input": call.arguments})
            }
        });
    }

    fn output(&mut self, mut result: ToolResult, at: &Pointer) {
        let call_id = short_id(result.call_id);
        if result.is_error {
            mark_error(&mut result.parts, at);
            self.writing.changes.changed(&at.key("is_error"), "says so in the text of the output");
        }
        let mut content = Vec::new();
        for part in result.parts {
            note_cache(&part, self.writing);
            content.extend(self.content(part.body, Role::User, &part.at));
        }
        // Servers that imitate OpenAI often take an output as one text only.
        let output = match content.as_mut_slice() {
            [] => json!(""),
            [only] if only["type"] == "input_text" => only["text"].take(),
            _ => Value::Array(content),
        };
        let kind = match result.kind {
            CallKind::Function => "function_call_output",
            CallKind::Custom => "custom_tool_call_output",
        };
        self.items.push(json!({"type": kind, "call_id": call_id, "output": output}));
    }

    /// A reasoning item is worth sending only with what the server encrypted.
    fn reasoning(&mut self, text: &str, seal: Option<Seal>, at: &Pointer) {
        match seal {
            Some(Seal::Encrypted { id, content }) if !content.is_empty() => {
                let summary: &[Value] = if text.is_empty() { &[] } else { &[summary_text(text)] };
                let mut item = json!({"type": "reasoning"});
                if !id.is_empty() {
                    item["id"] = json!(id);
                }
                item["summary"] = json!(summary);
                item["encrypted_content"] = json!(content);
                self.items.push(item);
            }
            Some(Seal::Encrypted { .. }) | None => self.writing.changes.dropped(
                at,
                "reasoning goes back to a responses server only with its encrypted content",
            ),
            Some(Seal::Signature(_) | Seal::Redacted(_) | Seal::Opaque(_)) => {
                self.writing.changes.dropped(at, "the reasoning is sealed by another provider");
            }
        }
    }

    /// A part of a message or of an output; `None` after noting what cannot be said.
    fn content(&mut self, body: Body, role: Role, at: &Pointer) -> Option<Value> {
        let drop = |this: &mut Self, why: &'static str| {
            this.writing.changes.dropped(at, why);
            None
        };
        match body {
            Body::Text { text, citations } => {
                let own = annotations::own_forms(citations, at, &mut self.writing.changes);
                Some(if role == Role::Assistant {
                    json!({"type": "output_text", "text": text, "annotations": own})
                } else {
                    json!({"type": "input_text", "text": text})
                })
            }
            Body::Refusal(text) if role == Role::Assistant => {
                Some(json!({"type": "refusal", "refusal": text}))
            }
            Body::Image { .. } | Body::Document { .. } if role == Role::Assistant => {
                drop(self, "the model's messages hold text only in the responses dialect")
            }
            Body::Image { source: Media::File(id), .. }
            | Body::Document { source: Media::File(id), .. }
                if is_of_anthropic(&id) =>
            {
                drop(self, "a file id is known only to the provider that issued it")
            }
            Body::Image { source, detail } => match image(source, detail) {
                Some(image) => Some(image),
                None => drop(self, "a text is not an image"),
            },
            Body::Document { source, title, context, citations } => {
                if context.is_some() {
                    let why = "documents have no context in the responses dialect";
                    self.writing.changes.dropped(&at.key("context"), why);
                }
                if citations.is_some() {
                    let why = "citations cannot be asked for in the responses dialect";
                    self.writing.changes.dropped(&at.key("citations"), why);
                }
                Some(self.document(source, title, at))
            }
            Body::Native { dialect: Dialect::Responses, value } => Some(value),
            Body::Native { dialect: Dialect::Chat | Dialect::Messages, .. } => {
                drop(self, "a responses server has no such block")
            }
            Body::Audio { .. } => drop(self, "the responses dialect takes no sound"),
            Body::Refusal(_) => drop(self, "only the model refuses"),
            Body::Thinking { .. } | Body::Call(_) | Body::Result(_) => {
                drop(self, "has no place inside a tool's output")
            }
        }
    }

    fn document(&mut self, source: Media, title: Option<String>, at: &Pointer) -> Value {
        match source {
            Media::Base64 { mime, data } => {
                let filename = title.unwrap_or_else(|| {
                    let extension = if mime == "application/pdf" { "pdf" } else { "txt" };
                    format!("document.{extension}")
                });
                let data = format!("data:{mime};base64,{data}");
                json!({"type": "input_file", "filename": filename, "file_data": data})
            }
            Media::Url(url) => json!({"type": "input_file", "file_url": url}),
            Media::File(id) => json!({"type": "input_file", "file_id": id}),
            Media::Text(text) => {
                self.writing.changes.changed(at, "a document of plain text goes on as a text");
                let text = match title {
                    Some(title) => format!("{title}\n\n{text}"),
                    None => text,
                };
                json!({"type": "input_text", "text": text})
            }
        }
    }
}

/// A call's id as OpenAI takes it. It only pairs a call with its output, so a longer one is replaced in both; nobody
/// else sees it.
fn short_id(id: String) -> String {
    const CALL_ID_CHARS_MAX: usize = 64;
    const MARK_CHARS: usize = 32;
    if id.chars().count() <= CALL_ID_CHARS_MAX {
        return id;
    }
    format!("call_{}", mark(&id, MARK_CHARS))
}

/// Whether a file lies in Anthropic's store, whose ids begin with `file_`, those of OpenAI with `file-`.
fn is_of_anthropic(file_id: &str) -> bool {
    file_id.starts_with("file_")
}

/// Whether a block of this dialect is an item of its own rather than a part of a message.
fn is_item(value: &Value) -> bool {
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    !(kind.starts_with("input_") || kind.starts_with("output_"))
}

fn image(source: Media, detail: Option<String>) -> Option<Value> {
    let detail: Cow<'_, str> = detail.map_or("auto".into(), Cow::Owned);
    match source {
        Media::File(id) => Some(json!({"type": "input_image", "file_id": id, "detail": detail})),
        Media::Base64 { .. } | Media::Url(_) => {
            Some(json!({"type": "input_image", "image_url": source.to_url(), "detail": detail}))
        }
        Media::Text(_) => None,
    }
}

/// Says in the text that the tool failed, since an output has no member for it.
fn mark_error(parts: &mut Vec<Part>, at: &Pointer) {
    const MARK: &str = "Error";
    let first = parts.iter_mut().find_map(|part| match &mut part.body {
        Body::Text { text, .. } => Some(text),
        _ => None,
    });
    match first {
        Some(text) if text.starts_with(MARK) => {}
        Some(text) => text.insert_str(0, "Error: "),
        None => parts.insert(0, Part::text(MARK, at.clone())),
    }
}
