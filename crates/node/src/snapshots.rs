//! The stores that keep what calls change, open from one call to the next.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ironbridge_tools::snapshot::Snapshots;
use ironbridge_tools::{Failure, Workspace};

/// Stores that are open at once, each with a file. Above it all are closed, to be opened again by who needs them.
const OPEN_MAX: usize = 64;

/// The state folder and the folder of the project.
type Project = (PathBuf, PathBuf);

/// The store of a project: its list is read once, and only what is new later.
pub(crate) fn store(workspace: &Workspace) -> Result<Arc<Snapshots>, Failure> {
    static OPEN: Mutex<Option<HashMap<Project, Arc<Snapshots>>>> = Mutex::new(None);
    let project = (workspace.state().to_owned(), workspace.scope().base().to_owned());
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let open = open.get_or_insert_default();
    if let Some(store) = open.get(&project).filter(|_| Snapshots::exist(workspace)) {
        return Ok(Arc::clone(store));
    }
    let store = Arc::new(Snapshots::of(workspace)?);
    if open.len() >= OPEN_MAX {
        open.clear();
    }
    open.insert(project, Arc::clone(&store));
    Ok(store)
}
