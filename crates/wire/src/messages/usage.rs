//! Token counts of this dialect: disjoint already, but given out in pieces.

use crate::usage::Usage;
use serde_json::{Value, json};

/// Adds what `usage` says to what is known.
///
/// A stream tells its usage twice, at the start and with the finish, each time with other members and cumulative
/// counts. What is said later replaces; a later 0 does not (some proxies fill members that they do not know with 0).
pub(super) fn merge(known: &mut Usage, usage: &Value) {
    let count = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64);
    let later = |known: Option<u64>, found: Option<u64>| match (known, found) {
        (known, None) | (known @ Some(1..), Some(0)) => known,
        (_, found) => found,
    };
    let of_lifetime = |key: &str| count(usage.get("cache_creation")?, key);
    let five_minutes = of_lifetime("ephemeral_5m_input_tokens");
    let hour = of_lifetime("ephemeral_1h_input_tokens");
    let written = count(usage, "cache_creation_input_tokens").or_else(|| {
        (five_minutes.is_some() || hour.is_some())
            .then(|| five_minutes.unwrap_or(0).saturating_add(hour.unwrap_or(0)))
    });
    let reasoning =
        usage.get("output_tokens_details").and_then(|details| count(details, "thinking_tokens"));
    known.input = later(Some(known.input), count(usage, "input_tokens")).unwrap_or(0);
    known.cache_read = later(known.cache_read, count(usage, "cache_read_input_tokens"));
    known.cache_write = later(known.cache_write, written);
    known.cache_write_1h = later(known.cache_write_1h, hour);
    known.output = later(Some(known.output), count(usage, "output_tokens")).unwrap_or(0);
    known.reasoning = later(known.reasoning, reasoning);
}

/// The usage of a whole reply; `None` when it is no object.
pub(crate) fn usage_of_reply(usage: &Value) -> Option<Usage> {
    usage.is_object().then(|| {
        let mut known = Usage::default();
        merge(&mut known, usage);
        known
    })
}

/// The `usage` object of a reply. `input_tokens` and `output_tokens` are always there: client SDKs demand them.
pub(super) fn write(usage: &Usage) -> Value {
    let mut written = json!({ "input_tokens": usage.input, "output_tokens": usage.output });
    if let Some(tokens) = usage.cache_read {
        written["cache_read_input_tokens"] = tokens.into();
    }
    if let Some(tokens) = usage.cache_write {
        written["cache_creation_input_tokens"] = tokens.into();
        if let Some(hour) = usage.cache_write_1h {
            written["cache_creation"] = json!({
                "ephemeral_5m_input_tokens": tokens.saturating_sub(hour),
                "ephemeral_1h_input_tokens": hour,
            });
        }
    }
    if let Some(tokens) = usage.reasoning {
        written["output_tokens_details"] = json!({ "thinking_tokens": tokens });
    }
    written
}
