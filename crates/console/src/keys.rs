//! `/api/keys`: the keys of the gateway's clients.

use crate::accounts::setup;
use crate::asked::{Named, Sent};
use crate::failure::{ErrorDocument, Failure};
use crate::setup::{ClientKey, Setup, SetupError, WantedKey};
use crate::surface::Shared;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The keys, in the order in which they were made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Keys {
    data: Vec<ClientKey>,
}

/// A new key.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeKey {
    key: ClientKey,
    /// What clients send. It is told this once; only its hash is kept.
    text: String,
}

/// The keys of the gateway's clients; never what would let one use them.
#[utoipa::path(get, path = "/api/keys", operation_id = "list_keys", tag = "settings", responses(
    (status = 200, body = Keys), (status = 401, body = ErrorDocument), (status = 409, body = ErrorDocument),
))]
pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Result<Json<Keys>, Failure> {
    Ok(Json(Keys { data: ask(&shared, |setup| setup.keys()).await? }))
}

/// Makes a key.
#[utoipa::path(post, path = "/api/keys", operation_id = "make_key", tag = "settings", request_body = WantedKey, responses(
    (status = 200, body = MadeKey), (status = 400, body = ErrorDocument), (status = 401, body = ErrorDocument),
    (status = 403, body = ErrorDocument), (status = 409, body = ErrorDocument), (status = 415, body = ErrorDocument),
))]
pub(crate) async fn make(
    State(shared): State<Arc<Shared>>,
    Sent(wanted): Sent<WantedKey>,
) -> Result<Json<MadeKey>, Failure> {
    let (key, text) = ask(&shared, |setup| setup.make_key(wanted)).await?;
    Ok(Json(MadeKey { key, text: text.reveal().to_owned() }))
}

/// Refuses a key from now on.
#[utoipa::path(post, path = "/api/keys/{id}/revoke", operation_id = "revoke_key", tag = "settings",
    params(("id" = String, Path, description = "The key's id.")), responses(
    (status = 200, body = ClientKey), (status = 401, body = ErrorDocument), (status = 403, body = ErrorDocument),
    (status = 404, body = ErrorDocument), (status = 409, body = ErrorDocument), (status = 415, body = ErrorDocument),
))]
pub(crate) async fn revoke(
    State(shared): State<Arc<Shared>>,
    Named(id): Named,
) -> Result<Json<ClientKey>, Failure> {
    Ok(Json(ask(&shared, move |setup| setup.revoke_key(&id)).await?))
}

/// Asks on a thread that may block.
async fn ask<T: Send + 'static>(
    shared: &Shared,
    question: impl FnOnce(&dyn Setup) -> Result<T, SetupError> + Send + 'static,
) -> Result<T, Failure> {
    let setup = setup(shared)?;
    let asked = tokio::task::spawn_blocking(move || question(setup.as_ref()));
    Ok(asked.await.map_err(|_| Failure::Fault)??)
}
