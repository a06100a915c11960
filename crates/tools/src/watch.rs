//! Changes in a tree, told as they happen.
//!
//! ```
//! use std::sync::mpsc;
//! use ironbridge_tools::watch::{ChangeKind, WatchOptions, Watcher};
//! use ironbridge_tools::{Scope, Workspace};
//!
//! # let (project, state) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! let workspace = Workspace::new(Scope::within(project.path())?, state.path());
//! let (sender, changes) = mpsc::channel();
//! let watcher = Watcher::start(&workspace, ".", WatchOptions::default(), move |batch| {
//!     sender.send(batch.to_vec()).ok();
//! })?;
//! std::fs::write(project.path().join("new.rs"), "")?;
//! assert_eq!(changes.recv()?[0].kind, ChangeKind::Create);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! On Linux ignored folders are never watched (a user has 65,536 watches on many machines); elsewhere what is told of
//! them is dropped. Of a repository's own folder nothing is told, and only itself and `info` are watched: what is ignored
//! may change there. A change after a quiet millisecond is told at once, those that follow in windows of 1 to 15 ms,
//! many changes of one path as one. Whatever may have been missed is said: as `rescan`, `limit` or `ended`.

mod change;
mod coalesce;
mod failure;
mod fence;
mod hearing;
mod names;
mod pending;
mod tool;
mod tree;
mod watcher;

#[cfg(target_os = "linux")]
#[path = "watch/inotify.rs"]
mod source;
#[cfg(not(target_os = "linux"))]
#[path = "watch/notified.rs"]
mod source;

pub(crate) use pending::Pending;

pub use change::{Change, ChangeKind};
pub use failure::WatchError;
pub use tool::{WatchEnd, WatchInput, WatchOutput, watch};
pub use watcher::{WatchOptions, Watcher};

// What the other systems do is at least compiled and tried here.
#[cfg(all(test, target_os = "linux"))]
#[allow(dead_code, reason = "only its ear is tried")]
mod notified;

use crate::{Effect, Tool};

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![Tool::new("watch", Effect::Reads, watch)]
}
