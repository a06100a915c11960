//! The scope of a connection, made of the text of its record.

use std::collections::HashMap;
use std::str::from_utf8;
use std::sync::{Mutex, PoisonError};

use ironbridge_asgi::{Record, flag};
use memchr::memchr;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::application::Application;
use crate::proxies;

/// Names of headers that are kept as Python objects; servers see a few dozen.
const NAMES_MAX: usize = 512;
/// A longer name is nobody's standard.
const NAME_BYTES_MAX: usize = 64;

/// Names of headers that came before, lower-cased.
#[derive(Default)]
pub(crate) struct Names {
    known: Mutex<HashMap<Vec<u8>, Py<PyBytes>>>,
}

impl Names {
    fn of<'py>(&self, py: Python<'py>, name: &[u8]) -> Bound<'py, PyBytes> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.get(name) {
            return name.bind(py).clone();
        }
        let made = PyBytes::new(py, &name.to_ascii_lowercase());
        if known.len() < NAMES_MAX && name.len() <= NAME_BYTES_MAX {
            known.insert(name.to_vec(), made.clone().unbind());
        }
        made
    }
}

/// How many of them there are.
const LINE_PARTS: usize = 9;

/// The parts of a request's text that come before its headers.
struct Line<'a> {
    method: &'a [u8],
    target: &'a [u8],
    scheme: &'a [u8],
    version: &'a [u8],
    root: &'a [u8],
    client: (&'a [u8], &'a [u8]),
    server: (&'a [u8], &'a [u8]),
}

/// Whether the request is one for the head alone.
pub(crate) fn is_head(record: &Record<'_>) -> bool {
    record.text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"HEAD\0"))
}

/// Whether the request came over HTTP/2.
pub(crate) fn is_http2(record: &Record<'_>) -> bool {
    record.text.split(|byte| *byte == 0).nth(3).is_some_and(|version| version.starts_with(b"2"))
}

/// The values of a header, in order.
pub(crate) fn values<'a>(record: &Record<'a>, name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut parts = record.text.split(|byte| *byte == 0).skip(LINE_PARTS);
    let headers = std::iter::from_fn(move || Some((parts.next()?, parts.next()?)));
    let named = headers.filter(move |(other, _)| other.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.trim_ascii())
}

/// The elements of a header that is a list, from all its lines.
pub(crate) fn tokens<'a>(record: &Record<'a>, name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let lists = values(record, name);
    let elements = lists.flat_map(|list| list.split(|byte| *byte == b','));
    elements.map(<[u8]>::trim_ascii).filter(|element| !element.is_empty())
}

/// The scope of an HTTP request.
pub(crate) fn http<'py>(
    py: Python<'py>,
    record: &Record<'_>,
    application: &Application,
    names: &Names,
) -> PyResult<Bound<'py, PyDict>> {
    let (scope, line) = common(py, record, application, names)?;
    scope.set_item(intern!(py, "type"), intern!(py, "http"))?;
    scope.set_item(intern!(py, "method"), method(py, line.method))?;
    let secure = matches!(line.scheme, b"https" | b"wss");
    let scheme = if secure { intern!(py, "https") } else { intern!(py, "http") };
    scope.set_item(intern!(py, "scheme"), scheme)?;
    let extensions = extensions(py, record)?;
    tls(record, &line, &extensions)?;
    scope.set_item(intern!(py, "extensions"), extensions)?;
    Ok(scope)
}

/// The scope of a WebSocket.
pub(crate) fn websocket<'py>(
    py: Python<'py>,
    record: &Record<'_>,
    application: &Application,
    names: &Names,
) -> PyResult<Bound<'py, PyDict>> {
    let (scope, line) = common(py, record, application, names)?;
    scope.set_item(intern!(py, "type"), intern!(py, "websocket"))?;
    let secure = matches!(line.scheme, b"wss" | b"https");
    let scheme = if secure { intern!(py, "wss") } else { intern!(py, "ws") };
    scope.set_item(intern!(py, "scheme"), scheme)?;
    let offered = tokens(record, b"sec-websocket-protocol").map(|name| latin1(py, name));
    scope.set_item(intern!(py, "subprotocols"), PyList::new(py, offered.collect::<Vec<_>>())?)?;
    let extensions = PyDict::new(py);
    extensions.set_item(intern!(py, "websocket.http.response"), PyDict::new(py))?;
    tls(record, &line, &extensions)?;
    scope.set_item(intern!(py, "extensions"), extensions)?;
    Ok(scope)
}

/// What both have.
fn common<'a, 'py>(
    py: Python<'py>,
    record: &Record<'a>,
    application: &Application,
    names: &Names,
) -> PyResult<(Bound<'py, PyDict>, Line<'a>)> {
    let mut parts = record.text.split(|byte| *byte == 0);
    let mut next = || parts.next().unwrap_or_default();
    let mut line = Line {
        method: next(),
        target: next(),
        scheme: next(),
        version: next(),
        root: next(),
        client: (next(), next()),
        server: (next(), next()),
    };
    if record.has(flag::FORWARDED) {
        let trusted = values(record, b":trusted-proxies").next().unwrap_or_default();
        let said = proxies::said(record, trusted, line.client.0);
        // Of the port nobody says anything.
        line.client = said.client.map_or(line.client, |client| (client, b"0"));
        line.scheme = said.scheme.unwrap_or(line.scheme);
    }
    let scope = PyDict::new(py);
    let asgi = PyDict::new(py);
    asgi.set_item(intern!(py, "version"), intern!(py, "3.0"))?;
    asgi.set_item(intern!(py, "spec_version"), intern!(py, "2.5"))?;
    scope.set_item(intern!(py, "asgi"), asgi)?;
    let version = match line.version {
        b"1.0" => intern!(py, "1.0"),
        b"2" | b"2.0" => intern!(py, "2"),
        _ => intern!(py, "1.1"),
    };
    scope.set_item(intern!(py, "http_version"), version)?;
    target(&scope, &line)?;
    scope.set_item(intern!(py, "headers"), headers(py, parts, names)?)?;
    scope.set_item(intern!(py, "client"), address(py, line.client)?)?;
    scope.set_item(intern!(py, "server"), address(py, line.server)?)?;
    if let Some(state) = &application.state {
        scope.set_item(intern!(py, "state"), state.bind(py).copy()?)?;
    }
    Ok((scope, line))
}

fn method<'py>(py: Python<'py>, method: &[u8]) -> Bound<'py, PyString> {
    match method {
        b"GET" => intern!(py, "GET").clone(),
        b"POST" => intern!(py, "POST").clone(),
        other => latin1(py, &other.to_ascii_uppercase()),
    }
}

/// `path`, `raw_path`, `query_string` and `root_path`.
fn target(scope: &Bound<'_, PyDict>, line: &Line<'_>) -> PyResult<()> {
    let py = scope.py();
    let target = without_authority(line.target);
    // A fragment is the client's own business; who sends one all the same means the path before it.
    let target = memchr(b'#', target).map_or(target, |at| &target[..at]);
    let (raw, query) = match memchr(b'?', target) {
        Some(at) => (&target[..at], &target[at + 1..]),
        None => (target, &b""[..]),
    };
    scope.set_item(intern!(py, "path"), decoded(py, raw))?;
    scope.set_item(intern!(py, "raw_path"), PyBytes::new(py, raw))?;
    scope.set_item(intern!(py, "query_string"), PyBytes::new(py, query))?;
    scope.set_item(intern!(py, "root_path"), decoded(py, line.root))
}

/// A proxy's form of a target, `http://host/path`, names what the headers name.
fn without_authority(target: &[u8]) -> &[u8] {
    let after = target.strip_prefix(b"http://").or_else(|| target.strip_prefix(b"https://"));
    let Some(after) = after else { return target };
    after.iter().position(|byte| matches!(byte, b'/' | b'?')).map_or(b"/", |at| &after[at..])
}

/// Percent-decoded; what is no UTF-8 afterwards becomes U+FFFD, as with other servers.
fn decoded<'py>(py: Python<'py>, raw: &[u8]) -> Bound<'py, PyString> {
    if memchr(b'%', raw).is_none() {
        return PyString::new(py, &String::from_utf8_lossy(raw));
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, others @ ..] = rest {
        let digits = others.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        let code = digits.filter(|_| *first == b'%').and_then(|two| from_utf8(two).ok());
        if let Some(code) = code.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            bytes.push(code);
            rest = &others[2..];
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    PyString::new(py, &String::from_utf8_lossy(&bytes))
}

/// Names lower-cased, in the order they came, repeated ones kept. HTTP/2's `:authority` becomes `host`, in front.
fn headers<'a, 'py>(
    py: Python<'py>,
    mut parts: impl Iterator<Item = &'a [u8]>,
    names: &Names,
) -> PyResult<Bound<'py, PyList>> {
    let headers = PyList::empty(py);
    let mut authority = None;
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        if name.starts_with(b":") {
            authority = authority.or((name == b":authority").then_some(value));
        } else if authority.is_none() || !name.eq_ignore_ascii_case(b"host") {
            headers.append((names.of(py, name), PyBytes::new(py, value)))?;
        }
    }
    if let Some(authority) = authority {
        headers.insert(0, (names.of(py, b"host"), PyBytes::new(py, authority)))?;
    }
    Ok(headers)
}

/// `(host, port)`, `(path, None)` for a Unix socket, or None.
fn address<'py>(
    py: Python<'py>,
    (host, port): (&[u8], &[u8]),
) -> PyResult<Option<Bound<'py, PyTuple>>> {
    if host.is_empty() {
        return Ok(None);
    }
    let port = from_utf8(port).ok().and_then(|port| port.parse::<u16>().ok());
    (latin1(py, host), port).into_pyobject(py).map(Some)
}

fn latin1<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    PyString::new(py, &text)
}

/// The extension `tls`, where who accepted the connection has said what it is.
fn tls(record: &Record<'_>, line: &Line<'_>, extensions: &Bound<'_, PyDict>) -> PyResult<()> {
    // Without TLS no header is looked at.
    if !matches!(line.scheme, b"https" | b"wss") {
        return Ok(());
    }
    let Some(certificate) = values(record, b":tls-certificate").next() else { return Ok(()) };
    let py = extensions.py();
    let number = |name: &[u8]| {
        let value = values(record, name).next().and_then(|value| from_utf8(value).ok());
        value.and_then(|value| value.parse::<u16>().ok())
    };
    let tls = PyDict::new(py);
    tls.set_item("server_cert", latin1(py, certificate))?;
    let chain = values(record, b":tls-client-certificate").map(|shown| latin1(py, shown));
    tls.set_item("client_cert_chain", PyList::new(py, chain.collect::<Vec<_>>())?)?;
    let said = |name: &[u8]| values(record, name).next().map(|text| latin1(py, text));
    tls.set_item("client_cert_name", said(b":tls-client-name"))?;
    tls.set_item("client_cert_error", said(b":tls-client-error"))?;
    tls.set_item("tls_version", number(b":tls-version"))?;
    tls.set_item("cipher_suite", number(b":tls-cipher"))?;
    extensions.set_item("tls", tls)
}

/// What the client can do beyond the core, each with an empty dict.
fn extensions<'py>(py: Python<'py>, record: &Record<'_>) -> PyResult<Bound<'py, PyDict>> {
    let extensions = PyDict::new(py);
    extensions.set_item(intern!(py, "http.response.pathsend"), PyDict::new(py))?;
    if record.has(flag::TRAILERS) {
        extensions.set_item(intern!(py, "http.response.trailers"), PyDict::new(py))?;
    }
    if record.has(flag::HINTS) {
        extensions.set_item(intern!(py, "http.response.early_hint"), PyDict::new(py))?;
    }
    Ok(extensions)
}
