//! Where the tools of one session run, and what it remembers.

use super::observed::Observed;
use ironbridge_tools::files::BeforeChange;
use ironbridge_tools::snapshot::{SnapshotError, Snapshots};
use ironbridge_tools::text::ContentHash;
use ironbridge_tools::{Scope, ScopeError, Workspace};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Files remembered as read. Beyond that the oldest knowledge is of little use: all is forgotten, and asked for again.
const SEEN_MAX: usize = 10_000;

/// Why a session cannot work there.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The project's folder is none.
    #[error("cannot work in {}", folder.display())]
    Scope {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: ScopeError,
    },
    /// What is changed could not be undone.
    #[error("cannot keep snapshots")]
    Snapshots(#[source] SnapshotError),
}

/// The project of a session: its folder, where commands stand in it, which files were read.
#[derive(Debug)]
pub struct Place {
    pub(crate) workspace: Workspace,
    pub(crate) snapshots: Arc<Snapshots>,
    /// What `~` in a command stands for.
    pub(crate) home: Option<String>,
    cwd: Mutex<PathBuf>,
    seen: Mutex<HashMap<PathBuf, ContentHash>>,
    /// Folders whose instructions the session was told.
    told: Mutex<HashSet<PathBuf>>,
}

impl Place {
    /// The project in the folder `root`; what is kept about it (snapshots, long outputs) goes into `state`.
    ///
    /// # Errors
    /// When `root` is no folder, or `state` cannot be made.
    pub fn new(root: &Path, state: &Path, home: Option<String>) -> Result<Self, PlaceError> {
        let scope = Scope::within(root)
            .map_err(|source| PlaceError::Scope { folder: root.to_owned(), source })?;
        let workspace = Workspace::new(scope, state);
        let snapshots = Arc::new(Snapshots::of(&workspace).map_err(PlaceError::Snapshots)?);
        let workspace = workspace.with_before_change(snapshots.clone());
        let cwd = Mutex::new(workspace.scope().base().to_owned());
        let (seen, told) = (Mutex::default(), Mutex::default());
        Ok(Place { workspace, snapshots, home, cwd, seen, told })
    }

    /// The same, and `observer` sees each file before it is changed, once a copy for undo was made.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn BeforeChange>) -> Self {
        let observed = Observed { snapshots: self.snapshots.clone(), observer };
        Place { workspace: self.workspace.with_before_change(Arc::new(observed)), ..self }
    }

    /// The project's folder, links followed.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.workspace.scope().base()
    }

    /// Where commands stand, and what paths are relative to.
    #[must_use]
    pub fn cwd(&self) -> PathBuf {
        locked(&self.cwd).clone()
    }

    /// Commands stand there from now on, if it is a folder of the project.
    pub(crate) fn enter(&self, folder: &Path) {
        let Ok(location) = self.workspace.scope().locate(folder) else { return };
        if location.resolved().is_dir() {
            location.resolved().clone_into(&mut locked(&self.cwd));
        }
    }

    /// A path of the model's, from the project's folder.
    pub(crate) fn path(&self, path: &str) -> String {
        self.cwd().join(path).display().to_string()
    }

    /// The session knows that the file holds this.
    pub(crate) fn saw(&self, path: &str, hash: ContentHash) {
        let Some(key) = self.key(path) else { return };
        let mut seen = locked(&self.seen);
        if seen.len() >= SEEN_MAX {
            seen.clear();
        }
        seen.insert(key, hash);
    }

    /// What the session last saw of the file.
    pub(crate) fn seen(&self, path: &str) -> Option<ContentHash> {
        locked(&self.seen).get(&self.key(path)?).copied()
    }

    /// Whether the instructions of this folder are still to be told; once.
    pub(crate) fn tells(&self, folder: &Path) -> bool {
        let mut told = locked(&self.told);
        told.len() < SEEN_MAX && told.insert(folder.to_owned())
    }

    /// The conversation was summarised: what was told is to be told again.
    pub(crate) fn tell_again(&self) {
        locked(&self.told).clear();
    }

    fn key(&self, path: &str) -> Option<PathBuf> {
        let location = self.workspace.scope().locate(self.path(path)).ok()?;
        Some(location.resolved().to_owned())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
