//! Heads as records have them, and as hyper has them.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{StatusCode, Version};
use tungstenite::Bytes;

use super::options::Options;

/// Of a connection, what the head of each of its requests says.
pub(super) struct Place {
    /// What its TLS is; None without.
    pub(super) tls: Option<Tls>,
    /// The client's host and port, the server's: as a record has them.
    addresses: Vec<u8>,
}

/// What was agreed on, and the certificate that was shown, for the extension `tls`.
pub(super) struct Tls {
    pub(super) version: Option<u16>,
    pub(super) cipher: Option<u16>,
    /// In PEM.
    pub(super) certificate: Arc<str>,
}

impl Place {
    pub(super) fn of_tcp(client: SocketAddr, server: SocketAddr) -> Self {
        let shown = |address: SocketAddr| {
            // An IPv4 address that IPv6 carries is an IPv4 address.
            format!("\0{}\0{}", address.ip().to_canonical(), address.port())
        };
        Self { tls: None, addresses: (shown(client) + &shown(server)).into() }
    }

    pub(super) fn of_unix(path: &str) -> Self {
        Self { tls: None, addresses: format!("\0\0\0{path}\0").into() }
    }
}

/// The text of a request's record.
pub(super) fn of_request(parts: &Parts, options: &Options, place: &Place) -> Vec<u8> {
    let root = options.root_path.as_str();
    let mut text = Vec::with_capacity(512);
    text.extend_from_slice(parts.method.as_str().as_bytes());
    text.push(0);
    text.extend_from_slice(root.as_bytes());
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    text.extend_from_slice(target.as_bytes());
    let scheme: &[u8] = if place.tls.is_some() { b"\0https\0" } else { b"\0http\0" };
    text.extend_from_slice(scheme);
    text.extend_from_slice(match parts.version {
        Version::HTTP_10 => b"1.0",
        Version::HTTP_2 => b"2",
        _ => b"1.1",
    });
    text.push(0);
    text.extend_from_slice(root.as_bytes());
    text.extend_from_slice(&place.addresses);
    if let Some(trusted) = &options.trusted_proxies {
        push(&mut text, b":trusted-proxies", trusted.as_bytes());
    }
    if let (Version::HTTP_2, Some(authority)) = (parts.version, parts.uri.authority()) {
        push(&mut text, b":authority", authority.as_str().as_bytes());
    }
    if let Some(tls) = &place.tls {
        let number =
            |number: Option<u16>| number.map(|number| number.to_string()).unwrap_or_default();
        push(&mut text, b":tls-version", number(tls.version).as_bytes());
        push(&mut text, b":tls-cipher", number(tls.cipher).as_bytes());
        push(&mut text, b":tls-certificate", tls.certificate.as_bytes());
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
