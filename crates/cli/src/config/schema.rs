//! The JSON schema of the config file, for editors (Taplo, Even Better TOML), from the key table.

use serde_json::{Map, Value, json};

use super::key::{Key, KeyDefault, KeyKind, Section};
use super::keys::SECTIONS;

/// The schema, in draft 7: the newest that TOML editors understand.
pub(crate) fn schema() -> Value {
    let mut properties = Map::new();
    for section in SECTIONS.iter().filter(|section| !section.path.contains('.')) {
        properties.insert(section.path.to_owned(), section_schema(section));
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Ironbridge config.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "definitions": { "secret": secret_schema() },
    })
}

fn section_schema(section: &Section) -> Value {
    let mut properties = Map::new();
    for key in section.keys {
        properties.insert(key.name.to_owned(), key_schema(key));
    }
    for inner in SECTIONS {
        let name = inner.path.strip_prefix(section.path).and_then(|rest| rest.strip_prefix('.'));
        if let Some(name) = name {
            properties.insert(name.to_owned(), section_schema(inner));
        }
    }
    let required: Vec<&str> = section
        .keys
        .iter()
        .filter(|key| matches!(key.default, KeyDefault::Required))
        .map(|key| key.name)
        .collect();
    let mut table = json!({
        "type": "object",
        "description": section.about,
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        table["required"] = json!(required);
    }
    if section.repeated { json!({ "type": "array", "items": table }) } else { table }
}

fn key_schema(key: &Key) -> Value {
    let mut schema = kind_schema(key.kind);
    let details = if key.details.is_empty() { "" } else { " " };
    schema["description"] = json!(format!("{}{details}{}", key.about, key.details));
    if let KeyDefault::Value(default) = key.default
        && let Ok(default) = serde_json::from_str::<Value>(default)
    {
        // Every default in the table is JSON as well as TOML; a test holds that.
        schema["default"] = default;
    }
    schema
}

fn kind_schema(kind: KeyKind) -> Value {
    match kind {
        KeyKind::Switch => json!({ "type": "boolean" }),
        KeyKind::Path | KeyKind::Host => json!({ "type": "string" }),
        KeyKind::Glob | KeyKind::Text => json!({ "type": "string", "minLength": 1 }),
        KeyKind::Name => json!({ "type": "string", "pattern": "^[\\w.-]+$" }),
        KeyKind::Address => json!({ "type": "string", "pattern": "^.+:[0-9]{1,5}$" }),
        KeyKind::Url => json!({ "type": "string", "pattern": "^https?://[^?#@]+$" }),
        KeyKind::Secret => json!({ "allOf": [{ "$ref": "#/definitions/secret" }] }),
        KeyKind::Duration { .. } => {
            json!({ "type": "string", "pattern": "^[0-9]+ ?(ms|s|m|h|d)$" })
        }
        KeyKind::Size { .. } => {
            json!({ "type": "string", "pattern": "^[0-9]+ ?(B|KiB|MiB|GiB)$" })
        }
        KeyKind::Count { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        KeyKind::Price => json!({ "type": "number", "minimum": 0 }),
        KeyKind::Choice(choices) => json!({ "enum": choices }),
        KeyKind::Choices(choices) => json!({ "type": "array", "items": { "enum": choices } }),
        KeyKind::NamedTexts => {
            json!({ "type": "object", "additionalProperties": { "type": "string", "minLength": 1 } })
        }
        KeyKind::Origins => {
            json!({ "type": "array", "items": { "type": "string", "pattern": "^https?://[^/?#@]+$" } })
        }
        KeyKind::Hosts => json!({ "type": "array", "items": { "type": "string" } }),
        KeyKind::Targets => {
            json!({ "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } })
        }
    }
}

fn secret_schema() -> Value {
    let place = |name: &str| {
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": [name],
            "properties": { name: { "type": "string", "minLength": 1 } },
        })
    };
    json!({
        "description": "A secret is named here and kept elsewhere: in a variable, a file or the system's keyring.",
        "oneOf": [place("env"), place("file"), place("keyring")],
    })
}
