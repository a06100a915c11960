//! A neutral request for an Anthropic upstream.

use super::write_reasoning::{OUTPUT_TOKENS_DEFAULT, OutputLimit, Thinking, write_thinking};
use super::write_tool::{stand_ins, write_choice, write_tools};
use super::write_turns::Conversation;
use crate::pointer::{At, Pointer};
use crate::prompt::{Format, Prompt, Sampling};
use crate::writing::Writing;
use serde_json::{Map, Value, json};

/// The longest `metadata.user_id`, in characters (docs.anthropic.com/en/api/messages).
const USER_ID_CHARS_MAX: usize = 256;

/// With thinking on, `top_p` may lie between this and 1 (docs.anthropic.com, "extended thinking").
const TOP_P_MIN_THINKING: f64 = 0.95;

pub(crate) fn write_request(prompt: Prompt, writing: &mut Writing) -> Value {
    let mut limit = output_limit(prompt.max_tokens.as_ref(), writing);
    let mut tools = write_tools(prompt.tools, writing);
    let mut conversation = Conversation::write(prompt.turns, writing);
    let offered = !tools.is_empty();
    let goes_on = conversation.goes_on_without_thinking();
    let thinking = write_thinking(prompt.reasoning, &mut limit, goes_on, writing);
    if prompt.max_tokens.is_none() {
        let why = format!("the dialect demands a limit; set to {} tokens", limit.tokens);
        writing.changes.changed(&Pointer::root().key("max_tokens"), why);
    }
    let choice =
        write_choice(prompt.tool_choice, prompt.parallel_tools, offered, thinking.on, writing);
    let choice = if offered {
        choice
    } else {
        tools = stand_ins(&conversation.called, writing);
        (!tools.is_empty()).then(|| json!({ "type": "none" }))
    };

    let mut body = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    };
    set("model", Some(prompt.model.into()));
    set("max_tokens", Some(limit.tokens.into()));
    set("system", conversation.system());
    set("messages", Some(conversation.messages()));
    set("tools", (!tools.is_empty()).then_some(Value::Array(tools)));
    set("tool_choice", choice);
    let Thinking { thinking, effort, on } = thinking;
    set("thinking", thinking);
    set("output_config", output_config(effort, prompt.format, writing));
    let sampling = write_sampling(prompt.sampling, on, writing);
    set("temperature", sampling.temperature.map(Value::from));
    set("top_p", sampling.top_p.map(Value::from));
    set("top_k", sampling.top_k.map(Value::from));
    set("stop_sequences", write_stop(prompt.stop, writing));
    set("metadata", write_user(prompt.user, prompt.safety_identifier, writing));
    set("service_tier", write_tier(prompt.service_tier, writing));
    set("stream", prompt.stream.then_some(Value::Bool(true)));
    for (setting, why) in [
        (prompt.verbosity.map(|found| found.at), "no verbosity setting"),
        (prompt.metadata.map(|found| found.at), "no labels but the user's id"),
        (prompt.store.filter(|store| store.value).map(|found| found.at), "replies are not kept"),
        (prompt.cache_key.map(|found| found.at), "the cache has no key"),
        (prompt.cache_retention.map(|found| found.at), "the cache is set by block"),
    ] {
        if let Some(at) = setting {
            writing.changes.dropped(&at, why);
        }
    }
    Value::Object(body)
}

fn output_limit(given: Option<&At<u64>>, writing: &Writing) -> OutputLimit {
    let of_model = writing.target.output_tokens_max;
    let tokens = given.map(|given| given.value).or(of_model).unwrap_or(OUTPUT_TOKENS_DEFAULT);
    OutputLimit { tokens, free: given.is_none() && of_model.is_none() }
}

fn output_config(
    effort: Option<String>,
    format: Option<At<Format>>,
    writing: &mut Writing,
) -> Option<Value> {
    let mut config = Map::new();
    if let Some(effort) = effort {
        config.insert("effort".to_owned(), effort.into());
    }
    match format {
        None | Some(At { value: Format::Text, .. }) => {}
        Some(At { value: Format::JsonObject, at }) => {
            writing.changes.dropped(&at, "JSON can be asked for only with a schema");
        }
        Some(At { value: Format::Native(_), at }) => {
            writing.changes.dropped(&at, "no such output format");
        }
        // The name is a label for OpenAI's servers and says nothing to the model.
        Some(At { value: Format::Schema { name: _, description, schema, strict }, at }) => {
            if description.is_some() {
                writing.changes.dropped(&at, "a schema has no description beside it");
            }
            if strict == Some(false) {
                writing.changes.changed(&at, "the schema is enforced always");
            }
            let format = json!({ "type": "json_schema", "schema": schema });
            config.insert("format".to_owned(), format);
        }
    }
    (!config.is_empty()).then_some(Value::Object(config))
}

struct WrittenSampling {
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u64>,
}

fn write_sampling(sampling: Sampling, thinking: bool, writing: &mut Writing) -> WrittenSampling {
    let changes = &mut writing.changes;
    let Sampling {
        mut temperature,
        mut top_p,
        mut top_k,
        frequency_penalty,
        presence_penalty,
        seed,
        logprobs,
        top_logprobs,
    } = sampling;
    if let Some(hot) = temperature.as_mut().filter(|found| found.value > 1.0) {
        changes.changed(&hot.at, "a temperature reaches from 0 to 1; set to 1");
        hot.value = 1.0;
    }
    if thinking {
        const WHY: &str = "not to be set while the model thinks";
        if let Some(found) = temperature.take_if(|found| found.value != 1.0) {
            changes.dropped(&found.at, WHY);
        }
        if let Some(found) = top_k.take() {
            changes.dropped(&found.at, WHY);
        }
        if let Some(found) = top_p.take_if(|found| found.value < TOP_P_MIN_THINKING) {
            changes.dropped(&found.at, WHY);
        }
    }
    // Newer models refuse both at once. A 1 is what either is when it is not given.
    if temperature.is_some() && top_p.is_some() {
        temperature.take_if(|found| found.value == 1.0);
    }
    if temperature.is_some()
        && let Some(found) = top_p.take()
        && found.value != 1.0
    {
        changes.dropped(&found.at, "models take temperature or top_p, not both");
    }
    for at in [
        frequency_penalty.filter(|found| found.value != 0.0).map(|found| found.at),
        presence_penalty.filter(|found| found.value != 0.0).map(|found| found.at),
        seed.map(|found| found.at),
        logprobs.filter(|found| found.value).map(|found| found.at),
        top_logprobs.filter(|found| found.value != 0).map(|found| found.at),
    ]
    .into_iter()
    .flatten()
    {
        changes.dropped(&at, "no such setting");
    }
    WrittenSampling {
        temperature: temperature.map(|found| found.value),
        top_p: top_p.map(|found| found.value),
        top_k: top_k.map(|found| found.value),
    }
}

fn write_stop(stop: Option<At<Vec<String>>>, writing: &mut Writing) -> Option<Value> {
    let stop = stop?;
    let mut texts = Vec::with_capacity(stop.value.len());
    for (index, text) in stop.value.into_iter().enumerate() {
        if text.trim().is_empty() {
            let why = "a stop sequence must hold a visible character";
            writing.changes.dropped(&stop.at.index(index), why);
        } else {
            texts.push(Value::from(text));
        }
    }
    (!texts.is_empty()).then_some(Value::Array(texts))
}

fn write_user(
    user: Option<At<String>>,
    safety_identifier: Option<At<String>>,
    writing: &mut Writing,
) -> Option<Value> {
    let id = match (user, safety_identifier) {
        (Some(user), identifier) => {
            if let Some(identifier) = identifier.filter(|found| found.value != user.value) {
                writing.changes.dropped(&identifier.at, "there is one id of the user");
            }
            user
        }
        (None, identifier) => identifier?,
    };
    if id.value.chars().count() > USER_ID_CHARS_MAX {
        let why = format!("an id of the user has at most {USER_ID_CHARS_MAX} characters");
        writing.changes.dropped(&id.at, why);
        return None;
    }
    Some(json!({ "user_id": id.value }))
}

fn write_tier(tier: Option<At<String>>, writing: &mut Writing) -> Option<Value> {
    let tier = tier?;
    match tier.value.as_str() {
        "auto" => Some("auto".into()),
        "default" | "standard_only" => Some("standard_only".into()),
        _ => {
            writing.changes.dropped(&tier.at, "no such service tier");
            None
        }
    }
}
