//! Unix: by handles of folders. Linux asks the kernel to stay beneath the root (`openat2(2)`, Linux 5.6); elsewhere,
//! and where a filter forbids that call, each part is opened on its own with `O_NOFOLLOW`, which comes to the same.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

/// New files and folders: the umask takes away what the user wants away.
const FILE_MODE: Mode = Mode::from_raw_mode(0o666);
const PRIVATE_MODE: Mode = Mode::from_raw_mode(0o600);
const FOLDER_MODE: Mode = Mode::from_raw_mode(0o777);

/// An open folder. Names are looked up in this very folder, wherever its path leads by now.
#[derive(Debug)]
pub struct Folder {
    handle: OwnedFd,
}

/// Opens `path` for reading without waiting. `root`, where there is one, is a prefix of it.
pub(in crate::scope) fn file(root: Option<&Path>, path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    let handle = beneath(root, path, flags)?;
    Ok(File::from(handle))
}

impl Folder {
    pub(in crate::scope) fn open(
        root: Option<&Path>,
        path: &Path,
        create: bool,
    ) -> io::Result<Self> {
        match beneath(root, path, OFlags::RDONLY | OFlags::DIRECTORY) {
            Err(error) if create && error.kind() == io::ErrorKind::NotFound => {
                Self::create(root, path)
            }
            other => Ok(Self { handle: other? }),
        }
    }

    fn create(root: Option<&Path>, path: &Path) -> io::Result<Self> {
        let (mut handle, rest) = start(root, path)?;
        for component in rest.components() {
            let name = Path::new(component.as_os_str());
            match rustix::fs::mkdirat(&handle, name, FOLDER_MODE) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            handle = part(handle.as_fd(), name, OFlags::RDONLY | OFlags::DIRECTORY)?;
        }
        Ok(Self { handle })
    }

    /// Creates a file for writing (and reading); an existing one, or a link, is an error.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`], else as the system says.
    pub fn create_new(&self, name: &OsStr) -> io::Result<File> {
        self.create_with(name, FILE_MODE)
    }

    /// As [`Folder::create_new`], for a file that only its owner can open.
    ///
    /// # Errors
    ///
    /// As [`Folder::create_new`].
    pub fn create_private(&self, name: &OsStr) -> io::Result<File> {
        self.create_with(name, PRIVATE_MODE)
    }

    fn create_with(&self, name: &OsStr, mode: Mode) -> io::Result<File> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.handle, Path::new(name), flags, mode)?))
    }

    /// Opens a file for reading without waiting; a link is an error.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        Ok(File::from(part(self.handle.as_fd(), Path::new(name), flags)?))
    }

    /// Opens a folder that lies beneath this one, by its path from here; a link in it is an error.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn open_beneath(&self, relative: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        #[cfg(target_os = "linux")]
        match in_one_call(self.handle.as_fd(), relative, flags) {
            Err(Errno::NOSYS | Errno::PERM) => {}
            other => return Ok(Self { handle: other? }),
        }
        Ok(Self { handle: by_parts(self.handle.try_clone()?, relative, flags)? })
    }

    /// Gives `from` the name `to`, replacing what had it, in one step.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        self.rename_into(from, self, to)
    }

    /// Moves `from` into another folder of the same file system as `to`, replacing what had that name, in one step.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::CrossesDevices`], else as the system says.
    pub fn rename_into(&self, from: &OsStr, folder: &Folder, to: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.handle, Path::new(from), &folder.handle, Path::new(to))?)
    }

    /// Gives the file `from` a second name (a hard link); a name that is taken is an error.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`], else as the system says.
    pub fn link(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        let (from, to) = (Path::new(from), Path::new(to));
        Ok(rustix::fs::linkat(&self.handle, from, &self.handle, to, AtFlags::empty())?)
    }

    /// Gives `from` the name `to` only if nothing has it, in one step (Linux: `RENAME_NOREPLACE`).
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`], else as the system says.
    pub fn rename_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        {
            use rustix::fs::{RenameFlags, renameat_with};
            let (from, to) = (Path::new(from), Path::new(to));
            let flags = RenameFlags::NOREPLACE;
            match renameat_with(&self.handle, from, &self.handle, to, flags) {
                // Not every file system can; a hard link asks the same of others.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                other => return Ok(other?),
            }
        }
        match self.link(from, to) {
            Ok(()) => self.remove_file(from),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            Err(_) => self.rename_over_claim(from, to),
        }
    }

    /// File systems that have no hard links either (FAT through FUSE): an empty file takes the name, which only one can
    /// make, and is replaced. So nobody's file is lost; a reader may see the empty one for a moment.
    fn rename_over_claim(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        drop(self.create_new(to)?);
        let renamed = self.rename(from, to);
        if renamed.is_err() {
            let _ = self.remove_file(to);
        }
        renamed
    }

    /// Removes a file or a link, never what a link leads to.
    ///
    /// # Errors
    ///
    /// As the system says; a folder is an error.
    pub fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.handle, Path::new(name), AtFlags::empty())?)
    }

    /// Removes an empty folder.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.handle, Path::new(name), AtFlags::REMOVEDIR)?)
    }

    /// Makes a link called `name` to `target`.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn create_link(&self, name: &OsStr, target: &Path) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, &self.handle, Path::new(name))?)
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// Opens `path`, no part of which may be a link.
fn beneath(root: Option<&Path>, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let (start, rest) = start(root, path)?;
    if rest.as_os_str().is_empty() {
        return part(start.as_fd(), Path::new("."), flags);
    }
    #[cfg(target_os = "linux")]
    match in_one_call(start.as_fd(), rest, flags) {
        // Not there, or forbidden by a filter that wants to see the flags of every open.
        Err(Errno::NOSYS | Errno::PERM) => {}
        other => return Ok(other?),
    }
    by_parts(start, rest, flags)
}

/// A handle of the root, or of the root of the file system, and the rest of the path from there.
fn start<'p>(root: Option<&Path>, path: &'p Path) -> io::Result<(OwnedFd, &'p Path)> {
    let root = root.unwrap_or(Path::new("/"));
    let rest = path.strip_prefix(root).map_err(|_| io::ErrorKind::InvalidInput)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok((rustix::fs::openat(CWD, root, flags, Mode::empty())?, rest))
}

#[cfg(target_os = "linux")]
fn in_one_call(start: BorrowedFd<'_>, rest: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::ResolveFlags;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    // EAGAIN: a rename raced with the look-up (`openat2(2)`, RESOLVE_BENEATH). A few tries, then it is an error.
    for _ in 0..8 {
        match rustix::fs::openat2(start, rest, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            Err(Errno::AGAIN) => {}
            other => return other,
        }
    }
    Err(Errno::AGAIN)
}

fn by_parts(start: OwnedFd, rest: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let mut handle = start;
    let mut components = rest.components().peekable();
    while let Some(component) = components.next() {
        let Component::Normal(name) = component else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let last = components.peek().is_none();
        let flags = if last { flags } else { OFlags::RDONLY | OFlags::DIRECTORY };
        handle = part(handle.as_fd(), Path::new(name), flags)?;
    }
    Ok(handle)
}

fn part(folder: BorrowedFd<'_>, name: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(folder, name, flags, Mode::empty())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ways of opening give the same, also where the kernel has the better one.
    #[test]
    fn by_parts_opens_what_one_call_opens() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it exists");
        std::fs::create_dir_all(root.join("a/b")).expect("created");
        std::fs::write(root.join("a/b/c"), "text").expect("written");
        std::os::unix::fs::symlink("b", root.join("a/link")).expect("linked");
        let open = |path: &str| {
            let (handle, _) = start(Some(&root), &root).expect("the root opens");
            by_parts(handle, Path::new(path), OFlags::RDONLY).map(drop).map_err(|e| e.kind())
        };
        assert_eq!(open("a/b/c"), Ok(()));
        assert_eq!(open("a/link/c"), Err(io::ErrorKind::NotADirectory));
        assert_eq!(open("../x"), Err(io::ErrorKind::InvalidInput));
        assert_eq!(open("a/none"), Err(io::ErrorKind::NotFound));
    }

    /// The last resort takes a free name, never one that is taken, and leaves nothing where it fails.
    #[test]
    fn a_claimed_name_is_nobody_elses() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it exists");
        std::fs::write(root.join("from"), "new").expect("written");
        std::fs::write(root.join("taken"), "theirs").expect("written");
        let opened = Folder::open(Some(&root), &root, false).expect("opened");
        let claim = |from: &str, to: &str| {
            opened.rename_over_claim(from.as_ref(), to.as_ref()).map_err(|error| error.kind())
        };
        assert_eq!(claim("from", "taken"), Err(io::ErrorKind::AlreadyExists));
        assert_eq!(claim("missing", "free"), Err(io::ErrorKind::NotFound));
        assert!(!root.join("free").exists());
        assert_eq!(claim("from", "free"), Ok(()));
        let read = |name: &str| std::fs::read_to_string(root.join(name)).ok();
        assert_eq!((read("free"), read("from")), (Some("new".to_owned()), None));
        assert_eq!(read("taken").as_deref(), Some("theirs"));
    }
}
