//! `/api/accounts`, `/api/quotas`, `/api/settings`: what the gateway is set up with.

use crate::asked::Named;
use crate::failure::{ErrorDocument, Failure};
use crate::setup::{Account, Quota, Setup, SetupError};
use crate::surface::Shared;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The providers of the config.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accounts {
    data: Vec<Account>,
}

/// The quotas that providers tell of.
#[derive(Serialize, ToSchema)]
pub(crate) struct Quotas {
    data: Vec<Quota>,
}

/// What is in force.
#[derive(Serialize, ToSchema)]
pub(crate) struct Settings {
    data: Vec<Setting>,
}

/// A fact of the config.
#[derive(Serialize, ToSchema)]
pub(crate) struct Setting {
    name: String,
    value: String,
}

/// What is set up here; only a gateway's own console knows.
pub(crate) fn setup(shared: &Shared) -> Result<Arc<dyn Setup>, Failure> {
    let setup = shared.console.setup.clone();
    setup.ok_or_else(|| {
        Failure::Conflict(
            "only the gateway's own dashboard knows what it is set up with".to_owned(),
        )
    })
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Unknown(what) => Failure::NotFound(what),
            SetupError::Wrong(why) => Failure::Invalid(why),
            SetupError::Failed(why) => Failure::Conflict(why),
        }
    }
}

/// The providers and how things stand with their credentials. Nobody is asked.
#[utoipa::path(get, path = "/api/accounts", operation_id = "accounts", tag = "settings", responses(
    (status = 200, body = Accounts), (status = 401, body = ErrorDocument), (status = 409, body = ErrorDocument),
))]
pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Result<Json<Accounts>, Failure> {
    Ok(Json(Accounts { data: setup(&shared)?.accounts().await }))
}

/// Asks a provider's service how things stand with its login, and renews what can be renewed.
#[utoipa::path(post, path = "/api/accounts/{name}/check", operation_id = "check_account", tag = "settings",
    params(("name" = String, Path, description = "The provider's name.")), responses(
    (status = 200, body = Account), (status = 401, body = ErrorDocument), (status = 403, body = ErrorDocument),
    (status = 404, body = ErrorDocument), (status = 409, body = ErrorDocument), (status = 415, body = ErrorDocument),
))]
pub(crate) async fn check(
    State(shared): State<Arc<Shared>>,
    Named(name): Named,
) -> Result<Json<Account>, Failure> {
    Ok(Json(setup(&shared)?.check(&name).await?))
}

/// What is left of the quotas that providers tell of. They are asked, at most once for each request of this.
#[utoipa::path(get, path = "/api/quotas", operation_id = "quotas", tag = "settings", responses(
    (status = 200, body = Quotas), (status = 401, body = ErrorDocument),
))]
pub(crate) async fn quotas(State(shared): State<Arc<Shared>>) -> Json<Quotas> {
    let data = match setup(&shared) {
        Ok(setup) => setup.quotas().await,
        Err(_) => Vec::new(),
    };
    Json(Quotas { data })
}

/// What of the config is in force, without secrets.
#[utoipa::path(get, path = "/api/settings", operation_id = "settings", tag = "settings", responses(
    (status = 200, body = Settings), (status = 401, body = ErrorDocument), (status = 409, body = ErrorDocument),
))]
pub(crate) async fn settings(State(shared): State<Arc<Shared>>) -> Result<Json<Settings>, Failure> {
    let facts = setup(&shared)?.settings();
    let data = facts.into_iter().map(|(name, value)| Setting { name, value }).collect();
    Ok(Json(Settings { data }))
}
