//! A watcher: one thread that hears of changes, drops what is ignored, and calls back.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::change::Change;
use super::failure::WatchError;
use super::hearing::Hearing;
use super::names::Names;
use super::source::Source;
use super::tree::Tree;
use crate::{Control, Stopped, Workspace};

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
        let tree = Arc::new(Tree::open(workspace, path, options, names)?);
        let hearing = Hearing::new(Arc::clone(&tree), callback);
        let thread = std::thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || hearing.run())
            .map_err(|source| tree.failed(source))?;
        Ok(Self { tree, thread: Some(thread) })
    }

    /// Watches `folder`, relative to the root, from now on; to be called before it is listed.
    pub(crate) fn cover(&self, folder: &Path) {
        // Gone or unreadable by now: the one who lists it will see that as well.
        let _: io::Result<()> = self.tree.cover(folder);
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
        self.tree.limit_error()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.tree.close();
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
