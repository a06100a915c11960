//! The watching thread: what it hears of the tree, and what of it is told.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::change::{Change, ChangeKind};
use super::coalesce::Coalescer;
use super::fence::Fence;
use super::tree::Tree;
use super::watcher::Callback;
use crate::search::rules::Ignores;

/// Times the thread listens anew before it answers a fence: the kernel keeps some 16,000 changes, each time takes half of
/// them, and a program that writes faster than they are taken shall not keep the fence closed.
const FENCE_TURNS: usize = 16;

/// What was heard of the tree.
#[derive(Debug)]
pub(super) enum Heard {
    /// Something happened to a path, relative to the root.
    Change(Change),
    /// Some of what happened was not told.
    Lost,
    /// The root is gone.
    RootGone,
}

/// The watching thread.
pub(super) struct Hearing {
    tree: Arc<Tree>,
    ignores: Ignores,
    coalescer: Coalescer,
    callback: Callback,
    began: Instant,
    ended: bool,
}

impl Hearing {
    pub(super) fn new(tree: Arc<Tree>, callback: Callback) -> Self {
        let ignores = Ignores::new(tree.workspace.scope(), &tree.root, tree.options.hidden);
        let pending_max = tree.workspace.limits().watch.pending;
        let coalescer = Coalescer::new(usize::try_from(pending_max).unwrap_or(usize::MAX));
        Self { tree, ignores, coalescer, callback, began: Instant::now(), ended: false }
    }

    pub(super) fn run(mut self) {
        let tree = Arc::clone(&self.tree);
        let _over = Over(&tree.fence);
        let mut ear = tree.source.ear();
        loop {
            let pause = self.coalescer.due().map(|due| due.saturating_sub(self.now()));
            if !ear.wait(pause) {
                return;
            }
            let fence = tree.fence.asked();
            let turns = if fence.is_some() { FENCE_TURNS } else { 1 };
            for _ in 0..turns {
                if ear.hear(&mut |heard| self.take(heard)) {
                    break;
                }
            }
            self.tell_limit();
            let now = self.now();
            if fence.is_some() || self.coalescer.due().is_some_and(|due| due <= now) {
                let changes = self.coalescer.take(now);
                if !changes.is_empty() {
                    (self.callback)(&changes);
                }
                if self.ended {
                    return;
                }
            }
            if let Some(ticket) = fence {
                tree.fence.pass(ticket);
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn push(&mut self, change: Change) {
        self.coalescer.push(self.now(), change);
    }

    fn take(&mut self, heard: Heard) {
        match heard {
            _ if self.ended => {}
            Heard::Change(change) => self.change(change),
            Heard::Lost => self.recover(),
            Heard::RootGone => {
                self.ended = true;
                self.push(Change::new(ChangeKind::Delete, "", self.tree.file.is_none()));
                self.push(Change::new(ChangeKind::Ended, "", true));
            }
        }
    }

    fn change(&mut self, mut change: Change) {
        if let Some(file) = &self.tree.file {
            if change.path == *file {
                let kind = self.tree.settled(&change);
                self.push(Change::new(kind, "", false));
            }
            return;
        }
        let rules = self.tree.options.respect_ignore && has_rules(&change.path);
        if is_of_git(&change.path) || self.is_ignored(&change.path, change.folder) {
            // Rules that leave out their own file hold all the same.
            if rules {
                self.recover();
            }
            return;
        }
        change.kind = self.tree.settled(&change);
        let Change { kind, path, folder } = change.clone();
        if folder {
            self.ignores.forget_beneath(&path);
        }
        if folder && kind == ChangeKind::Delete {
            // Moved away it would still be heard, under its old name.
            self.tree.source.uncover(&path);
        }
        self.push(change);
        if folder && kind == ChangeKind::Create {
            self.adopt(&path);
        }
        if rules {
            self.recover();
        }
    }

    fn is_ignored(&mut self, path: &Path, folder: bool) -> bool {
        if self.tree.options.respect_ignore {
            return self.ignores.is_ignored(path, folder);
        }
        path.iter().any(|part| {
            part == ".git"
                || (!self.tree.options.hidden && part.as_encoded_bytes().starts_with(b"."))
        })
    }

    /// Takes in a folder that is new, with what it holds already.
    fn adopt(&mut self, folder: &Path) {
        // Gone by now: that is told on its own.
        let _: std::io::Result<()> = self.tree.cover(folder);
        for change in self.tree.cover_all(folder).unwrap_or_default() {
            self.push(change);
        }
    }

    /// Looks at the whole tree anew: changes were lost, or other folders are ignored now.
    fn recover(&mut self) {
        self.ignores.forget();
        self.tree.forget_names();
        if self.tree.file.is_none() {
            self.tree.cover_anew();
        }
        self.push(Change::new(ChangeKind::Rescan, "", true));
    }

    fn tell_limit(&mut self) {
        let mut limit = self.tree.limit();
        if let Some(limit) = limit.as_mut().filter(|limit| !limit.told) {
            limit.told = true;
            let change = Change::new(ChangeKind::Limit, limit.path.clone(), true);
            let now = self.began.elapsed();
            self.coalescer.push(now, change);
        }
    }
}

/// Whether it belongs to a repository itself: nothing there is told. What lies outside the root is watched only for that.
fn is_of_git(path: &Path) -> bool {
    path.is_absolute() || path.iter().any(|part| part == ".git")
}

/// Whether it says what is ignored, or is what comes and goes with such a file.
fn has_rules(path: &Path) -> bool {
    path.ends_with(".gitignore")
        || path.ends_with(".ignore")
        || path.ends_with(".git")
        || (is_of_git(path) && (path.ends_with("info/exclude") || path.ends_with("info")))
}

/// Opens the fence for good when the thread ends, however it does.
struct Over<'f>(&'f Fence);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
