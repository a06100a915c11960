//! What has changed since a snapshot.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::error::SnapshotError;
use super::look::{Found, Spot};
use super::record::Was;
use super::restore::is_as_it_was;
use super::store::Snapshots;
use crate::text::{Diff, Text, unified_diff};
use crate::{Control, Workspace};

/// A path that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangedFile {
    /// As a caller would write it.
    pub path: String,
    /// What was there.
    pub before: Side,
    /// What is there now.
    pub after: Side,
    /// The difference of two texts, or of a text and nothing; `null` where one of them is no text, or too large.
    pub diff: Option<Diff>,
}

/// What is at a path at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Side {
    /// Nothing.
    Absent,
    /// A file.
    File {
        /// Its size.
        bytes: u64,
        /// Its permission bits, in octal.
        mode: Option<String>,
    },
    /// A link.
    Link {
        /// What it leads to.
        target: String,
    },
    /// A folder, a special file, or another place: a folder above it is a link by now.
    Other,
}

impl Snapshots {
    /// What is not as it was when snapshot `id` was taken, of all that has been touched since, or of what `paths` name.
    ///
    /// # Errors
    ///
    /// When there is no such snapshot, a path was not touched since, or a copy is damaged.
    pub fn diff(
        &self,
        workspace: &Workspace,
        id: u64,
        paths: &[String],
        control: &Control,
    ) -> Result<Vec<ChangedFile>, SnapshotError> {
        let mut changed = Vec::new();
        for (path, was) in self.touched(workspace, id, paths, control)? {
            control.check()?;
            let spot = Spot::of(workspace.scope(), &path)?;
            let failed =
                |source| SnapshotError::Io { path: path.clone(), action: "reading", source };
            // A folder above it may have become a link: what is there now is another place.
            let same = spot.path == path;
            let found = if same { spot.look().map_err(failed)? } else { Found::Special };
            if is_as_it_was(&spot, &was, &found).map_err(failed)? {
                continue;
            }
            let shown = workspace.scope().shown(&path).to_string_lossy().into_owned();
            let before = self.old_text(workspace, &path, &was)?;
            let after = new_text(workspace, &spot, &found).map_err(failed)?;
            let diff = match (before, after) {
                (Some(before), Some(after)) => {
                    let limits = &workspace.limits().diff;
                    Some(unified_diff(&shown, before.as_deref(), after.as_deref(), limits))
                }
                _ => None,
            };
            let (before, after) = (side_of_was(&was), side_of_found(found));
            changed.push(ChangedFile { path: shown, before, after, diff });
        }
        Ok(changed)
    }

    /// The text that was there; `Some(None)`: there was nothing; `None`: no text.
    fn old_text(
        &self,
        workspace: &Workspace,
        path: &Path,
        was: &Was,
    ) -> Result<Option<Option<String>>, SnapshotError> {
        let (hash, bytes) = match was {
            Was::Absent { .. } => return Ok(Some(None)),
            Was::File { hash, bytes, .. } => (hash, *bytes),
            Was::Link { .. } | Was::NotKept { .. } => return Ok(None),
        };
        if bytes > workspace.limits().snapshot.diff_file_bytes {
            return Ok(None);
        }
        let failed = SnapshotError::io(path, "reading its copy");
        let content = self.objects.read(hash, bytes).map_err(failed)?;
        let content = content.ok_or_else(|| SnapshotError::DamagedCopy {
            path: path.to_owned(),
            object: self.objects.path(hash),
        })?;
        Ok(text_of(content).map(Some))
    }
}

fn new_text(
    workspace: &Workspace,
    spot: &Spot,
    found: &Found,
) -> std::io::Result<Option<Option<String>>> {
    Ok(match found {
        Found::Nothing { .. } => Some(None),
        Found::File { metadata } => {
            let limit = workspace.limits().snapshot.diff_file_bytes;
            spot.read(metadata.len(), limit)?.and_then(text_of).map(Some)
        }
        _ => None,
    })
}

fn text_of(content: Vec<u8>) -> Option<String> {
    Text::decode(content).ok().map(|text| text.content)
}

fn side_of_was(was: &Was) -> Side {
    match was {
        Was::Absent { .. } => Side::Absent,
        Was::File { bytes, mode, .. } => Side::File { bytes: *bytes, mode: octal(*mode) },
        Was::NotKept { bytes, .. } => Side::File { bytes: *bytes, mode: None },
        Was::Link { target } => {
            Side::Link { target: target.clone().into_path().to_string_lossy().into_owned() }
        }
    }
}

fn side_of_found(found: Found) -> Side {
    match found {
        Found::Nothing { .. } => Side::Absent,
        Found::File { metadata } => {
            Side::File { bytes: metadata.len(), mode: octal(super::look::mode_of(&metadata)) }
        }
        Found::Link { target } => Side::Link { target: target.to_string_lossy().into_owned() },
        Found::Folder | Found::Special => Side::Other,
    }
}

fn octal(mode: Option<u32>) -> Option<String> {
    mode.map(|mode| format!("{mode:03o}"))
}
