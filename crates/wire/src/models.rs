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
/// (ericc-ch/copilot-api#257), and under `limits` in Copilot's words. Unknown ones are left out.
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
    entry
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

const SECONDS_PER_DAY: u64 = 86_400;

/// The date of a time in seconds since 1970, as RFC 3339 in UTC: `2025-02-19T00:00:00Z`.
///
/// The calendar's arithmetic is Howard Hinnant's (howardhinnant.github.io/date_algorithms.html, `civil_from_days`).
fn date_of(seconds: u64) -> String {
    /// The last second of the year 9999, after which RFC 3339 has no form.
    const SECONDS_MAX: u64 = 253_402_300_799;
    let seconds = seconds.min(SECONDS_MAX);
    let (days, of_day) = (seconds / SECONDS_PER_DAY, seconds % SECONDS_PER_DAY);
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The seconds since 1970 of an RFC 3339 date in UTC; `None` for other forms, zones and dates before 1970.
fn seconds_of(date: &str) -> Option<u64> {
    let (day, time) = date.split_once('T')?;
    let time = time.strip_suffix('Z').or_else(|| time.strip_suffix("+00:00"))?;
    let mut day = day.splitn(3, '-').map(str::parse::<u64>);
    let (year, month, day) = (day.next()?.ok()?, day.next()?.ok()?, day.next()?.ok()?);
    let mut time = time.split('.').next()?.splitn(3, ':').map(str::parse::<u64>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    let days = (era * 146_097 + of_era).checked_sub(719_468)?;
    Some(days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
#[path = "models_tests.rs"]
mod tests;
