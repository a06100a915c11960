//! A whole reply into the neutral model.

use super::finish;
use super::read_block::read_reply_content;
use super::usage::usage_of_reply;
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::fields::Reading;
use crate::part::{Body, Part};
use crate::pointer::Pointer;
use crate::reply::{Finish, Reply};
use serde_json::{Value, json};

/// Members of a reply, or of a stream's `message_delta`, that only this dialect has. They travel as native parts.
const NATIVE_MEMBERS: [&str; 2] = ["container", "context_management"];

pub(crate) fn read_reply(mut body: Value) -> Result<Reply, ApiError> {
    if body.get("type").and_then(Value::as_str) == Some("error") || body.get("error").is_some() {
        return Err(ApiError::of_value(&body, ErrorKind::BadGateway));
    }
    let reading = Reading::default();
    let content = body.get_mut("content").map(Value::take).ok_or_else(|| {
        let message = "the upstream's reply is not a message: it has no content";
        ApiError::new(ErrorKind::BadGateway, message)
    })?;
    let parts = read_reply_content(content, &reading);
    let (mut parts, _) = reading.finish(parts).map_err(|invalid| {
        let message = format!("the upstream's reply is not a message: {invalid}");
        ApiError::new(ErrorKind::BadGateway, message)
    })?;
    parts.extend(native_members(&body).into_iter().map(|(key, value)| {
        let body = Body::Native { dialect: Dialect::Messages, value };
        Part::new(body, Pointer::root().key(key))
    }));
    if let Some(words) = refusal_in_words(&body) {
        parts.push(Part::new(Body::Refusal(words), Pointer::root().key("stop_details")));
    }
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let called = parts.iter().any(|part| matches!(part.body, Body::Call(_)));
    // The body came whole, so a server that gives no reason has not broken off.
    let unsaid = if called { Finish::ToolCalls } else { Finish::Stop };
    Ok(Reply {
        id: text("id").unwrap_or_default().to_owned(),
        model: text("model").unwrap_or_default().to_owned(),
        created: 0,
        finish: text("stop_reason")
            .map_or(unsaid, |reason| finish::read(reason, text("stop_sequence"))),
        usage: body.get("usage").and_then(usage_of_reply),
        service_tier: tier_of(&body),
        parts,
    })
}

/// The tier in the usage of a message. Anthropic's `standard` is OpenAI's `default`.
pub(super) fn tier_of(message: &Value) -> Option<String> {
    let tier = message.get("usage")?.get("service_tier")?.as_str()?;
    Some(if tier == "standard" { "default" } else { tier }.to_owned())
}

/// The native members of a reply, each as an object that says by `type` what it is.
pub(super) fn native_members(holder: &Value) -> Vec<(&'static str, Value)> {
    let mut found = Vec::new();
    for key in NATIVE_MEMBERS {
        let Some(Value::Object(member)) = holder.get(key) else { continue };
        let edits = member.get("applied_edits").and_then(Value::as_array);
        if edits.is_some_and(Vec::is_empty) {
            continue;
        }
        let mut value = json!({ "type": key });
        if let Value::Object(into) = &mut value {
            into.extend(member.clone());
        }
        found.push((key, value));
    }
    found
}

/// Undoes [`native_members`]: the member's name and value, if `value` is one.
pub(super) fn member_of_native(value: &Value) -> Option<(&'static str, Value)> {
    let kind = value.get("type")?.as_str()?;
    let key = NATIVE_MEMBERS.into_iter().find(|key| *key == kind)?;
    let mut member = value.clone();
    member.as_object_mut()?.remove("type");
    Some((key, member))
}

/// Why the provider declined, where it says (`stop_details.explanation`).
pub(super) fn refusal_in_words(holder: &Value) -> Option<String> {
    let words = holder.get("stop_details")?.get("explanation")?.as_str()?;
    (!words.is_empty()).then(|| words.to_owned())
}
