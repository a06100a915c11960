//! The fresh folder an archive is taken out into first.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::ArchiveError;
use super::entry::{Entry, EntryKind, Receiver};
use super::tree::Tree;

/// Modes of what the archive gives no mode for; the umask takes away from them.
const FILE_MODE: u32 = 0o666;
const FOLDER_MODE: u32 = 0o777;
/// While entries are put into a folder its owner must be able to.
const OWNER_ALL: u32 = 0o700;

/// Folders the archive names, with mode and time where it gives them.
pub(super) type FolderFacts = BTreeMap<PathBuf, (Option<u32>, Option<i64>)>;

/// What was put there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) files: u64,
    pub(super) folders: u64,
    pub(super) links: u64,
    pub(super) bytes: u64,
}

/// Takes entries and puts them below a folder that nobody else knows of.
pub(super) struct Stage<'t> {
    root: &'t Tree,
    /// The folder that the entry before lay in: mostly the next one does, too.
    open: Option<(PathBuf, Tree)>,
    /// Set when all else is done.
    folders: FolderFacts,
    /// Made last: no entry can be written through a link that is not there.
    links: Vec<Entry>,
    tally: Tally,
}

impl<'t> Stage<'t> {
    pub(super) fn new(root: &'t Tree) -> Self {
        let (folders, links) = (BTreeMap::new(), Vec::new());
        Self { root, open: None, folders, links, tally: Tally::default() }
    }

    /// Makes the links; gives what was put there, and the folders whose modes and times are still to be set.
    pub(super) fn finish(mut self) -> Result<(Tally, FolderFacts), ArchiveError> {
        for entry in std::mem::take(&mut self.links) {
            let made = self.within(&entry.path, |folder, name| {
                folder.make_link(name, &entry.target)?;
                entry.modified.map_or(Ok(()), |time| folder.set_modified(name, time))
            });
            made.map_err(|error| failed(&entry, error))?;
            self.tally.links += 1;
        }
        Ok((self.tally, self.folders))
    }

    /// `act` with the folder that `path` lies in, and its name there.
    fn within<T>(
        &mut self,
        path: &Path,
        act: impl FnOnce(&Tree, &std::ffi::OsStr) -> io::Result<T>,
    ) -> io::Result<T> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let folder = match self.open.take() {
            Some((open, folder)) if open == parent => folder,
            _ => self.root.below(parent, true)?,
        };
        let result = act(&folder, name);
        self.open = Some((parent.to_owned(), folder));
        result
    }
}

impl Receiver for Stage<'_> {
    fn receive(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), ArchiveError> {
        match entry.kind {
            EntryKind::File => {
                let mode = entry.mode.unwrap_or(FILE_MODE);
                let file = self.within(&entry.path, |folder, name| folder.create_file(name, mode));
                let mut file = file.map_err(|error| failed(entry, error))?;
                self.tally.bytes += copy(content, &mut file, entry)?;
                if let Some(time) = entry.modified {
                    drop(file);
                    let set =
                        self.within(&entry.path, |folder, name| folder.set_modified(name, time));
                    set.map_err(|error| failed(entry, error))?;
                }
                self.tally.files += 1;
            }
            EntryKind::Folder => {
                let made = self.within(&entry.path, |folder, name| match folder.facts(name)? {
                    Some(_) => Ok(()),
                    None => folder.make_folder(name, entry.mode.unwrap_or(FOLDER_MODE) | OWNER_ALL),
                });
                made.map_err(|error| failed(entry, error))?;
                self.folders.insert(entry.path.clone(), (entry.mode, entry.modified));
                self.tally.folders += 1;
            }
            EntryKind::Link => self.links.push(entry.clone()),
            EntryKind::HardLink => {
                let (parent, old) = (entry.target.parent(), entry.target.file_name());
                let old: OsString = old.unwrap_or_default().to_owned();
                let source = self.root.below(parent.unwrap_or(Path::new("")), false);
                let linked = source.and_then(|source| {
                    self.within(&entry.path, |folder, name| source.hard_link(&old, folder, name))
                });
                linked.map_err(|error| failed(entry, error))?;
                self.tally.files += 1;
            }
        }
        Ok(())
    }
}

/// Copies to the end; tells a damaged archive from a full disk.
fn copy(
    content: &mut dyn Read,
    file: &mut std::fs::File,
    entry: &Entry,
) -> Result<u64, ArchiveError> {
    use std::io::Write as _;
    let mut buffer = vec![0; 64 * 1024];
    let mut total = 0;
    loop {
        let count = match content.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(ArchiveError::reading(&entry.name, error)),
        };
        let chunk = buffer.get(..count).unwrap_or_default();
        file.write_all(chunk).map_err(|error| failed(entry, error))?;
        total += count as u64;
    }
}

fn failed(entry: &Entry, error: io::Error) -> ArchiveError {
    // Two names that differ to the archive can be one to the file system.
    if error.kind() == io::ErrorKind::AlreadyExists {
        return ArchiveError::Duplicate { name: entry.name.clone() };
    }
    ArchiveError::writing("cannot write", entry.name.clone(), error)
}
