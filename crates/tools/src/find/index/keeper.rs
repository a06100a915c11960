//! Fills the index, and keeps it as the tree is.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};

use super::super::arena::{Arena, IndexedKind};
use super::super::failure::FindError;
use super::{FindOptions, Inner};
use crate::search::walk::{Entry, Kind, Next, Visitor, WalkOptions, walk};
use crate::{Control, Location, Workspace};

/// Entries one thread of the walk gathers before it hands them over.
const BATCH: u32 = 1024;

/// What the keeper is told.
pub(super) enum Message {
    /// The index closes.
    Close,
}

/// Runs on a thread of its own as long as the index lives.
pub(super) struct Keeper {
    inner: Arc<Inner>,
    workspace: Workspace,
    root: Location,
    options: FindOptions,
}

impl Keeper {
    pub(super) fn new(
        inner: Arc<Inner>,
        workspace: Workspace,
        root: Location,
        options: FindOptions,
        _messages: Sender<Message>,
    ) -> Self {
        Self { inner, workspace, root, options }
    }

    pub(super) fn run(self, inbox: &Receiver<Message>) {
        let outcome = self.walk(|batch| {
            self.inner.change(|arena| {
                if !arena.append(batch) {
                    self.inner.full.store(true, Ordering::Relaxed);
                }
            });
        });
        self.inner.change(Arena::shrink);
        let mut progress = self.inner.progress();
        match outcome {
            Ok(unreadable) => {
                progress.unreadable = unreadable;
                progress.ready = true;
            }
            Err(error) => progress.failed = Some(error),
        }
        self.inner.changed.notify_all();
        drop(progress);
        // Told to close, or forgotten: both are the end.
        let _: Result<Message, _> = inbox.recv();
    }

    /// Hands over what it finds in batches; says how many folders could not be read.
    fn walk(&self, hand_over: impl Fn(&Arena) + Sync) -> Result<u64, FindError> {
        let options = WalkOptions {
            respect_ignore: self.options.respect_ignore,
            hidden: self.options.hidden,
            ..WalkOptions::default()
        };
        let control = Control::cancelled_by(self.inner.cancel.clone());
        let gather = || Gather { batch: Arena::default(), hand_over: &hand_over };
        let (end, visitors) = walk(&self.workspace, &self.root, &options, &control, gather)
            .map_err(|source| FindError::Root { path: self.root.named().to_owned(), source })?;
        // What is left of their batches.
        drop(visitors);
        match end.stopped {
            Some(stopped) => Err(stopped.into()),
            None => Ok(end.unreadable.count),
        }
    }
}

/// Gathers what one thread of the walk sees.
struct Gather<'h, H: Fn(&Arena)> {
    batch: Arena,
    hand_over: &'h H,
}

impl<H: Fn(&Arena) + Sync> Visitor for Gather<'_, H> {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        if entry.ignored {
            return Next::Skip;
        }
        let Some(kind) = indexed(entry.kind) else { return Next::Continue };
        self.take(entry.path, kind);
        Next::Continue
    }
}

impl<H: Fn(&Arena)> Gather<'_, H> {
    fn take(&mut self, path: &Path, kind: IndexedKind) {
        self.batch.push_path(path, kind);
        if self.batch.id_end() >= BATCH {
            (self.hand_over)(&self.batch);
            self.batch.clear();
        }
    }
}

impl<H: Fn(&Arena)> Drop for Gather<'_, H> {
    fn drop(&mut self) {
        if self.batch.id_end() > 0 {
            (self.hand_over)(&self.batch);
        }
    }
}

/// Sockets, FIFOs and devices are not looked for.
fn indexed(kind: Kind) -> Option<IndexedKind> {
    match kind {
        Kind::File => Some(IndexedKind::File),
        Kind::Folder => Some(IndexedKind::Folder),
        Kind::Link => Some(IndexedKind::Link),
        Kind::Other => None,
    }
}
