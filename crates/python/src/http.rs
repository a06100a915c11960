//! One request and its reply: what may come when. Pure but for what is told.

use std::collections::VecDeque;

use ironbridge_asgi::{Buffer, Record, Tell, flag};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::event::HttpEvent;
use crate::exchange::Incoming;
use crate::heads::Headers;
use crate::line::Line;

/// A part of a request's body.
pub(crate) struct Part {
    pub(crate) bytes: Vec<u8>,
    pub(crate) more: bool,
}

/// How far the reply is.
enum Stage {
    Idle,
    /// It has begun, but nothing was told yet: with a body at once, both are one record.
    Held(Head),
    Body,
    Trailers,
    Over,
}

struct Head {
    status: u16,
    text: Vec<u8>,
}

/// One exchange.
pub(crate) struct Http {
    parts: VecDeque<Part>,
    /// Parts are told as taken: the body comes in more than one.
    streams_in: bool,
    /// The client waits for `100 Continue`.
    expects: bool,
    /// Its last part was given to the application.
    body_given: bool,
    takes_trailers: bool,
    stage: Stage,
    /// No body may be sent: HEAD, 204, 304.
    bodiless: bool,
    /// Bytes of the body that `content-length` promises still.
    left: Option<u64>,
    trailers: bool,
}

impl Http {
    /// A reply to what was no HTTP request but the opening of a WebSocket.
    pub(crate) fn reply() -> Self {
        Self::new(&Record::of(0, 0), false, None)
    }

    pub(crate) fn new(request: &Record<'_>, is_head: bool, first: Option<Buffer>) -> Self {
        let more = request.has(flag::MORE);
        let mut http = Self {
            parts: VecDeque::new(),
            streams_in: more,
            expects: request.has(flag::EXPECTS),
            body_given: false,
            takes_trailers: request.has(flag::TRAILERS),
            stage: Stage::Idle,
            bodiless: is_head,
            left: None,
            trailers: false,
        };
        let bytes = first.map_or_else(|| request.body.to_vec(), |first| first.to_vec());
        // Of a body that comes later nothing is there yet; of one that is empty its end is.
        if !bytes.is_empty() || !more {
            http.parts.push_back(Part { bytes, more });
        }
        http
    }

    pub(crate) fn arrived(&mut self, part: Part) {
        self.parts.push_back(part);
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// What `receive` gives; `gone`: the client has.
    pub(crate) fn next(&mut self, gone: bool, line: &Line, id: u32) -> Incoming {
        if let Some(part) = self.parts.pop_front() {
            self.body_given = !part.more;
            if self.streams_in && !part.bytes.is_empty() {
                let number = u32::try_from(part.bytes.len()).unwrap_or(u32::MAX);
                line.tell(Tell::Taken, &Record { number, ..Record::of(0, id) });
            }
            return Incoming::Part(part);
        }
        if gone || self.is_over() {
            return Incoming::Disconnect;
        }
        if std::mem::take(&mut self.expects) && !self.body_given {
            line.tell(Tell::Wanted, &Record::of(0, id));
        }
        Incoming::Nothing
    }

    /// Takes an event; gives the bytes of a body that are on their way now.
    pub(crate) fn send(&mut self, event: HttpEvent<'_>, line: &Line, id: u32) -> PyResult<usize> {
        match (&self.stage, event) {
            // "Any further messages on the channel will be ignored."
            (Stage::Over, _) => Ok(0),
            (Stage::Idle, HttpEvent::Start { status, headers, trailers }) => {
                self.start(status, headers, trailers);
                Ok(0)
            }
            (Stage::Idle | Stage::Held(_), HttpEvent::Hints { text }) => {
                line.tell(Tell::Hints, &Record { text: &text, ..Record::of(0, id) });
                Ok(0)
            }
            // Too late for them: the head is out.
            (Stage::Body | Stage::Trailers, HttpEvent::Hints { .. }) => Ok(0),
            (Stage::Held(_) | Stage::Body, HttpEvent::Body { body, more }) => {
                let body = body.as_ref().map_or(&b""[..], |body| body.as_bytes());
                self.body(body, more, line, id)
            }
            (Stage::Held(_), HttpEvent::File { path }) => self.file(&path, line, id),
            (Stage::Trailers, HttpEvent::Trailers { headers, more }) => {
                self.trailers(&headers, more, line, id);
                Ok(0)
            }
            (Stage::Idle, _) => Err(order("http.response.start is to be sent first")),
            (_, HttpEvent::Start { .. }) => Err(order("http.response.start was sent twice")),
            (Stage::Body, HttpEvent::File { .. }) => {
                Err(order("http.response.pathsend was sent after a part of the body"))
            }
            (Stage::Trailers, _) => {
                Err(order("http.response.trailers are to be sent after the body's end"))
            }
            (_, HttpEvent::Trailers { .. }) => {
                Err(order("http.response.trailers were sent before the body's end"))
            }
        }
    }

    fn start(&mut self, status: u16, headers: Headers, trailers: bool) {
        self.bodiless |= matches!(status, 204 | 304);
        self.left = headers.length.filter(|_| !self.bodiless);
        self.trailers = trailers;
        self.stage = Stage::Held(Head { status, text: headers.text });
    }

    fn body(&mut self, body: &[u8], more: bool, line: &Line, id: u32) -> PyResult<usize> {
        if let Some(left) = &mut self.left {
            let sent = body.len() as u64;
            if sent > *left {
                return Err(order("the body is longer than its content-length"));
            }
            if sent < *left && !more {
                return Err(order("the body is shorter than its content-length"));
            }
            *left -= sent;
        }
        let body = if self.bodiless { b"" } else { body };
        let waits_for_trailers = !more && self.trailers;
        let after = if more {
            Stage::Body
        } else if waits_for_trailers {
            Stage::Trailers
        } else {
            Stage::Over
        };
        let open = more || (waits_for_trailers && self.takes_trailers);
        let flags = if open { flag::MORE } else { 0 };
        match std::mem::replace(&mut self.stage, after) {
            Stage::Held(head) => {
                let (number, text) = (u32::from(head.status), &head.text[..]);
                let of = Record::of(0, id);
                line.tell(Tell::Head, &Record { flags, number, text, body, ..of });
            }
            _ if body.is_empty() && open => {}
            _ => {
                line.tell(Tell::Body, &Record { flags, body, ..Record::of(0, id) });
            }
        }
        Ok(if more { body.len() } else { 0 })
    }

    fn file(&mut self, path: &str, line: &Line, id: u32) -> PyResult<usize> {
        if !path.starts_with('/') {
            let message = format!("the path of http.response.pathsend is not absolute: {path:?}");
            return Err(PyValueError::new_err(message));
        }
        self.flush(line, id);
        self.stage = Stage::Over;
        if self.bodiless {
            line.tell(Tell::Body, &Record::of(0, id));
        } else {
            line.tell(Tell::File, &Record { body: path.as_bytes(), ..Record::of(0, id) });
        }
        Ok(0)
    }

    fn trailers(&mut self, headers: &Headers, more: bool, line: &Line, id: u32) {
        if self.takes_trailers {
            let flags = if more { flag::MORE } else { 0 };
            line.tell(Tell::Trailers, &Record { flags, text: &headers.text, ..Record::of(0, id) });
        }
        if !more {
            self.stage = Stage::Over;
        }
    }

    /// Tells a head that was held: nothing more came in the same turn of the loop.
    pub(crate) fn flush(&mut self, line: &Line, id: u32) {
        if let Stage::Held(_) = self.stage
            && let Stage::Held(head) = std::mem::replace(&mut self.stage, Stage::Body)
        {
            let (number, text) = (u32::from(head.status), &head.text[..]);
            line.tell(Tell::Head, &Record { flags: flag::MORE, number, text, ..Record::of(0, id) });
        }
    }

    /// Why a reply is not over though its application has returned.
    pub(crate) fn unfinished(&self) -> Option<&'static str> {
        Some(match self.stage {
            Stage::Over => return None,
            Stage::Idle => "the application returned without sending a reply",
            Stage::Held(_) => "the application returned after http.response.start, without a body",
            Stage::Body => "the application returned before the end of its reply's body",
            Stage::Trailers => "the application returned without the trailers it had announced",
        })
    }
}

fn order(message: &'static str) -> PyErr {
    PyRuntimeError::new_err(message)
}
