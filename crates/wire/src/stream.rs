//! A streamed reply on its way from an upstream to a client.
//!
//! [`StreamTranslator`] is fed with bytes as they arrive and gives bytes to send. Between the same dialect it passes
//! each frame on as it came; between two it reads events, puts names back, orders parts and writes the other dialect.
//! Either way it works on whole frames, so that a stream that breaks never leaves the client with half an event, and
//! either way it tallies what passes.

use crate::assembly::Assembly;
use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::Event;
use crate::in_order::{InOrder, held_by};
use crate::memo::{Memo, Restorer};
use crate::reply::Reply;
use crate::sse::{Decoder, EVENT_BYTES_MAX, Frame, SseError};
use crate::tally::Tally;
use crate::unknown::Unknown;
use crate::{chat, messages, responses};
use serde_json::Value;

/// Reads the frames of one dialect.
pub(crate) trait ReadStream: Send {
    /// Takes one frame. After `Event::End` or `Event::Failed` nothing more is given out.
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<Event>);
    /// The bytes have ended: gives `End` where the dialect allows it without a mark, else `Failed`, once.
    fn end(&mut self, out: &mut Vec<Event>);
    /// What it has met and does not know.
    fn unknown(&mut self) -> &mut Unknown;
}

/// Writes the frames of one dialect.
pub(crate) trait WriteStream: Send {
    /// Appends the frames for one event. Parts come one after another.
    fn event(&mut self, event: Event, changes: &mut Changes, out: &mut Vec<u8>);
}

pub(crate) fn reader(dialect: Dialect) -> Box<dyn ReadStream> {
    match dialect {
        Dialect::Chat => Box::new(chat::StreamReader::default()),
        Dialect::Responses => Box::new(responses::StreamReader::default()),
        Dialect::Messages => Box::new(messages::StreamReader::default()),
    }
}

pub(crate) fn writer(dialect: Dialect, memo: &Memo) -> Box<dyn WriteStream> {
    match dialect {
        Dialect::Chat => Box::new(chat::StreamWriter::new(memo.include_usage)),
        Dialect::Responses => Box::new(responses::StreamWriter::default()),
        Dialect::Messages => Box::new(messages::StreamWriter::default()),
    }
}

/// Writes a stream of neutral events in a dialect: for replies that are made here (the offline model).
pub struct EventWriter {
    writer: Box<dyn WriteStream>,
}

impl EventWriter {
    /// A writer for the reply to a request; `memo.include_usage` says whether a chat client wants the usage chunk.
    #[must_use]
    pub fn new(dialect: Dialect, memo: &Memo) -> Self {
        EventWriter { writer: writer(dialect, memo) }
    }

    /// Appends the frames for one event to `out`. Events come as [`Event`] says, each part closed before the next.
    pub fn write(&mut self, event: Event, out: &mut Vec<u8>) {
        self.writer.event(event, &mut Changes::new(), out);
    }
}

/// The most bytes of text, arguments and native blocks that one streamed reply may hold, whatever its frames add.
///
/// Some readers and writers keep a reply until its end, where their dialect repeats it whole. Real replies stay under
/// 2 MB; pictures in base64 make them tens.
pub const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What is to be sent now.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes to send at once.
    pub body: Vec<u8>,
    /// The terminal frames (`message_stop`, `[DONE]`, `response.completed`, an error): to be sent last of all, when
    /// the exchange has been recorded.
    pub last: Vec<u8>,
}

/// One stream from one dialect to another or the same. See the module's text.
pub struct StreamTranslator {
    decoder: Decoder,
    flow: Flow,
}

/// What frames flow through; apart from the decoder, whose buffer they borrow.
struct Flow {
    from: Dialect,
    to: Dialect,
    memo: Memo,
    reader: Box<dyn ReadStream>,
    path: Path,
    /// What the frame at hand means.
    events: Vec<Event>,
    tally: Tally,
    /// The reply as a whole, where somebody wants it.
    assembly: Option<Assembly>,
    changes: Changes,
    /// The events that were passed on as they came.
    passed: u64,
    /// What has passed so far, in bytes as [`REPLY_BYTES_MAX`] counts them.
    reply_bytes: usize,
}

#[expect(clippy::large_enum_variant, reason = "one for each stream, never moved once made")]
enum Path {
    /// Same dialect: frames as they came, but for usage chunks that only we asked for.
    Through { hide_usage: bool },
    /// Another dialect.
    Translate {
        restorer: Restorer,
        in_order: InOrder,
        writer: Box<dyn WriteStream>,
        restored: Vec<Event>,
        ordered: Vec<Event>,
    },
}

impl StreamTranslator {
    /// A translator for the reply to a request whose translation left `memo`.
    ///
    /// Between the same dialect `memo.include_usage = false` hides chat's usage chunk from a client that did not ask
    /// for it.
    #[must_use]
    pub fn new(from: Dialect, to: Dialect, memo: Memo) -> Self {
        let mut reader = reader(from);
        let path = if from == to {
            Path::Through { hide_usage: from == Dialect::Chat && !memo.include_usage }
        } else {
            reader.unknown().listen();
            Path::Translate {
                restorer: Restorer::new(memo.clone()),
                in_order: InOrder::default(),
                writer: writer(to, &memo),
                restored: Vec::new(),
                ordered: Vec::new(),
            }
        };
        let flow = Flow {
            from,
            to,
            memo,
            reader,
            path,
            events: Vec::new(),
            tally: Tally::default(),
            assembly: None,
            changes: Changes::new(),
            passed: 0,
            reply_bytes: 0,
        };
        StreamTranslator { decoder: Decoder::with_limit(EVENT_BYTES_MAX), flow }
    }

    /// Keeps the reply as the client sees it, for [`take_reply`](Self::take_reply). To be called before the first bytes.
    pub fn keep_reply(&mut self) {
        self.flow.assembly = Some(Assembly::default());
    }

    /// The reply so far, where it is kept; at most [`REPLY_BYTES_MAX`] of it. The stream cannot be kept from here on.
    pub fn take_reply(&mut self) -> Option<Reply> {
        self.flow.assembly.take().map(Assembly::into_reply)
    }

    /// What has passed so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.flow.tally
    }

    /// What could not be carried so far.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.flow.changes
    }

    /// Whether the stream is over, well or not: what is pushed now is not looked at.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.flow.is_over()
    }

    /// Takes the next bytes of the upstream; any cut of the stream into chunks gives the same bytes in sum.
    pub fn push(&mut self, bytes: &[u8], step: &mut Step) {
        if self.is_over() {
            return;
        }
        self.decoder.push(bytes);
        while !self.flow.is_over() {
            let late_line_feed = self.decoder.begins_with_late_line_feed();
            match self.decoder.next() {
                None => return,
                Some(frame) => self.flow.take(frame, late_line_feed, Place::Within, step),
            }
        }
    }

    /// The upstream has closed the stream: an end without a finish becomes an error event, never a made-up finish.
    pub fn end(&mut self, step: &mut Step) {
        if self.is_over() {
            return;
        }
        let late_line_feed = self.decoder.begins_with_late_line_feed();
        match self.decoder.end() {
            Some(frame) => self.flow.take(frame, late_line_feed, Place::Last, step),
            None => {
                self.flow.reader.end(&mut self.flow.events);
                self.flow.pass(None, step);
            }
        }
    }

    /// The stream is broken off for a reason of our own (a time-out, a shutdown): the client gets it as an error of
    /// its dialect.
    pub fn fail(&mut self, error: ApiError, step: &mut Step) {
        if !self.is_over() {
            self.flow.fail(error, step);
        }
    }
}

/// Where in the stream a frame stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// With its blank line.
    Within,
    /// At the very end, perhaps cut.
    Last,
}

impl Flow {
    fn is_over(&self) -> bool {
        self.tally.ended || self.tally.failed.is_some()
    }

    /// Takes what the decoder gives. `late_line_feed`: it begins with the last byte of the frame before.
    fn take(
        &mut self,
        frame: Result<Frame<'_>, SseError>,
        late_line_feed: bool,
        place: Place,
        step: &mut Step,
    ) {
        match frame {
            Ok(frame) => {
                self.reader.frame(&frame, &mut self.events);
                let over = |event: &Event| matches!(event, Event::End | Event::Failed(_));
                // What the stream ends with may be half an event: whether it goes on to the client is known only when
                // the reader has said whether the reply is whole.
                if place == Place::Last && !self.events.iter().any(over) {
                    self.reader.end(&mut self.events);
                }
                self.reply_bytes += self.events.iter().map(held_by).sum::<usize>();
                if self.reply_bytes > REPLY_BYTES_MAX {
                    let message = format!("the upstream's reply is over {REPLY_BYTES_MAX} bytes");
                    return self.fail(ApiError::new(ErrorKind::BadGateway, message), step);
                }
                self.pass(Some(&frame), step);
            }
            Err(error) => {
                if late_line_feed && matches!(self.path, Path::Through { .. }) {
                    step.body.push(b'\n');
                }
                let message = format!("the upstream's stream cannot be read: {error}");
                self.fail(ApiError::new(ErrorKind::BadGateway, message), step);
            }
        }
    }

    fn fail(&mut self, error: ApiError, step: &mut Step) {
        self.events.clear();
        self.events.push(Event::Failed(error));
        self.pass(None, step);
    }

    /// Sends on what was read, of a frame or of the end of the stream.
    fn pass(&mut self, frame: Option<&Frame<'_>>, step: &mut Step) {
        match &mut self.path {
            Path::Through { hide_usage } => {
                let is_usage = |event: &Event| matches!(event, Event::Usage(_));
                let hidden =
                    *hide_usage && !self.events.is_empty() && self.events.iter().all(is_usage);
                for event in self.events.drain(..) {
                    self.tally.see(&event);
                    if let Some(assembly) = &mut self.assembly {
                        assembly.see(&event);
                    }
                }
                if !hidden {
                    self.pass_through(frame, step);
                }
            }
            Path::Translate { restorer, in_order, writer, restored, ordered } => {
                self.reader.unknown().list(&mut self.changes);
                for event in self.events.drain(..) {
                    restorer.event(event, restored);
                }
                for event in restored.drain(..) {
                    in_order.event(event, ordered);
                }
                for event in ordered.drain(..) {
                    if self.tally.ended || self.tally.failed.is_some() {
                        continue;
                    }
                    self.tally.see(&event);
                    if let Some(assembly) = &mut self.assembly {
                        assembly.see(&event);
                    }
                    let over = matches!(event, Event::End | Event::Failed(_));
                    let out = if over { &mut step.last } else { &mut step.body };
                    writer.event(event, &mut self.changes, out);
                }
            }
        }
    }

    /// Sends the frame's own bytes on, or an error of ours where the stream failed without the upstream saying so.
    fn pass_through(&mut self, frame: Option<&Frame<'_>>, step: &mut Step) {
        let out = if self.is_over() { &mut step.last } else { &mut step.body };
        let Some(error) = &self.tally.failed else {
            if let Some(frame) = frame {
                out.extend_from_slice(frame.raw);
                self.passed += u64::from(frame.data.is_some());
            }
            return;
        };
        match frame {
            Some(frame) if says_failure(self.from, frame) => out.extend_from_slice(frame.raw),
            _ => {
                // The LF of a CRLF that was cut belongs to the frame before, which has gone out.
                if frame.is_some_and(|frame| frame.raw.first() == Some(&b'\n')) {
                    step.body.push(b'\n');
                }
                let failed = Event::Failed(error.clone());
                self.writer_after().event(failed, &mut self.changes, &mut step.last);
            }
        }
    }
}

impl Flow {
    /// A writer for what comes after the frames that were passed on.
    fn writer_after(&self) -> Box<dyn WriteStream> {
        match (self.to, &self.tally.id) {
            (Dialect::Responses, Some(id)) => {
                let model = self.tally.model.clone().unwrap_or_default();
                Box::new(responses::StreamWriter::after(id, model, self.passed))
            }
            _ => writer(self.to, &self.memo),
        }
    }
}

/// Whether a frame is `dialect`'s way to say that the reply failed, to be passed on as it came. A frame that is not, and
/// yet ended the stream in failure, could not be read, and an error of ours takes its place.
fn says_failure(dialect: Dialect, frame: &Frame<'_>) -> bool {
    let Some(data) = &frame.data else { return false };
    let Ok(data) = serde_json::from_str::<Value>(data) else { return false };
    let named = |names: &[&str]| data["type"].as_str().is_some_and(|name| names.contains(&name));
    match dialect {
        Dialect::Chat => data.get("error").is_some_and(|error| !error.is_null()),
        Dialect::Messages => frame.event == Some("error") || named(&["error"]),
        Dialect::Responses => named(&["error", "response.failed"]),
    }
}
