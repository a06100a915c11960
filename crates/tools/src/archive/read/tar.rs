//! Tar: entries in a stream. The crate gives the raw ones; long names are put together here, where their size has a
//! limit: its own way reads them into memory whatever they claim.

use std::cell::RefCell;
use std::io::{self, Read};

use tar::{EntryType, Header};

use crate::archive::ArchiveError;
use crate::archive::budget::{Budget, SharedMeter};
use crate::archive::entry::{self, Entry, EntryKind, MODE_BITS, Names, Receiver};

/// What the entries before the proper one say about it.
#[derive(Default)]
struct Announced {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    modified: Option<i64>,
}

/// Gives all entries to `receiver`.
pub(super) fn read(
    source: impl Read,
    budget: &mut Budget<'_>,
    receiver: &mut dyn Receiver,
) -> Result<(), ArchiveError> {
    let limits = budget.limits();
    let budget = RefCell::new(budget);
    let mut archive = tar::Archive::new(SharedMeter { inner: source, budget: &budget });
    let mut names = Names::default();
    let mut announced = Announced::default();
    let mut before = String::new();
    let entries = archive.entries().map_err(|error| ArchiveError::reading("", error))?;
    for raw in entries.raw(true) {
        let mut raw = raw.map_err(|error| ArchiveError::reading(&before, error))?;
        let header = raw.header().clone();
        let size = header.entry_size().map_err(|error| ArchiveError::reading(&before, error))?;
        let kind = header.entry_type();
        if announced.read(kind, size, limits.name_bytes, &mut raw)? {
            continue;
        }
        let said = std::mem::take(&mut announced);
        let name = said.name.clone().unwrap_or_else(|| header.path_bytes().into_owned());
        budget.borrow_mut().entry(size)?;
        let Some(path) = entry::path(&name, limits)? else { continue };
        let name = String::from_utf8_lossy(&name).into_owned();
        let entry = proper(&header, said, path, name, limits)?;
        names.add(&entry)?;
        if entry.kind == EntryKind::File {
            receiver.receive(&entry, &mut raw)?;
        } else {
            receiver.receive(&entry, &mut io::empty())?;
        }
        before = entry.name;
    }
    // To the end of the stream: the checksum of what is compressed stands there.
    let rest = io::copy(&mut archive.into_inner(), &mut io::sink());
    rest.map(drop).map_err(|error| ArchiveError::reading(&before, error))
}

impl Announced {
    /// Whether the entry is one that announces another, and was read.
    fn read(
        &mut self,
        kind: EntryType,
        size: u64,
        most: u64,
        content: &mut impl Read,
    ) -> Result<bool, ArchiveError> {
        let known = kind.is_gnu_longname()
            || kind.is_gnu_longlink()
            || kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions();
        if !known {
            return Ok(false);
        }
        // Records of pax hold a name and some figures.
        if size > most.saturating_mul(4) {
            return Err(ArchiveError::UnsafeName { name: String::new(), why: "it is too long" });
        }
        let mut text = Vec::new();
        content.read_to_end(&mut text).map_err(|error| ArchiveError::reading("", error))?;
        if kind.is_gnu_longname() {
            self.name = Some(until_nul(text));
        } else if kind.is_gnu_longlink() {
            self.link = Some(until_nul(text));
        } else if kind.is_pax_local_extensions() {
            self.pax(&text)?;
        }
        // Global records say nothing that is used here.
        Ok(true)
    }

    fn pax(&mut self, mut records: &[u8]) -> Result<(), ArchiveError> {
        let damaged = || ArchiveError::Damaged {
            name: String::new(),
            why: "its pax records cannot be read".to_owned(),
        };
        while !records.is_empty() {
            let (key, value, rest) = pax_record(records).ok_or_else(damaged)?;
            match key {
                b"path" => self.name = Some(value.to_owned()),
                b"linkpath" => self.link = Some(value.to_owned()),
                b"mtime" => {
                    let whole = value.split(|byte| *byte == b'.').next().unwrap_or_default();
                    self.modified = std::str::from_utf8(whole).ok().and_then(|w| w.parse().ok());
                }
                // Where this and the header disagree, readers do, too: a way to hide entries.
                b"size" => return Err(unsupported("", "its size stands in a pax record")),
                _ if key.starts_with(b"GNU.sparse") => {
                    return Err(unsupported("", "it is a sparse file"));
                }
                _ => {}
            }
            records = rest;
        }
        Ok(())
    }
}

/// `LENGTH KEY=VALUE\n`; the length counts all of it.
fn pax_record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = records.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(records.get(..space)?).ok()?.parse().ok()?;
    let record = records.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some((record.get(..equals)?, record.get(equals + 1..)?, records.get(length..)?))
}

fn proper(
    header: &Header,
    said: Announced,
    path: std::path::PathBuf,
    name: String,
    limits: &crate::limits::ArchiveLimits,
) -> Result<Entry, ArchiveError> {
    let link = said.link.or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned));
    let link = link.unwrap_or_default();
    let mut target = std::path::PathBuf::new();
    let kind = match header.entry_type() {
        // Before POSIX a folder was a file whose name ends with a slash.
        EntryType::Regular if name.ends_with('/') => EntryKind::Folder,
        EntryType::Regular | EntryType::Continuous => EntryKind::File,
        EntryType::Directory => EntryKind::Folder,
        EntryType::Symlink => {
            target = entry::link_target(&path, &link, &name)?;
            EntryKind::Link
        }
        EntryType::Link => {
            target = entry::path(&link, limits)?.unwrap_or_default();
            EntryKind::HardLink
        }
        EntryType::Char | EntryType::Block => return Err(unsupported(&name, "it is a device")),
        EntryType::Fifo => return Err(unsupported(&name, "it is a FIFO")),
        EntryType::GNUSparse => return Err(unsupported(&name, "it is a sparse file")),
        other => {
            let kind = char::from(other.as_byte()).escape_default().to_string();
            return Err(unsupported(&name, &format!("it is of the unknown kind {kind:?}")));
        }
    };
    let modified = header.mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
    Ok(Entry {
        path,
        name,
        kind,
        target,
        mode: header.mode().ok().map(|mode| mode & MODE_BITS),
        modified: said.modified.or(modified),
    })
}

fn unsupported(name: &str, why: &str) -> ArchiveError {
    let name = if name.is_empty() { "an entry" } else { name };
    ArchiveError::Unsupported { name: name.to_owned(), why: why.to_owned() }
}

fn until_nul(mut text: Vec<u8>) -> Vec<u8> {
    if let Some(end) = memchr::memchr(0, &text) {
        text.truncate(end);
    }
    text
}
