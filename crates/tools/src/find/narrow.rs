//! Who types asks again with every key: what the last query left over is where the next one looks, and going back costs
//! nothing.

use super::query::Query;

/// Queries that are kept, each a continuation of the one before.
const LEVELS_MAX: usize = 32;
/// Ids kept over all levels: 16 MiB.
const IDS_MAX: usize = 4 << 20;

/// What earlier queries left over, the shortest query first.
#[derive(Debug, Default)]
pub(super) struct Narrowing {
    levels: Vec<Level>,
    /// Which state of the arena the ids belong to.
    version: u64,
}

/// What the ids of a level have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Their names begin as the query does, as far as their heads say.
    Beginning,
    /// They have the letters of the query.
    Letters,
}

#[derive(Debug)]
struct Level {
    query: Query,
    left: Left,
    /// All of them, in order.
    ids: Vec<u32>,
}

impl Narrowing {
    /// Forgets everything that belongs to another state of the arena.
    pub(super) fn belong_to(&mut self, version: u64) {
        if self.version != version {
            self.levels.clear();
            self.version = version;
        }
    }

    /// Ids among which all are that `query` leaves over in the same way; `None`: all must be asked. Levels that `query`
    /// does not continue are dropped.
    pub(super) fn candidates(&mut self, query: &Query, left: Left) -> Option<&[u32]> {
        self.levels.retain(|level| query.narrows(&level.query));
        let last = self.levels.iter().rev().find(|level| level.left == left);
        last.map(|level| level.ids.as_slice())
    }

    /// Keeps what `query` left over. Where that is more than may be kept, what the shortest queries left over goes.
    pub(super) fn keep(&mut self, query: &Query, left: Left, ids: Vec<u32>) {
        let known = |level: &Level| level.left == left && level.query == *query;
        if ids.len() > IDS_MAX || self.levels.iter().any(known) {
            return;
        }
        let mut kept: usize = self.levels.iter().map(|level| level.ids.len()).sum();
        let mut dropped = 0;
        for level in &self.levels {
            if kept + ids.len() <= IDS_MAX && self.levels.len() - dropped < LEVELS_MAX {
                break;
            }
            kept -= level.ids.len();
            dropped += 1;
        }
        self.levels.drain(..dropped);
        self.levels.push(Level { query: query.clone(), left, ids });
    }
}
