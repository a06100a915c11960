//! What the upstream sends: content, headers, and everything that goes wrong on the way.

mod fault;
mod position;
mod render;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::Value;

pub use fault::Fault;
pub use position::Position;
pub(crate) use render::{Ending, Pause, Rendered};

use crate::Gate;
use crate::dialect::Render;
use crate::sse::{Event, Frame, LineEnd, Style};
use fault::{Chunking, Framing, StreamEdit};

/// One reply of the upstream, with its faults.
///
/// Faults compose: each method adds one and returns the answer. Positions count bytes of the body
/// as sent (after compression), without the framing of chunks.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    content_type: Option<String>,
    content: Content,
    form: Form,
    style: Style,
    edits: Vec<StreamEdit>,
    gzip: bool,
    framing: Framing,
    chunking: Chunking,
    pauses_before_head: Vec<Pause>,
    pauses: Vec<(Position, Pause)>,
    ending: (Position, Ending),
}

/// What stands in the body.
#[derive(Clone)]
enum Content {
    Bytes { content_type: &'static str, bytes: Bytes },
    Frames(Arc<Vec<Frame>>),
    Reply(Arc<dyn Render>),
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { bytes, .. } => write!(formatter, "Bytes({})", bytes.len()),
            Self::Frames(frames) => write!(formatter, "Frames({})", frames.len()),
            Self::Reply(_) => formatter.write_str("Reply"),
        }
    }
}

/// Which form a model's reply takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Streamed when the request says `"stream": true`.
    AsAsked,
    Plain,
    Stream,
}

/// Content.
impl Answer {
    /// A JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, "application/json", body.to_string())
    }

    /// Any body.
    pub fn bytes(status: u16, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self::new(status, Content::Bytes { content_type, bytes: bytes.into() })
    }

    /// A stream of exactly these frames.
    pub fn frames(frames: impl Into<Vec<Frame>>) -> Self {
        Self::new(200, Content::Frames(Arc::new(frames.into()))).stream()
    }

    /// A stream of exactly these events.
    pub fn events(events: impl IntoIterator<Item = Event>) -> Self {
        Self::frames(events.into_iter().map(Frame::Event).collect::<Vec<_>>())
    }

    /// A redirect (302), which the product must never follow.
    pub fn redirect(location: impl Into<String>) -> Self {
        Self::bytes(302, "text/plain", "moved").header("location", location)
    }

    pub(crate) fn reply(reply: impl Render + 'static) -> Self {
        Self::new(200, Content::Reply(Arc::new(reply)))
    }

    fn new(status: u16, content: Content) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: None,
            content,
            form: Form::AsAsked,
            style: Style::default(),
            edits: Vec::new(),
            gzip: false,
            framing: Framing::Natural,
            chunking: Chunking::PerFrame,
            pauses_before_head: Vec::new(),
            pauses: Vec::new(),
            ending: (Position::Byte(usize::MAX), Ending::Complete),
        }
    }

    /// Always streams a model's reply, whatever the request asks.
    #[must_use]
    pub fn stream(mut self) -> Self {
        self.form = Form::Stream;
        self
    }

    /// Never streams a model's reply.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.form = Form::Plain;
        self
    }
}

/// Status and headers.
impl Answer {
    /// Replaces the status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Replaces the content type, right or wrong.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// `Retry-After` in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("retry-after", seconds.to_string())
    }

    /// `Retry-After` as an HTTP date, cut to the second.
    #[must_use]
    pub fn retry_after_date(self, date: SystemTime) -> Self {
        self.header("retry-after", httpdate::fmt_http_date(date))
    }

    /// `count` header fields with values of `bytes_each`.
    #[must_use]
    pub fn huge_headers(mut self, count: usize, bytes_each: usize) -> Self {
        for index in 0..count {
            self.headers.push((format!("x-filler-{index}"), "x".repeat(bytes_each)));
        }
        self
    }
}

/// The shape of the body.
impl Answer {
    /// Compresses the body with gzip and says so. Positions of events are not known in it.
    #[must_use]
    pub fn gzip(mut self) -> Self {
        self.gzip = true;
        self
    }

    /// Ends every line of the stream so.
    #[must_use]
    pub fn line_end(mut self, line_end: LineEnd) -> Self {
        self.style.line_end = line_end;
        self
    }

    /// Begins the stream with a byte order mark.
    #[must_use]
    pub fn byte_order_mark(mut self) -> Self {
        self.style.byte_order_mark = true;
        self
    }

    /// Leaves the `event:` lines out.
    #[must_use]
    pub fn without_event_names(mut self) -> Self {
        self.style.without_names = true;
        self
    }

    /// Spreads each event's JSON over several `data:` lines.
    #[must_use]
    pub fn multi_line_data(mut self) -> Self {
        self.style.multi_line_data = true;
        self
    }

    /// Puts a comment line before every event, as servers do to keep a connection alive.
    #[must_use]
    pub fn comments(mut self, comment: impl Into<String>) -> Self {
        self.edits.push(StreamEdit::Comments(comment.into()));
        self
    }

    /// Puts a frame before the `index`-th event (from 0), or at the end.
    #[must_use]
    pub fn insert(mut self, index: usize, frame: Frame) -> Self {
        self.edits.push(StreamEdit::Insert(index, frame));
        self
    }

    /// Puts an event whose data is one JSON string of `bytes` before the `index`-th event.
    #[must_use]
    pub fn oversized_event(self, index: usize, bytes: usize) -> Self {
        let event = Event::unnamed(format!("\"{}\"", "x".repeat(bytes.saturating_sub(2))));
        self.insert(index, Frame::Event(event))
    }

    /// Cuts the JSON of the `index`-th event (from 0) in half: complete as an event, broken as data.
    #[must_use]
    pub fn malformed_event(mut self, index: usize) -> Self {
        self.edits.push(StreamEdit::Malformed(index));
        self
    }

    /// Sends no length and no chunks: the body lasts until the connection ends.
    #[must_use]
    pub fn until_close(mut self) -> Self {
        self.framing = Framing::UntilClose;
        self
    }

    /// Sends the body chunked, also when it is plain.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.framing = Framing::Chunked;
        self
    }

    /// Sends every byte as a chunk and a write of its own.
    #[must_use]
    pub fn one_byte_chunks(self) -> Self {
        self.chunking(Chunking::OneByte)
    }

    /// Cuts the body into chunks of 1 to `bytes_max` bytes; the same seed gives the same cuts.
    #[must_use]
    pub fn chunks_by_seed(self, seed: u64, bytes_max: usize) -> Self {
        self.chunking(Chunking::Seeded { seed, bytes_max })
    }

    /// Cuts the body into chunks at these offsets and nowhere else.
    #[must_use]
    pub fn cuts(self, offsets: impl Into<Vec<usize>>) -> Self {
        self.chunking(Chunking::At(offsets.into()))
    }

    /// Cuts inside every character that has more than one byte.
    #[must_use]
    pub fn cuts_inside_characters(self) -> Self {
        self.chunking(Chunking::InsideCharacters)
    }

    /// Cuts in the middle of every event instead of between them.
    #[must_use]
    pub fn cuts_inside_events(self) -> Self {
        self.chunking(Chunking::InsideEvents)
    }

    fn chunking(mut self, chunking: Chunking) -> Self {
        self.chunking = chunking;
        if self.framing == Framing::Natural {
            self.framing = Framing::Chunked;
        }
        self
    }
}

/// Time and endings.
impl Answer {
    /// Sends not even the status before the gate opens.
    #[must_use]
    pub fn headers_behind(mut self, gate: &Gate) -> Self {
        self.pauses_before_head.push(Pause::Gate(gate.clone()));
        self
    }

    /// Waits before the status, on tokio's clock.
    #[must_use]
    pub fn headers_after(mut self, delay: Duration) -> Self {
        self.pauses_before_head.push(Pause::Delay(delay));
        self
    }

    /// Falls silent at a position of the body until the gate opens.
    #[must_use]
    pub fn silent_after(mut self, position: impl Into<Position>, gate: &Gate) -> Self {
        self.pauses.push((position.into(), Pause::Gate(gate.clone())));
        self
    }

    /// Waits at a position of the body, on tokio's clock.
    #[must_use]
    pub fn delayed_after(mut self, position: impl Into<Position>, delay: Duration) -> Self {
        self.pauses.push((position.into(), Pause::Delay(delay)));
        self
    }

    /// Resets the connection (RST) at a position of the body. At the end of the body or beyond:
    /// after its last byte, but before the end of its framing. A reset takes with it what a slow
    /// reader has kept in our socket; what its own kernel holds it still reads (Linux).
    #[must_use]
    pub fn reset_after(self, position: impl Into<Position>) -> Self {
        self.ends(position, Ending::Reset)
    }

    /// Closes the connection (FIN) at a position of the body, without ending the body's framing.
    #[must_use]
    pub fn close_after(self, position: impl Into<Position>) -> Self {
        self.ends(position, Ending::Close)
    }

    /// Ends the body properly at a position, as if that were all: HTTP cannot tell, only the
    /// dialect can.
    #[must_use]
    pub fn end_after(self, position: impl Into<Position>) -> Self {
        self.ends(position, Ending::Complete)
    }

    /// Resets the connection instead of answering.
    #[must_use]
    pub fn reset_before_headers(self) -> Self {
        self.ends(0, Ending::ResetBeforeHead)
    }

    /// Closes the connection instead of answering, as a server does with a stale one.
    #[must_use]
    pub fn close_before_headers(self) -> Self {
        self.ends(0, Ending::CloseBeforeHead)
    }

    /// Adds a fault that is held as a value, for tables and seeds.
    #[must_use]
    pub fn with(self, fault: Fault) -> Self {
        fault.add_to(self)
    }

    fn ends(mut self, position: impl Into<Position>, ending: Ending) -> Self {
        self.ending = (position.into(), ending);
        self
    }
}
