//! The nine strategies, in their order: the table of the cascade.

use schemars::JsonSchema;
use serde::Serialize;

use super::budget::Exhausted;
use super::search::{Search, Spot};

mod anchors;
mod escapes;
mod exact;
mod lines;
mod mapped;
mod whitespace;

/// How `old` was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// As it was given, at one place.
    Simple,
    /// Line by line, without the white space at the ends of lines.
    LineTrimmed,
    /// First and last line as given, the lines between them similar.
    BlockAnchor,
    /// With other white space between words.
    WhitespaceNormalized,
    /// Of several places found line by line, the one whose lines are indented alike.
    IndentationFlexible,
    /// With backslash escapes resolved, in `old` or in the text.
    EscapeNormalized,
    /// Without the white space at both ends.
    TrimmedBoundary,
    /// First and last line as given, at least half of the lines between them equal.
    ContextAware,
    /// As it was given, at several places, all of them replaced.
    MultiOccurrence,
}

impl Strategy {
    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::LineTrimmed => "line-trimmed",
            Self::BlockAnchor => "block-anchor",
            Self::WhitespaceNormalized => "whitespace-normalized",
            Self::IndentationFlexible => "indentation-flexible",
            Self::EscapeNormalized => "escape-normalized",
            Self::TrimmedBoundary => "trimmed-boundary",
            Self::ContextAware => "context-aware",
            Self::MultiOccurrence => "multi-occurrence",
        }
    }
}

/// One row of the cascade.
pub(super) struct Row {
    pub(super) strategy: Strategy,
    pub(super) nature: Nature,
    /// Every spot that may stand for `old`; which one does is judged by the cascade.
    pub(super) find: fn(&Search<'_>) -> Result<Vec<Spot>, Exhausted>,
}

/// How much a strategy takes on trust, and so how far it is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// Every byte is as given.
    Exact,
    /// Every word is as given; white space or escapes differ.
    Lenient,
    /// Some words may differ: one place only, and nothing to replace all of.
    Similar,
}

/// In their order: the first that finds one place decides.
pub(super) const CASCADE: [Row; 9] = [
    row(Strategy::Simple, Nature::Exact, exact::find),
    row(Strategy::LineTrimmed, Nature::Lenient, lines::trimmed),
    row(Strategy::BlockAnchor, Nature::Similar, anchors::block),
    row(Strategy::WhitespaceNormalized, Nature::Lenient, whitespace::find),
    row(Strategy::IndentationFlexible, Nature::Lenient, lines::indented_alike),
    row(Strategy::EscapeNormalized, Nature::Lenient, escapes::find),
    row(Strategy::TrimmedBoundary, Nature::Lenient, exact::find_trimmed),
    row(Strategy::ContextAware, Nature::Similar, anchors::context),
    row(Strategy::MultiOccurrence, Nature::Exact, exact::find),
];

const fn row(
    strategy: Strategy,
    nature: Nature,
    find: fn(&Search<'_>) -> Result<Vec<Spot>, Exhausted>,
) -> Row {
    Row { strategy, nature, find }
}
