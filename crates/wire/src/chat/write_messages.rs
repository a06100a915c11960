//! Writes the conversation of a request.
//!
//! Chat has three rules of its own: the answers to an assistant's calls follow it at once, as messages of role `tool`;
//! they hold text only; and one assistant message holds all that the model said and called in one go. So runs of user
//! turns are written with their tool results first, pictures of tool results follow in a user message, and assistant
//! turns that follow one another become one. Several texts of one message are joined by a blank line, since many
//! servers take a content only as one string.

use super::thinking::{BETWEEN, detail_of};
use crate::dialect::Dialect;
use crate::digest::mark;
use crate::memo::CUSTOM_ARGUMENT;
use crate::part::{Body, Call, CallKind, Media, Part, ToolResult};
use crate::pointer::Pointer;
use crate::prompt::{Role, Turn};
use crate::seal::Seal;
use crate::writing::Writing;
use serde_json::{Map, Value, json};

/// OpenAI takes no longer id of a call, in characters.
const CALL_ID_CHARS_MAX: usize = 40;

/// Writes the turns as messages.
pub(super) fn write_messages(turns: Vec<Turn>, writing: &mut Writing) -> Vec<Value> {
    let mut messages = Vec::with_capacity(turns.len());
    let mut turns = turns.into_iter().peekable();
    while let Some(turn) = turns.next() {
        match turn.role {
            Role::System | Role::Developer => {
                let role = system_word(turn.role, writing);
                let content = write_parts(turn.parts, false, writing);
                messages.push(message(role, turn.name, content));
            }
            Role::User => {
                let mut run = vec![turn];
                while let Some(next) = turns.next_if(|next| next.role == Role::User) {
                    run.push(next);
                }
                write_user_run(run, &mut messages, writing);
            }
            Role::Assistant => {
                let mut assistant = Assistant { name: turn.name, ..Assistant::default() };
                assistant.add(turn.parts, writing);
                while let Some(next) = turns.next_if(|next| next.role == Role::Assistant) {
                    assistant.apart = true;
                    if next.name.is_some_and(|name| assistant.name.as_ref() != Some(&name)) {
                        let why = "one message of the assistant has one name";
                        writing.changes.dropped(&next.at.key("name"), why);
                    }
                    assistant.add(next.parts, writing);
                }
                messages.push(assistant.into_message());
            }
        }
    }
    messages
}

/// OpenAI takes either word for either kind of model. Most other servers know `system` only, and Codex always sends
/// `developer`; so that goes only to servers which show by their token limit's name that they have the newer words.
fn system_word(role: Role, writing: &Writing) -> &'static str {
    if role == Role::Developer && writing.target.max_completion_tokens {
        "developer"
    } else {
        "system"
    }
}

fn message(role: &str, name: Option<String>, content: Vec<Value>) -> Value {
    let mut message = Map::new();
    message.insert("role".to_owned(), role.into());
    if let Some(name) = name {
        message.insert("name".to_owned(), name.into());
    }
    message.insert("content".to_owned(), joined(content));
    Value::Object(message)
}

/// Content parts as one string where all are texts.
fn joined(parts: Vec<Value>) -> Value {
    let texts: Option<Vec<&str>> = parts
        .iter()
        .map(|part| if part.get("type")? == "text" { part.get("text")?.as_str() } else { None })
        .collect();
    match texts {
        Some(mut texts) => {
            texts.retain(|text| !text.is_empty());
            Value::String(texts.join("\n\n"))
        }
        None => Value::Array(parts),
    }
}

/// User turns that follow one another: all tool results, then what came with them, then the rest.
fn write_user_run(run: Vec<Turn>, messages: &mut Vec<Value>, writing: &mut Writing) {
    let mut beside = Vec::new();
    let mut spoken = Vec::with_capacity(run.len());
    for turn in run {
        let mut rest = Vec::new();
        let mut results = false;
        for part in turn.parts {
            let Part { body, cache, at } = part;
            if let Body::Result(result) = body {
                if !rest.is_empty() || !spoken.is_empty() {
                    writing.changes.changed(&at, "tool results stand before other content");
                }
                drop_mark(cache.as_ref(), &at, writing);
                results = true;
                messages.push(write_result(result, &at, &mut beside, writing));
            } else {
                rest.push(Part { body, cache, at });
            }
        }
        if !rest.is_empty() || !results {
            spoken.push((turn.name, rest));
        }
    }
    if !beside.is_empty() {
        messages.push(message("user", None, beside));
    }
    for (name, rest) in spoken {
        let content = write_parts(rest, true, writing);
        messages.push(message("user", name, content));
    }
}

fn drop_mark(cache: Option<&Value>, at: &Pointer, writing: &mut Writing) {
    if cache.is_some() {
        writing.changes.dropped(&at.key("cache_control"), "chat has no cache marks");
    }
}

fn drop_citations(citations: Option<&Value>, at: &Pointer, writing: &mut Writing) {
    let none = |list: &Value| list.as_array().is_some_and(Vec::is_empty);
    if citations.is_some_and(|list| !none(list)) {
        writing.changes.dropped(at, "chat takes no citations back");
    }
}

fn write_parts(parts: Vec<Part>, media: bool, writing: &mut Writing) -> Vec<Value> {
    parts.into_iter().filter_map(|part| write_part(part, media, writing)).collect()
}

/// A content part of a system or (with `media`) a user message.
fn write_part(part: Part, media: bool, writing: &mut Writing) -> Option<Value> {
    let Part { body, cache, at } = part;
    drop_mark(cache.as_ref(), &at, writing);
    let why = match body {
        Body::Text { text, citations } => {
            drop_citations(citations.as_ref(), &at, writing);
            return Some(json!({"type": "text", "text": text}));
        }
        Body::Native { dialect: Dialect::Chat, value } => return Some(value),
        Body::Native { .. } => "no counterpart in chat",
        Body::Image { source, detail } if media => match source.to_url() {
            Some(url) => {
                let mut image = json!({"url": url});
                if let Some(detail) = detail {
                    image["detail"] = detail.into();
                }
                return Some(json!({"type": "image_url", "image_url": image}));
            }
            None => "the picture lies in another provider's store",
        },
        Body::Document { source, title, context, citations } if media => {
            if context.is_some() {
                writing.changes.dropped(&at.key("context"), "chat files have no context");
            }
            let asked = |setting: &Value| setting.get("enabled").is_none_or(|on| on == true);
            if citations.as_ref().is_some_and(asked) {
                writing.changes.dropped(&at.key("citations"), "chat does not cite files");
            }
            if matches!(source, Media::Text(_)) {
                writing.changes.changed(&at, "chat has no plain-text documents; sent as text");
            }
            match write_document(source, title) {
                Some(value) => return Some(value),
                None => "chat takes files as bytes or by OpenAI's own id",
            }
        }
        Body::Audio { format, data } if media => {
            let audio = json!({"format": format, "data": data});
            return Some(json!({"type": "input_audio", "input_audio": audio}));
        }
        Body::Image { .. } | Body::Document { .. } | Body::Audio { .. } => {
            "chat takes text only in system messages and tool results"
        }
        Body::Thinking { .. } | Body::Call(_) | Body::Refusal(_) => {
            "chat has this only in assistant messages"
        }
        Body::Result(_) => "chat has this only as a message of its own",
    };
    writing.changes.dropped(&at, why);
    None
}

fn write_document(source: Media, title: Option<String>) -> Option<Value> {
    /// Begins the ids of OpenAI's file store; Anthropic's begin with `file_`.
    const OWN_FILE_ID: &str = "file-";
    let mut file = Map::new();
    match source {
        Media::Text(text) => {
            let text = match title {
                Some(title) => format!("{title}\n\n{text}"),
                None => text,
            };
            return Some(json!({"type": "text", "text": text}));
        }
        Media::File(id) if id.starts_with(OWN_FILE_ID) => {
            file.insert("file_id".to_owned(), id.into());
            return Some(json!({"type": "file", "file": file}));
        }
        Media::File(_) | Media::Url(_) => return None,
        Media::Base64 { mime, data } => {
            let title = title.unwrap_or_else(|| "document".to_owned());
            file.insert("filename".to_owned(), title.into());
            file.insert("file_data".to_owned(), format!("data:{mime};base64,{data}").into());
        }
    }
    Some(json!({"type": "file", "file": file}))
}

/// A tool message; pictures and files of the result go into `beside`, each behind a text that says whose it is.
fn write_result(
    result: ToolResult,
    at: &Pointer,
    beside: &mut Vec<Value>,
    writing: &mut Writing,
) -> Value {
    // A custom tool's call was made a function call, and so is its result.
    let ToolResult { call_id, parts, is_error, kind: _ } = result;
    let mut texts: Vec<String> = Vec::with_capacity(parts.len());
    for part in parts {
        let seen = match &part.body {
            Body::Image { .. } => "image",
            Body::Document { source: Media::Text(_), .. } => "text",
            Body::Document { .. } => "document",
            Body::Audio { .. } => "audio",
            Body::Text { .. }
            | Body::Native { .. }
            | Body::Thinking { .. }
            | Body::Call(_)
            | Body::Result(_)
            | Body::Refusal(_) => "text",
        };
        let inner_at = part.at.clone();
        let Some(written) = write_part(part, true, writing) else { continue };
        if let (Some("text"), Some(text)) =
            (written.get("type").and_then(Value::as_str), written.get("text"))
        {
            texts.push(text.as_str().unwrap_or_default().to_owned());
            continue;
        }
        writing.changes.changed(&inner_at, "chat tool results are text; sent in a user message");
        let mark = format!("[{seen} of tool result {call_id}]");
        beside.push(json!({"type": "text", "text": mark}));
        beside.push(written);
        if texts.is_empty() {
            texts.push(mark);
        }
    }
    let mut content = texts.join("\n\n");
    if is_error {
        writing.changes.changed(&at.key("is_error"), "said in the text of the tool result");
        if !content.starts_with("Error:") {
            content.insert_str(0, "Error: ");
        }
    }
    json!({"role": "tool", "tool_call_id": short_id(&call_id), "content": content})
}

/// The id as OpenAI takes it. A longer one is replaced in call and result alike; nobody else sees it.
fn short_id(id: &str) -> String {
    if id.chars().count() <= CALL_ID_CHARS_MAX {
        return id.to_owned();
    }
    const MARK_CHARS: usize = 32;
    format!("call_{}", mark(id, MARK_CHARS))
}

/// One assistant message in the making.
#[derive(Default)]
struct Assistant {
    name: Option<String>,
    thoughts: Vec<String>,
    opaque: Option<String>,
    details: Vec<Value>,
    content: String,
    /// Content parts that only chat has; they make the content an array.
    native: Vec<Value>,
    /// Whether something stood between the last text and the next: they are then joined by a blank line. Texts that
    /// follow one another are one text, cut by its citations.
    apart: bool,
    refusal: Option<String>,
    calls: Vec<Value>,
}

impl Assistant {
    fn add(&mut self, parts: Vec<Part>, writing: &mut Writing) {
        for part in parts {
            self.part(part, writing);
        }
    }

    fn part(&mut self, part: Part, writing: &mut Writing) {
        let is_text = matches!(part.body, Body::Text { .. });
        let Part { body, cache, at } = part;
        drop_mark(cache.as_ref(), &at, writing);
        match body {
            Body::Text { text, citations } => {
                drop_citations(citations.as_ref(), &at, writing);
                if self.apart && !self.content.is_empty() && !text.is_empty() {
                    self.content.push_str("\n\n");
                }
                self.content.push_str(&text);
            }
            Body::Thinking { text, seal } => self.thinking(text, seal, &at, writing),
            Body::Call(call) => self.calls.push(write_call(call, &at, writing)),
            Body::Refusal(text) => self.refusal.get_or_insert_default().push_str(&text),
            Body::Native { dialect: Dialect::Chat, value } => self.native.push(value),
            Body::Native { .. } => writing.changes.dropped(&at, "no counterpart in chat"),
            Body::Image { .. } | Body::Document { .. } | Body::Audio { .. } => {
                writing.changes.dropped(&at, "chat takes no media in assistant messages");
            }
            Body::Result(_) => {
                writing.changes.dropped(&at, "a tool result is not the assistant's to give");
            }
        }
        self.apart = !is_text;
    }

    fn thinking(&mut self, text: String, seal: Option<Seal>, at: &Pointer, writing: &mut Writing) {
        match seal {
            None => {}
            Some(Seal::Opaque(data)) => match detail_of(&data, &text) {
                Some(detail) => self.details.push(detail),
                None if self.opaque.is_none() => self.opaque = Some(data),
                None => writing.changes.dropped(at, "chat has one seal for all reasoning"),
            },
            Some(Seal::Signature(_) | Seal::Redacted(_) | Seal::Encrypted { .. }) => {
                let why = "the seal of the reasoning is worth nothing to another provider";
                writing.changes.dropped(at, why);
            }
        }
        if !text.is_empty() {
            self.thoughts.push(text);
        }
    }

    fn into_message(self) -> Value {
        let mut message = Map::new();
        message.insert("role".to_owned(), "assistant".into());
        if let Some(name) = self.name {
            message.insert("name".to_owned(), name.into());
        }
        let content = if !self.native.is_empty() {
            let mut parts = self.native;
            if !self.content.is_empty() {
                parts.insert(0, json!({"type": "text", "text": self.content}));
            }
            Value::Array(parts)
        } else if self.content.is_empty() && !(self.calls.is_empty() && self.refusal.is_none()) {
            Value::Null
        } else {
            Value::String(self.content)
        };
        message.insert("content".to_owned(), content);
        if !self.thoughts.is_empty() {
            let text = self.thoughts.join(BETWEEN);
            message.insert("reasoning_content".to_owned(), text.into());
        }
        if let Some(opaque) = self.opaque {
            message.insert("reasoning_opaque".to_owned(), opaque.into());
        }
        if !self.details.is_empty() {
            message.insert("reasoning_details".to_owned(), Value::Array(self.details));
        }
        if let Some(refusal) = self.refusal {
            message.insert("refusal".to_owned(), refusal.into());
        }
        if !self.calls.is_empty() {
            message.insert("tool_calls".to_owned(), Value::Array(self.calls));
        }
        Value::Object(message)
    }
}

fn write_call(call: Call, at: &Pointer, writing: &mut Writing) -> Value {
    let Call { id, name, arguments, kind } = call;
    if kind == CallKind::Custom && !writing.memo.is_custom(&name) {
        writing.memo.custom_as_function(&name);
        writing.changes.changed(at, "a custom tool's call goes on as a function's");
    }
    let arguments = match kind {
        CallKind::Function if arguments.trim().is_empty() => "{}".to_owned(),
        CallKind::Function => arguments,
        CallKind::Custom => json!({CUSTOM_ARGUMENT: arguments}).to_string(),
    };
    json!({
        "id": short_id(&id),
        "type": "function",
        "function": {"name": writing.memo.short_name(&name), "arguments": arguments},
    })
}
