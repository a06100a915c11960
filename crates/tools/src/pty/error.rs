//! What can be wrong with a terminal.

use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::{Coded, ScopeError, Stopped};

/// Something that cannot be done with a terminal.
#[derive(Debug, thiserror::Error)]
pub enum PtyError {
    /// Stopped while waiting.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Its folder is not allowed.
    #[error("the folder of the terminal")]
    Folder(#[source] ScopeError),
    /// Its folder is not there, or is no folder.
    #[error("{}: cannot be the folder of a terminal; give one that exists", .path.display())]
    NoFolder {
        /// What was asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is no such program.
    #[error("{command}: no such program in the PATH of the terminal")]
    NoProgram {
        /// What was looked for.
        command: String,
    },
    /// Something given cannot be.
    #[error("{what}")]
    Invalid {
        /// What, and why not.
        what: &'static str,
    },
    /// Too many are open.
    #[error("{limit} terminals are open, and not more may be; close one")]
    TooMany {
        /// How many may be.
        limit: u64,
    },
    /// Its program has ended, or it was closed.
    #[error("terminal {id}: its program has ended")]
    Closed {
        /// The terminal.
        id: u64,
    },
    /// The program does not read what is written.
    #[error(
        "terminal {id}: {waiting} bytes wait for the program to read them, {limit} may; write less at once or later"
    )]
    InputFull {
        /// The terminal.
        id: u64,
        /// Bytes that wait already.
        waiting: u64,
        /// Bytes that may.
        limit: u64,
    },
    /// The system did not allow it.
    #[error("{doing} failed")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not on this system.
    #[error("terminals are there on Unix only")]
    Unsupported,
}

impl Coded for PtyError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &[
            ("cancelled", "waiting was cancelled"),
            ("deadline", "the time to wait was up"),
            ("invalid_path", "`cwd` is empty, has a NUL byte, or cannot be resolved"),
            ("outside", "`cwd` leads out of the project; `resolved` says where to"),
            ("no_folder", "`cwd` is not there, or is no folder"),
            ("no_program", "the program was not found"),
            ("invalid_argument", "a size is 0, a name has a NUL byte, a signal is unknown"),
            ("too_many_terminals", "the limit of open terminals is reached"),
            ("closed", "the program of the terminal has ended"),
            ("input_full", "the program does not read; nothing of the input was taken"),
            ("system", "the system did not allow it"),
            ("unsupported", "not on this system"),
        ]
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Stopped(stopped) => stopped.code(),
            Self::Folder(error) => error.code(),
            Self::NoFolder { .. } => "no_folder",
            Self::NoProgram { .. } => "no_program",
            Self::Invalid { .. } => "invalid_argument",
            Self::TooMany { .. } => "too_many_terminals",
            Self::Closed { .. } => "closed",
            Self::InputFull { .. } => "input_full",
            Self::System { .. } => "system",
            Self::Unsupported => "unsupported",
        }
    }

    fn details(&self) -> Map<String, Value> {
        match self {
            Self::Folder(error) => error.details(),
            Self::InputFull { waiting, limit, .. } => Map::from_iter([
                ("waiting".to_owned(), (*waiting).into()),
                ("limit".to_owned(), (*limit).into()),
            ]),
            _ => Map::new(),
        }
    }
}
