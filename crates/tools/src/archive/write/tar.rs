//! Tar.

use std::io::{self, Write};

use tar::{Builder, EntryType, Header};

use super::{Item, Sources, failed, metered};
use crate::archive::ArchiveError;
use crate::archive::budget::Budget;
use crate::archive::tree::Kind;

/// Writes `items` to `sink` and gives it back.
pub(super) fn write<W: Write>(
    sink: W,
    sources: &mut Sources<'_>,
    items: &[Item],
    budget: &mut Budget<'_>,
) -> Result<W, ArchiveError> {
    let mut builder = Builder::new(sink);
    for item in items {
        let mut header = Header::new_gnu();
        header.set_mode(item.facts.mode);
        // Before 1970 there is no form that all readers know.
        header.set_mtime(u64::try_from(item.facts.modified).unwrap_or_default());
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        let written = match item.facts.kind {
            Kind::File => {
                let (file, size) = sources.content(item)?;
                budget.entry(size)?;
                header.set_entry_type(EntryType::Regular);
                header.set_size(size);
                builder.append_data(&mut header, &item.path, metered(file, size, budget))
            }
            Kind::Folder => {
                budget.entry(0)?;
                header.set_entry_type(EntryType::Directory);
                // The slash at the end is the custom of all tars.
                builder.append_data(&mut header, item.path.join(""), io::empty())
            }
            Kind::Link | Kind::Other => {
                budget.entry(0)?;
                header.set_entry_type(EntryType::Symlink);
                builder.append_link(&mut header, &item.path, sources.target(item)?)
            }
        };
        written.map_err(|error| failed(item, error))?;
    }
    let finished = builder.into_inner();
    finished.map_err(|error| ArchiveError::writing("cannot write", "the archive", error))
}
