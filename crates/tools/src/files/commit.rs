//! Carrying out a plan: check everything, write everything beside its place, then rename; put back what fails.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::attributes;
use super::changes::{Before, ChangeKind, Committed, Current, Expected, Planned, current};
use super::error::{FileState, FilesError, from_io};
use super::open::Place;
use super::temporary::{self, Temporary};
use crate::text::{ContentHash, Text};
use crate::{Control, Folder, Workspace};

/// One change, checked: the file is open, its folder too.
struct Checked<'p> {
    planned: &'p Planned,
    current: Option<Current>,
    kind: ChangeKind,
    hash: Option<ContentHash>,
}

/// One change of which only the rename is missing.
struct Ready<'a> {
    checked: &'a Checked<'a>,
    folder: &'a Folder,
    name: &'a OsStr,
    /// The new content; `None`: the file is to go.
    temporary: Option<Temporary<'a>>,
    owner_kept: bool,
}

/// One change that was made and may have to be taken back.
struct Done<'a> {
    place: &'a Place,
    folder: &'a Folder,
    name: &'a OsStr,
    /// The name under which the old content is kept; `None`: there was no file.
    kept: Option<OsString>,
}

pub(super) fn commit(
    workspace: &Workspace,
    planned: &[Planned],
    durable: bool,
    control: &Control,
) -> Result<Vec<Committed>, FilesError> {
    let checked = planned
        .iter()
        .map(|planned| check(workspace, planned, control))
        .collect::<Result<Vec<_>, _>>()?;
    let changing: Vec<&Checked<'_>> =
        checked.iter().filter(|change| change.kind != ChangeKind::Unchanged).collect();
    if let Some(hook) = workspace.before_change() {
        for change in &changing {
            let before = Before {
                location: &change.planned.place.location,
                content: change.current.as_ref().and_then(|current| current.content.as_deref()),
                hash: match change.planned.expected {
                    Expected::Content { hash, .. } => Some(hash),
                    Expected::Nothing | Expected::Anything => None,
                },
                metadata: change.current.as_ref().map(|current| &current.metadata),
            };
            hook.before_change(&before, control).map_err(|source| FilesError::Refused {
                path: change.planned.place.shown.clone(),
                source,
            })?;
        }
    }
    let made = MadeFolders::before(&changing);
    let owners = carry_out(&changing, durable, control);
    if owners.is_err() {
        made.remove_empty();
    }
    let mut owners = owners?.into_iter();
    if let Some(hook) = workspace.before_change() {
        let made = changing.iter().filter(|change| change.kind == ChangeKind::Created);
        made.for_each(|change| hook.after_creation(&change.planned.place.location));
    }
    let row = |change: &Checked<'_>| Committed {
        location: change.planned.place.location.clone(),
        path: change.planned.place.shown.clone(),
        kind: change.kind,
        hash: change.hash,
        bytes: change.planned.content.as_ref().map_or(0, Vec::len) as u64,
        owner_kept: change.kind == ChangeKind::Unchanged || owners.next().unwrap_or(true),
    };
    Ok(checked.iter().map(row).collect())
}

/// Holds what is there against what the plan was made for.
fn check<'p>(
    workspace: &Workspace,
    planned: &'p Planned,
    control: &Control,
) -> Result<Checked<'p>, FilesError> {
    let path = || planned.place.shown.clone();
    let current = current(workspace, &planned.place, &planned.expected, control)?;
    let content = current.as_ref().and_then(|current| current.content.as_deref());
    match &planned.expected {
        Expected::Content { hash, text } => is_expected(&path, content, *hash, text.as_deref())?,
        Expected::Nothing if current.is_some() => return Err(FilesError::Exists { path: path() }),
        Expected::Nothing | Expected::Anything => {}
    }
    let new = planned.content.as_deref();
    let kind = match (&current, new) {
        (None, None) => return Err(FilesError::NotFound { path: path(), nearest: Vec::new() }),
        (None, Some(_)) => ChangeKind::Created,
        (Some(_), None) => ChangeKind::Deleted,
        (Some(_), new) if content == new && planned.mode.is_none() => ChangeKind::Unchanged,
        (Some(_), Some(_)) => ChangeKind::Replaced,
    };
    let hash = match (kind, &planned.expected) {
        (ChangeKind::Unchanged, Expected::Content { hash, .. }) => Some(*hash),
        _ => new.map(ContentHash::of),
    };
    Ok(Checked { planned, current, kind, hash })
}

/// Whether `content` is what the plan was made for; it is hashed only where its text cannot tell.
fn is_expected(
    path: &impl Fn() -> String,
    content: Option<&[u8]>,
    expected: ContentHash,
    text: Option<&Text>,
) -> Result<(), FilesError> {
    let same = content.and_then(|content| text?.is_written_as(content));
    let same = same.unwrap_or_else(|| content.map(ContentHash::of) == Some(expected));
    if same {
        return Ok(());
    }
    let actual = content.map(ContentHash::of);
    Err(FilesError::Changed { path: path(), expected, actual })
}

/// Whether each file kept its owner.
fn carry_out(
    changing: &[&Checked<'_>],
    durable: bool,
    control: &Control,
) -> Result<Vec<bool>, FilesError> {
    let mut places = Vec::with_capacity(changing.len());
    for change in changing {
        control.check()?;
        let place = &change.planned.place;
        let create = change.kind == ChangeKind::Created;
        let opened = place.location.folder(create);
        places.push(opened.map_err(|error| from_io(&place.shown, "opening its folder", error))?);
    }
    let mut ready = Vec::with_capacity(changing.len());
    for (change, (folder, name)) in changing.iter().zip(&places) {
        control.check()?;
        ready.push(prepare(change, folder, name, durable)?);
    }
    // From here on nobody stops it: what began is ended.
    control.check()?;
    let owners = ready.iter().map(|change| change.owner_kept).collect();
    // A single rename happens or not; only where a later one can fail must an earlier one be taken back.
    let several = ready.len() > 1;
    let mut done = Vec::with_capacity(ready.len());
    for change in ready {
        let place = &change.checked.planned.place;
        match rename(change, several) {
            Ok(one) => done.push(one),
            Err(error) => {
                let error = from_io(&place.shown, "writing", error);
                return Err(take_back(changing, &done, error));
            }
        }
    }
    for change in &done {
        if let Some(kept) = &change.kept {
            // Everything has happened; a copy that cannot be removed does not undo that.
            let _ = change.folder.remove_file(kept);
        }
        if durable {
            flush(change.folder)
                .map_err(|error| from_io(&change.place.shown, "flushing", error))?;
        }
    }
    Ok(owners)
}

/// All that can fail without anything being changed yet.
fn prepare<'a>(
    checked: &'a Checked<'a>,
    folder: &'a Folder,
    name: &'a OsStr,
    durable: bool,
) -> Result<Ready<'a>, FilesError> {
    let place = &checked.planned.place;
    let failed = |error| from_io(&place.shown, "writing", error);
    let old = checked.current.as_ref();
    if let Some(old) = old {
        attributes::writable(place, folder, name, &old.metadata)?;
    }
    temporary::sweep(folder, &place.location);
    let Some(content) = &checked.planned.content else {
        return Ok(Ready { checked, folder, name, temporary: None, owner_kept: true });
    };
    let private = old.is_some() || checked.planned.mode.is_some();
    let temporary = Temporary::write(folder, content, private).map_err(failed)?;
    let file = temporary.file();
    let mut owner_kept = true;
    if let Some(old) = old {
        owner_kept = attributes::copy(file, &old.metadata, Some(&old.file)).map_err(failed)?;
    }
    if let Some(mode) = checked.planned.mode {
        attributes::set_mode(file, mode).map_err(failed)?;
    }
    if durable {
        file.sync_all().map_err(failed)?;
    }
    Ok(Ready { checked, folder, name, temporary: Some(temporary), owner_kept })
}

/// The step that cannot be stopped. `keep`: what the file held is kept beside it.
fn rename<'a>(change: Ready<'a>, keep: bool) -> io::Result<Done<'a>> {
    let Ready { checked, folder, name, temporary, .. } = change;
    let kept = match &checked.current {
        Some(current) if keep => Some(temporary::keep(folder, name, &current.file)?),
        _ => None,
    };
    let renamed = match (temporary, &checked.current) {
        (Some(temporary), Some(_)) => temporary.replace(name),
        (Some(temporary), None) => temporary.take_new(name),
        (None, _) => folder.remove_file(name),
    };
    if let (Err(_), Some(kept)) = (&renamed, &kept) {
        let _ = folder.remove_file(kept);
    }
    renamed?;
    Ok(Done { place: &checked.planned.place, folder, name, kept })
}

/// Puts back what was changed, the last first. The error is `cause`, or says what could not be put back.
fn take_back(changing: &[&Checked<'_>], done: &[Done<'_>], cause: FilesError) -> FilesError {
    let mut left = Vec::new();
    for change in done.iter().rev() {
        let put_back = match &change.kept {
            Some(kept) => change.folder.rename(kept, change.name),
            None => change.folder.remove_file(change.name),
        };
        if put_back.is_err() {
            left.push(change);
        }
    }
    if left.is_empty() {
        return cause;
    }
    let state = |change: &&Checked<'_>| {
        let place = &change.planned.place;
        let stuck = left.iter().find(|left| left.place.location == place.location);
        let state = match stuck {
            None => FileState::AsBefore,
            Some(Done { kept: Some(kept), .. }) if change.planned.content.is_none() => {
                FileState::KeptAs(place.location.resolved().with_file_name(kept))
            }
            Some(_) => FileState::Changed,
        };
        (place.shown.clone(), state)
    };
    FilesError::HalfDone { files: changing.iter().map(state).collect(), source: Box::new(cause) }
}

/// Folders a plan makes, to remove them when it fails.
struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    /// Those that are missing now and will be made, the outermost first.
    fn before(changing: &[&Checked<'_>]) -> Self {
        let mut missing: Vec<PathBuf> = changing
            .iter()
            .filter(|change| change.kind == ChangeKind::Created)
            .flat_map(|change| {
                let folders = change.planned.place.location.resolved().ancestors().skip(1);
                folders.take_while(|folder| !folder.exists()).map(Path::to_owned)
            })
            .collect();
        missing.sort();
        missing.dedup();
        Self(missing)
    }

    /// Only empty ones go: somebody else may have put something there.
    fn remove_empty(&self) {
        for folder in self.0.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Makes the renames in `folder` survive a loss of power.
#[cfg(unix)]
fn flush(folder: &Folder) -> io::Result<()> {
    Ok(rustix::fs::fsync(folder)?)
}

/// Windows writes its journal itself.
#[cfg(not(unix))]
fn flush(_: &Folder) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coded as _, Scope};

    /// Of two files that were changed, what the first held cannot be put back any more.
    #[test]
    fn what_cannot_be_put_back_is_named_with_its_state() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let workspace = Workspace::new(
            Scope::within(folder.path()).expect("a folder"),
            folder.path().join("state"),
        );
        let names = ["edited", "deleted", "second", "third"];
        let planned: Vec<Planned> = names
            .iter()
            .map(|name| Planned {
                place: Place::new(&workspace, name).expect("inside"),
                expected: Expected::Anything,
                content: (*name != "deleted").then(Vec::new),
                mode: None,
            })
            .collect();
        let kind = ChangeKind::Replaced;
        let checked: Vec<Checked<'_>> = planned
            .iter()
            .map(|planned| Checked { planned, current: None, kind, hash: None })
            .collect();
        let changing: Vec<&Checked<'_>> = checked.iter().collect();
        std::fs::write(folder.path().join("kept"), "second\n").expect("written");
        let places: Vec<_> = planned
            .iter()
            .map(|planned| planned.place.location.folder(false).expect("it is there"))
            .collect();
        let kept = ["lost", "lost too", "kept"];
        let done: Vec<Done<'_>> = planned
            .iter()
            .zip(&places)
            .zip(kept)
            .map(|((planned, (folder, name)), kept)| {
                let kept = Some(kept.into());
                Done { place: &planned.place, folder, name, kept }
            })
            .collect();
        let cause = FilesError::Exists { path: "third".to_owned() };
        let error = take_back(&changing, &done, cause);
        assert_eq!(error.code(), "half_done");
        let root = workspace.scope().base().to_string_lossy().into_owned();
        let states = serde_json::to_string_pretty(&error.details()).expect("JSON");
        expect_test::expect![[r#"
            {
              "files": [
                {
                  "path": "edited",
                  "state": "changed"
                },
                {
                  "path": "deleted",
                  "state": "gone, its content is kept as ROOT/lost too"
                },
                {
                  "path": "second",
                  "state": "as before"
                },
                {
                  "path": "third",
                  "state": "as before"
                }
              ]
            }"#]]
        .assert_eq(&states.replace(&root, "ROOT"));
        let second = std::fs::read(folder.path().join("second")).expect("put back");
        assert_eq!(second, b"second\n");
    }
}
