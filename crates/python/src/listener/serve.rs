//! One request: its record, and the reply that is made of what is told.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use http_body::Body as _;
use hyper::body::Incoming;
use hyper::ext::Protocol;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode, Version};
use ironbridge_asgi::{Ask, Record, Tell, flag};
use tokio::time::Instant;

use super::control::Phase;
use super::desk::{Desk, Told};
use super::on_loop::Spawn;
use super::options::Options;
use super::reply::{Cut, Exchange, Reply, Upload};
use super::socket::{self, Opened};
use super::text::{self, Place};

/// What all connections share.
pub(super) struct Shared {
    pub(super) desk: Arc<Desk>,
    pub(super) options: Options,
    pub(super) server: Option<HeaderValue>,
    /// Where what outlasts its request runs.
    pub(super) spawn: Spawn,
    pub(super) phase: Phase,
}

/// One connection.
pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    pub(super) place: Place,
    under_way: AtomicUsize,
    idle_since: Mutex<Instant>,
    /// A WebSocket that follows the last request.
    pub(super) opened: Mutex<Option<Opened>>,
}

impl Connection {
    pub(super) fn new(shared: Arc<Shared>, place: Place) -> Self {
        let idle_since = Mutex::new(Instant::now());
        let (under_way, opened) = (AtomicUsize::new(0), Mutex::default());
        Self { shared, place, under_way, idle_since, opened }
    }

    /// How long it may stay without a request, of `time`.
    pub(super) fn idle_left(&self, time: Duration) -> Duration {
        if self.under_way.load(Ordering::Relaxed) > 0 {
            return time;
        }
        let since = *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner);
        time.saturating_sub(since.elapsed())
    }
}

/// A request under way.
pub(super) struct Visit(Arc<Connection>);

impl Visit {
    pub(super) fn begin(connection: &Arc<Connection>) -> Self {
        connection.under_way.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(connection))
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut since = self.0.idle_since.lock().unwrap_or_else(PoisonError::into_inner);
        *since = Instant::now();
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Answers a request. Dropped before its end, it tells the application that the client has gone.
pub(super) async fn serve(
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Result<Response<Reply>, Infallible> {
    let visit = Visit::begin(&connection);
    let mut response = if asks_for_websocket(&request) {
        socket::open(&connection, request, visit).await
    } else {
        http(&connection.shared, &connection.place, request, visit).await
    };
    if let Some(server) = &connection.shared.server {
        response.headers_mut().entry(header::SERVER).or_insert_with(|| server.clone());
    }
    Ok(response)
}

fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    let lists = headers.get_all(name);
    let mut tokens =
        lists.iter().filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(','));
    tokens.any(|found| found.trim().eq_ignore_ascii_case(token))
}

fn asks_for_websocket(request: &Request<Incoming>) -> bool {
    if request.version() == Version::HTTP_2 {
        let protocol = request.extensions().get::<Protocol>();
        return protocol.is_some_and(|protocol| protocol.as_str() == "websocket");
    }
    request.version() == Version::HTTP_11
        && request.headers().contains_key(header::UPGRADE)
        && has_token(request.headers(), header::UPGRADE, "websocket")
}

async fn http(
    shared: &Shared,
    place: &Place,
    request: Request<Incoming>,
    visit: Visit,
) -> Response<Reply> {
    let (parts, body) = request.into_parts();
    let left = shared.options.body_bytes_max.unwrap_or(u64::MAX);
    if body.size_hint().lower() > left {
        return cut(Cut::TooLong, visit);
    }
    let has_body = !body.is_end_stream();
    let flags = flags_of(&parts, has_body) | shared.options.forwarded();
    let head = text::of_request(&parts, &shared.options, place);
    let number = shared.options.application;
    let record = Record { flags, number, text: &head, ..Record::of(0, 0) };
    let Some(slot) = shared.desk.open(Ask::Request, &record) else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, visit);
    };
    let waits = flags & flag::EXPECTS != 0;
    let upload = has_body.then_some(Upload { body, waits, left });
    let mut exchange = Exchange { desk: Arc::clone(&shared.desk), slot, upload };
    loop {
        let told = poll_fn(|context| {
            if let Some(cut) = exchange.poll_upload(context) {
                return Poll::Ready(Err(cut));
            }
            exchange.slot.poll_told(context).map(Ok)
        });
        let told = match told.await {
            Ok(told) => told,
            Err(why) => return cut(why, visit),
        };
        match told.kind {
            Tell::Head => return begun(told, exchange, visit),
            Tell::Failed => return failed(&told, visit),
            Tell::Wanted => {
                if let Some(upload) = &mut exchange.upload {
                    upload.waits = false;
                }
            }
            _ => {}
        }
    }
}

fn flags_of(parts: &Parts, has_body: bool) -> u8 {
    let modern = parts.version != Version::HTTP_10;
    let is = |flag: u8, set: bool| if set { flag } else { 0 };
    let expects = parts.headers.get(header::EXPECT);
    let expects =
        expects.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    is(flag::MORE, has_body)
        | is(flag::EXPECTS, modern && has_body && expects)
        | is(flag::TRAILERS, modern && has_token(&parts.headers, header::TE, "trailers"))
}

/// The reply that a head begins.
pub(super) fn begun(told: Told, exchange: Exchange, visit: Visit) -> Response<Reply> {
    let reply = if told.more {
        Reply::stream(exchange, told.body, visit)
    } else {
        Reply::whole(told.body, visit)
    };
    let mut response = Response::new(reply);
    *response.status_mut() = text::status(told.number);
    *response.headers_mut() = text::headers(&told.text);
    response
}

/// What is answered where the application failed before its reply began.
pub(super) fn failed(told: &Told, visit: Visit) -> Response<Reply> {
    let status = text::status(told.number);
    plain(status, visit)
}

/// The rest of the body is not read, so that nothing can follow it.
fn cut(why: Cut, visit: Visit) -> Response<Reply> {
    let status = match why {
        Cut::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        // Whoever has gone does not read it; whoever sends no body that is one does.
        Cut::Lost => StatusCode::BAD_REQUEST,
    };
    let mut response = plain(status, visit);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A reply of our own.
pub(super) fn plain(status: StatusCode, visit: Visit) -> Response<Reply> {
    let reason = status.canonical_reason().unwrap_or_default();
    let mut response = Response::new(Reply::whole(reason, visit));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
