//! The tool `snapshot`.

use std::path::Path;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diff::ChangedFile;
use super::error::SnapshotError;
use super::record::{NotKept, Snapshot, Was};
use super::restore::Outcome;
use super::store::Snapshots;
use crate::{Control, Workspace};

/// Snapshots of what tools change: take one, see what has changed since, go back, forget.
///
/// A snapshot copies nothing by itself, but the files in `paths`: every file that a tool touches after it is copied
/// just before. Going back is kept as a snapshot, too, so that it can be undone.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// What to do.
    pub action: Action,
    /// The snapshot: needed by `diff` and `restore`; `list` then gives its files, `forget` forgets just it.
    #[serde(default)]
    pub id: Option<u64>,
    /// What the new snapshot is called. At most 200 characters.
    #[serde(default)]
    pub label: Option<String>,
    /// `take`: files to copy at once, because a command will change them. `diff`, `restore`: only these files, or what
    /// is in these folders; all by default.
    #[serde(default)]
    pub paths: Vec<String>,
    /// `forget`: all snapshots taken longer ago than this, in seconds.
    #[serde(default)]
    pub older_than_seconds: Option<u64>,
}

/// What the tool does with snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Which there are, the newest first.
    List,
    /// A new one.
    Take,
    /// What has changed since one.
    Diff,
    /// Everything back as it was when it was taken.
    Restore,
    /// One, or old ones, away.
    Forget,
}

/// What came of it. Only the fields that the action has are there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// `take`: the new snapshot. `restore`: the one that takes it back; none where nothing was to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// `list`: the newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshots: Option<Vec<Listed>>,
    /// `list`: the size of all copies, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_bytes: Option<u64>,
    /// `diff`: what is not as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<Vec<ChangedFile>>,
    /// `restore`: each path that was touched since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<Vec<RestoredFile>>,
    /// `forget`: how many snapshots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<usize>,
    /// `take`, `list`: files that were not copied, and cannot be restored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub not_kept: Vec<NotKeptFile>,
}

/// A snapshot in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Its id.
    pub id: u64,
    /// What it is called.
    pub label: String,
    /// When it was taken, in milliseconds since 1970.
    pub time: u64,
    /// How many files were touched between it and the next.
    pub count: usize,
    /// Those files; only where `id` was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<String>>,
}

/// A file of which there is no copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotKeptFile {
    /// As a caller would write it.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Why.
    pub reason: NotKept,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoredFile {
    /// As a caller would write it.
    pub path: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// Takes, lists, compares, restores and forgets snapshots. See [`Input`].
///
/// # Errors
///
/// See the methods of [`Snapshots`].
pub fn snapshot(
    workspace: &Workspace,
    input: &Input,
    control: &Control,
) -> Result<Output, SnapshotError> {
    let store = Snapshots::of(workspace)?;
    let now = SystemTime::now();
    let id = |action| input.id.ok_or(SnapshotError::Missing { action, field: "id" });
    let mut output = Output::default();
    match input.action {
        Action::Take => {
            let label = input.label.as_deref().unwrap_or_default();
            let id = store.take(workspace, label, now, &input.paths, control)?;
            output.id = Some(id);
            let taken = store.list(control)?.into_iter().filter(|one| one.id == id);
            output.not_kept = taken.flat_map(|one| not_kept(workspace, &one)).collect();
        }
        Action::List => list(workspace, &store, input.id, control, &mut output)?,
        Action::Diff => {
            output.changed = Some(store.diff(workspace, id("diff")?, &input.paths, control)?);
        }
        Action::Restore => {
            let restored = store.restore(workspace, id("restore")?, &input.paths, now, control)?;
            output.id = restored.before;
            output.restored = Some(
                restored
                    .files
                    .into_iter()
                    .map(|(path, outcome)| RestoredFile { path: shown(workspace, &path), outcome })
                    .collect(),
            );
        }
        Action::Forget => {
            output.forgotten = Some(match input.older_than_seconds {
                Some(seconds) => {
                    let limit = now.checked_sub(Duration::from_secs(seconds));
                    store.prune(limit.unwrap_or(SystemTime::UNIX_EPOCH), control)?
                }
                None => store.forget(id("forget")?, control).map(|()| 1)?,
            });
        }
    }
    Ok(output)
}

fn list(
    workspace: &Workspace,
    store: &Snapshots,
    id: Option<u64>,
    control: &Control,
    output: &mut Output,
) -> Result<(), SnapshotError> {
    let mut snapshots = store.list(control)?;
    snapshots.reverse();
    if let Some(id) = id {
        let ids = snapshots.iter().map(|snapshot| snapshot.id).collect();
        snapshots.retain(|snapshot| snapshot.id == id);
        if snapshots.is_empty() {
            return Err(SnapshotError::Unknown { id, ids });
        }
    }
    output.not_kept = snapshots.iter().flat_map(|one| not_kept(workspace, one)).collect();
    output.store_bytes = Some(store.bytes(control)?);
    let listed = |snapshot: Snapshot| Listed {
        id: snapshot.id,
        label: snapshot.label,
        time: snapshot.time,
        count: snapshot.files.len(),
        paths: id.map(|_| snapshot.files.keys().map(|path| shown(workspace, path)).collect()),
    };
    output.snapshots = Some(snapshots.into_iter().map(listed).collect());
    Ok(())
}

fn not_kept(workspace: &Workspace, snapshot: &Snapshot) -> Vec<NotKeptFile> {
    let row = |(path, was): (&std::path::PathBuf, &Was)| match was {
        Was::NotKept { bytes, reason } => {
            Some(NotKeptFile { path: shown(workspace, path), bytes: *bytes, reason: *reason })
        }
        _ => None,
    };
    snapshot.files.iter().filter_map(row).collect()
}

fn shown(workspace: &Workspace, path: &Path) -> String {
    workspace.scope().shown(path).to_string_lossy().into_owned()
}
