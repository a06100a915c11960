//! What every strategy looks at: the text, the sought text, and their lines.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use memchr::memmem;

use super::budget::{Budget, Exhausted};
use super::distance::Pattern;
use super::indent::Shift;
use super::lines::{Keys, Lines, indentation, is_blank, trimmed};
use crate::limits::EditLimits;

/// One search, its line ends unified. What is costly is made when a strategy first asks.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) text: &'a str,
    pub(super) old: &'a str,
    pub(super) replace_all: bool,
    pub(super) budget: Budget,
    places_max: usize,
    lines: OnceCell<Lines<'a>>,
    old_lines: OnceCell<OldLines<'a>>,
    keys: OnceCell<Keys>,
    /// For each line of `old`, once it was compared.
    patterns: OnceCell<Vec<OnceCell<Pattern>>>,
}

/// The lines of `old`; one empty line after its last `\n` is not one of them.
#[derive(Debug)]
pub(super) struct OldLines<'a> {
    pub(super) lines: Vec<&'a str>,
    /// Whether such an empty line was left out: then a match takes its line end along.
    pub(super) ends_line: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(text: &'a str, old: &'a str, replace_all: bool, limits: &EditLimits) -> Self {
        Self {
            text,
            old,
            replace_all,
            budget: Budget::of(limits),
            places_max: usize::try_from(limits.places).unwrap_or(usize::MAX - 1),
            lines: OnceCell::new(),
            old_lines: OnceCell::new(),
            keys: OnceCell::new(),
            patterns: OnceCell::new(),
        }
    }

    /// How many places may be replaced at once.
    pub(super) fn places_max(&self) -> usize {
        self.places_max
    }

    pub(super) fn lines(&self) -> &Lines<'a> {
        self.lines.get_or_init(|| Lines::of(self.text))
    }

    pub(super) fn old_lines(&self) -> &OldLines<'a> {
        self.old_lines.get_or_init(|| {
            let mut lines: Vec<&str> = self.old.split('\n').collect();
            let ends_line = lines.len() > 1 && lines.last().is_some_and(|last| last.is_empty());
            lines.truncate(lines.len() - usize::from(ends_line));
            OldLines { lines, ends_line }
        })
    }

    pub(super) fn keys(&self) -> &Keys {
        self.keys
            .get_or_init(|| Keys::of(self.old_lines().lines.iter().copied(), self.lines().iter()))
    }

    /// How alike line `index` of `old` and `line` are when trimmed.
    pub(super) fn similarity(&self, index: usize, line: &str) -> Result<f64, Exhausted> {
        let old = &self.old_lines().lines;
        let patterns = self.patterns.get_or_init(|| vec![OnceCell::new(); old.len()]);
        let Some((cell, old)) = patterns.get(index).zip(old.get(index)) else {
            return Ok(0.0);
        };
        let pattern = match cell.get() {
            Some(pattern) => pattern,
            None => {
                let pattern = Pattern::new(trimmed(old), &self.budget)?;
                cell.get_or_init(|| pattern)
            }
        };
        pattern.similarity(trimmed(line), &self.budget)
    }

    /// How `new` is fitted into `spot`.
    pub(super) fn place(&self, spot: &Spot) -> Place<'a> {
        match spot {
            Spot::Literal(range) => Place::literal(range.clone()),
            Spot::Piece(range) => self.piece(range.clone()),
            Spot::Window { first, count, .. } => self.window(*first, *count, spot),
        }
    }

    /// What a spot takes up in the text, but for the line end a window takes along.
    pub(super) fn range_of(&self, spot: &Spot) -> Range<usize> {
        match spot {
            Spot::Literal(range) | Spot::Piece(range) => range.clone(),
            Spot::Window { first, count, .. } => self.lines().window(*first, *count),
        }
    }

    fn window(&self, first: usize, count: usize, spot: &Spot) -> Place<'a> {
        let (lines, old, keys) = (self.lines(), self.old_lines(), self.keys());
        let mut range = lines.window(first, count);
        let mut trail = "";
        if old.ends_line {
            if range.end < self.text.len() {
                range.end += 1;
            } else {
                // The file ends without a line end, and keeps it so.
                trail = "\n";
            }
        }
        let all = matches!(spot, Spot::Window { pairing: Pairing::All, .. });
        let same = |index: usize| all || keys.old.get(index) == keys.content.get(first + index);
        let pairs = |skipped: usize| {
            let old = old.lines.iter().take(count).enumerate().skip(skipped);
            old.filter(|(index, _)| same(*index))
                .map(|(index, old)| (*old, lines.get(first + index)))
        };
        let shift = Shift::between(pairs(0)).unwrap_or_else(|| {
            range.start += self.indentation_before_first(first, pairs(1));
            Shift::none()
        });
        Place { range, shift, with_first: true, lead: "", trail }
    }

    /// What was copied from behind the indentation of its first line leaves that indentation where it is.
    fn indentation_before_first<'p>(
        &self,
        first: usize,
        others: impl Iterator<Item = (&'p str, &'p str)>,
    ) -> usize {
        let old = self.old_lines().lines.first().copied().map_or("", indentation);
        match indentation(self.lines().get(first)).strip_suffix(old) {
            Some(before) if Shift::between(others).is_some_and(|shift| shift.is_same()) => {
                before.len()
            }
            _ => 0,
        }
    }

    /// Whether a piece may stand for `old` without the white space at its ends: where `old` has some, the piece must
    /// not continue a word.
    pub(super) fn is_bounded(&self, range: &Range<usize>) -> bool {
        let (lead, trail) = self.outer_blanks();
        let before = || self.text.get(..range.start).and_then(|text| text.chars().next_back());
        let after = || self.text.get(range.end..).and_then(|text| text.chars().next());
        (lead.is_empty() || before().is_none_or(is_blank))
            && (trail.is_empty() || after().is_none_or(is_blank))
    }

    /// The white space `old` begins and ends with.
    fn outer_blanks(&self) -> (&'a str, &'a str) {
        let lead = self.old.len() - self.old.trim_start_matches(is_blank).len();
        let trail = self.old.trim_end_matches(is_blank).len();
        (self.old.get(..lead).unwrap_or_default(), self.old.get(trail..).unwrap_or_default())
    }

    fn piece(&self, range: Range<usize>) -> Place<'a> {
        let (lead, trail) = self.outer_blanks();
        let shift = self.shift_of_piece(&range, lead.len(), self.old.len() - trail.len());
        Place { range, shift: shift.unwrap_or_else(Shift::none), with_first: false, lead, trail }
    }

    /// The shift of a piece that begins where its line's text begins and has as many lines as `old`.
    fn shift_of_piece(
        &self,
        range: &Range<usize>,
        lead_bytes: usize,
        trail_start: usize,
    ) -> Option<Shift> {
        let lines = self.lines();
        let first = lines.line_at(range.start);
        let count = lines.line_at(range.end) - first + 1;
        let starts_line = lines.range(first).start + indentation(lines.get(first)).len();
        let line_start = self.old.get(..lead_bytes)?.rfind('\n').map_or(0, |at| at + 1);
        let old: Vec<&str> = self.old.get(line_start..trail_start)?.split('\n').collect();
        if starts_line != range.start || old.len() != count {
            return None;
        }
        Shift::between(
            old.into_iter().enumerate().map(|(index, old)| (old, lines.get(first + index))),
        )
    }

    /// The lines a range touches, from 0, and how many.
    pub(super) fn lines_of(&self, range: &Range<usize>) -> (usize, usize) {
        let lines = self.lines();
        let first = lines.line_at(range.start);
        let last = lines.line_at(range.end.saturating_sub(1).max(range.start));
        (first, last + 1 - first)
    }

    /// `old` without white space at its ends.
    pub(super) fn trimmed_old(&self) -> &'a str {
        trimmed(self.old)
    }

    /// Every place of `needle`, up to one more than may be replaced. They do not overlap, with one exception: of a
    /// needle found once, a second place that overlaps the first is given too, for it is not unique then.
    pub(super) fn occurrences(&self, needle: &str) -> Vec<Range<usize>> {
        if needle.is_empty() {
            return Vec::new();
        }
        let finder = memmem::Finder::new(needle.as_bytes());
        let range = |start| start..start + needle.len();
        let found = finder.find_iter(self.text.as_bytes()).take(self.places_max + 1);
        let mut places: Vec<_> = found.map(range).collect();
        if let ([only], false) = (places.as_slice(), self.replace_all) {
            let from = only.start + 1;
            let rest = self.text.as_bytes().get(from..).unwrap_or_default();
            places.extend(finder.find(rest).map(|start| range(from + start)));
        }
        places
    }
}

/// Where a strategy found something that may stand for `old`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot {
    /// A text that `new` replaces as it is.
    Literal(Range<usize>),
    /// A text that stands for `old` without the white space at its ends.
    Piece(Range<usize>),
    /// Whole lines, from line `first` (from 0).
    Window { first: usize, count: usize, pairing: Pairing },
}

/// Which lines of `old` and of a window tell how far the window is shifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairing {
    /// Each line of `old` with the line at its place.
    All,
    /// Only those that are equal when trimmed; the others were found by similarity.
    Equal,
}

/// A place that is replaced, and how `new` is fitted into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) range: Range<usize>,
    shift: Shift,
    /// Whether the place begins with the indentation of its first line.
    with_first: bool,
    /// What `old` begins with and the place does not; taken off `new` too, where it begins so.
    lead: &'a str,
    /// The same at the end.
    trail: &'a str,
}

impl Place<'_> {
    fn literal(range: Range<usize>) -> Self {
        Self { range, shift: Shift::none(), with_first: true, lead: "", trail: "" }
    }

    /// `new` as it is written into this place.
    pub(super) fn fitted<'n>(&self, new: &'n str) -> Cow<'n, str> {
        let body = new.strip_prefix(self.lead).unwrap_or(new);
        let body = body.strip_suffix(self.trail).unwrap_or(body);
        if self.shift.is_done_in(new) {
            Cow::Borrowed(body)
        } else {
            self.shift.apply(Cow::Borrowed(body), self.with_first)
        }
    }
}
