//! The request as the server wants it: its settings. Input and tools have files of their own.

use super::write_schema::fits_strict;
use super::{write_input, write_tools};
use crate::changes::Changes;
use crate::digest::digest;
use crate::effort::effort_of;
use crate::pointer::At;
use crate::prompt::{Format, Prompt, Reasoning, ReasoningMode, Sampling};
use crate::writing::Writing;
use serde_json::{Map, Value, json};

/// OpenAI refuses a smaller `max_output_tokens` (`integer_below_min_value`).
const OUTPUT_TOKENS_MIN: u64 = 16;

/// Writes a request. What cannot be said is noted in `writing.changes`.
pub(crate) fn write_request(prompt: Prompt, writing: &mut Writing) -> Value {
    let Prompt {
        model,
        mut turns,
        tools,
        tool_choice,
        parallel_tools,
        stream,
        // A responses stream reports its usage unasked.
        include_usage: _,
        max_tokens,
        sampling,
        stop,
        reasoning,
        format,
        verbosity,
        user,
        safety_identifier,
        metadata,
        service_tier,
        store,
        cache_key,
        cache_retention,
    } = prompt;
    let mut body = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    };
    set("model", Some(json!(model)));
    set("instructions", write_input::instructions(&mut turns, writing).map(Value::String));
    set("input", Some(Value::Array(write_input::items(turns, writing))));
    let tools = write_tools::tools(tools, writing);
    let choice = tool_choice.and_then(|choice| write_tools::choice(choice, &tools, writing));
    set("tool_choice", choice);
    set("parallel_tool_calls", parallel_tools.map(|parallel| json!(parallel.value)));
    set("tools", (!tools.is_empty()).then_some(Value::Array(tools)));

    let changes = &mut writing.changes;
    set("max_output_tokens", max_tokens.map(|limit| output_tokens(&limit, changes)));
    set("temperature", sampling.temperature.as_ref().map(|found| json!(found.value)));
    set("top_p", sampling.top_p.as_ref().map(|found| json!(found.value)));
    drop_sampling(&sampling, changes);
    if let Some(stop) = stop {
        changes.dropped(&stop.at, "the responses dialect has no stop texts");
    }
    let encrypted = reasoning.encrypted;
    let reasoning = write_reasoning(reasoning, changes);
    let reasons = reasoning.as_ref().is_some_and(|reasoning| reasoning["effort"] != "none");
    let include = json!(["reasoning.encrypted_content"]);
    set("include", (encrypted || reasons).then_some(include));
    set("reasoning", reasoning);
    set("text", text(format, verbosity, changes));
    set("user", user.map(|user| short_user(user, changes)));
    set("safety_identifier", safety_identifier.map(|found| json!(found.value)));
    set("metadata", metadata.map(|found| Value::Object(found.value)));
    set("service_tier", service_tier.and_then(|tier| write_tier(tier, changes)));
    set("prompt_cache_key", cache_key.map(|found| json!(found.value)));
    set("prompt_cache_retention", cache_retention.map(|found| json!(found.value)));
    // Left out, this dialect keeps the reply on the server, which the others do not.
    set("store", Some(json!(store.is_some_and(|store| store.value))));
    set("stream", stream.then_some(json!(true)));
    Value::Object(body)
}

fn output_tokens(limit: &At<u64>, changes: &mut Changes) -> Value {
    if limit.value < OUTPUT_TOKENS_MIN {
        changes.changed(&limit.at, "a responses server takes no limit under 16 tokens");
    }
    json!(limit.value.max(OUTPUT_TOKENS_MIN))
}

/// Notes what this dialect has no setting for.
fn drop_sampling(sampling: &Sampling, changes: &mut Changes) {
    // Temperature and top_p are written.
    let Sampling {
        temperature: _,
        top_p: _,
        top_k,
        frequency_penalty,
        presence_penalty,
        seed,
        logprobs,
        top_logprobs,
    } = sampling;
    const NO_SETTING: &str = "the responses dialect has no such setting";
    const NO_LOGPROBS: &str = "log probabilities of the reply are not translated";
    let wanted = logprobs.as_ref().filter(|wanted| wanted.value);
    let many = top_logprobs.as_ref().filter(|many| many.value > 0);
    let places = [
        (top_k.as_ref().map(|found| &found.at), NO_SETTING),
        (frequency_penalty.as_ref().map(|found| &found.at), NO_SETTING),
        (presence_penalty.as_ref().map(|found| &found.at), NO_SETTING),
        (seed.as_ref().map(|found| &found.at), NO_SETTING),
        (wanted.map(|found| &found.at), NO_LOGPROBS),
        (many.map(|found| &found.at), NO_LOGPROBS),
    ];
    for (at, why) in places {
        if let Some(at) = at {
            changes.dropped(at, why);
        }
    }
}

fn write_reasoning(reasoning: Reasoning, changes: &mut Changes) -> Option<Value> {
    let Reasoning { mode, budget_tokens, effort, summary, encrypted: _ } = reasoning;
    let mut written = Map::new();
    if let Some(At { value: ReasoningMode::Disabled, at }) = &mode {
        changes.dropped(at, "models of the responses dialect reason by their effort alone");
    }
    match (effort, budget_tokens) {
        (Some(effort), budget) => {
            if let Some(budget) = budget {
                changes.changed(&budget.at, "the effort stands for it");
            }
            let word = match effort.value.as_str() {
                "max" => {
                    changes
                        .changed(&effort.at, "the highest effort that every model takes is high");
                    "high"
                }
                word => word,
            };
            written.insert("effort".to_owned(), json!(word));
        }
        (None, Some(budget)) => {
            changes.changed(&budget.at, "goes on as an effort in words");
            written.insert("effort".to_owned(), json!(effort_of(budget.value)));
        }
        (None, None) => {}
    }
    let thinks = mode.is_some_and(|mode| mode.value != ReasoningMode::Disabled);
    match summary {
        // Whoever turns thinking on in the messages dialect is shown it.
        None if thinks => {
            written.insert("summary".to_owned(), json!("auto"));
        }
        None => {}
        Some(At { value, at }) => match value.as_str() {
            "omitted" => {}
            "summarized" => {
                written.insert("summary".to_owned(), json!("auto"));
            }
            "auto" | "concise" | "detailed" => {
                written.insert("summary".to_owned(), json!(value));
            }
            _ => changes.dropped(&at, "the responses dialect shows reasoning in no such way"),
        },
    }
    (!written.is_empty()).then_some(Value::Object(written))
}

fn text(
    format: Option<At<Format>>,
    verbosity: Option<At<String>>,
    changes: &mut Changes,
) -> Option<Value> {
    let mut text = Map::new();
    if let Some(format) = format.and_then(|format| write_format(format, changes)) {
        text.insert("format".to_owned(), format);
    }
    if let Some(verbosity) = verbosity {
        text.insert("verbosity".to_owned(), json!(verbosity.value));
    }
    (!text.is_empty()).then_some(Value::Object(text))
}

fn write_format(format: At<Format>, changes: &mut Changes) -> Option<Value> {
    let At { value, at } = format;
    Some(match value {
        Format::Text => json!({"type": "text"}),
        Format::JsonObject => json!({"type": "json_object"}),
        Format::Native(_) => {
            changes.dropped(&at, "the responses dialect has no such format");
            return None;
        }
        Format::Schema { name, description, schema, strict } => {
            // The messages dialect knows no names and always enforces the schema.
            let strict = match (strict, &name) {
                (None, None) => {
                    let fits = fits_strict(&schema);
                    if !fits {
                        changes.changed(
                            &at,
                            "asked for, but not enforced: OpenAI cannot be strict with it",
                        );
                    }
                    Some(fits)
                }
                (strict, _) => strict,
            };
            let name = name.unwrap_or_else(|| "output".to_owned());
            let mut written = json!({"type": "json_schema", "name": name, "schema": schema});
            if let Some(strict) = strict {
                written["strict"] = json!(strict);
            }
            if let Some(description) = description {
                written["description"] = json!(description);
            }
            written
        }
    })
}

/// OpenAI refuses a longer `user`; Claude Code's has some 200 characters. Its digest still tells users apart.
fn short_user(user: At<String>, changes: &mut Changes) -> Value {
    const USER_CHARS_MAX: usize = 64;
    if user.value.chars().count() <= USER_CHARS_MAX {
        return Value::String(user.value);
    }
    changes.changed(&user.at, "over 64 characters: goes on as its SHA-256");
    Value::String(digest(&user.value))
}

fn write_tier(tier: At<String>, changes: &mut Changes) -> Option<Value> {
    match tier.value.as_str() {
        "standard_only" => {
            changes.changed(&tier.at, "goes on as `default`");
            Some(json!("default"))
        }
        _ => Some(Value::String(tier.value)),
    }
}
