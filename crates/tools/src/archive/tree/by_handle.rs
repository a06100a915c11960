//! Unix.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;

use super::{Facts, Kind};
use crate::Folder;

/// An open folder.
#[derive(Debug)]
pub(in crate::archive) struct Tree {
    handle: OwnedFd,
}

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Tree {
    pub(in crate::archive) fn of(folder: &Folder) -> io::Result<Self> {
        Ok(Self { handle: folder.as_fd().try_clone_to_owned()? })
    }

    pub(in crate::archive) fn again(&self) -> io::Result<Self> {
        Ok(Self { handle: self.handle.try_clone()? })
    }

    pub(in crate::archive) fn open_folder(&self, name: &OsStr) -> io::Result<Self> {
        let handle = rustix::fs::openat(&self.handle, name, FOLDER, Mode::empty())?;
        Ok(Self { handle })
    }

    /// Locks this folder until it is dropped; `false`: another has it.
    pub(in crate::archive) fn lock(&self) -> bool {
        let lock = rustix::fs::FlockOperation::NonBlockingLockExclusive;
        // A file system without locks: nobody can take it for left over there.
        !matches!(rustix::fs::flock(&self.handle, lock), Err(Errno::WOULDBLOCK))
    }

    /// Whether who locked it is gone.
    pub(in crate::archive) fn is_left_over(&self) -> bool {
        let lock = rustix::fs::FlockOperation::NonBlockingLockExclusive;
        rustix::fs::flock(&self.handle, lock).is_ok()
    }

    /// Makes a folder; the umask takes away from `mode` what the user wants away.
    pub(in crate::archive) fn make_folder(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.handle, name, Mode::from_raw_mode(mode))?)
    }

    /// Creates a file for writing; what has the name already is an error. The umask takes away from `mode`.
    pub(in crate::archive) fn create_file(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.handle, name, flags, Mode::from_raw_mode(mode))?.into())
    }

    /// Opens a file for reading, never waiting.
    pub(in crate::archive) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.handle, name, flags, Mode::empty())?.into())
    }

    /// `None`: there is no such name.
    pub(in crate::archive) fn facts(&self, name: &OsStr) -> io::Result<Option<Facts>> {
        let stat = match rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        };
        #[allow(clippy::useless_conversion, reason = "the types differ between systems")]
        Ok(Some(Facts {
            kind,
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mode: u32::from(stat.st_mode) & 0o777,
            modified: stat.st_mtime.try_into().unwrap_or_default(),
        }))
    }

    /// All names but `.` and `..`, sorted by their bytes.
    pub(in crate::archive) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name.to_owned()));
            }
        }
        names.sort();
        Ok(names)
    }

    /// Moves `from` to where `to` must not exist.
    pub(in crate::archive) fn rename_new(
        &self,
        from: &OsStr,
        folder: &Self,
        to: &OsStr,
    ) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_vendor = "apple"))]
        {
            use rustix::fs::{RenameFlags, renameat_with};
            match renameat_with(&self.handle, from, &folder.handle, to, RenameFlags::NOREPLACE) {
                // Some file systems cannot.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                other => return Ok(other?),
            }
        }
        // It was looked at just before.
        Ok(rustix::fs::renameat(&self.handle, from, &folder.handle, to)?)
    }

    pub(in crate::archive) fn hard_link(
        &self,
        from: &OsStr,
        folder: &Self,
        to: &OsStr,
    ) -> io::Result<()> {
        Ok(rustix::fs::linkat(&self.handle, from, &folder.handle, to, AtFlags::empty())?)
    }

    pub(in crate::archive) fn make_link(&self, name: &OsStr, target: &Path) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, &self.handle, name)?)
    }

    pub(in crate::archive) fn read_link(&self, name: &OsStr) -> io::Result<PathBuf> {
        let target = rustix::fs::readlinkat(&self.handle, name, Vec::new())?;
        Ok(PathBuf::from(OsStr::from_bytes(target.to_bytes())))
    }

    pub(in crate::archive) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.handle, name, AtFlags::empty())?)
    }

    pub(in crate::archive) fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.handle, name, AtFlags::REMOVEDIR)?)
    }

    /// Of this folder itself.
    pub(in crate::archive) fn set_mode(&self, mode: u32) -> io::Result<()> {
        Ok(rustix::fs::fchmod(&self.handle, Mode::from_raw_mode(mode))?)
    }

    /// The mode of this folder itself.
    pub(in crate::archive) fn mode(&self) -> io::Result<u32> {
        #[allow(clippy::useless_conversion, reason = "the types differ between systems")]
        Ok(u32::from(rustix::fs::fstat(&self.handle)?.st_mode) & 0o777)
    }

    /// When `name` (or, with `.`, this folder) was changed; a link itself, not what it leads to.
    pub(in crate::archive) fn set_modified(&self, name: &OsStr, seconds: i64) -> io::Result<()> {
        let times = Timestamps {
            last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
            last_modification: Timespec { tv_sec: seconds, tv_nsec: 0 },
        };
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        Ok(rustix::fs::utimensat(&self.handle, name, &times, flags)?)
    }
}
