//! The new content of a file before it has its name, in the same folder, so that a rename makes it the file.
//!
//! Each is locked (`flock`) by who writes it for as long as it lives. One that nobody holds was left by a process that
//! died, and is removed by the next that writes into that folder.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::{attributes, listing};
use crate::{Folder, Location};

/// How the names of temporary files begin and end. Hidden, so that no search and no build takes them for sources.
const BEGIN: &str = ".ironbridge-";
const NEW: &str = ".new";
/// What a file held before, kept while a change of several files may still be taken back. Never removed as left over:
/// after a crash in the middle it may be all there is.
const OLD: &str = ".old";
/// Tries to find a name nobody has.
const TRIES: u32 = 100;
/// A folder with more entries than this is not looked through for leftovers.
const SWEEP_ENTRIES: usize = 20_000;
/// Folders remembered as looked through.
const SWEPT_FOLDERS: usize = 4_096;

/// A file that has not got its name yet. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Temporary<'f> {
    folder: &'f Folder,
    name: OsString,
    /// Open, and so locked, for as long as this lives.
    file: File,
}

impl<'f> Temporary<'f> {
    /// Creates one with `content`. `private`: readable by its owner alone until its mode is set, since what it will
    /// replace may be secret.
    pub(crate) fn write(folder: &'f Folder, content: &[u8], private: bool) -> io::Result<Self> {
        for _ in 0..TRIES {
            let name = fresh_name(NEW);
            let file = match create(folder, &name, private) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                other => other?,
            };
            let mut temporary = Self { folder, name, file };
            // Between creating and locking somebody who sweeps may have taken it for left over.
            if lock(&temporary.file)? {
                temporary.file.write_all(content)?;
                return Ok(temporary);
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "no name for a temporary file"))
    }

    /// It, open for writing.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Gives it `name`, replacing what has it.
    pub(crate) fn replace(mut self, name: &OsStr) -> io::Result<()> {
        self.folder.rename(&self.name, name)?;
        self.name.clear();
        Ok(())
    }

    /// Gives it `name` if nothing has it.
    pub(crate) fn take_new(mut self, name: &OsStr) -> io::Result<()> {
        self.folder.rename_new(&self.name, name)?;
        self.name.clear();
        Ok(())
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            // Nothing more can be done about one that cannot be removed; the next writer sweeps it.
            let _ = self.folder.remove_file(&self.name);
        }
    }
}

/// A second name for what `name` holds, to come back to; the content is copied where the file system has no links.
pub(super) fn keep(folder: &Folder, name: &OsStr, content: &File) -> io::Result<OsString> {
    for _ in 0..TRIES {
        let kept = fresh_name(OLD);
        match folder.link(name, &kept) {
            Ok(()) => return Ok(kept),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) => return keep_copy(folder, kept, content),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "no name for a copy"))
}

/// A copy of `content` with all it has beside its bytes: it may have to become the file again.
fn keep_copy(folder: &Folder, kept: OsString, mut content: &File) -> io::Result<OsString> {
    let mut copy = create(folder, &kept, true)?;
    let copied = content
        .seek(io::SeekFrom::Start(0))
        .and_then(|_| io::copy(&mut content, &mut copy))
        .and_then(|_| attributes::copy(&copy, &content.metadata()?, Some(content)));
    match copied {
        Ok(_) => Ok(kept),
        Err(error) => {
            // Half a copy is none.
            let _ = folder.remove_file(&kept);
            Err(error)
        }
    }
}

/// Removes what processes that died left in the folder at `location`. Once per folder and process; failing is no harm.
pub(crate) fn sweep(folder: &Folder, location: &Location) {
    static SWEPT: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);
    let Some(path) = location.resolved().parent().map(Path::to_owned) else { return };
    {
        let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.len() >= SWEPT_FOLDERS {
            swept.clear();
        }
        if !swept.insert(path) {
            return;
        }
    }
    let Ok(names) = listing::names(folder, location, SWEEP_ENTRIES) else { return };
    for name in names.iter().filter(|name| name.starts_with(BEGIN) && name.ends_with(NEW)) {
        let name = OsStr::new(name);
        let left_over = folder.open_file(name).is_ok_and(|file| file.try_lock().is_ok());
        if left_over {
            let _ = folder.remove_file(name);
        }
    }
}

/// Not guessable from other processes' names, unique in this one.
fn fresh_name(end: &str) -> OsString {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{BEGIN}{}-{number}{end}", std::process::id()).into()
}

fn create(folder: &Folder, name: &OsStr, private: bool) -> io::Result<File> {
    if private { folder.create_private(name) } else { folder.create_new(name) }
}

/// Whether the lock was free and the file still has its name.
#[cfg(unix)]
fn lock(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    match file.try_lock() {
        Ok(()) => Ok(file.metadata()?.nlink() > 0),
        Err(std::fs::TryLockError::WouldBlock) => Ok(false),
        // A file system without locks: nobody can sweep there either.
        Err(std::fs::TryLockError::Error(_)) => Ok(true),
    }
}

/// Windows: an open file cannot be removed, so nobody sweeps it. A lock there would keep the owner itself from writing
/// through other handles.
#[cfg(not(unix))]
fn lock(_: &File) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scope;

    /// What a file system without hard links is given: all that must come back should the plan fail.
    #[cfg(unix)]
    #[test]
    fn a_copy_that_is_kept_has_the_mode_of_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("script");
        std::fs::write(&path, "#!/bin/sh\n").expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o751)).expect("set");
        let scope = Scope::within(folder.path()).expect("a folder");
        let opened = scope.locate(".").expect("inside").open_folder().expect("opened");
        let file = File::open(&path).expect("opened");
        let kept = keep_copy(&opened, "kept".into(), &file).expect("copied");
        let kept = folder.path().join(kept);
        assert_eq!(std::fs::read(&kept).expect("read"), b"#!/bin/sh\n");
        assert_eq!(kept.metadata().expect("there").permissions().mode() & 0o7777, 0o751);
        let folder_itself = File::open(folder.path()).expect("opened");
        assert!(keep_copy(&opened, "half".into(), &folder_itself).is_err());
        assert!(!folder.path().join("half").exists(), "half a copy is none");
    }
}
