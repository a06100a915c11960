//! The watched tree: which of its folders are watched, and what was known of it before.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::change::{Change, ChangeKind};
use super::failure::WatchError;
use super::fence::Fence;
use super::names::Names;
use super::source::Source;
use super::watcher::WatchOptions;
use crate::search::rules::git_folder;
use crate::search::walk::{Entry, Kind, Next, Visitor, WalkOptions, walk};
use crate::{Cancel, Control, Location, Workspace};

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
    /// Folders of repositories that are watched for their `info/exclude`; from the root, or absolute outside of it.
    of_git: Mutex<BTreeSet<PathBuf>>,
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

impl Tree {
    /// Finds out what `path` is, and watches its root alone as yet.
    pub(super) fn open(
        workspace: &Workspace,
        path: &Path,
        options: WatchOptions,
        names: Option<Mutex<Names>>,
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
        let tree = Self {
            workspace: own,
            root,
            file,
            options,
            source,
            cancel: Cancel::new(),
            limit: Mutex::new(None),
            of_git: Mutex::default(),
            names,
            fence: Fence::default(),
        };
        if let Some(file) = tree.file.as_deref().filter(|_| metadata.is_file()) {
            tree.is_new(file);
        }
        tree.cover(Path::new("")).map_err(failed)?;
        Ok(tree)
    }

    /// Ends a walk that runs, and lets the watching thread end.
    pub(super) fn close(&self) {
        self.cancel.cancel();
        self.source.close();
    }

    pub(super) fn failed(&self, source: io::Error) -> WatchError {
        WatchError::Root { path: self.root.named().to_owned(), source }
    }

    /// Why not all folders are watched.
    pub(super) fn limit_error(&self) -> Option<WatchError> {
        let limit = self.limit().clone()?;
        Some(WatchError::Limit {
            path: self.root.named().to_owned(),
            watched: limit.watched,
            system_limit: limit.system_limit,
        })
    }

    pub(super) fn limit(&self) -> MutexGuard<'_, Option<Limit>> {
        lock(&self.limit)
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

    /// Watches a folder, and the rules of the repository in it before somebody reads them.
    pub(super) fn cover(&self, folder: &Path) -> io::Result<()> {
        self.cover_one(folder)?;
        if self.options.respect_ignore && self.file.is_none() {
            self.cover_rules(folder);
        }
        Ok(())
    }

    /// Most folders hold no repository, and the first question says so. `git init` makes `.git` first, `info` in it some
    /// time later: both are watched.
    fn cover_rules(&self, folder: &Path) {
        if !Source::NEEDS_COVER {
            return;
        }
        let mut of_git = folder.join(".git");
        match self.cover_one(&of_git) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                let Some(linked) = git_folder(&self.root.resolved().join(folder)) else { return };
                of_git = linked;
                let _: io::Result<()> = self.cover_one(&of_git);
            }
            Err(_) => return,
        }
        // Not there, or not any more: that is told in the one above.
        let info = of_git.join("info");
        let _: io::Result<()> = self.cover_one(&info);
        lock(&self.of_git).extend([of_git, info]);
    }

    /// Watches what is not ignored now, and nothing else.
    pub(super) fn cover_anew(&self) {
        lock(&self.of_git).clear();
        if self.options.respect_ignore {
            self.cover_rules(Path::new(""));
        }
        if let Ok(seen) = self.cover_all(Path::new("")) {
            let of_git = lock(&self.of_git);
            let seen = seen.iter().map(|change| change.path.as_path());
            self.source.retain(seen.chain(of_git.iter().map(PathBuf::as_path)));
        }
    }

    fn cover_one(&self, folder: &Path) -> io::Result<()> {
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
            let _: io::Result<()> = self.tree.cover(&path);
        }
        let is_new = folder || self.tree.is_new(&path);
        // The first walk is only for the watches: nothing in it is new.
        if folder || (is_new && !self.folder.as_os_str().is_empty()) {
            self.seen.push(Change::new(ChangeKind::Create, path, folder));
        }
        Next::Continue
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
