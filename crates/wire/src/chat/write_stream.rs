//! Writes a stream.
//!
//! Chat has one text and one reasoning where others have many parts; what stands apart is joined by a blank line, as in
//! a whole reply. Seals are sent once, with the last chunk before the finish, when it is known how many there are.

use super::citations::to_annotation;
use super::finish::write_finish;
use super::thinking::Seals;
use super::usage::write_usage;
use super::write_reply::{no_counterpart, picture};
use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::event::{Delta, Event, Opening};
use crate::part::{CallKind, Media};
use crate::pointer::Pointer;
use crate::sse;
use crate::stream::WriteStream;
use crate::usage::Usage;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// Writes chunks for a chat client.
#[derive(Debug, Default)]
pub(crate) struct StreamWriter {
    include_usage: bool,
    id: String,
    model: String,
    created: u64,
    service_tier: Option<String>,
    /// Whether the chunk with the role has been sent.
    started: bool,
    open: Open,
    /// Characters of content so far, which later citations are counted from.
    content_chars: u64,
    /// Whether something has come between the last text and the next.
    apart: bool,
    seals: Seals,
    calls: usize,
    usage: Option<Usage>,
}

/// Most chunks are deltas, so no tree is built for them.
#[derive(Serialize)]
struct Chunk<'a, C> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [C],
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'a str>,
    /// `null` in all chunks but the last, where the client asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<Value>>,
}

/// A choice of a reply that is not finished.
#[derive(Serialize)]
struct Choice<'a, D> {
    index: usize,
    delta: &'a D,
    /// `null`, as the next.
    logprobs: (),
    finish_reason: (),
}

/// A delta that is a text: the member that holds it.
struct TextDelta<'a>(&'static str, &'a str);

impl Serialize for TextDelta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let TextDelta(member, text) = *self;
        serializer.collect_map([(member, text)])
    }
}

/// The part that is open.
#[derive(Debug, Default)]
enum Open {
    #[default]
    None,
    Text {
        /// Where its text begins in the content, in characters.
        offset: u64,
    },
    Thinking,
    Refusal,
    Call {
        index: usize,
        kind: CallKind,
        /// Whether it has arguments so far.
        filled: bool,
    },
    /// A part that was sent whole when it opened, or that chat does not have, which was noted then.
    Dropped,
}

impl StreamWriter {
    /// A writer; `include_usage` says whether the client has asked for the usage chunk.
    pub(crate) fn new(include_usage: bool) -> Self {
        StreamWriter { include_usage, ..StreamWriter::default() }
    }

    /// Writes a chunk; the last one, which has no choices, has the usage that a client asked for.
    fn chunk<C: Serialize>(&self, choices: &[C], out: &mut Vec<u8>) {
        let usage = self.usage.as_ref().filter(|_| choices.is_empty()).map(write_usage);
        let chunk = Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: self.created,
            model: &self.model,
            choices,
            service_tier: self.service_tier.as_deref(),
            usage: self.include_usage.then_some(usage),
        };
        sse::write_json(None, &chunk, out);
    }

    fn delta(&mut self, delta: &impl Serialize, out: &mut Vec<u8>) {
        self.start(out);
        self.chunk(&[Choice { index: 0, delta, logprobs: (), finish_reason: () }], out);
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if !self.started {
            self.started = true;
            self.delta(&json!({"role": "assistant", "content": ""}), out);
        }
    }

    fn open(&mut self, opening: Opening, changes: &mut Changes, out: &mut Vec<u8>) {
        let is_text = matches!(opening, Opening::Text);
        self.open = match opening {
            Opening::Text => Open::Text { offset: self.content_chars },
            Opening::Thinking => {
                self.seals.open();
                Open::Thinking
            }
            Opening::Refusal => Open::Refusal,
            Opening::Call { id, name, kind } => {
                let index = self.calls;
                self.calls += 1;
                let call = match kind {
                    CallKind::Function => json!({"index": index, "id": id, "type": "function",
                        "function": {"name": name, "arguments": ""}}),
                    CallKind::Custom => json!({"index": index, "id": id, "type": "custom",
                        "custom": {"name": name, "input": ""}}),
                };
                self.delta(&json!({"tool_calls": [call]}), out);
                Open::Call { index, kind, filled: false }
            }
            Opening::Native { dialect: Dialect::Chat, value } => {
                self.delta(&json!({"images": [value]}), out);
                Open::Dropped
            }
            Opening::Native { dialect, value } => {
                match Media::of_native(&value).as_ref().and_then(picture) {
                    Some(picture) => self.delta(&json!({"images": [picture]}), out),
                    None => changes.dropped(&Pointer::root(), no_counterpart(dialect, &value)),
                }
                Open::Dropped
            }
        };
        self.apart |= !is_text;
    }

    fn grow(&mut self, delta: Delta, changes: &mut Changes, out: &mut Vec<u8>) {
        match (&mut self.open, delta) {
            (Open::Text { offset }, Delta::Text(text)) => {
                let before = if self.apart && self.content_chars > 0 { "\n\n" } else { "" };
                if self.apart {
                    *offset = self.content_chars + before.len() as u64;
                }
                self.apart = false;
                let text = after(before, text);
                self.content_chars += text.chars().count() as u64;
                self.delta(&TextDelta("content", &text), out);
            }
            (Open::Text { offset }, Delta::Citation { value, .. }) => {
                match to_annotation(&value, *offset) {
                    Some(annotation) => self.delta(&json!({"annotations": [annotation]}), out),
                    None => changes.dropped(
                        &Pointer::root(),
                        "chat cites only web pages, by their place in the text",
                    ),
                }
            }
            (Open::Thinking, Delta::Text(text)) => {
                let before = self.seals.grow(&text);
                self.delta(&TextDelta("reasoning_content", &after(before, text)), out);
            }
            (Open::Thinking, Delta::Seal(seal)) => self.seals.seal(&seal),
            (Open::Refusal, Delta::Text(text)) => self.delta(&TextDelta("refusal", &text), out),
            (Open::Call { index, kind, filled }, Delta::Arguments(text)) => {
                *filled |= !text.is_empty();
                let call = arguments(*index, *kind, &text);
                self.delta(&call, out);
            }
            // Noted when the part opened.
            (Open::Dropped, _) => {}
            (
                Open::None | Open::Text { .. } | Open::Thinking | Open::Refusal | Open::Call { .. },
                Delta::Text(_)
                | Delta::Seal(_)
                | Delta::Arguments(_)
                | Delta::Citation { .. }
                | Delta::Native(_),
            ) => changes.dropped(&Pointer::root(), "a delta that does not fit its part"),
        }
    }

    /// Arguments that never came are `{}`: clients parse what they have gathered.
    fn close(&mut self, out: &mut Vec<u8>) {
        if let Open::Call { index, kind: CallKind::Function, filled: false } = self.open {
            self.delta(&arguments(index, CallKind::Function, "{}"), out);
        }
        self.open = Open::None;
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.include_usage && self.usage.is_some() {
            self.chunk::<Value>(&[], out);
        }
        sse::write(None, "[DONE]", out);
    }
}

/// `text` with what sets it apart from the text before; mostly that is nothing.
fn after(before: &str, text: String) -> String {
    if before.is_empty() { text } else { [before, &text].concat() }
}

fn arguments(index: usize, kind: CallKind, text: &str) -> Value {
    let call = match kind {
        CallKind::Function => json!({"index": index, "function": {"arguments": text}}),
        CallKind::Custom => json!({"index": index, "custom": {"input": text}}),
    };
    json!({"tool_calls": [call]})
}

impl WriteStream for StreamWriter {
    fn event(&mut self, event: Event, changes: &mut Changes, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, model, created } => {
                (self.id, self.model, self.created) = (id, model, created);
                self.start(out);
            }
            Event::Open { part: _, opening } => self.open(opening, changes, out),
            Event::Delta { part: _, delta } => self.grow(delta, changes, out),
            Event::Close { part: _ } => self.close(out),
            Event::Usage(usage) => self.usage = Some(usage),
            Event::ServiceTier(tier) => self.service_tier = Some(tier),
            Event::Ping => out.extend_from_slice(b": ping\n\n"),
            Event::Finish(finish) => {
                if let Some(opaque) = self.seals.opaque() {
                    self.delta(&json!({"reasoning_opaque": opaque}), out);
                }
                self.start(out);
                let (reason, stop_text) = write_finish(finish, changes);
                let mut choice = json!({"index": 0, "delta": {}, "logprobs": null,
                    "finish_reason": reason});
                if let Some(text) = stop_text {
                    choice["stop_reason"] = text.into();
                }
                self.chunk(&[choice], out);
            }
            Event::End => self.end(out),
            Event::Failed(error) => {
                sse::write(None, &error.body(Dialect::Chat, "").to_string(), out);
            }
        }
    }
}
