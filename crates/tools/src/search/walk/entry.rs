//! What a visitor sees of one name in a folder.

use std::ffi::OsStr;
use std::fs::{File, FileType, Metadata};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::worker::Visited;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link that is not followed.
    Link,
    /// A socket, a FIFO, a device.
    Other,
}

impl Kind {
    /// Of what the system said.
    pub fn of(kind: FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_dir() {
            Self::Folder
        } else if kind.is_symlink() {
            Self::Link
        } else {
            Self::Other
        }
    }
}

/// A name in a folder. Lives as long as the call it is given to.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Relative to the walked root.
    pub path: &'a Path,
    /// Its last part.
    pub name: &'a OsStr,
    /// What it stands for; of a followed link, what that leads to.
    pub kind: Kind,
    /// Folders between it and the root, plus one.
    pub depth: usize,
    /// By a rule, as hidden where hidden ones are left out, as `.git`, or because a folder above it is.
    pub ignored: bool,
    /// It lies in a folder that was deferred.
    pub deferred: bool,
    /// It is a link that is followed.
    pub link: bool,
    pub(super) folder: &'a Visited,
    pub(super) target: Option<&'a crate::Location>,
}

/// Size and time of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Facts {
    /// Last change of the content, in milliseconds since 1970; negative before.
    pub modified_ms: i64,
    /// Size.
    pub bytes: u64,
}

impl Facts {
    /// Of what the system said.
    pub fn of(metadata: &Metadata) -> Self {
        let modified_ms = match metadata.modified().map(|time| time.duration_since(UNIX_EPOCH)) {
            Ok(Ok(after)) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Ok(Err(before)) => {
                i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms)
            }
            Err(_) => 0,
        };
        Self { modified_ms, bytes: metadata.len() }
    }
}

impl Entry<'_> {
    /// Opens it for reading in the folder it was seen in, never waiting; a link swapped in meanwhile is an error.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn open_file(&self) -> io::Result<File> {
        match self.target {
            Some(target) => target.open_file(),
            None => self.folder.handle()?.open_file(self.name),
        }
    }

    /// Asks for size and time, of a link that is not followed its own.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn facts(&self) -> io::Result<Facts> {
        if let Some(target) = self.target {
            return Ok(Facts::of(&std::fs::metadata(target.resolved())?));
        }
        self.own_facts()
    }

    #[cfg(unix)]
    #[allow(clippy::unnecessary_cast, reason = "the width of these fields differs by system")]
    fn own_facts(&self) -> io::Result<Facts> {
        use rustix::fs::AtFlags;
        let facts =
            rustix::fs::statat(self.folder.handle()?, self.name, AtFlags::SYMLINK_NOFOLLOW)?;
        let modified_ms = (facts.st_mtime as i64)
            .saturating_mul(1000)
            .saturating_add(facts.st_mtime_nsec as i64 / 1_000_000);
        Ok(Facts { modified_ms, bytes: u64::try_from(facts.st_size).unwrap_or(0) })
    }

    #[cfg(not(unix))]
    fn own_facts(&self) -> io::Result<Facts> {
        Ok(Facts::of(&self.folder.handle()?.path().join(self.name).symlink_metadata()?))
    }
}
