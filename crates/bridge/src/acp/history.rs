//! A session's past, as updates.

use super::telling::{call_begun, call_ended, chunk};
use ironbridge_session::{CallStatus, Message, Origin, ReplyPart, Transcript, UserPart};
use serde_json::{Value, json};
use std::path::Path;

/// All that was said and done, as far as it holds, in its order.
pub(super) fn history(transcript: &Transcript, cwd: &Path) -> Vec<Value> {
    let mut updates = Vec::new();
    for (number, message) in transcript.view().into_iter().enumerate() {
        let id = Some(number as u64);
        match &*message {
            Message::User { parts, origin: Origin::User | Origin::Steer } => {
                updates.extend(parts.iter().map(|part| said(part, number)));
            }
            Message::User { origin: Origin::Engine, .. } => {}
            Message::Assistant { parts } => {
                updates.extend(parts.iter().filter_map(|part| replied(part, id, cwd)));
            }
            Message::Result(result) => {
                let status = CallStatus::from(result.status);
                updates.push(call_ended(&result.call, status, &result.text, None));
            }
        }
    }
    updates
}

fn replied(part: &ReplyPart, id: Option<u64>, cwd: &Path) -> Option<Value> {
    match part {
        ReplyPart::Text { text } => Some(chunk("agent_message_chunk", text, id)),
        ReplyPart::Thinking { text, .. } if text.is_empty() => None,
        ReplyPart::Thinking { text, .. } => Some(chunk("agent_thought_chunk", text, id)),
        ReplyPart::Call { id, name, arguments } => {
            let arguments = serde_json::from_str(arguments).unwrap_or_else(|_| json!({}));
            Some(call_begun(id, name, &arguments, CallStatus::Pending, cwd))
        }
    }
}

fn said(part: &UserPart, number: usize) -> Value {
    match part {
        UserPart::Text { text } => chunk("user_message_chunk", text, Some(number as u64)),
        UserPart::Image { mime, data } => json!({
            "sessionUpdate": "user_message_chunk",
            "content": { "type": "image", "mimeType": mime, "data": data },
            "messageId": number.to_string(),
        }),
    }
}
