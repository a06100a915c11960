//! Token counts. OpenAI counts cached tokens and reasoning inside the totals.

use crate::usage::Usage;
use serde_json::{Value, json};

/// Reads a `usage` object; `None` when it is absent or not one.
pub(super) fn read(usage: Option<&Value>) -> Option<Usage> {
    let usage = usage?;
    usage.as_object()?;
    let number = |keys: &[&str], within: &Value| {
        keys.iter().find_map(|key| within.get(key).and_then(Value::as_u64))
    };
    let details = usage.get("input_tokens_details").unwrap_or(&Value::Null);
    let total = number(&["input_tokens", "prompt_tokens"], usage).unwrap_or(0);
    let cache_read = number(&["cached_tokens"], details);
    /// OpenAI's name, then those of imitators.
    const WRITTEN: [&str; 3] =
        ["cache_write_tokens", "cache_creation_input_tokens", "cache_creation_tokens"];
    let cache_write = number(&WRITTEN, details).or_else(|| number(&WRITTEN, usage));
    Some(Usage {
        input: total
            .saturating_sub(cache_read.unwrap_or(0))
            .saturating_sub(cache_write.unwrap_or(0)),
        cache_read,
        cache_write,
        cache_write_1h: details
            .pointer("/cache_creation/ephemeral_1h_input_tokens")
            .and_then(Value::as_u64),
        output: number(&["output_tokens", "completion_tokens"], usage).unwrap_or(0),
        reasoning: usage
            .get("output_tokens_details")
            .and_then(|details| number(&["reasoning_tokens"], details)),
    })
}

/// Writes a `usage` object with the members that the SDKs require. The lifetime of cache writes stands where servers
/// before Anthropic put it in chat; OpenAI has none.
pub(super) fn write(usage: &Usage) -> Value {
    let mut document = json!({
        "input_tokens": usage.input_total(),
        "input_tokens_details": {
            "cached_tokens": usage.cache_read.unwrap_or(0),
            "cache_write_tokens": usage.cache_write.unwrap_or(0),
        },
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning.unwrap_or(0)},
        "total_tokens": usage.total(),
    });
    if let Some(tokens) = usage.cache_write_1h {
        document["input_tokens_details"]["cache_creation"] =
            json!({"ephemeral_1h_input_tokens": tokens});
    }
    document
}
