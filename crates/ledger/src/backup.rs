//! A whole ledger as one file, and back.

use crate::address::Address;
use crate::database::{Database, StoreError};
use crate::private;
use crate::schema;
use crate::sqlite::{Access, Sqlite};
use crate::value::Value;
use std::io;
use std::path::{Path, PathBuf};

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A database of PostgreSQL has programs of its own for it.
    #[error("only a ledger in a file of SQLite is copied so")]
    NoFile,
    /// The file that would be made is there already.
    #[error("{path} is there already")]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// The file is no ledger, or one of a later version.
    #[error("{path} is no ledger to restore: {source}")]
    NoLedger {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// Reading the one or writing the other database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Copying or renaming.
    #[error("{path}: {source}")]
    File {
        /// What it was about.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl Address {
    /// Copies the ledger into a new file, as it is at one moment, while gateways go on writing.
    ///
    /// # Errors
    /// Where it is no file, or `to` is there already, or cannot be written.
    pub fn back_up(&self, to: &Path) -> Result<(), BackupError> {
        let path = self.path().ok_or(BackupError::NoFile)?;
        if to.exists() {
            return Err(BackupError::Exists { path: to.to_owned() });
        }
        copy(&mut Sqlite::open(path, Access::Read)?, to)
    }

    /// Puts a backup in the place of this ledger, which no gateway may have open. What was there is kept beside it, with
    /// `.before-restore` behind its name; gives that path, where there was something.
    ///
    /// # Errors
    /// Where it is no file, or `from` is no ledger: then nothing has changed.
    pub fn restore(&self, from: &Path) -> Result<Option<PathBuf>, BackupError> {
        let path = self.path().ok_or(BackupError::NoFile)?;
        let no_ledger = |source| BackupError::NoLedger { path: from.to_owned(), source };
        let mut backup = Sqlite::open(from, Access::Read).map_err(no_ledger)?;
        // An older one is brought up to date when it is opened to write.
        match schema::check(&mut backup) {
            Ok(()) | Err(StoreError::Refused { .. }) => {}
            Err(error) => return Err(no_ledger(error)),
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| BackupError::File { path, source }
        };
        let copy = beside(path, ".restoring");
        let _ = std::fs::remove_file(&copy);
        self::copy(&mut backup, &copy).map_err(|error| match error {
            BackupError::Store(source) => no_ledger(source),
            other => other,
        })?;
        let old = beside(path, ".before-restore");
        let there = path.exists();
        if there {
            if old.exists() {
                return Err(BackupError::Exists { path: old });
            }
            // What its write-ahead log holds goes into the file first: the last connection does that when it closes.
            let mut current = Sqlite::open(path, Access::Write { survives_power_loss: true })?;
            current.query("PRAGMA wal_checkpoint(TRUNCATE)", &[])?;
            drop(current);
            std::fs::rename(path, &old).map_err(failed(path))?;
        }
        for log in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(beside(path, log));
        }
        std::fs::rename(&copy, path).map_err(failed(path))?;
        Ok(there.then_some(old))
    }
}

/// Copies a database, as it is at one moment, into a new file that only its owner may read.
fn copy(database: &mut Sqlite, to: &Path) -> Result<(), BackupError> {
    let failed = |source| BackupError::File { path: to.to_owned(), source };
    let name = to.to_str().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
    private::create_new(to).map_err(failed)?;
    if let Err(error) = database.query("VACUUM INTO $1", &[Value::text(name)]) {
        // Half a copy must not look like a backup.
        let _ = std::fs::remove_file(to);
        return Err(error.into());
    }
    Ok(())
}

/// The path with more behind its name.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}
