//! Changes of whole lines, by number.

use std::num::NonZeroU64;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::changes::Changes;
use super::document::Document;
use super::error::FilesError;
use super::open::Place;
use crate::text::{
    ContentHash, Diff, LineEnding, line_count, line_start, unified_diff, with_line_ending,
};
use crate::{Control, Workspace};

/// Inserts lines into a text file.
///
/// All other bytes stay as they are. The new lines get the line ending that most lines of the file have; whether the
/// file ends in one is kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InsertLinesInput {
    /// The file.
    pub path: String,
    /// The new lines stand before this line, from 1. One more than the file has lines: at its end.
    pub line: NonZeroU64,
    /// The new lines. The last one needs no line ending; `""` is no line, `"\n"` an empty one.
    pub content: String,
    /// Change only if the file holds just this (a `hash` given by `read` or by a change). Default: whatever it holds.
    #[serde(default)]
    pub expected_hash: Option<ContentHash>,
}

/// Replaces lines of a text file.
///
/// All other bytes stay as they are. The new lines get the line ending that most lines of the file have; whether the
/// file ends in one is kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplaceLinesInput {
    /// The file.
    pub path: String,
    /// The first line that goes, from 1.
    pub start: NonZeroU64,
    /// The last line that goes.
    pub end: NonZeroU64,
    /// The lines that come. The last one needs no line ending; `""` is no line, `"\n"` an empty one.
    pub content: String,
    /// Change only if the file holds just this (a `hash` given by `read` or by a change). Default: whatever it holds.
    #[serde(default)]
    pub expected_hash: Option<ContentHash>,
}

/// Deletes lines of a text file.
///
/// All other bytes stay as they are; whether the file ends in a line ending is kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteLinesInput {
    /// The file.
    pub path: String,
    /// The first line that goes, from 1.
    pub start: NonZeroU64,
    /// The last line that goes.
    pub end: NonZeroU64,
    /// Change only if the file holds just this (a `hash` given by `read` or by a change). Default: whatever it holds.
    #[serde(default)]
    pub expected_hash: Option<ContentHash>,
}

/// A file of which lines were changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinesOutput {
    /// The file.
    pub path: String,
    /// The hash of what it holds now.
    pub hash: ContentHash,
    /// How many lines it has now.
    pub lines: u64,
    /// Where the new lines are; `null`: none came.
    pub range: Option<LineRange>,
    /// What became of it.
    pub diff: Diff,
    /// Whether it still has the owner it had: only root can give a file away.
    pub owner_kept: bool,
}

/// Some lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineRange {
    /// The first, from 1.
    pub start: u64,
    /// The last.
    pub end: u64,
}

/// Inserts lines. A stopped call has changed the file or not touched it.
///
/// # Errors
///
/// [`FilesError::OutOfRange`]; those of [`Document::load`] and [`Changes::commit`]. The file is as it was.
pub fn insert_lines(
    workspace: &Workspace,
    input: &InsertLinesInput,
    control: &Control,
) -> Result<LinesOutput, FilesError> {
    let splice = Splice { start: input.line.get(), gone: 0, content: &input.content };
    change(workspace, &input.path, input.expected_hash.as_ref(), &splice, control)
}

/// Replaces lines. A stopped call has changed the file or not touched it.
///
/// # Errors
///
/// As [`insert_lines`].
pub fn replace_lines(
    workspace: &Workspace,
    input: &ReplaceLinesInput,
    control: &Control,
) -> Result<LinesOutput, FilesError> {
    let gone = count(&input.path, input.start, input.end)?;
    let splice = Splice { start: input.start.get(), gone, content: &input.content };
    change(workspace, &input.path, input.expected_hash.as_ref(), &splice, control)
}

/// Deletes lines. A stopped call has changed the file or not touched it.
///
/// # Errors
///
/// As [`insert_lines`].
pub fn delete_lines(
    workspace: &Workspace,
    input: &DeleteLinesInput,
    control: &Control,
) -> Result<LinesOutput, FilesError> {
    let gone = count(&input.path, input.start, input.end)?;
    let splice = Splice { start: input.start.get(), gone, content: "" };
    change(workspace, &input.path, input.expected_hash.as_ref(), &splice, control)
}

fn count(path: &str, start: NonZeroU64, end: NonZeroU64) -> Result<u64, FilesError> {
    let (start, end) = (start.get(), end.get());
    let before = end.checked_sub(start);
    before.and_then(|count| count.checked_add(1)).ok_or_else(|| FilesError::ReversedRange {
        path: path.to_owned(),
        start,
        end,
    })
}

/// `gone` lines from line `start` on go, `content` comes.
struct Splice<'c> {
    start: u64,
    gone: u64,
    content: &'c str,
}

fn change(
    workspace: &Workspace,
    path: &str,
    expected: Option<&ContentHash>,
    splice: &Splice<'_>,
    control: &Control,
) -> Result<LinesOutput, FilesError> {
    let place = Place::new(workspace, path)?;
    let mut changes = Changes::begin(workspace, std::slice::from_ref(&place.location), control)?;
    let document = changes.load(&place.location, control)?;
    changes.expect_hash(&document, expected)?;
    let (text, come) = splice.apply(&document)?;
    changes.write(&document, &text)?;
    let committed = changes.commit(control)?;
    let row = committed.first();
    let diff =
        unified_diff(&place.shown, Some(document.text()), Some(&text), &workspace.limits().diff);
    Ok(LinesOutput {
        path: place.shown,
        hash: row.and_then(|row| row.hash).unwrap_or(document.hash()),
        lines: line_count(&text) as u64,
        range: come
            .checked_sub(1)
            .map(|rest| LineRange { start: splice.start, end: splice.start + rest }),
        diff,
        owner_kept: row.is_none_or(|row| row.owner_kept),
    })
}

impl Splice<'_> {
    /// The new text, and how many lines came.
    fn apply(&self, document: &Document) -> Result<(String, u64), FilesError> {
        let text = document.text();
        let out_of_range = |line| FilesError::OutOfRange {
            path: document.shown().to_owned(),
            what: "line",
            line,
            lines: line_count(text) as u64,
        };
        // An inserted line may stand one behind the last, a line that goes may not.
        let start = usize::try_from(self.start).ok().and_then(|start| line_start(text, start));
        let start = start.ok_or_else(|| out_of_range(self.start))?;
        let end = match self.gone {
            0 => start,
            gone => {
                let behind = self.start.saturating_add(gone);
                let end = usize::try_from(behind).ok().and_then(|behind| line_start(text, behind));
                end.ok_or_else(|| out_of_range(behind - 1))?
            }
        };
        let ending = document.endings().preferred();
        let block = whole_lines(self.content, ending);
        let come = line_count(&block) as u64;

        let head = text.get(..start).unwrap_or_default();
        let tail = text.get(end..).unwrap_or_default();
        let mut new = String::with_capacity(text.len() + block.len() + ending.as_str().len());
        new.push_str(head);
        let ends_in_line_ending = |text: &str| text.is_empty() || ends(text, document);
        if !block.is_empty() && !ends_in_line_ending(head) {
            new.push_str(ending.as_str());
        }
        new.push_str(&block);
        new.push_str(tail);
        if tail.is_empty() && !ends_in_line_ending(text) {
            remove_last_ending(&mut new, document);
        }
        Ok((new, come))
    }
}

/// `content` as lines that all end in `ending`.
fn whole_lines(content: &str, ending: LineEnding) -> String {
    let mut block = with_line_ending(content, ending).into_owned();
    if !block.is_empty() && !block.ends_with(ending.as_str()) {
        block.push_str(ending.as_str());
    }
    block
}

/// What a line of the document ends in: see [`crate::text::LineEndings`] for when that is a CR.
fn last_character(document: &Document) -> char {
    if document.endings().cr > 0 { '\r' } else { '\n' }
}

fn ends(text: &str, document: &Document) -> bool {
    text.ends_with(last_character(document))
}

fn remove_last_ending(text: &mut String, document: &Document) {
    if !ends(text, document) {
        return;
    }
    text.pop();
    if last_character(document) == '\n' && text.ends_with('\r') {
        text.pop();
    }
}
