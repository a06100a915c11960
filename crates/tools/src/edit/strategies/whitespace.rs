//! Whitespace-normalized: the same words with other white space between them.

use std::ops::Range;

use memchr::memmem;

use super::mapped::Mapped;
use crate::edit::budget::Exhausted;
use crate::edit::lines::{first_blank, is_blank, trimmed};
use crate::edit::search::{Pairing, Search, Spot};

/// Pieces whose words are those of `old`, on one line or on as many lines as `old` has.
pub(super) fn find(search: &Search<'_>) -> Result<Vec<Spot>, Exhausted> {
    let needle = collapsed(search.trimmed_old()).text;
    // A cheap refusal: a text that has not even the longest word needs no normalizing.
    let longest = needle.split(' ').max_by_key(|word| word.len()).unwrap_or_default();
    if memmem::find(search.text.as_bytes(), longest.as_bytes()).is_none() {
        return Ok(Vec::new());
    }
    let text = collapsed(search.text);
    let finder = memmem::Finder::new(needle.as_bytes());
    let range = |start: usize| text.original(start)..text.original(start + needle.len());
    let mut found: Vec<usize> =
        finder.find_iter(text.text.as_bytes()).take(search.places_max() + 1).collect();
    if let ([only], false) = (found.as_slice(), search.replace_all) {
        let from = only + 1;
        let rest = text.text.as_bytes().get(from..).unwrap_or_default();
        found.extend(finder.find(rest).map(|start| from + start));
    }
    let old_lines = search.old_lines().lines.len();
    let spot = |start| as_spot(search, range(start), old_lines);
    Ok(found.into_iter().filter_map(spot).collect())
}

fn as_spot(search: &Search<'_>, range: Range<usize>, old_lines: usize) -> Option<Spot> {
    let lines = search.lines();
    let (first, count) = search.lines_of(&range);
    if !(count == 1 || count == old_lines) || !search.is_bounded(&range) {
        return None;
    }
    let old = &search.old_lines().lines;
    let blank_ends =
        [old.first(), old.last()].into_iter().flatten().any(|line| trimmed(line).is_empty());
    let covered = lines.window(first, count);
    let whole = search.text.get(covered).map(trimmed) == search.text.get(range.clone());
    Some(if whole && count == old.len() && !blank_ends {
        Spot::Window { first, count, pairing: Pairing::All }
    } else {
        Spot::Piece(range)
    })
}

/// Every run of white space as one space.
fn collapsed(text: &str) -> Mapped {
    let mut out = Mapped::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = first_blank(rest) {
        let (word, tail) = rest.split_at(start);
        out.text.push_str(word);
        out.text.push(' ');
        rest = tail.trim_start_matches(is_blank);
        if tail.len() - rest.len() != 1 {
            out.jump(text.len() - rest.len());
        }
    }
    out.text.push_str(rest);
    out
}
