//! The request as a client sends it: its settings. Input and tools have files of their own.

use super::{read_input, read_tools};
use crate::allowed_tools;
use crate::fields::{Fields, Reading, kind};
use crate::part::Part;
use crate::pointer::{At, Pointer};
use crate::prompt::{Format, Prompt, Role, Turn};
use serde_json::Value;

/// Reads a request. Mistakes and members without a place in the neutral model are noted in `reading`.
pub(crate) fn read_request(document: Value, reading: &Reading) -> Prompt {
    // A responses stream always ends with the usage, so whoever serves it must be asked for it.
    let mut prompt = Prompt { include_usage: true, ..Prompt::default() };
    let Some(mut fields) = Fields::of(document, Pointer::root(), reading) else { return prompt };
    prompt.model = fields.required_string("model");
    if let Some(At { value, at }) = fields.string("instructions")
        && !value.is_empty()
    {
        let parts = vec![Part::text(value, at.clone())];
        prompt.turns.push(Turn { role: Role::System, name: None, parts, at });
    }
    read_input::read(&mut fields, &mut prompt.turns);
    prompt.tools = read_tools::tools(&mut fields);
    prompt.tool_choice = read_tools::choice(&mut fields);
    allowed_tools::narrow(&mut prompt, reading);
    prompt.parallel_tools = fields.bool("parallel_tool_calls");
    prompt.stream = fields.bool("stream").is_some_and(|stream| stream.value);
    prompt.max_tokens = fields.u64("max_output_tokens").filter(|limit| {
        if limit.value == 0 {
            reading.problem(&limit.at, "expected a whole number from 1, found 0");
        }
        limit.value > 0
    });
    prompt.sampling.temperature = fields.f64_within("temperature", 0.0..=2.0);
    prompt.sampling.top_p = fields.f64_within("top_p", 0.0..=1.0);
    prompt.sampling.top_logprobs = fields.u64("top_logprobs");
    reasoning(&mut fields, &mut prompt);
    include(&mut fields, &mut prompt);
    text(&mut fields, &mut prompt);
    prompt.user = fields.string("user");
    prompt.safety_identifier = fields.string("safety_identifier");
    prompt.metadata = fields.labels("metadata");
    prompt.service_tier = fields.string("service_tier");
    prompt.store = fields.bool("store");
    prompt.cache_key = fields.string("prompt_cache_key");
    prompt.cache_retention = fields.string("prompt_cache_retention");
    defaults(&mut fields);
    fields.finish();
    prompt
}

fn reasoning(fields: &mut Fields<'_>, prompt: &mut Prompt) {
    let Some(mut reasoning) = fields.object("reasoning") else { return };
    prompt.reasoning.effort = reasoning.string("effort");
    // `generate_summary` is the older name of `summary`.
    let older = reasoning.string("generate_summary");
    prompt.reasoning.summary = reasoning.string("summary").or(older);
    reasoning.finish();
}

fn include(fields: &mut Fields<'_>, prompt: &mut Prompt) {
    for At { value, at } in fields.array("include").unwrap_or_default() {
        match value.as_str() {
            Some("reasoning.encrypted_content") => prompt.reasoning.encrypted = true,
            Some("message.output_text.logprobs") => {
                prompt.sampling.logprobs = Some(At { value: true, at });
            }
            Some(_) => fields.reading().unknown(at),
            None => {
                let message = format!("expected a string, found {}", kind(&value));
                fields.reading().problem(&at, message);
            }
        }
    }
}

fn text(fields: &mut Fields<'_>, prompt: &mut Prompt) {
    let Some(mut text) = fields.object("text") else { return };
    prompt.verbosity = text.string("verbosity");
    prompt.format = format(&mut text);
    text.finish();
}

fn format(text: &mut Fields<'_>) -> Option<At<Format>> {
    let mut format = text.object("format")?;
    let at = format.at().clone();
    let value = match format.peek_str("type") {
        Some("text") => Format::Text,
        Some("json_object") => Format::JsonObject,
        Some("json_schema") => {
            let name = Some(format.required_string("name"));
            if format.peek("schema").is_none() {
                format.reading().problem(&format.path("schema"), "required, but missing");
            }
            let schema = format.object("schema").map(Fields::into_value).unwrap_or_default();
            let strict = format.bool("strict").map(|strict| strict.value);
            let description = format.string("description").map(|found| found.value);
            Format::Schema { name, description, schema, strict }
        }
        Some(_) => return Some(At { value: Format::Native(format.into_value()), at }),
        None => {
            format.required_string("type");
            return None;
        }
    };
    format.ignore("type");
    format.finish();
    Some(At { value, at })
}

/// Takes the members that say what holds anyway, so that only what differs is listed as dropped.
fn defaults(fields: &mut Fields<'_>) {
    match fields.peek("truncation") {
        Some(Value::String(word)) if word == "disabled" => fields.ignore("truncation"),
        Some(Value::String(word)) if word == "auto" => {}
        Some(_) => {
            let at = fields.path("truncation");
            fields.reading().problem(&at, "expected `auto` or `disabled`");
        }
        None => {}
    }
    if fields.peek("background") == Some(&Value::Bool(false)) {
        fields.ignore("background");
    }
    if let Some(mut options) = fields.object("stream_options") {
        // Obfuscation pads events against eavesdroppers on their sizes; it has no meaning for the reply.
        options.ignore("include_obfuscation");
        options.finish();
    }
}
