//! The event that most of a stream consists of: a piece of text.
//!
//! It is read in place, without a tree. It admits only what [`super::read_stream`] would take for mere text as well: any
//! other member, type or value makes it no `TextDelta`, and leaves it to that reader.

use serde::Deserialize;
use std::borrow::Cow;

/// What the event is called, and its `type`.
const EVENT: &str = "content_block_delta";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextDelta<'a> {
    r#type: &'a str,
    /// Which block grows.
    pub(super) index: u64,
    #[serde(borrow)]
    delta: Text<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text<'a> {
    r#type: &'a str,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// Whether a frame of that name may hold one.
pub(super) fn may_hold(name: Option<&str>) -> bool {
    name.is_none_or(|name| name == EVENT)
}

impl<'a> TextDelta<'a> {
    /// Reads an event, if it is one of text.
    pub(super) fn read(data: &'a str) -> Option<Self> {
        let event: Self = serde_json::from_str(data).ok()?;
        (event.r#type == EVENT && event.delta.r#type == "text_delta").then_some(event)
    }

    /// The text, borrowed where it stands in the event as it is.
    pub(super) fn into_text(self) -> Cow<'a, str> {
        self.delta.text
    }
}
