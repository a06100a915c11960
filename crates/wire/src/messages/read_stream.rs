//! A stream of an Anthropic upstream into neutral events.
//!
//! The state is which blocks are open and how far the reply has come. What servers get wrong in harmless ways (no
//! `content_block_stop` before the finish, usage in odd places, whole blocks in `message_start`) is taken; an event
//! for a block that is not open, or a second start, is an error.

use super::known::EVENT;
use super::read_block::seal_of_signature;
use super::read_reply::{native_members, refusal_in_words, tier_of};
use super::text_delta::{self, TextDelta};
use super::{finish, usage};
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use crate::part::CallKind;
use crate::repeated::Repeated;
use crate::reply::Finish;
use crate::seal::Seal;
use crate::sse::Frame;
use crate::stream::ReadStream;
use crate::unknown::Unknown;
use crate::usage::Usage;
use serde_json::Value;
use std::borrow::Cow;

/// The most blocks that may be open at once. Anthropic opens one.
const OPEN_BLOCKS_MAX: usize = 128;

/// The longest id or name of a tool call, in bytes.
const CALL_LABEL_BYTES_MAX: usize = 16 * 1024;

/// How much of an event that cannot be read is quoted, in characters.
const QUOTE_CHARS_MAX: usize = 200;

/// Reads `text/event-stream` of `POST /v1/messages`.
#[derive(Debug, Default)]
pub(crate) struct StreamReader {
    phase: Phase,
    open: Vec<OpenBlock>,
    /// How many parts have been opened.
    parts: usize,
    usage: Usage,
    /// A finish that `message_start` brought.
    early_finish: Option<Finish>,
    unknown: Unknown,
    /// The last event of mere text, and the part that grew by it.
    repeated: Repeated,
    repeated_part: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Before,
    Started,
    Finished,
    Over,
}

#[derive(Debug)]
struct OpenBlock {
    index: u64,
    part: usize,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Text,
    Thinking { seal: Option<Seal> },
    Call { whole_input: Option<String> },
    Native,
}

type Outcome = Result<(), ApiError>;

fn nonsense(what: impl Into<String>) -> ApiError {
    ApiError::new(
        ErrorKind::BadGateway,
        format!("the upstream's stream makes no sense: {}", what.into()),
    )
}

impl ReadStream for StreamReader {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<Event>) {
        if self.phase == Phase::Over {
            return;
        }
        let Some(data) = frame.data.as_deref() else {
            if frame.event == Some("ping") || frame.comment {
                out.push(Event::Ping);
            }
            return;
        };
        // Some proxies end every stream as OpenAI does.
        if data.trim() == "[DONE]" || data.trim().is_empty() {
            return;
        }
        if let Some(event) = self.more_text(frame.event, data) {
            out.extend(event);
            return;
        }
        self.repeated.forget();
        let read = match serde_json::from_str::<Value>(data) {
            Ok(value) => self.event(frame.event, &value, out),
            Err(error) => Err(ApiError::new(
                ErrorKind::BadGateway,
                format!("the upstream sent an event that is not JSON ({error}): {}", quote(data)),
            )),
        };
        if let Err(error) = read {
            self.phase = Phase::Over;
            out.push(Event::Failed(error));
        }
    }

    fn end(&mut self, out: &mut Vec<Event>) {
        if self.phase == Phase::Over {
            return;
        }
        self.phase = Phase::Over;
        out.push(Event::Failed(ApiError::new(
            ErrorKind::BadGateway,
            "the upstream's stream ended before the reply was finished",
        )));
    }

    fn unknown(&mut self) -> &mut Unknown {
        &mut self.unknown
    }
}

fn quote(data: &str) -> String {
    data.chars().take(QUOTE_CHARS_MAX).collect()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A part that grows by `text`; nothing for no text.
fn grown(part: usize, text: String) -> Option<Event> {
    (!text.is_empty()).then_some(Event::Delta { part, delta: Delta::Text(text) })
}

impl StreamReader {
    fn event(&mut self, name: Option<&str>, value: &Value, out: &mut Vec<Event>) -> Outcome {
        let kind = value.get("type").and_then(Value::as_str).or(name).unwrap_or_default();
        self.unknown.note(value, &EVENT);
        match kind {
            "error" => Err(ApiError::of_value(value, ErrorKind::BadGateway)),
            "ping" => {
                out.push(Event::Ping);
                Ok(())
            }
            "message_start" => self.start(value, out),
            "content_block_start" => {
                self.demand(Phase::Started, kind)?;
                let block = value.get("content_block").unwrap_or(&Value::Null);
                self.open(index(value)?, block, out)
            }
            "content_block_delta" => {
                self.demand(Phase::Started, kind)?;
                let delta = value.get("delta").unwrap_or(&Value::Null);
                self.delta(index(value)?, delta, out)
            }
            "content_block_stop" => {
                self.demand(Phase::Started, kind)?;
                self.close(index(value)?, out)
            }
            "message_delta" => self.message_delta(value, out),
            "message_stop" => self.stop(out),
            _ if value.get("error").is_some_and(|error| !error.is_null()) => {
                Err(ApiError::of_value(value, ErrorKind::BadGateway))
            }
            _ if !value.is_object() => {
                Err(nonsense(format!("an event is no object: {}", quote(&value.to_string()))))
            }
            // A kind that is newer than this reader; Anthropic asks clients to pass over those.
            _ => {
                self.unknown.note_event(kind);
                Ok(())
            }
        }
    }

    /// What to give out where an event brings nothing but more of an open text: nothing for no text.
    fn more_text(&mut self, name: Option<&str>, data: &str) -> Option<Option<Event>> {
        if self.phase != Phase::Started || !text_delta::may_hold(name) {
            return None;
        }
        if let Some(text) = self.repeated.text(data) {
            return Some(grown(self.repeated_part, text.to_owned()));
        }
        let event = TextDelta::read(data)?;
        let grows = |open: &&OpenBlock| open.index == event.index;
        let block = self.open.iter().find(grows).filter(|open| matches!(open.kind, Kind::Text))?;
        let text = event.into_text();
        if let Cow::Borrowed(text) = &text {
            self.repeated.remember(data, text);
            self.repeated_part = block.part;
        }
        Some(grown(block.part, text.into_owned()))
    }

    fn demand(&self, phase: Phase, event: &str) -> Outcome {
        if self.phase == phase {
            return Ok(());
        }
        let when = match self.phase {
            Phase::Before => "before message_start",
            Phase::Started => "in the middle of the reply",
            Phase::Finished | Phase::Over => "after the reply was finished",
        };
        Err(nonsense(format!("{event} {when}")))
    }

    fn start(&mut self, value: &Value, out: &mut Vec<Event>) -> Outcome {
        self.demand(Phase::Before, "message_start")?;
        let message = value.get("message").unwrap_or(&Value::Null);
        self.phase = Phase::Started;
        out.extend(tier_of(message).map(Event::ServiceTier));
        out.push(Event::Start {
            id: text(message, "id").to_owned(),
            model: text(message, "model").to_owned(),
            created: 0,
        });
        self.usage(message, out);
        self.early_finish = finish_of(message);
        // Continued tool loops of the code execution tool bring their whole content here.
        for block in message.get("content").and_then(Value::as_array).into_iter().flatten() {
            let index = self.parts as u64;
            self.open(index, block, out)?;
            self.close(index, out)?;
        }
        self.native_members(message, out);
        Ok(())
    }

    fn usage(&mut self, holder: &Value, out: &mut Vec<Event>) {
        if let Some(found) = holder.get("usage").filter(|found| found.is_object()) {
            usage::merge(&mut self.usage, found);
            out.push(Event::Usage(self.usage));
        }
    }

    fn open(&mut self, index: u64, block: &Value, out: &mut Vec<Event>) -> Outcome {
        if self.open.iter().any(|open| open.index == index) {
            return Err(nonsense(format!("block {index} is opened twice")));
        }
        if self.open.len() >= OPEN_BLOCKS_MAX {
            return Err(nonsense(format!("over {OPEN_BLOCKS_MAX} blocks are open at once")));
        }
        let part = self.parts;
        let mut delta = |delta: Delta| Event::Delta { part, delta };
        let mut deltas = Vec::new();
        let (opening, kind) = match text(block, "type") {
            "text" => {
                deltas.extend(text_delta(text(block, "text")).map(&mut delta));
                let citations = block.get("citations").and_then(Value::as_array);
                deltas.extend(citations.into_iter().flatten().map(citation).map(&mut delta));
                (Opening::Text, Kind::Text)
            }
            "thinking" => {
                deltas.extend(text_delta(text(block, "thinking")).map(&mut delta));
                let seal = seal_of_signature(text(block, "signature").to_owned());
                (Opening::Thinking, Kind::Thinking { seal })
            }
            "redacted_thinking" => {
                let data = text(block, "data").to_owned();
                let seal = Some(Seal::unpack(&data).unwrap_or(Seal::Redacted(data)));
                (Opening::Thinking, Kind::Thinking { seal })
            }
            "tool_use" => open_call(block)?,
            _ => {
                let opening = Opening::Native { dialect: Dialect::Messages, value: block.clone() };
                (opening, Kind::Native)
            }
        };
        self.parts += 1;
        self.open.push(OpenBlock { index, part, kind });
        out.push(Event::Open { part, opening });
        out.extend(deltas);
        Ok(())
    }

    fn delta(&mut self, index: u64, delta: &Value, out: &mut Vec<Event>) -> Outcome {
        let Some(block) = self.open.iter_mut().find(|open| open.index == index) else {
            return Err(nonsense(format!("a delta for block {index}, which is not open")));
        };
        let kind = text(delta, "type");
        let delta = match (&mut block.kind, kind) {
            (Kind::Native, _) => Some(Delta::Native(delta.clone())),
            (Kind::Text, "text_delta") => text_delta(text(delta, "text")),
            (Kind::Text, "citations_delta") => delta.get("citation").map(citation),
            (Kind::Thinking { .. }, "thinking_delta") => text_delta(text(delta, "thinking")),
            (Kind::Thinking { seal }, "signature_delta") => {
                *seal = seal_of_signature(text(delta, "signature").to_owned());
                None
            }
            (Kind::Call { whole_input }, "input_json_delta") => {
                let json = text(delta, "partial_json");
                (!json.is_empty()).then(|| {
                    *whole_input = None;
                    Delta::Arguments(json.to_owned())
                })
            }
            (
                _,
                "text_delta" | "thinking_delta" | "signature_delta" | "input_json_delta"
                | "citations_delta",
            ) => return Err(nonsense(format!("a {kind} for block {index} of another kind"))),
            // A kind that is newer than this reader: whoever writes the reply says that it is lost.
            _ => Some(Delta::Native(delta.clone())),
        };
        let part = block.part;
        out.extend(delta.map(|delta| Event::Delta { part, delta }));
        Ok(())
    }

    fn close(&mut self, index: u64, out: &mut Vec<Event>) -> Outcome {
        let Some(found) = self.open.iter().position(|open| open.index == index) else {
            return Err(nonsense(format!("an end of block {index}, which is not open")));
        };
        close_block(self.open.remove(found), out);
        Ok(())
    }

    fn message_delta(&mut self, value: &Value, out: &mut Vec<Event>) -> Outcome {
        let delta = value.get("delta").unwrap_or(&Value::Null);
        match self.phase {
            Phase::Started => {
                let finish = finish_of(delta);
                if finish.is_some() {
                    self.close_all(out);
                }
                self.native_members(delta, out);
                self.native_members(value, out);
                if let Some(words) = refusal_in_words(delta) {
                    self.whole(Opening::Refusal, Some(words), out);
                }
                self.usage(value, out);
                if let Some(finish) = finish {
                    self.phase = Phase::Finished;
                    out.push(Event::Finish(finish));
                }
                Ok(())
            }
            Phase::Finished => {
                self.usage(value, out);
                Ok(())
            }
            Phase::Before | Phase::Over => self.demand(Phase::Started, "message_delta"),
        }
    }

    fn native_members(&mut self, holder: &Value, out: &mut Vec<Event>) {
        for (_, value) in native_members(holder) {
            self.whole(Opening::Native { dialect: Dialect::Messages, value }, None, out);
        }
    }

    /// A part that comes in one piece.
    fn whole(&mut self, opening: Opening, words: Option<String>, out: &mut Vec<Event>) {
        let part = self.parts;
        self.parts += 1;
        out.push(Event::Open { part, opening });
        out.extend(words.map(|words| Event::Delta { part, delta: Delta::Text(words) }));
        out.push(Event::Close { part });
    }

    fn close_all(&mut self, out: &mut Vec<Event>) {
        for block in self.open.drain(..) {
            close_block(block, out);
        }
    }

    fn stop(&mut self, out: &mut Vec<Event>) -> Outcome {
        if self.phase == Phase::Started {
            let Some(finish) = self.early_finish.take() else {
                return Err(nonsense("message_stop without a stop_reason"));
            };
            self.close_all(out);
            out.push(Event::Finish(finish));
        } else {
            self.demand(Phase::Finished, "message_stop")?;
        }
        self.phase = Phase::Over;
        out.push(Event::End);
        Ok(())
    }
}

fn index(value: &Value) -> Result<u64, ApiError> {
    value
        .get("index")
        .and_then(Value::as_u64)
        .ok_or_else(|| nonsense(format!("{} without an index", text(value, "type"))))
}

fn finish_of(holder: &Value) -> Option<Finish> {
    let reason = holder.get("stop_reason")?.as_str()?;
    Some(finish::read(reason, holder.get("stop_sequence").and_then(Value::as_str)))
}

fn text_delta(text: &str) -> Option<Delta> {
    (!text.is_empty()).then(|| Delta::Text(text.to_owned()))
}

fn citation(value: &Value) -> Delta {
    Delta::Citation { dialect: Dialect::Messages, value: value.clone() }
}

fn open_call(block: &Value) -> Result<(Opening, Kind), ApiError> {
    let (id, name) = (text(block, "id"), text(block, "name"));
    if id.is_empty() || name.is_empty() {
        return Err(nonsense("a tool_use without id or name"));
    }
    if id.len() > CALL_LABEL_BYTES_MAX || name.len() > CALL_LABEL_BYTES_MAX {
        return Err(nonsense(format!("an id or name of over {CALL_LABEL_BYTES_MAX} bytes")));
    }
    // `{}` stands for what the deltas will bring; anything else is the input itself.
    let given = block.get("input").filter(|input| input.as_object().is_some_and(|o| !o.is_empty()));
    let whole_input = given.map(Value::to_string);
    let opening =
        Opening::Call { id: id.to_owned(), name: name.to_owned(), kind: CallKind::Function };
    Ok((opening, Kind::Call { whole_input }))
}

fn close_block(block: OpenBlock, out: &mut Vec<Event>) {
    let part = block.part;
    let last = match block.kind {
        Kind::Thinking { seal } => seal.map(Delta::Seal),
        Kind::Call { whole_input } => whole_input.map(Delta::Arguments),
        Kind::Text | Kind::Native => None,
    };
    out.extend(last.map(|delta| Event::Delta { part, delta }));
    out.push(Event::Close { part });
}
