//! What can go wrong with watching.

use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::{Coded, ScopeError, Stopped};

/// Why something cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The path may not be used.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The root is not there, or cannot be read.
    #[error("{}: cannot be watched", .path.display())]
    Root {
        /// Absolute.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There are more folders than may be watched.
    #[error(
        "{}: more than {watched} folders, and no more can be watched; {}",
        .path.display(), how_to_raise(*.system_limit)
    )]
    Limit {
        /// Absolute.
        path: PathBuf,
        /// How many were watched when it was reached. They are given back.
        watched: u64,
        /// The system's limit for all programs of this user; `None`: it was `watch.folders` of this program's own.
        system_limit: Option<u64>,
    },
    /// The system has no more watchers to give.
    #[error(
        "no more watchers can be had; close some, or raise fs.inotify.max_user_instances (or the \
         number of open files)"
    )]
    Watchers {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The caller stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

fn how_to_raise(system_limit: Option<u64>) -> String {
    match system_limit {
        Some(limit) => format!(
            "the system's limit is {limit}: ignore large folders in .gitignore, or raise it with \
             `sysctl fs.inotify.max_user_watches={}`",
            limit.saturating_mul(4)
        ),
        None => {
            "watch.folders is the limit: ignore large folders in .gitignore, or raise it".into()
        }
    }
}

impl Coded for WatchError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &[
            ("not_watchable", "the path is not there or cannot be read"),
            ("watch_limit", "too many folders; `watched`, `systemLimit` say how many"),
            ("too_many_watchers", "the system has no more watchers to give"),
            ("cancelled", "the caller cancelled the call"),
            ("deadline", "the time was up"),
            ("invalid_path", "the path is empty, has a NUL byte, or cannot be resolved"),
            ("outside", "the path leads out of the project; `resolved` says where to"),
        ]
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Scope(error) => error.code(),
            Self::Root { .. } => "not_watchable",
            Self::Limit { .. } => "watch_limit",
            Self::Watchers { .. } => "too_many_watchers",
            Self::Stopped(stopped) => stopped.code(),
        }
    }

    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        match self {
            Self::Scope(error) => return error.details(),
            Self::Limit { watched, system_limit, .. } => {
                details.insert("watched".to_owned(), json!(watched));
                details.insert("systemLimit".to_owned(), json!(system_limit));
            }
            _ => {}
        }
        details
    }
}
