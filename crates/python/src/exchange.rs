//! What runs over a connection: an HTTP request with its reply, or a WebSocket.

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use tungstenite::{Bytes, Utf8Bytes};

use crate::event::{self, HttpEvent, WebSocketEvent};
use crate::failure::Failure;
use crate::http::{Http, Part};
use crate::line::Line;
use crate::websocket::WebSocket;

/// One of the two.
pub(crate) enum Exchange {
    Http(Http),
    WebSocket(Box<WebSocket>),
}

/// What `receive` gives next.
pub(crate) enum Incoming {
    Part(Part),
    /// The client of a request has gone, or the reply is over.
    Disconnect,
    Connect,
    Text(Utf8Bytes),
    Binary(Bytes),
    /// A WebSocket is over: code and reason.
    Closed(u16, String),
    /// Not yet anything.
    Nothing,
}

/// What an application sends.
pub(crate) enum Event<'py> {
    Http(HttpEvent<'py>),
    WebSocket(WebSocketEvent<'py>),
}

impl<'py> Event<'py> {
    pub(crate) fn read(event: &Bound<'py, PyAny>, of_websocket: bool) -> PyResult<Self> {
        if of_websocket {
            event::websocket(event).map(Self::WebSocket)
        } else {
            event::http(event).map(Self::Http)
        }
    }

    /// Whether it begins a reply, whose head waits for a body.
    pub(crate) fn starts_reply(&self) -> bool {
        matches!(
            self,
            Self::Http(HttpEvent::Start { .. })
                | Self::WebSocket(WebSocketEvent::Denial(HttpEvent::Start { .. }))
        )
    }

    /// Whether it opens a WebSocket.
    pub(crate) fn accepts(&self) -> bool {
        matches!(self, Self::WebSocket(WebSocketEvent::Accept { .. }))
    }
}

impl Exchange {
    pub(crate) fn next(&mut self, gone: bool, line: &Line, id: u32) -> Incoming {
        match self {
            Self::Http(http) => http.next(gone, line, id),
            Self::WebSocket(socket) => socket.next(line, id),
        }
    }

    /// Takes an event; gives the bytes that are on their way now.
    pub(crate) fn send(&mut self, event: Event<'_>, line: &Line, id: u32) -> PyResult<usize> {
        match (self, event) {
            (Self::Http(http), Event::Http(event)) => http.send(event, line, id),
            (Self::WebSocket(socket), Event::WebSocket(event)) => socket.send(event, line, id),
            _ => Err(PyRuntimeError::new_err("the event is of another protocol")),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        match self {
            Self::Http(http) => http.is_over(),
            Self::WebSocket(socket) => socket.is_over(),
        }
    }

    pub(crate) fn flush(&mut self, line: &Line, id: u32) {
        match self {
            Self::Http(http) => http.flush(line, id),
            Self::WebSocket(socket) => socket.flush(line, id),
        }
    }

    pub(crate) fn unfinished(&self) -> Option<&'static str> {
        match self {
            Self::Http(http) => http.unfinished(),
            Self::WebSocket(socket) => socket.unfinished(),
        }
    }

    pub(crate) fn websocket(&mut self) -> Option<&mut WebSocket> {
        match self {
            Self::Http(_) => None,
            Self::WebSocket(socket) => Some(socket),
        }
    }

    /// Tells that it went wrong. Nothing follows.
    pub(crate) fn fail(&mut self, failure: &Failure, line: &Line, id: u32) {
        if let Self::WebSocket(socket) = self {
            socket.fail(line, id);
        }
        failure.tell(line, id);
    }
}

impl Incoming {
    /// As a message of ASGI; None: there is nothing yet.
    pub(crate) fn message(self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let message = PyDict::new(py);
        let key = intern!(py, "type");
        match self {
            Self::Nothing => return Ok(None),
            Self::Disconnect => message.set_item(key, intern!(py, "http.disconnect"))?,
            Self::Part(part) => {
                message.set_item(key, intern!(py, "http.request"))?;
                message.set_item(intern!(py, "body"), PyBytes::new(py, &part.bytes))?;
                message.set_item(intern!(py, "more_body"), part.more)?;
            }
            Self::Connect => message.set_item(key, intern!(py, "websocket.connect"))?,
            Self::Text(text) => {
                message.set_item(key, intern!(py, "websocket.receive"))?;
                message.set_item(intern!(py, "text"), PyString::new(py, &text))?;
            }
            Self::Binary(bytes) => {
                message.set_item(key, intern!(py, "websocket.receive"))?;
                message.set_item(intern!(py, "bytes"), PyBytes::new(py, &bytes))?;
            }
            Self::Closed(code, reason) => {
                message.set_item(key, intern!(py, "websocket.disconnect"))?;
                message.set_item(intern!(py, "code"), code)?;
                message.set_item(intern!(py, "reason"), reason)?;
            }
        }
        Ok(Some(message.into_any().unbind()))
    }
}
