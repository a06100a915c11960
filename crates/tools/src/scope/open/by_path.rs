//! Systems without handles of folders (Windows): by path, judged again after opening. Between the two a link can be
//! swapped in and out again; `docs/reference/platforms.md` says so. Untested: no such machine was at hand.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A folder, by its path.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

/// Opens `path` for reading. `root`, where there is one, is a prefix of it.
pub(in crate::scope) fn file(root: Option<&Path>, path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    still_beneath(root, path)?;
    Ok(file)
}

impl Folder {
    pub(in crate::scope) fn open(
        root: Option<&Path>,
        path: &Path,
        create: bool,
    ) -> io::Result<Self> {
        if create {
            std::fs::create_dir_all(path)?;
        }
        if !std::fs::metadata(path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        still_beneath(root, path)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Creates a file for writing (and reading); an existing one is an error.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`], else as the system says.
    pub fn create_new(&self, name: &OsStr) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).open(self.path.join(name))
    }

    /// The same: a new file has the rights of its folder.
    ///
    /// # Errors
    ///
    /// As [`Folder::create_new`].
    pub fn create_private(&self, name: &OsStr) -> io::Result<File> {
        self.create_new(name)
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn open_file(&self, name: &OsStr) -> io::Result<File> {
        File::open(self.path.join(name))
    }

    /// Opens a folder that lies beneath this one, by its path from here; a link in it is an error.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn open_beneath(&self, relative: &Path) -> io::Result<Self> {
        Self::open(Some(&self.path), &self.path.join(relative), false)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives `from` the name `to`, replacing what had it.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        self.rename_into(from, self, to)
    }

    /// Moves `from` into another folder as `to`, replacing what had that name.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn rename_into(&self, from: &OsStr, folder: &Folder, to: &OsStr) -> io::Result<()> {
        std::fs::rename(self.path.join(from), folder.path.join(to))
    }

    /// Gives the file `from` a second name (a hard link); a name that is taken is an error.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn link(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        std::fs::hard_link(self.path.join(from), self.path.join(to))
    }

    /// Gives `from` the name `to` only if nothing has it.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`], else as the system says.
    pub fn rename_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        std::fs::hard_link(self.path.join(from), self.path.join(to))?;
        std::fs::remove_file(self.path.join(from))
    }

    /// Removes a file or a link, never what a link leads to.
    ///
    /// # Errors
    ///
    /// As the system says; a folder is an error.
    pub fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    /// Removes an empty folder.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        std::fs::remove_dir(self.path.join(name))
    }
}

fn still_beneath(root: Option<&Path>, path: &Path) -> io::Result<()> {
    let Some(root) = root else { return Ok(()) };
    if std::fs::canonicalize(path)?.starts_with(root) {
        return Ok(());
    }
    Err(io::Error::other("a link appeared in the path"))
}
