//! The folders that a client works in.

use super::McpError;
use super::bounds::{ROOTS_MAX, ROOTS_TIME};
use super::shape::Root;
use ironbridge_tools::snapshot::Snapshots;
use ironbridge_tools::{Confinement, Scope, ScopeError, Workspace};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::timeout;
use url::Url;

/// The project of one client: the folder the server was started for, or the client's roots.
#[derive(Debug)]
pub(super) struct Project {
    state: PathBuf,
    roots_of_client: bool,
    now: watch::Sender<Now>,
}

#[derive(Clone, Debug)]
struct Now {
    workspace: Arc<Workspace>,
    /// Whether the client has still to say what its roots are.
    awaited: bool,
}

impl Project {
    /// The project in `folder`.
    ///
    /// # Errors
    /// When it is no folder, or nothing can be kept in `state`.
    pub(super) fn open(
        folder: &Path,
        state: &Path,
        roots_of_client: bool,
    ) -> Result<Self, McpError> {
        let failed = |reason: String| McpError::Project { folder: folder.to_owned(), reason };
        let scope = Scope::within(folder).map_err(|error| failed(error.to_string()))?;
        let workspace = Arc::new(workspace(scope, state).map_err(failed)?);
        let now = watch::Sender::new(Now { workspace, awaited: false });
        Ok(Project { state: state.to_owned(), roots_of_client, now })
    }

    /// Whether the client's roots take its place.
    pub(super) fn takes_roots(&self) -> bool {
        self.roots_of_client
    }

    /// The client will name its roots.
    pub(super) fn await_roots(&self) {
        self.now.send_modify(|now| now.awaited = true);
    }

    /// The client has named its roots. Those that are no folders of this machine are left out; if none is left, the
    /// project stays what it was.
    pub(super) fn take_roots(&self, roots: &[Root]) {
        let folders = roots.iter().take(ROOTS_MAX).filter_map(|root| folder_of(&root.uri));
        let workspace = scope_of(folders).and_then(|scope| {
            let made = workspace(scope, &self.state);
            made.map_err(|reason| tracing::warn!(reason, "the client's roots cannot be worked in"))
                .ok()
        });
        self.now.send_modify(|now| {
            now.awaited = false;
            if let Some(workspace) = workspace {
                now.workspace = Arc::new(workspace);
            }
        });
    }

    /// Where tools work now; waits for roots that are still to be named, for five seconds.
    pub(super) async fn workspace(&self) -> Arc<Workspace> {
        let mut told = self.now.subscribe();
        // The sender lives in `self`: only the time can run out.
        let _ = timeout(ROOTS_TIME, told.wait_for(|now| !now.awaited)).await;
        told.borrow().workspace.clone()
    }
}

/// The folder that a root's address names.
fn folder_of(uri: &str) -> Option<PathBuf> {
    let folder = Url::parse(uri).ok().filter(|url| url.scheme() == "file")?.to_file_path().ok();
    if folder.is_none() {
        tracing::warn!(uri, "a root that is no folder of this machine");
    }
    folder
}

fn scope_of(folders: impl Iterator<Item = PathBuf>) -> Option<Scope> {
    let mut scope: Option<Scope> = None;
    for folder in folders {
        let widened = match scope.clone() {
            None => Scope::within(&folder),
            Some(scope) => scope.and(&folder),
        };
        match widened {
            Ok(widened) => scope = Some(widened),
            Err(error) => left_out(&error),
        }
    }
    scope
}

fn left_out(error: &ScopeError) {
    tracing::warn!(%error, "a root is left out");
}

/// Tools that work in `scope`: what they change can be had back, and commands are held in.
fn workspace(scope: Scope, state: &Path) -> Result<Workspace, String> {
    let workspace = Workspace::new(scope, state).with_confinement(Confinement::Always);
    let snapshots = Snapshots::of(&workspace).map_err(|error| error.to_string())?;
    Ok(workspace.with_before_change(Arc::new(snapshots)))
}
