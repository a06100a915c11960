//! Token counts as chat servers report them.
//!
//! OpenAI counts cached tokens inside `prompt_tokens`. Its imitators add classes of their own under many names; where
//! several name the same class the largest stands, since the others are then zeros of a field that is always there.

use crate::json::fields;
use crate::usage::Usage;
use serde_json::{Map, Value, json};

/// Where a chunk or a reply may carry its usage: OpenAI's place, Groq's, Moonshot's.
const PLACES: [&str; 3] = ["/usage", "/x_groq/usage", "/choices/0/usage"];

/// OpenAI; DeepSeek; Moonshot; servers that stand before Anthropic.
const CACHE_READ: [&str; 4] = [
    "/prompt_tokens_details/cached_tokens",
    "/prompt_cache_hit_tokens",
    "/cached_tokens",
    "/cache_read_input_tokens",
];

/// Copilot; LiteLLM; OpenRouter; servers that stand before Anthropic.
const CACHE_WRITE: [&str; 5] = [
    "/prompt_tokens_details/cache_creation_input_tokens",
    "/prompt_tokens_details/cache_creation_tokens",
    "/prompt_tokens_details/cache_write_tokens",
    "/cache_creation_input_tokens",
    "/cache_write_tokens",
];

const CACHE_WRITE_1H: [&str; 3] = [
    "/prompt_tokens_details/cache_creation/ephemeral_1h_input_tokens",
    "/prompt_tokens_details/cache_creation_token_details/ephemeral_1h_input_tokens",
    "/cache_creation/ephemeral_1h_input_tokens",
];

const REASONING: [&str; 2] = ["/completion_tokens_details/reasoning_tokens", "/reasoning_tokens"];

/// The usage of a chunk or a whole reply, wherever the server has put it.
pub(super) fn read_usage(document: &Value) -> Option<Usage> {
    PLACES.iter().find_map(|place| {
        let usage = at(document, place)?;
        of_counts(|path| at(usage, path)?.as_u64())
    })
}

/// The usage in the JSON text of a `usage` object that was checked before.
pub(crate) fn usage_of_text(usage: &str) -> Option<Usage> {
    // Most of the names that are looked for are not there, so the object is not gone through for each.
    let members: Vec<(&str, &str)> = fields(usage).collect();
    of_counts(|path| {
        let mut steps = path.split('/').skip(1);
        let key = steps.next()?;
        let value = members.iter().find(|(name, _)| *name == key)?.1;
        let count = steps.try_fold(value, |object, key| {
            fields(object).find(|(name, _)| *name == key).map(|(_, value)| value)
        });
        count?.parse().ok()
    })
}

/// What stands at a path of plain names and indices: `Value::pointer` without its copy of every name, which took a
/// third of the reading of a short reply.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').skip(1).try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => value.get(step),
    })
}

/// The usage of an object whose counts `count` finds by their paths.
fn of_counts(count: impl Fn(&str) -> Option<u64>) -> Option<Usage> {
    let largest = |paths: &[&str]| paths.iter().filter_map(|path| count(path)).max();
    let prompt = largest(&["/prompt_tokens"]);
    let completion = largest(&["/completion_tokens"]);
    if prompt.is_none() && completion.is_none() {
        return None;
    }
    let (prompt, completion) = (prompt.unwrap_or(0), completion.unwrap_or(0));
    let cache_read = largest(&CACHE_READ);
    let cache_write = largest(&CACHE_WRITE);
    let reasoning = largest(&REASONING);
    // xAI counts reasoning beside `completion_tokens` (12 + 1 + 290 = 303), OpenAI inside.
    let beside = reasoning.filter(|reasoning| {
        *reasoning > 0
            && largest(&["/total_tokens"])
                == prompt.checked_add(completion).and_then(|sum| sum.checked_add(*reasoning))
    });
    Some(Usage {
        input: prompt
            .saturating_sub(cache_read.unwrap_or(0))
            .saturating_sub(cache_write.unwrap_or(0)),
        cache_read,
        cache_write,
        cache_write_1h: largest(&CACHE_WRITE_1H),
        output: completion.saturating_add(beside.unwrap_or(0)),
        reasoning,
    })
}

/// The `usage` object for a chat client; classes that are not known are left out.
pub(super) fn write_usage(usage: &Usage) -> Value {
    let mut document = json!({
        "prompt_tokens": usage.input_total(),
        "completion_tokens": usage.output,
        "total_tokens": usage.total(),
    });
    let mut prompt = Map::new();
    if let Some(tokens) = usage.cache_read {
        prompt.insert("cached_tokens".to_owned(), tokens.into());
    }
    if let Some(tokens) = usage.cache_write {
        prompt.insert("cache_creation_input_tokens".to_owned(), tokens.into());
    }
    if let Some(tokens) = usage.cache_write_1h {
        let lifetimes = json!({"ephemeral_1h_input_tokens": tokens});
        prompt.insert("cache_creation".to_owned(), lifetimes);
    }
    if !prompt.is_empty() {
        document["prompt_tokens_details"] = Value::Object(prompt);
    }
    if let Some(tokens) = usage.reasoning {
        document["completion_tokens_details"] = json!({"reasoning_tokens": tokens});
    }
    document
}
