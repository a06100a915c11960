//! Zip.

use std::io::{self, Seek, Write};

use zip::write::FullFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Item, Sources, failed, metered, name};
use crate::archive::ArchiveError;
use crate::archive::budget::Budget;
use crate::archive::format::zip_time;
use crate::archive::tree::Kind;

/// Info-ZIP's field for times in seconds since 1970; the directory's own time has no zone and only even seconds.
const EXTENDED_TIMESTAMP: u16 = 0x5455;

/// Files from here on need the long form of sizes.
const LARGE_BYTES: u64 = u32::MAX as u64;

/// Writes `items` to `sink` and gives it back.
pub(super) fn write<W: Write + Seek>(
    sink: W,
    sources: &mut Sources<'_>,
    items: &[Item],
    budget: &mut Budget<'_>,
) -> Result<W, ArchiveError> {
    let mut archive = ZipWriter::new(sink);
    for item in items {
        let name = name(item)?;
        let failed = |error: zip::result::ZipError| failed(item, error.into());
        let options = options(item).map_err(failed)?;
        match item.facts.kind {
            Kind::File => {
                let (file, size) = sources.content(item)?;
                budget.entry(size)?;
                // What grows a little when compressed must fit, too.
                let options = options.large_file(size >= LARGE_BYTES / 2);
                archive.start_file(name, options).map_err(failed)?;
                io::copy(&mut metered(file, size, budget), &mut archive)
                    .map_err(|error| super::failed(item, error))?;
            }
            Kind::Folder => {
                budget.entry(0)?;
                archive.add_directory(name, options).map_err(failed)?;
            }
            Kind::Link | Kind::Other => {
                budget.entry(0)?;
                let target = sources.target(item)?;
                archive.add_symlink(name, target.to_string_lossy(), options).map_err(failed)?;
            }
        }
    }
    let finished = archive.finish();
    finished.map_err(|error| ArchiveError::writing("cannot write", "the archive", error.into()))
}

fn options(item: &Item) -> zip::result::ZipResult<FullFileOptions<'static, 'static>> {
    let mut options = FullFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(item.facts.mode)
        .last_modified_time(zip_time(item.facts.modified));
    if let Ok(seconds) = i32::try_from(item.facts.modified) {
        let mut field = vec![1];
        field.extend(seconds.to_le_bytes());
        options.add_extra_field(EXTENDED_TIMESTAMP, field, false)?;
    }
    Ok(options)
}
