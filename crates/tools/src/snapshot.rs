//! Copies of files before they are touched, by content, to see and undo what was done.
//!
//! A snapshot is a mark in a journal. [`Snapshots`] sees each file before a tool changes it and, once after each mark,
//! copies it. What a file was at a mark is the first copy after it; so a snapshot costs what is touched, never what
//! there is. Files that no tool touches are not seen: name them to [`Snapshots::take`].
//!
//! Nothing waits for the disk: the journal and the copies survive the end of the process at any point. After a power
//! cut a copy may be damaged; that is found by its hash and said, before anything is changed.

mod diff;
mod error;
mod journal;
mod look;
mod objects;
mod record;
mod restore;
mod store;
mod swap;
mod tool;

pub use diff::{ChangedFile, Side};
pub use error::SnapshotError;
pub use record::{NotKept, Snapshot, StoredPath, Was};
pub use restore::{Outcome, Restored};
pub use store::Snapshots;
pub use tool::{Action, Input, Listed, NotKeptFile, Output, RestoredFile, snapshot};

use crate::{Effect, Tool};

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![Tool::new("snapshot", Effect::Writes, snapshot)]
}
