//! `GET /api/live`: what happens, as server-sent events.
//!
//! An event's id is the era of the hub and its number. A browser that comes back says the last one it has; what it missed
//! follows, each once. Where that is no longer kept, or the gateway was started anew, it gets a `board` instead.

use crate::board::SessionRow;
use crate::documents::{ExchangeDocument, Phase};
use crate::failure::{ErrorDocument, Failure};
use crate::hub::{Event, Hub, News};
use crate::surface::Shared;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// How often a silent listener gets a comment, so that neither side takes the other for gone.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// The most listeners at once.
pub const LISTENERS_MAX: usize = 100;

/// The most events that are sent in one piece.
const BATCH_MAX: usize = 100;

/// How soon a browser comes back, in milliseconds.
const RETRY_MS: u64 = 1000;

/// The board at one moment, in an event `board`. What follows changes it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Board {
    sessions: Vec<SessionRow>,
}

/// Who listens.
struct Listener {
    hub: Arc<Hub>,
    place: Option<u64>,
    greeted: bool,
    _permit: OwnedSemaphorePermit,
}

/// What happens, as it happens.
///
/// Events: `board` (all sessions; first of all, and whenever what was missed is no longer kept), `session` (a row of it as
/// it is now), `exchange` (one that has ended). Each has an id; `Last-Event-ID` continues behind it.
#[utoipa::path(get, path = "/api/live", tag = "live", responses(
    (status = 200, description = "Server-sent events; without an end.", content_type = "text/event-stream", body = String),
    (status = 401, body = ErrorDocument), (status = 503, body = ErrorDocument),
))]
pub(crate) async fn live(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let permit = shared.listeners.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Failure::Busy("too many listen already"))?;
    let hub = shared.console.hub.clone();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let place = last.and_then(|id| place_after(id, hub.era()));
    let listener = Listener { hub, place, greeted: false, _permit: permit };
    let body = Body::from_stream(stream::unfold(listener, |mut listener| async move {
        let text = listener.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), listener))
    }));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would gather events otherwise.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// The place behind the event of that id; `None`: it is of another era, or no id.
fn place_after(id: &str, era: u64) -> Option<u64> {
    let (of_era, number) = id.split_once('-')?;
    (of_era.parse() == Ok(era)).then(|| number.parse::<u64>().ok()?.checked_add(1)).flatten()
}

impl Listener {
    /// What to send next; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        let mut text = String::new();
        if !self.greeted {
            self.greeted = true;
            let _ = write!(text, "retry: {RETRY_MS}\n\n");
        }
        loop {
            match self.hub.news(self.place, BATCH_MAX) {
                News::Events(events, behind) => {
                    let first = behind - events.len() as u64;
                    for (number, event) in (first..).zip(&events) {
                        write_event(&mut text, event, self.hub.era(), number);
                    }
                    self.place = Some(behind);
                    return Some(text);
                }
                News::Anew(sessions, next) => {
                    // The board stands for everything before it.
                    let id = next.checked_sub(1).map(|number| (self.hub.era(), number));
                    write_one(&mut text, id, "board", &Board { sessions });
                    self.place = Some(next);
                    return Some(text);
                }
                News::Nothing if !text.is_empty() => return Some(text),
                News::Nothing => {
                    let place = self.place.unwrap_or(0);
                    match tokio::time::timeout(HEARTBEAT, self.hub.wait(place)).await {
                        Ok(true) => {}
                        Ok(false) => return None,
                        Err(_) => return Some(": heartbeat\n\n".to_owned()),
                    }
                }
            }
        }
    }
}

fn write_event(text: &mut String, event: &Event, era: u64, number: u64) {
    let id = Some((era, number));
    match event {
        Event::Session(row) => write_one(text, id, "session", &**row),
        Event::Exchange(exchange) => {
            write_one(text, id, "exchange", &ExchangeDocument::of(exchange, Phase::Ended));
        }
    }
}

fn write_one(text: &mut String, id: Option<(u64, u64)>, name: &str, data: &impl Serialize) {
    // Plain structs always become JSON, which has no line break.
    let data = serde_json::to_string(data).unwrap_or_default();
    if let Some((era, number)) = id {
        let _ = writeln!(text, "id: {era}-{number}");
    }
    let _ = write!(text, "event: {name}\ndata: {data}\n\n");
}
