//! Neutral events into a stream for a client of this dialect.
//!
//! What the official SDKs demand: every frame has an event name, `message_start` comes first and has a usage, blocks
//! are numbered from 0 without a gap and only one is open. `message_delta` waits for the end, since chat servers tell
//! the usage after the finish.

use super::finish::{self, Seen};
use super::read_reply::member_of_native;
use super::usage;
use super::write_block::{CITATIONS, NATIVE, is_own_citation};
use super::write_reply::{own_tier, signature_of};
use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use crate::memo::CUSTOM_ARGUMENT;
use crate::part::CallKind;
use crate::pointer::Pointer;
use crate::reply::Finish;
use crate::seal::Seal;
use crate::sse;
use crate::stream::WriteStream;
use crate::usage::Usage;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// Writes `text/event-stream` of `POST /v1/messages`.
#[derive(Debug, Default)]
pub(crate) struct StreamWriter {
    started: bool,
    over: bool,
    /// How many blocks have been started.
    blocks: usize,
    open: Option<Open>,
    seen: Seen,
    finish: Option<Finish>,
    usage: Option<Usage>,
    /// The tier that has not been written yet.
    service_tier: Option<&'static str>,
    /// Members of `message_delta` that only this dialect has.
    members: Map<String, Value>,
}

/// The part that is open. Parts come one after another.
#[derive(Debug)]
enum Open {
    /// Text of which nothing has come: an empty block would come back, and be refused.
    TextUnseen,
    Text,
    /// Thinking of which nothing has come: whether it is redacted shows with what comes.
    ThinkingUnseen,
    Thinking,
    /// A redacted block, which is whole.
    Redacted,
    Call,
    /// A custom tool's call, whose text stands in a JSON string.
    Custom,
    /// A block of this dialect.
    Native,
    /// A part that is not written.
    Hidden,
}

impl WriteStream for StreamWriter {
    fn event(&mut self, event: Event, changes: &mut Changes, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        match event {
            Event::Start { id, model, created: _ } => self.start(&id, &model, out),
            Event::Open { opening, .. } => self.open(opening, changes, out),
            Event::Delta { delta, .. } => self.delta(delta, changes, out),
            Event::Close { .. } => self.close(out),
            Event::Usage(usage) => self.usage = Some(usage),
            Event::ServiceTier(tier) => self.service_tier = own_tier(&tier, changes),
            Event::Ping => write("ping", &json!({ "type": "ping" }), out),
            Event::Finish(finish) => self.finish = Some(finish),
            Event::End => self.end(changes, out),
            Event::Failed(error) => self.fail(&error, out),
        }
    }
}

fn write(event: &str, data: &impl Serialize, out: &mut Vec<u8>) {
    sse::write_json(Some(event), data, out);
}

/// Most events are deltas, so no tree is built for them.
#[derive(Serialize)]
struct BlockDelta<'a, D> {
    r#type: &'static str,
    index: usize,
    delta: &'a D,
}

/// A delta that is a text: what kind it is, and the member that holds it.
struct TextDelta<'a>(&'static str, &'static str, &'a str);

impl Serialize for TextDelta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let TextDelta(kind, member, text) = *self;
        serializer.collect_map([("type", kind), (member, text)])
    }
}

impl StreamWriter {
    fn start(&mut self, id: &str, model: &str, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let message = json!({
            "id": id,
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": self.known_usage(),
        });
        write("message_start", &json!({ "type": "message_start", "message": message }), out);
    }

    /// The usage as it is known by now, with the tier where it is new. OpenAI tells the tier at the end; Anthropic's
    /// place for it then is the usage of `message_delta`.
    fn known_usage(&mut self) -> Value {
        let mut usage = usage::write(&self.usage.unwrap_or_default());
        if let Some(tier) = self.service_tier.take() {
            usage["service_tier"] = tier.into();
        }
        usage
    }

    fn block_start(&mut self, block: &Value, out: &mut Vec<u8>) {
        self.start("", "", out);
        let data =
            json!({ "type": "content_block_start", "index": self.blocks, "content_block": block });
        self.blocks += 1;
        write("content_block_start", &data, out);
    }

    fn block_delta(&self, delta: &impl Serialize, out: &mut Vec<u8>) {
        const KIND: &str = "content_block_delta";
        let index = self.blocks.saturating_sub(1);
        write(KIND, &BlockDelta { r#type: KIND, index, delta }, out);
    }

    fn open(&mut self, opening: Opening, changes: &mut Changes, out: &mut Vec<u8>) {
        let open = match opening {
            Opening::Text => Open::TextUnseen,
            Opening::Refusal => {
                self.seen.refusal = true;
                Open::TextUnseen
            }
            Opening::Thinking => Open::ThinkingUnseen,
            Opening::Call { id, name, kind } => {
                self.seen.call = true;
                let block = json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
                self.block_start(&block, out);
                match kind {
                    CallKind::Function => Open::Call,
                    CallKind::Custom => {
                        let why = "a custom tool's call goes on as a function's";
                        changes.changed(&Pointer::root(), why);
                        self.input(&format!("{{{}:\"", Value::from(CUSTOM_ARGUMENT)), out);
                        Open::Custom
                    }
                }
            }
            Opening::Native { dialect: Dialect::Messages, value } => {
                if let Some((key, member)) = member_of_native(&value) {
                    self.members.insert(key.to_owned(), member);
                    Open::Hidden
                } else {
                    self.block_start(&value, out);
                    Open::Native
                }
            }
            Opening::Native { dialect: Dialect::Chat | Dialect::Responses, .. } => {
                changes.dropped(&Pointer::root(), NATIVE);
                Open::Hidden
            }
        };
        self.open = Some(open);
    }

    fn input(&self, json: &str, out: &mut Vec<u8>) {
        self.block_delta(&TextDelta("input_json_delta", "partial_json", json), out);
    }

    fn delta(&mut self, delta: Delta, changes: &mut Changes, out: &mut Vec<u8>) {
        match (delta, &self.open) {
            (_, None | Some(Open::Hidden)) => {}
            (Delta::Text(text), Some(_)) if text.is_empty() => {}
            (Delta::Text(text), Some(Open::TextUnseen | Open::Text)) => {
                self.text(out);
                self.block_delta(&TextDelta("text_delta", "text", &text), out);
            }
            (Delta::Text(text), Some(Open::ThinkingUnseen | Open::Thinking)) => {
                self.thinking(out);
                self.block_delta(&TextDelta("thinking_delta", "thinking", &text), out);
            }
            (Delta::Seal(seal), Some(Open::ThinkingUnseen)) => self.seal_alone(seal, out),
            (Delta::Seal(seal), Some(Open::Thinking)) => self.signature(seal, out),
            (Delta::Arguments(json), Some(Open::Call)) => self.input(&json, out),
            (Delta::Arguments(text), Some(Open::Custom)) => {
                let quoted = Value::from(text).to_string();
                let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                self.input(inner.unwrap_or_default(), out);
            }
            (
                Delta::Citation { dialect: Dialect::Messages, value },
                Some(Open::TextUnseen | Open::Text),
            ) if is_own_citation(&value) => {
                self.text(out);
                self.block_delta(&json!({ "type": "citations_delta", "citation": value }), out);
            }
            (Delta::Citation { .. }, Some(_)) => changes.dropped(&Pointer::root(), CITATIONS),
            (Delta::Native(value), Some(Open::Native)) => self.block_delta(&value, out),
            (Delta::Native(_), Some(_)) => changes.dropped(&Pointer::root(), NATIVE),
            // Of a kind that its part cannot have; no reader makes such.
            (Delta::Text(_) | Delta::Seal(_) | Delta::Arguments(_), Some(_)) => {}
        }
    }

    /// Starts the text block unless it has been.
    fn text(&mut self, out: &mut Vec<u8>) {
        if matches!(self.open, Some(Open::TextUnseen)) {
            self.block_start(&json!({ "type": "text", "text": "" }), out);
            self.open = Some(Open::Text);
        }
    }

    /// Starts the thinking block unless it has been.
    fn thinking(&mut self, out: &mut Vec<u8>) {
        if matches!(self.open, Some(Open::ThinkingUnseen)) {
            self.block_start(&json!({ "type": "thinking", "thinking": "", "signature": "" }), out);
            self.open = Some(Open::Thinking);
        }
    }

    fn signature(&mut self, seal: Seal, out: &mut Vec<u8>) {
        let signature = signature_of(seal);
        self.block_delta(&json!({ "type": "signature_delta", "signature": signature }), out);
    }

    /// A seal without text: Anthropic's own signature stays one, all else is redacted thinking.
    fn seal_alone(&mut self, seal: Seal, out: &mut Vec<u8>) {
        let data = match seal {
            Seal::Signature(_) => {
                self.thinking(out);
                return self.signature(seal, out);
            }
            Seal::Redacted(data) => data,
            Seal::Encrypted { .. } | Seal::Opaque(_) => seal.pack(),
        };
        self.block_start(&json!({ "type": "redacted_thinking", "data": data }), out);
        self.open = Some(Open::Redacted);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        match self.open.take() {
            None | Some(Open::Hidden | Open::TextUnseen | Open::ThinkingUnseen) => return,
            Some(Open::Custom) => self.input("\"}", out),
            Some(Open::Text | Open::Thinking | Open::Redacted | Open::Call | Open::Native) => {}
        }
        let index = self.blocks.saturating_sub(1);
        write("content_block_stop", &json!({ "type": "content_block_stop", "index": index }), out);
    }

    fn end(&mut self, changes: &mut Changes, out: &mut Vec<u8>) {
        let Some(finish) = self.finish.take() else {
            let message = "the reply ended without a finish";
            return self.fail(&ApiError::new(ErrorKind::BadGateway, message), out);
        };
        self.over = true;
        self.start("", "", out);
        let (reason, sequence) = finish::write(&finish, self.seen, changes);
        let mut delta = json!({ "stop_reason": reason, "stop_sequence": sequence });
        if let Some(container) = self.members.remove("container") {
            delta["container"] = container;
        }
        let usage = self.known_usage();
        let mut data = json!({ "type": "message_delta", "delta": delta, "usage": usage });
        if let Value::Object(data) = &mut data {
            data.extend(std::mem::take(&mut self.members));
        }
        write("message_delta", &data, out);
        write("message_stop", &json!({ "type": "message_stop" }), out);
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        self.over = true;
        let kind = error.kind.name(Dialect::Messages);
        let error = json!({ "type": kind, "message": error.message });
        write("error", &json!({ "type": "error", "error": error }), out);
    }
}
