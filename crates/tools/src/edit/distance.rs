//! How far two lines are apart: Levenshtein's distance in characters, 64 cells of the matrix in one step.

use std::collections::HashMap;

use super::budget::{Budget, Exhausted};

/// Cells of the matrix computed by one step.
const CELLS: usize = 64;
/// What preparing a block of a pattern costs, in steps: its table is cleared.
const STEPS_PER_BLOCK: usize = 32;
/// Characters looked up in a table; the rest in a map.
const TABLE: usize = 128;

/// A line prepared to be compared with others, by the bit vectors of Myers (1999) in blocks as of Hyyrö (2003).
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    characters: usize,
    blocks: usize,
    /// For each ASCII character, in which rows it stands: `blocks` words each.
    ascii: Vec<u64>,
    other: HashMap<char, Vec<u64>>,
}

/// Where a text is free to go on without cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Whole line against whole line.
    Fixed,
    /// The pattern may begin anywhere in the text.
    Anywhere,
}

impl Pattern {
    pub(super) fn new(line: &str, budget: &Budget) -> Result<Self, Exhausted> {
        let characters = line.chars().count();
        let blocks = characters.div_ceil(CELLS);
        budget.take_distance_steps(blocks.saturating_mul(STEPS_PER_BLOCK))?;
        let mut pattern =
            Self { characters, blocks, ascii: vec![0; blocks * TABLE], other: HashMap::new() };
        for (row, character) in line.chars().enumerate() {
            let words = match usize::try_from(u32::from(character)) {
                Ok(code) if code < TABLE => &mut pattern.ascii[code * blocks..(code + 1) * blocks],
                _ => pattern.other.entry(character).or_insert_with(|| vec![0; blocks]),
            };
            words[row / CELLS] |= 1 << (row % CELLS);
        }
        Ok(pattern)
    }

    pub(super) fn characters(&self) -> usize {
        self.characters
    }

    /// Insertions, deletions and replacements from the pattern to `line`.
    pub(super) fn distance(&self, line: &str, budget: &Budget) -> Result<usize, Exhausted> {
        let mut last = self.characters;
        self.run(line.chars(), line.len(), Start::Fixed, budget, |score| last = score)?;
        Ok(last)
    }

    /// As [`similarity`], of the pattern and `line`.
    pub(super) fn similarity(&self, line: &str, budget: &Budget) -> Result<f64, Exhausted> {
        let longer = self.characters.max(line.chars().count());
        Ok(1.0 - ratio(self.distance(line, budget)?, longer))
    }

    /// The fewest changes that make the pattern a part of `line`, and after how many characters that part ends.
    pub(super) fn best_part(
        &self,
        line: impl Iterator<Item = char>,
        line_bytes: usize,
        budget: &Budget,
    ) -> Result<(usize, usize), Exhausted> {
        let mut best = (self.characters, 0);
        let mut read = 0;
        self.run(line, line_bytes, Start::Anywhere, budget, |score| {
            read += 1;
            if score < best.0 {
                best = (score, read);
            }
        })?;
        Ok(best)
    }

    /// Tells `each` the distance after every character of `text`.
    fn run(
        &self,
        text: impl Iterator<Item = char>,
        text_bytes: usize,
        start: Start,
        budget: &Budget,
        mut each: impl FnMut(usize),
    ) -> Result<(), Exhausted> {
        budget.take_distance_steps(self.blocks.saturating_mul(text_bytes))?;
        if self.blocks == 0 {
            let cost = usize::from(start == Start::Fixed);
            text.enumerate().for_each(|(index, _)| each((index + 1) * cost));
            return Ok(());
        }
        if self.blocks == 1 {
            self.run_block(text, start, each);
            return Ok(());
        }
        let nothing = vec![0; self.blocks];
        let mut plus = vec![u64::MAX; self.blocks];
        let mut minus = vec![0_u64; self.blocks];
        let mut score = self.characters;
        let bottom = 1_u64 << ((self.characters - 1) % CELLS);
        for character in text {
            let rows = self.rows(character).unwrap_or(&nothing);
            let mut carry = i8::from(start == Start::Fixed);
            for (block, equal) in rows.iter().enumerate() {
                let high = if block + 1 == self.blocks { bottom } else { 1 << (CELLS - 1) };
                carry = advance(&mut plus[block], &mut minus[block], *equal, carry, high);
            }
            score = score.saturating_add_signed(isize::from(carry));
            each(score);
        }
        Ok(())
    }

    /// The same for a pattern of one block, as most lines are: nothing is allocated.
    fn run_block(
        &self,
        text: impl Iterator<Item = char>,
        start: Start,
        mut each: impl FnMut(usize),
    ) {
        let (mut plus, mut minus) = (u64::MAX, 0);
        let mut score = self.characters;
        let bottom = 1_u64 << ((self.characters - 1) % CELLS);
        let carry = i8::from(start == Start::Fixed);
        for character in text {
            let equal = self.rows(character).and_then(|rows| rows.first()).copied().unwrap_or(0);
            let change = advance(&mut plus, &mut minus, equal, carry, bottom);
            score = score.saturating_add_signed(isize::from(change));
            each(score);
        }
    }

    fn rows(&self, character: char) -> Option<&[u64]> {
        match usize::try_from(u32::from(character)) {
            Ok(code) if code < TABLE => {
                self.ascii.get(code * self.blocks..(code + 1) * self.blocks)
            }
            _ => self.other.get(&character).map(Vec::as_slice),
        }
    }
}

/// How often each character stands in a line; those beyond ASCII are one.
#[derive(Debug, Clone)]
pub(super) struct Letters([u32; TABLE + 1]);

impl Letters {
    pub(super) fn of(line: &str) -> Self {
        let mut counts = [0; TABLE + 1];
        for byte in line.bytes().filter(|byte| begins_character(*byte)) {
            counts[usize::from(byte).min(TABLE)] += 1;
        }
        Self(counts)
    }

    /// How many characters `line` shares with this one wherever they stand, at least as many as an alignment keeps; and
    /// how many it has.
    pub(super) fn in_common_with(&self, line: &str) -> (usize, usize) {
        let mut left = self.0;
        let (mut common, mut characters) = (0, 0);
        for byte in line.bytes().filter(|byte| begins_character(*byte)) {
            let count = &mut left[usize::from(byte).min(TABLE)];
            common += usize::from(*count > 0);
            *count = count.saturating_sub(1);
            characters += 1;
        }
        (common, characters)
    }
}

/// Whether it is no later byte of a character in UTF-8.
fn begins_character(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// One column of one block: the vertical differences of the last column become those of this one. Gives the horizontal
/// difference at the row of `high`.
fn advance(plus: &mut u64, minus: &mut u64, mut equal: u64, carry: i8, high: u64) -> i8 {
    let vertical = equal | *minus;
    if carry < 0 {
        equal |= 1;
    }
    let horizontal = (((equal & *plus).wrapping_add(*plus)) ^ *plus) | equal;
    let mut up = *minus | !(horizontal | *plus);
    let mut down = *plus & horizontal;
    let out = i8::from(up & high != 0) - i8::from(down & high != 0);
    up = (up << 1) | u64::from(carry > 0);
    down = (down << 1) | u64::from(carry < 0);
    *plus = down | !(vertical | up);
    *minus = up & vertical;
    out
}

/// 1 for equal lines, 0 for lines that share nothing: one minus the distance by the longer one's characters.
pub(super) fn similarity(one: &str, other: &str, budget: &Budget) -> Result<f64, Exhausted> {
    if one == other {
        return Ok(1.0);
    }
    let longer = one.chars().count().max(other.chars().count());
    let (one, other) = without_common_ends(one, other);
    let distance = match (one.is_empty(), other.is_empty()) {
        (true, _) => other.chars().count(),
        (_, true) => one.chars().count(),
        _ => Pattern::new(one, budget)?.distance(other, budget)?,
    };
    Ok(1.0 - ratio(distance, longer))
}

/// `part / whole`, 0 for nothing of nothing.
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "lengths of texts are far below 2^52")]
    let (part, whole) = (part as f64, whole.max(1) as f64);
    part / whole
}

/// Bytes both begin with, cut back to a whole character.
pub(super) fn common_prefix(one: &str, other: &str) -> usize {
    let pairs = one.bytes().zip(other.bytes());
    one.floor_char_boundary(pairs.take_while(|(one, other)| one == other).count())
}

/// Equal ends are not worth a step.
fn without_common_ends<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let head = common_prefix(one, other);
    let (one, other) = (one.get(head..).unwrap_or_default(), other.get(head..).unwrap_or_default());
    let pairs = one.bytes().rev().zip(other.bytes().rev());
    let tail = pairs.take_while(|(one, other)| one == other).count();
    // Up to the next whole character of each; the tails are equal, so both are cut at the same one.
    let cut = one.ceil_char_boundary(one.len() - tail);
    let tail = one.len() - cut;
    (one.get(..cut).unwrap_or_default(), other.get(..other.len() - tail).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::EditLimits;

    /// The matrix as in the books.
    fn by_the_book(one: &str, other: &str, start: Start) -> Vec<usize> {
        let one: Vec<char> = one.chars().collect();
        let mut column: Vec<usize> = (0..=one.len()).collect();
        let mut scores = vec![one.len()];
        for (read, character) in other.chars().enumerate() {
            let mut next = vec![if start == Start::Fixed { read + 1 } else { 0 }];
            for row in 0..one.len() {
                let replaced = column[row] + usize::from(one[row] != character);
                next.push(replaced.min(column[row + 1] + 1).min(next[row] + 1));
            }
            scores.push(next[one.len()]);
            column = next;
        }
        scores
    }

    fn check(one: &str, other: &str) {
        let budget = Budget::of(&EditLimits::default());
        let pattern = Pattern::new(one, &budget).expect("within the budget");
        let fixed = by_the_book(one, other, Start::Fixed);
        assert_eq!(pattern.distance(other, &budget).ok(), fixed.last().copied());
        let anywhere = by_the_book(one, other, Start::Anywhere);
        let best = anywhere.iter().enumerate().min_by_key(|(_, score)| **score);
        let found = pattern.best_part(other.chars(), other.len(), &budget).ok();
        assert_eq!(found, best.map(|(read, score)| (*score, read)));
        let longer = one.chars().count().max(other.chars().count());
        let (common, characters) = Letters::of(one).in_common_with(other);
        assert_eq!(characters, other.chars().count());
        assert!(common + fixed[fixed.len() - 1] >= longer, "{one:?} {other:?}");
        let expected = if one == other { 1.0 } else { 1.0 - ratio(fixed[fixed.len() - 1], longer) };
        let found = [similarity(one, other, &budget), pattern.similarity(other, &budget)];
        for found in found.map(|found| found.expect("within the budget")) {
            assert!((found - expected).abs() < 1e-9, "{one:?} {other:?}");
        }
    }

    #[test]
    fn distances_are_those_of_the_matrix() {
        let long = "0123456789abcdef".repeat(9);
        for one in [
            "",
            "a",
            "kitten",
            "äöü",
            "日本語テキスト",
            "a\u{301}",
            &long,
            &long[..64],
            &long[..65],
        ] {
            for other in ["", "sitting", "äoü", "日本テキスト!", &long[3..130], &long[..64], "x"]
            {
                check(one, other);
            }
        }
    }

    proptest! {
        #![proptest_config(crate::property_config())]
        #[test]
        fn any_distance_is_that_of_the_matrix(one in "[abé]{0,150}", other in "[abé]{0,150}") {
            check(&one, &other);
        }
    }
}
