//! Folders by handle: names are looked up in the very folder that was opened, and no link is followed.

#[cfg_attr(unix, path = "tree/by_handle.rs")]
#[cfg_attr(not(unix), path = "tree/by_path.rs")]
mod platform;

pub(super) use platform::Tree;

use std::io;
use std::path::Path;

/// What a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    /// A device, a FIFO, a socket.
    Other,
}

/// What is known of a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) size: u64,
    pub(super) mode: u32,
    /// Seconds since 1970.
    pub(super) modified: i64,
}

impl Tree {
    /// The folder at `path` below this one, which is relative and has only ordinary names; with `create` missing ones
    /// are made.
    pub(super) fn below(&self, path: &Path, create: bool) -> io::Result<Self> {
        let mut tree = self.again()?;
        for part in path.components() {
            let name = part.as_os_str();
            if create && tree.facts(name)?.is_none() {
                tree.make_folder(name, 0o777)?;
            }
            tree = tree.open_folder(name)?;
        }
        Ok(tree)
    }

    /// Removes `name` with all in it; what links lead to stays.
    pub(super) fn remove_all(&self, name: &std::ffi::OsStr) -> io::Result<()> {
        match self.facts(name)? {
            None => Ok(()),
            Some(facts) if facts.kind == Kind::Folder => {
                let folder = self.open_folder(name)?;
                // A folder without the right to write cannot be emptied.
                folder.set_mode(0o700)?;
                for inner in folder.names()? {
                    folder.remove_all(&inner)?;
                }
                self.remove_folder(name)
            }
            Some(_) => self.remove_file(name),
        }
    }
}
