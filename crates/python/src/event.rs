//! The events that applications send: what they hold, and what is wrong with them.

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyInt, PyMemoryView, PyString};

use crate::heads::{self, Headers};

/// What an HTTP application sends.
pub(crate) enum HttpEvent<'py> {
    Start { status: u16, headers: Headers, trailers: bool },
    Body { body: Option<Bound<'py, PyBytes>>, more: bool },
    Trailers { headers: Headers, more: bool },
    Hints { text: Vec<u8> },
    File { path: String },
}

/// What a WebSocket application sends.
pub(crate) enum WebSocketEvent<'py> {
    Accept {
        subprotocol: Option<Bound<'py, PyString>>,
        headers: Headers,
    },
    Text(Bound<'py, PyString>),
    Bytes(Bound<'py, PyBytes>),
    Close {
        code: u16,
        reason: String,
    },
    /// `websocket.http.response.start` or `.body`: an HTTP reply instead of a WebSocket.
    Denial(HttpEvent<'py>),
}

/// The most bytes that the reason of a close may have: 125 of a control frame without two for the code.
const REASON_BYTES_MAX: usize = 123;

fn typed<'a, 'py>(
    event: &'a Bound<'py, PyAny>,
) -> PyResult<(&'a Bound<'py, PyDict>, Bound<'py, PyString>)> {
    let event = event.cast::<PyDict>().map_err(|_| PyTypeError::new_err("an event is a dict"))?;
    let kind = need(event, intern!(event.py(), "type"))?;
    let kind = kind.cast_into::<PyString>().map_err(|_| PyTypeError::new_err("type is a str"))?;
    Ok((event, kind))
}

fn start<'py>(event: &Bound<'py, PyDict>) -> PyResult<HttpEvent<'py>> {
    let headers = headers(event)?;
    let trailers = flag(event, intern!(event.py(), "trailers"))?;
    Ok(HttpEvent::Start { status: status(event)?, headers, trailers })
}

fn body<'py>(event: &Bound<'py, PyDict>) -> PyResult<HttpEvent<'py>> {
    let py = event.py();
    let body = bytes(event, intern!(py, "body"))?;
    Ok(HttpEvent::Body { body, more: flag(event, intern!(py, "more_body"))? })
}

/// Reads an event of a WebSocket application.
pub(crate) fn websocket<'py>(event: &Bound<'py, PyAny>) -> PyResult<WebSocketEvent<'py>> {
    let (event, kind) = typed(event)?;
    Ok(match kind.to_str()? {
        "websocket.send" => message(event)?,
        "websocket.accept" => accept(event)?,
        "websocket.close" => close(event)?,
        "websocket.http.response.start" => WebSocketEvent::Denial(start(event)?),
        "websocket.http.response.body" => WebSocketEvent::Denial(body(event)?),
        other => {
            return Err(PyRuntimeError::new_err(format!(
                "a WebSocket application sent the unknown event {other:?}"
            )));
        }
    })
}

/// The value of a key, unless it is missing or None.
fn optional<'py>(
    event: &Bound<'py, PyDict>,
    key: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(event.get_item(key)?.filter(|value| !value.is_none()))
}

fn text<'py>(
    event: &Bound<'py, PyDict>,
    key: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyString>>> {
    let Some(value) = optional(event, key)? else { return Ok(None) };
    value.cast_into::<PyString>().map(Some).map_err(|_| wrong(&key.to_string(), "str"))
}

fn message<'py>(event: &Bound<'py, PyDict>) -> PyResult<WebSocketEvent<'py>> {
    let py = event.py();
    let bytes = match optional(event, intern!(py, "bytes"))? {
        Some(_) => bytes(event, intern!(py, "bytes"))?,
        None => None,
    };
    match (bytes, text(event, intern!(py, "text"))?) {
        (Some(bytes), None) => Ok(WebSocketEvent::Bytes(bytes)),
        (None, Some(text)) => Ok(WebSocketEvent::Text(text)),
        (None, None) => Err(PyValueError::new_err("the event has neither bytes nor text")),
        (Some(_), Some(_)) => Err(PyValueError::new_err("the event has both bytes and text")),
    }
}

fn accept<'py>(event: &Bound<'py, PyDict>) -> PyResult<WebSocketEvent<'py>> {
    let subprotocol = text(event, intern!(event.py(), "subprotocol"))?;
    let headers = headers(event)?;
    let mut names = headers.text.split(|byte| *byte == 0).step_by(2);
    if names.any(|name| name.eq_ignore_ascii_case(b"sec-websocket-protocol")) {
        let message = "a subprotocol is named as `subprotocol`, not among the headers";
        return Err(PyValueError::new_err(message));
    }
    Ok(WebSocketEvent::Accept { subprotocol, headers })
}

fn close<'py>(event: &Bound<'py, PyDict>) -> PyResult<WebSocketEvent<'py>> {
    let py = event.py();
    let code = match optional(event, intern!(py, "code"))? {
        None => 1000,
        Some(value) if !value.is_instance_of::<PyInt>() => return Err(wrong("code", "int")),
        Some(value) => {
            let code = value.extract::<u16>().unwrap_or(0);
            // Those that may stand in a frame.
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                let message = format!("{value} is no code that a WebSocket is closed with");
                return Err(PyValueError::new_err(message));
            }
            code
        }
    };
    let reason = text(event, intern!(py, "reason"))?;
    let reason =
        reason.map_or_else(|| Ok(String::new()), |text| text.to_str().map(str::to_owned))?;
    if reason.len() > REASON_BYTES_MAX {
        let message = format!("the reason has more than {REASON_BYTES_MAX} bytes");
        return Err(PyValueError::new_err(message));
    }
    Ok(WebSocketEvent::Close { code, reason })
}

/// Reads an event. Keys beside those of the specification are nobody's business.
pub(crate) fn http<'py>(event: &Bound<'py, PyAny>) -> PyResult<HttpEvent<'py>> {
    let (event, kind) = typed(event)?;
    let py = event.py();
    Ok(match kind.to_str()? {
        "http.response.body" => body(event)?,
        "http.response.start" => start(event)?,
        "http.response.trailers" => {
            let more = flag(event, intern!(py, "more_trailers"))?;
            HttpEvent::Trailers { headers: headers(event)?, more }
        }
        "http.response.early_hint" => HttpEvent::Hints { text: links(event)? },
        "http.response.pathsend" => {
            let path = need(event, intern!(py, "path"))?;
            let path = path.cast::<PyString>().map_err(|_| wrong("path", "str"))?;
            HttpEvent::File { path: path.to_str()?.to_owned() }
        }
        other => {
            return Err(PyRuntimeError::new_err(format!(
                "an HTTP application sent the unknown event {other:?}"
            )));
        }
    })
}

fn wrong(key: &str, kind: &str) -> PyErr {
    PyTypeError::new_err(format!("{key} of the event is no {kind}"))
}

fn need<'py>(
    event: &Bound<'py, PyDict>,
    key: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let missing = || PyValueError::new_err(format!("the event has no {key}"));
    event.get_item(key)?.ok_or_else(missing)
}

fn flag(event: &Bound<'_, PyDict>, key: &Bound<'_, PyString>) -> PyResult<bool> {
    match event.get_item(key)? {
        None => Ok(false),
        Some(value) if value.is_instance_of::<PyBool>() => value.is_truthy(),
        Some(value) if value.is_none() => Ok(false),
        Some(_) => Err(wrong(key.to_str()?, "bool")),
    }
}

/// Bytes, or what can be made of them without a copy in Python: applications stream memory views, too.
fn bytes<'py>(
    event: &Bound<'py, PyDict>,
    key: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let Some(value) = event.get_item(key)? else { return Ok(None) };
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Some(bytes.clone()));
    }
    if value.is_instance_of::<PyByteArray>() || value.is_instance_of::<PyMemoryView>() {
        let made = event.py().get_type::<PyBytes>().call1((value,))?;
        return Ok(Some(made.cast_into::<PyBytes>()?));
    }
    Err(wrong(key.to_str()?, "bytes"))
}

fn status(event: &Bound<'_, PyDict>) -> PyResult<u16> {
    let value = need(event, intern!(event.py(), "status"))?;
    // Also http.HTTPStatus, which is an int.
    if !value.is_instance_of::<PyInt>() {
        return Err(wrong("status", "int"));
    }
    let status = value.extract::<u16>().unwrap_or(0);
    if (200..=999).contains(&status) {
        return Ok(status);
    }
    Err(PyValueError::new_err(format!("{value} is no status of a reply")))
}

fn headers(event: &Bound<'_, PyDict>) -> PyResult<Headers> {
    let found = event.get_item(intern!(event.py(), "headers"))?;
    found.map_or_else(|| Ok(Headers::default()), |headers| heads::read(&headers))
}

fn links(event: &Bound<'_, PyDict>) -> PyResult<Vec<u8>> {
    let mut text = Vec::new();
    for link in need(event, intern!(event.py(), "links"))?.try_iter()? {
        let link = link?;
        let link = link.cast::<PyBytes>().map_err(|_| wrong("links", "list of bytes"))?;
        if link.as_bytes().iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(PyValueError::new_err("a link holds a line's end or a NUL"));
        }
        if !text.is_empty() {
            text.push(0);
        }
        text.extend_from_slice(link.as_bytes());
    }
    Ok(text)
}
