//! Lists of models: `GET /v1/models` and `GET /v1/models/{id}`.
//!
//! OpenAI and Anthropic have the same path and different shapes. What is written is the union of both (DESIGN §6.2), so
//! that either's clients find what they look for; what is read is either, with the limits that servers add.
//!
//! ```
//! use ironbridge_wire::models::{ModelEntry, write_list};
//! let list = write_list(&[ModelEntry::new("m")]);
//! assert_eq!((&list["data"][0]["object"], &list["data"][0]["type"]), (&"model".into(), &"model".into()));
//! assert_eq!(list["last_id"], "m");
//! ```
//!
//! Sources: platform.openai.com/docs/api-reference/models, docs.anthropic.com/en/api/models-list, and the lists of
//! Copilot, Groq, LM Studio, Mistral, OpenRouter, Together and vLLM.

use crate::date::{date_of, seconds_of};
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use serde_json::{Map, Value, json};

/// The most models that are read from one list. OpenRouter has about 500.
pub const MODELS_MAX: usize = 10_000;

/// One model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelEntry {
    /// The name that requests use.
    pub id: String,
    /// The name for people; the id where empty.
    pub display_name: String,
    /// Who offers it.
    pub owned_by: String,
    /// When it came out, in seconds since 1970; 0 where unknown.
    pub created: u64,
    /// The most tokens of input and output together.
    pub context_tokens_max: Option<u64>,
    /// The most tokens of input, where it is limited apart.
    pub input_tokens_max: Option<u64>,
    /// The most tokens of a reply.
    pub output_tokens_max: Option<u64>,
    /// The dialects in which it answers; empty where the list does not say.
    pub dialects: Vec<Dialect>,
}

impl ModelEntry {
    /// A model of which only the id is known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        ModelEntry { id: id.into(), ..ModelEntry::default() }
    }
}

/// The list for a client: all of it at once, so `has_more` is always false.
#[must_use]
pub fn write_list(models: &[ModelEntry]) -> Value {
    json!({
        "object": "list",
        "data": models.iter().map(write_model).collect::<Vec<_>>(),
        "has_more": false,
        "first_id": models.first().map(|model| &model.id),
        "last_id": models.last().map(|model| &model.id),
    })
}

/// One model for a client.
///
/// Limits stand twice: as `max_input_tokens` and `max_tokens`, where Claude Code looks for them
/// (ericc-ch/copilot-api#257), and under `limits` in Copilot's words. `supported_endpoints`, Copilot's too, says in which
/// dialects the provider itself has the model. What is not known is left out.
#[must_use]
pub fn write_model(model: &ModelEntry) -> Value {
    let name = if model.display_name.is_empty() { &model.id } else { &model.display_name };
    let mut limits = Map::new();
    let known = [
        ("max_context_window_tokens", model.context_tokens_max),
        ("max_prompt_tokens", model.input_tokens_max),
        ("max_output_tokens", model.output_tokens_max),
    ];
    for (key, tokens) in known {
        if let Some(tokens) = tokens {
            limits.insert(key.to_owned(), tokens.into());
        }
    }
    let mut entry = json!({
        "id": model.id,
        "object": "model",
        "type": "model",
        "created": model.created,
        "created_at": date_of(model.created),
        "owned_by": model.owned_by,
        "display_name": name,
    });
    if let Some(tokens) = model.input_tokens_max.or(model.context_tokens_max) {
        entry["max_input_tokens"] = tokens.into();
    }
    if let Some(tokens) = model.output_tokens_max {
        entry["max_tokens"] = tokens.into();
    }
    if !limits.is_empty() {
        entry["limits"] = Value::Object(limits);
    }
    if !model.dialects.is_empty() {
        entry["supported_endpoints"] = model.dialects.iter().map(endpoint_of).collect();
    }
    entry
}

/// The path by which Copilot's list names a dialect.
fn endpoint_of(dialect: &Dialect) -> &'static str {
    match dialect {
        Dialect::Chat => "/chat/completions",
        Dialect::Responses => "/responses",
        Dialect::Messages => "/v1/messages",
    }
}

/// Reads an upstream's list: OpenAI's or Anthropic's shape, or a bare array (Together). Entries without an id are left
/// out, and what is over [`MODELS_MAX`].
///
/// # Errors
/// When the document is an error, or no list.
pub fn read_list(body: &Value) -> Result<Vec<ModelEntry>, ApiError> {
    let list = body.get("data").unwrap_or(body);
    match list.as_array() {
        Some(list) => Ok(list.iter().filter_map(read_model).take(MODELS_MAX).collect()),
        None if body.get("error").is_some_and(|error| !error.is_null()) => {
            Err(ApiError::of_value(body, ErrorKind::BadGateway))
        }
        None => Err(ApiError::new(
            ErrorKind::BadGateway,
            "the upstream answered with no list of models",
        )),
    }
}

/// The last id of an Anthropic list that has more, for `after_id` of the next page.
#[must_use]
pub fn next_page(body: &Value) -> Option<&str> {
    let more = body.get("has_more").and_then(Value::as_bool).unwrap_or(false);
    body.get("last_id").filter(|_| more)?.as_str()
}

/// Reads one model; `None` without an id.
#[must_use]
pub fn read_model(entry: &Value) -> Option<ModelEntry> {
    let text = |keys: &[&str]| {
        keys.iter().find_map(|key| entry.get(key)?.as_str()).unwrap_or_default().to_owned()
    };
    // Zero stands for "not known" with LM Studio and others.
    let tokens = |paths: &[&str]| {
        let mut found = paths.iter().filter_map(|path| entry.pointer(path)?.as_u64());
        found.find(|tokens| *tokens > 0)
    };
    let id = entry.get("id")?.as_str().filter(|id| !id.is_empty())?.to_owned();
    let date = entry.get("created_at").and_then(Value::as_str).and_then(seconds_of);
    Some(ModelEntry {
        id,
        display_name: text(&["display_name", "name"]),
        owned_by: text(&["owned_by", "vendor", "organization"]),
        created: entry.get("created").and_then(Value::as_u64).or(date).unwrap_or(0),
        context_tokens_max: tokens(&[
            "/capabilities/limits/max_context_window_tokens",
            "/limits/max_context_window_tokens",
            "/context_length",
            "/context_window",
            "/max_model_len",
            "/max_context_length",
        ]),
        input_tokens_max: tokens(&[
            "/capabilities/limits/max_prompt_tokens",
            "/limits/max_prompt_tokens",
            "/max_input_tokens",
        ]),
        output_tokens_max: tokens(&[
            "/capabilities/limits/max_output_tokens",
            "/limits/max_output_tokens",
            "/top_provider/max_completion_tokens",
            "/max_completion_tokens",
            "/max_output_tokens",
            "/max_tokens",
        ]),
        dialects: read_dialects(entry),
    })
}

/// Copilot's `supported_endpoints`: paths with or without `/v1`.
fn read_dialects(entry: &Value) -> Vec<Dialect> {
    let endpoints = entry.get("supported_endpoints").and_then(Value::as_array);
    let says = |path: &str| {
        endpoints.into_iter().flatten().filter_map(Value::as_str).any(|endpoint| {
            endpoint.strip_prefix("/v1").unwrap_or(endpoint).trim_start_matches('/') == path
        })
    };
    let path = |dialect: &Dialect| match dialect {
        Dialect::Chat => "chat/completions",
        Dialect::Responses => "responses",
        Dialect::Messages => "messages",
    };
    Dialect::ALL.into_iter().filter(|dialect| says(path(dialect))).collect()
}

#[cfg(test)]
#[path = "models_tests.rs"]
mod tests;
