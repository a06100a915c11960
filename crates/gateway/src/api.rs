//! `/api/*` and `/dashboard`, as far as they exist: the records of recent exchanges.

use crate::exchange::Record;
use crate::respond;
use crate::shared::Shared;
use crate::surface::{PathText, bad_path};
use axum::extract::{Path, Request, State};
use axum::response::{Html, IntoResponse, Response};
use http::HeaderMap;
use ironbridge_wire::{ApiError, ErrorKind};
use serde_json::json;
use std::sync::Arc;

/// How many records one page of the list has.
const PAGE_RECORDS_MAX: usize = 100;

/// `GET /api/exchanges`: the newest records, newest first.
pub(crate) async fn exchanges(State(shared): State<Arc<Shared>>) -> Response {
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

fn refuse(error: &ApiError, headers: &HeaderMap) -> Response {
    respond::error(error, respond::dialect_of(headers), &crate::identity::request_id())
}
