//! Going back.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

use super::error::SnapshotError;
use super::look::{Found, Spot, mode_of};
use super::record::Was;
use super::store::Snapshots;
use super::swap::{self, Failed};
use crate::files::{Changes, copy_attributes};
use crate::{Control, Workspace};

/// What restoring did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The snapshot taken before: restoring that one takes this back. `None`: nothing was to be done.
    pub before: Option<u64>,
    /// Every path that was touched since, with what became of it.
    pub files: Vec<(PathBuf, Outcome)>,
}

/// What restoring did with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It is as it was.
    Restored,
    /// It was created since, and is gone.
    Removed,
    /// It was as it had been.
    Unchanged,
    /// Left alone: it was created since, but by no tool of ours.
    NotOurs,
    /// Left alone: there is no copy of what was there.
    NoCopy,
    /// Left alone: what is there now could not be copied before, and would be lost.
    WouldBeLost,
    /// Left alone: a folder or a special file is there now, or a folder above it is a link by now.
    InTheWay,
}

/// A path to restore.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) path: PathBuf,
    /// Where that leads by now.
    pub(super) spot: Spot,
    pub(super) was: Was,
    pub(super) outcome: Outcome,
}

impl Snapshots {
    /// Puts everything touched since snapshot `id` back as it was then, or only what `paths` name, files or folders
    /// with all in them. What is there now is kept in a snapshot of its own first.
    ///
    /// Files are written beside their places, then all are put into them; a copy that is damaged stops it before. When
    /// one cannot be put into its place, those before it go back: all is restored or nothing.
    ///
    /// # Errors
    ///
    /// When there is no such snapshot, a path was not touched since, or leads out of the project, or the system fails.
    /// [`SnapshotError::HalfDone`] alone leaves something changed.
    pub fn restore(
        &self,
        workspace: &Workspace,
        id: u64,
        paths: &[String],
        time: SystemTime,
        control: &Control,
    ) -> Result<Restored, SnapshotError> {
        let touched = self.touched(workspace, id, paths, control)?;
        let mut tasks = Vec::with_capacity(touched.len());
        let mut locations = Vec::new();
        for (path, was) in touched {
            let spot = Spot::of(workspace.scope(), &path)?;
            // A folder above it may have become a link: what is there now is another place.
            let same = spot.path == path;
            let outcome = if same { Outcome::Unchanged } else { Outcome::InTheWay };
            // A link that leads out of the project has no file of ours behind it.
            locations.extend(workspace.scope().locate(&path).ok());
            tasks.push(Task { path, spot, was, outcome });
        }
        let _locks = Changes::begin(workspace, &locations, control)?;
        for task in tasks.iter_mut().filter(|task| task.outcome == Outcome::Unchanged) {
            control.check()?;
            task.outcome = judge(&task.spot, &task.was)
                .map_err(SnapshotError::io(&task.spot.path, "looking at it"))?;
        }
        let before = self.keep_present(&mut tasks, id, time, control)?;
        if let Some(before) = before {
            self.carry_out(&tasks, before, control)?;
        }
        let files = tasks.into_iter().map(|task| (task.path, task.outcome)).collect();
        Ok(Restored { before, files })
    }

    /// What was at each path when `id` was taken, of those that `paths` name; of all where they name none.
    pub(super) fn touched(
        &self,
        workspace: &Workspace,
        id: u64,
        paths: &[String],
        control: &Control,
    ) -> Result<BTreeMap<PathBuf, Was>, SnapshotError> {
        let touched = self.enter(control)?.since(id)?;
        if paths.is_empty() {
            return Ok(touched);
        }
        let mut chosen = BTreeMap::new();
        for path in paths {
            let spot = Spot::of(workspace.scope(), Path::new(path))?;
            let behind = workspace.scope().locate(path)?;
            let before = chosen.len();
            let named = touched.iter().filter(|(touched, _)| {
                touched.starts_with(&spot.path) || touched.starts_with(behind.resolved())
            });
            chosen.extend(named.map(|(path, was)| (path.clone(), was.clone())));
            if chosen.len() == before && !chosen.contains_key(&spot.path) {
                return Err(SnapshotError::NotTouched { path: path.clone(), id });
            }
        }
        Ok(chosen)
    }

    /// Takes the snapshot that lets this be undone; what cannot be kept in it is left alone.
    fn keep_present(
        &self,
        tasks: &mut [Task],
        id: u64,
        time: SystemTime,
        control: &Control,
    ) -> Result<Option<u64>, SnapshotError> {
        let mut store = self.enter(control)?;
        let mut present = BTreeMap::new();
        for task in tasks.iter_mut() {
            if !matches!(task.outcome, Outcome::Restored | Outcome::Removed) {
                continue;
            }
            control.check()?;
            match store.copy(&task.spot, Some(id))? {
                Was::NotKept { .. } => task.outcome = Outcome::WouldBeLost,
                // What is restored there is created by us.
                Was::Absent { folders, .. } => {
                    present.insert(task.spot.path.clone(), Was::Absent { by_us: true, folders });
                }
                was => {
                    present.insert(task.spot.path.clone(), was);
                }
            }
        }
        if present.is_empty() {
            return Ok(None);
        }
        store.begin(&format!("before going back to {id}"), time, present, Some(id)).map(Some)
    }

    fn carry_out(
        &self,
        tasks: &[Task],
        before: u64,
        control: &Control,
    ) -> Result<(), SnapshotError> {
        let todo: Vec<&Task> = tasks
            .iter()
            .filter(|task| matches!(task.outcome, Outcome::Restored | Outcome::Removed))
            .collect();
        let staged = todo.iter().try_for_each(|task| {
            control.check()?;
            self.stage(task)
        });
        let carried_out = staged.and_then(|()| {
            control.check()?;
            swap::put_all(&todo).map_err(|failed| failed_half(failed, before))
        });
        if carried_out.is_err() {
            for task in &todo {
                if let Ok((folder, name)) = task.spot.folder(false) {
                    // Some were not made, others are in their places already.
                    let _ = folder.remove_file(name);
                }
            }
        }
        carried_out
    }

    /// Makes what is to replace a path, beside it.
    fn stage(&self, task: &Task) -> Result<(), SnapshotError> {
        let failed = |source| SnapshotError::Io {
            path: task.spot.path.clone(),
            action: "restoring",
            source,
        };
        match &task.was {
            Was::File { hash, bytes, mode } => {
                let content = self.objects.read(hash, *bytes).map_err(failed)?;
                let content = content.ok_or_else(|| SnapshotError::DamagedCopy {
                    path: task.spot.path.clone(),
                    object: self.objects.path(hash),
                })?;
                let (folder, name) = task.spot.folder(true).map_err(failed)?;
                // Its owner's alone until it has its mode: what it holds may be secret.
                let mut file = folder.create_private(name).map_err(failed)?;
                file.write_all(&content).map_err(failed)?;
                let owner_known = keep_owner(&task.spot, &file).map_err(failed)?;
                set_mode(&file, *mode, owner_known).map_err(failed)
            }
            Was::Link { target } => {
                let (folder, name) = task.spot.folder(true).map_err(failed)?;
                folder.create_link(name, &target.clone().into_path()).map_err(failed)
            }
            Was::Absent { .. } | Was::NotKept { .. } => Ok(()),
        }
    }
}

/// Gives `file` the owner and the extended attributes of what it is to replace. Whether it has the owner that belongs
/// to its mode: that of a file that is gone is not known.
fn keep_owner(spot: &Spot, file: &File) -> io::Result<bool> {
    let Found::File { metadata } = spot.look()? else { return Ok(false) };
    copy_attributes(file, &metadata, spot.open().ok().as_ref())
}

/// What is to be done with a path.
fn judge(spot: &Spot, was: &Was) -> io::Result<Outcome> {
    Ok(match (was, spot.look()?) {
        (Was::NotKept { .. }, _) => Outcome::NoCopy,
        (Was::Absent { .. }, Found::Nothing { .. }) => Outcome::Unchanged,
        (_, Found::Folder | Found::Special) => Outcome::InTheWay,
        (Was::Absent { by_us: true, .. }, _) => Outcome::Removed,
        (Was::Absent { by_us: false, .. }, _) => Outcome::NotOurs,
        (was, found) if is_as_it_was(spot, was, &found)? => Outcome::Unchanged,
        _ => Outcome::Restored,
    })
}

pub(super) fn is_as_it_was(spot: &Spot, was: &Was, found: &Found) -> io::Result<bool> {
    Ok(match (was, found) {
        (Was::File { hash, bytes, mode }, Found::File { metadata }) => {
            metadata.len() == *bytes && mode_of(metadata) == *mode && spot.hash()? == *hash
        }
        (Was::Link { target }, Found::Link { target: now }) => target.clone().into_path() == *now,
        (Was::Absent { .. }, Found::Nothing { .. }) => true,
        _ => false,
    })
}

/// Nothing was changed, or only what could not be taken back.
fn failed_half(failed: Failed, snapshot: u64) -> SnapshotError {
    let Failed { path, source, left } = failed;
    if left.is_empty() {
        return SnapshotError::Io { path, action: "restoring", source };
    }
    SnapshotError::HalfDone { path, left, snapshot, source }
}

/// Set-user-id and its like are for the owner they were given by.
fn set_mode(file: &File, mode: Option<u32>, owner_known: bool) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(mode) = mode {
        let mode = if owner_known { mode } else { mode & 0o777 };
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        return file.set_permissions(permissions);
    }
    // Windows: the staged file has the rights of its folder, as every new file.
    let _ = (file, mode, owner_known);
    Ok(())
}
