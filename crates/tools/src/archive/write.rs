//! Writing archives.

mod tar;
mod zip;

use std::fs::File;
use std::io::{self, BufWriter, Read};
use std::path::Path;

use super::budget::{Budget, Metered};
use super::create::Item;
use super::tree::Tree;
use super::{ArchiveError, Format};

/// Written at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// Zstandard's own default: about the speed of a disk.
const ZSTD_LEVEL: i32 = 3;

/// Writes `items`, which lie below `tree`, and gives the file back.
pub(super) fn write(
    file: File,
    format: Format,
    tree: &Tree,
    items: &[Item],
    budget: &mut Budget<'_>,
) -> Result<File, ArchiveError> {
    let failed = |error| ArchiveError::writing("cannot write", "the archive", error);
    let whole = |buffer: BufWriter<File>| buffer.into_inner().map_err(|e| failed(e.into_error()));
    let buffer = BufWriter::with_capacity(BUFFER_BYTES, file);
    let mut sources = Sources { tree, open: None };
    match format {
        Format::Zip => whole(zip::write(buffer, &mut sources, items, budget)?),
        Format::Tar => whole(tar::write(buffer, &mut sources, items, budget)?),
        Format::TarGz => {
            let encoder = flate2::write::GzEncoder::new(buffer, flate2::Compression::default());
            let encoder = tar::write(encoder, &mut sources, items, budget)?;
            whole(encoder.finish().map_err(failed)?)
        }
        Format::TarZst => {
            let mut encoder = zstd::Encoder::new(buffer, ZSTD_LEVEL).map_err(failed)?;
            encoder.include_checksum(true).map_err(failed)?;
            let encoder = tar::write(encoder, &mut sources, items, budget)?;
            whole(encoder.finish().map_err(failed)?)
        }
    }
}

/// Opens the items again, one after the other.
struct Sources<'t> {
    tree: &'t Tree,
    /// The folder the item before lay in: mostly the next one does, too.
    open: Option<(std::path::PathBuf, Tree)>,
}

impl Sources<'_> {
    fn folder(&mut self, item: &Item) -> Result<&Tree, ArchiveError> {
        let parent = item.path.parent().unwrap_or(Path::new(""));
        let folder = match self.open.take() {
            Some((path, folder)) if path == parent => folder,
            _ => self.tree.below(parent, false).map_err(|error| failed(item, error))?,
        };
        Ok(&self.open.insert((parent.to_owned(), folder)).1)
    }

    /// The content of a file, and its size now.
    fn content(&mut self, item: &Item) -> Result<(File, u64), ArchiveError> {
        let name = item.path.file_name().unwrap_or_default();
        let file = self.folder(item)?.open_file(name).map_err(|error| failed(item, error))?;
        let metadata = file.metadata().map_err(|error| failed(item, error))?;
        if !metadata.is_file() {
            return Err(changed(item));
        }
        Ok((file, metadata.len()))
    }

    fn target(&mut self, item: &Item) -> Result<std::path::PathBuf, ArchiveError> {
        let name = item.path.file_name().unwrap_or_default();
        self.folder(item)?.read_link(name).map_err(|error| failed(item, error))
    }
}

/// Exactly `size` bytes of a file: fewer means that it was cut meanwhile, more are not looked at.
struct Exactly<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        if count == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

fn metered<'b, 'a>(
    file: File,
    size: u64,
    budget: &'b mut Budget<'a>,
) -> Metered<'b, 'a, Exactly<File>> {
    Metered::file(Exactly { inner: file, left: size }, budget)
}

/// The name in the archive; parts joined with `/`.
fn name(item: &Item) -> Result<String, ArchiveError> {
    let parts: Option<Vec<&str>> = item.path.iter().map(std::ffi::OsStr::to_str).collect();
    parts.map(|parts| parts.join("/")).ok_or_else(|| ArchiveError::UnsafeName {
        name: item.path.to_string_lossy().into_owned(),
        why: "it is no UTF-8, which a zip archive cannot hold; use tar",
    })
}

fn changed(item: &Item) -> ArchiveError {
    ArchiveError::Changed { name: item.path.to_string_lossy().into_owned() }
}

fn failed(item: &Item, error: io::Error) -> ArchiveError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return changed(item);
    }
    ArchiveError::writing("cannot read", item.path.to_string_lossy(), error)
}
