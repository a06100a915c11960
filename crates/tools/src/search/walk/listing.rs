//! The names in one folder, read in one go into one buffer.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

use super::entry::Kind;
use crate::Folder;
use crate::search::rules::RuleFiles;

/// Names with their kinds, in the order of the system.
#[derive(Debug, Default)]
pub(super) struct Listing {
    names: Names,
    items: Vec<Item>,
    rule_files: RuleFiles,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    start: u32,
    end: u32,
    kind: Kind,
}

#[cfg(unix)]
type Names = Vec<u8>;
#[cfg(not(unix))]
type Names = Vec<std::ffi::OsString>;

impl Listing {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Which of them hold rules.
    pub(super) fn rule_files(&self) -> RuleFiles {
        self.rule_files
    }

    fn clear(&mut self) {
        self.names.clear();
        self.items.clear();
        self.rule_files = RuleFiles::default();
    }
}

#[cfg(unix)]
impl Listing {
    /// Reads `folder` anew. The first error ends it: what was read until then stays.
    pub(super) fn read(
        &mut self,
        folder: &Folder,
        _path: &dyn Fn() -> PathBuf,
        buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        self.clear();
        unix::read(folder, buffer, |name, kind| self.push(name, kind))
    }

    fn push(&mut self, name: &[u8], kind: Kind) {
        // A folder with 4 GiB of names does not exist; its last names would be left out.
        let (Ok(start), Ok(end)) =
            (u32::try_from(self.names.len()), u32::try_from(self.names.len() + name.len()))
        else {
            return;
        };
        self.rule_files.note(name);
        self.names.extend_from_slice(name);
        self.items.push(Item { start, end, kind });
    }

    /// The name and kind at `index`.
    pub(super) fn get(&self, index: usize) -> Option<(&OsStr, Kind)> {
        use std::os::unix::ffi::OsStrExt as _;
        let item = self.items.get(index)?;
        let name = self.names.get(item.start as usize..item.end as usize)?;
        Some((OsStr::from_bytes(name), item.kind))
    }
}

#[cfg(unix)]
mod unix {
    use std::ffi::CStr;
    use std::os::fd::AsFd as _;

    use rustix::fs::{AtFlags, FileType, RawMode};

    use super::{Folder, Kind, io};

    /// Linux: `getdents64` into our own buffer, so that a name costs no allocation.
    #[cfg(target_os = "linux")]
    pub(super) fn read(
        folder: &Folder,
        buffer: &mut Vec<u8>,
        mut push: impl FnMut(&[u8], Kind),
    ) -> io::Result<()> {
        /// Room for some thousand names in one call.
        const BUFFER_BYTES: usize = 64 * 1024;
        buffer.clear();
        buffer.reserve(BUFFER_BYTES);
        let mut entries = rustix::fs::RawDir::new(folder, buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = entry?;
            one(folder, entry.file_name(), entry.file_type(), &mut push);
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn read(
        folder: &Folder,
        _buffer: &mut Vec<u8>,
        mut push: impl FnMut(&[u8], Kind),
    ) -> io::Result<()> {
        for entry in rustix::fs::Dir::read_from(folder)? {
            let entry = entry?;
            one(folder, entry.file_name(), entry.file_type(), &mut push);
        }
        Ok(())
    }

    fn one(folder: &Folder, name: &CStr, kind: FileType, push: &mut impl FnMut(&[u8], Kind)) {
        if name.to_bytes() == b"." || name.to_bytes() == b".." {
            return;
        }
        // Some file systems do not say the kind while listing.
        let kind = if kind == FileType::Unknown {
            match rustix::fs::statat(folder.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(facts) => FileType::from_raw_mode(facts.st_mode as RawMode),
                Err(_) => FileType::Unknown,
            }
        } else {
            kind
        };
        push(
            name.to_bytes(),
            match kind {
                FileType::RegularFile => Kind::File,
                FileType::Directory => Kind::Folder,
                FileType::Symlink => Kind::Link,
                _ => Kind::Other,
            },
        );
    }
}

#[cfg(not(unix))]
impl Listing {
    /// Reads `folder` anew. The first error ends it: what was read until then stays.
    pub(super) fn read(
        &mut self,
        _folder: &Folder,
        path: &dyn Fn() -> PathBuf,
        _buffer: &mut Vec<u8>,
    ) -> io::Result<()> {
        self.clear();
        for entry in std::fs::read_dir(path())? {
            let entry = entry?;
            let kind = Kind::of(entry.file_type()?);
            self.rule_files.note(entry.file_name().as_encoded_bytes());
            self.names.push(entry.file_name());
            self.items.push(Item { start: 0, end: 0, kind });
        }
        Ok(())
    }

    /// The name and kind at `index`.
    pub(super) fn get(&self, index: usize) -> Option<(&OsStr, Kind)> {
        Some((self.names.get(index)?, self.items.get(index)?.kind))
    }
}
