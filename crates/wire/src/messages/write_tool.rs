//! Tools and the choice among them.

use super::write_block::{NATIVE, with_cache};
use super::write_name::tool_name;
use crate::dialect::Dialect;
use crate::memo::CUSTOM_ARGUMENT;
use crate::pointer::{At, Pointer};
use crate::prompt::{Tool, ToolChoice, ToolKind};
use crate::writing::Writing;
use serde_json::{Value, json};

pub(super) fn write_tools(tools: Vec<Tool>, writing: &mut Writing) -> Vec<Value> {
    tools.into_iter().filter_map(|tool| write_tool(tool, writing)).collect()
}

fn write_tool(tool: Tool, writing: &mut Writing) -> Option<Value> {
    let Tool { name, description, kind, strict, cache, at } = tool;
    let schema = match kind {
        ToolKind::Native { dialect: Dialect::Messages, value } => return Some(value),
        ToolKind::Native { dialect: Dialect::Chat | Dialect::Responses, .. } => {
            writing.changes.dropped(&at, NATIVE);
            return None;
        }
        ToolKind::Function { schema } => object_schema(schema, &at, writing),
        ToolKind::Custom { format } => {
            writing.memo.custom_as_function(&name);
            writing.changes.changed(&at, "a custom tool goes on as a function with one text");
            custom_schema(format.as_ref())
        }
    };
    let mut written = json!({ "name": tool_name(&name, &mut writing.memo) });
    if let Some(description) = description {
        written["description"] = description.into();
    }
    written["input_schema"] = schema;
    // `false` is what a tool is without it.
    if strict == Some(true) {
        written["strict"] = true.into();
    }
    Some(with_cache(written, cache))
}

/// A schema that says `"type": "object"`, as it must.
fn object_schema(schema: Option<Value>, at: &Pointer, writing: &mut Writing) -> Value {
    match schema {
        None => json!({ "type": "object", "properties": {} }),
        Some(Value::Object(schema)) if schema.contains_key("type") => Value::Object(schema),
        Some(Value::Object(mut schema)) => {
            if !schema.is_empty() {
                writing.changes.changed(at, "a schema must say that it is of an object");
            }
            schema.shift_insert(0, "type".to_owned(), "object".into());
            Value::Object(schema)
        }
        Some(_) => {
            writing.changes.changed(at, "a schema must be an object");
            json!({ "type": "object" })
        }
    }
}

/// The schema of a function that stands for a custom tool; its grammar, if any, is told to the model.
fn custom_schema(format: Option<&Value>) -> Value {
    let text = |key: &str| {
        let format = format?;
        // Chat nests the grammar, responses does not.
        format.get(key).or_else(|| format.get("grammar")?.get(key))?.as_str()
    };
    let description = match text("definition") {
        None => "The input of the tool.".to_owned(),
        Some(definition) => {
            let syntax = text("syntax").unwrap_or("formal");
            format!("The input of the tool. It must follow this {syntax} grammar:\n{definition}")
        }
    };
    json!({
        "type": "object",
        "properties": { CUSTOM_ARGUMENT: { "type": "string", "description": description } },
        "required": [CUSTOM_ARGUMENT],
    })
}

/// `tool_choice`, where it says something, for a request with tools (`offered`) and thinking or not.
pub(super) fn write_choice(
    choice: Option<At<ToolChoice>>,
    parallel: Option<At<bool>>,
    offered: bool,
    thinking: bool,
    writing: &mut Writing,
) -> Option<Value> {
    let one_at_a_time = parallel.is_some_and(|parallel| !parallel.value);
    let written = match choice {
        None => None,
        Some(At { value: ToolChoice::Auto, .. }) => Some(json!({ "type": "auto" })),
        // Without tools this is so anyway.
        Some(At { value: ToolChoice::None, .. }) => {
            return offered.then(|| json!({"type": "none"}));
        }
        Some(At { value: ToolChoice::Native(_), at }) => {
            writing.changes.dropped(&at, "no such choice of tools");
            None
        }
        Some(At { value: ToolChoice::Any | ToolChoice::Tool { .. }, at }) if !offered => {
            writing.changes.dropped(&at, "no tool is left to be called");
            None
        }
        Some(At { value: ToolChoice::Any | ToolChoice::Tool { .. }, at }) if thinking => {
            writing.changes.dropped(&at, "no call can be forced while the model thinks");
            None
        }
        Some(At { value: ToolChoice::Any, .. }) => Some(json!({ "type": "any" })),
        Some(At { value: ToolChoice::Tool { name, .. }, .. }) => {
            Some(json!({ "type": "tool", "name": tool_name(&name, &mut writing.memo) }))
        }
    };
    if !offered {
        return None;
    }
    if !one_at_a_time {
        return written;
    }
    let mut written = written.unwrap_or_else(|| json!({ "type": "auto" }));
    written["disable_parallel_tool_use"] = true.into();
    Some(written)
}

/// Stand-ins for tools that the conversation called but the request no longer offers: Anthropic refuses calls in the
/// history of a request without tools. None of them may be called.
pub(super) fn stand_ins(called: &[String], writing: &mut Writing) -> Vec<Value> {
    if !called.is_empty() {
        writing.changes.changed(
            &Pointer::root().key("tools"),
            "the tools called earlier are named, since calls need tools",
        );
    }
    called
        .iter()
        .map(|name| json!({ "name": name, "input_schema": { "type": "object" } }))
        .collect()
}
