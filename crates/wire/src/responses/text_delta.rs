//! The event that most of a stream consists of: a piece of an answer's text.
//!
//! It is read in place, without a tree. It admits only what [`super::read_stream`] would take for mere text as well: any
//! other member, type or value makes it no `TextDelta`, and leaves it to that reader.

use super::read_items::Place;
use serde::Deserialize;
use std::borrow::Cow;

/// What the event is called, and its `type`.
const EVENT: &str = "response.output_text.delta";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a member that is not read is there to be of its type, or empty")]
pub(super) struct TextDelta<'a> {
    r#type: &'a str,
    sequence_number: Option<u64>,
    item_id: Option<&'a str>,
    output_index: u64,
    content_index: u64,
    #[serde(borrow)]
    pub(super) delta: Cow<'a, str>,
    logprobs: Option<[(); 0]>,
    obfuscation: Option<&'a str>,
}

impl<'a> TextDelta<'a> {
    /// Reads an event, if it is one of text; `name` is that of its frame.
    pub(super) fn read(name: Option<&str>, data: &'a str) -> Option<Self> {
        if name.is_some_and(|name| name != EVENT) {
            return None;
        }
        serde_json::from_str(data).ok().filter(|event: &Self| event.r#type == EVENT)
    }

    pub(super) fn place(&self) -> Place {
        Place { item: self.output_index, content: self.content_index }
    }
}
