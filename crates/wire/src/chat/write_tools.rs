//! Writes the tools of a request and whether they are to be called.

use crate::dialect::Dialect;
use crate::memo::CUSTOM_ARGUMENT;
use crate::pointer::At;
use crate::prompt::{Tool, ToolChoice, ToolKind};
use crate::writing::Writing;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// What a request says of tools.
pub(super) struct OfferedTools {
    pub(super) tools: Vec<Tool>,
    pub(super) tool_choice: Option<At<ToolChoice>>,
    pub(super) parallel_tools: Option<At<bool>>,
}

/// Writes `tools`, `tool_choice` and `parallel_tool_calls`. OpenAI refuses the latter two without tools.
pub(super) fn write_tools(
    offered: OfferedTools,
    body: &mut Map<String, Value>,
    writing: &mut Writing,
) {
    let OfferedTools { tools, tool_choice, parallel_tools } = offered;
    let mut written = Vec::with_capacity(tools.len());
    let mut names = HashSet::new();
    for tool in tools {
        let name = tool.name.clone();
        if let Some(tool) = write_tool(tool, writing) {
            written.push(tool);
            names.insert(name);
        }
    }
    if written.is_empty() {
        drop_settings(tool_choice, parallel_tools, writing);
        return;
    }
    body.insert("tools".to_owned(), Value::Array(written));
    if let Some(choice) = tool_choice
        && let Some(choice) = write_choice(choice, &names, writing)
    {
        body.insert("tool_choice".to_owned(), choice);
    }
    if let Some(parallel) = parallel_tools {
        body.insert("parallel_tool_calls".to_owned(), parallel.value.into());
    }
}

/// Without a tool on offer, `auto` and `none` and whether calls may be parallel mean nothing.
fn drop_settings(
    tool_choice: Option<At<ToolChoice>>,
    parallel_tools: Option<At<bool>>,
    writing: &mut Writing,
) {
    let why = "no tool is offered";
    if let Some(choice) = tool_choice {
        match choice.value {
            ToolChoice::Auto | ToolChoice::None => {}
            ToolChoice::Any | ToolChoice::Tool { .. } | ToolChoice::Native(_) => {
                writing.changes.dropped(&choice.at, why);
            }
        }
    }
    if let Some(parallel) = parallel_tools.filter(|parallel| !parallel.value) {
        writing.changes.dropped(&parallel.at, why);
    }
}

fn write_tool(tool: Tool, writing: &mut Writing) -> Option<Value> {
    let Tool { name, description, kind, strict, cache, at } = tool;
    let (description, schema) = match kind {
        ToolKind::Function { schema } => (description, whole_schema(schema)),
        ToolKind::Custom { format } => {
            writing.memo.custom_as_function(&name);
            let why = "a custom tool is offered as a function with one text argument";
            writing.changes.changed(&at, why);
            (description, custom_schema(format.as_ref()))
        }
        ToolKind::Native { dialect: Dialect::Chat, value } => return Some(value),
        ToolKind::Native { dialect: Dialect::Responses | Dialect::Messages, .. } => {
            writing.changes.dropped(&at, "only its own provider runs this tool");
            return None;
        }
    };
    if cache.is_some() {
        writing.changes.dropped(&at.key("cache_control"), "chat has no cache marks");
    }
    let mut function = Map::new();
    function.insert("name".to_owned(), writing.memo.short_name(&name).into());
    if let Some(description) = description {
        function.insert("description".to_owned(), description.into());
    }
    function.insert("parameters".to_owned(), schema);
    if let Some(strict) = strict {
        function.insert("strict".to_owned(), strict.into());
    }
    Some(json!({"type": "function", "function": function}))
}

/// OpenAI refuses an object schema without `properties`, LM Studio a tool without a schema
/// (musistudio/claude-code-router#272). An empty one means the same.
fn whole_schema(schema: Option<Value>) -> Value {
    match schema {
        Some(Value::Object(mut members)) => {
            let object = members.get("type").is_none_or(|kind| kind == "object");
            if object && !members.contains_key("properties") {
                members.entry("type").or_insert_with(|| "object".into());
                members.insert("properties".to_owned(), json!({}));
            }
            Value::Object(members)
        }
        Some(other) => other,
        None => json!({"type": "object", "properties": {}}),
    }
}

/// One required text. A grammar that no server but its own enforces is told to the model instead.
fn custom_schema(format: Option<&Value>) -> Value {
    let grammar = format.and_then(|format| {
        let definition = format.pointer("/grammar/definition").or_else(|| format.get("definition"));
        definition.and_then(Value::as_str)
    });
    let mut text = json!({"type": "string"});
    if let Some(grammar) = grammar {
        text["description"] = format!("Text that follows this grammar:\n{grammar}").into();
    }
    json!({
        "type": "object",
        "properties": {CUSTOM_ARGUMENT: text},
        "required": [CUSTOM_ARGUMENT],
        "additionalProperties": false,
    })
}

fn write_choice(
    choice: At<ToolChoice>,
    names: &HashSet<String>,
    writing: &mut Writing,
) -> Option<Value> {
    match choice.value {
        ToolChoice::Auto => Some("auto".into()),
        ToolChoice::Any => Some("required".into()),
        ToolChoice::None => Some("none".into()),
        ToolChoice::Tool { name, custom: _ } if names.contains(&name) => {
            let name = writing.memo.short_name(&name);
            Some(json!({"type": "function", "function": {"name": name}}))
        }
        ToolChoice::Tool { .. } => {
            writing.changes.dropped(&choice.at, "the tool it names is not offered");
            None
        }
        // Chat's own choice nests its members, that of responses is flat.
        ToolChoice::Native(value) if value.get("allowed_tools").is_some() => Some(value),
        ToolChoice::Native(_) => {
            writing.changes.dropped(&choice.at, "chat has no such choice");
            None
        }
    }
}
