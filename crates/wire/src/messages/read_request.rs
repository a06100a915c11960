//! A request of a client into the neutral model.
//!
//! Members that only Anthropic has (`context_management`, `container`, `mcp_servers`, the request's own
//! `cache_control` …) are left over and so get listed as dropped. The words of `effort` are not checked: new models
//! bring new ones, and whoever writes the request knows which it can carry.

use super::read_block::{Place, read_content};
use crate::dialect::Dialect;
use crate::fields::{Fields, Reading};
use crate::pointer::{At, Pointer};
use crate::prompt::{
    Format, Prompt, Reasoning, ReasoningMode, Role, Tool, ToolChoice, ToolKind, Turn,
};
use serde_json::Value;

/// Reads the body of `POST /v1/messages`.
pub(crate) fn read_request(body: Value, reading: &Reading) -> Prompt {
    let missing =
        body.as_object().is_some_and(|body| body.get("max_tokens").is_none_or(Value::is_null));
    if missing {
        reading.problem(&Pointer::root().key("max_tokens"), "required, but missing");
    }
    read_count_request(body, reading)
}

/// Reads the body of `POST /v1/messages/count_tokens`: the same, but nothing is generated and so nothing limited.
pub(crate) fn read_count_request(body: Value, reading: &Reading) -> Prompt {
    let mut prompt = Prompt::default();
    let Some(mut fields) = Fields::of(body, Pointer::root(), reading) else { return prompt };
    prompt.model = fields.required_string("model");
    // 0 fills the prompt cache and generates nothing (docs.claude.com, "pre-warming the cache").
    prompt.max_tokens = fields.u64("max_tokens");
    read_turns(&mut fields, &mut prompt);
    if let Some(tools) = fields.array("tools") {
        prompt.tools = tools.into_iter().filter_map(|tool| read_tool(tool, reading)).collect();
    }
    read_tool_choice(&mut fields, &mut prompt);
    read_thinking(&mut fields, &mut prompt.reasoning);
    read_output(&mut fields, &mut prompt);
    prompt.sampling.temperature = in_unit_range(fields.f64("temperature"), reading);
    prompt.sampling.top_p = in_unit_range(fields.f64("top_p"), reading);
    prompt.sampling.top_k = fields.u64("top_k");
    prompt.stop = read_stop(&mut fields);
    prompt.stream = fields.bool("stream").is_some_and(|found| found.value);
    // Usage is a part of every reply of this dialect.
    prompt.include_usage = true;
    if let Some(mut metadata) = fields.object("metadata") {
        prompt.user = metadata.string("user_id");
        metadata.finish();
    }
    prompt.service_tier = fields.string("service_tier").filter(|tier| {
        let known = matches!(tier.value.as_str(), "auto" | "standard_only");
        if !known {
            reading.problem(&tier.at, r#"expected "auto" or "standard_only""#);
        }
        known
    });
    fields.finish();
    prompt
}

fn read_turns(fields: &mut Fields<'_>, prompt: &mut Prompt) {
    let reading = fields.reading();
    if let Some(system) = fields.take("system") {
        let at = system.at.clone();
        let parts = read_content(system, Place::System, reading);
        if !parts.is_empty() {
            prompt.turns.push(Turn { role: Role::System, name: None, parts, at });
        }
    }
    // Absent or of another type, it is told once.
    let given = fields.peek("messages").is_some_and(Value::is_array);
    let messages = fields.required_array("messages");
    if given && messages.is_empty() {
        reading.problem(&fields.path("messages"), "expected at least one message");
    }
    prompt.turns.extend(messages.into_iter().filter_map(|message| read_turn(message, reading)));
}

fn read_turn(message: At<Value>, reading: &Reading) -> Option<Turn> {
    let mut fields = Fields::of(message.value, message.at, reading)?;
    let name = fields.required_string("role");
    let role = match name.as_str() {
        "user" => Some((Role::User, Place::User)),
        "assistant" => Some((Role::Assistant, Place::Assistant)),
        // Claude Code sends late instructions so.
        "system" => Some((Role::System, Place::System)),
        // Missing, which has been noted, or of another type.
        "" => None,
        _ => {
            reading.problem(
                &fields.path("role"),
                format!(r#"expected "user", "assistant" or "system", found "{name}""#),
            );
            None
        }
    };
    let Some(content) = fields.take("content") else {
        reading.problem(&fields.path("content"), "required, but missing");
        return None;
    };
    let (role, place) = role?;
    let at = fields.at().clone();
    let parts = read_content(content, place, reading);
    fields.finish();
    Some(Turn { role, name: None, parts, at })
}

fn read_tool(tool: At<Value>, reading: &Reading) -> Option<Tool> {
    let mut fields = Fields::of(tool.value, tool.at, reading)?;
    let at = fields.at().clone();
    if let Some(kind) = fields.peek_str("type").filter(|kind| *kind != "custom") {
        let name = fields.peek_str("name").unwrap_or(kind).to_owned();
        let kind = ToolKind::Native { dialect: Dialect::Messages, value: fields.into_value() };
        return Some(Tool { name, description: None, kind, strict: None, cache: None, at });
    }
    fields.ignore("type");
    let name = fields.required_string("name");
    if fields.peek("input_schema").is_none() {
        reading.problem(&fields.path("input_schema"), "required, but missing");
    }
    let schema = fields.object("input_schema").map(Fields::into_value);
    let tool = Tool {
        name,
        description: fields.string("description").map(|found| found.value),
        kind: ToolKind::Function { schema },
        strict: fields.bool("strict").map(|found| found.value),
        cache: fields.take("cache_control").map(|found| found.value),
        at,
    };
    fields.finish();
    Some(tool)
}

fn read_tool_choice(fields: &mut Fields<'_>, prompt: &mut Prompt) {
    let Some(mut choice) = fields.object("tool_choice") else { return };
    let at = choice.at().clone();
    let kind = choice.peek_str("type").map(str::to_owned);
    let value = match kind.as_deref() {
        Some("auto") => ToolChoice::Auto,
        Some("any") => ToolChoice::Any,
        Some("none") => ToolChoice::None,
        Some("tool") => ToolChoice::Tool { name: choice.required_string("name"), custom: false },
        Some(_) => {
            let value = ToolChoice::Native(choice.into_value());
            prompt.tool_choice = Some(At { value, at });
            return;
        }
        None => {
            choice.required_string("type");
            return;
        }
    };
    choice.ignore("type");
    prompt.parallel_tools = choice
        .bool("disable_parallel_tool_use")
        .map(|disable| At { value: !disable.value, at: disable.at });
    choice.finish();
    prompt.tool_choice = Some(At { value, at });
}

fn read_thinking(fields: &mut Fields<'_>, reasoning: &mut Reasoning) {
    let reading = fields.reading();
    let Some(mut thinking) = fields.object("thinking") else { return };
    let kind = thinking.required_string("type");
    let value = match kind.as_str() {
        "enabled" => Some(ReasoningMode::Enabled),
        "disabled" => Some(ReasoningMode::Disabled),
        "adaptive" => Some(ReasoningMode::Adaptive),
        "" => None,
        _ => {
            reading.problem(
                &thinking.path("type"),
                format!(r#"expected "enabled", "disabled" or "adaptive", found "{kind}""#),
            );
            None
        }
    };
    if value == Some(ReasoningMode::Enabled) && thinking.peek("budget_tokens").is_none() {
        reading.problem(&thinking.path("budget_tokens"), "required, but missing");
    }
    reasoning.mode = value.map(|value| At { value, at: thinking.at().clone() });
    reasoning.budget_tokens = thinking.u64("budget_tokens");
    reasoning.summary = thinking.string("display");
    thinking.finish();
}

/// `output_config` and its forerunner `output_format`.
fn read_output(fields: &mut Fields<'_>, prompt: &mut Prompt) {
    if let Some(mut config) = fields.object("output_config") {
        prompt.reasoning.effort = config.string("effort");
        prompt.format = config.object("format").map(read_format);
        config.finish();
    }
    if let Some(format) = fields.object("output_format") {
        prompt.format.get_or_insert(read_format(format));
    }
}

fn read_format(mut format: Fields<'_>) -> At<Format> {
    let at = format.at().clone();
    if format.peek_str("type") != Some("json_schema") {
        return At { value: Format::Native(format.into_value()), at };
    }
    format.ignore("type");
    if format.peek("schema").is_none() {
        format.reading().problem(&format.path("schema"), "required, but missing");
    }
    let schema = format.object("schema").map_or(Value::Null, Fields::into_value);
    format.finish();
    At { value: Format::Schema { name: None, description: None, schema, strict: None }, at }
}

fn in_unit_range(number: Option<At<f64>>, reading: &Reading) -> Option<At<f64>> {
    number.filter(|number| {
        let inside = (0.0..=1.0).contains(&number.value);
        if !inside {
            reading.problem(&number.at, format!("expected 0 to 1, found {}", number.value));
        }
        inside
    })
}

fn read_stop(fields: &mut Fields<'_>) -> Option<At<Vec<String>>> {
    let reading = fields.reading();
    let at = fields.path("stop_sequences");
    let texts = fields.array("stop_sequences")?;
    let mut value = Vec::with_capacity(texts.len());
    for text in texts {
        match text.value {
            Value::String(text) => value.push(text),
            other => reading.problem(
                &text.at,
                format!("expected a string, found {}", crate::fields::kind(&other)),
            ),
        }
    }
    (!value.is_empty()).then_some(At { value, at })
}
