//! Files that only their owner may read: a ledger holds what people wrote, and who wrote it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// How such a file is opened where it is made. (Windows: by what its folder hands down.)
pub(crate) fn options() -> OpenOptions {
    #[allow(unused_mut, reason = "set on Unix")]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes an empty file for SQLite, which would make one that others may read.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    options().write(true).create_new(true).open(path)
}
