//! Which path leads where.

use crate::audit::Audit;
use crate::hub::Hub;
use crate::ledger::Ledger;
use crate::live::LISTENERS_MAX;
use crate::place::Place;
use crate::setup::Setup;
use crate::sign_in::SignedIn;
use crate::{
    accounts, audit, bodies, cache, conversations, door, exchanges, failure::Failure, keys, live,
    openapi, overview, page, prices, sessions, sign_in, windows,
};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{any, get, post};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What a console is made of.
#[derive(Clone, Debug)]
pub struct Console {
    /// Where it stands.
    pub place: Arc<dyn Place>,
    /// What happens now.
    pub hub: Arc<Hub>,
    /// What has happened.
    pub ledger: Ledger,
    /// What is set up there; `None`: that is not known here.
    pub setup: Option<Arc<dyn Setup>>,
}

/// What its routes share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) console: Console,
    pub(crate) signed_in: SignedIn,
    pub(crate) listeners: Arc<Semaphore>,
    pub(crate) audit: Audit,
}

impl Console {
    /// Its routes, behind a door of their own. Each request must bear the address of its client as an extension of type
    /// [`std::net::SocketAddr`]; without it nobody counts as being on this machine.
    pub fn router(self) -> Router {
        let listeners = Arc::new(Semaphore::new(LISTENERS_MAX));
        let shared = Arc::new(Shared {
            console: self,
            signed_in: SignedIn::default(),
            listeners,
            audit: Audit::default(),
        });
        let api = Router::new()
            .route("/api/exchanges", get(exchanges::list))
            .route("/api/exchanges/{id}", get(exchanges::one))
            .route("/api/exchanges/{id}/request", get(bodies::request))
            .route("/api/exchanges/{id}/reply", get(bodies::reply))
            .route("/api/conversations", get(conversations::list))
            .route("/api/conversations/{id}", get(conversations::one))
            .route("/api/overview", get(overview::overview))
            .route("/api/windows", get(windows::windows))
            .route("/api/sessions", get(sessions::list))
            .route("/api/sessions/{id}/pause", post(sessions::pause))
            .route("/api/sessions/{id}/resume", post(sessions::resume))
            .route("/api/sessions/{id}/stop", post(sessions::stop))
            .route("/api/sessions/{id}/cache", get(cache::of_session))
            .route("/api/prices", get(prices::prices))
            .route("/api/accounts", get(accounts::list))
            .route("/api/accounts/{name}/check", post(accounts::check))
            .route("/api/quotas", get(accounts::quotas))
            .route("/api/settings", get(accounts::settings))
            .route("/api/keys", get(keys::list).post(keys::make))
            .route("/api/keys/{id}/revoke", post(keys::revoke))
            .route("/api/audit", get(audit::audit))
            .route("/api/live", get(live::live))
            .route("/api/viewer", get(sign_in::viewer))
            .route("/api/openapi.json", get(openapi::serve))
            .route("/api/{*unknown}", any(unknown))
            .method_not_allowed_fallback(wrong_method)
            .route_layer(from_fn_with_state(shared.clone(), door::known));
        let open = Router::new()
            .route("/api/sign-in", post(sign_in::sign_in))
            .route("/api/sign-out", post(sign_in::sign_out))
            .route("/dashboard", get(|| async { Redirect::permanent("/dashboard/") }))
            .route("/dashboard/", get(page::page))
            .route("/dashboard/{*path}", get(page::page))
            .method_not_allowed_fallback(wrong_method);
        api.merge(open).layer(from_fn_with_state(shared.clone(), door::guarded)).with_state(shared)
    }
}

async fn unknown() -> Failure {
    Failure::NotFound("there is no such route; see /api/openapi.json".to_owned())
}

async fn wrong_method() -> Failure {
    Failure::WrongMethod
}
