//! The cascade: strategies in their order, and which of the places found is the one meant.

use std::ops::Range;

use super::lines::trimmed;
use super::search::{Place, Search, Spot};
use super::strategies::{CASCADE, Nature, Row, Strategy};

/// A match may be this many lines longer than `old`…
const EXTRA_LINES: usize = 3;
/// … or this many times as long, whichever is more.
const LINES_FACTOR: usize = 2;
/// A match of several lines may be this many bytes longer than `old`, without white space at the ends…
const EXTRA_BYTES: usize = 500;
/// … or this many times as long, whichever is more.
const BYTES_FACTOR: usize = 4;

/// Where `new` goes.
#[derive(Debug)]
pub(super) struct Hit<'a> {
    pub(super) strategy: Strategy,
    /// In order, apart from each other.
    pub(super) places: Vec<Place<'a>>,
}

/// Why it goes nowhere.
#[derive(Debug)]
pub(super) enum Miss {
    /// No strategy found anything it may take.
    Nothing {
        /// A strategy gave up for its budget.
        exhausted: bool,
    },
    /// There are several places, and nothing says which is meant; more than may be replaced, with `replaceAll`.
    Several { strategy: Strategy, starts: Vec<usize> },
    /// What was found is far larger than what was sought.
    Disproportionate { strategy: Strategy, range: Range<usize> },
}

/// Asks the strategies in turn.
///
/// The first that finds one place decides. Several places are not passed on to a looser judgement: a later strategy may
/// then only say which of them is meant, and of several exact ones none ever does. With `replaceAll` all places of the
/// first strategy that finds some are replaced; those that go by similarity are not asked.
pub(super) fn run<'a>(search: &Search<'a>) -> Result<Hit<'a>, Miss> {
    let mut several: Option<Several> = None;
    let mut exact = false;
    let mut exhausted = false;
    // Without a word in it, `old` says too little for anything but itself.
    let only_exact = search.trimmed_old().is_empty();
    for row in &CASCADE {
        if !applies(row, search.replace_all, only_exact || exact) {
            continue;
        }
        let Ok(mut spots) = (row.find)(search) else {
            exhausted = true;
            continue;
        };
        spots.sort_by_key(|spot| search.range_of(spot).start);
        spots.dedup();
        if let Some(several) = &several {
            spots.retain(|spot| several.holds(search, spot));
        }
        let all = search.replace_all && row.strategy != Strategy::Simple;
        match spots.as_slice() {
            [] => {}
            [_] => return accept(search, row, &spots),
            _ if all && spots.len() <= search.places_max() => return accept(search, row, &spots),
            _ => {
                exact |= row.nature == Nature::Exact;
                several.get_or_insert_with(|| Several::of(search, row.strategy, &spots));
            }
        }
    }
    Err(match several {
        Some(Several { strategy, starts, .. }) => Miss::Several { strategy, starts },
        None => Miss::Nothing { exhausted },
    })
}

fn applies(row: &Row, replace_all: bool, only_exact: bool) -> bool {
    match row.nature {
        // The ninth is the first once more, for all its places.
        Nature::Exact => row.strategy == Strategy::Simple || replace_all,
        Nature::Lenient => !only_exact,
        Nature::Similar => !only_exact && !replace_all,
    }
}

/// Places a strategy found without being able to choose.
struct Several {
    strategy: Strategy,
    starts: Vec<usize>,
    /// First line and number of lines of each, in order.
    lines: Vec<(usize, usize)>,
}

impl Several {
    fn of(search: &Search<'_>, strategy: Strategy, spots: &[Spot]) -> Self {
        let ranges = || spots.iter().map(|spot| search.range_of(spot));
        Self {
            strategy,
            starts: ranges().map(|range| range.start).collect(),
            lines: ranges().map(|range| search.lines_of(&range)).collect(),
        }
    }

    /// Whether `spot` lies on the lines of one of the places.
    fn holds(&self, search: &Search<'_>, spot: &Spot) -> bool {
        let (first, count) = search.lines_of(&search.range_of(spot));
        let after = self.lines.partition_point(|(start, _)| *start <= first);
        let place = after.checked_sub(1).and_then(|index| self.lines.get(index));
        place.is_some_and(|(start, lines)| first + count <= start + lines)
    }
}

fn accept<'a>(search: &Search<'a>, row: &Row, spots: &[Spot]) -> Result<Hit<'a>, Miss> {
    let mut places: Vec<Place<'a>> = Vec::with_capacity(spots.len());
    for spot in spots {
        let place = search.place(spot);
        // Of places that overlap, the first is taken.
        if places.last().is_some_and(|last| place.range.start < last.range.end) {
            continue;
        }
        if row.nature != Nature::Exact && is_disproportionate(search, &place.range) {
            return Err(Miss::Disproportionate { strategy: row.strategy, range: place.range });
        }
        places.push(place);
    }
    Ok(Hit { strategy: row.strategy, places })
}

fn is_disproportionate(search: &Search<'_>, range: &Range<usize>) -> bool {
    let old_lines = search.old_lines().lines.len();
    let (_, lines) = search.lines_of(range);
    if lines >= (old_lines + EXTRA_LINES).max(old_lines * LINES_FACTOR) {
        return true;
    }
    let old_bytes = search.trimmed_old().len();
    let bytes = search.text.get(range.clone()).map_or(0, |matched| trimmed(matched).len());
    old_lines > 1 && bytes > (old_bytes + EXTRA_BYTES).max(old_bytes * BYTES_FACTOR)
}
