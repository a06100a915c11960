//! A whole reply for a client.

use super::finish::{self, Seen};
use super::read_reply::member_of_native;
use super::usage;
use super::write_block::{any_text_block, input_of, native_block};
use crate::changes::Changes;
use crate::part::{Body, CallKind, Part};
use crate::pointer::Pointer;
use crate::reply::Reply;
use crate::seal::Seal;
use serde_json::{Map, Value, json};

pub(crate) fn write_reply(reply: Reply, changes: &mut Changes) -> Value {
    let mut seen = Seen::default();
    let mut content = Vec::with_capacity(reply.parts.len());
    let mut members = Map::new();
    for part in reply.parts {
        seen.call |= matches!(part.body, Body::Call(_));
        seen.refusal |= matches!(part.body, Body::Refusal(_));
        if let Body::Native { dialect: crate::Dialect::Messages, value } = &part.body
            && let Some((key, member)) = member_of_native(value)
        {
            members.insert(key.to_owned(), member);
            continue;
        }
        content.extend(block(part, changes));
    }
    let (reason, sequence) = finish::write(&reply.finish, seen, changes);
    let mut usage = usage::write(&reply.usage.unwrap_or_default());
    if let Some(tier) = reply.service_tier.and_then(|tier| own_tier(&tier, changes)) {
        usage["service_tier"] = tier.into();
    }
    let mut body = json!({
        "id": reply.id,
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": sequence,
        "usage": usage,
    });
    if let Value::Object(body) = &mut body {
        body.extend(members);
    }
    body
}

/// A tier in the words of this dialect.
pub(super) fn own_tier(tier: &str, changes: &mut Changes) -> Option<&'static str> {
    match tier {
        "default" | "standard" => Some("standard"),
        "priority" => Some("priority"),
        "batch" => Some("batch"),
        _ => {
            changes.dropped(&Pointer::root().key("service_tier"), "no such service tier");
            None
        }
    }
}

fn block(part: Part, changes: &mut Changes) -> Option<Value> {
    let Part { body, cache: _, at } = part;
    match body {
        // OpenAI's models write an empty text beside their calls; it is nothing.
        Body::Text { text, .. } if text.is_empty() => None,
        Body::Text { text, citations } => Some(any_text_block(&text, citations, &at, changes)),
        Body::Refusal(text) => Some(json!({ "type": "text", "text": text })),
        Body::Thinking { text, seal } => thinking_block(&text, seal),
        Body::Call(call) => {
            if call.kind == CallKind::Custom {
                changes.changed(&at, "a custom tool's call goes on as a function's");
            }
            let input = input_of(&call, &at, changes);
            Some(json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input }))
        }
        Body::Native { dialect, value } => native_block(dialect, value, &at, changes),
        Body::Image { .. } | Body::Document { .. } | Body::Audio { .. } | Body::Result(_) => {
            changes.dropped(&at, "a reply holds text, thinking and calls only");
            None
        }
    }
}

/// Thinking with its seal, another dialect's packed. Without text there is only the seal to carry.
fn thinking_block(text: &str, seal: Option<Seal>) -> Option<Value> {
    let redacted = |data: String| Some(json!({ "type": "redacted_thinking", "data": data }));
    let signature = match seal {
        Some(Seal::Redacted(data)) if text.is_empty() => return redacted(data),
        Some(seal @ (Seal::Encrypted { .. } | Seal::Opaque(_))) if text.is_empty() => {
            return redacted(seal.pack());
        }
        None if text.is_empty() => return None,
        None => String::new(),
        Some(seal) => signature_of(seal),
    };
    Some(json!({ "type": "thinking", "thinking": text, "signature": signature }))
}

/// The `signature` that carries a seal.
pub(super) fn signature_of(seal: Seal) -> String {
    match seal {
        Seal::Signature(signature) => signature,
        foreign @ (Seal::Redacted(_) | Seal::Encrypted { .. } | Seal::Opaque(_)) => foreign.pack(),
    }
}
