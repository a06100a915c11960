//! Exchanges that wait out an upstream's rest: part of room five.
//!
//! A request for a reply in one piece simply waits. A stream begins at once, so that the client sees signs of life, and
//! when it goes on: comments say it in words. Once the upstream takes the request its stream follows; if it ends in an
//! error after all, that is told in the stream, since the head is gone.

use crate::cooling::{self, NoTurn, Rest, WAIT_MAX};
use crate::exchange::{Cause, Exchange, LimitedBy};
use crate::failure::Failure;
use crate::passage::ping;
use crate::relay::{Round, round};
use crate::respond;
use crate::route::Route;
use crate::shared::Shared;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http_body_util::BodyExt;
use ironbridge_upstream::{BoxFuture, seconds_up};
use ironbridge_wire::Dialect;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// An exchange that none of its targets takes now.
pub(crate) struct Parked {
    pub(crate) exchange: Exchange,
    pub(crate) route: Route,
    /// What the client gets when it cannot wait.
    pub(crate) failure: Failure,
    /// What it waits for.
    pub(crate) rest: Rest,
}

/// What an exchange waits for now; `None` while it is being sent.
type Awaited = watch::Sender<Option<Rest>>;

/// The reply to a parked exchange, in whichever form was asked for.
pub(crate) async fn reply(shared: Arc<Shared>, parked: Parked) -> Response {
    if parked.exchange.stream {
        begin_stream(shared, parked)
    } else {
        wait_out(shared, parked, watch::Sender::new(None)).await
    }
}

/// Waits for turns until a target takes the exchange, or it has waited for too long.
async fn wait_out(shared: Arc<Shared>, parked: Parked, awaited: Awaited) -> Response {
    let Parked { mut exchange, route, mut failure, mut rest } = parked;
    let deadline = Instant::now() + WAIT_MAX;
    loop {
        awaited.send_replace(Some(rest.clone()));
        let began = Instant::now();
        // A turn that was had at something else ends here.
        exchange.turn = None;
        let turn = cooling::turn(&shared, &rest, &exchange.fairness_key, deadline).await;
        awaited.send_replace(None);
        if !matches!(turn, Err(NoTurn::NoRoom)) {
            exchange.account.note(|record| record.note_wait(LimitedBy::Cooldown, began.elapsed()));
        }
        match turn {
            Ok(turn) => exchange.turn = Some(turn),
            Err(NoTurn::Shutdown(stopped)) => return exchange.fail(Cause::Shutdown, &stopped),
            Err(NoTurn::NoRoom) => {
                failure.limited_by = Some(LimitedBy::Cooldown);
                return failure.deliver(exchange);
            }
            Err(NoTurn::TooLong) => {
                let rest = shared.cooling.rest(&rest.lane).unwrap_or(rest);
                return failure.with_retry_after(rest.remaining()).deliver(exchange);
            }
        }
        match round(&shared, exchange, &route).await {
            Round::Done(response) => return response,
            Round::Failed(returned, last) => (exchange, failure) = (returned, last),
        }
        match failure.rest.clone() {
            Some(next) => rest = next,
            None => return failure.deliver(exchange),
        }
    }
}

/// The head of a stream that goes on when the exchange is taken.
fn begin_stream(shared: Arc<Shared>, mut parked: Parked) -> Response {
    let exchange = &mut parked.exchange;
    exchange.begun = true;
    exchange.account.note(|record| record.status = 200);
    let (dialect, id) = (exchange.dialect, exchange.id.clone());
    let awaited = Awaited::new(Some(parked.rest.clone()));
    let waiting = Waiting {
        dialect,
        keep_alive: shared.live().settings.server.keep_alive,
        awaited: awaited.subscribe(),
        told: false,
        shared: shared.clone(),
        state: State::Waiting(Box::pin(wait_out(shared, parked, awaited))),
    };
    let frames = stream::unfold(waiting, |mut waiting| async move {
        let bytes = waiting.next().await?;
        Some((bytes, waiting))
    });
    let mut response = Response::new(Body::from_stream(frames));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    respond::sign(headers, dialect, &id);
    response
}

/// The body of such a stream.
struct Waiting {
    dialect: Dialect,
    keep_alive: Duration,
    awaited: watch::Receiver<Option<Rest>>,
    /// Whether the client has been told that it waits.
    told: bool,
    shared: Arc<Shared>,
    state: State,
}

enum State {
    Waiting(BoxFuture<'static, Response>),
    Passing(Body),
}

impl Waiting {
    /// What to send next; `None` at the end.
    async fn next(&mut self) -> Option<Result<Bytes, axum::Error>> {
        if let State::Waiting(outcome) = &mut self.state {
            if !self.told {
                self.told = true;
                return Some(Ok(self.sign_of_life()));
            }
            tokio::select! {
                biased;
                response = outcome => self.state = State::Passing(response.into_body()),
                () = tokio::time::sleep(self.keep_alive) => return Some(Ok(self.sign_of_life())),
            }
        }
        loop {
            let State::Passing(body) = &mut self.state else { return None };
            match body.frame().await? {
                // Trailers are none of a stream of events.
                Ok(frame) => match frame.into_data() {
                    Ok(bytes) => return Some(Ok(bytes)),
                    Err(_) => continue,
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// A ping, with a comment that says what is waited for and for how long at least.
    fn sign_of_life(&self) -> Bytes {
        let Some(rest) = self.awaited.borrow().clone() else { return ping(self.dialect) };
        // Others may have been told of a longer one meanwhile.
        let rest = self.shared.cooling.rest(&rest.lane).unwrap_or(rest);
        let seconds = seconds_up(rest.remaining());
        let mut bytes = format!(": waiting for {} to recover, {seconds} s\n", rest.lane.provider);
        bytes.push_str(&String::from_utf8_lossy(&ping(self.dialect)));
        bytes.into()
    }
}
