//! Tools on offer and the choice between them, as the server wants them.

use super::write_schema::parameters;
use crate::dialect::Dialect;
use crate::pointer::At;
use crate::prompt::{Tool, ToolChoice, ToolKind};
use crate::writing::Writing;
use serde_json::{Map, Value, json};

pub(super) fn tools(tools: Vec<Tool>, writing: &mut Writing) -> Vec<Value> {
    tools.into_iter().filter_map(|offered| tool(offered, writing)).collect()
}

fn tool(tool: Tool, writing: &mut Writing) -> Option<Value> {
    let Tool { name, description, kind, strict, cache, at } = tool;
    if cache.is_some() {
        writing.changes.dropped(&at.key("cache_control"), super::write_input::CACHING_IS_AUTOMATIC);
    }
    let mut written = Map::new();
    match kind {
        ToolKind::Function { schema } => {
            written.insert("type".to_owned(), json!("function"));
            written.insert("name".to_owned(), json!(writing.memo.short_name(&name)));
            written.insert("parameters".to_owned(), parameters(schema));
            // Left out, this dialect tries to be strict, which the others do not.
            written.insert("strict".to_owned(), json!(strict.unwrap_or(false)));
        }
        ToolKind::Custom { format } => {
            written.insert("type".to_owned(), json!("custom"));
            written.insert("name".to_owned(), json!(writing.memo.short_name(&name)));
            if let Some(format) = format {
                written.insert("format".to_owned(), flat_grammar(format));
            }
        }
        ToolKind::Native { dialect: Dialect::Responses, value } => return Some(value),
        ToolKind::Native { dialect: Dialect::Chat | Dialect::Messages, .. } => {
            writing.changes.dropped(&at, "a responses server has no such tool");
            return None;
        }
    }
    if let Some(description) = description {
        written.insert("description".to_owned(), json!(description));
    }
    Some(Value::Object(written))
}

/// Chat nests the members of a grammar one level deeper; here they stand beside the type.
fn flat_grammar(format: Value) -> Value {
    match format.get("grammar") {
        Some(Value::Object(grammar)) => {
            let mut flat = Map::new();
            flat.insert("type".to_owned(), json!("grammar"));
            flat.extend(grammar.clone());
            Value::Object(flat)
        }
        _ => format,
    }
}

/// The choice among `tools` as they were written. A choice without tools is refused by the server, so it is left out;
/// that is a loss only where a call was demanded.
pub(super) fn choice(
    choice: At<ToolChoice>,
    tools: &[Value],
    writing: &mut Writing,
) -> Option<Value> {
    let At { value, at } = choice;
    let chosen = match value {
        ToolChoice::Auto | ToolChoice::None if tools.is_empty() => return None,
        ToolChoice::Any if tools.is_empty() => {
            writing.changes.dropped(&at, "no tool is left to be called");
            return None;
        }
        ToolChoice::Auto => json!("auto"),
        ToolChoice::Any => json!("required"),
        ToolChoice::None => json!("none"),
        ToolChoice::Tool { name, custom: _ } => {
            let name = writing.memo.short_name(&name);
            let is_offered =
                |tool: &&Value| tool.get("name").and_then(Value::as_str) == Some(name.as_str());
            let Some(offered) = tools.iter().find(is_offered) else {
                writing.changes.dropped(&at, "the tool is not among those that are offered");
                return None;
            };
            // The tool itself knows best what it is.
            let is_custom = offered.get("type").and_then(Value::as_str) == Some("custom");
            let kind = if is_custom { "custom" } else { "function" };
            json!({"type": kind, "name": name})
        }
        ToolChoice::Native(_) => {
            writing.changes.dropped(&at, "the responses dialect has no such choice");
            return None;
        }
    };
    Some(chosen)
}
