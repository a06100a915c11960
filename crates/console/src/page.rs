//! The page: the files that `npm run build` made in `dashboard/`, embedded when the binary was built.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY,
};
use http::{HeaderMap, StatusCode, Uri};

/// A file of the page.
struct File {
    /// Its path below `/dashboard/`.
    path: &'static str,
    bytes: &'static [u8],
    /// The same in gzip, where that is smaller.
    gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Where the page's files are served.
const PREFIX: &str = "/dashboard/";

/// Where the build puts files whose names change with their contents.
const HASHED: &str = "assets/";

/// `GET /dashboard` and all below it. What is no file is a place within the page, which finds its way by itself.
pub(crate) async fn page(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let found = FILES.iter().find(|file| file.path == path && !path.is_empty());
    if let Some(file) = found {
        return send(file, &headers);
    }
    if path.starts_with(HASHED) {
        return (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
    }
    match FILES.iter().find(|file| file.path == "index.html") {
        Some(index) => send(index, &headers),
        None => without_page(),
    }
}

fn send(file: &File, headers: &HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let takes_gzip = accepted.is_some_and(|accepted| {
        accepted.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("gzip") && parts.next() != Some("q=0")
        })
    });
    let zipped = file.gzip.filter(|_| takes_gzip);
    let mut response = Response::new(Body::from(zipped.unwrap_or(file.bytes)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(file.path)));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if zipped.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let caching = match file.path.starts_with(HASHED) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// This binary was built without the page.
fn without_page() -> Response {
    const TEXT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Ironbridge</title>\
        <h1>This binary was built without the dashboard</h1>\
        <p>With Node 20 or newer: <code>npm ci &amp;&amp; npm run build</code> in <code>dashboard/</code>, then \
        <code>cargo build</code> again; <code>cargo xtask start</code> does both.</p>\
        <p>Its API works: <a href=\"/api/exchanges\">exchanges</a>, <a href=\"/api/sessions\">sessions</a>, \
        <a href=\"/api/overview\">overview</a>, <a href=\"/api/openapi.json\">the whole of it</a>.</p></html>";
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], TEXT).into_response()
}
