//! Where a ledger is.

use crate::database::{Database, StoreError};
use crate::postgresql::Postgres;
use crate::sqlite::{Access, Sqlite};
use std::fmt;
use std::path::{Path, PathBuf};

/// The address of a ledger: a file of SQLite, or a database of PostgreSQL.
#[derive(Clone)]
pub struct Address(Place);

#[derive(Clone)]
enum Place {
    File(PathBuf),
    Server(Box<postgres::Config>),
}

impl Address {
    /// Reads `sqlite:PATH`, where a relative path is taken from `folder`, or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Address`] says what is wrong, without showing a password.
    pub fn parse(url: &str, folder: &Path) -> Result<Self, StoreError> {
        let wrong = |shown: &str, why: &str| {
            Err(StoreError::Address { url: shown.to_owned(), why: why.to_owned() })
        };
        if let Some(path) = url.strip_prefix("sqlite:") {
            if path.is_empty() || path.contains('\0') {
                return wrong(url, "a file's path must follow `sqlite:`");
            }
            return Ok(Address(Place::File(folder.join(path))));
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            let scheme = url.split(':').next().unwrap_or_default();
            return wrong(scheme, "it begins with neither `sqlite:` nor `postgres://`");
        }
        match url.parse::<postgres::Config>() {
            Ok(config) if config.get_ssl_mode() == postgres::config::SslMode::Require => {
                wrong("postgres://…", "connections with TLS (`sslmode=require`) are not there yet")
            }
            Ok(config) => Ok(Address(Place::Server(Box::new(config)))),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                wrong("postgres://…", &format!("{error}{}", cause.unwrap_or_default()))
            }
        }
    }

    /// A file of SQLite.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Address(Place::File(path.into()))
    }

    /// The file; `None`: it is a database of a server.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(path),
            Place::Server(_) => None,
        }
    }

    pub(crate) fn open(&self, access: Access) -> Result<Box<dyn Database>, StoreError> {
        Ok(match &self.0 {
            Place::File(path) => Box::new(Sqlite::open(path, access)?),
            Place::Server(config) => {
                Box::new(Postgres::connect((**config).clone(), access == Access::Read)?)
            }
        })
    }
}

/// Without user and password.
impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path) => write!(formatter, "sqlite:{}", path.display()),
            Place::Server(config) => {
                write!(formatter, "postgres://…/{}", config.get_dbname().unwrap_or_default())
            }
        }
    }
}
