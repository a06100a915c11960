//! The tool `edit`: one replacement in one file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file_error::EditFileError;
use super::{Edited, Replace, Replacement, Strategy, edit_text};
use crate::files::{Changes, Document};
use crate::text::{ContentHash, Diff, Encoding, unified_diff};
use crate::{Control, Workspace};

/// Replaces a text in a file by another, even where the text is not remembered quite exactly.
///
/// `old` is sought as it is first, then with other white space, then by similarity; it must fit one place. Line ends of
/// `old` and `new` do not matter: the file keeps its own. Every byte outside the place stays as it is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EditInput {
    /// The file.
    pub path: String,
    /// The text to be replaced; whole lines, with enough around them to fit one place only.
    pub old: String,
    /// What stands there afterwards, literally. Where `old` was found at another indentation, it is indented so too.
    pub new: String,
    /// Replace every place; then every word of `old` must be right. Default: `false`.
    #[serde(default)]
    pub replace_all: bool,
    /// Take placeholders like `// ... existing code ...` in `new` literally. Default: `false`, they are refused.
    #[serde(default)]
    pub allow_omission: bool,
    /// Change only if the file holds just this (a `hash` given by `read` or by a change). Default: whatever it holds.
    #[serde(default)]
    pub expected_hash: Option<ContentHash>,
}

/// A file in which a text was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditOutput {
    /// The file.
    pub path: String,
    /// The hash of what it holds now.
    pub hash: ContentHash,
    /// How `old` was found.
    pub strategy: Strategy,
    /// How many places were replaced.
    pub count: u64,
    /// The first of them, at most 50; lines, and bytes of the file.
    pub replacements: Vec<Replacement>,
    /// What became of the file.
    pub diff: Diff,
    /// Whether it still has the owner it had: only root can give a file away.
    pub owner_kept: bool,
}

/// Edits a file. A stopped call has changed the file or not touched it.
///
/// # Errors
///
/// [`EditFileError::Refused`], with why and where; those of [`Document::load`] and [`Changes::commit`]. The file is as
/// it was.
pub fn edit(
    workspace: &Workspace,
    input: &EditInput,
    control: &Control,
) -> Result<EditOutput, EditFileError> {
    let limits = workspace.limits();
    let location = workspace.scope().locate(&input.path)?;
    let mut changes = Changes::begin(workspace, std::slice::from_ref(&location), control)?;
    let document = changes.load(&location, control)?;
    changes.expect_hash(&document, input.expected_hash.as_ref())?;
    let replace = Replace {
        old: &input.old,
        new: &input.new,
        replace_all: input.replace_all,
        allow_omission: input.allow_omission,
    };
    let edited = edit_text(document.text(), &replace, &limits.edit)
        .map_err(|source| EditFileError::Refused { path: document.shown().to_owned(), source })?;
    changes.write(&document, &edited.content)?;
    let committed = changes.commit(control)?;
    let row = committed.first();
    let named = usize::try_from(limits.edit.places_named).unwrap_or(usize::MAX);
    Ok(EditOutput {
        path: document.shown().to_owned(),
        hash: row.and_then(|row| row.hash).unwrap_or(document.hash()),
        strategy: edited.strategy,
        count: edited.replacements.len() as u64,
        replacements: in_file(&document, document.text(), &edited, named),
        diff: unified_diff(
            document.shown(),
            Some(document.text()),
            Some(&edited.content),
            &limits.diff,
        ),
        owner_kept: row.is_none_or(|row| row.owner_kept),
    })
}

/// The first replacements, with bytes of the file instead of the text: it may have a byte-order mark, or be in another
/// encoding. `before` is the text that was edited.
pub(super) fn in_file(
    document: &Document,
    before: &str,
    edited: &Edited,
    named: usize,
) -> Vec<Replacement> {
    let mark = if document.bom() { document.encoding().byte_order_mark().len() as u64 } else { 0 };
    let mut before =
        FileBytes { encoding: document.encoding(), text: before, read: 0, bytes: mark };
    let mut after = FileBytes { text: &edited.content, ..before };
    let mut moved = Vec::with_capacity(edited.replacements.len().min(named));
    for replacement in edited.replacements.iter().take(named) {
        let mut replacement = *replacement;
        for (bytes, span) in
            [(&mut before, &mut replacement.before), (&mut after, &mut replacement.after)]
        {
            span.start_byte = bytes.at(span.start_byte);
            span.end_byte = bytes.at(span.end_byte);
        }
        moved.push(replacement);
    }
    moved
}

/// Counts the bytes of a file along its text.
#[derive(Clone, Copy)]
struct FileBytes<'t> {
    encoding: Encoding,
    text: &'t str,
    read: usize,
    bytes: u64,
}

impl FileBytes<'_> {
    /// The byte of the file for a byte of the text, which is none before the last asked for.
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        let piece = self.text.get(self.read..byte).unwrap_or_default();
        // What was read can be written; what is new was written by now.
        let bytes = match self.encoding {
            Encoding::Utf8 => piece.len(),
            other => other.encode(piece).map_or(piece.len(), |bytes| bytes.len()),
        };
        self.read = byte;
        self.bytes += bytes as u64;
        self.bytes
    }
}
