//! What is told of a tree.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// One change beneath a watched root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// Relative to the root, with `/` between its parts; empty: the root itself.
    #[serde(serialize_with = "shown")]
    #[schemars(with = "String")]
    pub path: PathBuf,
    /// It is, or was, a folder.
    pub folder: bool,
}

/// What happened to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// It is there now: new, or moved here. All that a new folder holds is told, too; what appears while that is listed
    /// may be told twice.
    Create,
    /// Its content, mode or times changed, another file was moved over it, or it was deleted and made anew.
    Update,
    /// It is gone: removed, or moved away. A deleted folder stands for all that was in it.
    Delete,
    /// Changes were lost or the rules of what is ignored changed: read the tree anew. `path` is empty.
    Rescan,
    /// Beneath `path` there are folders that cannot be watched because the limit is reached.
    Limit,
    /// The root itself was deleted or moved: nothing more is told. `path` is empty.
    Ended,
}

impl Change {
    pub(crate) fn new(kind: ChangeKind, path: impl Into<PathBuf>, folder: bool) -> Self {
        Self { kind, path: path.into(), folder }
    }
}

fn shown<S: Serializer>(path: &std::path::Path, serializer: S) -> Result<S::Ok, S::Error> {
    let text = path.to_string_lossy();
    if cfg!(windows) {
        serializer.serialize_str(&text.replace('\\', "/"))
    } else {
        serializer.serialize_str(&text)
    }
}
