//! Writes a request.
//!
//! Everything of the prompt is taken apart by name, so that a member added to it cannot be forgotten here.

use super::write_messages::write_messages;
use super::write_tools::{OfferedTools, write_tools};
use crate::changes::Changes;
use crate::digest::digest;
use crate::effort::effort_of;
use crate::pointer::At;
use crate::prompt::{Format, Prompt, Reasoning, ReasoningMode, Sampling};
use crate::writing::Writing;
use serde_json::{Map, Value, json};

/// OpenAI takes no more (platform.openai.com/docs/api-reference/chat/create#stop).
const STOP_TEXTS_MAX: usize = 4;

/// OpenAI refuses a longer `user`, in characters. Claude Code's is about 150.
const USER_CHARS_MAX: usize = 64;

/// Writes a request; what has no place in chat is listed in `writing.changes`.
pub(crate) fn write_request(prompt: Prompt, writing: &mut Writing) -> Value {
    let Prompt {
        model,
        turns,
        tools,
        tool_choice,
        parallel_tools,
        stream,
        // Kept in the memo: usage is asked for in any case, and hidden from a client that did not ask.
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
    set(&mut body, "model", model);
    // The tools first, since a call in the history is written as its tool is.
    let mut offered = Map::new();
    write_tools(OfferedTools { tools, tool_choice, parallel_tools }, &mut offered, writing);
    set(&mut body, "messages", write_messages(turns, writing));
    body.extend(offered);
    if stream {
        set(&mut body, "stream", true);
        set(&mut body, "stream_options", json!({"include_usage": true}));
    }
    let newer = writing.target.max_completion_tokens;
    let limit = max_tokens.map(|limit| output_tokens(limit, &mut writing.changes));
    set_at(&mut body, if newer { "max_completion_tokens" } else { "max_tokens" }, limit);
    write_sampling(sampling, &mut body, &mut writing.changes);
    write_stop(stop, &mut body, &mut writing.changes);
    write_reasoning(reasoning, &mut body, &mut writing.changes);
    write_format(format, &mut body, &mut writing.changes);
    set_at(&mut body, "verbosity", verbosity);
    write_user("user", user, &mut body, &mut writing.changes);
    write_user("safety_identifier", safety_identifier, &mut body, &mut writing.changes);
    if let Some(labels) = metadata {
        set(&mut body, "metadata", Value::Object(labels.value));
    }
    write_service_tier(service_tier, &mut body, &mut writing.changes);
    set_at(&mut body, "store", store);
    set_at(&mut body, "prompt_cache_key", cache_key);
    set_at(&mut body, "prompt_cache_retention", cache_retention);
    Value::Object(body)
}

fn set(body: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    body.insert(key.to_owned(), value.into());
}

fn set_at<T: Into<Value>>(body: &mut Map<String, Value>, key: &str, found: Option<At<T>>) {
    if let Some(found) = found {
        set(body, key, found.value);
    }
}

/// With a limit of 0 Anthropic fills its prompt cache and generates nothing, which chat cannot ask for.
fn output_tokens(mut limit: At<u64>, changes: &mut Changes) -> At<u64> {
    if limit.value == 0 {
        changes.changed(&limit.at, "chat generates at least 1 token");
        limit.value = 1;
    }
    limit
}

fn write_sampling(sampling: Sampling, body: &mut Map<String, Value>, changes: &mut Changes) {
    let Sampling {
        temperature,
        top_p,
        top_k,
        frequency_penalty,
        presence_penalty,
        seed,
        logprobs,
        top_logprobs,
    } = sampling;
    set_at(body, "temperature", temperature);
    set_at(body, "top_p", top_p);
    if let Some(found) = top_k {
        changes.dropped(&found.at, "chat has no top_k");
    }
    set_at(body, "frequency_penalty", frequency_penalty);
    set_at(body, "presence_penalty", presence_penalty);
    set_at(body, "seed", seed);
    let wanted = logprobs.filter(|found| found.value).map(|found| found.at);
    let many = top_logprobs.filter(|found| found.value > 0).map(|found| found.at);
    for at in [wanted, many].into_iter().flatten() {
        changes.dropped(&at, "log probabilities of the reply are not translated");
    }
}

fn write_stop(stop: Option<At<Vec<String>>>, body: &mut Map<String, Value>, changes: &mut Changes) {
    let Some(At { value: mut texts, at }) = stop else { return };
    for index in STOP_TEXTS_MAX..texts.len() {
        changes.dropped(&at.index(index), "chat takes at most 4 stop texts");
    }
    texts.truncate(STOP_TEXTS_MAX);
    if !texts.is_empty() {
        set(body, "stop", texts);
    }
}

/// `reasoning_effort` is all that chat has. A budget becomes the nearest effort; without either the server decides.
fn write_reasoning(reasoning: Reasoning, body: &mut Map<String, Value>, changes: &mut Changes) {
    // `encrypted` asks the reply for its seal, which our replies carry unasked.
    let Reasoning { mode, budget_tokens, effort, summary, encrypted: _ } = reasoning;
    if let Some(found) = summary {
        changes.dropped(&found.at, "chat has no choice of how reasoning is shown");
    }
    let off = mode.as_ref().is_some_and(|mode| mode.value == ReasoningMode::Disabled);
    if let (Some(mode), true) = (&mode, off) {
        // `none` exists, but most servers and models refuse it.
        changes.dropped(&mode.at, "chat has no switch for reasoning that every server takes");
    }
    match (effort, budget_tokens) {
        (Some(effort), budget) => {
            if let Some(budget) = budget {
                changes.dropped(&budget.at, "chat takes an effort or nothing");
            }
            let word = match effort.value.as_str() {
                "max" => {
                    changes
                        .changed(&effort.at, "the highest effort that every server takes is high");
                    "high".to_owned()
                }
                _ => effort.value,
            };
            set(body, "reasoning_effort", word);
        }
        (None, Some(budget)) if off => {
            changes.dropped(&budget.at, "a budget has no use where reasoning is off");
        }
        (None, Some(budget)) => {
            changes.changed(&budget.at, "chat takes an effort, not a budget of tokens");
            set(body, "reasoning_effort", effort_of(budget.value));
        }
        (None, None) => {
            if let Some(mode) = mode.filter(|_| !off) {
                changes.dropped(&mode.at, "how much is reasoned is left to the server");
            }
        }
    }
}

fn write_format(format: Option<At<Format>>, body: &mut Map<String, Value>, changes: &mut Changes) {
    let Some(At { value, at }) = format else { return };
    let value = match value {
        Format::Text => json!({"type": "text"}),
        Format::JsonObject => json!({"type": "json_object"}),
        Format::Schema { name, description, schema, strict } => {
            /// OpenAI demands a name; the messages dialect has none.
            const UNNAMED: &str = "reply";
            let mut inner = Map::new();
            set(&mut inner, "name", name.unwrap_or_else(|| UNNAMED.to_owned()));
            if let Some(description) = description {
                set(&mut inner, "description", description);
            }
            set(&mut inner, "schema", schema);
            if let Some(strict) = strict {
                set(&mut inner, "strict", strict);
            }
            json!({"type": "json_schema", "json_schema": inner})
        }
        // Chat nests its formats in a member of their type's name; the other dialects are flat.
        Format::Native(value) => {
            let own = value.get("type").and_then(Value::as_str).and_then(|kind| value.get(kind));
            if !own.is_some_and(Value::is_object) {
                changes.dropped(&at, "chat has no such format");
                return;
            }
            value
        }
    };
    set(body, "response_format", value);
}

fn write_user(
    key: &str,
    user: Option<At<String>>,
    body: &mut Map<String, Value>,
    changes: &mut Changes,
) {
    let Some(At { value, at }) = user else { return };
    if value.chars().count() <= USER_CHARS_MAX {
        set(body, key, value);
        return;
    }
    changes.changed(&at, "longer than 64 characters; its SHA-256 stands for it");
    set(body, key, digest(&value));
}

fn write_service_tier(
    tier: Option<At<String>>,
    body: &mut Map<String, Value>,
    changes: &mut Changes,
) {
    let Some(At { value, at }) = tier else { return };
    if value == "standard_only" {
        changes.changed(&at, "standard_only is chat's default");
        set(body, "service_tier", "default");
    } else {
        set(body, "service_tier", value);
    }
}
