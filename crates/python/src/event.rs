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

/// Reads an event. Keys beside those of the specification are nobody's business.
pub(crate) fn http<'py>(event: &Bound<'py, PyAny>) -> PyResult<HttpEvent<'py>> {
    let py = event.py();
    let event = event.cast::<PyDict>().map_err(|_| PyTypeError::new_err("an event is a dict"))?;
    let kind = need(event, intern!(py, "type"))?;
    let kind = kind.cast::<PyString>().map_err(|_| PyTypeError::new_err("type is a str"))?;
    Ok(match kind.to_str()? {
        "http.response.body" => {
            let body = bytes(event, intern!(py, "body"))?;
            HttpEvent::Body { body, more: flag(event, intern!(py, "more_body"))? }
        }
        "http.response.start" => {
            let headers = headers(event)?;
            let trailers = flag(event, intern!(py, "trailers"))?;
            HttpEvent::Start { status: status(event)?, headers, trailers }
        }
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
