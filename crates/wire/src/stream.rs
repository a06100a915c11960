//! A streamed reply on its way from an upstream to a client.
//!
//! [`StreamTranslator`] is fed with bytes as they arrive and gives bytes to send. Between the same dialect it passes
//! each frame on as it came; between two it reads events, puts names back, orders parts and writes the other dialect.
//! Either way it works on whole frames, so that a stream that breaks never leaves the client with half an event, and
//! either way it tallies what passes.

use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::Event;
use crate::in_order::InOrder;
use crate::memo::{Memo, Restorer};
use crate::sse::{Decoder, EVENT_BYTES_MAX, Frame};
use crate::tally::Tally;
use crate::{chat, messages, responses};

/// Reads the frames of one dialect.
pub(crate) trait ReadStream: Send {
    /// Takes one frame. After `Event::End` or `Event::Failed` nothing more is given out.
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<Event>);
    /// The bytes have ended: gives `End` where the dialect allows it without a mark, else `Failed`, once.
    fn end(&mut self, out: &mut Vec<Event>);
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

/// What is to be sent now.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes to send at once.
    pub body: Vec<u8>,
    /// The terminal frames (`message_stop`, `[DONE]`, `response.completed`, an error): to be sent last of all, when
    /// the exchange has been recorded.
    pub last: Vec<u8>,
}

/// One stream from `from` to `to`. See the module's text.
pub struct StreamTranslator {
    to: Dialect,
    decoder: Decoder,
    reader: Box<dyn ReadStream>,
    path: Path,
    tally: Tally,
    changes: Changes,
    events: Vec<Event>,
    memo: Memo,
}

enum Path {
    /// Same dialect: frames as they came, but for usage chunks that only we asked for.
    Through { hide_usage: bool },
    /// Another dialect.
    Translate {
        restorer: Restorer,
        in_order: InOrder,
        writer: Box<dyn WriteStream>,
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
        let path = if from == to {
            Path::Through { hide_usage: from == Dialect::Chat && !memo.include_usage }
        } else {
            Path::Translate {
                restorer: Restorer::new(memo.clone()),
                in_order: InOrder::default(),
                writer: writer(to, &memo),
                ordered: Vec::new(),
            }
        };
        StreamTranslator {
            to,
            decoder: Decoder::with_limit(EVENT_BYTES_MAX),
            reader: reader(from),
            path,
            tally: Tally::default(),
            changes: Changes::new(),
            events: Vec::new(),
            memo,
        }
    }

    /// What has passed so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What could not be carried so far.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Whether the stream is over, well or not: what is pushed now is not looked at.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.tally.ended || self.tally.failed.is_some()
    }

    /// Takes the next bytes of the upstream; any cut of the stream into chunks gives the same bytes in sum.
    pub fn push(&mut self, bytes: &[u8], step: &mut Step) {
        if self.is_over() {
            return;
        }
        self.decoder.push(bytes);
        while !self.is_over() {
            match self.decoder.next() {
                None => return,
                Some(Ok(frame)) => {
                    self.reader.frame(&frame, &mut self.events);
                    pass(
                        &mut self.path,
                        &mut self.tally,
                        &mut self.changes,
                        &mut self.events,
                        Some(frame.raw),
                        step,
                    );
                }
                Some(Err(error)) => {
                    let error = ApiError::new(
                        ErrorKind::BadGateway,
                        format!("the upstream's stream cannot be read: {error}"),
                    );
                    self.fail(error, step);
                }
            }
            self.write_failure_through(step);
        }
    }

    /// The upstream has closed the stream: an end without a finish becomes an error event, never a made-up finish.
    pub fn end(&mut self, step: &mut Step) {
        if self.is_over() {
            return;
        }
        match self.decoder.end() {
            None => {}
            Some(Ok(frame)) => {
                self.reader.frame(&frame, &mut self.events);
                pass(
                    &mut self.path,
                    &mut self.tally,
                    &mut self.changes,
                    &mut self.events,
                    Some(frame.raw),
                    step,
                );
            }
            Some(Err(error)) => {
                let error = ApiError::new(
                    ErrorKind::BadGateway,
                    format!("the upstream's stream cannot be read: {error}"),
                );
                self.fail(error, step);
            }
        }
        if !self.is_over() {
            self.reader.end(&mut self.events);
            pass(&mut self.path, &mut self.tally, &mut self.changes, &mut self.events, None, step);
        }
        self.write_failure_through(step);
    }

    /// The stream is broken off for a reason of our own (a time-out, a shutdown): the client gets it as an error of
    /// its dialect.
    pub fn fail(&mut self, error: ApiError, step: &mut Step) {
        if self.is_over() {
            return;
        }
        self.events.clear();
        self.events.push(Event::Failed(error));
        pass(&mut self.path, &mut self.tally, &mut self.changes, &mut self.events, None, step);
        self.write_failure_through(step);
    }

    /// Between the same dialect a failure of our own making has no frame of the upstream's to stand for it.
    fn write_failure_through(&mut self, step: &mut Step) {
        if let (Path::Through { .. }, Some(error)) = (&self.path, &self.tally.failed)
            && step.last.is_empty()
        {
            let failed = Event::Failed(error.clone());
            writer(self.to, &self.memo).event(failed, &mut self.changes, &mut step.last);
        }
    }
}

/// Sends on what one frame (`raw`) meant.
fn pass(
    path: &mut Path,
    tally: &mut Tally,
    changes: &mut Changes,
    events: &mut Vec<Event>,
    raw: Option<&[u8]>,
    step: &mut Step,
) {
    match path {
        Path::Through { hide_usage } => {
            let only_usage =
                !events.is_empty() && events.iter().all(|event| matches!(event, Event::Usage(_)));
            for event in events.iter() {
                tally.see(event);
            }
            let own_error = raw.is_some_and(|raw| tally.failed.is_some() && !is_error_frame(raw));
            if let Some(raw) = raw
                && !own_error
                && !(*hide_usage && only_usage)
            {
                let over = tally.ended || tally.failed.is_some();
                if over { &mut step.last } else { &mut step.body }.extend_from_slice(raw);
            }
            events.clear();
        }
        Path::Translate { restorer, in_order, writer, ordered } => {
            let mut restored = Vec::with_capacity(events.len());
            for event in events.drain(..) {
                restorer.event(event, &mut restored);
            }
            for event in restored {
                in_order.event(event, ordered);
            }
            for event in ordered.drain(..) {
                if tally.ended || tally.failed.is_some() {
                    continue;
                }
                tally.see(&event);
                let over = matches!(event, Event::End | Event::Failed(_));
                let out = if over { &mut step.last } else { &mut step.body };
                writer.event(event, changes, out);
            }
        }
    }
}

/// Whether a frame that ended the stream in failure is the upstream's own error, to be passed on, rather than one that
/// could not be read.
fn is_error_frame(raw: &[u8]) -> bool {
    let mut decoder = Decoder::with_limit(EVENT_BYTES_MAX);
    decoder.push(raw);
    let frame = match decoder.next() {
        None => decoder.end(),
        found => found,
    };
    let Some(Ok(Frame { data: Some(data), .. })) = frame else { return false };
    serde_json::from_str::<serde_json::Value>(&data).is_ok()
}
