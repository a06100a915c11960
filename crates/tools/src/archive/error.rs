//! What goes wrong with archives.

use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::{Coded, ScopeError, Stopped};

/// Why an archive was not made or not taken out. The target is as it was, unless [`ArchiveError::HalfDone`].
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A path of the caller cannot be used.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The archive or a source is not there, or is no regular file.
    #[error("{}: cannot be opened", .path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Neither its first bytes nor its name say what it is.
    #[error("{}: neither zip, tar, tar.gz nor tar.zst", .path.display())]
    UnknownFormat {
        /// The archive.
        path: PathBuf,
    },
    /// It breaks off, or its checksums do not hold.
    #[error("the archive is damaged{}: {why}", after(.name))]
    Damaged {
        /// The entry, where one was begun.
        name: String,
        /// What was found.
        why: String,
    },
    /// It needs a password.
    #[error("{name}: is encrypted; take it out with `unzip` or `7z` and its password")]
    Encrypted {
        /// The first such entry.
        name: String,
    },
    /// An entry is of a kind that is not taken out.
    #[error("{name}: {why}")]
    Unsupported {
        /// The entry.
        name: String,
        /// What it is.
        why: String,
    },
    /// A name leads out of the target, or is none on some system.
    #[error("{name:?}: refused, {why}")]
    UnsafeName {
        /// As it stands in the archive.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A link leads out of the target.
    #[error("{name}: refused, this link leads to {target:?}, which {why}")]
    UnsafeLink {
        /// The link.
        name: String,
        /// Where it leads.
        target: String,
        /// What is wrong with that.
        why: &'static str,
    },
    /// A name comes twice, or below a file.
    #[error("{name}: comes twice in the archive, or lies below a file of it")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// More than a limit allows.
    #[error(
        "refused, it has more than {limit} {unit}; where it is to be trusted, raise the limit {row}"
    )]
    TooBig {
        /// The row of the limits.
        row: &'static str,
        /// The limit.
        limit: u64,
        /// What is counted.
        unit: &'static str,
    },
    /// Files are in the way.
    #[error("{} in the way, such as {}; choose what `existing` is to mean", count(.paths), first(.paths))]
    Exists {
        /// Some of them, as a caller would write them.
        paths: Vec<String>,
    },
    /// A source lies outside of the folder that names start from.
    #[error("{}: lies outside of {}, where names in the archive start", .path.display(), .root.display())]
    OutsideRoot {
        /// The source.
        path: PathBuf,
        /// That folder.
        root: PathBuf,
    },
    /// A file changed while it was read.
    #[error("{name}: changed while it was read; try again")]
    Changed {
        /// The file.
        name: String,
    },
    /// The input contradicts itself, or says nothing.
    #[error("{0}")]
    BadInput(&'static str),
    /// Reading or writing failed.
    #[error("{doing} {name}")]
    Io {
        /// What was done.
        doing: &'static str,
        /// With what.
        name: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Moving the entries to their places failed, and so did taking that back.
    #[error("{} could not be put back; the old files are in {}", first(.paths), .kept.display())]
    HalfDone {
        /// What could not be put back.
        paths: Vec<String>,
        /// Where the files are that were replaced.
        kept: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Stopped from outside.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl ArchiveError {
    /// `error` while reading the archive: one of ours that went through a reader, or damage.
    pub(super) fn reading(name: &str, error: io::Error) -> Self {
        error
            .downcast()
            .unwrap_or_else(|error| Self::Damaged { name: name.to_owned(), why: error.to_string() })
    }

    /// `error` while writing: one of ours that went through a writer, or the system's.
    pub(super) fn writing(doing: &'static str, name: impl Into<String>, error: io::Error) -> Self {
        match error.downcast() {
            Ok(ours) => ours,
            Err(source) => Self::Io { doing, name: name.into(), source },
        }
    }
}

impl Coded for ArchiveError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        const {
            &[
                ScopeError::CODES[0],
                ScopeError::CODES[1],
                ("not_found", "the archive or a source does not exist"),
                ("not_a_file", "it cannot be opened, or is no regular file"),
                ("unknown_format", "neither the first bytes nor the name say what it is"),
                ("damaged", "the archive breaks off, or its checksums do not hold"),
                ("encrypted", "it needs a password"),
                ("unsupported", "a device, a FIFO, a sparse file, or an unknown compression"),
                ("unsafe_name", "a name leads out of the target"),
                ("unsafe_link", "a link leads out of the target"),
                ("duplicate_entry", "a name comes twice, or lies below a file"),
                ("too_large", "more entries or bytes than the limits allow; `limit` says which"),
                ("exists", "files are in the way; `paths` names some"),
                ("outside_root", "a source lies outside of `root`"),
                ("changed", "a file changed while it was read"),
                ("invalid_request", "the input contradicts itself, or says nothing"),
                ("io", "the system could not read or write"),
                ("half_done", "moving to the places failed and could not be undone"),
                ("cancelled", "the call was cancelled; nothing was changed"),
                ("deadline", "the time was up; nothing was changed"),
            ]
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Scope(error) => error.code(),
            Self::Open { source, .. } if source.kind() == io::ErrorKind::NotFound => "not_found",
            Self::Open { .. } => "not_a_file",
            Self::UnknownFormat { .. } => "unknown_format",
            Self::Damaged { .. } => "damaged",
            Self::Encrypted { .. } => "encrypted",
            Self::Unsupported { .. } => "unsupported",
            Self::UnsafeName { .. } => "unsafe_name",
            Self::UnsafeLink { .. } => "unsafe_link",
            Self::Duplicate { .. } => "duplicate_entry",
            Self::TooBig { .. } => "too_large",
            Self::Exists { .. } => "exists",
            Self::OutsideRoot { .. } => "outside_root",
            Self::Changed { .. } => "changed",
            Self::BadInput(_) => "invalid_request",
            Self::Io { .. } => "io",
            Self::HalfDone { .. } => "half_done",
            Self::Stopped(stopped) => stopped.code(),
        }
    }

    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        match self {
            Self::Scope(error) => return error.details(),
            Self::TooBig { row, limit, unit } => {
                details.insert("limit".to_owned(), json!(row));
                details.insert("most".to_owned(), json!(limit));
                details.insert("unit".to_owned(), json!(unit));
            }
            Self::Exists { paths } | Self::HalfDone { paths, .. } => {
                details.insert("paths".to_owned(), json!(paths));
            }
            Self::Damaged { name, .. }
            | Self::Encrypted { name }
            | Self::Unsupported { name, .. }
            | Self::UnsafeName { name, .. }
            | Self::UnsafeLink { name, .. }
            | Self::Duplicate { name } => {
                details.insert("entry".to_owned(), json!(name));
            }
            _ => {}
        }
        details
    }
}

fn after(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" at {name}") }
}

fn count(paths: &[String]) -> String {
    match paths.len() {
        1 => "a file is".to_owned(),
        _ => "files are".to_owned(),
    }
}

fn first(paths: &[String]) -> &str {
    paths.first().map_or("", String::as_str)
}
