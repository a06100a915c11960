//! What the translation of a request must remember for its reply.

use crate::digest::mark;
use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use crate::part::{Body, Call, CallKind};
use crate::reply::Reply;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The longest tool name that OpenAI's servers take, in characters.
pub const TOOL_NAME_CHARS_MAX: usize = 64;

/// Names and kinds that were changed on the way up and are changed back on the way down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memo {
    /// Tool names as sent upstream → as the client has them; only those that differ.
    names: HashMap<String, String>,
    /// Custom tools (client's names) that went upstream as functions with one text argument, [`CUSTOM_ARGUMENT`].
    custom: HashSet<String>,
    /// Chat: whether the client asked for the usage chunk.
    pub include_usage: bool,
    /// When the reply was asked for, in seconds since 1970: stands in where the upstream's dialect does not date replies
    /// and the client's does. 0: unknown.
    pub asked_at: u64,
}

/// The one argument of a custom tool that is offered as a function.
pub const CUSTOM_ARGUMENT: &str = "input";

impl Memo {
    /// Nothing to put back; `include_usage` says whether a chat client wants the usage chunk.
    #[must_use]
    pub fn new(include_usage: bool) -> Self {
        Memo { include_usage, ..Memo::default() }
    }

    /// The name under which a server that follows OpenAI's rule (`^[a-zA-Z0-9_-]{1,64}$`) may be sent `name`.
    ///
    /// A name that fits stays as it is. Another is cut and marked with a part of its SHA-256, so that the same name
    /// always becomes the same one and two names never meet; the reply bears the client's name again.
    pub fn short_name(&mut self, name: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !name.is_empty() && name.len() <= TOOL_NAME_CHARS_MAX && name.chars().all(plain) {
            return name.to_owned();
        }
        const MARK_CHARS: usize = 8;
        let kept = TOOL_NAME_CHARS_MAX - MARK_CHARS - 1;
        let mut short: String =
            name.chars().take(kept).map(|c| if plain(c) { c } else { '_' }).collect();
        short.push('_');
        short.push_str(&mark(name, MARK_CHARS));
        self.names.insert(short.clone(), name.to_owned());
        short
    }

    /// Remembers that the client's custom tool `name` goes upstream as a function.
    pub fn custom_as_function(&mut self, name: &str) {
        self.custom.insert(name.to_owned());
    }

    /// Forgets [`custom_as_function`](Self::custom_as_function): calls of `name` stay calls of a function.
    pub(crate) fn stays_function(&mut self, name: &str) {
        self.custom.remove(name);
    }

    /// Whether the client's tool `name` is a custom tool that went upstream as a function.
    #[must_use]
    pub fn is_custom(&self, name: &str) -> bool {
        self.custom.contains(name)
    }

    fn dated(&self, created: u64) -> u64 {
        if created == 0 { self.asked_at } else { created }
    }

    fn client_name(&self, name: String) -> String {
        self.names.get(&name).cloned().unwrap_or(name)
    }

    /// Puts a reply back into the client's names and kinds.
    pub fn restore(&self, reply: &mut Reply) {
        reply.created = self.dated(reply.created);
        for part in &mut reply.parts {
            if let Body::Call(Call { name, arguments, kind, .. }) = &mut part.body {
                *name = self.client_name(std::mem::take(name));
                if self.custom.contains(name.as_str()) {
                    *kind = CallKind::Custom;
                    *arguments = custom_text(std::mem::take(arguments));
                }
            }
        }
    }
}

/// The free text in the arguments of a function that stands for a custom tool; the arguments themselves where a
/// model did not keep to the schema.
fn custom_text(arguments: String) -> String {
    match serde_json::from_str::<Value>(&arguments) {
        Ok(Value::Object(mut members)) => match members.remove(CUSTOM_ARGUMENT) {
            Some(Value::String(text)) => text,
            _ => arguments,
        },
        _ => arguments,
    }
}

/// The most arguments of custom tools that are gathered at once, in bytes.
const GATHERED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Puts the events of a stream back into the client's names and kinds.
///
/// The arguments of a custom tool are gathered until the call closes, since its text stands inside JSON.
#[derive(Debug)]
pub(crate) struct Restorer {
    memo: Memo,
    gathered: HashMap<usize, String>,
    failed: bool,
}

impl Restorer {
    pub(crate) fn new(memo: Memo) -> Self {
        Restorer { memo, gathered: HashMap::new(), failed: false }
    }

    pub(crate) fn event(&mut self, event: Event, out: &mut Vec<Event>) {
        if self.failed {
            return;
        }
        match event {
            Event::Start { id, model, created } => {
                out.push(Event::Start { id, model, created: self.memo.dated(created) });
            }
            Event::Open { part, opening: Opening::Call { id, name, kind } } => {
                let name = self.memo.client_name(name);
                let custom = self.memo.custom.contains(&name);
                if custom {
                    self.gathered.insert(part, String::new());
                }
                let kind = if custom { CallKind::Custom } else { kind };
                out.push(Event::Open { part, opening: Opening::Call { id, name, kind } });
            }
            Event::Delta { part, delta: Delta::Arguments(more) } => {
                let gathered: usize = self.gathered.values().map(String::len).sum();
                match self.gathered.get_mut(&part) {
                    Some(_) if gathered + more.len() > GATHERED_BYTES_MAX => {
                        self.failed = true;
                        out.push(Event::Failed(too_much()));
                    }
                    Some(text) => text.push_str(&more),
                    None => out.push(Event::Delta { part, delta: Delta::Arguments(more) }),
                }
            }
            Event::Close { part } => {
                if let Some(arguments) = self.gathered.remove(&part) {
                    let delta = Delta::Arguments(custom_text(arguments));
                    out.push(Event::Delta { part, delta });
                }
                out.push(Event::Close { part });
            }
            other => out.push(other),
        }
    }
}

fn too_much() -> ApiError {
    ApiError::new(
        ErrorKind::BadGateway,
        format!("the arguments of custom tools are over {GATHERED_BYTES_MAX} bytes"),
    )
}

#[cfg(test)]
mod tests;
