//! When a line of a patch is a line of a file: four passes, each more lenient than the one before.

use serde::{Deserialize, Serialize};

/// How exactly the lines of a chunk were found.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Pass {
    /// Every character.
    #[default]
    Exact,
    /// But for blanks at the ends of lines.
    TrimmedEnd,
    /// But for blanks at both ends.
    Trimmed,
    /// But for blanks at both ends, and with the dashes, quotes, blanks and dots of typography as their plain forms.
    Typography,
}

impl Pass {
    pub(super) const ALL: [Self; 4] =
        [Self::Exact, Self::TrimmedEnd, Self::Trimmed, Self::Typography];

    /// Whether this pass takes the two for one.
    pub(super) fn equal(self, left: &str, right: &str) -> bool {
        match self {
            Self::Exact => left == right,
            Self::TrimmedEnd => left.trim_end() == right.trim_end(),
            Self::Trimmed => left.trim() == right.trim(),
            Self::Typography => plain(left.trim()).eq(plain(right.trim())),
        }
    }
}

/// `text` as an editor for programs would have it.
fn plain(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(|character| {
        let (character, times) = match character {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => ('-', 1),
            '\u{2018}'..='\u{201B}' => ('\'', 1),
            '\u{201C}'..='\u{201F}' => ('"', 1),
            '\u{2026}' => ('.', 3),
            '\u{A0}' | '\u{2002}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => (' ', 1),
            other => (other, 1),
        };
        std::iter::repeat_n(character, times)
    })
}
