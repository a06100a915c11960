//! Files: read, write, create, changes of lines, and changes of several files that happen together or not at all.
//!
//! Everything that changes a file goes through [`Changes`]: locks, a check that the file still is what was read, new
//! content written beside it, then a rename. So a reader sees the old file or the new one, never a part.

mod attributes;
mod changes;
mod commit;
mod document;
mod error;
mod line_changes;
mod listing;
mod locks;
mod open;
mod read;
mod temporary;
mod write;

pub(crate) use attributes::copy as copy_attributes;
pub use changes::{Before, BeforeChange, ChangeKind, Changes, Committed};
pub use document::Document;
pub use error::{FileState, FilesError};
pub use line_changes::{
    DeleteLinesInput, InsertLinesInput, LineRange, LinesOutput, ReplaceLinesInput, delete_lines,
    insert_lines, replace_lines,
};
pub use read::{FolderOutput, MediaOutput, ReadInput, ReadOutput, TextOutput, read, read_bytes};
pub(crate) use temporary::{Temporary, sweep};
pub use write::{CreateInput, WriteInput, WriteOutput, WrittenLineEnding, create, write};

use crate::{Effect, Tool};

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::new("read", Effect::Reads, read),
        Tool::new("write", Effect::Writes, write),
        Tool::new("create", Effect::Writes, create),
        Tool::new("insert-lines", Effect::Writes, insert_lines),
        Tool::new("replace-lines", Effect::Writes, replace_lines),
        Tool::new("delete-lines", Effect::Writes, delete_lines),
    ]
}
