//! A streamed reply as a client wants it.

use super::annotations;
use super::items::{self, item_id};
use super::response::{Head, Status, response};
use super::write_frame::{DeltaPlace, Frames};
use super::write_reply::NO_BLOCK;
use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use crate::part::{Call, CallKind, Media};
use crate::pointer::Pointer;
use crate::seal::Seal;
use crate::stream::WriteStream;
use crate::usage::Usage;
use serde::Serialize;
use serde_json::{Value, json};

/// Writes a stream with the events, in the order and with the members that OpenAI's SDKs, the Vercel AI SDK and Codex
/// rely on. Neighbouring texts are contents of one message, which ends when another item begins.
#[derive(Default)]
pub(crate) struct StreamWriter {
    frames: Frames,
    head: Option<Head>,
    /// The items that are whole.
    output: Vec<Value>,
    /// The message that may still grow by another content; its place is after `output`.
    message: Option<Message>,
    open: Open,
    refused: bool,
    usage: Option<Usage>,
    service_tier: Option<String>,
    status: Option<Status>,
}

/// The body of an event about the whole response.
#[derive(Serialize)]
struct Life<'a> {
    response: &'a Value,
}

struct Message {
    id: String,
    content: Vec<Value>,
}

/// The part that is open.
#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    Text {
        text: String,
        annotations: Vec<Value>,
        /// Whether a citation without a counterpart has been noted: once is enough for a text.
        noted: bool,
    },
    Refusal(String),
    Thinking {
        id: String,
        text: String,
        seal: Option<Seal>,
    },
    Call {
        id: String,
        call: Call,
    },
    /// A block that is whole already, or that this dialect does not have.
    Silent,
}

impl WriteStream for StreamWriter {
    fn event(&mut self, event: Event, changes: &mut Changes, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, model, created } => self.start(Head::new(&id, model, created), out),
            Event::Open { part, opening } => self.open(part, opening, changes, out),
            Event::Delta { part, delta } => self.delta(part, delta, changes, out),
            Event::Close { .. } => self.close(out),
            Event::Usage(usage) => self.usage = Some(usage),
            Event::ServiceTier(tier) => self.service_tier = Some(tier),
            Event::Ping => out.extend_from_slice(b": ping\n\n"),
            Event::Finish(finish) => {
                self.close(out);
                let status = Status::of(&finish, self.refused, changes);
                self.end_message(status.name(), out);
                self.status = Some(status);
            }
            Event::End => self.end(out),
            Event::Failed(error) => self.fail(error, out),
        }
    }
}

impl StreamWriter {
    /// A writer that goes on with a response of which another has sent `sent` events: for an error of ours after
    /// frames of the upstream's own.
    pub(crate) fn after(id: &str, model: String, sent: u64) -> Self {
        let head = Some(Head::new(id, model, 0));
        StreamWriter { frames: Frames::after(sent), head, ..StreamWriter::default() }
    }

    fn start(&mut self, head: Head, out: &mut Vec<u8>) {
        let whole = response(&head, &Status::InProgress, &[], None, self.service_tier.as_deref());
        self.frames.write("response.created", &Life { response: &whole }, out);
        self.frames.write("response.in_progress", &Life { response: &whole }, out);
        self.head = Some(head);
    }

    fn new_id(&self, prefix: &str) -> String {
        let id = self.head.as_ref().map_or("", |head| head.id.as_str());
        item_id(prefix, self.output.len(), id)
    }

    /// The id of an item that ends the open message, if there is one.
    fn new_id_after_message(&self, prefix: &str) -> String {
        let id = self.head.as_ref().map_or("", |head| head.id.as_str());
        item_id(prefix, self.output.len() + usize::from(self.message.is_some()), id)
    }

    fn open(&mut self, part: usize, opening: Opening, changes: &mut Changes, out: &mut Vec<u8>) {
        self.close(out);
        self.open = match opening {
            Opening::Text => {
                self.add_content(&items::output_text("", &[]), out);
                Open::Text { text: String::new(), annotations: Vec::new(), noted: false }
            }
            Opening::Refusal => {
                self.refused = true;
                self.add_content(&items::refusal(""), out);
                Open::Refusal(String::new())
            }
            Opening::Thinking => {
                self.end_message("completed", out);
                let id = self.new_id("rs");
                self.add_item(&items::reasoning(&id, "", None), out);
                Open::Thinking { id, text: String::new(), seal: None }
            }
            Opening::Call { id: call_id, name, kind } => {
                self.end_message("completed", out);
                let id = self.new_id(items::call_prefix(kind));
                let call = Call { id: call_id, name, arguments: String::new(), kind };
                self.add_item(&items::call(&id, "in_progress", &call), out);
                Open::Call { id, call }
            }
            Opening::Native { dialect: Dialect::Responses, value } => {
                self.end_message("completed", out);
                self.add_item(&value, out);
                self.end_item(value, out);
                Open::Silent
            }
            Opening::Native { dialect: Dialect::Chat | Dialect::Messages, value } => {
                let id = self.new_id_after_message("ig");
                match Media::of_native(&value).and_then(|source| items::picture(&id, &source)) {
                    Some(picture) => {
                        self.end_message("completed", out);
                        self.add_item(&picture, out);
                        self.end_item(picture, out);
                    }
                    None => changes.dropped(&place_of(part), NO_BLOCK),
                }
                Open::Silent
            }
        };
    }

    fn add_item(&mut self, item: &Value, out: &mut Vec<u8>) {
        let body = json!({"output_index": self.output.len(), "item": item});
        self.frames.write("response.output_item.added", &body, out);
    }

    fn end_item(&mut self, item: Value, out: &mut Vec<u8>) {
        let body = json!({"output_index": self.output.len(), "item": item});
        self.frames.write("response.output_item.done", &body, out);
        self.output.push(item);
    }

    /// Begins a content of the open message, and the message if none is open.
    fn add_content(&mut self, content: &Value, out: &mut Vec<u8>) {
        if self.message.is_none() {
            let id = self.new_id("msg");
            self.add_item(&items::message(&id, "in_progress", &[]), out);
            self.message = Some(Message { id, content: Vec::new() });
        }
        let body = self.content_body("part", content);
        self.frames.write("response.content_part.added", &body, out);
    }

    /// The body of an event about the content that is open, with one member more.
    fn content_body(&self, key: &str, value: &Value) -> Value {
        let (id, index) = content_place(self.message.as_ref());
        json!({
            "item_id": id,
            "output_index": self.output.len(),
            "content_index": index,
            key: value,
        })
    }

    fn end_message(&mut self, status: &str, out: &mut Vec<u8>) {
        if let Some(Message { id, content }) = self.message.take() {
            self.end_item(items::message(&id, status, &content), out);
        }
    }

    fn delta(&mut self, part: usize, delta: Delta, changes: &mut Changes, out: &mut Vec<u8>) {
        let output_index = self.output.len();
        match (&mut self.open, delta) {
            (Open::Text { text, .. }, Delta::Text(more)) => {
                text.push_str(&more);
                let (item_id, index) = content_place(self.message.as_ref());
                let place = DeltaPlace::content(item_id, output_index, index, true);
                self.frames.delta("response.output_text.delta", &place, &more, out);
            }
            (Open::Refusal(text), Delta::Text(more)) => {
                text.push_str(&more);
                let (item_id, index) = content_place(self.message.as_ref());
                let place = DeltaPlace::content(item_id, output_index, index, false);
                self.frames.delta("response.refusal.delta", &place, &more, out);
            }
            (Open::Thinking { id, text, .. }, Delta::Text(more)) => {
                let place = DeltaPlace::summary(id, output_index);
                if text.is_empty() && !more.is_empty() {
                    let body = summary_body(id, output_index, "part", &items::summary_text(""));
                    self.frames.write("response.reasoning_summary_part.added", &body, out);
                }
                text.push_str(&more);
                self.frames.delta("response.reasoning_summary_text.delta", &place, &more, out);
            }
            (Open::Thinking { seal, .. }, Delta::Seal(given)) => *seal = Some(given),
            (Open::Call { id, call }, Delta::Arguments(more)) => {
                call.arguments.push_str(&more);
                let place = DeltaPlace::item(id, output_index);
                self.frames.delta(arguments_delta(call.kind), &place, &more, out);
            }
            (Open::Text { annotations, noted, .. }, Delta::Citation { value, .. }) => {
                match annotations::own_form(value) {
                    None if std::mem::replace(noted, true) => {}
                    None => changes.dropped(&place_of(part), annotations::NO_COUNTERPART),
                    Some(annotation) => {
                        let index = annotations.len();
                        annotations.push(annotation.clone());
                        let mut body = self.content_body("annotation", &annotation);
                        body["annotation_index"] = json!(index);
                        self.frames.write("response.output_text.annotation.added", &body, out);
                    }
                }
            }
            // A block that is not written has been noted when it opened.
            (Open::Nothing | Open::Silent, _) => {}
            (_, Delta::Native(_)) => changes.dropped(&place_of(part), NO_BLOCK),
            (_, Delta::Citation { .. }) => {
                changes.dropped(&place_of(part), annotations::NO_COUNTERPART);
            }
            // Nothing else pairs up in a sound stream.
            (_, Delta::Text(_) | Delta::Seal(_) | Delta::Arguments(_)) => {}
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let output_index = self.output.len();
        match std::mem::take(&mut self.open) {
            Open::Nothing | Open::Silent => {}
            Open::Text { text, annotations, .. } => {
                let mut body = self.content_body("text", &json!(text));
                body["logprobs"] = json!([]);
                self.frames.write("response.output_text.done", &body, out);
                self.end_content(items::output_text(&text, &annotations), out);
            }
            Open::Refusal(text) => {
                let body = self.content_body("refusal", &json!(text));
                self.frames.write("response.refusal.done", &body, out);
                self.end_content(items::refusal(&text), out);
            }
            Open::Thinking { id, text, seal } => {
                if !text.is_empty() {
                    let body = summary_body(&id, output_index, "text", &json!(text));
                    self.frames.write("response.reasoning_summary_text.done", &body, out);
                    let part = items::summary_text(&text);
                    let body = summary_body(&id, output_index, "part", &part);
                    self.frames.write("response.reasoning_summary_part.done", &body, out);
                }
                self.end_item(items::reasoning(&id, &text, seal.as_ref()), out);
            }
            Open::Call { id, call } => self.end_call(&id, call, out),
        }
    }

    fn end_content(&mut self, content: Value, out: &mut Vec<u8>) {
        let body = self.content_body("part", &content);
        self.frames.write("response.content_part.done", &body, out);
        if let Some(message) = &mut self.message {
            message.content.push(content);
        }
    }

    fn end_call(&mut self, id: &str, mut call: Call, out: &mut Vec<u8>) {
        let output_index = self.output.len();
        if call.kind == CallKind::Function && call.arguments.is_empty() {
            call.arguments.push_str("{}");
            let place = DeltaPlace::item(id, output_index);
            self.frames.delta(arguments_delta(call.kind), &place, &call.arguments, out);
        }
        let mut body = json!({"item_id": id, "output_index": output_index});
        let kind = match call.kind {
            CallKind::Function => {
                body["name"] = json!(call.name);
                body["arguments"] = json!(call.arguments);
                "response.function_call_arguments.done"
            }
            CallKind::Custom => {
                body["input"] = json!(call.arguments);
                "response.custom_tool_call_input.done"
            }
        };
        self.frames.write(kind, &body, out);
        self.end_item(items::call(id, "completed", &call), out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        let Some(status) = self.status.take() else {
            let message = "the reply ended without saying why";
            return self.fail(ApiError::new(ErrorKind::BadGateway, message), out);
        };
        let kind = match status {
            Status::Incomplete(_) => "response.incomplete",
            Status::InProgress | Status::Completed | Status::Failed(_) => "response.completed",
        };
        let head = self.head.take().unwrap_or_default();
        let whole = response(
            &head,
            &status,
            &self.output,
            self.usage.as_ref(),
            self.service_tier.as_deref(),
        );
        self.frames.write(kind, &Life { response: &whole }, out);
    }

    fn fail(&mut self, error: ApiError, out: &mut Vec<u8>) {
        if self.head.is_none() {
            self.start(Head::new("failed", String::new(), 0), out);
        }
        let head = self.head.take().unwrap_or_default();
        let (usage, tier) = (self.usage.as_ref(), self.service_tier.as_deref());
        let whole = response(&head, &Status::Failed(error), &self.output, usage, tier);
        self.frames.write("response.failed", &Life { response: &whole }, out);
    }
}

/// Where a part stands in a reply whose document has no members yet.
fn place_of(part: usize) -> Pointer {
    Pointer::root().key("content").index(part)
}

/// The message's id and the index of the content that is open.
fn content_place(message: Option<&Message>) -> (&str, usize) {
    message.map_or(("", 0), |message| (message.id.as_str(), message.content.len()))
}

fn summary_body(id: &str, output_index: usize, key: &str, value: &Value) -> Value {
    json!({"item_id": id, "output_index": output_index, "summary_index": 0, key: value})
}

const fn arguments_delta(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Function => "response.function_call_arguments.delta",
        CallKind::Custom => "response.custom_tool_call_input.delta",
    }
}
