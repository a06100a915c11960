//! `/api/sessions`: the live board, and what the operator does to a session.

use crate::asked::Named;
use crate::board::{HeldDocument, SessionRow};
use crate::exchanges::shown;
use crate::failure::{ErrorDocument, Failure};
use crate::place::{Held, PlaceError};
use crate::surface::Shared;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The sessions of this gateway, since it started.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sessions {
    /// The one of which something happened last first.
    data: Vec<SessionRow>,
}

/// What came of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Standing {
    /// The session.
    id: String,
    /// How it is held now; null: not at all.
    held: Option<HeldDocument>,
    /// Whether the order changed anything.
    changed: bool,
}

/// The sessions that this gateway has served since it started, at most 500.
#[utoipa::path(get, path = "/api/sessions", operation_id = "list_sessions", tag = "live", responses(
    (status = 200, body = Sessions), (status = 401, body = ErrorDocument),
))]
pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Json<Sessions> {
    let mut data = shared.console.hub.sessions();
    data.sort_by(|one, other| (other.last_ms, &one.id).cmp(&(one.last_ms, &other.id)));
    Json(Sessions { data })
}

/// Lets a session's further requests wait; those under way go on.
#[utoipa::path(post, path = "/api/sessions/{id}/pause", tag = "live",
    params(("id" = String, Path, description = "As its client names it.")), responses(
    (status = 200, body = Standing), (status = 400, body = ErrorDocument), (status = 401, body = ErrorDocument),
    (status = 403, body = ErrorDocument), (status = 404, body = ErrorDocument),
    (status = 409, body = ErrorDocument), (status = 415, body = ErrorDocument),
))]
pub(crate) async fn pause(
    State(shared): State<Arc<Shared>>,
    Named(id): Named,
) -> Result<Json<Standing>, Failure> {
    hold(&shared, id, Some(Held::Paused))
}

/// Breaks off a session's requests and refuses further ones.
#[utoipa::path(post, path = "/api/sessions/{id}/stop", tag = "live",
    params(("id" = String, Path, description = "As its client names it.")), responses(
    (status = 200, body = Standing), (status = 400, body = ErrorDocument), (status = 401, body = ErrorDocument),
    (status = 403, body = ErrorDocument), (status = 404, body = ErrorDocument),
    (status = 409, body = ErrorDocument), (status = 415, body = ErrorDocument),
))]
pub(crate) async fn stop(
    State(shared): State<Arc<Shared>>,
    Named(id): Named,
) -> Result<Json<Standing>, Failure> {
    hold(&shared, id, Some(Held::Stopped))
}

/// Lets a session go on that was paused or stopped.
#[utoipa::path(post, path = "/api/sessions/{id}/resume", tag = "live",
    params(("id" = String, Path, description = "As its client names it.")), responses(
    (status = 200, body = Standing), (status = 400, body = ErrorDocument), (status = 401, body = ErrorDocument),
    (status = 403, body = ErrorDocument), (status = 404, body = ErrorDocument),
    (status = 409, body = ErrorDocument), (status = 415, body = ErrorDocument),
))]
pub(crate) async fn resume(
    State(shared): State<Arc<Shared>>,
    Named(id): Named,
) -> Result<Json<Standing>, Failure> {
    hold(&shared, id, None)
}

fn hold(shared: &Shared, id: String, held: Option<Held>) -> Result<Json<Standing>, Failure> {
    let (place, hub) = (&shared.console.place, &shared.console.hub);
    let is_known = hub.sessions().iter().any(|row| row.named && row.id == id);
    if !is_known && !place.held().contains_key(&id) {
        let message = format!("no session `{}` has been served here", shown(&id));
        return Err(Failure::NotFound(message));
    }
    let changed = place.hold(&id, held).map_err(|error| match error {
        PlaceError::NoGateway | PlaceError::Refused(_) => Failure::Conflict(error.to_string()),
    })?;
    let held = held.map(|held| match held {
        Held::Paused => HeldDocument::Paused,
        Held::Stopped => HeldDocument::Stopped,
    });
    hub.hold(&id, held);
    Ok(Json(Standing { id, held, changed }))
}
