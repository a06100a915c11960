//! Writing a whole file.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::changes::{ChangeKind, Changes, Expected, Planned, current};
use super::error::FilesError;
use super::open::{Place, SAMPLE_BYTES};
use crate::text::{
    ContentHash, Encoding, LineEnding, LineEndingKind, LineEndings, Sample, Text, Unencodable,
    unified_diff, with_line_ending,
};
use crate::{Control, Workspace};

/// The byte-order mark as a character of a text.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// Writes a text file whole: a new one, or in place of what it held.
///
/// A reader sees the old content or the new, never a part. A file that is replaced keeps its encoding, its byte-order
/// mark, its mode and owner; if all its lines end alike, the new ones end so too. Missing folders are made. Through a
/// link the file it leads to is written, and the link stays; a further hard link keeps the old content.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WriteInput {
    /// The file.
    pub path: String,
    /// The text it is to hold.
    pub content: String,
    /// Write only if the file holds just this (a `hash` given by `read` or by a change). Default: whatever it holds.
    #[serde(default)]
    pub expected_hash: Option<ContentHash>,
    /// The encoding to write. Default: that of the file, UTF-8 for a new one.
    #[serde(default)]
    pub encoding: Option<Encoding>,
    /// How lines are to end. Default: as in the file if its lines all end alike, else as given.
    #[serde(default)]
    pub line_ending: Option<WrittenLineEnding>,
    /// Whether to wait until the disk has it, so that it survives a loss of power. Default: no.
    #[serde(default)]
    pub durable: bool,
}

/// Creates a text file; one that exists is an error.
///
/// Missing folders are made. With `overwrite` it does what `write` does.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateInput {
    /// The file.
    pub path: String,
    /// The text it is to hold. Default: none.
    #[serde(default)]
    pub content: String,
    /// Whether a file that exists is replaced. Default: no.
    #[serde(default)]
    pub overwrite: bool,
    /// The encoding to write. Default: UTF-8, or that of the file that is replaced.
    #[serde(default)]
    pub encoding: Option<Encoding>,
    /// Whether to wait until the disk has it, so that it survives a loss of power. Default: no.
    #[serde(default)]
    pub durable: bool,
}

/// How the lines of a written file are to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum WrittenLineEnding {
    /// As in `content`.
    AsGiven,
    /// All in `\n`.
    Lf,
    /// All in `\r\n`.
    Crlf,
    /// All in `\r`.
    Cr,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WriteOutput {
    /// The file.
    pub path: String,
    /// `created`, `replaced`, or `unchanged` if it held just this already and was not touched.
    pub outcome: ChangeKind,
    /// The hash of what it holds now.
    pub hash: ContentHash,
    /// Its size now.
    pub bytes: u64,
    /// Its encoding.
    pub encoding: Encoding,
    /// Whether it begins with a byte-order mark.
    pub bom: bool,
    /// How its lines end.
    pub line_ending: LineEndingKind,
    /// Whether lines of `content` ended otherwise and were converted.
    pub line_endings_converted: bool,
    /// Lines that are new.
    pub added: u64,
    /// Lines that are gone. None are counted where the file held no text, or more than `edit.file_bytes`.
    pub removed: u64,
    /// Whether it still has the owner it had: only root can give a file away.
    pub owner_kept: bool,
}

/// Writes a text file whole. A stopped call has written it or not touched it.
///
/// # Errors
///
/// Unless it is [`FilesError::HalfDone`], the file is as it was.
pub fn write(
    workspace: &Workspace,
    input: &WriteInput,
    control: &Control,
) -> Result<WriteOutput, FilesError> {
    put(workspace, input, true, control)
}

/// Creates a text file. A stopped call has created it or not.
///
/// # Errors
///
/// [`FilesError::Exists`] unless `overwrite` is set; else as [`write`].
pub fn create(
    workspace: &Workspace,
    input: &CreateInput,
    control: &Control,
) -> Result<WriteOutput, FilesError> {
    let written = WriteInput {
        path: input.path.clone(),
        content: input.content.clone(),
        encoding: input.encoding,
        durable: input.durable,
        ..WriteInput::default()
    };
    put(workspace, &written, input.overwrite, control)
}

fn put(
    workspace: &Workspace,
    input: &WriteInput,
    overwrite: bool,
    control: &Control,
) -> Result<WriteOutput, FilesError> {
    let place = Place::new(workspace, &input.path)?;
    let mut changes = Changes::begin(workspace, std::slice::from_ref(&place.location), control)?;
    changes.set_durable(input.durable);
    let (expected, old) = existing(workspace, &place, input, overwrite, control)?;

    let form = Form::of(input, old.as_ref());
    let content = form.content(&input.content);
    // Before the change, so that the text itself can become the bytes of the file.
    let old_content =
        old.as_ref().and_then(|old| old.text.as_ref()).map(|old| old.content.as_str());
    let diff = unified_diff(&place.shown, old_content, Some(&content), &workspace.limits().diff);
    let line_ending = LineEndings::of(&content).kind();
    let bytes = form
        .bytes(content)
        .map_err(|source| FilesError::Unencodable { path: place.shown.clone(), source })?;
    changes.plan(Planned { place: place.clone(), expected, content: Some(bytes), mode: None });
    let committed = changes.commit(control)?;

    let Some((row, hash)) = committed.first().and_then(|row| Some((row, row.hash?))) else {
        return Err(FilesError::NotLocked { path: place.shown });
    };
    Ok(WriteOutput {
        path: place.shown,
        outcome: row.kind,
        hash,
        bytes: row.bytes,
        encoding: form.encoding,
        bom: form.bom,
        line_ending,
        line_endings_converted: form.converts(&input.content),
        added: diff.added,
        removed: diff.removed,
        owner_kept: row.owner_kept,
    })
}

/// The text that is there.
struct Old {
    encoding: Encoding,
    bom: bool,
    endings: LineEndings,
    /// `None`: it is too large to be held in memory, and the rest was judged by its beginning.
    text: Option<Arc<Text>>,
}

impl Old {
    /// Something that is no text is nothing to keep the form of.
    fn of(bytes: Vec<u8>) -> Option<Self> {
        let text = Text::decode(bytes).ok()?;
        let endings = text.endings();
        let (encoding, bom) = (text.encoding, text.bom);
        Some(Self { encoding, bom, endings, text: Some(Arc::new(text)) })
    }

    fn of_beginning(mut file: &File) -> Option<Self> {
        let mut sample = Vec::new();
        file.seek(SeekFrom::Start(0)).ok()?;
        file.take(SAMPLE_BYTES).read_to_end(&mut sample).ok()?;
        let Sample::Text { encoding, bom } = Sample::of(&sample, false) else { return None };
        let endings = LineEndings::of(&encoding.decode(&sample).0);
        Some(Self { encoding, bom, endings, text: None })
    }
}

/// What the plan is made for, and the text that is there, if there is one.
fn existing(
    workspace: &Workspace,
    place: &Place,
    input: &WriteInput,
    overwrite: bool,
    control: &Control,
) -> Result<(Expected, Option<Old>), FilesError> {
    let path = || place.shown.clone();
    // A file too large to be held in memory can be replaced, but not compared first.
    let tolerant = match input.expected_hash {
        None => Expected::Anything,
        Some(hash) => Expected::Content { hash, text: None },
    };
    let changed = |expected, actual| FilesError::Changed { path: path(), expected, actual };
    let Some(current) = current(workspace, place, &tolerant, control)? else {
        return match input.expected_hash {
            Some(expected) => Err(changed(expected, None)),
            None => Ok((Expected::Nothing, None)),
        };
    };
    if !overwrite {
        return Err(FilesError::Exists { path: path() });
    }
    let Some(content) = current.content else {
        return Ok((Expected::Anything, Old::of_beginning(&current.file)));
    };
    let hash = ContentHash::of(&content);
    match input.expected_hash {
        Some(expected) if expected != hash => Err(changed(expected, Some(hash))),
        _ => {
            let old = Old::of(content);
            let text = old.as_ref().and_then(|old| old.text.clone());
            Ok((Expected::Content { hash, text }, old))
        }
    }
}

/// How a text is written.
struct Form {
    encoding: Encoding,
    bom: bool,
    line_ending: Option<LineEnding>,
}

impl Form {
    fn of(input: &WriteInput, old: Option<&Old>) -> Self {
        let encoding = input.encoding.or(old.map(|old| old.encoding)).unwrap_or(Encoding::Utf8);
        let given = input.content.starts_with(BYTE_ORDER_MARK);
        let kept = old.is_some_and(|old| old.bom);
        // UTF-16 without a mark is not recognised by all.
        let needed = encoding != Encoding::Utf8 && input.encoding.is_some();
        let bom = !encoding.byte_order_mark().is_empty() && (given || kept || needed);
        let line_ending = match input.line_ending {
            None => old.and_then(|old| old.endings.uniform()),
            Some(WrittenLineEnding::AsGiven) => None,
            Some(WrittenLineEnding::Lf) => Some(LineEnding::Lf),
            Some(WrittenLineEnding::Crlf) => Some(LineEnding::CrLf),
            Some(WrittenLineEnding::Cr) => Some(LineEnding::Cr),
        };
        Self { encoding, bom, line_ending }
    }

    fn content<'g>(&self, given: &'g str) -> Cow<'g, str> {
        let text = given.strip_prefix(BYTE_ORDER_MARK).unwrap_or(given);
        match self.line_ending {
            Some(ending) => with_line_ending(text, ending),
            None => Cow::Borrowed(text),
        }
    }

    /// The bytes of a file that holds `content`.
    fn bytes(&self, content: Cow<'_, str>) -> Result<Vec<u8>, Unencodable> {
        if self.encoding == Encoding::Utf8 && !self.bom {
            return Ok(content.into_owned().into_bytes());
        }
        let (encoding, bom) = (self.encoding, self.bom);
        Text { content: String::new(), encoding, bom, exact: true }.encode(&content)
    }

    fn converts(&self, given: &str) -> bool {
        let endings = LineEndings::of(given);
        self.line_ending
            .is_some_and(|ending| endings.first.is_some() && endings.uniform() != Some(ending))
    }
}
