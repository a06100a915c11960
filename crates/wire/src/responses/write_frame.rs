//! The frames of a stream: each event carries its name twice, as OpenAI sends it, and a number.

use crate::sse;
use serde::Serialize;
use serde_json::Value;

/// Numbers events and writes them.
#[derive(Debug, Default)]
pub(super) struct Frames {
    sequence_number: u64,
}

impl Frames {
    /// The numbers go on after `sent` events.
    pub(super) fn after(sent: u64) -> Self {
        Frames { sequence_number: sent }
    }
}

/// Where a delta belongs.
#[derive(Debug, Serialize)]
pub(super) struct DeltaPlace<'a> {
    item_id: &'a str,
    output_index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary_index: Option<usize>,
    /// Always empty; the SDKs require it on text deltas.
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<[Value; 0]>,
}

impl<'a> DeltaPlace<'a> {
    pub(super) fn item(item_id: &'a str, output_index: usize) -> Self {
        DeltaPlace {
            item_id,
            output_index,
            content_index: None,
            summary_index: None,
            logprobs: None,
        }
    }

    pub(super) fn content(id: &'a str, output_index: usize, index: usize, is_text: bool) -> Self {
        let logprobs = is_text.then_some([]);
        DeltaPlace { content_index: Some(index), logprobs, ..DeltaPlace::item(id, output_index) }
    }

    /// A reasoning item is written with one summary.
    pub(super) fn summary(id: &'a str, output_index: usize) -> Self {
        DeltaPlace { summary_index: Some(0), ..DeltaPlace::item(id, output_index) }
    }
}

#[derive(Serialize)]
struct WholeEvent<'a, B> {
    r#type: &'static str,
    sequence_number: u64,
    #[serde(flatten)]
    body: &'a B,
}

#[derive(Serialize)]
struct DeltaEvent<'a> {
    r#type: &'static str,
    sequence_number: u64,
    #[serde(flatten)]
    place: &'a DeltaPlace<'a>,
    delta: &'a str,
}

impl Frames {
    fn next(&mut self) -> u64 {
        let number = self.sequence_number;
        self.sequence_number += 1;
        number
    }

    /// Writes an event with the members of `body`.
    pub(super) fn write(&mut self, kind: &'static str, body: &impl Serialize, out: &mut Vec<u8>) {
        let event = WholeEvent { r#type: kind, sequence_number: self.next(), body };
        sse::write_json(Some(kind), &event, out);
    }

    /// Writes a delta: most events are, so no tree is built for them.
    pub(super) fn delta(
        &mut self,
        kind: &'static str,
        place: &DeltaPlace<'_>,
        delta: &str,
        out: &mut Vec<u8>,
    ) {
        let event = DeltaEvent { r#type: kind, sequence_number: self.next(), place, delta };
        sse::write_json(Some(kind), &event, out);
    }
}
