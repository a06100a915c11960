//! What a file has beside its content: owner, mode, extended attributes. A replaced file keeps them.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;

use super::error::{FilesError, from_io};
use super::open::Place;
use crate::Folder;

/// Whether the file may be replaced. A rename asks only whether the *folder* may be written, so a file that was made
/// read-only on purpose has to be asked about here.
pub(super) fn writable(
    place: &Place,
    folder: &Folder,
    name: &OsStr,
    metadata: &Metadata,
) -> Result<(), FilesError> {
    let path = || place.shown.clone();
    if metadata.permissions().readonly() {
        return Err(FilesError::ReadOnly { path: path(), mode: mode_bits(metadata) });
    }
    may_write(folder, name).map_err(|error| from_io(&place.shown, "writing", error))
}

#[cfg(unix)]
fn may_write(folder: &Folder, name: &OsStr) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, accessat};
    let name = std::path::Path::new(name);
    Ok(accessat(folder, name, Access::WRITE_OK, AtFlags::empty())?)
}

/// Windows: the rename itself asks.
#[cfg(not(unix))]
fn may_write(_: &Folder, _: &OsStr) -> io::Result<()> {
    Ok(())
}

/// The permission bits, those of set-user-id and the like included.
#[cfg(unix)]
pub(super) fn mode_bits(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.mode() & 0o7777
}

#[cfg(not(unix))]
pub(super) fn mode_bits(metadata: &Metadata) -> u32 {
    if metadata.permissions().readonly() { 0o444 } else { 0o644 }
}

/// Gives `file` the owner, the extended attributes and the mode of the file described by `old`. Whether the owner
/// could be kept: only root can give files away.
#[cfg(unix)]
pub(crate) fn copy(file: &File, old: &Metadata, old_file: Option<&File>) -> io::Result<bool> {
    use rustix::fs::{Gid, Mode, Uid, fchmod, fchown};
    use std::os::unix::fs::MetadataExt as _;
    let new = file.metadata()?;
    let (user, group) = (Uid::from_raw(old.uid()), Gid::from_raw(old.gid()));
    let mut kept = (new.uid(), new.gid()) == (old.uid(), old.gid());
    if !kept {
        kept = fchown(file, Some(user), Some(group)).is_ok();
        if !kept && new.gid() != old.gid() {
            let _ = fchown(file, None, Some(group));
        }
    }
    if let Some(old_file) = old_file {
        copy_extended(old_file, file);
    }
    // Last: a change of owner takes away set-user-id, which another owner must not get.
    let mode = mode_bits(old) & if kept { 0o7777 } else { 0o777 };
    fchmod(file, Mode::from_bits_truncate(mode))?;
    Ok(kept)
}

/// Windows: a file renamed over another has its own attributes; those of the folder are inherited. Untested.
#[cfg(not(unix))]
pub(crate) fn copy(file: &File, old: &Metadata, _: Option<&File>) -> io::Result<bool> {
    file.set_permissions(old.permissions())?;
    Ok(true)
}

/// Access lists, labels, `user.*`. What this user may not set is left out, as `cp -a` does.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn copy_extended(old: &File, new: &File) {
    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, flistxattr_query, fsetxattr};
    /// Names and one value; what is larger is left out.
    const BYTES_MAX: usize = 64 * 1024;
    // Nearly every file has none.
    let length = flistxattr_query(old).unwrap_or(0);
    if length == 0 || length > BYTES_MAX {
        return;
    }
    let mut names = vec![0; length];
    let Ok(length) = flistxattr(old, names.as_mut_slice()) else { return };
    let mut value = vec![0; BYTES_MAX];
    for name in names.get(..length).unwrap_or_default().split(|byte| *byte == 0) {
        if name.is_empty() {
            continue;
        }
        if let Ok(length) = fgetxattr(old, name, value.as_mut_slice()) {
            let value = value.get(..length).unwrap_or_default();
            let _ = fsetxattr(new, name, value, XattrFlags::empty());
        }
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "macos"))))]
fn copy_extended(_: &File, _: &File) {}

/// Gives `file` these permission bits.
#[cfg(unix)]
pub(super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::fchmod(file, rustix::fs::Mode::from_bits_truncate(mode & 0o7777))?)
}

/// Windows has no such bits but one.
#[cfg(not(unix))]
pub(super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(mode & 0o222 == 0);
    file.set_permissions(permissions)
}
