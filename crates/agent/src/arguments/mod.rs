//! What the arguments of a call say: JSON, mended where it is broken, with types by the tool's schema.
//!
//! A model that writes `"5"` for a number, `True` for `true` or a comma too many has said what it means; to ask again
//! costs a request. What cannot be understood is answered with what was expected and what was found, so that the model
//! can do better.

mod fit;
mod repair;

pub(crate) use fit::fit;
pub(crate) use repair::repair;

use serde_json::{Map, Value};

/// The most of a broken text that is shown to the model, in characters.
const SHOWN_CHARS_MAX: usize = 200;

/// Reads the arguments of a call of `tool`; empty text stands for none.
///
/// # Errors
/// What is wrong, for the model.
pub(crate) fn read(text: &str, schema: &Value, tool: &str) -> Result<Value, String> {
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value) => value,
        Err(_) if text.trim().is_empty() => Value::Object(Map::new()),
        Err(error) => repair(text).ok_or_else(|| {
            let shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
            format!("the arguments of {tool} are not JSON ({error}): {shown}")
        })?,
    };
    // Some servers send the object as a string of JSON, once more.
    let value = match value {
        Value::String(inner) => serde_json::from_str(&inner).unwrap_or(Value::String(inner)),
        Value::Null => Value::Object(Map::new()),
        other => other,
    };
    let mut findings = Vec::new();
    let value = fit(value, schema, &mut findings);
    if findings.is_empty() {
        return Ok(value);
    }
    Err(format!("the arguments of {tool} do not fit: {}", findings.join("; ")))
}

#[cfg(test)]
mod tests;
