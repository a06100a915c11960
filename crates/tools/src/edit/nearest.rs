//! What comes closest to a text that was not found: a model that sees it mends its next try.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::budget::{Budget, Exhausted};
use super::distance::{Letters, Pattern, common_prefix, ratio, similarity};
use super::lines::{FOREIGN, Key, indentation, trimmed};
use super::search::Search;
use crate::limits::EditLimits;

/// Less alike is not worth showing.
const SIMILARITY_MIN: f64 = 0.5;
/// Positions of `old` that are compared whole, those with most lines in common first.
const POSITIONS: usize = 4;
/// How often a line of `old` may stand in it to say something about a position.
const REPEATS_MAX: usize = 8;
/// A common line counts by its length, up to this: braces say little.
const WEIGHT_MAX: usize = 40;
/// Bytes of a line whose letters are counted in the time of a step of the distance.
const BYTES_PER_STEP: usize = 8;
/// Characters shown before the first difference of a long line.
const SHOWN_BEFORE: usize = 40;

/// The region of the text that is most like `old`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Nearest {
    /// Its first line, from 1.
    pub first_line: u64,
    /// Its last line.
    pub last_line: u64,
    /// How alike it is, from 0 to 1: the mean over its lines, white space at their ends not counted.
    pub similarity: f64,
    /// The first line that differs.
    pub line: u64,
    /// The column where it differs, in characters from 1.
    pub column: u64,
    /// What `old` has on that line, cut to the limit.
    pub expected: String,
    /// What the text has there.
    pub found: String,
}

/// The region nearest to what was sought, within one more budget: best so far where that ends.
pub(super) fn nearest(search: &Search<'_>, limits: &EditLimits) -> Option<Nearest> {
    let budget = Budget::of(limits);
    let shown = usize::try_from(limits.shown_characters).unwrap_or(usize::MAX);
    let old = &search.old_lines().lines;
    let visible: Vec<usize> =
        (0..old.len()).filter(|line| !trimmed(old[*line]).is_empty()).collect();
    match visible.as_slice() {
        [] => None,
        // One line once more costs no more than all lines did.
        [_] => part_of_line(search, &budget, &Budget::of(limits), shown),
        _ => block(search, &visible, &budget, shown),
    }
}

/// A sought line: the line that has a part most like it.
fn part_of_line(
    search: &Search<'_>,
    budget: &Budget,
    again: &Budget,
    shown: usize,
) -> Option<Nearest> {
    let old = search.trimmed_old();
    let pattern = Pattern::new(old, budget).ok()?;
    let mut best: Option<(usize, usize, usize)> = None;
    for (index, line) in search.lines().iter().enumerate() {
        let line = trimmed(line);
        if line.is_empty() {
            continue;
        }
        let Ok((distance, end)) = pattern.best_part(line.chars(), line.len(), budget) else {
            break;
        };
        if best.is_none_or(|(least, ..)| distance < least) {
            best = Some((distance, index, end));
        }
    }
    let (distance, index, end) = best?;
    let similarity = 1.0 - ratio(distance, pattern.characters());
    if similarity < SIMILARITY_MIN {
        return None;
    }
    // Where the part begins: the same search, backwards from its end.
    let line = trimmed(search.lines().get(index));
    let before: Vec<char> = line.chars().take(end).collect();
    let backwards: String = old.chars().rev().collect();
    let backwards = Pattern::new(&backwards, again).ok()?;
    let (_, length) = backwards.best_part(before.iter().rev().copied(), line.len(), again).ok()?;
    let start = end - length;
    let part: String = before.get(start..).unwrap_or_default().iter().collect();
    let (old, equal) = match distance {
        // It is there, but without the white space `old` has around it.
        0 => (search.old.trim_matches('\n'), 0),
        _ => (old, old.get(..common_prefix(old, &part)).unwrap_or_default().chars().count()),
    };
    let indent = indentation(search.lines().get(index)).chars().count();
    Some(Nearest {
        first_line: number(index),
        last_line: number(index),
        similarity: rounded(similarity),
        line: number(index),
        column: number(indent + start + equal),
        expected: excerpt(old, equal, shown),
        found: excerpt(line, start + equal, shown),
    })
}

/// A sought block: the position where it has most in common with the text.
fn block(search: &Search<'_>, visible: &[usize], budget: &Budget, shown: usize) -> Option<Nearest> {
    let mut positions = by_common_lines(search, visible, budget);
    if positions.is_empty() {
        positions.extend(by_longest_line(search, visible, budget));
    }
    let mut best: Option<(f64, i64)> = None;
    for position in positions {
        let Ok(similarity) = alike_at(search, visible, position, budget) else { break };
        if best.is_none_or(|(most, _)| similarity > most) {
            best = Some((similarity, position));
        }
    }
    let (similarity, position) = best.filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)?;
    let lines = search.lines();
    let old = &search.old_lines().lines;
    let there = |index: usize| usize::try_from(position + signed(index)).ok();
    let line = |index: usize| there(index).map_or("", |at| lines.get(at));
    let differs =
        visible.iter().copied().find(|index| trimmed(old[*index]) != trimmed(line(*index)));
    let differs = differs.or_else(|| visible.first().copied())?;
    let (mine, theirs) = (trimmed(old[differs]), trimmed(line(differs)));
    let equal = mine.get(..common_prefix(mine, theirs)).unwrap_or_default().chars().count();
    let last = lines.count() - 1;
    Some(Nearest {
        first_line: number(usize::try_from(position).unwrap_or(0)),
        last_line: number(there(old.len() - 1).unwrap_or(0).min(last)),
        similarity: rounded(similarity),
        line: number(there(differs).unwrap_or(0).min(last)),
        column: number(indentation(line(differs)).chars().count() + equal),
        expected: excerpt(mine, equal, shown),
        found: excerpt(theirs, equal, shown),
    })
}

/// Positions of `old`'s first line for which lines are equal, those with the longest first.
fn by_common_lines(search: &Search<'_>, visible: &[usize], budget: &Budget) -> Vec<i64> {
    let keys = search.keys();
    let mut of_key: HashMap<Key, Vec<usize>> = HashMap::new();
    for index in visible {
        if let Some(key) = keys.old.get(*index) {
            of_key.entry(*key).or_default().push(*index);
        }
    }
    let mut weights: HashMap<i64, usize> = HashMap::new();
    for (index, key) in keys.content.iter().enumerate().filter(|(_, key)| **key != FOREIGN) {
        let Some(olds) = of_key.get(key).filter(|olds| olds.len() <= REPEATS_MAX) else { continue };
        if budget.take_line_comparison().is_err() {
            break;
        }
        for old in olds {
            let line = search.old_lines().lines.get(*old).copied().unwrap_or_default();
            let weight = trimmed(line).len().min(WEIGHT_MAX);
            *weights.entry(signed(index) - signed(*old)).or_default() += weight;
        }
    }
    let mut positions: Vec<(i64, usize)> = weights.into_iter().collect();
    positions.sort_unstable_by_key(|(position, weight)| (std::cmp::Reverse(*weight), *position));
    positions.into_iter().take(POSITIONS).map(|(position, _)| position).collect()
}

/// The position that puts `old`'s longest line on the line most like it.
fn by_longest_line(search: &Search<'_>, visible: &[usize], budget: &Budget) -> Option<i64> {
    let old = &search.old_lines().lines;
    let index = *visible.iter().max_by_key(|index| trimmed(old[**index]).len())?;
    let sought = trimmed(old[index]);
    let pattern = Pattern::new(sought, budget).ok()?;
    let letters = Letters::of(sought);
    // What the letters allow costs a tenth of what the distance does, and after the most promising few nothing better
    // can come.
    let mut candidates = Vec::new();
    for (at, line) in search.lines().iter().enumerate() {
        let line = trimmed(line);
        if budget.take_distance_steps(line.len().div_ceil(BYTES_PER_STEP)).is_err() {
            break;
        }
        let (common, characters) = letters.in_common_with(line);
        let longer = pattern.characters().max(characters);
        candidates.push((ratio(common, longer), longer, at));
    }
    candidates.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut best: Option<(f64, usize)> = None;
    for (most, longer, at) in candidates {
        if best.is_some_and(|(found, _)| most < found) {
            break;
        }
        let Ok(distance) = pattern.distance(trimmed(search.lines().get(at)), budget) else { break };
        let similarity = 1.0 - ratio(distance, longer);
        // The first of lines that are as like.
        let better = |(found, first)| similarity > found || (similarity >= found && at < first);
        if best.is_none_or(better) {
            best = Some((similarity, at));
        }
    }
    best.map(|(_, at)| signed(at) - signed(index))
}

/// The mean similarity of `old`'s visible lines to those at `position`.
fn alike_at(
    search: &Search<'_>,
    visible: &[usize],
    position: i64,
    budget: &Budget,
) -> Result<f64, Exhausted> {
    let old = &search.old_lines().lines;
    let mut sum = 0.0;
    for index in visible {
        let line = usize::try_from(position + signed(*index)).ok();
        let line = line.map_or("", |at| trimmed(search.lines().get(at)));
        if !line.is_empty() {
            budget.take_line_comparison()?;
            sum += similarity(trimmed(old[*index]), line, budget)?;
        }
    }
    Ok(sum / ratio(visible.len(), 1))
}

/// `line` around its character `at`, at most `shown` characters, `…` where something is cut off.
fn excerpt(line: &str, at: usize, shown: usize) -> String {
    let start = if line.chars().nth(shown).is_none() { 0 } else { at.saturating_sub(SHOWN_BEFORE) };
    let mut rest = line.chars().skip(start);
    let mut out = String::from(if start > 0 { "…" } else { "" });
    out.extend(rest.by_ref().take(shown));
    if rest.next().is_some() {
        out.push('…');
    }
    out
}

/// From an index to a number for people.
fn number(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1)
}

fn signed(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// Three digits are enough to judge by.
fn rounded(similarity: f64) -> f64 {
    (similarity * 1000.0).round() / 1000.0
}
