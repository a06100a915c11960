//! What is at a path now.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::SnapshotError;
use crate::text::ContentHash;
use crate::{Folder, Location, Scope, ScopeError};

/// A path whose last part is not followed: a link is itself.
#[derive(Debug)]
pub(super) struct Spot {
    /// Absolute, and all but the last part resolved.
    pub(super) path: PathBuf,
    /// A name beside it that nobody has, for what is to replace it.
    staged: Location,
}

static NEXT: AtomicU64 = AtomicU64::new(0);

/// What is there.
#[derive(Debug)]
pub(super) enum Found {
    Nothing {
        /// How many of the folders above it do not exist.
        folders: usize,
    },
    File {
        metadata: Metadata,
    },
    Link {
        target: PathBuf,
    },
    Folder,
    Special,
}

impl Spot {
    pub(super) fn of(scope: &Scope, path: &Path) -> Result<Self, ScopeError> {
        // `a/..` has no last part of its own: what it names is.
        let path = match path.file_name() {
            Some(_) => scope.base().join(path),
            None => scope.locate(path)?.resolved().to_owned(),
        };
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(ScopeError::Empty);
        };
        let parent = scope.locate(parent)?;
        // Short, so that a name as long as the system allows has one beside it.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let staged = format!(".ironbridge-{}-{number}", std::process::id());
        let staged = parent.new_inside(&staged);
        Ok(Self { path: parent.resolved().join(name), staged })
    }

    pub(super) fn look(&self) -> io::Result<Found> {
        let metadata = match std::fs::symlink_metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let missing = |folder: &&Path| std::fs::symlink_metadata(folder).is_err();
                let folders = self.path.ancestors().skip(1).take_while(missing).count();
                return Ok(Found::Nothing { folders });
            }
            Err(error) => return Err(error),
        };
        Ok(match metadata.file_type() {
            kind if kind.is_symlink() => Found::Link { target: std::fs::read_link(&self.path)? },
            kind if kind.is_file() => Found::File { metadata },
            kind if kind.is_dir() => Found::Folder,
            _ => Found::Special,
        })
    }

    /// The folder it lies in, with `create` made if it is missing, and the name for what is to replace it.
    pub(super) fn folder(&self, create: bool) -> io::Result<(Folder, &OsStr)> {
        self.staged.folder(create)
    }

    pub(super) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    /// Opens the file here for reading; a link is an error.
    pub(super) fn open(&self) -> io::Result<std::fs::File> {
        let file = self.folder(false)?.0.open_file(self.name())?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file any more"));
        }
        Ok(file)
    }

    /// All of it, up to `bytes_max`; `None`: it is larger. It is expected to have `bytes`.
    pub(super) fn read(&self, bytes: u64, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
        // One more, so that the end is seen without growing.
        let room = usize::try_from(bytes.min(bytes_max)).unwrap_or(0).saturating_add(1);
        let mut content = Vec::with_capacity(room);
        self.open()?.take(bytes_max.saturating_add(1)).read_to_end(&mut content)?;
        Ok((content.len() as u64 <= bytes_max).then_some(content))
    }

    pub(super) fn hash(&self) -> io::Result<ContentHash> {
        ContentHash::of_reader(self.open()?)
    }
}

/// Permission bits, where the system has them.
pub(super) fn mode_of(metadata: &Metadata) -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777);
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

impl Found {
    /// Refuses what can be neither copied nor restored.
    pub(super) fn or_refuse(self, path: &Path) -> Result<Self, SnapshotError> {
        let kind = match self {
            Self::Folder => "folder",
            Self::Special => "special file",
            found => return Ok(found),
        };
        Err(SnapshotError::NotAFile { path: path.to_string_lossy().into_owned(), kind })
    }
}
