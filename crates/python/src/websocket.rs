//! One WebSocket: what may come when. Pure but for what is told.

use std::collections::VecDeque;

use ironbridge_asgi::{Record, Tell, WebSocketLimits, flag};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tungstenite::{Bytes, Utf8Bytes};

use crate::event::{HttpEvent, WebSocketEvent};
use crate::exchange::Incoming;
use crate::frames::{Arrival, Frames, code};
use crate::handshake::Opening;
use crate::http::Http;
use crate::line::Line;

/// What a message counts beside its bytes, here and in JavaScript: else empty ones would have no bound.
const MESSAGE_BYTES: usize = 24;

/// The reason of the close that follows a ping without an answer.
const SILENT: &str = "keepalive ping timeout";

/// How far it is.
enum Stage {
    /// Neither accepted nor refused.
    Opening,
    /// Refused with a reply of the application's own.
    Denying(Http),
    Open,
    Over,
}

/// One WebSocket.
pub(crate) struct WebSocket {
    stage: Stage,
    /// Of one whose wire is carried as it is; without them whole messages come and go.
    frames: Option<Frames>,
    /// Headers of the reply that accepts it, before those of the application.
    opening: Vec<u8>,
    limits: WebSocketLimits,
    /// `websocket.connect` was given.
    announced: bool,
    arrived: VecDeque<Arrival>,
    /// What `websocket.disconnect` says once all messages were given.
    ended: Option<(u16, String)>,
    /// Bytes that came and were not told as taken: those of messages that wait.
    owed: usize,
    /// Something came since the last pulse.
    heard: bool,
    pinged: bool,
}

impl WebSocket {
    /// `opening`: what the handshake's answer says, for one with frames.
    pub(crate) fn new(opening: Option<Opening>, limits: WebSocketLimits) -> Self {
        let bytes_max = usize::try_from(limits.message_bytes_max).unwrap_or(usize::MAX);
        Self {
            stage: Stage::Opening,
            frames: opening.as_ref().map(|opening| Frames::new(bytes_max, opening.deflates)),
            opening: opening.map(|opening| opening.headers).unwrap_or_default(),
            limits,
            announced: false,
            arrived: VecDeque::new(),
            ended: None,
            owed: 0,
            heard: false,
            pinged: false,
        }
    }

    /// What `receive` gives.
    pub(crate) fn next(&mut self, line: &Line, id: u32) -> Incoming {
        if !std::mem::replace(&mut self.announced, true) {
            return Incoming::Connect;
        }
        let next = self.arrived.pop_front();
        if next.is_some() && self.arrived.is_empty() {
            self.settle(line, id);
        }
        match (next, &self.ended) {
            (Some(Arrival::Text(text)), _) => Incoming::Text(text),
            (Some(Arrival::Binary(bytes)), _) => Incoming::Binary(bytes),
            (Some(Arrival::Closed { code, reason }), _) => Incoming::Closed(code, reason),
            (None, Some((code, reason))) => Incoming::Closed(*code, reason.clone()),
            (None, None) => Incoming::Nothing,
        }
    }

    /// Tells all that came as taken.
    fn settle(&mut self, line: &Line, id: u32) {
        let number = u32::try_from(std::mem::take(&mut self.owed)).unwrap_or(u32::MAX);
        if number > 0 && self.is_open() {
            line.tell(Tell::Taken, &Record { number, ..Record::of(0, id) });
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open)
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Bytes of the wire have come; `true`: they closed it.
    pub(crate) fn read(&mut self, bytes: &[u8], line: &Line, id: u32) -> bool {
        let (true, Some(frames)) = (self.is_open(), &mut self.frames) else { return false };
        let mut arrivals = Vec::new();
        frames.read(bytes, &mut arrivals);
        let answer = frames.take();
        self.heard = true;
        self.owed += bytes.len();
        for arrival in arrivals {
            match arrival {
                Arrival::Closed { code, reason } => self.ended = Some((code, reason)),
                message => self.arrived.push_back(message),
            }
        }
        let closed = self.ended.is_some();
        if closed || !answer.is_empty() {
            tell_wire(line, id, &answer, !closed);
        }
        if closed {
            self.stage = Stage::Over;
        } else if self.arrived.is_empty() {
            self.settle(line, id);
        }
        closed
    }

    /// A whole message has come.
    pub(crate) fn message(&mut self, body: &[u8], binary: bool) {
        if !self.is_open() {
            return;
        }
        self.owed += body.len() + MESSAGE_BYTES;
        let bytes = Bytes::copy_from_slice(body);
        self.arrived.push_back(if binary {
            Arrival::Binary(bytes)
        } else {
            let text = Utf8Bytes::try_from(bytes);
            Arrival::Text(text.unwrap_or_else(|_| String::from_utf8_lossy(body).as_ref().into()))
        });
    }

    /// The client has gone.
    pub(crate) fn lost(&mut self, code: u16, reason: &str) {
        self.ended.get_or_insert_with(|| (code, reason.to_owned()));
        self.stage = Stage::Over;
    }

    /// Takes an event; gives the bytes that are on their way now.
    pub(crate) fn send(
        &mut self,
        event: WebSocketEvent<'_>,
        line: &Line,
        id: u32,
    ) -> PyResult<usize> {
        match (&mut self.stage, event) {
            (Stage::Opening, WebSocketEvent::Accept { subprotocol, headers }) => {
                let mut text = std::mem::take(&mut self.opening);
                let mut push = |part: &[u8]| {
                    if !text.is_empty() {
                        text.push(0);
                    }
                    text.extend_from_slice(part);
                };
                if let Some(subprotocol) = subprotocol {
                    push(b"sec-websocket-protocol");
                    push(subprotocol_of(subprotocol.to_str()?)?);
                }
                if !headers.text.is_empty() {
                    push(&headers.text);
                }
                line.tell(Tell::Accept, &Record { text: &text, ..Record::of(0, id) });
                self.stage = Stage::Open;
                Ok(0)
            }
            (Stage::Opening, WebSocketEvent::Close { .. }) => {
                self.lost(code::LOST, "");
                line.tell(Tell::Head, &Record { number: 403, ..Record::of(0, id) });
                Ok(0)
            }
            (Stage::Opening, WebSocketEvent::Denial(event @ HttpEvent::Start { .. })) => {
                let mut reply = Http::reply();
                reply.send(event, line, id)?;
                self.stage = Stage::Denying(reply);
                Ok(0)
            }
            (Stage::Denying(reply), WebSocketEvent::Denial(event)) => {
                let sent = reply.send(event, line, id)?;
                if reply.is_over() {
                    self.lost(code::LOST, "");
                }
                Ok(sent)
            }
            (Stage::Open, WebSocketEvent::Text(text)) => {
                Ok(self.tell(text.to_str()?.as_bytes(), Some(text.to_str()?), line, id))
            }
            (Stage::Open, WebSocketEvent::Bytes(bytes)) => {
                Ok(self.tell(bytes.as_bytes(), None, line, id))
            }
            (Stage::Open, WebSocketEvent::Close { code, reason }) => {
                self.close(code, &reason, line, id);
                Ok(0)
            }
            (Stage::Opening, _) => Err(order("websocket.accept is to be sent first")),
            (Stage::Denying(_), _) => Err(order("the WebSocket was refused")),
            (Stage::Open, _) => Err(order("the WebSocket was accepted already")),
            (Stage::Over, _) => Err(order("the WebSocket was closed already")),
        }
    }

    /// Tells a message: `text` if it is one.
    fn tell(&mut self, body: &[u8], text: Option<&str>, line: &Line, id: u32) -> usize {
        let Some(frames) = &mut self.frames else {
            let flags = if text.is_some() { 0 } else { flag::BINARY };
            line.tell(Tell::Message, &Record { flags, body, ..Record::of(0, id) });
            return body.len() + MESSAGE_BYTES;
        };
        match text {
            Some(text) => frames.text(text),
            None => frames.binary(body),
        }
        let wire = frames.take();
        tell_wire(line, id, &wire, true);
        wire.len()
    }

    /// Closes it, as far as it is open.
    pub(crate) fn close(&mut self, code: u16, reason: &str, line: &Line, id: u32) {
        if !self.is_open() {
            return;
        }
        if let Some(frames) = &mut self.frames {
            frames.close(code, reason);
            tell_wire(line, id, &frames.take(), false);
        } else {
            let (number, body) = (u32::from(code), reason.as_bytes());
            line.tell(Tell::Close, &Record { number, body, ..Record::of(0, id) });
        }
        self.lost(code, reason);
    }

    /// The application raised: the peer learns that it is over, and what follows tells JavaScript why.
    pub(crate) fn fail(&mut self, line: &Line, id: u32) {
        if let (true, Some(frames)) = (self.is_open(), &mut self.frames) {
            frames.close(code::FAILED, "");
            tell_wire(line, id, &frames.take(), true);
        }
        self.lost(code::FAILED, "");
    }

    /// Looks whether the peer is there; gives in how many milliseconds to look again. It closes one that is silent.
    pub(crate) fn pulse(&mut self, line: &Line, id: u32) -> Option<u32> {
        let heard = std::mem::take(&mut self.heard);
        let frames = self.frames.as_mut().filter(|_| matches!(self.stage, Stage::Open))?;
        // Whose messages wait is not read from: its answer may be among what comes.
        if heard || self.owed > 0 || self.limits.ping_ms == 0 {
            self.pinged = false;
        } else if self.pinged {
            self.close(code::FAILED, SILENT, line, id);
            return None;
        } else {
            frames.ping();
            tell_wire(line, id, &frames.take(), true);
            self.pinged = true;
            return Some(self.limits.pong_ms);
        }
        (self.limits.ping_ms > 0).then_some(self.limits.ping_ms)
    }

    /// In how many milliseconds the peer is looked after first.
    pub(crate) fn first_pulse(&self) -> Option<u32> {
        let wanted = self.frames.is_some() && self.limits.ping_ms > 0;
        wanted.then_some(self.limits.ping_ms)
    }

    /// Tells a head that was held.
    pub(crate) fn flush(&mut self, line: &Line, id: u32) {
        if let Stage::Denying(reply) = &mut self.stage {
            reply.flush(line, id);
        }
    }

    /// Why it is not over though its application has returned; one that is open may be left so.
    pub(crate) fn unfinished(&self) -> Option<&'static str> {
        match &self.stage {
            Stage::Opening => Some("the application returned without accepting the WebSocket"),
            Stage::Denying(reply) => reply.unfinished(),
            Stage::Open | Stage::Over => None,
        }
    }
}

/// One that can be a header's value.
fn subprotocol_of(text: &str) -> PyResult<&[u8]> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let wrong = || order("the subprotocol is no token of ASCII");
    fits.then_some(text.as_bytes()).ok_or_else(wrong)
}

fn tell_wire(line: &Line, id: u32, body: &[u8], more: bool) {
    let flags = if more { flag::MORE } else { 0 };
    line.tell(Tell::Body, &Record { flags, body, ..Record::of(0, id) });
}

fn order(message: &'static str) -> PyErr {
    PyRuntimeError::new_err(message)
}
