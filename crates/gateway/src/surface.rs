//! The HTTP surface: which path leads where.

use crate::access::Access;
use crate::client_key::ClientKey;
use crate::exchange::Exchange;
use crate::metrics::Waiting;
use crate::shared::{Phase, Shared};
use crate::{accept, api, count, door, identity, limits_api, models, relay, respond};
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use ironbridge_upstream::Endpoint;
use ironbridge_wire::{ApiError, Dialect, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

/// The client's end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

type Gateway = State<Arc<Shared>>;

/// Every route of DESIGN §6.2 that exists so far, in groups by who may use it. A console has a door of its own.
pub(crate) fn router(shared: Arc<Shared>, console: Option<Router>) -> Router {
    let groups = [
        (Access::Open, open()),
        (Access::Client, dialects().fallback(not_found)),
        (
            Access::Operator,
            operation().merge(if console.is_some() { Router::new() } else { records() }),
        ),
        (Access::Admin, administration()),
    ];
    groups
        .into_iter()
        .fold(Router::new(), |all, (access, routes)| {
            let routes = routes.method_not_allowed_fallback(wrong_method);
            all.merge(door::behind(routes, access, &shared))
        })
        .with_state(shared)
        .merge(console.unwrap_or_default())
}

/// What says only that a gateway is there.
fn open() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(root))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
}

/// The dialects.
fn dialects() -> Router<Arc<Shared>> {
    let mut routes = Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/messages/count_tokens", post(count_tokens));
    // OpenAI clients are configured with and without `/v1` in their base URL.
    for prefix in ["", "/v1"] {
        routes = routes
            .route(&format!("{prefix}/chat/completions"), post(chat))
            .route(&format!("{prefix}/responses"), post(responses))
            .route(&format!("{prefix}/embeddings"), post(embed))
            .route(&format!("{prefix}/models"), get(list_models))
            // Model names of routers hold slashes (`meta-llama/llama-3`).
            .route(&format!("{prefix}/models/{{*id}}"), get(one_model));
    }
    routes
}

/// What is the operator's business.
fn operation() -> Router<Arc<Shared>> {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/token-stats", get(token_stats))
        .route("/usage", get(api::usage))
        .route("/api/limits", get(limits_api::limits))
}

/// What a gateway without a console tells of its last exchanges.
fn records() -> Router<Arc<Shared>> {
    Router::new()
        .route("/dashboard", get(api::dashboard))
        .route("/api/exchanges", get(api::exchanges))
        .route("/api/exchanges/{id}", get(api::exchange))
}

/// What not even everyone on this machine may do.
fn administration() -> Router<Arc<Shared>> {
    Router::new()
        .route("/token", get(api::token))
        .route("/api/limits/reset", post(limits_api::reset))
}

/// The dialect that a path belongs to, for the form of its errors.
pub(crate) fn dialect_of_path(path: &str) -> Option<Dialect> {
    let path = path.strip_prefix("/v1").unwrap_or(path);
    match path {
        "/messages" | "/messages/count_tokens" => Some(Dialect::Messages),
        "/chat/completions" | "/embeddings" => Some(Dialect::Chat),
        "/responses" => Some(Dialect::Responses),
        _ => None,
    }
}

async fn messages(State(shared): Gateway, request: Request) -> Response {
    ask(shared, request, Dialect::Messages).await
}

async fn chat(State(shared): Gateway, request: Request) -> Response {
    ask(shared, request, Dialect::Chat).await
}

async fn responses(State(shared): Gateway, request: Request) -> Response {
    ask(shared, request, Dialect::Responses).await
}

/// A request for a reply of a model: the seven rooms.
async fn ask(shared: Arc<Shared>, request: Request, dialect: Dialect) -> Response {
    let (exchange, body) = enter(&shared, request, dialect, Endpoint::of(dialect));
    // axum moves a handler's future several times before it is polled; a box makes that cheap.
    Box::pin(relay::walk(shared, exchange, body)).await
}

async fn count_tokens(State(shared): Gateway, request: Request) -> Response {
    let (exchange, body) = enter(&shared, request, Dialect::Messages, Endpoint::CountTokens);
    Box::pin(count::count_tokens(shared, exchange, body)).await
}

async fn embed(State(shared): Gateway, request: Request) -> Response {
    let (exchange, body) = enter(&shared, request, Dialect::Chat, Endpoint::Embeddings);
    Box::pin(relay::walk(shared, exchange, body)).await
}

/// Begins an exchange.
fn enter(
    shared: &Arc<Shared>,
    request: Request,
    dialect: Dialect,
    endpoint: Endpoint,
) -> (Exchange, Body) {
    let peer = request.extensions().get::<Peer>().map_or(UNKNOWN_PEER, |peer| peer.0);
    let (parts, body) = request.into_parts();
    (accept::head(shared, parts, dialect, endpoint, peer), body)
}

/// Stands in where a request did not come through a socket of ours.
const UNKNOWN_PEER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

async fn list_models(State(shared): Gateway, request: Request) -> Response {
    let dialect = respond::dialect_of(request.headers());
    models::list(&shared, key_of(&request), dialect).await
}

async fn one_model(State(shared): Gateway, id: PathText, request: Request) -> Response {
    let dialect = respond::dialect_of(request.headers());
    match id {
        Ok(Path(id)) => models::one(&shared, &id, key_of(&request), dialect).await,
        Err(_) => bad_path(dialect),
    }
}

/// The client key by which a request came through the door.
fn key_of(request: &Request) -> Option<&ClientKey> {
    request.extensions().get::<Arc<ClientKey>>().map(AsRef::as_ref)
}

/// The variable part of a path, which may not be UTF-8 once it is decoded.
pub(crate) type PathText = Result<Path<String>, PathRejection>;

/// A path whose `%` sequences are no text.
pub(crate) fn bad_path(dialect: Dialect) -> Response {
    let error = ApiError::new(ErrorKind::InvalidRequest, "the path is not UTF-8");
    respond::error(&error, dialect, &identity::request_id())
}

async fn root() -> &'static str {
    "Server running"
}

async fn healthz() -> &'static str {
    "ok"
}

async fn readyz(State(shared): Gateway) -> Response {
    match shared.phase() {
        Phase::Serving => "ready".into_response(),
        Phase::Draining | Phase::Aborting => {
            (StatusCode::SERVICE_UNAVAILABLE, "shutting down").into_response()
        }
    }
}

async fn metrics(State(shared): Gateway) -> Response {
    const OPENMETRICS: HeaderValue =
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    let (running, place) = shared.admission.places.load();
    let (interval, cooldown) = (shared.admission.pace.waiting(), shared.cooling.waiting());
    let waiting = Waiting { place, interval, cooldown };
    ([(CONTENT_TYPE, OPENMETRICS)], shared.books.metrics(running, waiting)).into_response()
}

async fn token_stats(State(shared): Gateway) -> Response {
    respond::json(200, &shared.books.statistics())
}

async fn not_found(request: Request) -> Response {
    let dialect = respond::dialect_of(request.headers());
    let error = ApiError::new(
        ErrorKind::NotFound,
        format!(
            "there is no route {} {}; see docs/reference/http.md",
            request.method(),
            request.uri().path()
        ),
    );
    respond::error(&error, dialect, &identity::request_id())
}

async fn wrong_method(request: Request) -> Response {
    let path = request.uri().path();
    let dialect = dialect_of_path(path).unwrap_or_else(|| respond::dialect_of(request.headers()));
    let error = ApiError::new(
        ErrorKind::MethodNotAllowed,
        format!("{path} does not take {}; the `allow` header says what it takes", request.method()),
    );
    respond::error(&error, dialect, &identity::request_id())
}
