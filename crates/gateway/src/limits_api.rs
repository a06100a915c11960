//! `/api/limits`: how the rates, the interval and tired upstreams stand.

use crate::cooling::Lane;
use crate::exchange::millis;
use crate::rates::LimitKey;
use crate::respond;
use crate::shared::{Live, Shared};
use axum::extract::{Request, State};
use axum::response::Response;
use http_body_util::{BodyExt, Limited};
use ironbridge_limit::Standing;
use ironbridge_wire::{ApiError, ErrorKind};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;

/// The largest body of a reset, in bytes.
const RESET_BYTES_MAX: usize = 4096;

/// The most limits and the most tired upstreams that are shown.
const SHOWN_MAX: usize = 100;

/// `GET /api/limits`.
pub(crate) async fn limits(State(shared): State<Arc<Shared>>) -> Response {
    let live = shared.live();
    let (server, rates) = (&live.settings.server, &shared.admission.rates);
    let models: Vec<Value> = live
        .rate_limits
        .iter()
        .take(SHOWN_MAX)
        .map(|limit| {
            let now = rates.standing(limit);
            json!({
                "match": &*limit.pattern,
                "requests": now.requests.as_ref().map(standing),
                "tokens": now.tokens.as_ref().map(standing),
            })
        })
        .collect();
    let statistics = rates.statistics();
    let (running, place) = shared.admission.places.load();
    let document = json!({
        "rates": {
            "granted": {"requests": statistics.granted.requests, "tokens": statistics.granted.tokens},
            "refused": {"requests": statistics.refused.requests, "tokens": statistics.refused.tokens},
            "crowded": statistics.crowded,
            "buckets": statistics.keys,
            "models": models,
        },
        "interval": {
            "spacing_ms": server.interval.map(millis),
            "wait": server.wait,
            "waiting": shared.admission.pace.waiting(),
        },
        "places": {
            "running": running, "waiting": place, "concurrency_max": server.limits.concurrency_max,
        },
        "cooling": cooling(&shared, &live),
    });
    respond::json(200, &document)
}

/// What wants to be left alone: first what is waited for, then what nobody waits for.
fn cooling(shared: &Shared, live: &Live) -> Vec<Value> {
    let lines = shared.cooling.all();
    let waited_for: HashSet<Arc<Lane>> = lines.iter().map(|(rest, _)| rest.lane.clone()).collect();
    let lines = lines.into_iter().map(|(rest, waiting)| (rest.remaining(), rest.lane, waiting));
    let others = live.providers.iter().flat_map(|provider| {
        provider.resting().into_iter().map(|(account, model, rest)| {
            (rest, Arc::new(Lane { provider: provider.name().to_owned(), account, model }), 0)
        })
    });
    let others = others.filter(|(_, lane, _)| !waited_for.contains(lane));
    let shown = lines.chain(others).take(SHOWN_MAX).map(|(rest, lane, waiting)| {
        json!({
            "provider": lane.provider, "model": lane.model, "rest_ms": millis(rest),
            "waiting": waiting,
        })
    });
    shown.collect()
}

fn standing(standing: &Standing) -> Value {
    json!({
        "limit": standing.limit, "remaining": standing.remaining, "reset_ms": millis(standing.reset),
    })
}

/// Whose use is forgotten.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Reset {
    /// Of every client key and model.
    All(True),
    /// Of a client key, by its id.
    Key(String),
    /// Of a `[[limit]]`, by its `match`.
    Models(String),
}

/// `true` and nothing else: an order that is not meant must not be carried out.
#[derive(Deserialize)]
#[serde(try_from = "bool")]
struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, Self::Error> {
        if value { Ok(True) } else { Err("expected true") }
    }
}

/// `POST /api/limits/reset`: forgets what one client key or model, or all, used. What runs no longer counts.
pub(crate) async fn reset(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let dialect = respond::dialect_of(request.headers());
    match read_reset(request).await {
        Ok(reset) => {
            let rates = &shared.admission.rates;
            let had_used = match reset {
                Reset::All(True) => {
                    rates.reset_all();
                    true
                }
                Reset::Key(id) => rates.reset(&LimitKey::Client(id)),
                Reset::Models(pattern) => rates.reset(&LimitKey::Models(pattern.into())),
            };
            respond::json(200, &json!({"reset": had_used}))
        }
        Err(error) => respond::error(&error, dialect, &crate::identity::request_id()),
    }
}

async fn read_reset(request: Request) -> Result<Reset, ApiError> {
    let body = Limited::new(request.into_body(), RESET_BYTES_MAX).collect().await;
    let body = body.map_err(|error| {
        ApiError::new(ErrorKind::InvalidRequest, format!("the body cannot be read: {error}"))
    })?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| {
        let message = format!(
            "send {{\"all\":true}}, {{\"key\":\"ID\"}} or {{\"models\":\"PATTERN\"}}: {error}"
        );
        ApiError::new(ErrorKind::InvalidRequest, message)
    })
}
