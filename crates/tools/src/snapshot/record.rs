//! What a snapshot knows of a path.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::text::ContentHash;

/// What was at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Was {
    /// Nothing.
    #[serde(rename_all = "camelCase")]
    Absent {
        /// Whether a tool created it since; only then restoring removes what is there.
        by_us: bool,
        /// How many of the folders it was to lie in did not exist either.
        folders: usize,
    },
    /// A file, of which there is a copy.
    File {
        /// The name of the copy.
        hash: ContentHash,
        /// Its size.
        bytes: u64,
        /// Its permission bits; `None` where the system has none.
        mode: Option<u32>,
    },
    /// A symbolic link.
    Link {
        /// What it led to.
        target: StoredPath,
    },
    /// A file that was not copied.
    NotKept {
        /// Its size.
        bytes: u64,
        /// Why not.
        reason: NotKept,
    },
}

/// Why a file was not copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NotKept {
    /// It is larger than `snapshot.file_bytes`.
    TooLarge,
    /// With it the store would be larger than `snapshot.store_bytes`.
    StoreFull,
}

/// A moment, and what was at the paths that have been touched since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Never given twice.
    pub id: u64,
    /// What the caller called it.
    pub label: String,
    /// When it was taken, in milliseconds since 1970.
    pub time: u64,
    /// By absolute path. A path that was touched first after the next snapshot is in that one.
    pub files: BTreeMap<PathBuf, Was>,
}

/// A path as JSON: text, or bytes where it is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StoredPath {
    /// Unicode.
    Text(String),
    /// As the system has it.
    Bytes(Vec<u8>),
}

impl StoredPath {
    pub(super) fn of(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(path.as_os_str().as_encoded_bytes().to_vec()),
        }
    }

    pub(super) fn into_path(self) -> PathBuf {
        match self {
            Self::Text(text) => PathBuf::from(text),
            Self::Bytes(bytes) => PathBuf::from(os_string(bytes)),
        }
    }
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

/// Elsewhere (Windows) a name that is no Unicode cannot be made of bytes; it is shown, and not found again.
#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
