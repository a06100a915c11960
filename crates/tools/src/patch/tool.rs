//! The tool `patch`.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::apply::Placed;
use super::error::PatchError;
use super::parse::parse;
use super::plan::{Disk, Now, Plan, PlannedFile};
use crate::text::{ContentHash, Diff, unified_diff};
use crate::{Control, Workspace};

/// Applies a patch to several files: all of it, or nothing.
///
/// The patch stands between `*** Begin Patch` and `*** End Patch`. For each file there is a header,
/// `*** Add File: PATH` (then every line with `+` before it), `*** Delete File: PATH`, or `*** Update File: PATH`,
/// after which `*** Move to: PATH` may follow, and then chunks: `@@`, or `@@ ` and a line to go past, then lines that
/// begin with a blank (stay), `-` (go) or `+` (come). Chunks stand in the order of the file. `*** End of File` after a
/// chunk says that its lines are the last. A chunk that only adds does so after its `@@` line, or else at the end.
///
/// Lines are found where blanks at their ends, indentation, or typographic dashes and quotes differ. Lines that stay
/// keep every byte; new ones end as those of the file do; encoding, byte-order mark and final newline stay as they
/// were.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The patch. At most 16 MiB.
    pub patch: String,
    /// Hashes that files must have before, by path: `{"src/a.rs": "blake3:…"}`. If one has another, nothing is changed.
    #[serde(default)]
    pub expected_hashes: BTreeMap<String, ContentHash>,
}

/// What the patch did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// One row for each file, in the order of the patch.
    pub files: Vec<PatchedFile>,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatchedFile {
    /// Its path now, or the one it had.
    pub path: String,
    /// What became of it.
    pub status: Status,
    /// Where it was before, if it has moved.
    pub moved_from: Option<String>,
    /// The hash of its content now; none of one that is gone.
    pub hash: Option<ContentHash>,
    /// Where each chunk is in it now. Of two hunks for one file, the first counts lines as they were before the second.
    pub ranges: Vec<Placed>,
    /// What changed in it; empty where its content is no text.
    pub diff: Diff,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Status {
    /// It is new.
    #[serde(rename = "A")]
    Added,
    /// Its content was replaced.
    #[serde(rename = "M")]
    Modified,
    /// It is gone.
    #[serde(rename = "D")]
    Deleted,
    /// It moved, and may have other content.
    #[serde(rename = "R")]
    Renamed,
}

/// Applies a patch: all of it, or nothing. See [`Input`].
///
/// # Errors
///
/// When it is no patch, a hunk does not fit its file, or a file cannot be changed. Then no file was.
pub fn patch(
    workspace: &Workspace,
    input: &Input,
    control: &Control,
) -> Result<Output, PatchError> {
    let limit = workspace.limits().patch.patch_bytes;
    let bytes = input.patch.len() as u64;
    if bytes > limit {
        return Err(PatchError::TooLarge { bytes, limit });
    }
    let hunks = parse(&input.patch)?;
    if hunks.is_empty() {
        return Err(PatchError::Empty);
    }
    let mut plan = Plan::begin(workspace, &hunks, control)?;
    // Hashes first: of a file that changed, that is to be said, not which lines are missing in it.
    plan.look(&hunks, control)?;
    plan.expect_hashes(&input.expected_hashes)?;
    plan.apply(&hunks, control)?;
    plan.settle()?;
    let Plan { changes, files, .. } = plan;
    let committed = changes.commit(control)?;
    let hashes: HashMap<_, _> = committed
        .into_iter()
        .map(|file| (file.location.resolved().to_owned(), file.hash))
        .collect();
    let mut rows = Vec::new();
    for file in &files {
        let hash = hashes.get(file.location.resolved()).copied().flatten();
        rows.extend(row(workspace, file, &files, hash));
    }
    Ok(Output { files: rows })
}

/// What is told of a file; `None`: it is as before, or told of with the file it became.
fn row(
    workspace: &Workspace,
    file: &PlannedFile,
    files: &[PlannedFile],
    hash: Option<ContentHash>,
) -> Option<PatchedFile> {
    let shown = |file: &PlannedFile| {
        workspace.scope().shown(file.location.named()).to_string_lossy().into_owned()
    };
    let path = shown(file);
    let document = |file: &PlannedFile| match &file.disk {
        Disk::Text(document) => Some(document.text().to_owned()),
        _ => None,
    };
    let exists = !matches!(file.disk, Disk::Nothing);
    let (status, source, text) = match &file.now {
        Now::Untouched => return None,
        Now::Gone if !exists || has_moved(file, files) => return None,
        Now::Gone => (Status::Deleted, file, None),
        Now::Text { text, from } => match from.and_then(|at| files.get(at)) {
            Some(source) if !std::ptr::eq(source, file) => (Status::Renamed, source, Some(text)),
            _ if exists => (Status::Modified, file, Some(text)),
            _ => (Status::Added, file, Some(text)),
        },
    };
    let limits = &workspace.limits().diff;
    let diff = unified_diff(&path, document(source).as_deref(), text.map(String::as_str), limits);
    let moved_from = (status == Status::Renamed).then(|| shown(source));
    Some(PatchedFile { path, status, moved_from, hash, ranges: file.placed.clone(), diff })
}

/// Whether what lay at this path lies at another now.
fn has_moved(file: &PlannedFile, files: &[PlannedFile]) -> bool {
    files.iter().any(|other| match &other.now {
        Now::Text { from: Some(from), .. } => {
            files.get(*from).is_some_and(|source| std::ptr::eq(source, file))
        }
        _ => false,
    })
}
