//! Room five: the request goes up, the reply comes down.
//!
//! Targets are tried in order. Another one is tried only while the client has seen nothing: after a network error, a
//! 429, a bad key or a 5xx, or when a stream breaks before its first content ([`crate::passage`]).

use crate::admit::admit;
use crate::attempt::{Attempted, attempt};
use crate::class::RequestClass;
use crate::conversation::Conversation;
use crate::cooling::Rest;
use crate::exchange::{Cause, Exchange};
use crate::failure::Failure;
use crate::live::Phase;
use crate::parked::{self, Parked};
use crate::respond;
use crate::route::{Route, Target};
use crate::settings::{DRAIN_TIME_MAX, On429, OnDisconnect};
use crate::shared::{Live, Shared};
use crate::{accept, models};
use axum::body::Body;
use axum::response::Response;
use ironbridge_upstream::Endpoint;
use ironbridge_wire::{ApiError, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot;

/// Walks an exchange through the rooms from its body on.
pub(crate) async fn walk(shared: Arc<Shared>, mut exchange: Exchange, body: Body) -> Response {
    let live = shared.live();
    let route = match let_in(&shared, &live, &mut exchange, body).await {
        Ok(route) => route,
        Err(failure) => return failure.deliver(exchange),
    };
    let server = &live.settings.server;
    exchange.patient = server.on_429 == On429::Wait;
    exchange.drains = server.on_disconnect == OnDisconnect::Drain;
    match round(&shared, exchange, &route).await {
        Round::Done(response) => response,
        Round::Failed(exchange, failure) => match failure.rest.clone() {
            Some(rest) => {
                Box::pin(parked::reply(shared, Parked { exchange, route, failure, rest })).await
            }
            None => failure.deliver(exchange),
        },
    }
}

/// The first three rooms: reads the body, finds the targets, waits until it may go on.
pub(crate) async fn let_in(
    shared: &Shared,
    live: &Live,
    exchange: &mut Exchange,
    body: Body,
) -> Result<Route, Failure> {
    let limits = &live.settings.server.limits;
    let session = exchange.session.clone();
    let through_the_door = async {
        let refused = |error| Failure::of(error, Cause::Refused);
        accept::body(exchange, body, limits).await.map_err(refused)?;
        exchange.account.show(Phase::Waiting);
        if let Some(key) = &exchange.client_key {
            models::may_use(key, &exchange.model).map_err(refused)?;
        }
        shared.held.let_through(session.as_deref()).await.map_err(refused)?;
        let route = live.routes.route(&exchange.model, &live.providers).await;
        admit(shared, live, exchange, &route).await?;
        converse(shared, live, exchange);
        Ok(route)
    };
    match shared.unless_aborted(&session, through_the_door).await {
        Ok(let_in) => let_in,
        Err(broken) => Err(Failure::of(broken.error, broken.cause)),
    }
}

/// Has the request hashed, and packed, for the ledger while its reply is awaited. A probe for quota is no conversation.
fn converse(shared: &Shared, live: &Live, exchange: &mut Exchange) {
    let Some(dialect) = exchange.endpoint.dialect().filter(|_| exchange.endpoint.streams()) else {
        return;
    };
    if !shared.books.has_ledger() || exchange.class == Some(RequestClass::Quota) {
        return;
    }
    let conversation = Arc::new(Conversation::new(
        exchange.body.clone(),
        dialect,
        live.settings.server.bodies_kept,
    ));
    exchange.account.converse(conversation.clone());
    if conversation.is_long() {
        shared.tasks.spawn(async move {
            // Of a panic the end of the exchange would tell, which then hashes itself.
            let _ = tokio::task::spawn_blocking(move || conversation.prepare()).await;
        });
    }
}

/// What came of trying all targets.
#[expect(clippy::large_enum_variant, reason = "made once and taken apart at once")]
pub(crate) enum Round {
    /// The client has its reply.
    Done(Response),
    /// None did. Where waiting helps, the failure has the rest that is over first.
    Failed(Exchange, Failure),
}

/// Tries the targets of a route. Dropped, it ends with the client, or goes on for the books alone
/// (`on_disconnect = "drain"`).
pub(crate) async fn round(shared: &Arc<Shared>, exchange: Exchange, route: &Route) -> Round {
    if exchange.drains {
        Box::pin(beside(shared, exchange, route.clone())).await
    } else {
        in_order(shared, exchange, route).await
    }
}

/// Runs a round as a task of its own, so that it goes on when the client leaves and this future is dropped: for
/// [`DRAIN_TIME_MAX`] at most.
async fn beside(shared: &Arc<Shared>, exchange: Exchange, route: Route) -> Round {
    struct Watch(Option<Arc<AtomicBool>>);
    impl Drop for Watch {
        fn drop(&mut self) {
            if let Some(gone) = &self.0 {
                gone.store(true, Ordering::Relaxed);
            }
        }
    }
    let (dialect, begun) = (exchange.dialect, exchange.begun);
    let mut watch = Watch(Some(exchange.account.gone()));
    let (mut sender, receiver) = oneshot::channel();
    let task_shared = shared.clone();
    shared.tasks.spawn(async move {
        let too_long = async {
            sender.closed().await;
            tokio::time::sleep(DRAIN_TIME_MAX).await;
        };
        let round = tokio::select! {
            round = in_order(&task_shared, exchange, &route) => round,
            () = too_long => return,
        };
        // A client that has gone leaves the reply to be dropped, and a stream then drains itself.
        let _ = sender.send(round);
    });
    let round = receiver.await;
    watch.0 = None;
    round.unwrap_or_else(|_| {
        let error = ApiError::new(
            ErrorKind::Internal,
            "the exchange was broken off by a fault of the gateway",
        );
        Round::Done(if begun {
            respond::stream_error(&error, dialect)
        } else {
            respond::json(error.status(), &error.body(dialect, ""))
        })
    })
}

/// Tries the targets of a route in order.
async fn in_order(shared: &Arc<Shared>, mut exchange: Exchange, route: &Route) -> Round {
    let mut worst: Option<Failure> = None;
    let mut soonest: Option<Rest> = None;
    let targets = targets_of(route, exchange.endpoint);
    for (number, target) in targets.iter().enumerate() {
        let alternatives = number + 1 < targets.len();
        // In a box of its own, as the other long ways: what holds a future holds the room for it, and is moved with it.
        match Box::pin(attempt(shared, exchange, target, route.strict, alternatives)).await {
            Attempted::Done(response) => return Round::Done(response),
            Attempted::Failed(returned, mut failure) => {
                exchange = returned;
                let rest = failure.rest.take();
                let sooner = |rest: &Rest| soonest.as_ref().is_none_or(|s| rest.until < s.until);
                soonest = rest.filter(sooner).or(soonest);
                if !failure.said_before || worst.is_none() {
                    worst = Some(failure);
                }
            }
        }
    }
    let mut failure = worst.unwrap_or_else(|| no_target(&exchange));
    if failure.error.kind == ErrorKind::RateLimit {
        failure.rest = soonest;
    }
    Round::Failed(exchange, failure)
}

/// The targets that can be asked at all: any for a reply, since it can be translated; else those with the endpoint.
fn targets_of(route: &Route, endpoint: Endpoint) -> Vec<&Target> {
    let can = |target: &&Target| endpoint.streams() || target.provider.serves(endpoint);
    route.targets.iter().filter(can).collect()
}

fn no_target(exchange: &Exchange) -> Failure {
    let (model, endpoint) = (&exchange.model, exchange.endpoint.name());
    let message = format!("no provider that serves `{model}` has {endpoint}");
    let error = ApiError::new(ErrorKind::NotFound, message).with_param("/model");
    Failure::of(error, Cause::Refused)
}
