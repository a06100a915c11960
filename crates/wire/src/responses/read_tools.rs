//! Tools on offer and the choice between them, as a client sends them.

use crate::dialect::Dialect;
use crate::fields::{Fields, kind};
use crate::pointer::At;
use crate::prompt::{Tool, ToolChoice, ToolKind};
use serde_json::Value;

pub(super) fn tools(fields: &mut Fields<'_>) -> Vec<Tool> {
    let reading = fields.reading();
    let found = fields.array("tools").unwrap_or_default();
    found.into_iter().filter_map(|At { value, at }| tool(Fields::of(value, at, reading)?)).collect()
}

fn tool(mut fields: Fields<'_>) -> Option<Tool> {
    let at = fields.at().clone();
    let of_kind = |fields: &mut Fields<'_>, kind: ToolKind| Tool {
        name: fields.required_string("name"),
        description: fields.string("description").map(|found| found.value),
        strict: fields.bool("strict").map(|found| found.value),
        kind,
        cache: None,
        at: at.clone(),
    };
    let tool = match fields.peek_str("type") {
        Some("function") => {
            let schema = fields.object("parameters").map(Fields::into_value);
            of_kind(&mut fields, ToolKind::Function { schema })
        }
        Some("custom") => {
            let format = fields.take("format").map(|found| found.value);
            of_kind(&mut fields, ToolKind::Custom { format })
        }
        Some(_) => return Some(native(fields)),
        None => {
            fields.required_string("type");
            return None;
        }
    };
    fields.ignore("type");
    fields.finish();
    Some(tool)
}

/// A tool that only a responses server runs. Clients send new kinds with every version, so none is an error.
fn native(fields: Fields<'_>) -> Tool {
    let at = fields.at().clone();
    let name = ["name", "server_label", "type"].iter().find_map(|key| fields.peek_str(key));
    Tool {
        name: name.unwrap_or_default().to_owned(),
        description: fields.peek_str("description").map(str::to_owned),
        kind: ToolKind::Native { dialect: Dialect::Responses, value: fields.into_value() },
        strict: None,
        cache: None,
        at,
    }
}

pub(super) fn choice(fields: &mut Fields<'_>) -> Option<At<ToolChoice>> {
    let found = fields.take("tool_choice")?;
    let at = found.at;
    let value = match found.value {
        Value::String(word) => match word.as_str() {
            "auto" => ToolChoice::Auto,
            "required" => ToolChoice::Any,
            "none" => ToolChoice::None,
            other => {
                let message = format!("expected `auto`, `required` or `none`, found `{other}`");
                fields.reading().problem(&at, message);
                return None;
            }
        },
        value @ Value::Object(_) => {
            let mut choice = Fields::of(value, at.clone(), fields.reading())?;
            match choice.peek_str("type") {
                Some(named @ ("function" | "custom")) => {
                    let custom = named == "custom";
                    let name = choice.required_string("name");
                    choice.ignore("type");
                    choice.finish();
                    ToolChoice::Tool { name, custom }
                }
                Some(_) => ToolChoice::Native(choice.into_value()),
                None => {
                    choice.required_string("type");
                    return None;
                }
            }
        }
        other => {
            let message = format!("expected a string or an object, found {}", kind(&other));
            fields.reading().problem(&at, message);
            return None;
        }
    };
    Some(At { value, at })
}
