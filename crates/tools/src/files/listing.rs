//! The names in a folder.

use std::io;
use std::path::Path;

use crate::{Folder, Location};

/// The names in a folder, sorted by their bytes; those of folders end in `/`.
pub(super) struct Entries {
    pub(super) names: Vec<String>,
    /// Whether there are more than were asked for. Then those given are the first the system named, not the first in
    /// order.
    pub(super) more: bool,
}

/// At most `count_max` names of the folder at `location`.
pub(super) fn entries(location: &Location, count_max: usize) -> io::Result<Entries> {
    let folder = location.open_folder()?;
    let (mut names, more) = read(&folder, location.resolved(), count_max)?;
    names.sort_unstable();
    Ok(Entries { names, more })
}

/// At most `count_max` names of the folder in which `location` lies, which is open as `folder`; in no order.
pub(super) fn names(
    folder: &Folder,
    location: &Location,
    count_max: usize,
) -> io::Result<Vec<String>> {
    let path = location.resolved().parent().ok_or(io::ErrorKind::InvalidInput)?;
    Ok(read(folder, path, count_max)?.0)
}

#[cfg(unix)]
fn read(folder: &Folder, _: &Path, count_max: usize) -> io::Result<(Vec<String>, bool)> {
    use rustix::fs::{AtFlags, Dir, FileType, statat};
    use std::os::fd::AsFd as _;
    let mut names = Vec::new();
    for entry in Dir::read_from(folder.as_fd())? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if names.len() == count_max {
            return Ok((names, true));
        }
        let is_folder = match entry.file_type() {
            FileType::Directory => true,
            // What a link leads to; some file systems do not tell a type either.
            FileType::Symlink | FileType::Unknown => statat(folder, name, AtFlags::empty())
                .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory),
            _ => false,
        };
        names.push(shown(&name.to_string_lossy(), is_folder));
    }
    Ok((names, false))
}

/// By path: there are no handles of folders. `Location::open_folder` has judged it a moment ago.
#[cfg(not(unix))]
fn read(_: &Folder, path: &Path, count_max: usize) -> io::Result<(Vec<String>, bool)> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if names.len() == count_max {
            return Ok((names, true));
        }
        let is_folder = std::fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir());
        names.push(shown(&entry.file_name().to_string_lossy(), is_folder));
    }
    Ok((names, false))
}

fn shown(name: &str, is_folder: bool) -> String {
    format!("{name}{}", if is_folder { "/" } else { "" })
}
