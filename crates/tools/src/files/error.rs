//! What goes wrong with files.

use std::fs::FileType;
use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::text::{ContentHash, Unencodable};
use crate::{Coded, ScopeError, Stopped};

/// Why a file was not read or not changed. Unless it says otherwise nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The path cannot be used.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The call was stopped from outside.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// There is no such file.
    #[error("{path}: there is no such file{}", did_you_mean(.nearest))]
    NotFound {
        /// As the caller wrote it.
        path: String,
        /// Paths like it that exist, the most alike first; at most three.
        nearest: Vec<String>,
    },
    /// It is a folder, where a file is needed.
    #[error("{path}: is a folder; name a file in it")]
    IsFolder {
        /// As the caller wrote it.
        path: String,
    },
    /// A part of the path is no folder.
    #[error("{path}: a part of the path is a file, not a folder")]
    NotAFolder {
        /// As the caller wrote it.
        path: String,
    },
    /// It is a FIFO, a socket, a device, or a link that was to be deleted.
    #[error("{path}: is a {kind}, not a file; it was not opened")]
    NotAFile {
        /// As the caller wrote it.
        path: String,
        /// In words.
        kind: &'static str,
    },
    /// It is no text.
    #[error("{path}: is no text ({}, {bytes} bytes); read it as bytes", .mime.unwrap_or("binary"))]
    Binary {
        /// As the caller wrote it.
        path: String,
        /// What it is, where its first bytes tell.
        mime: Option<&'static str>,
        /// Its size.
        bytes: u64,
    },
    /// It is larger than the limit.
    #[error("{path}: has {bytes} bytes, the limit is {limit} ({name})")]
    TooLarge {
        /// As the caller wrote it.
        path: String,
        /// Its size.
        bytes: u64,
        /// What is allowed.
        limit: u64,
        /// The limit's name in [`crate::Limits`].
        name: &'static str,
    },
    /// Lines that the file, or names that the folder has not.
    #[error("{path}: {what} {line} is out of range, it has {lines} {what}{}", plural(*.lines))]
    OutOfRange {
        /// As the caller wrote it.
        path: String,
        /// `line` or `name`.
        what: &'static str,
        /// The line asked for.
        line: u64,
        /// How many there are.
        lines: u64,
    },
    /// A range that ends before it starts.
    #[error("{path}: the range ends (line {end}) before it starts (line {start})")]
    ReversedRange {
        /// As the caller wrote it.
        path: String,
        /// First line.
        start: u64,
        /// Last line.
        end: u64,
    },
    /// Writing what was read would change bytes nobody asked to change.
    #[error(
        "{path}: holds bytes that are no {encoding}, and writing it would lose them; convert the file, or replace it \
         whole with `write`"
    )]
    NotExact {
        /// As the caller wrote it.
        path: String,
        /// The encoding it mostly has.
        encoding: String,
    },
    /// The encoding of the file lacks a character of the new text.
    #[error(
        "{path}: its encoding lacks a character of the new text; leave that out, or `write` the file with `encoding`: \
         \"utf-8\""
    )]
    Unencodable {
        /// As the caller wrote it.
        path: String,
        /// Which one, and where.
        #[source]
        source: Unencodable,
    },
    /// The file is not what the caller, or this tool a moment ago, saw.
    #[error(
        "{path}: was changed in between (expected {expected}, {}); read it again",
        found(.actual.as_ref())
    )]
    Changed {
        /// As the caller wrote it.
        path: String,
        /// What should have been there.
        expected: ContentHash,
        /// What is there; `None`: no file.
        actual: Option<ContentHash>,
    },
    /// What was to be created exists.
    #[error("{path}: exists already; say `overwrite` to replace it")]
    Exists {
        /// As the caller wrote it.
        path: String,
    },
    /// Nobody may write it.
    #[error("{path}: is read-only (mode {mode:o}); make it writable first")]
    ReadOnly {
        /// As the caller wrote it.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// This user may not.
    #[error("{path}: this user may not")]
    PermissionDenied {
        /// As the caller wrote it.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What wanted to keep a copy of the file first could not.
    #[error("{path}: was not changed, since it could not be kept before")]
    Refused {
        /// As the caller wrote it.
        path: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A change of several files failed, and taking it back failed as well.
    #[error("some files were changed and could not be put back: {}", states(.files))]
    HalfDone {
        /// Every file of the change with what it holds now.
        files: Vec<(String, FileState)>,
        /// What failed first.
        #[source]
        source: Box<FilesError>,
    },
    /// A plan touches a file whose lock it does not hold: a mistake of the calling code.
    #[error("{path}: is changed by a plan that did not name it at its beginning")]
    NotLocked {
        /// As the caller wrote it.
        path: String,
    },
    /// The system failed.
    #[error("{path}: {action} failed")]
    Io {
        /// As the caller wrote it.
        path: String,
        /// `reading`, `writing`, …
        action: &'static str,
        /// What it said.
        #[source]
        source: io::Error,
    },
}

/// What a file holds after a change that could not be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// What it held before, or it does not exist, as before.
    AsBefore,
    /// What it was to hold, or it is gone, as it was to be.
    Changed,
    /// It is gone; what it held lies in this file.
    KeptAs(PathBuf),
}

impl FileState {
    fn describe(&self) -> String {
        match self {
            Self::AsBefore => "as before".to_owned(),
            Self::Changed => "changed".to_owned(),
            Self::KeptAs(path) => format!("gone, its content is kept as {}", path.display()),
        }
    }
}

impl FilesError {
    /// The codes of this enum, for the tables of the enums that hold it.
    pub const CODES: &'static [(&'static str, &'static str)] = &[
        ("invalid_path", "the path is empty, has a NUL byte, or cannot be resolved"),
        ("outside", "the path leads out of the project; `resolved` says where to"),
        ("not_found", "there is no such file; `nearest` has up to three paths like it"),
        ("is_folder", "a folder, where a file is needed"),
        ("not_a_folder", "a part of the path is no folder"),
        ("not_a_file", "a FIFO, a socket, a device, or a link to be deleted; `kind` says which"),
        ("binary", "no text; `mime` and `bytes` say what it is"),
        ("too_large", "larger than the limit named in `limit`; `bytes`, `max`"),
        ("out_of_range", "lines that the file has not; `lines` says how many it has"),
        ("not_exact", "writing it would lose bytes that are not of its encoding, `encoding`"),
        ("unencodable", "the file's encoding lacks a character: `character`, `line`, `column`"),
        ("changed", "the content is not the expected one: `expected`, `actual`; read again"),
        ("exists", "what was to be created exists"),
        ("read_only", "nobody may write the file"),
        ("permission_denied", "this user may not"),
        ("refused", "a snapshot of it failed, so it was not changed"),
        ("half_done", "a change of several files failed in the middle: `files` has each state"),
        ("io", "the system failed"),
        ("cancelled", "somebody cancelled the call"),
        ("deadline", "the time of the call was up"),
    ];
}

impl Coded for FilesError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        Self::CODES
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Scope(error) => error.code(),
            Self::Stopped(stopped) => stopped.code(),
            Self::NotFound { .. } => "not_found",
            Self::IsFolder { .. } => "is_folder",
            Self::NotAFolder { .. } => "not_a_folder",
            Self::NotAFile { .. } => "not_a_file",
            Self::Binary { .. } => "binary",
            Self::TooLarge { .. } => "too_large",
            Self::OutOfRange { .. } | Self::ReversedRange { .. } => "out_of_range",
            Self::NotExact { .. } => "not_exact",
            Self::Unencodable { .. } => "unencodable",
            Self::Changed { .. } => "changed",
            Self::Exists { .. } => "exists",
            Self::ReadOnly { .. } => "read_only",
            Self::PermissionDenied { .. } => "permission_denied",
            Self::Refused { .. } => "refused",
            Self::HalfDone { .. } => "half_done",
            Self::NotLocked { .. } | Self::Io { .. } => "io",
        }
    }

    fn details(&self) -> Map<String, Value> {
        let facts = match self {
            Self::Scope(error) => return error.details(),
            Self::NotFound { nearest, .. } => json!({ "nearest": nearest }),
            Self::NotAFile { kind, .. } => json!({ "kind": kind }),
            Self::Binary { mime, bytes, .. } => json!({ "mime": mime, "bytes": bytes }),
            Self::TooLarge { bytes, limit, name, .. } => {
                json!({ "limit": name, "bytes": bytes, "max": limit })
            }
            Self::OutOfRange { lines, .. } => json!({ "lines": lines }),
            Self::NotExact { encoding, .. } => json!({ "encoding": encoding }),
            Self::Unencodable { source, .. } => json!({
                "character": source.character, "line": source.line, "column": source.column,
                "encoding": source.encoding,
            }),
            Self::Changed { expected, actual, .. } => {
                json!({ "expected": expected, "actual": actual })
            }
            Self::HalfDone { files, .. } => {
                let row = |(path, state): &(String, FileState)| json!({ "path": path, "state": state.describe() });
                json!({ "files": files.iter().map(row).collect::<Vec<_>>() })
            }
            _ => return Map::new(),
        };
        if let Value::Object(facts) = facts { facts } else { Map::new() }
    }
}

/// What the system said while doing `action`, as the error it means for a caller.
pub(super) fn from_io(path: &str, action: &'static str, source: io::Error) -> FilesError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => FilesError::NotFound { path, nearest: Vec::new() },
        io::ErrorKind::IsADirectory => FilesError::IsFolder { path },
        io::ErrorKind::NotADirectory => FilesError::NotAFolder { path },
        io::ErrorKind::AlreadyExists => FilesError::Exists { path },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            FilesError::PermissionDenied { path, source }
        }
        _ => FilesError::Io { path, action, source },
    }
}

/// What a thing is that is neither file nor folder.
pub(super) fn kind_in_words(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "FIFO";
        }
        if kind.is_socket() {
            return "socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "device";
        }
    }
    if kind.is_symlink() { "link" } else { "special file" }
}

fn did_you_mean(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => format!("; did you mean {}?", names.join(", ")),
    }
}

fn plural(lines: u64) -> &'static str {
    if lines == 1 { "" } else { "s" }
}

fn found(actual: Option<&ContentHash>) -> String {
    actual.map_or_else(|| "the file is gone".to_owned(), |hash| format!("found {hash}"))
}

fn states(files: &[(String, FileState)]) -> String {
    let state = |(path, state): &(String, FileState)| format!("{path}: {}", state.describe());
    files.iter().map(state).collect::<Vec<_>>().join("; ")
}
