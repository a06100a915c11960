//! Fills the index, and keeps it as the tree is.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::arena::{Arena, IndexedKind};
use super::super::failure::FindError;
use super::delta::Delta;
use super::{FindOptions, Inner};
use crate::search::walk::{Entry, Kind, Next, Visitor, WalkOptions, walk};
use crate::watch::{Change, ChangeKind, WatchError, WatchOptions, Watcher};
use crate::{Control, Location, Workspace};

/// Entries one thread of the walk gathers before it hands them over.
const BATCH: u32 = 1024;

/// What the keeper is told.
pub(super) enum Message {
    /// The tree changed.
    Changes(Vec<Change>),
    /// Somebody wants to know when all before this is done.
    Fence(Sender<()>),
    /// The index closes.
    Close,
}

/// Runs on a thread of its own as long as the index lives.
pub(super) struct Keeper {
    inner: Arc<Inner>,
    workspace: Workspace,
    root: Location,
    options: FindOptions,
    messages: Sender<Message>,
}

impl Keeper {
    pub(super) fn new(
        inner: Arc<Inner>,
        workspace: Workspace,
        root: Location,
        options: FindOptions,
        messages: Sender<Message>,
    ) -> Self {
        Self { inner, workspace, root, options, messages }
    }

    pub(super) fn run(self, inbox: &Receiver<Message>) {
        let watcher = self.options.watch.then(|| self.watch());
        let watcher = watcher.and_then(|watcher| self.note(watcher)).map(Arc::new);
        if let Some(watcher) = &watcher {
            let mut shared = self.inner.watcher.lock().unwrap_or_else(PoisonError::into_inner);
            *shared = Arc::downgrade(watcher);
        }
        let watcher = watcher.as_deref();
        // One walk for both: it has each folder watched before it lists it, so what is made meanwhile is either seen
        // or told.
        let outcome = self.walk(watcher, |batch| {
            self.inner.change(|arena| {
                if !arena.append(batch) {
                    self.inner.full.store(true, Ordering::Relaxed);
                }
            });
        });
        self.inner.change(Arena::shrink);
        {
            let mut progress = self.inner.progress();
            match outcome {
                Ok(unreadable) => {
                    progress.unreadable = unreadable;
                    progress.ready = true;
                }
                Err(FindError::Root { path, source }) => {
                    progress.failed = Some((path, source.kind()));
                }
                // Stopped, because the index closes: nobody waits any more.
                Err(_) => {}
            }
        }
        self.inner.tell();
        if let Some(error) = watcher.and_then(Watcher::limit_error) {
            self.note::<()>(Err(error));
        }
        while let Ok(first) = inbox.recv() {
            // What came meanwhile goes in at once: each time costs a pass over all paths.
            let (mut changes, mut fences) = (Vec::new(), Vec::new());
            for message in std::iter::once(first).chain(inbox.try_iter()) {
                match message {
                    Message::Changes(more) => changes.extend(more),
                    Message::Fence(fence) => fences.push(fence),
                    Message::Close => return,
                }
            }
            self.take(&changes, watcher);
            for fence in fences {
                // Who asked may have been stopped.
                let _: Result<(), _> = fence.send(());
            }
        }
    }

    fn watch(&self) -> Result<Watcher, WatchError> {
        let options = WatchOptions {
            hidden: self.options.hidden,
            respect_ignore: self.options.respect_ignore,
            partial: true,
        };
        let messages = self.messages.clone();
        let callback = Box::new(move |changes: &[Change]| {
            // The index closes when nobody listens.
            let _: Result<(), _> = messages.send(Message::Changes(changes.to_vec()));
        });
        Watcher::begin(&self.workspace, self.root.resolved(), options, callback)
    }

    /// Without a watcher the index goes on, and says so.
    fn note<T>(&self, outcome: Result<T, WatchError>) -> Option<T> {
        outcome.map_err(|error| self.inner.progress().watch_problem = Some(error.to_string())).ok()
    }

    fn take(&self, changes: &[Change], watcher: Option<&Watcher>) {
        if changes.iter().any(|change| change.kind == ChangeKind::Limit)
            && let Some(error) = watcher.and_then(Watcher::limit_error)
        {
            self.note::<()>(Err(error));
        }
        if changes.iter().any(|change| change.kind == ChangeKind::Ended) {
            self.inner.progress().watch_problem = Some("the root is gone".to_owned());
        }
        // After it the other changes are told twice, which does no harm.
        if changes.iter().any(|change| change.kind == ChangeKind::Rescan) {
            self.rescan(watcher);
        }
        let has_links = self.inner.paths().arena.has_links();
        let delta = Delta::of(changes, self.root.resolved(), has_links);
        if delta.is_empty() {
            return;
        }
        // Nobody else changes the arena, so these ids hold until it is locked for writing.
        let gone = delta.gone(&self.inner.snapshot());
        if delta.changes(&gone) {
            self.inner.change(|arena| {
                if !delta.apply(&gone, arena) {
                    self.inner.full.store(true, Ordering::Relaxed);
                }
            });
        }
    }

    /// Walks the tree anew, and puts what it finds in the place of all there was.
    fn rescan(&self, watcher: Option<&Watcher>) {
        let fresh = Mutex::new(Arena::default());
        let outcome = self.walk(watcher, |batch| {
            fresh.lock().unwrap_or_else(PoisonError::into_inner).append(batch);
        });
        if outcome.is_ok() {
            let mut fresh = fresh.into_inner().unwrap_or_else(PoisonError::into_inner);
            fresh.shrink();
            self.inner.change(|arena| *arena = fresh);
        }
    }

    /// Hands over what it finds in batches; says how many folders could not be read.
    fn walk(
        &self,
        watcher: Option<&Watcher>,
        hand_over: impl Fn(&Arena) + Sync,
    ) -> Result<u64, FindError> {
        let options = WalkOptions {
            respect_ignore: self.options.respect_ignore,
            hidden: self.options.hidden,
            ..WalkOptions::default()
        };
        let control = Control::cancelled_by(self.inner.cancel.clone());
        let gather = || Gather { batch: Arena::default(), watcher, hand_over: &hand_over };
        let (end, visitors) = walk(&self.workspace, &self.root, &options, &control, gather)
            .map_err(|source| FindError::Root { path: self.root.named().to_owned(), source })?;
        // Hands over what is left of their batches.
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
    watcher: Option<&'h Watcher>,
    hand_over: &'h H,
}

impl<H: Fn(&Arena) + Sync> Visitor for Gather<'_, H> {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        if entry.ignored {
            return Next::Skip;
        }
        if let Some(kind) = indexed(entry.kind) {
            self.take(entry.path, kind);
        }
        Next::Continue
    }
}

impl<H: Fn(&Arena)> Gather<'_, H> {
    fn take(&mut self, path: &Path, kind: IndexedKind) {
        if let Some(watcher) = self.watcher.filter(|_| kind == IndexedKind::Folder) {
            watcher.cover(path);
        }
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
