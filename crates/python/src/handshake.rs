//! The opening of a WebSocket (RFC 6455, 4.2): what the client has to say, and what is answered.

use ironbridge_asgi::Record;
use tungstenite::handshake::derive_accept_key;

use crate::scope;

/// Characters of 16 bytes in Base64.
const KEY_LENGTH: usize = 24;

/// Why a request opens no WebSocket: a status, the headers and the body of the reply.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) headers: &'static [u8],
    pub(crate) body: &'static str,
}

/// The headers of the reply that accepts it, as a record has them.
pub(crate) fn accepting(request: &Record<'_>) -> Result<Vec<u8>, Refusal> {
    let bad = |body| Refusal { status: 400, headers: b"", body };
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
    if value(request, b"sec-websocket-version") != Some(b"13") {
        let headers = b"sec-websocket-version\x0013";
        return Err(Refusal {
            status: 426,
            headers,
            body: "the version of WebSocket has to be 13",
        });
    }
    let key = value(request, b"sec-websocket-key").filter(|key| is_key(key));
    let key = key.ok_or_else(|| bad("sec-websocket-key has to be 16 bytes in Base64"))?;
    let mut text = b"upgrade\0websocket\0connection\0Upgrade\0sec-websocket-accept\0".to_vec();
    text.extend_from_slice(derive_accept_key(key).as_bytes());
    Ok(text)
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
