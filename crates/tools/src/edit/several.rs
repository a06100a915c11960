//! The tool `multi-edit`: several replacements in one file or more, all or none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::in_file;
use super::file_error::EditFileError;
use super::{Replace, Replacement, Strategy, edit_text};
use crate::files::{Changes, Document};
use crate::text::{ContentHash, Diff, Encoding, unified_diff};
use crate::{Control, Location, Workspace};

/// Makes several edits in one file or more, all of them or none.
///
/// Each edit sees what those before it did. All are planned first; when one is refused, its index is told and no file
/// is touched.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MultiEditInput {
    /// The file of the edits that name none.
    #[serde(default)]
    pub path: Option<String>,
    /// The edits, in their order; at most 1,000.
    pub edits: Vec<PlannedEdit>,
}

/// One edit of several; its fields are those of `edit`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedEdit {
    /// The file. Default: the `path` of the call.
    #[serde(default)]
    pub path: Option<String>,
    /// The text to be replaced.
    pub old: String,
    /// What stands there afterwards.
    pub new: String,
    /// Replace every place. Default: `false`.
    #[serde(default)]
    pub replace_all: bool,
    /// Take placeholders in `new` literally. Default: `false`.
    #[serde(default)]
    pub allow_omission: bool,
    /// Change only if the file held just this before the call. Default: whatever it holds.
    #[serde(default)]
    pub expected_hash: Option<ContentHash>,
}

/// What several edits did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MultiEditOutput {
    /// The files, in the order in which edits first name them.
    pub files: Vec<EditedFile>,
    /// The edits, in their order.
    pub edits: Vec<MadeEdit>,
}

/// A file that was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditedFile {
    /// The file.
    pub path: String,
    /// The hash of what it holds now.
    pub hash: ContentHash,
    /// What became of it, by all edits together.
    pub diff: Diff,
    /// Whether it still has the owner it had: only root can give a file away.
    pub owner_kept: bool,
}

/// One edit that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeEdit {
    /// The file.
    pub path: String,
    /// How `old` was found.
    pub strategy: Strategy,
    /// How many places were replaced.
    pub count: u64,
    /// The first of them, at most 50; lines and bytes as the file would be right before and right after this edit.
    pub replacements: Vec<Replacement>,
}

/// A file with what is planned for it.
struct Draft {
    document: Document,
    text: String,
}

/// Makes several edits. A stopped call has made all or none.
///
/// # Errors
///
/// [`EditFileError::At`] says which edit was refused; those of [`Changes::commit`] when writing fails. The files are as
/// they were.
pub fn multi_edit(
    workspace: &Workspace,
    input: &MultiEditInput,
    control: &Control,
) -> Result<MultiEditOutput, EditFileError> {
    let limits = workspace.limits();
    let (edits, edits_max) = (input.edits.len() as u64, limits.edit.edits);
    if edits == 0 {
        return Err(EditFileError::NoEdits);
    }
    if edits > edits_max {
        return Err(EditFileError::TooManyEdits { edits, edits_max });
    }
    let (locations, drafts_of) = locate(workspace, input)?;
    let mut changes = Changes::begin(workspace, &locations, control)?;
    let mut drafts: Vec<Option<Draft>> = locations.iter().map(|_| None).collect();
    let mut made = Vec::with_capacity(input.edits.len());
    for (index, (edit, of)) in input.edits.iter().zip(drafts_of).enumerate() {
        control.check()?;
        let draft = locations.get(of).zip(drafts.get_mut(of));
        let (location, draft) = draft.ok_or_else(|| at(index, EditFileError::NoPath))?;
        let step = make(&mut changes, location, draft, edit, workspace, control);
        made.push(step.map_err(|error| at(index, error))?);
    }
    let drafts: Vec<Draft> = drafts.into_iter().flatten().collect();
    for Draft { document, text } in &drafts {
        changes.write(document, text)?;
    }
    let committed = changes.commit(control)?;
    let file = |(index, Draft { document, text }): (usize, &Draft)| {
        let row = committed.get(index);
        let (old, new) = (Some(document.text()), Some(text.as_str()));
        EditedFile {
            path: document.shown().to_owned(),
            hash: row.and_then(|row| row.hash).unwrap_or(document.hash()),
            diff: unified_diff(document.shown(), old, new, &limits.diff),
            owner_kept: row.is_none_or(|row| row.owner_kept),
        }
    };
    Ok(MultiEditOutput { files: drafts.iter().enumerate().map(file).collect(), edits: made })
}

/// The files of all edits, each once, and for each edit which of them it is: two paths may name one file.
fn locate(
    workspace: &Workspace,
    input: &MultiEditInput,
) -> Result<(Vec<Location>, Vec<usize>), EditFileError> {
    let mut known: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let mut locations = Vec::new();
    let mut of = Vec::with_capacity(input.edits.len());
    for (index, edit) in input.edits.iter().enumerate() {
        let path = edit.path.as_ref().or(input.path.as_ref());
        let path = path.ok_or_else(|| at(index, EditFileError::NoPath))?;
        let location = workspace.scope().locate(path).map_err(|error| at(index, error.into()))?;
        let number = *known.entry(location.resolved().to_owned()).or_insert(locations.len());
        if number == locations.len() {
            locations.push(location);
        }
        of.push(number);
    }
    Ok((locations, of))
}

/// Makes one edit in memory.
fn make(
    changes: &mut Changes<'_>,
    location: &Location,
    draft: &mut Option<Draft>,
    edit: &PlannedEdit,
    workspace: &Workspace,
    control: &Control,
) -> Result<MadeEdit, EditFileError> {
    let limits = &workspace.limits().edit;
    let draft = match draft {
        Some(draft) => draft,
        None => {
            let document = changes.load(location, control)?;
            let text = document.text().to_owned();
            draft.insert(Draft { document, text })
        }
    };
    let document = &draft.document;
    changes.expect_hash(document, edit.expected_hash.as_ref())?;
    let replace = Replace {
        old: &edit.old,
        new: &edit.new,
        replace_all: edit.replace_all,
        allow_omission: edit.allow_omission,
    };
    let path = document.shown().to_owned();
    let edited = edit_text(&draft.text, &replace, limits)
        .map_err(|source| EditFileError::Refused { path: path.clone(), source })?;
    let named = usize::try_from(limits.places_named).unwrap_or(usize::MAX);
    let replacements = in_file(document, &draft.text, &edited, named);
    let (strategy, count) = (edited.strategy, edited.replacements.len() as u64);
    draft.text = edited.content;
    if document.encoding() != Encoding::Utf8 {
        // The encoding may lack a character: told at the edit that brings it.
        changes.write(document, &draft.text)?;
    }
    Ok(MadeEdit { path, strategy, count, replacements })
}

fn at(index: usize, source: EditFileError) -> EditFileError {
    EditFileError::At { index, source: Box::new(source) }
}
