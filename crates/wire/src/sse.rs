//! Server-sent events, as bytes come in and as they go out.
//!
//! The decoder works on whole frames: what stands between two blank lines. A frame keeps its own bytes beside what it
//! says, so that a relay can pass it on untouched. All three line ends, comments, a leading byte order mark, data over
//! several lines and characters split between chunks are handled as the standard has them
//! (html.spec.whatwg.org/multipage/server-sent-events.html, §9.2.6).

use memchr::memchr2;
use serde::Serialize;
use std::borrow::Cow;

/// The most bytes of one event that a decoder takes unless told otherwise.
///
/// The largest real ones are whole replies repeated in `response.completed`; images in base64 make them megabytes.
pub const EVENT_BYTES_MAX: usize = 16 * 1024 * 1024;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// One event of a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The `event` field.
    pub event: Option<&'a str>,
    /// The `data` fields joined by LF; `None` when the frame has none (a comment, a lone `event`).
    pub data: Option<Cow<'a, str>>,
    /// Whether it has a comment line, by which servers keep a connection alive.
    pub comment: bool,
    /// The frame's own bytes with its blank line. They may begin with the LF of a CRLF that was cut before it, so what a
    /// frame says is read from the other members.
    pub raw: &'a [u8],
}

/// Why a stream cannot be read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// One event is larger than the decoder takes.
    #[error("an event of the stream is over {bytes_max} bytes")]
    TooLarge {
        /// The limit, in bytes.
        bytes_max: usize,
    },
    /// The bytes of an event are not UTF-8.
    #[error("an event of the stream is not UTF-8")]
    NotUtf8,
}

/// Cuts a stream of bytes into frames.
///
/// ```
/// let mut decoder = ironbridge_wire::sse::Decoder::new();
/// decoder.push(b"event: ping\ndata: {}\n\nda");
/// let frame = decoder.next().expect("one is whole").expect("and readable");
/// assert_eq!((frame.event, frame.data.as_deref()), (Some("ping"), Some("{}")));
/// assert!(decoder.next().is_none());
/// ```
#[derive(Debug)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Where the frame being gathered begins.
    start: usize,
    /// Where the line being gathered begins.
    line: usize,
    /// How far the line has been searched for its end.
    searched: usize,
    bytes_max: usize,
    /// A frame ended with CR at the very end of the buffer; an LF that follows belongs to it.
    after_cr: bool,
    at_first: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder::new()
    }
}

impl Decoder {
    /// A decoder that takes events of up to [`EVENT_BYTES_MAX`].
    #[must_use]
    pub fn new() -> Self {
        Decoder::with_limit(EVENT_BYTES_MAX)
    }

    /// A decoder that takes events of up to `bytes_max` bytes.
    #[must_use]
    pub fn with_limit(bytes_max: usize) -> Self {
        Decoder {
            buffer: Vec::new(),
            start: 0,
            line: 0,
            searched: 0,
            bytes_max,
            after_cr: false,
            at_first: true,
        }
    }

    /// Takes the next bytes of the stream. Call [`next`](Self::next) until it has no more.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.line -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether the next frame begins with the LF of a CRLF that was cut between two chunks. It belongs to the frame
    /// before, which has been given out.
    #[must_use]
    pub fn begins_with_late_line_feed(&self) -> bool {
        self.after_cr && self.buffer.get(self.start) == Some(&b'\n')
    }

    /// The next whole frame, if there is one. After an error the decoder is of no further use.
    #[expect(
        clippy::should_implement_trait,
        reason = "a frame borrows from the decoder; an iterator cannot lend"
    )]
    pub fn next(&mut self) -> Option<Result<Frame<'_>, SseError>> {
        let end = loop {
            let Some(found) = memchr2(b'\n', b'\r', self.buffer.get(self.searched..)?) else {
                self.searched = self.buffer.len();
                return self.unfinished();
            };
            let line_end = self.searched + found;
            let lone_lf_of_crlf =
                self.after_cr && line_end == self.start && self.buffer[line_end] == b'\n';
            let mut next = line_end + 1;
            if self.buffer[line_end] == b'\r' {
                match self.buffer.get(next) {
                    Some(b'\n') => next += 1,
                    Some(_) => {}
                    // Whether an LF belongs to this line shows with the next chunk. A blank line ends the frame
                    // either way, so a server that ends lines with CR is not made to wait for its next event.
                    None if line_end == self.line => {
                        self.after_cr = true;
                        break self.advance(next, next);
                    }
                    None => {
                        self.searched = line_end;
                        return self.unfinished();
                    }
                }
            }
            let blank = line_end == self.line && !lone_lf_of_crlf;
            self.line = next;
            self.searched = next;
            if blank {
                self.after_cr = false;
                break self.advance(next, next);
            }
        };
        let (start, end) = end;
        Some(self.frame(start, end))
    }

    /// What is left when the stream has ended: a last frame without its blank line, if any.
    pub fn end(&mut self) -> Option<Result<Frame<'_>, SseError>> {
        let end = self.buffer.len();
        if self.start >= end {
            return None;
        }
        let (start, end) = self.advance(end, end);
        Some(self.frame(start, end))
    }

    /// A frame that is not whole yet: nothing, unless it is too large already.
    fn unfinished(&self) -> Option<Result<Frame<'_>, SseError>> {
        let too_large = self.buffer.len() - self.start > self.bytes_max;
        too_large.then_some(Err(SseError::TooLarge { bytes_max: self.bytes_max }))
    }

    fn advance(&mut self, end: usize, line: usize) -> (usize, usize) {
        let start = self.start;
        self.start = end;
        self.line = line;
        self.searched = line;
        (start, end)
    }

    fn frame(&mut self, start: usize, end: usize) -> Result<Frame<'_>, SseError> {
        if end - start > self.bytes_max {
            return Err(SseError::TooLarge { bytes_max: self.bytes_max });
        }
        let raw = &self.buffer[start..end];
        let mut text = raw;
        if std::mem::take(&mut self.at_first) {
            text = text.strip_prefix(BOM).unwrap_or(text);
        }
        let text = std::str::from_utf8(text).map_err(|_| SseError::NotUtf8)?;
        let mut comment = false;
        let (mut event, mut data) = (None, None::<Cow<'_, str>>);
        for line in lines(text) {
            comment |= line.starts_with(':');
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => event = Some(value),
                "data" => match &mut data {
                    None => data = Some(Cow::Borrowed(value)),
                    Some(lines) => {
                        let lines = lines.to_mut();
                        lines.push('\n');
                        lines.push_str(value);
                    }
                },
                _ => {}
            }
        }
        Ok(Frame { event, data, comment, raw })
    }
}

/// The lines of `text`, ended by LF, CR or CRLF.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let Some(end) = memchr2(b'\n', b'\r', bytes) else {
            return Some(std::mem::take(&mut rest));
        };
        let line = &rest[..end];
        let crlf = bytes[end] == b'\r' && bytes.get(end + 1) == Some(&b'\n');
        rest = &rest[end + 1 + usize::from(crlf)..];
        Some(line)
    })
}

/// Appends an event to `out`. `data` must not contain a line break; JSON as serde_json writes it does not.
pub fn write(event: Option<&str>, data: &str, out: &mut Vec<u8>) {
    begin(event, out);
    out.extend_from_slice(data.as_bytes());
    out.extend_from_slice(b"\n\n");
}

/// Appends an event to `out` whose data is `data` as JSON, written in its place. `data` must serialise: its maps have
/// strings for keys, which is all that can fail.
pub(crate) fn write_json(event: Option<&str>, data: &impl Serialize, out: &mut Vec<u8>) {
    begin(event, out);
    serde_json::to_writer(&mut *out, data).expect("its keys are strings, and memory takes all");
    out.extend_from_slice(b"\n\n");
}

/// All of an event that stands before its data.
fn begin(event: Option<&str>, out: &mut Vec<u8>) {
    if let Some(event) = event {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(event.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(b"data: ");
}

#[cfg(test)]
mod tests;
