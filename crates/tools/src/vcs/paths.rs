//! Paths between git, which has bytes, and JSON, which has text.

use std::path::{Path, PathBuf};

use serde::Serializer;

/// For `serialize_with`: bytes that are no UTF-8 become U+FFFD in JSON; the Rust side keeps them.
#[allow(clippy::ptr_arg, reason = "serde hands over a reference to the field")]
pub(super) fn lossy<S: Serializer>(path: &PathBuf, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// The same for a path that may be missing.
#[allow(clippy::ref_option, reason = "serde hands over a reference to the field")]
pub(super) fn lossy_option<S: Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => serializer.serialize_some(&path.to_string_lossy()),
        None => serializer.serialize_none(),
    }
}

/// A path as git writes it with `-z`: its bytes, parts joined with `/`.
pub(super) fn from_git(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
    }
    // Windows: git keeps names in UTF-8.
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// A path below the repository's top folder as git reads it; the top folder itself is `.`.
pub(super) fn for_git(path: &Path) -> Vec<u8> {
    if path.as_os_str().is_empty() {
        return b".".to_vec();
    }
    let bytes = path.as_os_str().as_encoded_bytes().to_vec();
    if cfg!(windows) {
        return bytes.into_iter().map(|byte| if byte == b'\\' { b'/' } else { byte }).collect();
    }
    bytes
}

/// `path` relative to the repository as a caller writes it: relative to where relative paths start, where it lies
/// there.
pub(super) fn shown(scope: &crate::Scope, root: &Path, path: &[u8]) -> PathBuf {
    scope.shown(&root.join(from_git(path))).to_owned()
}
