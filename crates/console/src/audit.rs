//! `/api/audit`: what was done through the console, by whom, and what came of it.
//!
//! The last ones are in memory; all of them are in the log, under the target `audit`.

use crate::door::Role;
use crate::failure::ErrorDocument;
use crate::hub::now_ms;
use crate::surface::Shared;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use utoipa::ToSchema;

/// The most deeds that are remembered.
pub const DEEDS_MAX: usize = 1000;

/// The longest path that is remembered, in bytes.
const PATH_BYTES_MAX: usize = 300;

/// How one was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KnownBy {
    /// As somebody on this machine.
    ThisMachine,
    /// By a token.
    Token,
    /// By the cookie that was given for a token.
    Cookie,
}

/// Something that was done, or tried.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Deed {
    at_ms: u64,
    known_by: KnownBy,
    role: Role,
    /// The address it came from.
    from: Option<String>,
    /// Method and path: `POST /api/sessions/s-1/stop`.
    what: String,
    /// The HTTP status of the answer.
    status: u16,
}

/// What was done, the last first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deeds {
    /// Since the process started, at most 1,000.
    data: Vec<Deed>,
}

/// The last deeds.
#[derive(Debug, Default)]
pub(crate) struct Audit(Mutex<VecDeque<Deed>>);

impl Audit {
    pub(crate) fn note(
        &self,
        (role, known_by): (Role, KnownBy),
        from: Option<SocketAddr>,
        what: &str,
        status: u16,
    ) {
        let end = what.floor_char_boundary(PATH_BYTES_MAX);
        let (what, from) = (what[..end].to_owned(), from.map(|from| from.ip().to_string()));
        tracing::info!(target: "audit", what, status, ?role, ?known_by, from);
        let mut deeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if deeds.len() >= DEEDS_MAX {
            deeds.pop_back();
        }
        deeds.push_front(Deed { at_ms: now_ms(), known_by, role, from, what, status });
    }
}

/// What was done through the console since it started, or tried: changes, and looks at what was said.
#[utoipa::path(get, path = "/api/audit", operation_id = "audit", tag = "settings", responses(
    (status = 200, body = Deeds), (status = 401, body = ErrorDocument),
))]
pub(crate) async fn audit(State(shared): State<Arc<Shared>>) -> Json<Deeds> {
    let deeds = shared.audit.0.lock().unwrap_or_else(PoisonError::into_inner);
    Json(Deeds { data: deeds.iter().cloned().collect() })
}
