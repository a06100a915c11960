//! Who types asks again with every key: what the last query left over is where the next one looks, and going back costs
//! nothing.

use super::query::Query;

/// Queries that are kept, each a continuation of the one before.
const LEVELS_MAX: usize = 16;
/// Ids kept over all levels: 4 MiB.
const IDS_MAX: usize = 1 << 20;

/// What earlier queries left over, the shortest query first. Holds only as long as the arena stays the same.
#[derive(Debug, Default)]
pub(super) struct Narrowing {
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    query: Query,
    /// All ids that have the letters of the query, in order.
    left: Vec<u32>,
}

impl Narrowing {
    /// Forgets everything: the arena has changed.
    pub(super) fn clear(&mut self) {
        self.levels.clear();
    }

    /// Ids among which all matches of `query` are; `None`: all must be asked. Levels that `query` does not continue are
    /// dropped.
    pub(super) fn candidates(&mut self, query: &Query) -> Option<&[u32]> {
        self.levels.retain(|level| query.narrows(&level.query));
        self.levels.last().map(|level| level.left.as_slice())
    }

    /// Keeps what `query` left over, if it is worth its memory.
    pub(super) fn keep(&mut self, query: &Query, left: Vec<u32>) {
        let kept: usize = self.levels.iter().map(|level| level.left.len()).sum();
        let known = self.levels.iter().any(|level| level.query == *query);
        if !known && self.levels.len() < LEVELS_MAX && kept + left.len() <= IDS_MAX {
            self.levels.push(Level { query: query.clone(), left });
        }
    }
}
