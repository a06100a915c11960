//! Why an edit was refused, and what to do about it.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::nearest::Nearest;
use super::strategies::Strategy;
use crate::Coded;

/// An edit that was refused; nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EditError {
    /// `old` is the empty string.
    #[error("`old` is empty: write a whole file with `write`, add lines with `insert-lines`")]
    EmptyOld,
    /// `old` and `new` are the same, or the text is the same afterwards.
    #[error("nothing would change: `new` is what is there already")]
    Identical,
    /// `new` has a placeholder instead of text.
    #[error(
        "line {line} of `new` leaves text out ({text:?}): write it in full, or edit a smaller part; \
         set `allowOmission` if it is meant literally"
    )]
    Omission {
        /// The line of `new`, from 1.
        line: u64,
        /// The placeholder.
        text: String,
    },
    /// No strategy found it.
    #[error("`old` was not found{}", told(.nearest.as_deref(), *.exhausted))]
    NoMatch {
        /// What is most like it, where anything is.
        nearest: Option<Box<Nearest>>,
        /// The work budget was used up before all of the text was compared.
        exhausted: bool,
    },
    /// It stands at several places.
    #[error(
        "`old` fits {count} places (lines {}): add lines around it that only one of them has, or set \
         `replaceAll` to change all that have its words", listed(.lines, *.count)
    )]
    SeveralMatches {
        /// The strategy that found them.
        strategy: Strategy,
        /// How many; counting ends behind the most that may be replaced.
        count: u64,
        /// The first lines of the first of them, from 1.
        lines: Vec<u64>,
    },
    /// More places than one edit may replace.
    #[error("`old` fits more than {places_max} places, the most that one edit replaces")]
    TooManyPlaces {
        /// The limit.
        places_max: u64,
    },
    /// What was found is far larger than `old`.
    #[error(
        "lines {first_line} to {last_line} fit `old` only by {}, and are far more than `old` says: \
         read them, and give `old` as they are", .strategy.name()
    )]
    Disproportionate {
        /// The strategy that found it.
        strategy: Strategy,
        /// The first line found, from 1.
        first_line: u64,
        /// The last.
        last_line: u64,
    },
}

impl Coded for EditError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        Self::CODES
    }

    fn code(&self) -> &'static str {
        match self {
            Self::EmptyOld => "empty_old",
            Self::Identical => "identical",
            Self::Omission { .. } => "omission",
            Self::NoMatch { .. } => "no_match",
            Self::SeveralMatches { .. } => "several_matches",
            Self::TooManyPlaces { .. } => "too_many_places",
            Self::Disproportionate { .. } => "disproportionate",
        }
    }

    fn details(&self) -> Map<String, Value> {
        let facts = match self {
            Self::EmptyOld | Self::Identical => json!({}),
            Self::Omission { line, text } => json!({ "line": line, "text": text }),
            Self::NoMatch { nearest, exhausted } => {
                json!({ "nearest": nearest, "exhausted": exhausted })
            }
            Self::SeveralMatches { strategy, count, lines } => {
                json!({ "strategy": strategy, "count": count, "lines": lines })
            }
            Self::TooManyPlaces { places_max } => json!({ "placesMax": places_max }),
            Self::Disproportionate { strategy, first_line, last_line } => {
                json!({ "strategy": strategy, "firstLine": first_line, "lastLine": last_line })
            }
        };
        match facts {
            Value::Object(facts) => facts,
            _ => Map::new(),
        }
    }
}

impl EditError {
    /// The codes of this enum, for the tables of the enums that hold it.
    pub const CODES: &'static [(&'static str, &'static str)] = &[
        ("empty_old", "`old` is the empty string"),
        ("identical", "nothing would change"),
        ("omission", "`new` has a placeholder like `// ... existing code ...`; `line`, `text`"),
        ("no_match", "`old` was not found; `nearest` is the region most like it"),
        ("several_matches", "`old` fits several places; `lines` are the first lines of them"),
        ("too_many_places", "`replaceAll` would change more than `placesMax` places"),
        ("disproportionate", "what was found is far larger than `old`; `firstLine`, `lastLine`"),
    ];
}

fn told(nearest: Option<&Nearest>, exhausted: bool) -> String {
    let Some(nearest) = nearest else {
        let nothing = ", nor anything like it: read the file again";
        let unfinished =
            "; the text is too large to compare all of it: read the part that is meant";
        return (if exhausted { unfinished } else { nothing }).to_owned();
    };
    let Nearest { first_line, last_line, similarity, line, column, expected, found } = nearest;
    let mut told = String::from("; nearest is line ");
    let _ = write!(told, "{first_line}");
    if last_line > first_line {
        let _ = write!(told, " to {last_line}");
    }
    let percent = (similarity * 100.0).floor();
    let _ = write!(
        told,
        " ({percent} % alike): line {line} differs from column {column} on, it has `{found}` where `old` has `{expected}`"
    );
    told
}

fn listed(lines: &[u64], count: u64) -> String {
    let mut listed = lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    if u64::try_from(lines.len()).is_ok_and(|named| named < count) {
        listed.push_str(", …");
    }
    listed
}
