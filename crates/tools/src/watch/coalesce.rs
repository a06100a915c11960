//! Many changes made few, and told in time.
//!
//! A state machine without a clock: the time is an argument. Of one path, between two batches, create and update are a
//! create, create and delete are nothing, delete and create are an update. A rename is the delete of one path and the
//! create of another: who keeps a list needs no third case for it, and the pair would not survive what editors do
//! (write beside, rename over). A deleted folder swallows what was to be told beneath it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::change::{Change, ChangeKind};

/// After so long without a batch the next change is told at once. Whoever writes, waits for the notice and writes again
/// would otherwise always wait for a window: it was 15 ms, and the window was what such a loop measured.
const QUIET: Duration = Duration::from_millis(2);
/// Otherwise a batch is told when nothing came for so long, …
const WINDOW: Duration = Duration::from_millis(1);
/// … and at the latest so long after its first change.
const WINDOW_MAX: Duration = Duration::from_millis(15);

/// Changes on their way to the callback.
#[derive(Debug)]
pub(super) struct Coalescer {
    pending: BTreeMap<PathBuf, Pending>,
    pending_max: usize,
    /// Counts changes, to tell them in the order of their first.
    count: u64,
    rescan: bool,
    limit: Option<PathBuf>,
    ended: bool,
    /// When the first and the last of what waits came.
    waiting: Option<(Duration, Duration)>,
    told_at: Option<Duration>,
}

#[derive(Debug)]
struct Pending {
    order: u64,
    kind: ChangeKind,
    folder: bool,
    /// What had the path before was a folder, or gave way to one: its delete is told first.
    deleted: Option<bool>,
}

impl Coalescer {
    /// Holds up to `pending_max` changes back; with more it tells a rescan instead.
    pub(super) fn new(pending_max: usize) -> Self {
        Self {
            pending: BTreeMap::new(),
            pending_max,
            count: 0,
            rescan: false,
            limit: None,
            ended: false,
            waiting: None,
            told_at: None,
        }
    }

    pub(super) fn push(&mut self, now: Duration, change: Change) {
        self.waiting = Some((self.waiting.map_or(now, |(first, _)| first), now));
        match change.kind {
            ChangeKind::Rescan => self.rescan(),
            ChangeKind::Limit => self.limit = self.limit.take().or(Some(change.path)),
            ChangeKind::Ended => self.ended = true,
            ChangeKind::Create | ChangeKind::Update | ChangeKind::Delete => self.merge(change),
        }
        if self.pending.len() > self.pending_max {
            self.rescan();
        }
    }

    /// When [`Coalescer::take`] is to be called; `None`: nothing waits.
    pub(super) fn due(&self) -> Option<Duration> {
        let (first, last) = self.waiting?;
        let quiet = self.told_at.is_none_or(|told| first.saturating_sub(told) >= QUIET);
        if quiet || self.ended {
            return Some(first);
        }
        Some((last + WINDOW).min(first + WINDOW_MAX))
    }

    /// What is to be told, in order; nothing when it cancelled out.
    pub(super) fn take(&mut self, now: Duration) -> Vec<Change> {
        self.waiting = None;
        let mut pending: Vec<_> = std::mem::take(&mut self.pending).into_iter().collect();
        pending.sort_unstable_by_key(|(_, pending)| pending.order);
        let mut changes = Vec::with_capacity(pending.len() + 1);
        if std::mem::take(&mut self.rescan) {
            changes.push(Change::new(ChangeKind::Rescan, "", true));
        }
        for (path, pending) in pending {
            if let Some(folder) = pending.deleted {
                changes.push(Change::new(ChangeKind::Delete, path.clone(), folder));
            }
            changes.push(Change::new(pending.kind, path, pending.folder));
        }
        if let Some(path) = self.limit.take() {
            changes.push(Change::new(ChangeKind::Limit, path, true));
        }
        if std::mem::take(&mut self.ended) {
            changes.push(Change::new(ChangeKind::Ended, "", true));
        }
        if !changes.is_empty() {
            self.told_at = Some(now);
        }
        changes
    }

    /// Whoever reads the tree anew needs nothing of what was to be told.
    fn rescan(&mut self) {
        self.pending.clear();
        self.rescan = true;
    }

    fn merge(&mut self, change: Change) {
        use ChangeKind::{Create, Delete, Update};
        let Change { kind, path, folder } = change;
        if kind == Delete && folder {
            self.swallow(&path);
        }
        self.count += 1;
        let order = self.count;
        let Some(old) = self.pending.get_mut(&path) else {
            self.pending.insert(path, Pending { order, kind, folder, deleted: None });
            return;
        };
        match (old.kind, kind) {
            (Create, Delete) => match old.deleted.take() {
                Some(was_folder) => (old.kind, old.folder) = (Delete, was_folder),
                None => {
                    self.pending.remove(&path);
                }
            },
            (Delete, Create) if old.folder || folder => {
                // Told last, so that what comes beneath it comes after.
                *old = Pending { order, kind, folder, deleted: Some(old.folder) };
            }
            (Delete, Create | Update) | (Update, Create) => {
                (old.kind, old.folder) = (Update, folder);
            }
            (_, Delete) => (old.kind, old.folder) = (Delete, folder),
            _ => {}
        }
    }

    /// Forgets what was to be told beneath `folder`.
    fn swallow(&mut self, folder: &PathBuf) {
        // Paths are in the order of their parts, so what lies beneath comes right after.
        let beneath = |path: &PathBuf| path != folder && path.starts_with(folder);
        let after = self.pending.range(folder.clone()..).map(|(path, _)| path);
        let gone: Vec<PathBuf> = after
            .skip_while(|path| *path == folder)
            .take_while(|path| beneath(path))
            .cloned()
            .collect();
        for path in gone {
            self.pending.remove(&path);
        }
    }
}

#[cfg(test)]
#[path = "coalesce_tests.rs"]
mod tests;
