//! The items that a reply consists of, as they are written, and the reasoning item as it is read.

use crate::part::{Call, CallKind, Media};
use crate::seal::Seal;
use serde_json::{Value, json};

/// An item's id: stable within a response and unique across responses.
pub(super) fn item_id(prefix: &str, output_index: usize, response_id: &str) -> String {
    format!("{prefix}_{output_index}_{}", response_id.strip_prefix("resp_").unwrap_or(response_id))
}

pub(super) fn message(id: &str, status: &str, content: &[Value]) -> Value {
    json!({
        "id": id, "type": "message", "status": status, "role": "assistant", "content": content,
    })
}

pub(super) fn output_text(text: &str, annotations: &[Value]) -> Value {
    json!({"type": "output_text", "text": text, "annotations": annotations, "logprobs": []})
}

pub(super) fn refusal(text: &str) -> Value {
    json!({"type": "refusal", "refusal": text})
}

pub(super) fn summary_text(text: &str) -> Value {
    json!({"type": "summary_text", "text": text})
}

/// A reasoning item. A seal of another dialect is packed into `encrypted_content`, whence the client sends it back.
pub(super) fn reasoning(id: &str, text: &str, seal: Option<&Seal>) -> Value {
    let summary: &[Value] = if text.is_empty() { &[] } else { &[summary_text(text)] };
    let mut item = json!({"id": id, "type": "reasoning", "summary": summary});
    match seal {
        None => {}
        Some(Seal::Encrypted { id, content }) => {
            if !id.is_empty() {
                item["id"] = json!(id);
            }
            item["encrypted_content"] = json!(content);
        }
        Some(foreign @ (Seal::Signature(_) | Seal::Redacted(_) | Seal::Opaque(_))) => {
            item["encrypted_content"] = json!(foreign.pack());
        }
    }
    item
}

/// The prefix of a call's item id.
pub(super) const fn call_prefix(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Function => "fc",
        CallKind::Custom => "ctc",
    }
}

pub(super) fn call(id: &str, status: &str, call: &Call) -> Value {
    match call.kind {
        CallKind::Function => json!({
            "id": id, "type": "function_call", "status": status,
            "arguments": call.arguments, "call_id": call.id, "name": call.name,
        }),
        CallKind::Custom => json!({
            "id": id, "type": "custom_tool_call", "status": status,
            "call_id": call.id, "name": call.name, "input": call.arguments,
        }),
    }
}

/// A picture that the model made; `None` where its bytes are not in the message.
pub(super) fn picture(id: &str, source: &Media) -> Option<Value> {
    let Media::Base64 { mime, data } = source else { return None };
    let format = mime.strip_prefix("image/")?;
    Some(json!({
        "id": id, "type": "image_generation_call", "status": "completed",
        "output_format": format, "result": data,
    }))
}

/// What separates the sections of one reasoning item when they become one text.
pub(super) const SECTION_BREAK: &str = "\n\n";

/// The visible text of a reasoning item: its summary and, from servers that show it, the reasoning itself.
pub(super) fn reasoning_text(item: &Value) -> String {
    let sections = ["summary", "content"]
        .iter()
        .filter_map(|key| item.get(key).and_then(Value::as_array))
        .flatten()
        .filter_map(|section| section.get("text").and_then(Value::as_str))
        .filter(|text| !text.is_empty());
    sections.collect::<Vec<_>>().join(SECTION_BREAK)
}

/// The seal of a reasoning item that a server sent; `None` when it gave out no encrypted content.
pub(super) fn own_seal(item: &Value) -> Option<Seal> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let content = text("encrypted_content");
    (!content.is_empty()).then(|| Seal::Encrypted { id: text("id"), content })
}
