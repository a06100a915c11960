//! Not Linux. macOS has Seatbelt (`sandbox-exec`, a program whose profiles Apple does not document); not built.
#![cfg(unix)]

use std::path::Path;

use super::{FilesGuard, NetworkGuard, SandboxError};
use crate::Location;

pub(super) fn start<T>(
    start: impl FnOnce() -> T,
    _writable: &[Location],
    _temporary: &Path,
    _network: bool,
    best_effort: bool,
) -> Result<(T, (FilesGuard, NetworkGuard)), SandboxError> {
    if !best_effort {
        return Err(SandboxError::Unavailable { missing: "Linux" });
    }
    Ok((start(), (FilesGuard::None, NetworkGuard::Open)))
}
