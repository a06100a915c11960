//! Simple, multi-occurrence and trimmed-boundary: `old` as it was given, or without the white space at its ends.

use crate::edit::budget::Exhausted;
use crate::edit::search::{Search, Spot};

pub(super) fn find(search: &Search<'_>) -> Result<Vec<Spot>, Exhausted> {
    Ok(search.occurrences(search.old).into_iter().map(Spot::Literal).collect())
}

pub(super) fn find_trimmed(search: &Search<'_>) -> Result<Vec<Spot>, Exhausted> {
    let needle = search.trimmed_old();
    if needle == search.old {
        return Ok(Vec::new());
    }
    let found = search.occurrences(needle).into_iter().filter(|range| search.is_bounded(range));
    Ok(found.map(Spot::Piece).collect())
}
