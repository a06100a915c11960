//! Looking into an archive in memory.

use std::io::{self, Cursor, Read};

use schemars::JsonSchema;
use serde::Serialize;

use super::budget::Budget;
use super::entry::{Entry, Receiver};
use super::{ArchiveError, EntryKind, Format, read};
use crate::Control;
use crate::limits::ArchiveLimits;

/// One entry of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Its path in the archive.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its size; 0 for all but files.
    pub bytes: u64,
    /// Who may read, write and run it, where the archive says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// When it was changed, in seconds since 1970, where the archive says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<i64>,
    /// Where a link leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What `archive` holds. All of it is read, so that what [`super::extract`] would refuse is refused here, too.
///
/// # Errors
///
/// See [`ArchiveError`].
pub fn inspect(
    archive: &[u8],
    limits: &ArchiveLimits,
    control: &Control,
) -> Result<Vec<Listed>, ArchiveError> {
    let format = Format::of(archive)
        .ok_or_else(|| ArchiveError::UnknownFormat { path: "the archive".into() })?;
    let mut listing = Listing(Vec::new());
    let mut progress = |_| {};
    let mut budget = Budget::new(limits, control, archive.len() as u64, &mut progress);
    read::read(Cursor::new(archive), format, &mut budget, &mut listing)?;
    Ok(listing.0)
}

struct Listing(Vec<Listed>);

impl Receiver for Listing {
    fn receive(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), ArchiveError> {
        let bytes = io::copy(content, &mut io::sink())
            .map_err(|error| ArchiveError::reading(&entry.name, error))?;
        let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let leads = matches!(entry.kind, EntryKind::Link | EntryKind::HardLink);
        self.0.push(Listed {
            path: text(&entry.path),
            kind: entry.kind,
            bytes,
            mode: entry.mode,
            modified: entry.modified,
            target: leads.then(|| text(&entry.target)),
        });
        Ok(())
    }
}
