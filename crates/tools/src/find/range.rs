//! Which part of a text matched.

use schemars::JsonSchema;
use serde::Serialize;

/// Bytes of a text, `start` inclusive, `end` exclusive; both lie between characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ByteRange {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// Of the bytes at `indices`, in order, each grown to its whole character; neighbours become one range.
pub(super) fn ranges(text: &str, indices: &[usize]) -> Vec<ByteRange> {
    let mut ranges: Vec<ByteRange> = Vec::new();
    for &index in indices.iter().filter(|&&index| index < text.len()) {
        let start = text.floor_char_boundary(index);
        let end = text.ceil_char_boundary(index + 1);
        let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) else { break };
        match ranges.last_mut() {
            Some(last) if last.end >= start => last.end = last.end.max(end),
            _ => ranges.push(ByteRange { start, end }),
        }
    }
    ranges
}
