//! JSON Schemas as OpenAI's servers want them.

use serde_json::{Map, Value, json};

/// The `parameters` of a function. An object schema without `properties` is refused by OpenAI; an empty object of them
/// means the same.
pub(super) fn parameters(schema: Option<Value>) -> Value {
    let mut schema = match schema {
        Some(Value::Object(schema)) => schema,
        Some(other) => return other,
        None => Map::new(),
    };
    if schema.is_empty() {
        schema.insert("type".to_owned(), json!("object"));
    }
    if schema.get("type").and_then(Value::as_str) == Some("object") {
        schema.entry("properties").or_insert_with(|| json!({}));
    }
    Value::Object(schema)
}

/// Whether OpenAI enforces a schema when `strict` is set, rather than refusing it: every object is closed and requires
/// all its properties, and nothing but `anyOf` combines
/// (platform.openai.com/docs/guides/structured-outputs#supported-schemas).
pub(super) fn fits_strict(schema: &Value) -> bool {
    const REFUSED: [&str; 8] = [
        "allOf",
        "oneOf",
        "not",
        "if",
        "dependentRequired",
        "dependentSchemas",
        "patternProperties",
        "prefixItems",
    ];
    let Some(schema) = schema.as_object() else { return true };
    if REFUSED.iter().any(|key| schema.contains_key(*key)) {
        return false;
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_object =
        properties.is_some() || schema.get("type").and_then(Value::as_str) == Some("object");
    if is_object && !(is_closed(schema) && requires_all(schema, properties)) {
        return false;
    }
    let named = ["properties", "$defs", "definitions"]
        .iter()
        .filter_map(|key| schema.get(*key).and_then(Value::as_object))
        .flat_map(Map::values);
    let listed = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    named.chain(listed).chain(schema.get("items")).all(fits_strict)
}

fn is_closed(schema: &Map<String, Value>) -> bool {
    schema.get("additionalProperties") == Some(&Value::Bool(false))
}

fn requires_all(schema: &Map<String, Value>, properties: Option<&Map<String, Value>>) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    let requires = |key: &String| {
        required.is_some_and(|required| required.iter().any(|name| name.as_str() == Some(key)))
    };
    properties.is_none_or(|properties| properties.keys().all(requires))
}
