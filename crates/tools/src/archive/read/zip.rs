//! Zip: a directory at the end, judged whole before the first entry is read.

use std::io::{self, Read, Seek};
use std::path::PathBuf;

use zip::result::ZipError;
use zip::{CompressionMethod, ExtraField, ZipArchive};

use crate::archive::ArchiveError;
use crate::archive::budget::{Budget, Metered};
use crate::archive::entry::{self, Entry, EntryKind, MODE_BITS, Names, Receiver};
use crate::archive::format::unix_seconds;

/// Gives all entries to `receiver`.
pub(super) fn read(
    source: impl Read + Seek,
    budget: &mut Budget<'_>,
    receiver: &mut dyn Receiver,
) -> Result<(), ArchiveError> {
    let mut archive = ZipArchive::new(source).map_err(|error| failed("", error))?;
    let plan = plan(&mut archive, budget)?;
    for (index, mut entry) in plan {
        let file = archive.by_index(index).map_err(|error| failed(&entry.name, error))?;
        let size = if entry.kind == EntryKind::Folder { 0 } else { file.size() };
        budget.entry(size)?;
        match entry.kind {
            EntryKind::File => receiver.receive(&entry, &mut Metered::file(file, budget))?,
            EntryKind::Link => {
                let most = budget.limits().name_bytes;
                let mut target = Vec::new();
                let mut text = Metered::file(file, budget).take(most.saturating_add(1));
                text.read_to_end(&mut target)
                    .map_err(|error| ArchiveError::reading(&entry.name, error))?;
                entry.target = entry::link_target(&entry.path, &target, &entry.name)?;
                receiver.receive(&entry, &mut io::empty())?;
            }
            EntryKind::Folder | EntryKind::HardLink => {
                receiver.receive(&entry, &mut io::empty())?;
            }
        }
    }
    Ok(())
}

/// Judges every entry by the directory. What it says of sizes is not believed when reading, but enough to refuse.
fn plan<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    budget: &Budget<'_>,
) -> Result<Vec<(usize, Entry)>, ArchiveError> {
    let limit = budget.limits().entries;
    if archive.len() as u64 > limit {
        return Err(ArchiveError::TooBig { row: "archive.entries", limit, unit: "entries" });
    }
    if archive.has_duplicate_names() {
        return Err(ArchiveError::Duplicate { name: "a name".to_owned() });
    }
    // Entries that share bytes are how 46 MB become 4.5 PB (Fifield, "A better zip bomb", 2019).
    if archive.has_overlapping_files().map_err(|error| failed("", error))? {
        let why = "its entries overlap".to_owned();
        return Err(ArchiveError::Damaged { name: String::new(), why });
    }
    let mut names = Names::default();
    let mut total: u64 = 0;
    let mut plan = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        budget.check()?;
        let file = archive.by_index_raw(index).map_err(|error| failed("", error))?;
        let name = String::from_utf8_lossy(file.name_raw()).into_owned();
        if file.encrypted() {
            return Err(ArchiveError::Encrypted { name });
        }
        let method = file.compression();
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            let why = format!("its compression {method} is not supported");
            return Err(ArchiveError::Unsupported { name, why });
        }
        let Some(path) = entry::path(file.name_raw(), budget.limits())? else { continue };
        let kind = if file.is_dir() {
            EntryKind::Folder
        } else if file.is_symlink() {
            EntryKind::Link
        } else {
            EntryKind::File
        };
        total = total.saturating_add(file.size());
        budget.total(total)?;
        let exact = file.extra_data_fields().find_map(|field| match field {
            ExtraField::ExtendedTimestamp(times) => times.mod_time(),
            _ => None,
        });
        let entry = Entry {
            path,
            name,
            kind,
            target: PathBuf::new(),
            mode: file.unix_mode().map(|mode| mode & MODE_BITS),
            // Signed in the format (Info-ZIP's field 0x5455).
            modified: match exact {
                Some(seconds) => Some(i64::from(seconds.cast_signed())),
                None => file.last_modified().map(unix_seconds),
            },
        };
        special(&entry, file.unix_mode())?;
        names.add(&entry)?;
        plan.push((index, entry));
    }
    Ok(plan)
}

/// Devices, FIFOs and sockets, by the bits for the type in the mode (`inode(7)`).
fn special(entry: &Entry, mode: Option<u32>) -> Result<(), ArchiveError> {
    match mode.unwrap_or_default() & 0o170_000 {
        0 | 0o100_000 | 0o040_000 | 0o120_000 => Ok(()),
        _ => Err(ArchiveError::Unsupported {
            name: entry.name.clone(),
            why: "it is a device, a FIFO or a socket".to_owned(),
        }),
    }
}

fn failed(name: &str, error: ZipError) -> ArchiveError {
    match error {
        ZipError::Io(error) => ArchiveError::reading(name, error),
        other => ArchiveError::Damaged { name: name.to_owned(), why: other.to_string() },
    }
}
