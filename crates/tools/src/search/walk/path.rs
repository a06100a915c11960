//! The path of the entry at hand, in one buffer that all entries of a folder re-use.

use std::ffi::OsStr;
use std::path::Path;

#[cfg(unix)]
use std::os::unix::ffi::OsStrExt as _;

/// A folder's path with the name of one entry after the other.
#[cfg(unix)]
#[derive(Debug, Default)]
pub(super) struct PathBuffer {
    text: Vec<u8>,
    folder_bytes: usize,
}

#[cfg(unix)]
impl PathBuffer {
    /// Names that follow lie in `folder`, which may be empty.
    pub(super) fn enter(&mut self, folder: &Path) {
        self.text.clear();
        self.text.extend_from_slice(folder.as_os_str().as_bytes());
        if !self.text.is_empty() {
            self.text.push(b'/');
        }
        self.folder_bytes = self.text.len();
    }

    /// The path of `name` in the folder.
    pub(super) fn of(&mut self, name: &OsStr) -> &Path {
        self.text.truncate(self.folder_bytes);
        self.text.extend_from_slice(name.as_bytes());
        Path::new(OsStr::from_bytes(&self.text))
    }
}

/// A folder's path with the name of one entry after the other.
#[cfg(not(unix))]
#[derive(Debug, Default)]
pub(super) struct PathBuffer {
    path: std::path::PathBuf,
    named: bool,
}

#[cfg(not(unix))]
impl PathBuffer {
    /// Names that follow lie in `folder`, which may be empty.
    pub(super) fn enter(&mut self, folder: &Path) {
        self.path = folder.to_owned();
        self.named = false;
    }

    /// The path of `name` in the folder.
    pub(super) fn of(&mut self, name: &OsStr) -> &Path {
        if self.named {
            self.path.pop();
        }
        self.path.push(name);
        self.named = true;
        &self.path
    }
}

/// `path` without its first `bytes` and the separator after them. `bytes` is the length of a leading part of it.
pub(in crate::search) fn after(path: &Path, bytes: usize) -> &Path {
    if bytes == 0 {
        return path;
    }
    #[cfg(unix)]
    {
        let rest = path.as_os_str().as_bytes().get(bytes..).unwrap_or_default();
        Path::new(OsStr::from_bytes(rest.strip_prefix(b"/").unwrap_or(rest)))
    }
    #[cfg(not(unix))]
    {
        let mut taken = 0;
        let mut components = path.components();
        while taken < bytes {
            let Some(component) = components.next() else { break };
            taken += component.as_os_str().len() + 1;
        }
        components.as_path()
    }
}
