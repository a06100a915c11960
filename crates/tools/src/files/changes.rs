//! A plan for several files, carried out whole or not at all.

use std::fmt;
use std::fs::{File, Metadata};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::commit;
use super::document::Document;
use super::error::{FilesError, from_io};
use super::locks::{FileLocks, LockError};
use super::open::{Place, open_file, read_whole};
use crate::text::{ContentHash, Text};
use crate::{Control, Location, Workspace};

/// Sees each file before it is changed, to keep a copy, and hears of those that were made.
pub trait BeforeChange: Send + Sync + fmt::Debug {
    /// Called for every file of a plan before anything of the plan is written. With `Err` nothing is. The locks of all
    /// files of the plan are held, so it must not begin [`Changes`] itself.
    ///
    /// # Errors
    ///
    /// Its own; the plan fails with [`FilesError::Refused`].
    fn before_change(
        &self,
        before: &Before<'_>,
        control: &Control,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;

    /// Called once a plan has happened, for every file it made where there was none; the locks are held still. Not to
    /// have heard of one is no harm: it is then taken for somebody else's.
    fn after_creation(&self, _location: &Location) {}
}

/// A file that is about to be changed.
#[derive(Debug)]
pub struct Before<'a> {
    /// Where it lies.
    pub location: &'a Location,
    /// What it holds; `None`: it does not exist yet, or is larger than `edit.file_bytes` and replaced unseen.
    pub content: Option<&'a [u8]>,
    /// The hash of `content`, where it is known already.
    pub hash: Option<ContentHash>,
    /// Its mode, owner and times; `None`: it does not exist yet.
    pub metadata: Option<&'a Metadata>,
}

/// Changes of files that happen together or not at all. Holds the locks of its files until it is dropped or committed.
///
/// Load under it what is to be changed, plan, then [`Changes::commit`].
#[derive(Debug)]
pub struct Changes<'w> {
    workspace: &'w Workspace,
    locks: FileLocks,
    planned: Vec<Planned>,
    durable: bool,
}

/// What is to become of one file.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) place: Place,
    /// What the file must hold when the plan is carried out.
    pub(super) expected: Expected,
    /// What it is to hold; `None`: it is to be gone.
    pub(super) content: Option<Vec<u8>>,
    pub(super) mode: Option<u32>,
}

/// What a plan was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// No file.
    Nothing,
    /// This content.
    Content {
        hash: ContentHash,
        /// What it was decoded to, where it was: mostly enough to see that nothing has changed.
        text: Option<Arc<Text>>,
    },
    /// Whatever is there.
    Anything,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Where it lies.
    pub location: Location,
    /// Its path as the caller would write it.
    pub path: String,
    /// What happened to it.
    pub kind: ChangeKind,
    /// The hash of what it holds now; `None`: it is gone.
    pub hash: Option<ContentHash>,
    /// Its size now.
    pub bytes: u64,
    /// Whether it still has the owner it had. Only root can give files away, so a file of somebody else, changed by who
    /// may write it, becomes theirs.
    pub owner_kept: bool,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// There was none.
    Created,
    /// It has other content now.
    Replaced,
    /// It held just that already, and was not touched.
    Unchanged,
    /// It is gone.
    Deleted,
}

impl<'w> Changes<'w> {
    /// Locks every file the plan may touch, those it creates included. Waits for others in the order of asking; then,
    /// as far as other processes use the same state folder, for those.
    ///
    /// # Errors
    ///
    /// When the call is stopped while it waits, or the lock files cannot be made.
    pub fn begin(
        workspace: &'w Workspace,
        locations: &[Location],
        control: &Control,
    ) -> Result<Self, FilesError> {
        let paths = locations.iter().map(|location| location.resolved().to_owned()).collect();
        let locks = FileLocks::take(workspace, paths, control).map_err(|error| match error {
            LockError::Stopped(stopped) => FilesError::Stopped(stopped),
            LockError::File(path, source) => FilesError::Io {
                path: path.to_string_lossy().into_owned(),
                action: "locking",
                source,
            },
        })?;
        Ok(Self { workspace, locks, planned: Vec::new(), durable: false })
    }

    /// Whether `commit` waits until the disk has everything; by default it does not.
    pub fn set_durable(&mut self, durable: bool) {
        self.durable = durable;
    }

    /// Reads a file that was named to [`Changes::begin`].
    ///
    /// # Errors
    ///
    /// As [`Document::load`].
    pub fn load(&self, location: &Location, control: &Control) -> Result<Document, FilesError> {
        let place = self.place(location)?;
        Document::load_place(self.workspace, place, control)
    }

    /// Holds a document against the hash a caller gave: compare-and-swap.
    ///
    /// # Errors
    ///
    /// [`FilesError::Changed`].
    pub fn expect_hash(
        &self,
        document: &Document,
        expected: Option<&ContentHash>,
    ) -> Result<(), FilesError> {
        match expected {
            Some(expected) if *expected != document.hash => Err(FilesError::Changed {
                path: document.shown().to_owned(),
                expected: *expected,
                actual: Some(document.hash),
            }),
            _ => Ok(()),
        }
    }

    /// Plans `new_text` for a file, encoded as it was.
    ///
    /// # Errors
    ///
    /// When its encoding lacks a character, or the file cannot be written back as it was.
    pub fn write(&mut self, document: &Document, new_text: &str) -> Result<(), FilesError> {
        let content = Some(document.encode(new_text)?);
        let place = self.place(document.location())?;
        self.plan(Planned { place, expected: document.expected(), content, mode: None });
        Ok(())
    }

    /// Plans a new file, in UTF-8.
    ///
    /// # Errors
    ///
    /// When the location was not named to [`Changes::begin`].
    pub fn create(
        &mut self,
        location: &Location,
        text: &str,
        overwrite: bool,
    ) -> Result<(), FilesError> {
        self.create_bytes(location, text.as_bytes().to_vec(), None, overwrite)
    }

    /// Plans a new file of any content, with these permission bits (`None`: as the system gives them, or those of the
    /// file that is overwritten).
    ///
    /// # Errors
    ///
    /// As [`Changes::create`].
    pub fn create_bytes(
        &mut self,
        location: &Location,
        content: Vec<u8>,
        mode: Option<u32>,
        overwrite: bool,
    ) -> Result<(), FilesError> {
        let place = self.place(location)?;
        let expected = if overwrite { Expected::Anything } else { Expected::Nothing };
        self.plan(Planned { place, expected, content: Some(content), mode });
        Ok(())
    }

    /// Plans that a file goes.
    ///
    /// # Errors
    ///
    /// When the last part of its path is a link: what it leads to is to be named itself.
    pub fn delete(&mut self, document: &Document) -> Result<(), FilesError> {
        self.plan_deletion(document.location(), document.expected())
    }

    /// Plans that a file goes, whatever it holds.
    ///
    /// # Errors
    ///
    /// As [`Changes::delete`].
    pub fn delete_file(&mut self, location: &Location) -> Result<(), FilesError> {
        self.plan_deletion(location, Expected::Anything)
    }

    /// Plans that a file is called `to` and holds `new_text`, encoded as it was. It keeps its mode.
    ///
    /// # Errors
    ///
    /// As [`Changes::write`] and [`Changes::delete`].
    pub fn rename(
        &mut self,
        document: &Document,
        to: &Location,
        new_text: &str,
        overwrite: bool,
    ) -> Result<(), FilesError> {
        if to.resolved() == document.location().resolved() {
            return self.write(document, new_text);
        }
        self.write_as(document, to, new_text, overwrite)?;
        self.delete(document)
    }

    /// Plans that `to` holds `new_text`, encoded and with the mode as `document`, which itself stays.
    ///
    /// # Errors
    ///
    /// As [`Changes::write`].
    pub fn write_as(
        &mut self,
        document: &Document,
        to: &Location,
        new_text: &str,
        overwrite: bool,
    ) -> Result<(), FilesError> {
        let content = document.encode(new_text)?;
        let mode = super::attributes::mode_bits(&document.metadata);
        self.create_bytes(to, content, Some(mode), overwrite)
    }

    /// Carries the plan out, in its order. All new contents are written beside their files first; then come the
    /// renames, which nothing stops any more. Whatever fails, everything is put back.
    ///
    /// # Errors
    ///
    /// [`FilesError::Changed`] when a file no longer holds what it was loaded with; those of the system.
    /// [`FilesError::HalfDone`] alone leaves files changed, and says which.
    pub fn commit(self, control: &Control) -> Result<Vec<Committed>, FilesError> {
        commit::commit(self.workspace, &self.planned, self.durable, control)
    }

    pub(super) fn place(&self, location: &Location) -> Result<Place, FilesError> {
        let place = Place::of(self.workspace, location.clone());
        if self.locks.holds(location.resolved()) {
            return Ok(place);
        }
        Err(FilesError::NotLocked { path: place.shown })
    }

    /// A file has one change in a plan: the last, made for what the first was made for.
    pub(super) fn plan(&mut self, change: Planned) {
        let resolved = change.place.location.resolved();
        match self.planned.iter_mut().find(|one| one.place.location.resolved() == resolved) {
            Some(earlier) => {
                earlier.content = change.content;
                earlier.mode = change.mode.or(earlier.mode);
            }
            None => self.planned.push(change),
        }
    }

    fn plan_deletion(&mut self, location: &Location, expected: Expected) -> Result<(), FilesError> {
        let place = self.place(location)?;
        let named = std::fs::symlink_metadata(location.named());
        if named.is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(FilesError::NotAFile { path: place.shown, kind: "link" });
        }
        self.plan(Planned { place, expected, content: None, mode: None });
        Ok(())
    }
}

/// A file as it is when a plan is carried out.
pub(super) struct Current {
    pub(super) file: File,
    pub(super) metadata: Metadata,
    /// `None`: it is too large to be held in memory, and nothing was expected of it.
    pub(super) content: Option<Vec<u8>>,
}

/// What `place` holds at present, of any kind; `None`: it does not exist.
pub(super) fn current(
    workspace: &Workspace,
    place: &Place,
    expected: &Expected,
    control: &Control,
) -> Result<Option<Current>, FilesError> {
    // A missing file is no mistake here, and no time is spent on names like it.
    match std::fs::symlink_metadata(place.location.resolved()) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(from_io(&place.shown, "opening", error)),
        Ok(_) => {}
    }
    let (mut file, metadata) = match open_file(workspace, place) {
        Err(FilesError::NotFound { .. }) => return Ok(None),
        other => other?,
    };
    let limit = ("edit.file_bytes", workspace.limits().edit.file_bytes);
    let content = match read_whole(place, (&mut file, &metadata), Vec::new(), limit, control) {
        Err(FilesError::TooLarge { .. }) if *expected == Expected::Anything => None,
        other => Some(other?),
    };
    Ok(Some(Current { file, metadata, content }))
}
