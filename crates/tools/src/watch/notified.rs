//! macOS and Windows: through `notify`, which watches a whole tree at once (FSEvents, `ReadDirectoryChangesW`), so what
//! is ignored is sorted out after it was told and not before.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use notify::event::{EventKind, ModifyKind, RenameMode};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::change::{Change, ChangeKind};
use super::hearing::Heard;

/// Told by `notify`'s thread, or by ourselves to wake up.
enum Told {
    Event(notify::Result<Event>),
    Wake,
}

/// One recursive watch.
pub(super) struct Source {
    root: PathBuf,
    told: Sender<Told>,
    inbox: Mutex<Option<Receiver<Told>>>,
    closed: AtomicBool,
    /// Ends its own thread when dropped.
    _watcher: RecommendedWatcher,
}

/// Never reached: the whole tree is one watch.
pub(super) struct LimitReached {
    pub(super) watched: u64,
    pub(super) system_limit: Option<u64>,
}

impl Source {
    /// One watch covers all.
    pub(super) const NEEDS_COVER: bool = false;
    /// What the system tells comes by threads of its own, some time after.
    pub(super) const TELLS_AT_ONCE: bool = false;

    pub(super) fn open(root: &Path, _folders_max: u64) -> io::Result<Self> {
        let (told, inbox) = mpsc::channel();
        let sender = told.clone();
        let handler = move |event| {
            // Nobody listens any more: the watcher is about to be dropped.
            let _: Result<(), _> = sender.send(Told::Event(event));
        };
        let mut watcher = notify::recommended_watcher(handler).map_err(io::Error::other)?;
        watcher.watch(root, RecursiveMode::Recursive).map_err(io::Error::other)?;
        Ok(Self {
            root: root.to_owned(),
            told,
            inbox: Mutex::new(Some(inbox)),
            closed: AtomicBool::new(false),
            _watcher: watcher,
        })
    }

    #[allow(clippy::unnecessary_wraps, clippy::unused_self, reason = "as where there are watches")]
    pub(super) fn cover(&self, _folder: &Path) -> io::Result<Option<LimitReached>> {
        Ok(None)
    }

    #[allow(clippy::unused_self, reason = "as where there are watches")]
    pub(super) fn uncover(&self, _folder: &Path) {}

    #[allow(clippy::unused_self, reason = "as where there are watches")]
    pub(super) fn retain<'p>(&self, _kept: impl Iterator<Item = &'p Path>) {}

    #[allow(clippy::unused_self, reason = "as where there are watches")]
    pub(super) fn folders(&self) -> usize {
        1
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake();
    }

    pub(super) fn wake(&self) {
        // The thread has ended already when nobody listens.
        let _: Result<(), _> = self.told.send(Told::Wake);
    }

    pub(super) fn ear(&self) -> Ear<'_> {
        let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ear { source: self, inbox, next: None }
    }

    fn heard(&self, event: notify::Result<Event>, take: &mut dyn FnMut(Heard)) {
        let Ok(event) = event else { return take(Heard::Lost) };
        if event.need_rescan() {
            return take(Heard::Lost);
        }
        if !self.root.exists() {
            return take(Heard::RootGone);
        }
        let count = event.paths.len();
        for (index, path) in event.paths.iter().enumerate() {
            let Ok(relative) = path.strip_prefix(&self.root) else { continue };
            let metadata = path.symlink_metadata();
            let kind = match event.kind {
                EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                    ChangeKind::Create
                }
                EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                    ChangeKind::Delete
                }
                EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if count == 2 => {
                    if index == 0 { ChangeKind::Delete } else { ChangeKind::Create }
                }
                // FSEvents says only that a name took part in a rename.
                EventKind::Modify(ModifyKind::Name(_)) if metadata.is_ok() => ChangeKind::Create,
                EventKind::Modify(ModifyKind::Name(_)) => ChangeKind::Delete,
                EventKind::Modify(_) => ChangeKind::Update,
                _ => continue,
            };
            // Of what is gone nobody knows any more what it was; as a folder it stands for all beneath.
            let folder = metadata.map_or(true, |metadata| metadata.is_dir());
            let of_folder = folder && kind == ChangeKind::Update;
            if !of_folder && !relative.as_os_str().is_empty() {
                take(Heard::Change(Change::new(kind, relative, folder)));
            }
        }
    }
}

/// The reading side; one for each source.
pub(super) struct Ear<'s> {
    source: &'s Source,
    inbox: Option<Receiver<Told>>,
    next: Option<Told>,
}

impl Ear<'_> {
    /// Waits for events, `pause` at most; `false`: the source was closed.
    pub(super) fn wait(&mut self, pause: Option<Duration>) -> bool {
        let Some(inbox) = &self.inbox else { return false };
        let told = match pause {
            Some(pause) => inbox.recv_timeout(pause),
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match told {
            Ok(told) => self.next = Some(told),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        !self.source.closed.load(Ordering::SeqCst)
    }

    /// Gives what there is to hear; `false`: there may be more.
    pub(super) fn hear(&mut self, take: &mut dyn FnMut(Heard)) -> bool {
        let waiting = self.inbox.iter().flat_map(Receiver::try_iter);
        for told in self.next.take().into_iter().chain(waiting) {
            if let Told::Event(event) = told {
                self.source.heard(event, take);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hears until `path` was told to be `kind`.
    fn hear(ear: &mut Ear<'_>, kind: ChangeKind, path: &str) {
        let mut heard = false;
        while !heard {
            assert!(ear.wait(Some(Duration::from_secs(120))), "still open");
            ear.hear(&mut |what| {
                heard |= matches!(
                    &what,
                    Heard::Change(change) if change.kind == kind && change.path == Path::new(path)
                );
            });
        }
    }

    #[test]
    fn changes_are_told_until_it_is_closed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it exists");
        let source = Source::open(&root, 1).expect("it can be watched");
        let mut ear = source.ear();
        std::fs::write(root.join("a"), "").expect("written");
        hear(&mut ear, ChangeKind::Create, "a");
        std::fs::write(root.join("a"), "text").expect("written");
        hear(&mut ear, ChangeKind::Update, "a");
        std::fs::rename(root.join("a"), root.join("b")).expect("renamed");
        hear(&mut ear, ChangeKind::Create, "b");
        std::fs::remove_file(root.join("b")).expect("removed");
        hear(&mut ear, ChangeKind::Delete, "b");
        source.close();
        assert!(!ear.wait(None));
    }
}
