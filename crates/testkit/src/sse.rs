//! Server-sent events: writing them in every legal (and illegal) shape, and reading them back with
//! a decoder that shares nothing with the product's own.

mod decode;
mod encode;

pub use decode::{Decoded, decode};
pub use encode::{LineEnd, Style, encode};

/// One event: its name, if it has one, and its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The `event:` field.
    pub name: Option<String>,
    /// The `data:` lines, joined with `\n`.
    pub data: String,
}

impl Event {
    /// An event without a name, as chat completions sends them.
    pub fn unnamed(data: impl Into<String>) -> Self {
        Self { name: None, data: data.into() }
    }

    /// A named event, as messages and responses send them.
    pub fn named(name: impl Into<String>, data: impl Into<String>) -> Self {
        Self { name: Some(name.into()), data: data.into() }
    }

    /// The data as JSON; `None` when it is not (`[DONE]`).
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.data).ok()
    }
}

/// What a stream is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// An event.
    Event(Event),
    /// A comment line, which servers send to keep a connection alive.
    Comment(String),
    /// Bytes written as they are.
    Raw(Vec<u8>),
}
