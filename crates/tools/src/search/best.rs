//! The best of many results, with bounded memory: the newest, or the first by path.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// In which order results are given; where there are more than the limit, the first of this order are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Order {
    /// Last changed first; the same time by path.
    #[default]
    Newest,
    /// By the bytes of the path.
    Path,
}

/// Where a result stands in an [`Order`]; smaller is better.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Age as the negative time of change; 0 where only the path counts.
    age: i64,
    path: PathBuf,
}

/// Keeps the best until they weigh as much as the limit.
#[derive(Debug)]
pub(super) struct Best<T> {
    order: Order,
    limit: u64,
    bytes_max: u64,
    weight: u64,
    bytes: u64,
    results: BTreeMap<Rank, Kept<T>>,
}

#[derive(Debug)]
struct Kept<T> {
    weight: u64,
    bytes: u64,
    result: T,
}

impl<T> Best<T> {
    /// `limit`: what is asked for; `bytes_max`: the text all may have together. The last one kept may go beyond either.
    pub(super) fn new(order: Order, limit: u64, bytes_max: u64) -> Self {
        Self { order, limit, bytes_max, weight: 0, bytes: 0, results: BTreeMap::new() }
    }

    /// Whether a result changed at `modified_ms` would be kept.
    pub(super) fn would_keep(&self, modified_ms: i64, path: &Path) -> bool {
        if self.limit == 0 {
            return false;
        }
        if self.weight < self.limit && self.bytes < self.bytes_max {
            return true;
        }
        let age = self.age(modified_ms);
        self.results.last_key_value().is_none_or(|(worst, _)| {
            age < worst.age || (age == worst.age && path < worst.path.as_path())
        })
    }

    /// Keeps `result` if it is good enough, and lets go what is not any more.
    pub(super) fn add(
        &mut self,
        modified_ms: i64,
        path: PathBuf,
        weight: u64,
        bytes: u64,
        result: T,
    ) {
        if !self.would_keep(modified_ms, &path) {
            return;
        }
        let rank = Rank { age: self.age(modified_ms), path };
        self.insert(rank, Kept { weight, bytes, result });
    }

    /// Takes over what another thread kept.
    pub(super) fn merge(&mut self, other: Self) {
        for (rank, kept) in other.results {
            self.insert(rank, kept);
        }
    }

    /// The best first.
    pub(super) fn into_sorted(self) -> impl Iterator<Item = (PathBuf, T)> {
        self.results.into_iter().map(|(rank, kept)| (rank.path, kept.result))
    }

    fn insert(&mut self, rank: Rank, kept: Kept<T>) {
        self.weight += kept.weight;
        self.bytes += kept.bytes;
        self.results.insert(rank, kept);
        while let Some(worst) = self.results.last_entry() {
            let (weight, bytes) = (worst.get().weight, worst.get().bytes);
            if self.weight - weight < self.limit && self.bytes - bytes < self.bytes_max {
                break;
            }
            worst.remove();
            self.weight -= weight;
            self.bytes -= bytes;
        }
    }

    fn age(&self, modified_ms: i64) -> i64 {
        match self.order {
            Order::Newest => modified_ms.saturating_neg(),
            Order::Path => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay_and_ties_go_by_path() {
        let mut best = Best::new(Order::Newest, 3, u64::MAX);
        for (time, path) in [(5, "b"), (9, "a"), (1, "c"), (5, "a2"), (5, "z"), (7, "d")] {
            best.add(time, path.into(), 1, 0, time);
        }
        assert!(!best.would_keep(5, Path::new("b")) && best.would_keep(5, Path::new("a")));
        let kept: Vec<_> = best.into_sorted().collect();
        assert_eq!(kept, [("a".into(), 9), ("d".into(), 7), ("a2".into(), 5)]);
    }

    #[test]
    fn weight_and_bytes_bound_what_is_kept() {
        let mut best = Best::new(Order::Path, 10, 100);
        best.add(0, "a".into(), 6, 10, ());
        best.add(0, "b".into(), 6, 10, ());
        best.add(0, "c".into(), 1, 10, ());
        assert_eq!(best.into_sorted().count(), 2);
        let mut best = Best::new(Order::Path, 10, 100);
        best.add(0, "b".into(), 1, 120, ());
        best.add(0, "a".into(), 1, 20, ());
        best.add(0, "c".into(), 1, 1, ());
        assert_eq!(best.into_sorted().count(), 2);
        let mut none = Best::new(Order::Path, 0, 100);
        none.add(0, "a".into(), 1, 1, ());
        assert_eq!(none.into_sorted().count(), 0);
    }
}
