//! What can go wrong with an index.

use std::io;
use std::path::PathBuf;

use crate::{Coded, ScopeError, Stopped};

/// Why an index cannot be made or asked.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The path may not be used.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The root is no folder that can be read.
    #[error("{}: cannot be opened as a folder", .path.display())]
    Root {
        /// Absolute.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The query is too long.
    #[error("the query has {characters} characters, {characters_max} are the most; shorten it")]
    QueryTooLong {
        /// How many it has.
        characters: u64,
        /// `find.query_characters`.
        characters_max: u64,
    },
    /// The caller stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl FindError {
    const CODES: &'static [(&'static str, &'static str)] = &[
        ("not_a_folder", "the path names nothing, a file, or a folder that cannot be read"),
        ("query_too_long", "the query is longer than `find.query_characters`"),
        ("cancelled", "the caller cancelled the call"),
        ("deadline", "the time was up before the index was ready"),
        ("invalid_path", "the path is empty, has a NUL byte, or cannot be resolved"),
        ("outside", "the path leads out of the project; `resolved` says where to"),
    ];
}

impl Coded for FindError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        Self::CODES
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Scope(error) => error.code(),
            Self::Root { .. } => "not_a_folder",
            Self::QueryTooLong { .. } => "query_too_long",
            Self::Stopped(stopped) => stopped.code(),
        }
    }

    fn details(&self) -> serde_json::Map<String, serde_json::Value> {
        match self {
            Self::Scope(error) => error.details(),
            _ => serde_json::Map::new(),
        }
    }
}
