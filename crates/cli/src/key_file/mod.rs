//! The file of client keys, `keys.json` in the data folder: of each key what is needed to know it again, never the key.
//! Where there is a ledger, it is a copy of what that holds ([`SharedKeys`]).
//!
//! Whoever changes it holds a lock meanwhile and puts a whole new file in place of the old one, so that two commands at
//! once lose nothing and a reader never sees half a file. A running gateway notices a change by itself ([`LiveKeys`]).

mod document;
mod live;
mod shared;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ironbridge_gateway::ClientKey;
use ironbridge_upstream::private_file;

pub(crate) use live::LiveKeys;
pub(crate) use shared::{Follower, SharedKeys, SharedKeysError};

use crate::arguments::Global;
use crate::folders;

/// The file's name in the data folder.
const NAME: &str = "keys.json";

/// The most keys that one file holds, those that have ended included.
const KEYS_MAX: usize = 10_000;

/// The most that the file may hold, in bytes: as many keys with a few globs each.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How long a command waits for another that changes the file. Each needs milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// How long it rests between two tries.
const LOCK_REST: Duration = Duration::from_millis(20);

/// Where the keys are kept.
#[derive(Clone, Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
}

/// Why the keys cannot be had. None of these repeats what the file holds.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    /// The system refused something.
    #[error("cannot {action} {file}")]
    Refused {
        /// What was tried: "read", "write".
        action: &'static str,
        /// The file, as shown to the user.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not what a command of ours has written.
    #[error("{file} is no file of client keys: {why}")]
    Unreadable {
        /// The file, as shown to the user.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// Another command has held the lock all the time.
    #[error("{file} is being changed by another command, for over {} s", LOCK_WAIT.as_secs())]
    Locked {
        /// The file, as shown to the user.
        file: String,
    },
    /// There is no room for one more key.
    #[error("{file} holds {KEYS_MAX} keys, the most there can be")]
    Full {
        /// The file, as shown to the user.
        file: String,
    },
}

impl KeyFileError {
    /// How to mend it, where that can be said.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            KeyFileError::Refused { .. } | KeyFileError::Locked { .. } => None,
            KeyFileError::Unreadable { file, .. } => {
                Some(format!("put back a copy, or move {file} away and make new keys"))
            }
            KeyFileError::Full { file } => Some(format!("remove revoked keys from {file}")),
        }
    }
}

impl KeyFile {
    /// The file in the data folder; `None` for a user without a home.
    pub(crate) fn find(global: &Global) -> Option<Self> {
        let data = global.data_dir.clone().or_else(folders::data)?;
        Some(KeyFile { path: data.join(NAME) })
    }

    /// Where it is, or would be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn shown(&self) -> String {
        folders::shown(&self.path)
    }

    fn refused(&self, action: &'static str) -> impl Fn(io::Error) -> KeyFileError {
        let file = self.shown();
        move |source| KeyFileError::Refused { action, file: file.clone(), source }
    }

    /// All keys, in the order in which they were made; none where there is no file yet.
    ///
    /// # Errors
    /// The file cannot be read, or holds anything but keys.
    pub(crate) fn read(&self) -> Result<Vec<ClientKey>, KeyFileError> {
        let mut text = String::new();
        let read = File::open(&self.path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.refused("read")(error)),
        }
        let unreadable = |why| KeyFileError::Unreadable { file: self.shown(), why };
        if text.len() as u64 > FILE_BYTES_MAX {
            return Err(unreadable("it is longer than 8 MiB".to_owned()));
        }
        document::read(&text).map_err(unreadable)
    }

    /// Changes the keys, and gives what `change` gives. Where that fails nothing is written.
    ///
    /// # Errors
    /// As [`read`](Self::read); and the file cannot be locked or written, or would hold too many keys.
    pub(crate) fn change<T, E: From<KeyFileError>>(
        &self,
        change: impl FnOnce(&mut Vec<ClientKey>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _lock = self.lock()?;
        let mut keys = self.read()?;
        let result = change(&mut keys)?;
        if keys.len() > KEYS_MAX {
            return Err(KeyFileError::Full { file: self.shown() }.into());
        }
        let text = document::write(&keys);
        private_file::replace(&self.path, &self.beside("unfinished"), text.as_bytes())
            .map_err(self.refused("write"))?;
        Ok(result)
    }

    /// Holds other commands off until it is dropped. The lock goes with the process, also when that is killed; its file
    /// stays, since removing it would let two commands lock two files.
    fn lock(&self) -> Result<File, KeyFileError> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let path = self.beside("lock");
        let open = private_file::create_folder(folder)
            .and_then(|()| OpenOptions::new().write(true).create(true).truncate(false).open(&path));
        let file = open.map_err(self.refused("write"))?;
        let deadline = Instant::now() + LOCK_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(self.refused("lock")(error)),
                Err(TryLockError::WouldBlock) if Instant::now() > deadline => {
                    return Err(KeyFileError::Locked { file: self.shown() });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_REST),
            }
        }
    }

    /// A file of that ending beside this one.
    fn beside(&self, ending: &str) -> PathBuf {
        self.path.with_file_name(format!(".{NAME}.{ending}"))
    }
}
