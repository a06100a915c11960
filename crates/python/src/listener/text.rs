//! Heads as records have them, and as hyper has them.

use std::net::SocketAddr;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{StatusCode, Version};
use tungstenite::Bytes;

/// Of a connection, what the head of each of its requests says.
pub(super) struct Place {
    pub(super) secure: bool,
    /// None: a Unix socket.
    pub(super) client: Option<SocketAddr>,
    /// Host and port as the scope has them; of a Unix socket its path.
    pub(super) server: (String, String),
}

/// The text of a request's record.
pub(super) fn of_request(parts: &Parts, root: &str, place: &Place) -> Vec<u8> {
    let mut text = Vec::with_capacity(512);
    text.extend_from_slice(parts.method.as_str().as_bytes());
    text.push(0);
    text.extend_from_slice(root.as_bytes());
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    text.extend_from_slice(target.as_bytes());
    let scheme: &[u8] = if place.secure { b"\0https\0" } else { b"\0http\0" };
    text.extend_from_slice(scheme);
    text.extend_from_slice(match parts.version {
        Version::HTTP_10 => b"1.0",
        Version::HTTP_2 => b"2",
        _ => b"1.1",
    });
    text.push(0);
    text.extend_from_slice(root.as_bytes());
    text.push(0);
    if let Some(client) = place.client {
        text.extend_from_slice(client.ip().to_canonical().to_string().as_bytes());
        text.push(0);
        text.extend_from_slice(client.port().to_string().as_bytes());
    } else {
        text.push(0);
    }
    for part in [&place.server.0, &place.server.1] {
        text.push(0);
        text.extend_from_slice(part.as_bytes());
    }
    if let (Version::HTTP_2, Some(authority)) = (parts.version, parts.uri.authority()) {
        push(&mut text, b":authority", authority.as_str().as_bytes());
    }
    for (name, value) in &parts.headers {
        push(&mut text, name.as_str().as_bytes(), value.as_bytes());
    }
    text
}

fn push(text: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    text.push(0);
    text.extend_from_slice(name);
    text.push(0);
    text.extend_from_slice(value);
}

/// The headers of a record's text. Those that HTTP cannot say were refused where they were sent.
pub(super) fn headers(text: &Bytes) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut parts = text.split(|byte| *byte == 0);
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        let value = HeaderValue::from_maybe_shared(text.slice_ref(value));
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), value) {
            headers.append(name, value);
        }
    }
    headers
}

/// A status that was told.
pub(super) fn status(number: u32) -> StatusCode {
    let status = u16::try_from(number).ok().and_then(|number| StatusCode::from_u16(number).ok());
    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
