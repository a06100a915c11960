//! A whole reply as a client wants it.

use super::response::{Head, Status, response};
use super::{annotations, items};
use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::part::{Body, Call, Part};
use crate::reply::Reply;
use serde_json::Value;

/// Writes a reply. What has no place in it is noted in `changes`.
pub(crate) fn write_reply(reply: Reply, changes: &mut Changes) -> Value {
    let Reply { id, model, created, parts, finish, usage, service_tier } = reply;
    let head = Head::new(&id, model, created);
    let refused = parts.iter().any(|part| matches!(part.body, Body::Refusal(_)));
    let status = Status::of(&finish, refused, changes);
    let output = output(parts, &head.id, &status, changes);
    response(&head, &status, &output, usage.as_ref(), service_tier.as_deref())
}

/// The items of a reply; neighbouring texts are the contents of one message.
fn output(parts: Vec<Part>, id: &str, status: &Status, changes: &mut Changes) -> Vec<Value> {
    let mut output = Vec::new();
    let mut content = Vec::new();
    let close = |content: &mut Vec<Value>, output: &mut Vec<Value>| {
        if !content.is_empty() {
            let item_id = items::item_id("msg", output.len(), id);
            let message = items::message(&item_id, status.name(), &std::mem::take(content));
            output.push(message);
        }
    };
    for Part { body, at, .. } in parts {
        match body {
            Body::Text { text, citations } => {
                let own = annotations::own_forms(citations, &at, changes);
                content.push(items::output_text(&text, &own));
            }
            Body::Refusal(text) => content.push(items::refusal(&text)),
            Body::Thinking { text, seal } => {
                close(&mut content, &mut output);
                let item_id = items::item_id("rs", output.len(), id);
                output.push(items::reasoning(&item_id, &text, seal.as_ref()));
            }
            Body::Call(mut call) => {
                close(&mut content, &mut output);
                complete_arguments(&mut call);
                let item_id = items::item_id(items::call_prefix(call.kind), output.len(), id);
                output.push(items::call(&item_id, "completed", &call));
            }
            Body::Native { dialect: Dialect::Responses, value } => {
                close(&mut content, &mut output);
                output.push(value);
            }
            Body::Native { dialect: Dialect::Chat | Dialect::Messages, .. } => {
                changes.dropped(&at, NO_BLOCK);
            }
            Body::Image { source, .. } => {
                let item_id =
                    items::item_id("ig", output.len() + usize::from(!content.is_empty()), id);
                match items::picture(&item_id, &source) {
                    Some(picture) => {
                        close(&mut content, &mut output);
                        output.push(picture);
                    }
                    None => changes.dropped(&at, "a picture that is not in the reply itself"),
                }
            }
            Body::Document { .. } | Body::Audio { .. } | Body::Result(_) => {
                changes.dropped(&at, "a responses message holds text only");
            }
        }
    }
    close(&mut content, &mut output);
    output
}

pub(super) const NO_BLOCK: &str = "the responses dialect has no such block";

/// A function without arguments is called with an empty object.
fn complete_arguments(call: &mut Call) {
    if call.arguments.is_empty() && call.kind == crate::part::CallKind::Function {
        call.arguments.push_str("{}");
    }
}
