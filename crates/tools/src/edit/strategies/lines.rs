//! Line-trimmed and indentation-flexible: every line is there, at another depth perhaps.

use crate::edit::budget::Exhausted;
use crate::edit::indent::Shift;
use crate::edit::lines::places_of;
use crate::edit::search::{Pairing, Search, Spot};

/// Windows each of whose lines is equal when trimmed.
pub(super) fn trimmed(search: &Search<'_>) -> Result<Vec<Spot>, Exhausted> {
    Ok(windows(search).into_iter().map(|first| spot(search, first)).collect())
}

/// Of those, the windows shifted as a whole. Nothing else can be: what is equal but for a common indentation is equal
/// when trimmed.
pub(super) fn indented_alike(search: &Search<'_>) -> Result<Vec<Spot>, Exhausted> {
    let (lines, old) = (search.lines(), &search.old_lines().lines);
    let mut spots = Vec::new();
    for first in windows(search) {
        for _ in old {
            search.budget.take_line_comparison()?;
        }
        let pairs = old.iter().enumerate().map(|(index, old)| (*old, lines.get(first + index)));
        if Shift::between(pairs).is_some() {
            spots.push(spot(search, first));
        }
    }
    Ok(spots)
}

fn windows(search: &Search<'_>) -> Vec<usize> {
    let keys = search.keys();
    places_of(&keys.old, &keys.content)
}

fn spot(search: &Search<'_>, first: usize) -> Spot {
    Spot::Window { first, count: search.old_lines().lines.len(), pairing: Pairing::All }
}
