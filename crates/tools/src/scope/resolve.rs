//! What a path names once every link and `..` in it is followed, also where its end does not exist.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, ErrorKind::NotADirectory, ErrorKind::NotFound};
use std::path::{Component, Path, PathBuf};

/// Links followed before a circle is assumed; Linux's own limit (`path_resolution(7)`).
const LINKS_MAX: usize = 40;

/// `path` must be absolute. As `realpath`, but parts that do not exist are kept as they are, and a dangling link is
/// followed: writing through one creates its target, so the target is what must be judged.
pub(super) fn resolve(path: &Path) -> io::Result<PathBuf> {
    resolve_from(Path::new(""), path)
}

/// The same for a path against `folder`, which is resolved already: its parts are not looked up again.
pub(crate) fn resolve_from(folder: &Path, path: &Path) -> io::Result<PathBuf> {
    let mut resolved = folder.to_path_buf();
    let mut rest: VecDeque<OsString> = VecDeque::new();
    let mut links = 0;
    push_parts(path, &mut resolved, &mut rest);
    // Behind what does not exist nothing does: it is not looked for, until `..` leads back.
    let mut missing = false;
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            resolved.pop();
            missing = false;
            continue;
        }
        resolved.push(&part);
        if missing {
            continue;
        }
        let metadata = match std::fs::symlink_metadata(&resolved) {
            Ok(metadata) => metadata,
            // A file in the middle: opening it will say so, with the whole path.
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => {
                missing = true;
                continue;
            }
            Err(error) => return Err(error),
        };
        if !metadata.file_type().is_symlink() {
            continue;
        }
        links += 1;
        if links > LINKS_MAX {
            return Err(io::Error::other("its links go round in a circle"));
        }
        let target = std::fs::read_link(&resolved)?;
        let mut parts = VecDeque::new();
        if target.is_absolute() {
            resolved = PathBuf::new();
        } else {
            resolved.pop();
        }
        push_parts(&target, &mut resolved, &mut parts);
        parts.append(&mut rest);
        rest = parts;
    }
    Ok(resolved)
}

/// The root of `path`, if it has one, goes to `resolved`, its names and `..` to `parts`.
fn push_parts(path: &Path, resolved: &mut PathBuf, parts: &mut VecDeque<OsString>) {
    for component in path.components() {
        match component {
            Component::Prefix(_) | Component::RootDir => resolved.push(component),
            Component::CurDir => {}
            Component::ParentDir => parts.push_back(OsString::from("..")),
            Component::Normal(name) => parts.push_back(name.to_owned()),
        }
    }
}
