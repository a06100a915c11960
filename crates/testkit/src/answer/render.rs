use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use super::fault::Framing;
use super::{Answer, Content, Form};
use crate::Gate;
use crate::received::Received;
use crate::sse::{self, Frame};

/// A wait inside an answer.
#[derive(Debug, Clone)]
pub(crate) enum Pause {
    Gate(Gate),
    Delay(Duration),
}

/// What happens after the last byte that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The body is ended as its framing wants.
    Complete,
    /// FIN without the end of the framing.
    Close,
    /// RST.
    Reset,
    CloseBeforeHead,
    ResetBeforeHead,
}

/// An answer as bytes and moments: all that is left to do is write.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) pauses_before_head: Vec<Pause>,
    pub(crate) head: Vec<u8>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) chunked: bool,
    pub(crate) ending: Ending,
    /// The connection cannot carry another request.
    pub(crate) closes: bool,
}

/// Bytes written at once, then waits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) bytes: Vec<u8>,
    pub(crate) pauses: Vec<usize>,
}

impl Rendered {
    pub(crate) fn pause(&self, index: usize, answer: &Answer) -> Option<Pause> {
        answer.pauses.get(index).map(|(_, pause)| pause.clone())
    }
}

impl Answer {
    /// The answer to this request. A position the body does not have becomes a 500 that says so,
    /// because a test that plays another fault than it names would prove nothing.
    pub(crate) fn render(&self, request: &Received) -> Rendered {
        let (content_type, plain, frame_ends, streams) = self.body(request);
        let body = if self.gzip { gzip(&plain) } else { plain };
        let frame_ends = if self.gzip { Vec::new() } else { frame_ends };
        let ending = self.ending.0.offset(&body, &frame_ends);
        let pauses: Result<Vec<_>, _> =
            self.pauses.iter().map(|(position, _)| position.offset(&body, &frame_ends)).collect();
        let (end, pauses) = match (ending, pauses) {
            (Ok(end), Ok(pauses)) => (end, pauses),
            (Err(error), _) | (_, Err(error)) => {
                let text = format!("testkit: {error}");
                return Self::bytes(500, "text/plain", text).render(request);
            }
        };
        let cuts = self.chunking.offsets(&body, &frame_ends);
        let pieces = pieces(&body, end, &cuts, &pauses);
        let framing = match self.framing {
            Framing::Natural if streams => Framing::Chunked,
            framing => framing,
        };
        let length = match self.ending.1 {
            // A body that claims to be complete must not promise more than it sends.
            Ending::Complete => end,
            _ => body.len(),
        };
        let has_body = request.method != "HEAD" && self.status != 204 && self.status != 304;
        Rendered {
            pauses_before_head: self.pauses_before_head.clone(),
            head: self.head(request, &content_type, framing, length),
            pieces: if has_body { pieces } else { Vec::new() },
            chunked: has_body && framing == Framing::Chunked,
            ending: self.ending.1,
            closes: framing == Framing::UntilClose || request.headers.lists("connection", "close"),
        }
    }

    fn body(&self, request: &Received) -> (String, Vec<u8>, Vec<usize>, bool) {
        const STREAM: &str = "text/event-stream";
        let (natural_type, body, ends, streams) = match &self.content {
            Content::Bytes { content_type, bytes } => {
                (*content_type, bytes.to_vec(), Vec::new(), false)
            }
            Content::Frames(frames) => {
                let (body, ends) = self.encode((**frames).clone());
                (STREAM, body, ends, true)
            }
            Content::Reply(reply) => {
                let streams = match self.form {
                    Form::AsAsked => request.asks_for_stream(),
                    form => form == Form::Stream,
                };
                if streams {
                    let events = reply.events(request.asks_for_usage());
                    let frames = events.into_iter().map(Frame::Event).collect();
                    let (body, ends) = self.encode(frames);
                    (STREAM, body, ends, true)
                } else {
                    ("application/json", reply.plain().to_string().into_bytes(), Vec::new(), false)
                }
            }
        };
        let content_type = self.content_type.clone().unwrap_or_else(|| natural_type.to_owned());
        (content_type, body, ends, streams)
    }

    fn encode(&self, mut frames: Vec<Frame>) -> (Vec<u8>, Vec<usize>) {
        for edit in &self.edits {
            edit.apply(&mut frames);
        }
        sse::encode(&frames, self.style)
    }

    fn head(
        &self,
        request: &Received,
        content_type: &str,
        framing: Framing,
        body_bytes: usize,
    ) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        let mut field = |name: &str, value: &str| {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        };
        field("content-type", content_type);
        field(request.request_id_header(), &request.upstream_id());
        if self.gzip {
            field("content-encoding", "gzip");
        }
        for (name, value) in &self.headers {
            field(name, value);
        }
        match framing {
            Framing::Natural => field("content-length", &body_bytes.to_string()),
            Framing::Chunked => field("transfer-encoding", "chunked"),
            Framing::UntilClose => field("connection", "close"),
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// Cuts the first `end` bytes of the body at the cuts and wherever there is a pause.
fn pieces(body: &[u8], end: usize, cuts: &[usize], pauses: &[usize]) -> Vec<Piece> {
    let mut offsets: BTreeSet<usize> = cuts.iter().chain(pauses).copied().collect();
    offsets.insert(end);
    offsets.retain(|offset| *offset <= end);
    let mut pieces = Vec::with_capacity(offsets.len());
    let mut start = 0;
    for offset in offsets {
        let bytes = body.get(start..offset).unwrap_or_default().to_vec();
        let here = pauses.iter().enumerate().filter(|(_, pause)| **pause == offset);
        let pauses: Vec<usize> = here.map(|(index, _)| index).collect();
        if !bytes.is_empty() || !pauses.is_empty() {
            pieces.push(Piece { bytes, pauses });
        }
        start = offset;
    }
    pieces
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing into memory does not fail.
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        529 => "Overloaded",
        _ => "Unnamed",
    }
}
