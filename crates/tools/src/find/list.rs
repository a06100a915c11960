//! Fuzzy search over a list of the caller's own.

use std::sync::{Mutex, PoisonError};

use super::arena::{Arena, IndexedKind};
use super::narrow::Narrowing;
use super::query::Query;
use super::range::{ByteRange, ranges};
use super::scan;
use super::score::Scorer;
use super::top::Ranked;
use crate::{Control, Stopped};

/// A text of a list that fits a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundItem {
    /// Its place in the list, from 0.
    pub index: u32,
    /// How well it fits: 1000 is a match without gaps at the start of a word; see [`crate::find`].
    pub score: u32,
    /// What of it matched.
    pub ranges: Vec<ByteRange>,
}

/// The best `limit` of `items` for `query`, best first, scored as paths are. For an empty query the first `limit`.
///
/// Every call reads the whole list; whoever asks one list twice keeps it in a [`FuzzyList`], and whoever looks for
/// files takes [`super::FileIndex`]. Items past 4 GiB of text are left out.
pub fn fuzzy_search(query: &str, items: &[impl AsRef<str>], limit: usize) -> Vec<FoundItem> {
    let list = FuzzyList::new(items);
    list.search(query, limit, &Control::unbounded()).unwrap_or_default()
}

/// A list that is kept, so that only the query goes in and only the best come out. Queries that continue one another
/// look only at what the one before left over.
#[derive(Debug, Default)]
pub struct FuzzyList {
    arena: Arena,
    /// The place in the list of each id; ids of removed items are never asked.
    places: Vec<u32>,
    narrowing: Mutex<Narrowing>,
}

impl FuzzyList {
    /// A list of these items. Those past 4 GiB of text are left out.
    pub fn new(items: &[impl AsRef<str>]) -> Self {
        let mut list = Self::default();
        list.replace(items);
        list
    }

    /// Puts `item` at the end. `false`: there was no more room.
    pub fn push(&mut self, item: &str) -> bool {
        self.changed();
        let place = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let pushed = self.arena.push(item, IndexedKind::File).is_some();
        if pushed {
            self.places.push(place);
        }
        pushed
    }

    /// Takes out the item at `index`; later ones move up. `false`: there is none.
    ///
    /// Costs a pass over the list; for many at once use [`FuzzyList::replace`].
    pub fn remove(&mut self, index: usize) -> bool {
        let Ok(index) = u32::try_from(index) else { return false };
        let living = self.arena.items().find(|(id, _)| self.place(*id) == index);
        let Some(id) = living.map(|(id, _)| id) else { return false };
        self.changed();
        self.arena.remove(id);
        for place in self.places.iter_mut().filter(|place| **place > index) {
            *place -= 1;
        }
        if self.arena.is_sparse() {
            self.arena = self.arena.compact();
            self.places = (0..self.arena.id_end()).collect();
        }
        true
    }

    /// Holds these items and no others from now on.
    pub fn replace(&mut self, items: &[impl AsRef<str>]) {
        self.changed();
        self.arena = Arena::default();
        self.places.clear();
        for (item, place) in items.iter().zip(0..) {
            if self.arena.push(item.as_ref(), IndexedKind::File).is_none() {
                break;
            }
            self.places.push(place);
        }
        self.arena.shrink();
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.arena.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The best `limit` for `query`, best first; for an empty query the first `limit`.
    ///
    /// # Errors
    ///
    /// When `control` stopped it.
    pub fn search(
        &self,
        query: &str,
        limit: usize,
        control: &Control,
    ) -> Result<Vec<FoundItem>, Stopped> {
        let query = Query::parse(query);
        let found = scan::search(&self.arena, &query, limit, &self.narrowing, control)?;
        let mut marker = Marker::new(&self.arena, &query);
        let item = |ranked: &Ranked<'_>| FoundItem {
            index: self.place(ranked.id),
            score: ranked.score,
            ranges: marker.ranges(ranked),
        };
        Ok(found.iter().map(item).collect())
    }

    fn place(&self, id: u32) -> u32 {
        self.places.get(id as usize).copied().unwrap_or(u32::MAX)
    }

    fn changed(&mut self) {
        *self.narrowing.get_mut().unwrap_or_else(PoisonError::into_inner) = Narrowing::default();
    }
}

/// Says of what was found where it matched. Only the few that are given are asked, with an alignment that keeps its
/// way.
pub(super) struct Marker<'a, 'q> {
    arena: &'a Arena,
    exact: Scorer<'q>,
    forgiving: Scorer<'q>,
}

impl<'a, 'q> Marker<'a, 'q> {
    pub(super) fn new(arena: &'a Arena, query: &'q Query) -> Self {
        Self { arena, exact: Scorer::new(query, false), forgiving: Scorer::new(query, true) }
    }

    pub(super) fn ranges(&mut self, found: &Ranked<'_>) -> Vec<ByteRange> {
        let Some(item) = self.arena.item(found.id) else { return Vec::new() };
        let exact = self.exact.score(&item).is_some();
        let scorer = if exact { &mut self.exact } else { &mut self.forgiving };
        ranges(item.text, &scorer.matched(&item))
    }
}
