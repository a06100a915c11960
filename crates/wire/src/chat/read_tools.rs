//! Reads the tools of a request and whether they are to be called.

use super::content::required_object;
use crate::dialect::Dialect;
use crate::fields::{Fields, Reading, kind};
use crate::pointer::{At, Pointer};
use crate::prompt::{Prompt, Tool, ToolChoice, ToolKind};
use serde_json::Value;

/// Reads `tools`, `tool_choice`, `parallel_tool_calls`, and the older `functions` and `function_call`.
pub(super) fn read_tools(fields: &mut Fields<'_>, prompt: &mut Prompt) {
    let reading = fields.reading();
    for tool in fields.array("tools").unwrap_or_default() {
        prompt.tools.extend(read_tool(tool, reading));
    }
    for function in fields.array("functions").unwrap_or_default() {
        let at = function.at.clone();
        if let Some(function) = Fields::of(function.value, function.at, reading) {
            prompt.tools.push(read_function(function, at));
        }
    }
    let choice = fields.take("tool_choice").or_else(|| fields.take("function_call"));
    prompt.tool_choice = choice.and_then(|found| read_choice(found, reading));
    prompt.parallel_tools = fields.bool("parallel_tool_calls");
}

fn read_tool(found: At<Value>, reading: &Reading) -> Option<Tool> {
    let mut fields = Fields::of(found.value, found.at.clone(), reading)?;
    let mut tool = match fields.peek_str("type") {
        None => {
            fields.required_string("type");
            return None;
        }
        Some("function") => {
            fields.ignore("type");
            read_function(required_object(&mut fields, "function")?, found.at)
        }
        Some("custom") => {
            fields.ignore("type");
            let mut custom = required_object(&mut fields, "custom")?;
            let tool = Tool {
                name: custom.required_string("name"),
                description: custom.string("description").map(|found| found.value),
                kind: ToolKind::Custom { format: custom.take("format").map(|found| found.value) },
                strict: None,
                cache: None,
                at: found.at,
            };
            custom.finish();
            tool
        }
        Some(other) => {
            let name = fields.peek_str("name").unwrap_or(other).to_owned();
            let kind = ToolKind::Native { dialect: Dialect::Chat, value: fields.into_value() };
            let at = found.at;
            return Some(Tool { name, description: None, kind, strict: None, cache: None, at });
        }
    };
    tool.cache = fields.take("cache_control").map(|found| found.value);
    fields.finish();
    Some(tool)
}

fn read_function(mut fields: Fields<'_>, at: Pointer) -> Tool {
    let name = fields.required_string("name");
    let description = fields.string("description").map(|found| found.value);
    let schema = fields.take("parameters").map(|found| {
        if !found.value.is_object() {
            let message = format!("expected an object, found {}", kind(&found.value));
            fields.reading().problem(&found.at, message);
        }
        found.value
    });
    let strict = fields.bool("strict").map(|found| found.value);
    fields.finish();
    Tool { name, description, kind: ToolKind::Function { schema }, strict, cache: None, at }
}

fn read_choice(found: At<Value>, reading: &Reading) -> Option<At<ToolChoice>> {
    let value = match found.value {
        Value::String(word) => match word.as_str() {
            "auto" => ToolChoice::Auto,
            "required" => ToolChoice::Any,
            "none" => ToolChoice::None,
            other => {
                let message = format!("expected auto, none or required, found {other:?}");
                reading.problem(&found.at, message);
                return None;
            }
        },
        object => read_named_choice(object, &found.at, reading)?,
    };
    Some(At { value, at: found.at })
}

fn read_named_choice(value: Value, at: &Pointer, reading: &Reading) -> Option<ToolChoice> {
    let mut fields = Fields::of(value, at.clone(), reading)?;
    let (key, custom) = match fields.peek_str("type") {
        Some("function") => ("function", false),
        Some("custom") => ("custom", true),
        Some(_) => return Some(ToolChoice::Native(fields.into_value())),
        // The older `function_call: {"name": …}`.
        None if fields.peek("name").is_some() => {
            let name = fields.required_string("name");
            fields.finish();
            return Some(ToolChoice::Tool { name, custom: false });
        }
        None => {
            fields.required_string("type");
            return None;
        }
    };
    fields.ignore("type");
    let mut named = required_object(&mut fields, key)?;
    let name = named.required_string("name");
    named.finish();
    fields.finish();
    Some(ToolChoice::Tool { name, custom })
}
