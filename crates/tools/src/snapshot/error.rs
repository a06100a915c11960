//! What goes wrong with snapshots.

use std::io;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::files::FilesError;
use crate::{Coded, ScopeError, Stopped};

/// Why a snapshot was not taken, shown, or restored. Unless it says otherwise no file has been changed.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// There is no such snapshot.
    #[error("there is no snapshot {id}; {}", existing(.ids))]
    Unknown {
        /// The id asked for.
        id: u64,
        /// Those that exist, the newest first.
        ids: Vec<u64>,
    },
    /// The call lacks a field that its action needs.
    #[error("`{action}` needs the field `{field}`")]
    Missing {
        /// The action.
        action: &'static str,
        /// The field.
        field: &'static str,
    },
    /// No snapshot from that one on has the path.
    #[error("{path}: has not been touched since snapshot {id}, so there is nothing to go back to")]
    NotTouched {
        /// As the caller wrote it.
        path: String,
        /// The snapshot.
        id: u64,
    },
    /// Only files and links can be taken.
    #[error("{path}: is a {kind}; name files, or links")]
    NotAFile {
        /// As the caller wrote it.
        path: String,
        /// `folder` or `special file`.
        kind: &'static str,
    },
    /// A copy is not what it was, or is gone.
    #[error("the copy of {} is damaged ({}); leave that path out", .path.display(), .object.display())]
    DamagedCopy {
        /// Whose copy.
        path: PathBuf,
        /// Where it should be.
        object: PathBuf,
    },
    /// The list of snapshots cannot be read.
    #[error(
        "{}: line {line} cannot be read; move the folder away to begin anew", .journal.display()
    )]
    DamagedJournal {
        /// The file.
        journal: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Restoring failed in the middle, and not all of it could be taken back.
    #[error(
        "{} could not be restored, and not all that was done before could be taken back: {}; snapshot {snapshot} has \
         what was there before",
        .path.display(), left_behind(.left)
    )]
    HalfDone {
        /// The file that failed.
        path: PathBuf,
        /// The files that are not as they were, each with the name its old content still has beside it.
        left: Vec<(PathBuf, Option<PathBuf>)>,
        /// The snapshot taken before.
        snapshot: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The path cannot be used.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The file cannot be locked.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The call was stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The system failed.
    #[error("{}: {action} failed", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What it said.
        #[source]
        source: io::Error,
    },
}

impl SnapshotError {
    pub(super) fn io(
        path: &std::path::Path,
        action: &'static str,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, action, source }
    }
}

fn left_behind(left: &[(PathBuf, Option<PathBuf>)]) -> String {
    let row = |(path, kept): &(PathBuf, Option<PathBuf>)| match kept {
        Some(kept) => format!("{} (what it held is {})", path.display(), kept.display()),
        None => path.display().to_string(),
    };
    left.iter().map(row).collect::<Vec<_>>().join(", ")
}

fn existing(ids: &[u64]) -> String {
    match ids {
        [] => "there is none at all".to_owned(),
        ids => {
            let ids: Vec<String> = ids.iter().take(10).map(u64::to_string).collect();
            format!("the newest are {}", ids.join(", "))
        }
    }
}

static CODES: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let own = [
        ("unknown_snapshot", "there is no snapshot with this id; `ids` has those there are"),
        ("missing_field", "the action needs a field that was not given, `field`"),
        ("not_touched", "no tool has touched the path since that snapshot"),
        ("damaged_copy", "a copy is not what was stored; nothing was changed"),
        ("damaged_journal", "the list of snapshots cannot be read"),
        (
            "half_restored",
            "one file failed and `files` could not be put back; `snapshot` has what was before",
        ),
    ];
    own.iter().chain(FilesError::CODES).copied().collect()
});

impl Coded for SnapshotError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &CODES
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_snapshot",
            Self::Missing { .. } => "missing_field",
            Self::NotTouched { .. } => "not_touched",
            Self::NotAFile { kind: "folder", .. } => "is_folder",
            Self::NotAFile { .. } => "not_a_file",
            Self::DamagedCopy { .. } => "damaged_copy",
            Self::DamagedJournal { .. } => "damaged_journal",
            Self::HalfDone { .. } => "half_restored",
            Self::Scope(error) => error.code(),
            Self::Files(error) => error.code(),
            Self::Stopped(stopped) => stopped.code(),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "permission_denied"
            }
            Self::Io { .. } => "io",
        }
    }

    fn details(&self) -> Map<String, Value> {
        let facts = match self {
            Self::Unknown { ids, .. } => json!({ "ids": ids }),
            Self::Missing { field, .. } => json!({ "field": field }),
            Self::DamagedCopy { path, .. } => json!({ "path": path.to_string_lossy() }),
            Self::HalfDone { left, snapshot, .. } => {
                let shown = |path: &PathBuf| path.to_string_lossy().into_owned();
                let row = |(path, kept): &(PathBuf, Option<PathBuf>)| json!({ "path": shown(path), "keptAs": kept.as_ref().map(shown) });
                json!({ "files": left.iter().map(row).collect::<Vec<_>>(), "snapshot": snapshot })
            }
            Self::Scope(error) => return error.details(),
            Self::Files(error) => return error.details(),
            _ => return Map::new(),
        };
        if let Value::Object(facts) = facts { facts } else { Map::new() }
    }
}
