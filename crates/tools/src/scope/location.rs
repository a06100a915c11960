//! A path that was judged, and how to open what it names.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::open::{self, Folder};

/// A path that was found to be allowed; see [`crate::Scope::locate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    named: PathBuf,
    resolved: PathBuf,
    root: Option<PathBuf>,
}

impl Location {
    pub(super) fn new(named: PathBuf, resolved: PathBuf, root: Option<PathBuf>) -> Self {
        Self { named, resolved, root }
    }

    /// What `name`, a name without `/` that nobody has, is in this folder.
    pub(crate) fn new_inside(&self, name: &str) -> Self {
        let resolved = self.resolved.join(name);
        Self { named: resolved.clone(), resolved, root: self.root.clone() }
    }

    /// As it was asked for: absolute, without `.` and `..`, links not followed. For messages.
    pub fn named(&self) -> &Path {
        &self.named
    }

    /// What it resolves to, all links followed. Two paths of one file have the same; for locks and keys.
    pub fn resolved(&self) -> &Path {
        &self.resolved
    }

    /// Whether the last part of the path, or one before it, is a link.
    pub fn goes_through_link(&self) -> bool {
        self.named != self.resolved
    }

    /// Opens it for reading, never waiting (a FIFO without a writer opens, too: ask [`File::metadata`] before reading).
    ///
    /// # Errors
    ///
    /// As the system says; `ELOOP` or `ENOTDIR` when a link appeared in the path since it was judged.
    pub fn open_file(&self) -> io::Result<File> {
        open::file(self.root.as_deref(), &self.resolved)
    }

    /// Opens it as a folder.
    ///
    /// # Errors
    ///
    /// As [`Location::open_file`], and when it is no folder.
    pub fn open_folder(&self) -> io::Result<Folder> {
        Folder::open(self.root.as_deref(), &self.resolved, false)
    }

    /// The folder it lies in and its name there, for creating, replacing and removing it. With `create` missing
    /// folders are made, up to the root.
    ///
    /// # Errors
    ///
    /// As [`Location::open_file`]; [`io::ErrorKind::InvalidInput`] for the root of a file system, which has no name.
    pub fn folder(&self, create: bool) -> io::Result<(Folder, &std::ffi::OsStr)> {
        let (Some(parent), Some(name)) = (self.resolved.parent(), self.resolved.file_name()) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it has no name"));
        };
        // The root itself is named by its parent, which lies outside of it.
        let root = self.root.as_deref().filter(|root| parent.starts_with(root));
        Ok((Folder::open(root, parent, create)?, name))
    }
}
