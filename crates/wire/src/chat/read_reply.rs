//! Reads a whole reply.
//!
//! The stream's reader takes it as one chunk, and the parts are put together from its events.

use super::calls::nonsense;
use super::read_stream::{StreamReader, is_error, quoted, read_error};
use crate::error::ApiError;
use crate::event::{Delta, Event, Opening};
use crate::part::{Body, Call, Media, Part};
use crate::pointer::Pointer;
use crate::reply::Reply;
use serde_json::Value;

/// Reads a reply.
///
/// # Errors
/// When the document is an error, or no chat completion.
#[expect(clippy::needless_pass_by_value, reason = "every dialect takes the document whole")]
pub(crate) fn read_reply(body: Value) -> Result<Reply, ApiError> {
    if is_error(&body) {
        return Err(read_error(&body));
    }
    let choices = body.get("choices").and_then(Value::as_array);
    let Some(first) = choices.and_then(|choices| choices.first()) else {
        let body = quoted(&body.to_string());
        return Err(nonsense(format!("answered with no chat completion: {body}")));
    };
    let mut reader = StreamReader::default();
    let mut events = Vec::new();
    reader.chunk(&body, &mut events)?;
    if !reader.is_finished() {
        // The document is whole, so the reply is, whether the server says why it ended or not.
        reader.finish("stop", first, &mut events)?;
    }
    let mut reply = Reply::default();
    for event in events {
        gather(event, &mut reply);
    }
    Ok(reply)
}

/// Adds what an event says. Parts open in the order of their numbers, so a part's number is its place.
fn gather(event: Event, reply: &mut Reply) {
    match event {
        Event::Start { id, model, created } => {
            (reply.id, reply.model, reply.created) = (id, model, created);
        }
        Event::Open { opening, part: _ } => {
            let body = match opening {
                Opening::Text => Body::Text { text: String::new(), citations: None },
                Opening::Thinking => Body::Thinking { text: String::new(), seal: None },
                Opening::Refusal => Body::Refusal(String::new()),
                Opening::Call { id, name, kind } => {
                    Body::Call(Call { id, name, arguments: String::new(), kind })
                }
                Opening::Native { dialect, value } => match Media::of_native(&value) {
                    Some(source) => Body::Image { source, detail: None },
                    None => Body::Native { dialect, value },
                },
            };
            reply.parts.push(Part::new(body, Pointer::root()));
        }
        Event::Delta { part, delta } => {
            if let Some(part) = reply.parts.get_mut(part) {
                grow(&mut part.body, delta);
            }
        }
        Event::Usage(usage) => reply.usage = Some(usage),
        Event::ServiceTier(tier) => reply.service_tier = Some(tier),
        Event::Finish(finish) => reply.finish = finish,
        Event::Close { .. } | Event::Ping | Event::End | Event::Failed(_) => {}
    }
}

fn grow(body: &mut Body, delta: Delta) {
    match (body, delta) {
        (
            Body::Text { text, .. } | Body::Thinking { text, .. } | Body::Refusal(text),
            Delta::Text(more),
        ) => text.push_str(&more),
        (Body::Call(call), Delta::Arguments(more)) => call.arguments.push_str(&more),
        (Body::Thinking { seal, .. }, Delta::Seal(found)) => *seal = Some(found),
        (Body::Text { citations, .. }, Delta::Citation { value, .. }) => {
            match citations.get_or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(list) => list.push(value),
                other => *other = value,
            }
        }
        (Body::Native { value, .. }, Delta::Native(more)) => *value = more,
        // The reader gives each kind of delta to its own kind of part only.
        _ => {}
    }
}
