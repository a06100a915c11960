//! Values against a schema: what means the same is made the same, what does not is told.

use serde_json::{Number, Value};

/// How deep a value is looked at.
const DEPTH_MAX: usize = 8;
/// The elements of an array that are looked at.
const ELEMENTS_MAX: usize = 50;
/// The findings that are told.
const FINDINGS_MAX: usize = 12;

/// The value in the types that `schema` wants; what it cannot be is appended to `findings`.
pub(crate) fn fit(value: Value, schema: &Value, findings: &mut Vec<String>) -> Value {
    fit_at(value, schema, "", 0, findings)
}

fn fit_at(
    value: Value,
    schema: &Value,
    at: &str,
    depth: usize,
    findings: &mut Vec<String>,
) -> Value {
    let types = types(schema);
    if depth > DEPTH_MAX || types.is_empty() {
        return value;
    }
    let value =
        if types.iter().any(|kind| is(&value, kind)) { value } else { turned(value, &types) };
    if !types.iter().any(|kind| is(&value, kind)) {
        find(findings, at, &format!("expected {}, found {}", types.join(" or "), name(&value)));
        return value;
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(&value)
    {
        let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        find(findings, at, &format!("expected one of {}, found {value}", allowed.join(", ")));
        return value;
    }
    match value {
        Value::Object(members) => fit_members(members, schema, at, depth, findings),
        Value::Array(elements) => {
            let Some(inner) = schema.get("items") else { return Value::Array(elements) };
            let fitted = elements.into_iter().enumerate().map(|(index, element)| {
                if index >= ELEMENTS_MAX {
                    return element;
                }
                fit_at(element, inner, &format!("{at}[{index}]"), depth + 1, findings)
            });
            Value::Array(fitted.collect())
        }
        scalar => scalar,
    }
}

fn fit_members(
    mut members: serde_json::Map<String, Value>,
    schema: &Value,
    at: &str,
    depth: usize,
    findings: &mut Vec<String>,
) -> Value {
    let path = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    let required = schema.get("required").and_then(Value::as_array);
    let required: Vec<&str> = required.into_iter().flatten().filter_map(Value::as_str).collect();
    if let Some(known) = schema.get("properties").and_then(Value::as_object) {
        for (key, inner) in known {
            let Some(value) = members.get_mut(key) else { continue };
            // A `null` for what may be left out is left out.
            if value.is_null() && !required.contains(&key.as_str()) {
                members.remove(key);
                continue;
            }
            *value = fit_at(value.take(), inner, &path(key), depth + 1, findings);
        }
    }
    for key in required.iter().filter(|key| !members.contains_key(**key)) {
        let found: Vec<&str> = members.keys().map(String::as_str).collect();
        let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
        find(findings, &path(key), &format!("is missing; found {found}"));
    }
    Value::Object(members)
}

fn find(findings: &mut Vec<String>, at: &str, what: &str) {
    if findings.len() < FINDINGS_MAX {
        let at = if at.is_empty() { "the whole" } else { at };
        findings.push(format!("{at}: {what}"));
    }
}

/// The types a schema names; none where it leaves them open.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The value as one of `types`, where that means the same; else as it was.
fn turned(value: Value, types: &[&str]) -> Value {
    for kind in types {
        if let Some(turned) = turn(&value, kind) {
            return turned;
        }
    }
    value
}

fn turn(value: &Value, kind: &str) -> Option<Value> {
    match (kind, value) {
        ("string", Value::Number(number)) => Some(Value::String(number.to_string())),
        ("string", Value::Bool(yes)) => Some(Value::String(yes.to_string())),
        // A file's content that happens to be JSON: the text of it was meant.
        ("string", Value::Object(_) | Value::Array(_)) => {
            serde_json::to_string_pretty(value).ok().map(Value::String)
        }
        ("integer", Value::Number(number)) => whole(number.as_f64()?).map(Value::Number),
        ("integer", Value::String(text)) => text
            .trim()
            .parse::<i64>()
            .ok()
            .map(Value::from)
            .or_else(|| whole(text.trim().parse().ok()?).map(Value::Number)),
        ("number", Value::String(text)) => {
            Number::from_f64(text.trim().parse().ok()?).map(Value::Number)
        }
        ("boolean", Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(Value::Bool(true)),
            "false" | "no" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        ("boolean", Value::Number(number)) => match number.as_u64() {
            Some(1) => Some(Value::Bool(true)),
            Some(0) => Some(Value::Bool(false)),
            _ => None,
        },
        ("array" | "object", Value::String(text)) => {
            let parsed = serde_json::from_str(text).ok().or_else(|| super::repair(text));
            let one = || (kind == "array").then(|| Value::Array(vec![value.clone()]));
            parsed.filter(|parsed| is(parsed, kind)).or_else(one)
        }
        ("array", scalar) if !scalar.is_null() && !scalar.is_object() => {
            Some(Value::Array(vec![scalar.clone()]))
        }
        _ => None,
    }
}

/// A number without a fraction.
fn whole(number: f64) -> Option<Number> {
    // The bound is checked before the cast, and such a number is exact.
    let fits = number.fract() == 0.0 && number.abs() < 9e15;
    fits.then(|| Number::from(number as i64))
}
