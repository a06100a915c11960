//! A watcher: one thread that hears of changes, drops what is ignored, and calls back.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::change::{Change, ChangeKind};
use super::failure::WatchError;
use super::fence::Fence;
use super::hearing::Hearing;
use super::names::Names;
use super::source::Source;
use crate::search::walk::{Entry, Kind, Next, Visitor, WalkOptions, walk};
use crate::{Cancel, Control, Location, Stopped, Workspace};

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
    pub(super) workspace: Workspace,
    /// The watched folder; of a watched file the one it lies in.
    pub(super) root: Location,
    /// The name of the watched file.
    pub(super) file: Option<PathBuf>,
    pub(super) options: WatchOptions,
    pub(super) source: Source,
    /// Ends a walk that runs when the watcher is dropped.
    cancel: Cancel,
    /// Folders from here on are not watched because there are too many; told once.
    limit: Mutex<Option<Limit>>,
    /// `None`: who is told knows them himself.
    names: Option<Mutex<Names>>,
    pub(super) fence: Fence,
}

#[derive(Debug, Clone)]
pub(super) struct Limit {
    pub(super) path: PathBuf,
    watched: u64,
    system_limit: Option<u64>,
    pub(super) told: bool,
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
        let names = Some(Mutex::default());
        let watcher = Self::new(workspace, path.as_ref(), options, names, Box::new(callback))?;
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

    /// Watches the root alone as yet; [`Watcher::cover`] takes in the folders beneath. For who walks the tree anyway and
    /// keeps what is in it: a file that takes another's place is told as a create.
    pub(crate) fn begin(
        workspace: &Workspace,
        path: &Path,
        options: WatchOptions,
        callback: Callback,
    ) -> Result<Self, WatchError> {
        Self::new(workspace, path, options, None, callback)
    }

    fn new(
        workspace: &Workspace,
        path: &Path,
        options: WatchOptions,
        names: Option<Mutex<Names>>,
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
            names,
            fence: Fence::default(),
        });
        if let Some(file) = tree.file.as_deref().filter(|_| metadata.is_file()) {
            tree.is_new(file);
        }
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

    /// Waits until all that has happened in the tree so far was told, and the callback has returned. `false`: that
    /// cannot be known here (the system tells late, or nothing is told any more). Not to be called by the callback.
    pub(crate) fn catch_up(&self, control: &Control) -> Result<bool, Stopped> {
        if !Source::TELLS_AT_ONCE {
            return Ok(false);
        }
        let tree = Arc::clone(&self.tree);
        let _waker = control.cancel_token().on_cancel(move || tree.fence.stir());
        self.tree.fence.wait(control, || self.tree.source.wake())
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
    pub(super) fn limit(&self) -> std::sync::MutexGuard<'_, Option<Limit>> {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no file of this name was known; from now on it is.
    fn is_new(&self, path: &Path) -> bool {
        let names = self.names.as_ref();
        names.is_none_or(|names| lock(names).insert(path))
    }

    /// What happened, judged by what was there before.
    pub(super) fn settled(&self, change: &Change) -> ChangeKind {
        let Some(names) = &self.names else { return change.kind };
        let mut names = lock(names);
        match (change.kind, change.folder) {
            (ChangeKind::Create, false) if !names.insert(&change.path) => {
                return ChangeKind::Update;
            }
            (ChangeKind::Update, false) => drop(names.insert(&change.path)),
            (ChangeKind::Delete, false) | (ChangeKind::Create, true) => names.remove(&change.path),
            (ChangeKind::Delete, true) => names.remove_folder(&change.path),
            _ => {}
        }
        change.kind
    }

    /// What is there is walked anew.
    pub(super) fn forget_names(&self) {
        if let Some(names) = &self.names {
            lock(names).clear();
        }
    }

    pub(super) fn cover(&self, folder: &Path) -> std::io::Result<()> {
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
    pub(super) fn cover_all(&self, folder: &Path) -> Result<Vec<Change>, WatchError> {
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
        let is_new = folder || self.tree.is_new(&path);
        // The first walk is only for the watches: nothing in it is new.
        if folder || (is_new && !self.folder.as_os_str().is_empty()) {
            self.seen.push(Change::new(ChangeKind::Create, path, folder));
        }
        Next::Continue
    }
}

fn lock(names: &Mutex<Names>) -> std::sync::MutexGuard<'_, Names> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
}
