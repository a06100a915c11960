//! What is asked for: the parts of a query, each with its case and its typos.

use neo_frizbee::{CaseMatching, Config, Matcher, Scoring, SortStrategy};

use super::letters::Letters;

/// Points for a character that matches, and for one that begins a word. The matcher's own defaults; they are written
/// down because [`Part::full`] is counted with them.
const CHARACTER_POINTS: u16 = 12;
const WORD_POINTS: u16 = 4;
/// From how many characters on one typo is forgiven, and two. Shorter words are too near to each other.
const ONE_TYPO_CHARACTERS: usize = 4;
const TWO_TYPOS_CHARACTERS: usize = 8;

/// A query, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    /// As it was typed, without white space around it.
    pub(super) text: String,
    /// Each must be found.
    pub(super) parts: Vec<Part>,
    /// Of all parts.
    pub(super) letters: Letters,
}

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// In lower case (of ASCII) unless `cased`.
    pub(super) text: String,
    /// It has a capital letter, so case counts (smart case).
    pub(super) cased: bool,
    pub(super) letters: Letters,
    /// It has a `/`: a name alone cannot match.
    pub(super) has_slash: bool,
    /// How many typos are forgiven where nothing fits well without.
    pub(super) typos: u16,
    /// The points of a match without gaps at the start of a word: no match has more.
    pub(super) full: u32,
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim();
        #[cfg(windows)]
        let text = &text.replace('\\', "/");
        let parts: Vec<Part> = text.split_whitespace().map(Part::new).collect();
        let letters = parts.iter().fold(Letters::default(), |all, part| all.and(part.letters));
        Self { text: text.to_owned(), parts, letters }
    }

    /// Nothing was asked for, so everything matches.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Over all parts.
    pub(super) fn typos(&self) -> u32 {
        self.parts.iter().map(|part| u32::from(part.typos)).sum()
    }

    /// Whether all that this query finds is also found by `shorter`, both without typos.
    pub(super) fn narrows(&self, shorter: &Self) -> bool {
        self.text.starts_with(&shorter.text)
    }
}

impl Part {
    fn new(text: &str) -> Self {
        let cased = text.chars().any(char::is_uppercase);
        let characters = text.chars().count();
        let typos = match characters {
            TWO_TYPOS_CHARACTERS.. => 2,
            ONE_TYPO_CHARACTERS.. => 1,
            _ => 0,
        };
        let full = characters.saturating_mul(CHARACTER_POINTS.into()) + usize::from(WORD_POINTS);
        Self {
            text: if cased { text.to_owned() } else { text.to_ascii_lowercase() },
            cased,
            letters: Letters::of(text),
            has_slash: text.contains('/'),
            typos,
            full: u32::try_from(full).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn matcher(&self, typos: bool) -> Matcher {
        let config = Config {
            max_typos: Some(if typos { self.typos } else { 0 }),
            casing: if self.cased { CaseMatching::Respect } else { CaseMatching::Ignore },
            sort: SortStrategy::Unsorted,
            scoring: Scoring {
                match_score: CHARACTER_POINTS,
                delimiter_bonus: WORD_POINTS,
                capitalization_bonus: WORD_POINTS,
                // The start of a path is the start of a word and no more: what a path should be preferred for is
                // said in `score`, where it can be weighed against the name.
                prefix_bonus: WORD_POINTS,
                matching_case_bonus: 0,
                exact_match_bonus: 0,
                ..Scoring::default()
            },
            ..Config::default()
        };
        Matcher::new(self.text.as_str(), &config)
    }

    /// The share of the full points, in thousandths.
    pub(super) fn share(&self, points: u32) -> u32 {
        points.min(self.full) * 1000 / self.full
    }

    /// The most that can be reached with so many characters missing.
    pub(super) fn share_lacking(&self, characters: u32) -> u32 {
        self.share(self.full.saturating_sub(characters * u32::from(CHARACTER_POINTS)))
    }
}
