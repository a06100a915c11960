//! Room four: the request in the form its target takes.
//!
//! A target that speaks the client's dialect gets the client's own bytes, with only the members set that we must set:
//! the model when a route renames it, and chat's usage chunk. Any other gets a translation.

use crate::billing_line;
use crate::exchange::Exchange;
use bytes::Bytes;
use ironbridge_upstream::{Catalogue, Endpoint, Provider, ProviderKind, Spoken, withheld_betas};
use ironbridge_wire::json::{self as strict_json, Layout};
use ironbridge_wire::{ApiError, Changes, Dialect, ErrorKind, Memo, Pointer, translate_request};
use serde_json::{Value, json};
use std::time::SystemTime;

/// A request ready to be sent.
#[derive(Debug)]
pub(crate) struct Adapted {
    /// The model by its provider's name.
    pub(crate) model: String,
    /// The dialect that the target is spoken to in.
    pub(crate) dialect: Dialect,
    /// The route to call.
    pub(crate) endpoint: Endpoint,
    pub(crate) body: Bytes,
    /// What was not carried as it was.
    pub(crate) changes: Changes,
    /// What the reply needs to be put back.
    pub(crate) memo: Memo,
}

/// Adapts `exchange` to `provider`, which is to be asked as `spoken` says.
///
/// # Errors
/// A 400 when the request is not valid in its own dialect, cannot be said in the other at all, or would lose something
/// on a `strict` route.
pub(crate) fn adapt(
    exchange: &Exchange,
    provider: &Provider,
    spoken: &Spoken,
    strict: bool,
) -> Result<Adapted, ApiError> {
    let Spoken { model, dialects } = spoken;
    if exchange.endpoint == Endpoint::Embeddings {
        return Ok(embeddings(exchange, model, provider.facts().wraps_embedding_input));
    }
    let mut changes = Changes::new();
    let (body, layout) = match for_anthropic_alone(provider, exchange, &mut changes) {
        Some(body) => {
            let layout =
                strict_json::members(&body).map_err(|error| error.to_api_error())?.into_layout();
            (body, layout)
        }
        None => (exchange.body.clone(), exchange.layout.clone()),
    };
    let mut adapted = if dialects.contains(&exchange.dialect) {
        through(exchange, body, layout, model)
    } else {
        let Some(dialect) = dialects.first().copied() else {
            return Err(ApiError::new(
                ErrorKind::BadGateway,
                format!("provider `{}` speaks no dialect of ours", provider.name()),
            ));
        };
        translated(exchange, &body, dialect, model, strict)?
    };
    changes.extend(std::mem::take(&mut adapted.changes));
    withhold_betas(provider.kind(), adapted.endpoint, exchange, &mut changes);
    Ok(Adapted { changes, ..adapted })
}

/// The body without what only Anthropic's own server may see; `None`: there is nothing of that, or it goes there.
fn for_anthropic_alone(
    provider: &Provider,
    exchange: &Exchange,
    changes: &mut Changes,
) -> Option<Bytes> {
    match provider.kind() {
        ProviderKind::Anthropic | ProviderKind::Offline => None,
        ProviderKind::Openai | ProviderKind::Copilot => billing_line::removed(exchange, changes),
    }
}

/// Notes which features of the client's `anthropic-beta` the provider is not told.
fn withhold_betas(
    kind: ProviderKind,
    endpoint: Endpoint,
    exchange: &Exchange,
    changes: &mut Changes,
) {
    let withheld: Vec<&str> = withheld_betas(kind, endpoint, &exchange.headers).collect();
    if !withheld.is_empty() {
        let why = format!("header: features of Anthropic's own server: {}", withheld.join(", "));
        changes.dropped(&Pointer::root().key("anthropic-beta"), why);
    }
}

fn translated(
    exchange: &Exchange,
    body: &[u8],
    dialect: Dialect,
    model: &str,
    strict: bool,
) -> Result<Adapted, ApiError> {
    let facts = Catalogue::model(model).target();
    let mut translated = translate_request(body, exchange.dialect, dialect, &facts)
        .map_err(|error| error.to_api_error())?;
    if strict && !translated.changes.is_empty() {
        return Err(lossy(&translated.changes, dialect));
    }
    translated.body["model"] = Value::from(model);
    if dialect == Dialect::Chat && exchange.stream {
        translated.body["stream_options"] = json!({"include_usage": true});
    }
    // The client's own wish decides whether it sees the usage chunk.
    translated.memo.include_usage = exchange.include_usage;
    translated.memo.asked_at =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok(Adapted {
        model: model.to_owned(),
        dialect,
        endpoint: Endpoint::of(dialect),
        body: translated.body.to_string().into(),
        changes: translated.changes,
        memo: translated.memo,
    })
}

/// The client's own bytes, but for what must be set.
fn through(exchange: &Exchange, body: Bytes, layout: Layout, model: &str) -> Adapted {
    let mut set = Vec::new();
    if model != exchange.model {
        set.push(("model", Value::from(model).to_string()));
    }
    let ask_usage = exchange.dialect == Dialect::Chat && exchange.stream && !exchange.include_usage;
    let body = if set.is_empty() && !ask_usage {
        body
    } else {
        let members = layout.members(&body);
        if ask_usage {
            let mut options = members.read("stream_options").unwrap_or(Value::Null);
            // Options of another type are the client's mistake, for the upstream to tell.
            if options.is_null() || options.is_object() {
                options["include_usage"] = Value::Bool(true);
                set.push(("stream_options", options.to_string()));
            }
        }
        members.with(&set).into()
    };
    Adapted {
        model: model.to_owned(),
        dialect: exchange.dialect,
        endpoint: Endpoint::of(exchange.dialect),
        body,
        changes: Changes::new(),
        memo: Memo::new(exchange.include_usage),
    }
}

/// The client's own bytes with the model's name set, and with `wrapped` a bare input as a list of one, which means the
/// same.
fn embeddings(exchange: &Exchange, model: &str, wrapped: bool) -> Adapted {
    let members = exchange.members();
    let mut set = Vec::new();
    if model != exchange.model {
        set.push(("model", Value::from(model).to_string()));
    }
    if wrapped && let Some(bare) = members.get("input").filter(|input| input.starts_with('"')) {
        set.push(("input", format!("[{bare}]")));
    }
    let body = if set.is_empty() { exchange.body.clone() } else { Bytes::from(members.with(&set)) };
    Adapted {
        model: model.to_owned(),
        dialect: exchange.dialect,
        endpoint: exchange.endpoint,
        body,
        changes: Changes::new(),
        memo: Memo::default(),
    }
}

/// The body with the model set to `model`; untouched where the client named it so itself.
pub(crate) fn with_model(exchange: &Exchange, model: &str) -> Bytes {
    if exchange.model == model {
        return exchange.body.clone();
    }
    exchange.members().with(&[("model", Value::from(model).to_string())]).into()
}

/// The most paths that a refusal spells out.
const PATHS_MAX: usize = 20;

fn lossy(changes: &Changes, dialect: Dialect) -> ApiError {
    let list: Vec<String> = changes
        .iter()
        .take(PATHS_MAX)
        .map(|change| format!("{} ({}: {})", change.path, change.carried.name(), change.why))
        .collect();
    let more = changes.len().saturating_sub(PATHS_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let first = changes.iter().next().map_or("", |change| change.path.as_str());
    ApiError::new(
        ErrorKind::InvalidRequest,
        format!(
            "this route is strict, and {} of the request cannot be said in the {dialect} dialect: {}{more}",
            if changes.len() == 1 { "one part" } else { "parts" },
            list.join("; ")
        ),
    )
    .with_param(first)
    .with_code("lossy_translation")
}
