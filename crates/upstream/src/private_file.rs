//! Files for their owner's eyes alone, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Creates a folder, and those above it, for its owner alone (0700). One that is there stays as it is.
///
/// # Errors
/// The system's.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Puts a file with this content (0600) in the place of `target`. It is written as `unfinished` first, which must lie in
/// the same folder and be nobody else's. On return it is kept for good; who reads meanwhile, or after a crash at any
/// moment, finds the whole old content or the whole new one.
///
/// # Errors
/// The system's. What was there before may be there still, a part of the new never is.
pub fn replace(target: &Path, unfinished: &Path, content: &[u8]) -> io::Result<()> {
    let written = write(unfinished, content)
        .and_then(|()| fs::rename(unfinished, target))
        .and_then(|()| target.parent().map_or(Ok(()), sync_folder));
    if written.is_err() {
        // After a rename there is nothing to remove.
        let _ = fs::remove_file(unfinished);
    }
    written
}

/// Writes a new file. One that a killed process left is removed first: its own mode and links must not hold.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A rename or removal outlives a power failure only once the folder itself is written.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file; the system writes it in its own time.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
