//! Block-anchor and context-aware: the first and the last line are there, the lines between them have drifted.

use crate::edit::budget::Exhausted;
use crate::edit::distance::ratio;
use crate::edit::lines::{FOREIGN, Key, trimmed};
use crate::edit::search::{Pairing, Search, Spot};

/// Fewer lines have nothing between two anchors.
const LINES_MIN: usize = 3;
/// How alike the lines between the anchors must be on average, 1 for equal.
const SIMILARITY_MIN: f64 = 0.65;
/// Blocks whose similarities lie closer together are several, and none is chosen.
const SIMILARITY_MARGIN: f64 = 0.1;
/// The size of a block may differ by one line, or by one line in this many.
const LINES_PER_SLACK: usize = 4;

/// A block between the anchors, and how alike its inside is.
struct Candidate {
    first: usize,
    count: usize,
    similarity: f64,
}

/// Blocks similar enough, of nearly the size of `old`: the best, or all that are nearly as good.
pub(super) fn block(search: &Search<'_>) -> Result<Vec<Spot>, Exhausted> {
    let Some((top, bottom)) = anchors(search) else {
        return Ok(Vec::new());
    };
    let content = &search.keys().content;
    let lines = search.old_lines().lines.len();
    let slack = (lines / LINES_PER_SLACK).max(1);
    let (least, most) = (lines.saturating_sub(slack).max(LINES_MIN), lines + slack);
    let bottoms: Vec<usize> = places(content, bottom).collect();
    let mut candidates = Vec::new();
    for first in places(content, top) {
        let from = bottoms.partition_point(|last| *last < first + least - 1);
        let near = bottoms.iter().skip(from).take_while(|last| **last < first + most);
        let mut best: Option<Candidate> = None;
        for last in near {
            let count = last + 1 - first;
            let similarity = between(search, first, count)?;
            let closer = |best: &Candidate| {
                let (old, new) = (best.count.abs_diff(lines), count.abs_diff(lines));
                similarity > best.similarity || (similarity >= best.similarity && new < old)
            };
            if similarity >= SIMILARITY_MIN && best.as_ref().is_none_or(closer) {
                best = Some(Candidate { first, count, similarity });
            }
        }
        candidates.extend(best);
    }
    let best = candidates.iter().map(|one| one.similarity).fold(0.0, f64::max);
    candidates.retain(|one| one.similarity > best - SIMILARITY_MARGIN);
    let spot =
        |Candidate { first, count, .. }| Spot::Window { first, count, pairing: Pairing::Equal };
    Ok(candidates.into_iter().map(spot).collect())
}

/// Blocks of the size of `old`, at least half of whose lines are equal.
pub(super) fn context(search: &Search<'_>) -> Result<Vec<Spot>, Exhausted> {
    let Some((top, bottom)) = anchors(search) else {
        return Ok(Vec::new());
    };
    let keys = search.keys();
    let count = keys.old.len();
    let mut spots = Vec::new();
    for first in places(&keys.content, top) {
        let Some(block) = keys.content.get(first..first + count) else { break };
        if block.last() == Some(&bottom) && half_equal(search, block)? {
            spots.push(Spot::Window { first, count, pairing: Pairing::Equal });
        }
    }
    Ok(spots)
}

/// The keys of the first and the last line. Blank ones are no anchors: they are everywhere.
fn anchors(search: &Search<'_>) -> Option<(Key, Key)> {
    if search.old_lines().lines.len() < LINES_MIN {
        return None;
    }
    let keys = search.keys();
    let (top, bottom) = (*keys.old.first()?, *keys.old.last()?);
    (keys.blank != Some(top) && keys.blank != Some(bottom)).then_some((top, bottom))
}

fn places(content: &[Key], key: Key) -> impl Iterator<Item = usize> + '_ {
    content.iter().enumerate().filter(move |(_, line)| **line == key).map(|(index, _)| index)
}

/// The mean similarity of the lines between the anchors, line by line; a line without a partner counts 0, two blank
/// ones do not count. 0 as soon as it cannot reach [`SIMILARITY_MIN`] any more.
fn between(search: &Search<'_>, first: usize, count: usize) -> Result<f64, Exhausted> {
    let (keys, lines, old) = (search.keys(), search.lines(), &search.old_lines().lines);
    let longer = old.len().max(count) - 1;
    let (mut sum, mut counted) = (0.0, 0);
    for index in 1..longer {
        search.budget.take_line_comparison()?;
        let mine = (index + 1 < old.len()).then(|| trimmed(old.get(index).copied().unwrap_or("")));
        let theirs = (index + 1 < count).then(|| trimmed(lines.get(first + index)));
        let (mine, theirs) = (mine.unwrap_or_default(), theirs.unwrap_or_default());
        if mine.is_empty() && theirs.is_empty() {
            continue;
        }
        counted += 1;
        let key = keys.content.get(first + index).copied().unwrap_or(FOREIGN);
        if key != FOREIGN && keys.old.get(index) == Some(&key) && !theirs.is_empty() {
            sum += 1.0;
        } else if !mine.is_empty() && !theirs.is_empty() {
            sum += search.similarity(index, theirs)?;
        }
        let ahead = longer - 1 - index;
        if sum + ratio(ahead, 1) < SIMILARITY_MIN * ratio(counted + ahead, 1) {
            return Ok(0.0);
        }
    }
    Ok(if counted == 0 { 1.0 } else { sum / ratio(counted, 1) })
}

/// Whether at least half of the lines between the anchors are equal, those blank in both not counted.
fn half_equal(search: &Search<'_>, block: &[Key]) -> Result<bool, Exhausted> {
    let keys = search.keys();
    let inner = keys.old.iter().zip(block).skip(1).take(block.len() - 2);
    let (mut equal, mut counted) = (0_usize, 0_usize);
    for (mine, theirs) in inner {
        search.budget.take_line_comparison()?;
        if mine == theirs && keys.blank == Some(*mine) {
            continue;
        }
        counted += 1;
        equal += usize::from(mine == theirs);
    }
    Ok(equal * 2 >= counted)
}
