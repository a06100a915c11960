//! Reading files, or parts of them.

mod page;
mod scan;

use std::fs::{File, Metadata};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::num::NonZeroU64;
use std::ops::Range;

use base64::Engine as _;
use memchr::memchr_iter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use self::page::Page;
use super::document::Document;
use super::error::{FilesError, from_io};
use super::listing;
use super::open::{Opened, Place, SAMPLE_BYTES, open, open_file, read_whole};
use crate::text::{
    ContentHash, Encoding, LineEndingKind, Sample, line_count, line_start, media_type,
};
use crate::{Control, Workspace};

/// Reads a text file or a part of it, an image, a PDF, or the names in a folder.
///
/// At most `read.lines` lines and `read.text_bytes` bytes are given at once; what is left out is said, with the
/// `offset` to go on from. The text is just what the file holds, its line endings included, without the byte-order
/// mark. What is neither file nor folder is never opened.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadInput {
    /// The file or folder.
    pub path: String,
    /// The first line to give (of a folder: the first name), from 1. Default: 1.
    #[serde(default)]
    pub offset: Option<NonZeroU64>,
    /// How many lines (names) to give at most. Default: `read.lines` (`read.entries`).
    #[serde(default)]
    pub limit: Option<NonZeroU64>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum ReadOutput {
    /// Text.
    Text(TextOutput),
    /// An image or a PDF.
    Media(MediaOutput),
    /// A folder.
    Folder(FolderOutput),
}

/// Lines of a text file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextOutput {
    /// The file.
    pub path: String,
    /// The lines, each with its line ending.
    pub text: String,
    /// The number of the first of them; 1 for an empty file.
    pub offset: u64,
    /// How many they are.
    pub lines: u64,
    /// How many the file has. `null`: it is larger than `read.whole_bytes` and was not read to its end.
    pub total_lines: Option<u64>,
    /// Whether anything is missing behind or within the lines given.
    pub truncated: bool,
    /// The `offset` of the first line that is missing; `null`: none is.
    pub next_offset: Option<u64>,
    /// Numbers of the lines that were longer than `read.line_characters` and are cut there.
    pub cut_lines: Vec<u64>,
    /// The size of the file.
    pub bytes: u64,
    /// Its encoding.
    pub encoding: Encoding,
    /// Whether it begins with a byte-order mark.
    pub bom: bool,
    /// How its lines end; of a file larger than `read.whole_bytes`, those of its first 64 KiB.
    pub line_ending: LineEndingKind,
    /// Whether bytes that are not of the encoding were replaced by U+FFFD. Such a file cannot be edited.
    pub lossy: bool,
    /// The hash of the whole file, for `expectedHash`. `null`: it is larger than `read.whole_bytes`.
    pub hash: Option<ContentHash>,
}

/// An image or a PDF, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaOutput {
    /// The file.
    pub path: String,
    /// Its type, by its first bytes.
    pub mime: String,
    /// Its size.
    pub bytes: u64,
    /// Its content, in base64.
    #[serde(serialize_with = "base64")]
    #[schemars(with = "String")]
    pub data: Vec<u8>,
}

/// Names in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FolderOutput {
    /// The folder.
    pub path: String,
    /// The names in it, sorted by their bytes; those of folders, and of links to folders, end in `/`.
    pub entries: Vec<String>,
    /// The place of the first of them, from 1.
    pub offset: u64,
    /// How many the folder has.
    pub total: u64,
    /// The `offset` of the first that is missing; `null`: none is.
    pub next_offset: Option<u64>,
}

/// Reads a file or folder. Nothing is changed.
///
/// # Errors
///
/// [`FilesError::NotFound`] with names like it, [`FilesError::Binary`], [`FilesError::OutOfRange`] when the file has no
/// line `offset`, and others.
pub fn read(
    workspace: &Workspace,
    input: &ReadInput,
    control: &Control,
) -> Result<ReadOutput, FilesError> {
    control.check()?;
    let place = Place::new(workspace, &input.path)?;
    let (mut file, metadata) = match open(workspace, &place)? {
        Opened::Folder => return folder(workspace, input, place).map(ReadOutput::Folder),
        Opened::File(file, metadata) => (file, metadata),
    };
    let limits = &workspace.limits().read;
    let sample = sample(&place, &mut file, metadata.len().min(limits.whole_bytes))?;
    let whole = (sample.len() as u64) < SAMPLE_BYTES;
    let judged = Sample::of(&sample, whole);
    let (encoding, bom) = match judged {
        Sample::Text { encoding, bom } => (encoding, bom),
        Sample::Binary => {
            return media(place, (&mut file, &metadata), sample, limits.media_bytes, control);
        }
    };
    if metadata.len() > limits.whole_bytes {
        let large = Large { place, metadata: &metadata, sample, encoding, bom };
        return large.read(workspace, input, file, control).map(ReadOutput::Text);
    }
    let limit = ("read.whole_bytes", limits.whole_bytes);
    let sampled = sample.len();
    let bytes = read_whole(&place, (&mut file, &metadata), sample, limit, control)?;
    // What was sampled whole, and has not grown since, need not be judged again.
    let judged = if whole && bytes.len() == sampled { judged } else { Sample::of(&bytes, true) };
    let document = Document::of_bytes(place, bytes, metadata, judged)?;
    from_document(workspace, input, &document).map(ReadOutput::Text)
}

/// The bytes `range` of a file of any kind of content. What lies behind its end is left out.
///
/// # Errors
///
/// As [`read`]; [`FilesError::TooLarge`] for more than `read.media_bytes`.
pub fn read_bytes(
    workspace: &Workspace,
    path: &str,
    range: Range<u64>,
    control: &Control,
) -> Result<Vec<u8>, FilesError> {
    let place = Place::new(workspace, path)?;
    let (mut file, metadata) = open_file(workspace, &place)?;
    let limit = workspace.limits().read.media_bytes;
    let length = range.end.min(metadata.len()).saturating_sub(range.start);
    if length > limit {
        let name = "read.media_bytes";
        return Err(FilesError::TooLarge { path: place.shown, bytes: length, limit, name });
    }
    control.check()?;
    if length == 0 {
        return Ok(Vec::new());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    let read = file
        .seek(SeekFrom::Start(range.start))
        .and_then(|_| (&mut file).take(length).read_to_end(&mut bytes));
    read.map_err(|error| from_io(&place.shown, "reading", error))?;
    Ok(bytes)
}

/// The first bytes of a file, with room for `expected` of them.
fn sample(place: &Place, file: &mut File, expected: u64) -> Result<Vec<u8>, FilesError> {
    // One more, so that the end is seen without growing.
    let mut sample = Vec::with_capacity(usize::try_from(expected).unwrap_or(0).saturating_add(1));
    let read = file.take(SAMPLE_BYTES).read_to_end(&mut sample);
    read.map_err(|error| from_io(&place.shown, "reading", error))?;
    Ok(sample)
}

fn folder(
    workspace: &Workspace,
    input: &ReadInput,
    place: Place,
) -> Result<FolderOutput, FilesError> {
    let limits = &workspace.limits().read;
    let count_max = usize::try_from(limits.folder_entries).unwrap_or(usize::MAX);
    let listed = listing::entries(&place.location, count_max)
        .map_err(|error| from_io(&place.shown, "listing", error))?;
    let total = listed.names.len() as u64;
    if listed.more {
        let (bytes, limit, name) = (total + 1, limits.folder_entries, "read.folder_entries");
        return Err(FilesError::TooLarge { path: place.shown, bytes, limit, name });
    }
    let offset = input.offset.map_or(1, NonZeroU64::get);
    let limit = input.limit.map_or(limits.entries, NonZeroU64::get);
    if offset > total.max(1) {
        let (path, what) = (place.shown, "name");
        return Err(FilesError::OutOfRange { path, what, line: offset, lines: total });
    }
    let skip = usize::try_from(offset - 1).unwrap_or(usize::MAX);
    let take = usize::try_from(limit).unwrap_or(usize::MAX);
    let entries: Vec<String> = listed.names.into_iter().skip(skip).take(take).collect();
    let next = offset + entries.len() as u64;
    let next_offset = (next <= total).then_some(next);
    Ok(FolderOutput { path: place.shown, entries, offset, total, next_offset })
}

fn media(
    place: Place,
    (file, metadata): (&mut File, &Metadata),
    sample: Vec<u8>,
    limit: u64,
    control: &Control,
) -> Result<ReadOutput, FilesError> {
    let mime = media_type(&sample);
    let shown = mime.filter(|mime| mime.starts_with("image/") || *mime == "application/pdf");
    let Some(shown) = shown else {
        return Err(FilesError::Binary { path: place.shown, mime, bytes: metadata.len() });
    };
    let limit = ("read.media_bytes", limit);
    let data = read_whole(&place, (file, metadata), sample, limit, control)?;
    Ok(ReadOutput::Media(MediaOutput {
        path: place.shown,
        mime: shown.to_owned(),
        bytes: data.len() as u64,
        data,
    }))
}

fn from_document(
    workspace: &Workspace,
    input: &ReadInput,
    document: &Document,
) -> Result<TextOutput, FilesError> {
    let mut page = Page::new(&workspace.limits().read, input);
    let text = document.text();
    let total = line_count(text) as u64;
    let offset = page.first();
    if offset > total.max(1) {
        let path = document.shown().to_owned();
        return Err(FilesError::OutOfRange { path, what: "line", line: offset, lines: total });
    }
    let start = usize::try_from(offset).ok().and_then(|offset| line_start(text, offset));
    let rest = text.get(start.unwrap_or(text.len())..).unwrap_or_default();
    let room = usize::try_from(workspace.limits().read.text_bytes).unwrap_or(usize::MAX);
    page.text.reserve(rest.len().min(room));
    let terminator = if document.endings().cr > 0 { b'\r' } else { b'\n' };
    let mut ends = memchr_iter(terminator, rest.as_bytes()).map(|at| at + 1);
    let mut from = 0;
    while from < rest.len() {
        let end = ends.next().unwrap_or(rest.len());
        if !page.push(rest.get(from..end).unwrap_or_default(), false) || page.is_full() {
            break;
        }
        from = end;
    }
    let next = page.next();
    let next_offset = (next <= total).then_some(next);
    Ok(TextOutput {
        path: document.place.shown.clone(),
        offset,
        lines: page.lines,
        total_lines: Some(total),
        truncated: next_offset.is_some() || !page.cut.is_empty(),
        next_offset,
        bytes: document.bytes_len(),
        encoding: document.encoding(),
        bom: document.bom(),
        line_ending: document.endings().kind(),
        lossy: !document.is_exact(),
        hash: Some(document.hash()),
        text: page.text,
        cut_lines: page.cut,
    })
}

/// A text file that is not read to its end.
struct Large<'m> {
    place: Place,
    metadata: &'m Metadata,
    sample: Vec<u8>,
    encoding: Encoding,
    bom: bool,
}

impl Large<'_> {
    fn read(
        self,
        workspace: &Workspace,
        input: &ReadInput,
        file: File,
        control: &Control,
    ) -> Result<TextOutput, FilesError> {
        let limits = &workspace.limits().read;
        let mut page = Page::new(limits, input);
        let offset = page.first();
        let mark = if self.bom { self.encoding.byte_order_mark().len() } else { 0 };
        let mut start = scan::Start { sample: self.sample, position: mark };
        let (text, _) = self.encoding.decode(start.sample.get(mark..).unwrap_or_default());
        let endings = crate::text::LineEndings::of(&text);
        let terminator = scan::Terminator::of(self.encoding, &endings);
        // Four bytes hold any character in any of the encodings.
        let keep = usize::try_from(limits.line_characters.saturating_mul(4)).unwrap_or(usize::MAX);
        let mut lossy = false;
        let mut left_out = false;
        let scan = scan::Scan { terminator, offset, keep };
        let end = scan.run(file, &mut start, control, |line, cut| {
            let (text, exact) = self.encoding.decode(line);
            // A line that was cut may have been cut within a character, which is cut off with the rest.
            lossy |= !exact && !cut;
            left_out = !page.push(&text, cut);
            !left_out && !page.is_full()
        });
        let end = end.map_err(|error| match error {
            scan::ScanError::Stopped(stopped) => FilesError::Stopped(stopped),
            scan::ScanError::Io(error) => from_io(&self.place.shown, "reading", error),
        })?;
        if page.lines == 0 {
            let (path, lines) = (self.place.shown, end.lines);
            return Err(FilesError::OutOfRange { path, what: "line", line: offset, lines });
        }
        let more = left_out || !end.reached;
        let next_offset = more.then_some(page.next());
        Ok(TextOutput {
            path: self.place.shown,
            offset,
            lines: page.lines,
            total_lines: end.reached.then_some(end.lines),
            truncated: more || !page.cut.is_empty(),
            next_offset,
            bytes: self.metadata.len(),
            encoding: self.encoding,
            bom: self.bom,
            line_ending: endings.kind(),
            lossy,
            hash: None,
            text: page.text,
            cut_lines: page.cut,
        })
    }
}

fn base64<S: Serializer>(data: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(data))
}
