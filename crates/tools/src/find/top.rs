//! The best few of many.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// A candidate with what it is ranked by. Greater is worse: lower score, then longer, then later in the alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ranked<'a> {
    pub(super) score: u32,
    pub(super) text: &'a str,
    pub(super) id: u32,
}

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |ranked: &Self| (Reverse(ranked.score), ranked.text.len());
        key(self)
            .cmp(&key(other))
            .then_with(|| self.text.cmp(other.text).then_with(|| self.id.cmp(&other.id)))
    }
}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Keeps the best `limit`.
#[derive(Debug)]
pub(super) struct Top<'a> {
    limit: usize,
    heap: BinaryHeap<Ranked<'a>>,
}

impl<'a> Top<'a> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::new() }
    }

    /// Whether a text of `length` bytes with `score` or less could come in.
    pub(super) fn has_room(&self, score: u32, length: usize) -> bool {
        self.heap.len() < self.limit
            || self.heap.peek().is_some_and(|worst| {
                score > worst.score || (score == worst.score && length <= worst.text.len())
            })
    }

    pub(super) fn offer(&mut self, ranked: Ranked<'a>) {
        if self.heap.len() < self.limit {
            self.heap.push(ranked);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && ranked < *worst
        {
            *worst = ranked;
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for ranked in other.heap {
            self.offer(ranked);
        }
    }

    /// Best first.
    pub(super) fn into_sorted(self) -> Vec<Ranked<'a>> {
        self.heap.into_sorted_vec()
    }
}
