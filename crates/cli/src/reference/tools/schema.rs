//! JSON schemas as tables.

use serde_json::Value;

use super::super::{row, table};
use super::Shared;

/// Who writes a value of a type: the caller or the tool. Decides which fields are worth a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Input,
    Output,
}

/// What stands under `$defs`: types that are used by name.
pub(super) fn definitions(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("$defs").and_then(Value::as_object).into_iter().flatten()
}

/// A type of one tool, under its name.
pub(super) fn definition(name: &str, schema: &Value, side: Side, shared: &Shared) -> String {
    let about = one_line(description(schema));
    let about = if about.is_empty() { about } else { format!(": {about}") };
    format!("\n`{name}`{about}\n{}", body(schema, side, shared))
}

/// The variants of a type, or the table of its fields; nothing for what has neither.
pub(super) fn body(schema: &Value, side: Side, shared: &Shared) -> String {
    let Some(variants) = schema.get("oneOf").and_then(Value::as_array) else {
        return fields(schema, side, shared);
    };
    let mut text = "\n".to_owned();
    for variant in variants {
        let about = one_line(description(variant));
        text.push_str(&format!("- {}: {about}\n", variant_shape(variant, shared)));
    }
    text
}

/// A word, or the fields of an object, of which one is a word that tells it from the other variants.
fn variant_shape(variant: &Value, shared: &Shared) -> String {
    let Some(properties) = variant.get("properties").and_then(Value::as_object) else {
        return shape(variant, shared);
    };
    let mut parts: Vec<String> = properties
        .iter()
        .map(|(name, field)| {
            let about = one_line(description(field));
            let about = about.trim_end_matches('.');
            let gap = if about.is_empty() { "" } else { "; " };
            match field.get("const") {
                Some(word) => format!("`{name}` `{word}`"),
                None => format!("`{name}` ({}{gap}{about})", shape(field, shared)),
            }
        })
        .collect();
    if variant.get("$ref").is_some() {
        parts.push(format!("the fields of {}", reference(variant, shared).unwrap_or_default()));
    }
    parts.join(", ")
}

fn fields(schema: &Value, side: Side, shared: &Shared) -> String {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return String::new();
    };
    if properties.is_empty() {
        return "\nNo fields.\n".to_owned();
    }
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut text = table(&["Field", "Type", "Meaning"]);
    for (name, field) in properties {
        let mark = match (side, required.contains(&name.as_str())) {
            (Side::Input, true) => " (required)",
            (Side::Output, false) => " (may be missing)",
            _ => "",
        };
        let mut meaning = one_line(description(field));
        if let Some(default) = field.get("default").filter(|default| !default.is_null())
            && !meaning.contains("efault")
        {
            meaning.push_str(&format!(" Default: `{default}`."));
        }
        text.push_str(&row(&[&format!("`{name}`{mark}"), &shape(field, shared), &meaning]));
    }
    text
}

/// A type in a few words.
fn shape(schema: &Value, shared: &Shared) -> String {
    if let Some(named) = reference(schema, shared) {
        return named;
    }
    if let Some(constant) = schema.get("const") {
        return format!("`{constant}`");
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    for list in ["anyOf", "oneOf", "allOf"] {
        if let Some(parts) = schema.get(list).and_then(Value::as_array) {
            let is_null = |part: &&Value| part.get("type").and_then(Value::as_str) == Some("null");
            let parts: Vec<String> =
                parts.iter().filter(|p| !is_null(p)).map(|p| shape(p, shared)).collect();
            return parts.join(" or ");
        }
    }
    let names: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let names: Vec<String> = names
        .into_iter()
        .filter(|name| *name != "null")
        .map(|name| match name {
            "array" => {
                let items = schema.get("items").map(|items| shape(items, shared));
                format!("list of {}", items.unwrap_or_else(|| "anything".to_owned()))
            }
            "object" => match schema.get("additionalProperties").filter(|more| more.is_object()) {
                Some(values) => format!("object of {}", shape(values, shared)),
                None => "object".to_owned(),
            },
            other => other.to_owned(),
        })
        .collect();
    if names.is_empty() { "anything".to_owned() } else { names.join(" or ") }
}

/// The name of the type that it refers to, as a link where it is described elsewhere.
fn reference(schema: &Value, shared: &Shared) -> Option<String> {
    let path = schema.get("$ref").and_then(Value::as_str)?;
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(if shared.types.contains_key(name) {
        format!("[`{name}`](#{})", name.to_lowercase())
    } else {
        format!("`{name}`")
    })
}

pub(super) fn description(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
