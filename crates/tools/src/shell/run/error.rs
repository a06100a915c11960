//! Why a command was not run.

use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::shell::SandboxError;
use crate::{Coded, ScopeError, Stopped};

/// A command that was not run. One that ran and failed is a result, not an error.
#[derive(Debug, thiserror::Error)]
pub enum RunShellError {
    /// Stopped before it was started.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Its folder cannot be used.
    #[error("the folder of the command")]
    Workdir(#[source] ScopeError),
    /// Its folder is not there, or is no folder.
    #[error("{}: cannot be the folder of the command; give one that exists", .path.display())]
    NoWorkdir {
        /// What was asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is no such shell.
    #[error("{shell}: no such shell in the PATH of the command; give `shell` as an absolute path")]
    NoShell {
        /// What was looked for.
        shell: String,
    },
    /// The command has a NUL byte, which no argument can have.
    #[error("the command has a NUL byte")]
    InvalidCommand,
    /// A variable of the environment has a name or value it cannot have.
    #[error("env: {name:?}: no `=` or NUL in a name, no NUL in a value, and no empty name")]
    InvalidVariable {
        /// Its name.
        name: String,
    },
    /// The sandbox that was asked for cannot be had.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The system did not let it start or be watched.
    #[error("{doing} failed")]
    Start {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not on this system.
    #[error("commands are run on Unix only")]
    Unsupported,
}

impl Coded for RunShellError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &[
            ("cancelled", "the call was cancelled before the command was started"),
            ("deadline", "the time was up before the command was started"),
            (
                "invalid_path",
                "`workdir` or a writable folder is empty, has a NUL byte, or cannot be resolved",
            ),
            (
                "outside",
                "`workdir` or a writable folder leads out of the project; `resolved` says where to",
            ),
            ("no_workdir", "`workdir` is not there, or is no folder"),
            ("no_shell", "the shell was not found; `shell` says which"),
            ("invalid_command", "the command has a NUL byte"),
            (
                "invalid_variable",
                "a variable in `env` has a name or value it cannot have; `name` says which",
            ),
            (
                "sandbox_unavailable",
                "the kernel has not what the sandbox needs; `missing` says what",
            ),
            ("sandbox_failed", "the sandbox could not be set up"),
            ("start_failed", "the system did not let the command start"),
            ("unsupported", "not on this system"),
        ]
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Stopped(stopped) => stopped.code(),
            Self::Workdir(error) => error.code(),
            Self::NoWorkdir { .. } => "no_workdir",
            Self::NoShell { .. } => "no_shell",
            Self::InvalidCommand => "invalid_command",
            Self::InvalidVariable { .. } => "invalid_variable",
            Self::Sandbox(error) => error.code(),
            Self::Start { .. } => "start_failed",
            Self::Unsupported => "unsupported",
        }
    }

    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        match self {
            Self::Workdir(error) => return error.details(),
            Self::Sandbox(error) => return error.details(),
            Self::NoShell { shell } => details.insert("shell".to_owned(), shell.as_str().into()),
            Self::InvalidVariable { name } => {
                details.insert("name".to_owned(), name.as_str().into())
            }
            _ => None,
        };
        details
    }
}
