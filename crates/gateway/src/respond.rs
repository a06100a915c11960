//! Replies and errors in the form of the dialect that was called.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use ironbridge_wire::{ApiError, Dialect, ErrorKind, Memo, Step, StreamTranslator};

/// Our id of an exchange.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The same on Anthropic's paths, by Anthropic's name.
pub(crate) const ANTHROPIC_REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// What a translation could not carry.
pub(crate) const CHANGES: HeaderName = HeaderName::from_static("x-ironbridge-changes");
/// Says that a count of tokens is an estimate.
pub(crate) const ESTIMATED: HeaderName = HeaderName::from_static("x-ironbridge-estimated");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// How long a client is asked to wait when the gateway itself is busy, in seconds.
const BUSY_RETRY_SECONDS: u32 = 1;

/// The dialect of errors on paths that belong to no dialect: Anthropic's when the client says it speaks that.
pub(crate) fn dialect_of(headers: &HeaderMap) -> Dialect {
    if headers.contains_key("anthropic-version") { Dialect::Messages } else { Dialect::Chat }
}

/// Puts our id on a reply, as both SDK families look for it.
pub(crate) fn sign(headers: &mut HeaderMap, dialect: Dialect, id: &str) {
    let Ok(value) = HeaderValue::from_str(id) else { return };
    if dialect == Dialect::Messages {
        headers.insert(ANTHROPIC_REQUEST_ID, value.clone());
    }
    headers.insert(REQUEST_ID, value);
}

/// An error as a reply.
pub(crate) fn error(error: &ApiError, dialect: Dialect, id: &str) -> Response {
    let mut response = json(error.status(), &error.body(dialect, id));
    if error.kind == ErrorKind::Unavailable {
        response.headers_mut().insert(RETRY_AFTER, BUSY_RETRY_SECONDS.into());
    }
    sign(response.headers_mut(), dialect, id);
    response
}

/// An error as the end of a stream whose head the client has already.
pub(crate) fn stream_error(error: &ApiError, dialect: Dialect) -> Response {
    let (mut translator, mut step) =
        (StreamTranslator::new(dialect, dialect, Memo::default()), Step::default());
    translator.fail(error.clone(), &mut step);
    step.body.append(&mut step.last);
    Response::new(Body::from(step.body))
}

/// A JSON document as a reply.
pub(crate) fn json(status: u16, document: &serde_json::Value) -> Response {
    let mut response = Response::new(Body::from(document.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}
