//! Room five: the request goes up, the reply comes down.
//!
//! Targets are tried in order. Another one is tried only while the client has seen nothing: after a network error, a
//! 429, a bad key or a 5xx, or when a stream breaks before its first content ([`crate::passage`]).

use crate::accept;
use crate::attempt::{Attempted, Failure, attempt};
use crate::exchange::{Cause, Exchange};
use crate::respond;
use crate::route::Route;
use crate::settings::{On429, OnDisconnect};
use crate::shared::{Live, Shared};
use axum::body::Body;
use axum::response::Response;
use http::header::RETRY_AFTER;
use ironbridge_wire::{ApiError, ErrorKind};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// The longest `Retry-After` that a request waits out under `on_429 = "wait"`.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Walks an exchange through the rooms from its body on.
pub(crate) async fn walk(shared: Arc<Shared>, mut exchange: Exchange, body: Body) -> Response {
    let live = shared.live();
    let server = &live.settings.server;
    if let Err(error) = accept::body(&mut exchange, body, &server.limits).await {
        return exchange.refuse(&error);
    }
    let route = live.routes.route(&exchange.model, &live.providers).await;
    match shared.admission.place(&exchange.fairness_key, &server.limits).await {
        Ok(place) => exchange.account.hold(place),
        Err(error) => return exchange.refuse(&error),
    }
    let gone = exchange.account.gone();
    let on_disconnect = server.on_disconnect;
    let relayed = relay(shared.clone(), live, exchange, route);
    match on_disconnect {
        OnDisconnect::Cancel => relayed.await,
        OnDisconnect::Drain => beside(&shared, relayed, gone).await,
    }
}

/// Runs `relayed` as a task of its own, so that it goes on when the client leaves and this future is dropped.
async fn beside(
    shared: &Shared,
    relayed: impl Future<Output = Response> + Send + 'static,
    gone: Arc<AtomicBool>,
) -> Response {
    struct Watch(Option<Arc<AtomicBool>>);
    impl Drop for Watch {
        fn drop(&mut self) {
            if let Some(gone) = &self.0 {
                gone.store(true, Ordering::Relaxed);
            }
        }
    }
    let (sender, receiver) = oneshot::channel();
    shared.tasks.spawn(async move {
        // A client that has gone leaves the reply to be dropped, and a stream then drains itself.
        let _ = sender.send(relayed.await);
    });
    let mut watch = Watch(Some(gone));
    let response = receiver.await;
    watch.0 = None;
    response.unwrap_or_else(|_| {
        let error = ApiError::new(
            ErrorKind::Internal,
            "the exchange was broken off by a fault of the gateway",
        );
        respond::json(error.status(), &error.body(ironbridge_wire::Dialect::Chat, ""))
    })
}

/// Tries the targets of a route in order.
async fn relay(
    shared: Arc<Shared>,
    live: Arc<Live>,
    mut exchange: Exchange,
    route: Route,
) -> Response {
    let mut waits_left = u32::from(live.settings.server.on_429 == On429::Wait);
    loop {
        let mut worst: Option<Failure> = None;
        let targets = route.targets.len();
        for (number, target) in route.targets.iter().enumerate() {
            if let Some(rest) = target.provider.cooling(target.model(&exchange.model)) {
                // What another target said goes before what this one said a while ago.
                worst.get_or_insert_with(|| cooling(target.provider.name(), rest));
                continue;
            }
            let alternatives = number + 1 < targets;
            match attempt(&shared, exchange, target, route.strict, alternatives).await {
                Attempted::Done(response) => return response,
                Attempted::Failed(returned, failure) => {
                    exchange = returned;
                    worst = Some(failure);
                }
            }
        }
        let failure = worst.unwrap_or_else(no_target);
        if waits_left > 0
            && failure.error.kind == ErrorKind::RateLimit
            && let Some(rest) = failure.retry_after.filter(|rest| *rest <= WAIT_MAX)
        {
            waits_left -= 1;
            tokio::time::sleep(rest).await;
            continue;
        }
        return failure.deliver(exchange);
    }
}

/// A target that asked to be left alone, and is.
fn cooling(provider: &str, rest: Duration) -> Failure {
    let seconds = rest.as_secs() + u64::from(rest.subsec_nanos() > 0);
    let error = ApiError::new(
        ErrorKind::RateLimit,
        format!("provider `{provider}` asked to be left alone for another {seconds} s"),
    )
    .with_code("provider_cooling_down");
    let mut failure = Failure::of(error, Cause::Refused);
    failure.headers.insert(RETRY_AFTER, seconds.into());
    failure.retry_after = Some(rest);
    failure
}

fn no_target() -> Failure {
    Failure::of(ApiError::new(ErrorKind::NotFound, "no provider serves this model"), Cause::Refused)
}
