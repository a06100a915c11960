//! Reading archives: each format gives its entries to a [`Receiver`], judged and counted.

mod tar;
mod zip;

use std::io::{BufReader, Read, Seek};

use super::budget::Budget;
use super::entry::Receiver;
use super::{ArchiveError, Format};

/// Read at once from a compressed file.
const BUFFER_BYTES: usize = 64 * 1024;

/// The largest window a Zstandard archive may ask for, as a power of two in bytes: 128 MiB, zstd's own default.
const WINDOW_LOG_MAX: u32 = 27;

/// Gives all entries of `source` to `receiver`.
pub(super) fn read(
    source: impl Read + Seek,
    format: Format,
    budget: &mut Budget<'_>,
    receiver: &mut dyn Receiver,
) -> Result<(), ArchiveError> {
    let damaged = |error| ArchiveError::reading("", error);
    let source = BufReader::with_capacity(BUFFER_BYTES, source);
    match format {
        Format::Zip => zip::read(source, budget, receiver),
        Format::Tar => tar::read(source, budget, receiver),
        // Several members in a row are one archive, as for `gzip -d`.
        Format::TarGz => tar::read(flate2::bufread::MultiGzDecoder::new(source), budget, receiver),
        Format::TarZst => {
            let mut decoder = zstd::Decoder::with_buffer(source).map_err(damaged)?;
            decoder.window_log_max(WINDOW_LOG_MAX).map_err(damaged)?;
            tar::read(decoder, budget, receiver)
        }
    }
}
