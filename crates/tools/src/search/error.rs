//! Why a search could not begin. What goes wrong in the middle is told in its result.

use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::{Coded, ScopeError};

/// A search that did not begin.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The path to search in cannot be used.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The path to search in does not exist.
    #[error("{}: there is no such file or folder", .path.display())]
    NotFound {
        /// As it was asked for, absolute.
        path: PathBuf,
    },
    /// The path to search in is a file where a folder is needed.
    #[error("{}: is no folder", .path.display())]
    NoFolder {
        /// As it was asked for, absolute.
        path: PathBuf,
    },
    /// The path to search in cannot be opened.
    #[error("{}: cannot be read", .path.display())]
    Unreadable {
        /// As it was asked for, absolute.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A glob is no glob.
    #[error("glob `{glob}`: {reason}")]
    Glob {
        /// As it was given.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The globs of a call are too much together.
    #[error("the globs: {reason}")]
    Globs {
        /// What is too much.
        reason: String,
    },
    /// A pattern is no regular expression.
    #[error(
        "pattern `{pattern}`: {reason}{}; `fixedStrings` takes it literally",
        at.map(|at| format!(" at character {at}")).unwrap_or_default()
    )]
    Pattern {
        /// As it was given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
        /// Where, in characters from 1, if that is known.
        at: Option<usize>,
    },
    /// A pattern can only match across lines, and lines are searched one by one.
    #[error("pattern `{pattern}`: it names a line break; `multiline` searches across lines")]
    NeedsMultiline {
        /// As it was given.
        pattern: String,
    },
    /// There is no such type of files.
    #[error("type `{name}`: no such type of files{}", nearest_said(nearest))]
    UnknownType {
        /// As it was given.
        name: String,
        /// Types with a name like it.
        nearest: Vec<String>,
    },
    /// The input is larger than the limits allow.
    #[error("{what}: {given} {unit} are more than the limit of {max}")]
    TooLarge {
        /// Which field.
        what: &'static str,
        /// How much it has.
        given: u64,
        /// How much it may have.
        max: u64,
        /// Of what.
        unit: &'static str,
    },
}

impl SearchError {
    pub(super) fn opening(path: PathBuf, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            io::ErrorKind::NotADirectory => Self::NoFolder { path },
            _ => Self::Unreadable { path, source },
        }
    }

    /// `TooLarge` where `given` is more than `max`.
    pub(super) fn hold(
        what: &'static str,
        given: u64,
        max: u64,
        unit: &'static str,
    ) -> Result<(), Self> {
        if given > max { Err(Self::TooLarge { what, given, max, unit }) } else { Ok(()) }
    }
}

fn nearest_said(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; near it: {}", nearest.join(", ")) }
}

impl Coded for SearchError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &[
            ("invalid_path", "the path is empty, has a NUL byte, or cannot be resolved"),
            ("outside", "the path leads out of the project; `resolved` says where to"),
            ("not_found", "there is nothing at the path to search in"),
            ("not_a_folder", "the path to search in is a file, and a folder is needed"),
            ("unreadable", "the path to search in cannot be opened"),
            (
                "invalid_glob",
                "a glob cannot be read, and `glob` repeats it; or the globs together take too much memory",
            ),
            (
                "invalid_pattern",
                "the pattern is no regular expression; `at` is the character, from 1",
            ),
            ("needs_multiline", "the pattern names a line break, and `multiline` is off"),
            ("unknown_type", "there is no such type of files; `nearest` has names like it"),
            ("too_large", "a field is larger than its limit; `max` says how large it may be"),
        ]
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Scope(error) => error.code(),
            Self::NotFound { .. } => "not_found",
            Self::NoFolder { .. } => "not_a_folder",
            Self::Unreadable { .. } => "unreadable",
            Self::Glob { .. } | Self::Globs { .. } => "invalid_glob",
            Self::Pattern { .. } => "invalid_pattern",
            Self::NeedsMultiline { .. } => "needs_multiline",
            Self::UnknownType { .. } => "unknown_type",
            Self::TooLarge { .. } => "too_large",
        }
    }

    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        let mut fact = |name: &str, value: Value| {
            details.insert(name.to_owned(), value);
        };
        match self {
            Self::Scope(error) => return error.details(),
            Self::NotFound { path } | Self::NoFolder { path } | Self::Unreadable { path, .. } => {
                fact("path", path.to_string_lossy().into());
            }
            Self::Glob { glob, .. } => fact("glob", glob.as_str().into()),
            Self::Pattern { at, .. } => {
                if let Some(at) = at {
                    fact("at", json!(at));
                }
            }
            Self::Globs { .. } | Self::NeedsMultiline { .. } => {}
            Self::UnknownType { nearest, .. } => fact("nearest", json!(nearest)),
            Self::TooLarge { given, max, .. } => {
                fact("given", json!(given));
                fact("max", json!(max));
            }
        }
        details
    }
}
