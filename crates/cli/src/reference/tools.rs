//! `tools.md`.

use ironbridge_tools::limits::Limits;
use ironbridge_tools::{Effect, Tool};
use serde_json::Value;

use super::{heading, row, table};
use crate::tool_table;

const ABOUT: &str = "\
Each tool has three faces: `ironbridge tool NAME` (JSON on stdin, JSON on stdout), a function of the npm package, a tool \
of the MCP server (`_` for `-`). Lines are counted from 1, ranges of lines include both ends, offsets are bytes. A path is \
relative to the project's folder, or absolute within it; it is judged by what it resolves to. A failure is \
`{\"error\":{\"code\",\"message\",…}}` and exit code 1; `invalid_input` (the input does not fit), `cancelled` and \
`deadline` are possible everywhere. `ironbridge tool NAME --schema` prints the JSON schemas.";

pub(super) fn page() -> String {
    let mut page = heading("Tools", ABOUT);
    let tools = tool_table::tools(&[]);
    page.push_str(&table(&["Tool", "Effect", "What it does"]));
    for tool in &tools {
        let link = format!("[`{0}`](#{0})", tool.name);
        page.push_str(&row(&[&link, effect(tool.effect), &one_line(tool.summary())]));
    }
    page.push_str("\n[Limits](#limits) stand at the end.\n");
    for tool in &tools {
        page.push_str(&section(tool));
    }
    page.push_str("\n## Limits\n\nThe defaults; a program that embeds the tools may set others.\n");
    page.push_str(&table(&["Limit", "Default", "Unit", "What it bounds"]));
    for limit in Limits::table() {
        let name = format!("`{}`", limit.name);
        page.push_str(&row(&[&name, &limit.default, limit.unit, &one_line(limit.meaning)]));
    }
    page
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Reads => "reads",
        Effect::Writes => "writes",
        Effect::Runs => "runs commands",
        Effect::Connects => "uses the network",
    }
}

fn section(tool: &Tool) -> String {
    let mut text = format!("\n## {}\n\n{}\n", tool.name, description(tool.input.as_value()));
    for (title, schema) in [("Input", tool.input.as_value()), ("Output", tool.output.as_value())] {
        text.push_str(&format!("\n**{title}**\n"));
        text.push_str(&fields(schema, title == "Input"));
        for (name, schema) in definitions(schema) {
            text.push_str(&definition(name, schema, title == "Input"));
        }
    }
    text.push_str("\n**Errors**\n");
    text.push_str(&table(&["Code", "Meaning"]));
    for (code, meaning) in tool.errors {
        text.push_str(&row(&[&format!("`{code}`"), meaning]));
    }
    text
}

/// What stands under `$defs`: types that are used by name.
fn definitions(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("$defs").and_then(Value::as_object).into_iter().flatten()
}

fn definition(name: &str, schema: &Value, input: bool) -> String {
    let about = description(schema);
    let about = if about.is_empty() { String::new() } else { format!(": {about}") };
    let mut text = format!("\n`{name}`{about}\n");
    if let Some(variants) = schema.get("oneOf").and_then(Value::as_array) {
        text.push('\n');
        for variant in variants {
            let about = one_line(description(variant));
            text.push_str(&format!("- {}: {about}\n", shape(variant)));
        }
    } else {
        text.push_str(&fields(schema, input));
    }
    text
}

/// The table of an object's fields; nothing for what is no object.
fn fields(schema: &Value, input: bool) -> String {
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
        let mark = match (input, required.contains(&name.as_str())) {
            (true, true) => " (required)",
            (false, false) => " (may be absent)",
            _ => "",
        };
        let mut meaning = one_line(description(field));
        if let Some(default) = field.get("default").filter(|default| !default.is_null())
            && !meaning.contains("efault")
        {
            meaning.push_str(&format!(" Default: `{default}`."));
        }
        text.push_str(&row(&[&format!("`{name}`{mark}"), &shape(field), &meaning]));
    }
    text
}

/// A type in a few words.
fn shape(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return format!("`{}`", name.rsplit('/').next().unwrap_or(name));
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
            let parts: Vec<String> = parts.iter().filter(|p| !is_null(p)).map(shape).collect();
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
                let items = schema.get("items").map(shape);
                format!("list of {}", items.unwrap_or_else(|| "anything".to_owned()))
            }
            "object" => match schema.get("additionalProperties").filter(|more| more.is_object()) {
                Some(values) => format!("object of {}", shape(values)),
                None => "object".to_owned(),
            },
            other => other.to_owned(),
        })
        .collect();
    if names.is_empty() { "anything".to_owned() } else { names.join(" or ") }
}

fn description(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tool nobody can read about is one nobody uses.
    #[test]
    fn every_tool_and_every_field_of_an_input_is_described() {
        for tool in tool_table::tools(&[]) {
            assert!(!tool.summary().is_empty(), "{} has no description", tool.name);
            let properties = tool.input.get("properties").and_then(Value::as_object);
            for (name, field) in properties.into_iter().flatten() {
                let said = !description(field).is_empty() || field.get("$ref").is_some();
                assert!(said, "{}: {name} has no description", tool.name);
            }
            assert!(!tool.errors.is_empty(), "{} has no errors", tool.name);
        }
    }

    /// `path` in npm's `editFile(path, …)`, `path` in the JSON.
    #[test]
    fn names_are_kebab_case_and_fields_camel_case() {
        let mut names = Vec::new();
        for tool in tool_table::tools(&[]) {
            assert!(tool.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", tool.name);
            let properties = tool.input.get("properties").and_then(Value::as_object);
            for (name, _) in properties.into_iter().flatten() {
                assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{}: {name}", tool.name);
            }
            names.push(tool.name);
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a name is there twice");
    }
}
