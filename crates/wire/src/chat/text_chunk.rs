//! The chunk that most of a stream consists of: a piece of text and nothing else.
//!
//! The tree of such a chunk is far more work than the text that is wanted, so it is read in place. It admits only what
//! [`super::read_stream`] would take for mere text as well: any other member, type or value makes it no `TextChunk`,
//! and leaves it to that reader.

use serde::Deserialize;
use std::borrow::Cow;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a member that is not read is there to be of its type, or null")]
pub(super) struct TextChunk<'a> {
    id: Option<&'a str>,
    object: &'a str,
    created: Option<u64>,
    model: Option<&'a str>,
    service_tier: Option<&'a str>,
    system_fingerprint: Option<&'a str>,
    #[serde(borrow)]
    choices: [Choice<'a>; 1],
    usage: Option<Never>,
    obfuscation: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a member that is not read is there to be of its type, or null")]
struct Choice<'a> {
    index: u64,
    #[serde(borrow)]
    delta: TextDelta<'a>,
    logprobs: Option<Never>,
    finish_reason: Option<Never>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a member that is not read is there to be of its type, or null")]
struct TextDelta<'a> {
    role: Option<&'a str>,
    #[serde(borrow)]
    content: Cow<'a, str>,
    refusal: Option<Never>,
}

/// No value is one: a member of this type is absent or `null`.
#[derive(Debug, Deserialize)]
enum Never {}

impl<'a> TextChunk<'a> {
    /// Reads a chunk, if it is one of mere text for the first alternative.
    pub(super) fn read(data: &'a str) -> Option<Self> {
        let chunk: Self = serde_json::from_str(data).ok()?;
        let is_chunk = chunk.object == "chat.completion.chunk";
        (is_chunk && chunk.choices[0].index == 0).then_some(chunk)
    }

    /// Whether it says of the tier what was last said, or nothing.
    pub(super) fn repeats_tier(&self, last: Option<&str>) -> bool {
        self.service_tier.is_none() || self.service_tier == last
    }

    /// The text, borrowed where it stands in the chunk as it is.
    pub(super) fn into_text(self) -> Cow<'a, str> {
        let [choice] = self.choices;
        choice.delta.content
    }
}
