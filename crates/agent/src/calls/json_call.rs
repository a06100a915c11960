//! Calls as JSON objects.

use crate::arguments::repair;
use serde_json::{Map, Value};

/// What Mistral's models begin with.
pub(super) const TOOL_CALLS: &str = "[TOOL_CALLS]";

/// A call.
pub(super) struct Object {
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// Where the object or array that `text` begins with ends, by its brackets outside of strings.
pub(super) fn end_of_value(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The JSON that `text` begins with, up to `close`, and the length of both; `None`: more may come that decides.
///
/// A closing tag within the value may be a part of an argument, so the value's end is waited for. What never ends, or
/// goes on behind its end, is broken: then it is the text before the first closing tag, or all of it.
pub(super) fn closed<'t>(text: &'t str, close: &str, ended: bool) -> Option<(&'t str, usize)> {
    match end_of_value(text) {
        Some(end) => {
            let (value, rest) = text.split_at_checked(end)?;
            let after = rest.trim_start();
            if after.starts_with(close) {
                return Some((value, text.len() - after.len() + close.len()));
            }
            if !ended && close.starts_with(after) {
                return None;
            }
        }
        None if !ended => return None,
        None => {}
    }
    match text.split_once(close) {
        Some((value, _)) => Some((value, value.len() + close.len())),
        None => ended.then_some((text, text.len())),
    }
}

/// JSON, mended where it must be.
pub(super) fn value(text: &str) -> Option<Value> {
    serde_json::from_str(text.trim()).ok().or_else(|| repair(text))
}

/// The calls that a text of JSON is; `None`: it is something else.
pub(super) fn calls_of_text(text: &str) -> Option<Vec<Object>> {
    let mut calls = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        // Several objects one after another.
        let end = end_of_value(rest).unwrap_or(rest.len());
        calls.extend(calls_of(value(rest.get(..end)?)?)?);
        rest = rest.get(end..)?.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }
    (!calls.is_empty()).then_some(calls)
}

fn calls_of(value: Value) -> Option<Vec<Object>> {
    match value {
        Value::Array(elements) => {
            let calls: Option<Vec<Vec<Object>>> = elements.into_iter().map(calls_of).collect();
            calls.map(|calls| calls.into_iter().flatten().collect())
        }
        Value::Object(mut members) => match members.remove("tool_calls") {
            Some(inner) => calls_of(inner),
            None => call_of(members).map(|call| vec![call]),
        },
        _ => None,
    }
}

/// An object that names a tool and its arguments, by any of the words models use.
fn call_of(mut members: Map<String, Value>) -> Option<Object> {
    if let Some(Value::Object(inner)) = members.remove("function") {
        return call_of(inner);
    }
    let name = ["name", "tool", "tool_name", "recipient_name"].iter().find_map(|key| {
        members.get(*key).and_then(Value::as_str).map(str::to_owned).filter(|name| !name.is_empty())
    })?;
    let keys = ["arguments", "parameters", "input", "args", "tool_input"];
    let arguments = keys.iter().find_map(|key| members.remove(*key))?;
    let arguments = match arguments {
        Value::String(text) => value(&text).filter(Value::is_object)?,
        Value::Object(_) => arguments,
        Value::Null => Value::Object(Map::new()),
        _ => return None,
    };
    Some(Object { name, arguments })
}
