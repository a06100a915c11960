//! `/api/*` and `/dashboard`, as far as they exist: the records of recent exchanges.

use crate::exchange::Record;
use crate::guard;
use crate::respond;
use crate::shared::Shared;
use crate::surface::{PathText, Peer, bad_path};
use axum::extract::{Path, Request, State};
use axum::response::{Html, IntoResponse, Response};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use ironbridge_wire::{ApiError, ErrorKind};
use serde_json::json;
use std::sync::Arc;

/// Headers by which a proxy says that it speaks for someone else.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// How many records one page of the list has.
const PAGE_RECORDS_MAX: usize = 100;

/// `GET /api/exchanges`: the newest records, newest first.
pub(crate) async fn exchanges(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if let Err(error) = admit(&shared, &request) {
        return error;
    }
    let records = shared.books.newest(PAGE_RECORDS_MAX);
    let records: Vec<&Record> = records.iter().map(AsRef::as_ref).collect();
    respond::json(200, &json!({"data": records}))
}

/// `GET /api/exchanges/{x-request-id}`: one record, or 404.
pub(crate) async fn exchange(
    State(shared): State<Arc<Shared>>,
    id: PathText,
    request: Request,
) -> Response {
    if let Err(error) = admit(&shared, &request) {
        return error;
    }
    let Ok(Path(id)) = id else { return bad_path(respond::dialect_of(request.headers())) };
    match shared.books.find(&id) {
        Some(record) => respond::json(200, &json!(*record)),
        None => refuse(
            &ApiError::new(ErrorKind::NotFound, format!("no exchange `{id}` is remembered")),
            request.headers(),
        ),
    }
}

/// `GET /token`: a provider's short-lived token, for the operator alone: of the first provider that has one.
pub(crate) async fn token(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if let Err(error) = admit_admin(&shared, &request) {
        return error;
    }
    for provider in &shared.live().providers {
        match provider.short_lived_token().await {
            Ok(Some(token)) => {
                let document = json!({"provider": provider.name(), "token": token.reveal()});
                return respond::json(200, &document);
            }
            Ok(None) => {}
            Err(error) => return refuse(&error.to_api_error(), request.headers()),
        }
    }
    let error = ApiError::new(
        ErrorKind::NotFound,
        "no provider here works with a token that could be shown",
    );
    refuse(&error, request.headers())
}

/// `GET /usage`: what is left of the quota of the first provider that has one, in GitHub's own words.
pub(crate) async fn usage(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if let Err(error) = admit(&shared, &request) {
        return error;
    }
    for provider in &shared.live().providers {
        match provider.quota().await {
            Ok(Some(quota)) => return respond::json(200, &quota.document),
            Ok(None) => {}
            Err(error) => return refuse(&error.to_api_error(), request.headers()),
        }
    }
    let error = ApiError::new(ErrorKind::NotFound, "no provider here has a quota to ask for");
    refuse(&error, request.headers())
}

/// `GET /dashboard`, until there is one.
pub(crate) async fn dashboard(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if !shared.live().settings.server.dashboard {
        let error =
            ApiError::new(ErrorKind::NotFound, "the dashboard is switched off (`--no-dashboard`)");
        return refuse(&error, request.headers());
    }
    Html(
        "<!doctype html><title>Ironbridge</title>\
         <body style=\"font:14px system-ui;max-width:40em;margin:4em auto\">\
         <h1>Ironbridge</h1>\
         <p>The live dashboard comes with a later version. Until then: \
         <a href=\"/api/exchanges\">/api/exchanges</a>, <a href=\"/token-stats\">/token-stats</a>, \
         <a href=\"/metrics\">/metrics</a>.</p>",
    )
    .into_response()
}

/// From this machine the API is open; from anywhere else it wants the admin token. What comes in by a configured domain
/// came through a proxy, whose own address says nothing.
#[expect(clippy::result_large_err, reason = "the error is the response itself")]
pub(crate) fn admit(shared: &Shared, request: &Request) -> Result<(), Response> {
    let local = request.extensions().get::<Peer>().is_some_and(|peer| peer.0.ip().is_loopback());
    let by_name = guard::host_of(request.uri(), request.headers());
    let direct = by_name.is_some_and(|name| guard::is_loopback(&name));
    // A reverse proxy on this machine is not the one who asks.
    let proxied = FORWARDED.iter().any(|name| request.headers().contains_key(*name));
    if local && direct && !proxied && shared.local.ip().is_loopback() {
        return Ok(());
    }
    admit_admin(shared, request)
}

/// Wants the admin token from everyone.
#[expect(clippy::result_large_err, reason = "the error is the response itself")]
pub(crate) fn admit_admin(shared: &Shared, request: &Request) -> Result<(), Response> {
    let live = shared.live();
    let Some(token) = &live.settings.server.admin_token else {
        let error = ApiError::new(
            ErrorKind::Permission,
            "this wants the admin token; set `admin_token` in the config's [server] to use it from here",
        );
        return Err(refuse(&error, request.headers()));
    };
    if given_token(request.headers()).is_some_and(|given| same(given, token.reveal())) {
        return Ok(());
    }
    let error = ApiError::new(
        ErrorKind::Authentication,
        "send the admin token as `authorization: Bearer …`",
    );
    Err(refuse(&error, request.headers()))
}

fn refuse(error: &ApiError, headers: &HeaderMap) -> Response {
    respond::error(error, respond::dialect_of(headers), &crate::identity::request_id())
        .into_response()
}

fn given_token(headers: &HeaderMap) -> Option<&str> {
    if let Some(key) = headers.get("x-api-key") {
        return key.to_str().ok();
    }
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
fn same(given: &str, wanted: &str) -> bool {
    let (given, wanted) = (given.as_bytes(), wanted.as_bytes());
    given.len() == wanted.len()
        && given.iter().zip(wanted).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}
