//! Reads a request.

use super::content::required_object;
use super::read_messages::read_messages;
use super::read_tools::read_tools;
use crate::allowed_tools;
use crate::fields::{Fields, Reading, elements, kind};
use crate::pointer::{At, Pointer};
use crate::prompt::{Format, Prompt, Sampling};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

const TEMPERATURE: RangeInclusive<f64> = 0.0..=2.0;
const TOP_P: RangeInclusive<f64> = 0.0..=1.0;
const PENALTY: RangeInclusive<f64> = -2.0..=2.0;
const TOP_LOGPROBS_MAX: u64 = 20;

/// Reads a request; mistakes and unknown members are noted in `reading`.
pub(crate) fn read_request(body: Value, reading: &Reading) -> Prompt {
    let Some(mut fields) = Fields::of(body, Pointer::root(), reading) else {
        return Prompt::default();
    };
    let mut prompt = Prompt { model: fields.required_string("model"), ..Prompt::default() };
    let empty = fields.peek("messages").and_then(Value::as_array).is_some_and(Vec::is_empty);
    let messages = fields.required_array("messages");
    if empty {
        reading.problem(&fields.path("messages"), "expected at least one message");
    }
    prompt.turns = read_messages(messages, reading);
    read_tools(&mut fields, &mut prompt);
    allowed_tools::narrow(&mut prompt, reading);
    read_stream(&mut fields, &mut prompt);
    prompt.max_tokens = read_max_tokens(&mut fields);
    prompt.sampling = read_sampling(&mut fields);
    prompt.stop = read_stop(&mut fields);
    prompt.reasoning.effort = fields.string("reasoning_effort");
    prompt.format = read_format(&mut fields);
    prompt.verbosity = fields.string("verbosity");
    prompt.user = fields.string("user");
    prompt.safety_identifier = fields.string("safety_identifier");
    prompt.metadata = fields.labels("metadata");
    prompt.service_tier = fields.string("service_tier");
    prompt.store = fields.bool("store");
    prompt.cache_key = fields.string("prompt_cache_key");
    prompt.cache_retention = fields.string("prompt_cache_retention");
    read_what_is_default(&mut fields);
    fields.finish();
    prompt
}

/// Members whose default says nothing; any other value is left to be listed.
fn read_what_is_default(fields: &mut Fields<'_>) {
    let reading = fields.reading();
    if let Some(choices) = fields.u64("n") {
        match choices.value {
            0 => reading.problem(&choices.at, "expected a whole number from 1, found 0"),
            1 => {}
            _ => reading.unknown(choices.at),
        }
    }
    let only_text = |value: &Value| {
        value.as_array().is_some_and(|list| matches!(list.as_slice(), [one] if one == "text"))
    };
    if fields.peek("modalities").is_some_and(only_text) {
        fields.ignore("modalities");
    }
    let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    if fields.peek("logit_bias").is_some_and(empty) {
        fields.ignore("logit_bias");
    }
}

fn read_stream(fields: &mut Fields<'_>, prompt: &mut Prompt) {
    prompt.stream = fields.bool("stream").is_some_and(|found| found.value);
    if let Some(mut options) = fields.object("stream_options") {
        prompt.include_usage = options.bool("include_usage").is_some_and(|found| found.value);
        // Random padding of the chunks, against eavesdroppers: for the transport, not the model.
        options.bool("include_obfuscation");
        options.finish();
    }
}

/// The newer name goes before the older; an older one of the same value says nothing more.
fn read_max_tokens(fields: &mut Fields<'_>) -> Option<At<u64>> {
    let reading = fields.reading();
    let older = fields.u64("max_tokens");
    let newer = fields.u64("max_completion_tokens");
    let both = [&newer, &older];
    for found in both.into_iter().flatten().filter(|found| found.value == 0) {
        reading.problem(&found.at, "expected a whole number from 1, found 0");
    }
    if let (Some(newer), Some(older)) = (&newer, &older)
        && newer.value != older.value
    {
        reading.unknown(older.at.clone());
    }
    newer.or(older)
}

fn read_sampling(fields: &mut Fields<'_>) -> Sampling {
    let top_logprobs = fields.u64("top_logprobs");
    if let Some(found) = top_logprobs.as_ref().filter(|found| found.value > TOP_LOGPROBS_MAX) {
        let message =
            format!("expected a whole number from 0 to {TOP_LOGPROBS_MAX}, found {}", found.value);
        fields.reading().problem(&found.at, message);
    }
    Sampling {
        temperature: fields.f64_within("temperature", TEMPERATURE),
        top_p: fields.f64_within("top_p", TOP_P),
        // Not OpenAI's, but taken by vLLM, OpenRouter and others.
        top_k: fields.u64("top_k"),
        frequency_penalty: fields.f64_within("frequency_penalty", PENALTY),
        presence_penalty: fields.f64_within("presence_penalty", PENALTY),
        seed: fields.i64("seed"),
        // `false` is the default and asks for nothing.
        logprobs: fields.bool("logprobs").filter(|found| found.value),
        top_logprobs,
    }
}

fn read_stop(fields: &mut Fields<'_>) -> Option<At<Vec<String>>> {
    let found = fields.take("stop")?;
    let reading = fields.reading();
    let texts = match found.value {
        Value::String(text) => vec![text],
        Value::Array(items) => {
            let mut texts = Vec::with_capacity(items.len());
            for item in elements(items, &found.at) {
                match item.value {
                    Value::String(text) => texts.push(text),
                    other => reading
                        .problem(&item.at, format!("expected a string, found {}", kind(&other))),
                }
            }
            texts
        }
        other => {
            let message = format!("expected a string or an array, found {}", kind(&other));
            reading.problem(&found.at, message);
            return None;
        }
    };
    (!texts.is_empty()).then_some(At { value: texts, at: found.at })
}

fn read_format(fields: &mut Fields<'_>) -> Option<At<Format>> {
    let mut format = fields.object("response_format")?;
    let at = format.at().clone();
    let value = match format.peek_str("type") {
        None => {
            format.required_string("type");
            return None;
        }
        Some("text") => Format::Text,
        Some("json_object") => Format::JsonObject,
        Some("json_schema") => {
            let mut schema = required_object(&mut format, "json_schema")?;
            let value = Format::Schema {
                name: schema.string("name").map(|found| found.value),
                description: schema.string("description").map(|found| found.value),
                // Without a schema any JSON fits.
                schema: schema
                    .take("schema")
                    .map_or_else(|| Value::Object(Map::new()), |found| found.value),
                strict: schema.bool("strict").map(|found| found.value),
            };
            schema.finish();
            value
        }
        Some(_) => {
            return Some(At { value: Format::Native(format.into_value()), at });
        }
    };
    format.ignore("type");
    format.finish();
    Some(At { value, at })
}
