//! The opening of a WebSocket (RFC 6455, 4.2; over HTTP/2 RFC 8441): what the client has to say, and what is answered.

use ironbridge_asgi::Record;
use tungstenite::handshake::derive_accept_key;

use crate::{deflate, scope};

/// Characters of 16 bytes in Base64.
const KEY_LENGTH: usize = 24;

/// Why a request opens no WebSocket: a status, the headers and the body of the reply.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) headers: &'static [u8],
    pub(crate) body: &'static str,
}

/// What is answered where the application accepts.
pub(crate) struct Opening {
    /// As a record has them.
    pub(crate) headers: Vec<u8>,
    /// permessage-deflate is agreed on.
    pub(crate) deflates: bool,
}

/// Looks whether the request opens a WebSocket. `deflate`: permessage-deflate is taken where the client offers it.
pub(crate) fn accepting(request: &Record<'_>, deflate: bool) -> Result<Opening, Refusal> {
    let mut headers = switching(request)?;
    let offered = || scope::tokens(request, b"sec-websocket-extensions").any(deflate::takes);
    let deflates = deflate && offered();
    if deflates {
        if !headers.is_empty() {
            headers.push(0);
        }
        headers.extend_from_slice(b"sec-websocket-extensions\0");
        headers.extend_from_slice(deflate::AGREED);
    }
    Ok(Opening { headers, deflates })
}

/// The headers of the answer that every WebSocket has; over HTTP/2 there are none.
fn switching(request: &Record<'_>) -> Result<Vec<u8>, Refusal> {
    let bad = |body| Refusal { status: 400, headers: b"", body };
    if scope::is_http2(request) {
        // CONNECT with `:protocol`, without keys and without upgrade.
        return version(request).map(|()| Vec::new());
    }
    if !request.text.starts_with(b"GET\0") {
        return Err(Refusal {
            status: 405,
            headers: b"allow\0GET",
            body: "a WebSocket is opened with GET",
        });
    }
    if !has_token(request, b"upgrade", b"websocket")
        || !has_token(request, b"connection", b"upgrade")
    {
        let headers = b"upgrade\0websocket\0connection\0upgrade";
        return Err(Refusal { status: 426, headers, body: "this is the place of a WebSocket" });
    }
    version(request)?;
    let key = value(request, b"sec-websocket-key").filter(|key| is_key(key));
    let key = key.ok_or_else(|| bad("sec-websocket-key has to be 16 bytes in Base64"))?;
    let mut text = b"upgrade\0websocket\0connection\0Upgrade\0sec-websocket-accept\0".to_vec();
    text.extend_from_slice(derive_accept_key(key).as_bytes());
    Ok(text)
}

fn version(request: &Record<'_>) -> Result<(), Refusal> {
    if value(request, b"sec-websocket-version") == Some(b"13") {
        return Ok(());
    }
    let (headers, body) = (b"sec-websocket-version\x0013", "the version of WebSocket has to be 13");
    Err(Refusal { status: if scope::is_http2(request) { 400 } else { 426 }, headers, body })
}

fn is_key(key: &[u8]) -> bool {
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.len() == KEY_LENGTH && key.ends_with(b"==") && key[..KEY_LENGTH - 2].iter().all(in_alphabet)
}

fn value<'a>(request: &Record<'a>, name: &[u8]) -> Option<&'a [u8]> {
    scope::values(request, name).next()
}

fn has_token(request: &Record<'_>, name: &[u8], token: &[u8]) -> bool {
    scope::tokens(request, name).any(|found| found.eq_ignore_ascii_case(token))
}
