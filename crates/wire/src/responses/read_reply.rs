//! A whole reply as a server sends it. Servers are read leniently: what matters must be there, the rest may be odd.

use super::{items, response, usage};
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::part::{Body, Call, CallKind, Part};
use crate::pointer::Pointer;
use crate::reply::Reply;
use serde_json::Value;

/// Reads a reply.
///
/// # Errors
/// When the document is no response, or says that it failed or is not finished.
pub(crate) fn read_reply(mut document: Value) -> Result<Reply, ApiError> {
    let Some(Value::Array(output)) = document.get_mut("output").map(Value::take) else {
        return Err(match document.get("error").filter(|error| !error.is_null()) {
            Some(_) => response::failure_of(&document),
            None => ApiError::new(
                ErrorKind::BadGateway,
                "the upstream's reply is no response: it has no `output`",
            ),
        });
    };
    let mut parts = Vec::new();
    let at = Pointer::root().key("output");
    for (index, item) in output.into_iter().enumerate() {
        read_item(item, &at.index(index), &mut parts)?;
    }
    let called = parts.iter().any(|part| matches!(part.body, Body::Call(_)));
    let refused = parts.iter().any(|part| matches!(part.body, Body::Refusal(_)));
    let text = |key: &str| document.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok(Reply {
        id: text("id").unwrap_or_default(),
        model: text("model").unwrap_or_default(),
        created: seconds(document.get("created_at")),
        finish: response::finish_of(&document, called, refused)?,
        usage: usage::read(document.get("usage")),
        service_tier: text("service_tier"),
        parts,
    })
}

/// A time in seconds since 1970, which the SDKs type as a float; 0 when it is absent.
pub(super) fn seconds(value: Option<&Value>) -> u64 {
    let Some(value) = value else { return 0 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float becomes the nearest whole number from 0; fractions of a second mean nothing here"
    )]
    value.as_u64().or_else(|| value.as_f64().map(|seconds| seconds as u64)).unwrap_or(0)
}

fn read_item(item: Value, at: &Pointer, parts: &mut Vec<Part>) -> Result<(), ApiError> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or("");
    match text("type") {
        "message" => {
            let contents = item.get("content").and_then(Value::as_array);
            for (index, content) in contents.into_iter().flatten().enumerate() {
                parts.push(Part::new(read_content(content), at.key("content").index(index)));
            }
        }
        "reasoning" => {
            let (text, seal) = (items::reasoning_text(&item), items::own_seal(&item));
            if !text.is_empty() || seal.is_some() {
                parts.push(Part::new(Body::Thinking { text, seal }, at.clone()));
            }
        }
        kind @ ("function_call" | "custom_tool_call") => {
            let (kind, arguments) = match kind {
                "function_call" => (CallKind::Function, "arguments"),
                _ => (CallKind::Custom, "input"),
            };
            if text("name").is_empty() {
                let message =
                    format!("the upstream's reply has a tool call without a name at {at}");
                return Err(ApiError::new(ErrorKind::BadGateway, message));
            }
            let call = Call {
                id: call_id(&item, parts.len()),
                name: text("name").to_owned(),
                arguments: text(arguments).to_owned(),
                kind,
            };
            parts.push(Part::new(Body::Call(call), at.clone()));
        }
        _ => {
            let body = Body::Native { dialect: Dialect::Responses, value: item };
            parts.push(Part::new(body, at.clone()));
        }
    }
    Ok(())
}

/// The id that a call's output must name; the item's own where a server gives no other, else one made from `part`.
pub(super) fn call_id(item: &Value, part: usize) -> String {
    let found = ["call_id", "id"]
        .iter()
        .filter_map(|key| item.get(key).and_then(Value::as_str))
        .find(|id| !id.is_empty());
    found.map_or_else(|| format!("call_{part}"), str::to_owned)
}

fn read_content(content: &Value) -> Body {
    let text = |key: &str| content.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    match content.get("type").and_then(Value::as_str) {
        Some("output_text") => {
            let annotations = content.get("annotations").and_then(Value::as_array);
            let citations = annotations.filter(|list| !list.is_empty());
            Body::Text { text: text("text"), citations: citations.cloned().map(Value::Array) }
        }
        Some("refusal") => Body::Refusal(text("refusal")),
        _ => Body::Native { dialect: Dialect::Responses, value: content.clone() },
    }
}
