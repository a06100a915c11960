//! Writing the new text into its places, and saying what went where.

use std::borrow::Cow;

use memchr::memchr_iter;
use schemars::JsonSchema;
use serde::Serialize;

use super::cascade::Hit;
use super::strategies::Strategy;
use super::terminators::Unified;

/// A text with its replacements made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The new text.
    pub content: String,
    /// How `old` was found.
    pub strategy: Strategy,
    /// What was replaced, in order. Every byte outside is as it was.
    pub replacements: Vec<Replacement>,
}

/// One place that was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replacement {
    /// Where it stood in the old text.
    pub before: Span,
    /// Where the replacement stands in the new text.
    pub after: Span,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// Its first byte, from 0, in the text as UTF-8.
    pub start_byte: u64,
    /// The byte behind it.
    pub end_byte: u64,
    /// The line it begins on, from 1.
    pub first_line: u64,
    /// The last line it has a byte of; the first where it is empty.
    pub last_line: u64,
}

/// Puts `new` into the places of `hit`. `written` is `new` as the caller wrote it, taken as it is where `literal`.
pub(super) fn splice(
    unified: &Unified<'_>,
    hit: &Hit<'_>,
    new: &str,
    literal: Option<&str>,
) -> Edited {
    let original = unified.original();
    let mut content = String::with_capacity(original.len() + new.len());
    let mut replacements = Vec::with_capacity(hit.places.len());
    let mut copied = 0;
    let mut before = Counter::default();
    let mut after = Counter::default();
    for place in &hit.places {
        let start = unified.original_byte(place.range.start);
        let end = unified.original_byte(place.range.end);
        let text = match literal {
            Some(literal) => Cow::Borrowed(literal),
            None => unified.with_terminators(&place.range, place.fitted(new)),
        };
        let kept = original.get(copied..start).unwrap_or_default();
        let matched = original.get(start..end).unwrap_or_default();
        content.push_str(kept);
        content.push_str(&text);
        copied = end;
        before.pass(kept, unified);
        after.pass(kept, unified);
        replacements.push(Replacement {
            before: before.span(matched, unified),
            after: after.span(&text, unified),
        });
    }
    content.push_str(original.get(copied..).unwrap_or_default());
    Edited { content, strategy: hit.strategy, replacements }
}

/// How far a text has been read.
#[derive(Default)]
struct Counter {
    bytes: usize,
    line_ends: usize,
}

impl Counter {
    fn pass(&mut self, text: &str, unified: &Unified<'_>) {
        self.bytes += text.len();
        self.line_ends += memchr_iter(unified.line_end(), text.as_bytes()).count();
    }

    fn span(&mut self, text: &str, unified: &Unified<'_>) -> Span {
        let (start, first) = (self.bytes, self.line_ends);
        self.pass(text, unified);
        let ends_line = text.as_bytes().last() == Some(&unified.line_end());
        let last = self.line_ends - usize::from(ends_line);
        let whole = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Span {
            start_byte: whole(start),
            end_byte: whole(self.bytes),
            first_line: whole(first + 1),
            last_line: whole(last + 1),
        }
    }
}
