//! Archives in and out: zip, tar, tar.gz, tar.zst.
//!
//! An archive is a list of names and bytes that somebody else wrote. So nothing of it is believed: names that lead out
//! of the target, links that do, entries that come twice, devices, and more bytes than the limits allow are refused,
//! and a refusal leaves the target as it was. To that end an archive is taken out in two steps: first all of it into a
//! fresh folder inside the target, where no link of the archive exists while files are written; then, once everything
//! is there and nothing stands in the way, its entries are moved to their places by renaming, which is undone if one
//! fails. Zip archives are judged by their directory before the first byte, too.
//!
//! ```
//! use ironbridge_tools::archive::{self, CreateInput, ExtractInput};
//! use ironbridge_tools::{Control, Scope, Workspace};
//!
//! # let project = tempfile::tempdir()?;
//! # std::fs::write(project.path().join("notes"), "text")?;
//! let workspace = Workspace::new(Scope::within(project.path())?, project.path());
//! let control = Control::unbounded();
//! let input = CreateInput { sources: vec!["notes".into()], ..CreateInput::new("notes.tar.zst") };
//! archive::create(&workspace, &input, &control)?;
//! archive::extract(&workspace, &ExtractInput::new("notes.tar.zst", "copy"), &control)?;
//! assert_eq!(std::fs::read_to_string(project.path().join("copy/notes"))?, "text");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Content is streamed; memory holds names only. What is made is the same for the same files: sorted, without owners,
//! and with one time for all if one is given. Archives inside of archives are files like any other.

mod budget;
mod create;
mod entry;
mod error;
mod extract;
mod format;
mod inspect;
mod place;
mod read;
mod stage;
mod tree;
mod write;

pub use create::{CreateInput, Created, Skipped, create, create_with};
pub use entry::EntryKind;
pub use error::ArchiveError;
pub use extract::{Existing, ExtractInput, Extracted, extract, extract_with};
pub use format::Format;
pub use inspect::{Listed, inspect};

use crate::{Effect, Tool};

/// How far a call is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Entries begun.
    pub entries: u64,
    /// Bytes of content read so far; of a tar archive its own headers included.
    pub bytes: u64,
}

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::new("archive", Effect::Writes, create),
        Tool::new("extract", Effect::Writes, extract),
    ]
}
