//! `/api/exchanges/{id}/request` and `…/reply`: what was said, as it was kept: without secrets, for a time.
//!
//! Only the admin token opens them. Who may look at costs need not see what was written.

use crate::asked::Named;
use crate::door::Role;
use crate::exchanges::shown;
use crate::failure::{ErrorDocument, Failure};
use crate::surface::Shared;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use ironbridge_ledger::{Bodies, KeptBodies, Packed};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Which bodies of an exchange are kept.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[schema(as = KeptBodies)]
pub(crate) struct KeptDocument {
    /// Until when.
    until_ms: u64,
    /// Whether the client's request is.
    request: bool,
    /// Whether the reply is.
    reply: bool,
}

impl From<KeptBodies> for KeptDocument {
    fn from(kept: KeptBodies) -> Self {
        let KeptBodies { until_ms, request, reply } = kept;
        KeptDocument { until_ms, request, reply }
    }
}

/// The client's request, where bodies are kept (`ledger.bodies`); secrets in it are masked.
#[utoipa::path(get, path = "/api/exchanges/{id}/request", operation_id = "request_body", tag = "exchanges",
    params(("id" = String, Path, description = "The exchange's id.")), responses(
    (status = 200, description = "As the client sent it, but for secrets; up to 64 MiB.", body = serde_json::Value),
    (status = 401, body = ErrorDocument), (status = 403, body = ErrorDocument),
    (status = 404, body = ErrorDocument), (status = 503, body = ErrorDocument),
))]
pub(crate) async fn request(
    State(shared): State<Arc<Shared>>,
    Extension(role): Extension<Role>,
    Named(id): Named,
) -> Result<Response, Failure> {
    body(&shared, role, id, "request", |bodies| bodies.request).await
}

/// The reply, where bodies are kept; one that was streamed as if it had come in one piece.
#[utoipa::path(get, path = "/api/exchanges/{id}/reply", operation_id = "reply_body", tag = "exchanges",
    params(("id" = String, Path, description = "The exchange's id.")), responses(
    (status = 200, description = "As the client got it, but for secrets; up to 64 MiB.", body = serde_json::Value),
    (status = 401, body = ErrorDocument), (status = 403, body = ErrorDocument),
    (status = 404, body = ErrorDocument), (status = 503, body = ErrorDocument),
))]
pub(crate) async fn reply(
    State(shared): State<Arc<Shared>>,
    Extension(role): Extension<Role>,
    Named(id): Named,
) -> Result<Response, Failure> {
    body(&shared, role, id, "reply", |bodies| bodies.reply).await
}

async fn body(
    shared: &Shared,
    role: Role,
    id: String,
    which: &str,
    side: fn(Bodies) -> Option<Packed>,
) -> Result<Response, Failure> {
    if role != Role::Admin {
        let message = "what was said is shown to the bearer of the admin token only";
        return Err(Failure::Forbidden(message.to_owned()));
    }
    let of_ledger = id.clone();
    let text = shared.console.ledger.ask(move |store| {
        // Unpacked here as well: up to 64 MiB, on a thread that may take its time.
        Ok(store.bodies(&of_ledger)?.and_then(side).and_then(|packed| packed.text()))
    });
    let text = text.await?.ok_or_else(|| {
        Failure::NotFound(format!(
            "the {which} of `{}` is not kept; `ledger.bodies` in the config keeps those to come, for a time",
            shown(&id)
        ))
    })?;
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text).into_response())
}
