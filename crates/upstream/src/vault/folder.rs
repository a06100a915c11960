//! A vault in a folder: a file for each entry, for its owner's eyes alone.

use super::{ENTRIES_MAX, ENTRY_BYTES_MAX, EntryName, Vault, VaultError};
use crate::credential::hex;
use crate::private_file::{self, sync_folder};
use crate::random::random_bytes;
use crate::secret::Secret;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What the names of files end with: entries are JSON texts.
pub const FILE_ENDING: &str = ".json";

/// What a file ends with until it is whole.
const UNFINISHED_ENDING: &str = ".unfinished";

/// After this long an unfinished file is of a process that was killed, and is removed: it may hold a token.
const UNFINISHED_AGE: Duration = Duration::from_secs(600);

/// Entries as files of one folder, which the first [`save`](Vault::save) creates for its owner alone (0700). Files are
/// 0600. A file that is a link out of the folder is refused.
#[derive(Clone, Debug)]
pub struct FolderVault {
    folder: PathBuf,
    ending: &'static str,
}

/// Tells one state of a file from another, as far as can be told without reading it. The number of the file is part of
/// it, since two writes within one tick of the file system's clock may be of the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    file: u64,
}

impl FolderVault {
    /// The vault in `folder`; its files end with [`FILE_ENDING`]. Nothing is touched yet.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        FolderVault::with_ending(folder, FILE_ENDING)
    }

    /// The same with another ending of its files, which begins with a dot.
    #[must_use]
    pub fn with_ending(folder: impl Into<PathBuf>, ending: &'static str) -> Self {
        FolderVault { folder: folder.into(), ending }
    }

    /// The state of an entry's file; `None`: there is none. It costs one call of the system, for every request.
    pub(crate) fn stamp(&self, name: &EntryName) -> Result<Option<Stamp>, VaultError> {
        let path = self.path(name);
        match fs::metadata(&path) {
            Ok(found) => Ok(Some(Stamp {
                modified: found.modified().ok(),
                bytes: found.len(),
                file: file_number(&found),
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(refused("read", &path, &error)),
        }
    }

    fn file_name(&self, name: &EntryName) -> String {
        format!("{name}{}", self.ending)
    }

    fn path(&self, name: &EntryName) -> PathBuf {
        self.folder.join(self.file_name(name))
    }

    /// The real path of an entry's file, links resolved; `None`: there is none.
    fn existing(&self, name: &EntryName) -> Result<Option<PathBuf>, VaultError> {
        let path = self.path(name);
        let outside = || VaultError::NotInFolder { place: shown(&path) };
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // A link to nothing is there, and writing through it would make a file elsewhere.
                return if path.is_symlink() { Err(outside()) } else { Ok(None) };
            }
            Err(error) => return Err(refused("read", &path, &error)),
        };
        let folder =
            self.folder.canonicalize().map_err(|error| refused("read", &self.folder, &error))?;
        // Anything but a file could block who opens it (a pipe), or never end.
        if real.starts_with(&folder) && real.is_file() { Ok(Some(real)) } else { Err(outside()) }
    }

    /// Where a new file is written until it is whole: beside the old one, so that the rename cannot cross to another
    /// file system. No entry has a name that begins with a dot.
    fn unfinished(&self, name: &EntryName) -> Result<PathBuf, VaultError> {
        let random = random_bytes::<8>().map_err(|error| VaultError::Refused {
            action: "write",
            place: shown(&self.path(name)),
            reason: error.to_string(),
        })?;
        let name = format!(".{}.{}{UNFINISHED_ENDING}", self.file_name(name), hex(&random, 8));
        Ok(self.folder.join(name))
    }

    /// Removes what killed processes left. It is no reason to fail: the next save tries again.
    fn remove_leftovers(&self) {
        let Ok(files) = fs::read_dir(&self.folder) else { return };
        for file in files.flatten().take(ENTRIES_MAX) {
            let name = file.file_name();
            let unfinished = name
                .to_str()
                .is_some_and(|name| name.starts_with('.') && name.ends_with(UNFINISHED_ENDING));
            if unfinished && age(&file.path()).is_some_and(|age| age > UNFINISHED_AGE) {
                let _ = fs::remove_file(file.path());
            }
        }
    }
}

impl Vault for FolderVault {
    fn load(&self, name: &EntryName) -> Result<Option<Secret>, VaultError> {
        let Some(path) = self.existing(name)? else { return Ok(None) };
        let mut content = Vec::new();
        let read = File::open(&path)
            .and_then(|file| file.take(ENTRY_BYTES_MAX as u64 + 1).read_to_end(&mut content));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(refused("read", &path, &error)),
        }
        let place = || shown(&self.path(name));
        if content.len() > ENTRY_BYTES_MAX {
            return Err(VaultError::TooLong { place: place() });
        }
        let text =
            String::from_utf8(content).map_err(|_| VaultError::NotText { place: place() })?;
        Ok(Some(Secret::new(text)))
    }

    fn save(&self, name: &EntryName, content: &Secret) -> Result<(), VaultError> {
        if content.reveal().len() > ENTRY_BYTES_MAX {
            return Err(VaultError::TooLong { place: shown(&self.path(name)) });
        }
        private_file::create_folder(&self.folder)
            .map_err(|error| refused("create", &self.folder, &error))?;
        self.remove_leftovers();
        let target = self.existing(name)?.unwrap_or_else(|| self.path(name));
        let unfinished = self.unfinished(name)?;
        private_file::replace(&target, &unfinished, content.reveal().as_bytes())
            .map_err(|error| refused("write", &target, &error))
    }

    fn remove(&self, name: &EntryName) -> Result<bool, VaultError> {
        let path = self.path(name);
        match fs::remove_file(&path).and_then(|()| sync_folder(&self.folder)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(refused("remove", &path, &error)),
        }
    }

    fn list(&self) -> Result<Vec<EntryName>, VaultError> {
        let failed = |error: &io::Error| refused("list", &self.folder, error);
        let files = match fs::read_dir(&self.folder) {
            Ok(files) => files,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&error)),
        };
        let mut names = Vec::new();
        for file in files {
            let name = file.map_err(|error| failed(&error))?.file_name();
            let entry = name.to_str().and_then(|name| name.strip_suffix(self.ending));
            let Some(Ok(entry)) = entry.map(EntryName::new) else { continue };
            if names.len() == ENTRIES_MAX {
                return Err(VaultError::TooMany { place: shown(&self.folder) });
            }
            names.push(entry);
        }
        names.sort_unstable();
        Ok(names)
    }

    fn place(&self, name: &EntryName) -> String {
        shown(&self.path(name))
    }
}

#[cfg(unix)]
fn file_number(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
fn file_number(_: &fs::Metadata) -> u64 {
    0
}

fn age(file: &Path) -> Option<Duration> {
    let modified = fs::symlink_metadata(file).ok()?.modified().ok()?;
    SystemTime::now().duration_since(modified).ok()
}

fn refused(action: &'static str, path: &Path, error: &io::Error) -> VaultError {
    VaultError::Refused { action, place: shown(path), reason: error.to_string() }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
