//! What the files would hold after each hunk: nothing is written before all hunks fit.

use std::collections::HashMap;
use std::path::PathBuf;

use super::apply::{Placed, apply};
use super::error::{HunkCause, HunkFailure, PatchError};
use super::hunk::{Action, Chunk, Hunk};
use crate::files::{Changes, Document, FilesError};
use crate::text::ContentHash;
use crate::{Control, Location, Workspace};

/// The files of a patch as they will be. A later hunk sees what an earlier one made of them.
pub(super) struct Plan<'w> {
    workspace: &'w Workspace,
    pub(super) changes: Changes<'w>,
    /// In the order in which the patch names them first.
    pub(super) files: Vec<PlannedFile>,
    by_path: HashMap<PathBuf, usize>,
}

/// One path of a plan.
pub(super) struct PlannedFile {
    pub(super) location: Location,
    pub(super) disk: Disk,
    pub(super) now: Now,
    pub(super) placed: Vec<Placed>,
}

/// What lies at a path before the patch.
pub(super) enum Disk {
    Nothing,
    Text(Box<Document>),
    /// A file, but none that can be patched: it can be deleted and replaced whole.
    Opaque(FilesError),
}

/// What lies there after the hunks so far.
pub(super) enum Now {
    Untouched,
    Gone,
    /// A text, written as the file was that it comes from; `None`: a new one.
    Text {
        text: String,
        from: Option<usize>,
    },
}

impl<'w> Plan<'w> {
    /// Locks all files that `hunks` name.
    pub(super) fn begin(
        workspace: &'w Workspace,
        hunks: &[Hunk],
        control: &Control,
    ) -> Result<Self, PatchError> {
        let mut failures = Vec::new();
        let mut locations = Vec::new();
        for hunk in hunks {
            let mut paths = vec![&hunk.path];
            if let Action::Update { move_to: Some(to), .. } = &hunk.action {
                paths.push(to);
            }
            for path in paths {
                match workspace.scope().locate(path) {
                    Ok(location) => locations.push(location),
                    Err(error) => failures.push(failure(hunk, FilesError::from(error))),
                }
            }
        }
        if !failures.is_empty() {
            return Err(PatchError::Hunks(failures));
        }
        let changes = Changes::begin(workspace, &locations, control)?;
        Ok(Self { workspace, changes, files: Vec::new(), by_path: HashMap::new() })
    }

    /// Looks at all files that `hunks` name.
    pub(super) fn look(&mut self, hunks: &[Hunk], control: &Control) -> Result<(), PatchError> {
        let mut failures = Vec::new();
        for hunk in hunks {
            let moved = match &hunk.action {
                Action::Update { move_to, .. } => move_to.as_ref(),
                _ => None,
            };
            for path in std::iter::once(&hunk.path).chain(moved) {
                if let Err(error) = self.file(path, control) {
                    failures.push(failure(hunk, error));
                }
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(PatchError::Hunks(failures)) }
    }

    /// Applies all hunks in memory.
    pub(super) fn apply(&mut self, hunks: &[Hunk], control: &Control) -> Result<(), PatchError> {
        let mut failures = Vec::new();
        for hunk in hunks {
            control.check()?;
            if let Err(cause) = self.hunk(hunk, control) {
                failures.push(HunkFailure { path: hunk.path.clone(), line: hunk.line, cause });
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(PatchError::Hunks(failures)) }
    }

    fn hunk(&mut self, hunk: &Hunk, control: &Control) -> Result<(), HunkCause> {
        let index = self.file(&hunk.path, control)?;
        match &hunk.action {
            Action::Add { content } => {
                self.set(index, Now::Text { text: content.clone(), from: None });
            }
            Action::Delete => {
                let Some(file) = self.files.get(index) else { return Ok(()) };
                match (&file.now, &file.disk) {
                    (Now::Gone, _) | (Now::Untouched, Disk::Nothing) => {
                        return Err(self.missing(hunk, control).into());
                    }
                    _ => self.set(index, Now::Gone),
                }
            }
            Action::Update { move_to, chunks } => {
                self.update(hunk, index, move_to.as_deref(), chunks, control)?;
            }
        }
        Ok(())
    }

    fn update(
        &mut self,
        hunk: &Hunk,
        index: usize,
        move_to: Option<&str>,
        chunks: &[Chunk],
        control: &Control,
    ) -> Result<(), HunkCause> {
        let limits = &self.workspace.limits().patch;
        let Some(file) = self.files.get_mut(index) else { return Ok(()) };
        let (text, from) = match (&file.now, &mut file.disk) {
            (Now::Text { text, from }, _) => (text.as_str(), *from),
            (Now::Untouched, Disk::Text(document)) => (document.text(), Some(index)),
            // Why it cannot be patched is told once, by the hunk that tries.
            (Now::Untouched, Disk::Opaque(why)) => {
                let nothing = FilesError::NotFound { path: hunk.path.clone(), nearest: vec![] };
                return Err(std::mem::replace(why, nothing).into());
            }
            (Now::Gone, _) | (Now::Untouched, Disk::Nothing) => {
                return Err(self.missing(hunk, control).into());
            }
        };
        let applied = apply(text, chunks, limits, control)?;
        let target = match move_to {
            Some(to) => self.file(to, control)?,
            None => index,
        };
        if target != index {
            self.set(index, Now::Gone);
        }
        self.set(target, Now::Text { text: applied.text, from });
        if let Some(file) = self.files.get_mut(target) {
            file.placed.extend(applied.placed);
        }
        Ok(())
    }

    /// The index of the file at `path`, looked at now if it was not before.
    fn file(&mut self, path: &str, control: &Control) -> Result<usize, FilesError> {
        let location = self.workspace.scope().locate(path)?;
        if let Some(index) = self.by_path.get(location.resolved()) {
            return Ok(*index);
        }
        let disk = match self.changes.load(&location, control) {
            Ok(document) => Disk::Text(Box::new(document)),
            Err(FilesError::NotFound { .. }) => Disk::Nothing,
            Err(error @ (FilesError::Binary { .. } | FilesError::TooLarge { .. })) => {
                Disk::Opaque(error)
            }
            Err(error) => return Err(error),
        };
        let index = self.files.len();
        self.by_path.insert(location.resolved().to_owned(), index);
        self.files.push(PlannedFile { location, disk, now: Now::Untouched, placed: vec![] });
        Ok(index)
    }

    fn set(&mut self, index: usize, now: Now) {
        if let Some(file) = self.files.get_mut(index) {
            if !matches!(now, Now::Text { from: Some(_), .. }) {
                file.placed.clear();
            }
            file.now = now;
        }
    }

    /// That the file of `hunk` does not exist, with the names that are like its own.
    fn missing(&self, hunk: &Hunk, control: &Control) -> FilesError {
        match Document::load(self.workspace, &hunk.path, control) {
            Err(error @ FilesError::NotFound { .. }) => error,
            // It is on the disk, but an earlier hunk has taken it away.
            _ => FilesError::NotFound { path: hunk.path.clone(), nearest: vec![] },
        }
    }

    /// Holds the files against the hashes the caller expects of them.
    pub(super) fn expect_hashes(
        &self,
        expected: &std::collections::BTreeMap<String, ContentHash>,
    ) -> Result<(), PatchError> {
        for (path, hash) in expected {
            let location = self.workspace.scope().locate(path).map_err(FilesError::from)?;
            let file = self.by_path.get(location.resolved()).and_then(|at| self.files.get(*at));
            match file.map(|file| &file.disk) {
                Some(Disk::Text(document)) => self.changes.expect_hash(document, Some(hash))?,
                Some(Disk::Nothing) => {
                    let (path, expected) = (path.clone(), *hash);
                    return Err(FilesError::Changed { path, expected, actual: None }.into());
                }
                Some(Disk::Opaque(_)) => self.expect_opaque(path, &location, *hash)?,
                None => return Err(PatchError::UnusedHash { path: path.clone() }),
            }
        }
        Ok(())
    }

    fn expect_opaque(
        &self,
        path: &str,
        location: &Location,
        expected: ContentHash,
    ) -> Result<(), FilesError> {
        let actual = location.open_file().and_then(ContentHash::of_reader).map_err(|source| {
            FilesError::Io { path: path.to_owned(), action: "reading", source }
        })?;
        if actual == expected {
            return Ok(());
        }
        Err(FilesError::Changed { path: path.to_owned(), expected, actual: Some(actual) })
    }

    /// Hands what the hunks came to to [`Changes`].
    pub(super) fn settle(&mut self) -> Result<(), FilesError> {
        let Self { changes, files, .. } = self;
        for file in files.iter() {
            let exists = !matches!(file.disk, Disk::Nothing);
            match &file.now {
                Now::Untouched => {}
                Now::Gone if !exists => {}
                Now::Gone => match &file.disk {
                    Disk::Text(document) => changes.delete(document)?,
                    _ => changes.delete_file(&file.location)?,
                },
                Now::Text { text, from } => {
                    let source = from.and_then(|at| files.get(at));
                    match source.map(|source| (source, &source.disk)) {
                        Some((source, Disk::Text(document))) if std::ptr::eq(source, file) => {
                            changes.write(document, text)?;
                        }
                        Some((_, Disk::Text(document))) => {
                            changes.write_as(document, &file.location, text, exists)?;
                        }
                        _ => changes.create(&file.location, text, exists)?,
                    }
                }
            }
        }
        Ok(())
    }
}

fn failure(hunk: &Hunk, cause: FilesError) -> HunkFailure {
    HunkFailure { path: hunk.path.clone(), line: hunk.line, cause: cause.into() }
}
