//! Systems without handles of folders (Windows): by path. Between looking and doing a link can be swapped in;
//! `docs/reference/platforms.md` says so. Links are not made: they need a privilege. Untested: no such machine was at
//! hand.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Facts, Kind};
use crate::Folder;

/// A folder, by its path.
#[derive(Debug)]
pub(in crate::archive) struct Tree {
    path: PathBuf,
}

impl Tree {
    pub(in crate::archive) fn of(folder: &Folder) -> io::Result<Self> {
        Ok(Self { path: folder.path().to_owned() })
    }

    pub(in crate::archive) fn again(&self) -> io::Result<Self> {
        Ok(Self { path: self.path.clone() })
    }

    pub(in crate::archive) fn open_folder(&self, name: &OsStr) -> io::Result<Self> {
        match self.facts(name)? {
            Some(facts) if facts.kind == Kind::Folder => Ok(Self { path: self.path.join(name) }),
            Some(_) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Folders have no locks here.
    pub(in crate::archive) fn lock(&self) -> bool {
        true
    }

    /// So nobody can tell, and nothing is swept.
    pub(in crate::archive) fn is_left_over(&self) -> bool {
        false
    }

    pub(in crate::archive) fn make_folder(&self, name: &OsStr, _mode: u32) -> io::Result<()> {
        fs::create_dir(self.path.join(name))
    }

    pub(in crate::archive) fn create_file(&self, name: &OsStr, _mode: u32) -> io::Result<File> {
        File::create_new(self.path.join(name))
    }

    pub(in crate::archive) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        File::open(self.path.join(name))
    }

    pub(in crate::archive) fn facts(&self, name: &OsStr) -> io::Result<Option<Facts>> {
        let metadata = match fs::symlink_metadata(self.path.join(name)) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let kind = match metadata.file_type() {
            kind if kind.is_symlink() => Kind::Link,
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_file() => Kind::File,
            _ => Kind::Other,
        };
        let since = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Some(Facts {
            kind,
            size: metadata.len(),
            mode: if kind == Kind::Folder { 0o755 } else { 0o644 },
            modified: i64::try_from(since.as_secs()).unwrap_or_default(),
        }))
    }

    pub(in crate::archive) fn names(&self) -> io::Result<Vec<OsString>> {
        let names: io::Result<Vec<_>> =
            fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name())).collect();
        let mut names = names?;
        names.sort();
        Ok(names)
    }

    pub(in crate::archive) fn rename_new(
        &self,
        from: &OsStr,
        folder: &Self,
        to: &OsStr,
    ) -> io::Result<()> {
        let to = folder.path.join(to);
        if fs::symlink_metadata(&to).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(self.path.join(from), to)
    }

    pub(in crate::archive) fn hard_link(
        &self,
        from: &OsStr,
        folder: &Self,
        to: &OsStr,
    ) -> io::Result<()> {
        fs::hard_link(self.path.join(from), folder.path.join(to))
    }

    pub(in crate::archive) fn make_link(&self, _name: &OsStr, _target: &Path) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "links need a privilege on this system"))
    }

    pub(in crate::archive) fn read_link(&self, name: &OsStr) -> io::Result<PathBuf> {
        fs::read_link(self.path.join(name))
    }

    pub(in crate::archive) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    pub(in crate::archive) fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_dir(self.path.join(name))
    }

    pub(in crate::archive) fn set_mode(&self, _mode: u32) -> io::Result<()> {
        Ok(())
    }

    pub(in crate::archive) fn mode(&self) -> io::Result<u32> {
        Ok(0o755)
    }

    pub(in crate::archive) fn set_modified(&self, name: &OsStr, seconds: i64) -> io::Result<()> {
        let time = UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let path = self.path.join(name);
        // Folders need other rights to be opened here, and keep the time of their making.
        if path.is_dir() {
            return Ok(());
        }
        File::options()
            .write(true)
            .open(path)?
            .set_modified(SystemTime::min(time, SystemTime::now()))
    }
}
