//! Web pages of other sites that the operator lets use the models (`cors_origins`).
//!
//! Origins are compared as a whole; `*` is none, and no page is ever allowed cookies or the like: a page sends its key
//! in a header. Source: <https://fetch.spec.whatwg.org/#http-cors-protocol>.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

/// How long a browser may remember what a page may do, in seconds: browsers cut it to two hours themselves.
const MAX_AGE_SECONDS: u32 = 600;

/// The methods that the dialects' routes take.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");

/// The headers of replies that a page may read: those that the official SDKs look at, and our own.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "request-id, x-request-id, retry-after, x-ironbridge-changes, x-ironbridge-estimated",
);

/// The page's origin, where it is one of `origins`.
pub(crate) fn origin(request: &Request, origins: &[String]) -> Option<HeaderValue> {
    let origin = request.headers().get(ORIGIN)?;
    origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// Whether a browser asks whether its page may send a request, before it does.
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to that. The SDKs send many headers of their own (`x-stainless-*`), so all that are asked for are allowed:
/// what goes upstream of them is decided there.
pub(crate) fn preflight(request: &Request) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    if let Some(asked) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS.into());
    response
}

/// Lets the page of `origin` read a reply.
pub(crate) fn permit(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(VARY, HeaderValue::from_static("origin"));
}
