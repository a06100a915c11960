//! `GET /v1/models`: what can be asked for here, in one list that both SDK families read.
//!
//! The list is the union of what the providers list, after the operator's own aliases. A provider that does not answer is
//! left out; the list is not made to fail by it.

use crate::client_key::ClientKey;
use crate::respond;
use crate::shared::{Live, Shared};
use axum::response::Response;
use ironbridge_upstream::Catalogue;
use ironbridge_wire::models::{self, ModelEntry};
use ironbridge_wire::{ApiError, Dialect, ErrorKind};
use std::collections::HashSet;
use std::sync::Arc;

/// The whole list, as far as the client's key may ask for it.
pub(crate) async fn list(
    shared: &Arc<Shared>,
    key: Option<&ClientKey>,
    dialect: Dialect,
) -> Response {
    let mut entries = entries(&shared.live()).await;
    entries.retain(|entry| key.is_none_or(|key| key.models.allow(&entry.id)));
    let mut response = respond::json(200, &models::write_list(&entries));
    respond::sign(response.headers_mut(), dialect, &crate::identity::request_id());
    response
}

/// One entry, 403 where the client's key may not ask for that model, or 404.
pub(crate) async fn one(
    shared: &Arc<Shared>,
    id: &str,
    key: Option<&ClientKey>,
    dialect: Dialect,
) -> Response {
    let request_id = crate::identity::request_id();
    if let Some(Err(error)) = key.map(|key| may_use(key, id)) {
        return respond::error(&error, dialect, &request_id);
    }
    match entries(&shared.live()).await.iter().find(|entry| entry.id == id) {
        Some(entry) => {
            let mut response = respond::json(200, &models::write_model(entry));
            respond::sign(response.headers_mut(), dialect, &request_id);
            response
        }
        None => {
            let error =
                ApiError::new(ErrorKind::NotFound, format!("no provider lists the model `{id}`"))
                    .with_code("model_not_found")
                    .with_param("model");
            respond::error(&error, dialect, &request_id)
        }
    }
}

/// Refuses a model that a key may not ask for.
pub(crate) fn may_use(key: &ClientKey, model: &str) -> Result<(), ApiError> {
    if key.models.allow(model) {
        return Ok(());
    }
    let message = format!("the client key `{}` may not use the model `{model}`", key.name);
    Err(ApiError::new(ErrorKind::Permission, message).with_param("model"))
}

/// The names of all of them, whatever keys may ask for.
pub(crate) async fn names(shared: &Shared) -> Vec<String> {
    entries(&shared.live()).await.into_iter().map(|entry| entry.id).collect()
}

async fn entries(live: &Live) -> Vec<ModelEntry> {
    let mut seen = HashSet::new();
    let mut entries = Vec::new();
    for (alias, target) in live.routes.names() {
        if seen.insert(alias.to_owned()) {
            let served = target.model(alias);
            let alias = ModelEntry {
                owned_by: target.provider.name().to_owned(),
                ..ModelEntry::new(alias)
            };
            entries.push(completed(alias, served));
        }
    }
    for provider in &live.providers {
        let Ok(list) = provider.models().await else { continue };
        for model in &list.models {
            if seen.insert(model.id.clone()) {
                let mut entry = completed(model.clone(), &model.id);
                if entry.owned_by.is_empty() {
                    entry.owned_by = provider.name().to_owned();
                }
                entries.push(entry);
            }
        }
    }
    entries
}

/// What the provider does not say of its model, the catalogue may know: Claude Code compacts by these limits.
fn completed(mut entry: ModelEntry, served: &str) -> ModelEntry {
    let facts = Catalogue::model(served);
    if facts.known {
        entry.context_tokens_max.get_or_insert(facts.context_tokens);
        entry.output_tokens_max.get_or_insert(facts.output_tokens_max);
    }
    entry
}
