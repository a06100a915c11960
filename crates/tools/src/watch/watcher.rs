//! A watcher: one thread that hears of changes, drops what is ignored, and calls back.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::change::{Change, ChangeKind};
use super::coalesce::Coalescer;
use super::failure::WatchError;
use super::source::Source;
use crate::search::rules::Ignores;
use crate::search::walk::{Entry, Kind, Next, Visitor, WalkOptions, walk};
use crate::{Cancel, Control, Location, Workspace};

/// What is watched.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// Names that begin with a dot, too; `.git` never, unless it is the root or lies above it. Default: yes.
    pub hidden: bool,
    /// What `.gitignore`, `.ignore` and `.git/info/exclude` name is left out. Default: yes.
    pub respect_ignore: bool,
    /// With more folders than may be watched: watch as many as may be, and tell it as a change of kind `limit`, instead
    /// of failing. Default: no.
    pub partial: bool,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self { hidden: true, respect_ignore: true, partial: false }
    }
}

/// Tells changes beneath a root until it is dropped, which waits for the callback to return.
pub struct Watcher {
    tree: Arc<Tree>,
    thread: Option<JoinHandle<()>>,
}

/// Called with one batch after the other, on the watcher's own thread; the next waits until it returns.
pub(super) type Callback = Box<dyn FnMut(&[Change]) + Send>;

/// What the watching thread and the one that starts it share.
pub(super) struct Tree {
    workspace: Workspace,
    /// The watched folder; of a watched file the one it lies in.
    root: Location,
    /// The name of the watched file.
    file: Option<PathBuf>,
    options: WatchOptions,
    pub(super) source: Source,
    /// Ends a walk that runs when the watcher is dropped.
    cancel: Cancel,
    /// Folders from here on are not watched because there are too many; told once.
    limit: Mutex<Option<Limit>>,
}

#[derive(Debug, Clone)]
struct Limit {
    path: PathBuf,
    watched: u64,
    system_limit: Option<u64>,
    told: bool,
}

impl Watcher {
    /// Watches the folder or file at `path`. When it returns, all folders that are not ignored are watched, and every
    /// change from now on is told.
    ///
    /// # Errors
    ///
    /// When `path` may not be used or is not there, and when the system or `watch.folders` allows no more; then nothing
    /// stays watched.
    pub fn start(
        workspace: &Workspace,
        path: impl AsRef<Path>,
        options: WatchOptions,
        callback: impl FnMut(&[Change]) + Send + 'static,
    ) -> Result<Self, WatchError> {
        let partial = options.partial;
        let watcher = Self::begin(workspace, path.as_ref(), options, Box::new(callback))?;
        watcher.tree.cover_all(Path::new(""))?;
        match watcher.limit_error() {
            Some(error) if !partial => Err(error),
            Some(_) => {
                watcher.tree.source.wake();
                Ok(watcher)
            }
            None => Ok(watcher),
        }
    }

    /// Watches the root alone as yet; [`Watcher::cover`] takes in the folders beneath. For who walks the tree anyway.
    pub(crate) fn begin(
        workspace: &Workspace,
        path: &Path,
        options: WatchOptions,
        callback: Callback,
    ) -> Result<Self, WatchError> {
        let location = workspace.scope().locate(path)?;
        let failed = |source| WatchError::Root { path: location.named().to_owned(), source };
        let metadata = std::fs::symlink_metadata(location.resolved()).map_err(failed)?;
        let (root, file) = if metadata.is_dir() {
            (location.clone(), None)
        } else {
            let parent = location.resolved().parent().unwrap_or(Path::new("/"));
            let name = location.resolved().file_name().map(PathBuf::from);
            (workspace.scope().locate(parent)?, name)
        };
        let source = Source::open(root.resolved(), workspace.limits().watch.folders)
            .map_err(|source| WatchError::Watchers { source })?;
        let own = Workspace::new(workspace.scope().clone(), workspace.state())
            .with_limits(workspace.limits().clone());
        let tree = Arc::new(Tree {
            workspace: own,
            root,
            file,
            options,
            source,
            cancel: Cancel::new(),
            limit: Mutex::new(None),
        });
        tree.cover(Path::new("")).map_err(failed)?;
        let hearing = Hearing::new(Arc::clone(&tree), callback);
        let thread = std::thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || hearing.run())
            .map_err(failed)?;
        Ok(Self { tree, thread: Some(thread) })
    }

    /// Watches `folder`, relative to the root, from now on; to be called before it is listed.
    pub(crate) fn cover(&self, folder: &Path) {
        // Gone or unreadable by now: the one who lists it will see that as well.
        let _: std::io::Result<()> = self.tree.cover(folder);
    }

    /// Folders that are watched.
    pub fn folders(&self) -> usize {
        self.tree.source.folders()
    }

    /// Why not all folders are watched.
    pub(crate) fn limit_error(&self) -> Option<WatchError> {
        let limit = self.tree.limit().clone()?;
        Some(WatchError::Limit {
            path: self.tree.root.named().to_owned(),
            watched: limit.watched,
            system_limit: limit.system_limit,
        })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.tree.cancel.cancel();
        self.tree.source.close();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of the callback was printed there.
            let _: std::thread::Result<()> = thread.join();
        }
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher")
            .field("root", &self.tree.root.named())
            .field("folders", &self.folders())
            .finish_non_exhaustive()
    }
}

impl Tree {
    fn limit(&self) -> std::sync::MutexGuard<'_, Option<Limit>> {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cover(&self, folder: &Path) -> std::io::Result<()> {
        match self.source.cover(folder)? {
            None => Ok(()),
            Some(reached) => {
                self.limit().get_or_insert(Limit {
                    path: folder.to_owned(),
                    watched: reached.watched,
                    system_limit: reached.system_limit,
                    told: false,
                });
                Ok(())
            }
        }
    }

    /// Watches all that lies beneath `folder`, each before it is listed, so that nothing made meanwhile is missed;
    /// gives what is there.
    fn cover_all(&self, folder: &Path) -> Result<Vec<Change>, WatchError> {
        if self.file.is_some() || (!Source::NEEDS_COVER && folder.as_os_str().is_empty()) {
            return Ok(Vec::new());
        }
        let options = WalkOptions {
            respect_ignore: self.options.respect_ignore,
            hidden: self.options.hidden,
            ..WalkOptions::default()
        };
        let location = self.workspace.scope().locate(self.root.resolved().join(folder))?;
        let control = Control::cancelled_by(self.cancel.clone());
        let cover = || Cover { tree: self, folder, seen: Vec::new() };
        let (_, covers) = walk(&self.workspace, &location, &options, &control, cover)
            .map_err(|source| WatchError::Root { path: location.named().to_owned(), source })?;
        Ok(covers.into_iter().flat_map(|cover| cover.seen).collect())
    }
}

/// Watches the folders that one thread of a walk sees.
struct Cover<'t> {
    tree: &'t Tree,
    folder: &'t Path,
    seen: Vec<Change>,
}

impl Visitor for Cover<'_> {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        if entry.ignored {
            return Next::Skip;
        }
        let path = self.folder.join(entry.path);
        let folder = entry.kind == Kind::Folder;
        if folder {
            // Gone by now, or unreadable: the walk sees the same.
            let _: std::io::Result<()> = self.tree.cover(&path);
        }
        // The first walk is only for the watches: nothing in it is new.
        if folder || !self.folder.as_os_str().is_empty() {
            self.seen.push(Change::new(ChangeKind::Create, path, folder));
        }
        Next::Continue
    }
}

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
struct Hearing {
    tree: Arc<Tree>,
    ignores: Ignores,
    coalescer: Coalescer,
    callback: Callback,
    began: Instant,
    ended: bool,
}

impl Hearing {
    fn new(tree: Arc<Tree>, callback: Callback) -> Self {
        let ignores = Ignores::new(tree.workspace.scope(), &tree.root, tree.options.hidden);
        let pending_max = tree.workspace.limits().watch.pending;
        let coalescer = Coalescer::new(usize::try_from(pending_max).unwrap_or(usize::MAX));
        Self { tree, ignores, coalescer, callback, began: Instant::now(), ended: false }
    }

    fn run(mut self) {
        let tree = Arc::clone(&self.tree);
        let mut ear = tree.source.ear();
        loop {
            let pause = self.coalescer.due().map(|due| due.saturating_sub(self.now()));
            if !ear.wait(pause) {
                return;
            }
            ear.hear(&mut |heard| self.take(heard));
            self.tell_limit();
            let now = self.now();
            if self.coalescer.due().is_some_and(|due| due <= now) {
                let changes = self.coalescer.take(now);
                if !changes.is_empty() {
                    (self.callback)(&changes);
                }
                if self.ended {
                    return;
                }
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

    fn change(&mut self, change: Change) {
        if let Some(file) = &self.tree.file {
            if change.path == *file {
                self.push(Change::new(change.kind, "", false));
            }
            return;
        }
        if self.is_ignored(&change.path, change.folder) {
            return;
        }
        let Change { kind, path, folder } = change.clone();
        if folder && kind == ChangeKind::Delete {
            // Moved away it would still be heard, under its old name.
            self.tree.source.uncover(&path);
        }
        self.push(change);
        if folder && kind == ChangeKind::Create {
            self.adopt(&path);
        }
        let rules = path.file_name().is_some_and(|name| name == ".gitignore" || name == ".ignore");
        if rules && self.tree.options.respect_ignore {
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
        if self.tree.file.is_none()
            && let Ok(seen) = self.tree.cover_all(Path::new(""))
        {
            self.tree.source.retain(seen.iter().map(|change| change.path.as_path()));
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
