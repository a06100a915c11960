//! Locks on files, between processes.

use std::ffi::{OsStr, OsString};
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Owner;
use crate::{Coded, Control, Folder, ScopeError, Stopped, Workspace};

/// A record is three short fields.
const RECORD_BYTES: u64 = 4096;

/// How long a waiting call sleeps between two looks: soon at first, then less often.
const LOOK_FIRST: Duration = Duration::from_millis(1);
const LOOK_LAST: Duration = Duration::from_millis(50);

/// Removals of the lock file that one look may meet before it counts as held.
const RACES_MAX: usize = 16;

/// A lock that is held; dropping it releases.
#[derive(Debug)]
#[must_use = "dropping it releases the lock"]
pub struct FileLock {
    /// Open as long as the lock is held: closing ends the kernel's lock.
    file: File,
    folder: Folder,
    name: OsString,
    taken_over: Option<Owner>,
}

impl FileLock {
    /// The owner that died with this lock, if there was one: what it was at may be half done.
    pub fn taken_over(&self) -> Option<&Owner> {
        self.taken_over.as_ref()
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Emptied first: were it not removed, it would tell of no owner. Both while the kernel's lock still holds.
        let _ = self.file.set_len(0);
        #[cfg(unix)]
        let _ = self.folder.remove_file(&self.name);
    }
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The path cannot be used.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// Somebody holds it.
    #[error("{}: is locked{}", .path.display(), by(.owner))]
    Held {
        /// What was to be locked.
        path: PathBuf,
        /// Who, if the record says so.
        owner: Option<Owner>,
    },
    /// The call was stopped while somebody held it.
    #[error("{}: is locked{}; {stopped}", .path.display(), by(.owner))]
    Waited {
        /// What was to be locked.
        path: PathBuf,
        /// Who held it last.
        owner: Option<Owner>,
        /// What stopped the call.
        stopped: Stopped,
    },
    /// The file in the lock's place is something else.
    #[error("{}: is no lock file of ours; it is left alone", .path.display())]
    NoLock {
        /// That file.
        path: PathBuf,
    },
    /// The lock file cannot be opened, read or written.
    #[error("{}: cannot be locked", .path.display())]
    Io {
        /// What was to be locked.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Coded for LockError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        const {
            &[
                ScopeError::CODES[0],
                ScopeError::CODES[1],
                ("locked", "somebody holds the lock; `owner` says who"),
                ("not_a_lock", "the file in the lock's place is something else"),
                ("io", "the lock file cannot be opened, read or written"),
                ("cancelled", "the call was cancelled while it waited"),
                ("deadline", "the time was up while it waited"),
            ]
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Scope(error) => error.code(),
            Self::Held { .. } => "locked",
            Self::Waited { stopped, .. } => stopped.code(),
            Self::NoLock { .. } => "not_a_lock",
            Self::Io { .. } => "io",
        }
    }

    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        match self {
            Self::Scope(error) => return error.details(),
            Self::Held { owner: Some(owner), .. } | Self::Waited { owner: Some(owner), .. } => {
                details.insert("owner".to_owned(), json!(owner));
            }
            _ => {}
        }
        details
    }
}

/// Locks `path`, which need not exist, waiting while somebody else holds it. The lock is the file `.NAME.lock` beside
/// it, which is gone again after the release. Links are followed: one file has one lock.
///
/// # Errors
///
/// [`LockError::Waited`] when `control` stops it first; else see [`LockError`].
pub fn lock_file(
    workspace: &Workspace,
    path: impl AsRef<Path>,
    control: &Control,
) -> Result<FileLock, LockError> {
    let path = path.as_ref();
    let (cancelled, woken) = channel();
    let _registration = control.cancel_token().on_cancel(move || {
        // Nobody listens any more: then nobody waits.
        let _ = cancelled.send(());
    });
    let mut pause = LOOK_FIRST;
    loop {
        let (path, owner) = match try_lock_file(workspace, path) {
            Err(LockError::Held { path, owner }) => (path, owner),
            other => return other,
        };
        if let Err(stopped) = control.check() {
            return Err(LockError::Waited { path, owner, stopped });
        }
        let _ = woken.recv_timeout(control.remaining().map_or(pause, |left| left.min(pause)));
        pause = (pause * 2).min(LOOK_LAST);
    }
}

/// Locks `path` if nobody else holds it; does not wait.
///
/// # Errors
///
/// [`LockError::Held`] when somebody does; else see [`LockError`].
pub fn try_lock_file(workspace: &Workspace, path: impl AsRef<Path>) -> Result<FileLock, LockError> {
    let location = workspace.scope().locate(path)?;
    let path = location.named().to_owned();
    let failed = |source| LockError::Io { path: path.clone(), source };
    let (folder, name) = location.folder(false).map_err(failed)?;
    let mut lock_name = OsString::from(".");
    lock_name.push(name);
    lock_name.push(".lock");
    let beside = location.resolved().with_file_name(&lock_name);
    let held = |owner| LockError::Held { path: path.clone(), owner };
    for _ in 0..RACES_MAX {
        let mut file = open(&folder, &lock_name, &beside).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(LockError::NoLock { path: beside });
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(held(record(&mut file).ok().flatten().and_then(Result::ok)));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // Its last owner may have removed it since it was opened: then this is a lock that nobody else sees.
        if !is_still(&file, &folder, &lock_name, &beside) {
            continue;
        }
        let here = Owner::this_process();
        let taken_over = match record(&mut file).map_err(failed)? {
            None => None,
            Some(Err(())) => return Err(LockError::NoLock { path: beside }),
            // On another machine, or running although the kernel's lock does not show it.
            Some(Ok(owner)) if owner.runs(&here) != Some(false) => return Err(held(Some(owner))),
            Some(Ok(owner)) => Some(owner),
        };
        write(&mut file, &here).map_err(failed)?;
        return Ok(FileLock { file, folder, name: lock_name, taken_over });
    }
    Err(held(None))
}

/// Opens the lock file, making it if it is missing; a link in its place is an error, a FIFO does not hold it up.
#[cfg(unix)]
fn open(folder: &Folder, name: &OsStr, _path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDWR
        | OFlags::CREATE
        | OFlags::NOFOLLOW
        | OFlags::NONBLOCK
        | OFlags::NOCTTY
        | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(folder, name, flags, Mode::from_raw_mode(0o666))?.into())
}

/// Windows: by path; the lock file stays, because an open file cannot be removed there.
#[cfg(not(unix))]
fn open(_folder: &Folder, _name: &OsStr, path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

/// Whether `file` is what has the name now.
#[cfg(unix)]
fn is_still(file: &File, folder: &Folder, name: &OsStr, _path: &Path) -> bool {
    use rustix::fs::{AtFlags, fstat, statat};
    match (fstat(file), statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)) {
        (Ok(open), Ok(named)) => (open.st_dev, open.st_ino) == (named.st_dev, named.st_ino),
        _ => false,
    }
}

/// Windows: it is never removed.
#[cfg(not(unix))]
fn is_still(_file: &File, _folder: &Folder, _name: &OsStr, path: &Path) -> bool {
    path.exists()
}

/// Who is recorded; `None`: nobody; `Err`: it is no record.
fn record(file: &mut File) -> io::Result<Option<Result<Owner, ()>>> {
    let mut text = Vec::new();
    file.rewind()?;
    file.take(RECORD_BYTES).read_to_end(&mut text)?;
    Ok((!text.is_empty()).then(|| serde_json::from_slice(&text).map_err(drop)))
}

fn write(file: &mut File, owner: &Owner) -> io::Result<()> {
    let mut text = serde_json::to_vec(owner)?;
    text.push(b'\n');
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&text)
}

fn by(owner: &Option<Owner>) -> String {
    match owner {
        None => String::new(),
        Some(owner) => format!(" by process {} on {}", owner.pid, owner.host),
    }
}
