//! Why the edit of a file was refused.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::EditError;
use crate::files::FilesError;
use crate::{Coded, ScopeError, Stopped};

/// An edit of files that did not happen: every file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditFileError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The text does not allow it.
    #[error("{path}")]
    Refused {
        /// The file, as the caller would write it.
        path: String,
        /// Why.
        #[source]
        source: EditError,
    },
    /// One of several edits; the others did not happen either.
    #[error("edits[{index}] failed, so nothing was changed")]
    At {
        /// Which, from 0.
        index: usize,
        /// Why.
        #[source]
        source: Box<Self>,
    },
    /// No file is named.
    #[error("there is no path: give one for the edit, or one for all")]
    NoPath,
    /// There is no edit.
    #[error("`edits` is empty")]
    NoEdits,
    /// There are more edits than one call takes.
    #[error("{edits} edits are more than the {edits_max} of one call: make several calls")]
    TooManyEdits {
        /// How many were given.
        edits: u64,
        /// The limit.
        edits_max: u64,
    },
}

impl From<ScopeError> for EditFileError {
    fn from(error: ScopeError) -> Self {
        Self::Files(error.into())
    }
}

impl From<Stopped> for EditFileError {
    fn from(stopped: Stopped) -> Self {
        Self::Files(stopped.into())
    }
}

static CODES: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let own = [
        ("no_path", "neither the edit nor the call names a file"),
        ("no_edits", "`edits` is empty"),
        ("too_many_edits", "more edits than `editsMax`"),
    ];
    EditError::CODES.iter().chain(&own).chain(FilesError::CODES).copied().collect()
});

impl Coded for EditFileError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &CODES
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Files(error) => error.code(),
            Self::Refused { source, .. } => source.code(),
            Self::At { source, .. } => source.code(),
            Self::NoPath => "no_path",
            Self::NoEdits => "no_edits",
            Self::TooManyEdits { .. } => "too_many_edits",
        }
    }

    fn details(&self) -> Map<String, Value> {
        let fact = |name: &str, value: Value| Map::from_iter([(name.to_owned(), value)]);
        match self {
            Self::Files(error) => error.details(),
            Self::Refused { path, source } => {
                let mut facts = fact("path", json!(path));
                facts.extend(source.details());
                facts
            }
            Self::At { index, source } => {
                let mut facts = fact("index", json!(index));
                facts.extend(source.details());
                facts
            }
            Self::NoPath | Self::NoEdits => Map::new(),
            Self::TooManyEdits { edits_max, .. } => fact("editsMax", json!(edits_max)),
        }
    }
}
