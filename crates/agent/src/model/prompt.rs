//! A conversation as the neutral request that every dialect can be written from.

use super::in_words;
use crate::engine::ToolSpec;
use ironbridge_session::{Message, ReplyPart, ToolResult, UserPart};
use ironbridge_wire::{
    Body, Call, CallKind, Media, Part, Pointer, Prompt, Role, Seal, Tool, ToolKind,
    ToolResult as Answer, Turn,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// What a request says besides the conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer<'a> {
    /// The system prompt.
    pub(crate) system: &'a str,
    /// The tools.
    pub(crate) tools: &'a [&'a ToolSpec],
    /// Whether the model takes pictures.
    pub(crate) vision: bool,
    /// Whether tools are told in words, and calls and results are texts: the server refuses tools.
    pub(crate) in_words: bool,
}

/// The request. Its model is filled in when it is sent.
pub(crate) fn prompt(offer: Offer<'_>, messages: &[Arc<Message>]) -> Prompt {
    let mut system = offer.system.to_owned();
    if offer.in_words {
        system.push_str(&in_words::tools(offer.tools));
    }
    let mut turns = vec![turn(Role::System, vec![cached(text(system))])];
    let mut results: Vec<Part> = Vec::new();
    for message in messages {
        let parts = match &**message {
            Message::Result(result) => {
                results.extend(answer(result, offer));
                continue;
            }
            Message::User { parts, .. } => {
                flush(&mut results, &mut turns);
                let parts = parts.iter().map(|part| said(part, offer.vision)).collect();
                turn(Role::User, parts)
            }
            Message::Assistant { parts } => {
                flush(&mut results, &mut turns);
                let parts = parts.iter().map(|part| replied(part, offer.in_words));
                turn(Role::Assistant, parts.collect())
            }
        };
        turns.push(parts);
    }
    flush(&mut results, &mut turns);
    // The provider may keep all up to here: the next request begins with the same.
    if let Some(last) = turns.last_mut().and_then(|turn| turn.parts.last_mut()) {
        last.cache = Some(mark());
    }
    Prompt {
        turns,
        tools: if offer.in_words {
            Vec::new()
        } else {
            offer.tools.iter().map(|spec| tool(spec)).collect()
        },
        stream: true,
        include_usage: true,
        ..Prompt::default()
    }
}

/// All results of one reply belong into one message.
fn flush(results: &mut Vec<Part>, turns: &mut Vec<Turn>) {
    if !results.is_empty() {
        turns.push(turn(Role::User, std::mem::take(results)));
    }
}

fn turn(role: Role, parts: Vec<Part>) -> Turn {
    Turn { role, name: None, parts, at: Pointer::root() }
}

fn text(text: impl Into<String>) -> Part {
    Part::text(text, Pointer::root())
}

fn part(body: Body) -> Part {
    Part::new(body, Pointer::root())
}

fn mark() -> Value {
    json!({"type": "ephemeral"})
}

fn cached(mut part: Part) -> Part {
    part.cache = Some(mark());
    part
}

fn said(user: &UserPart, vision: bool) -> Part {
    match user {
        UserPart::Text { text: said } => text(said.as_str()),
        UserPart::Image { mime, data } if vision => {
            let (mime, data) = (mime.clone(), data.clone());
            part(Body::Image { source: Media::Base64 { mime, data }, detail: None })
        }
        UserPart::Image { mime, .. } => {
            text(format!("[a picture ({mime}) that this model cannot see]"))
        }
    }
}

fn answer(result: &ToolResult, offer: Offer<'_>) -> Vec<Part> {
    let is_error = result.status.is_error();
    let images = result.images.iter().map(|image| said(image, offer.vision));
    if offer.in_words {
        let words = in_words::result(&result.tool, &result.text, is_error);
        return std::iter::once(text(words)).chain(images).collect();
    }
    let parts = std::iter::once(text(result.text.as_str())).chain(images).collect();
    let answer = Answer { call_id: result.call.clone(), parts, is_error, kind: CallKind::Function };
    vec![part(Body::Result(answer))]
}

fn replied(reply: &ReplyPart, words: bool) -> Part {
    match reply {
        ReplyPart::Text { text: said } => text(said.as_str()),
        ReplyPart::Thinking { text, seal } => {
            let (text, seal) = (text.clone(), seal.as_deref().and_then(Seal::unpack));
            part(Body::Thinking { text, seal })
        }
        ReplyPart::Call { name, arguments, .. } if words => text(in_words::call(name, arguments)),
        ReplyPart::Call { id, name, arguments } => {
            // What the model wrote wrong would be refused by providers that read it.
            let is_object = serde_json::from_str::<Value>(arguments).is_ok_and(|v| v.is_object());
            let arguments = if is_object {
                arguments.clone()
            } else {
                match crate::arguments::repair(arguments) {
                    Some(value @ Value::Object(_)) => value.to_string(),
                    _ if arguments.trim().is_empty() => "{}".to_owned(),
                    _ => json!({"unreadable": arguments}).to_string(),
                }
            };
            let (id, name) = (id.clone(), name.clone());
            part(Body::Call(Call { id, name, arguments, kind: CallKind::Function }))
        }
    }
}

fn tool(spec: &ToolSpec) -> Tool {
    Tool {
        name: spec.name.clone(),
        description: Some(spec.description.clone()),
        kind: ToolKind::Function { schema: Some(spec.schema.clone()) },
        strict: None,
        cache: None,
        at: Pointer::root(),
    }
}
