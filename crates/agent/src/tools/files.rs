//! `read_file`, `write_file`, `create_file`.

use super::{Effect, Running, Tool};
use crate::engine::ToolOutcome;
use ironbridge_session::UserPart;
use ironbridge_tools::Failure;
use ironbridge_tools::files::{
    CreateInput, ReadInput, ReadOutput, TextOutput, WriteInput, WriteOutput, create, read, write,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU64;

/// A file up to so many lines is given whole.
const WHOLE_LINES_MAX: u64 = 1_500;
/// Of a larger one, unless lines are named, so many.
const FIRST_LINES: u64 = 250;

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::blocking("read_file", Effect::Reads, read_file),
        Tool::blocking("write_file", Effect::Writes, write_file),
        Tool::blocking("create_file", Effect::Writes, create_file),
    ]
}

/// Reads a text file, an image, or the names in a folder. Files of up to 1500 lines are given whole; of larger ones the
/// first 250 lines, unless start_line or end_line is given. Lines have no numbers.
#[derive(Deserialize, JsonSchema)]
struct ReadFile {
    /// The file.
    path: String,
    /// The first line to give, from 1.
    #[serde(default)]
    start_line: Option<u64>,
    /// The last line to give.
    #[serde(default)]
    end_line: Option<u64>,
    /// Only size, lines and encoding.
    #[serde(default)]
    metadata_only: bool,
}

fn read_file(running: &Running, input: &ReadFile) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let first = input.start_line.and_then(NonZeroU64::new);
    let from = first.map_or(1, NonZeroU64::get);
    let wanted = match input.end_line {
        Some(end) => end.saturating_sub(from).saturating_add(1),
        None => WHOLE_LINES_MAX,
    };
    let limit = NonZeroU64::new(wanted);
    let ask = |limit| ReadInput { path: place.path(&input.path), offset: first, limit };
    let output = read(&place.workspace, &ask(limit), &running.control)?;
    let text = match output {
        ReadOutput::Text(text) => text,
        ReadOutput::Folder(folder) => {
            let more = folder.next_offset.map(|next| {
                format!("\n[{} names in all; go on with start_line {next}]", folder.total)
            });
            let names = folder.entries.join("\n");
            return Ok(ToolOutcome::done(format!("{names}{}", more.unwrap_or_default())));
        }
        ReadOutput::Media(media) => {
            let said = format!("[{}, {} bytes]", media.mime, media.bytes);
            let mut outcome = ToolOutcome::done(said);
            if media.mime.starts_with("image/") {
                outcome.images.push(picture(media.mime, &media.data));
            }
            return Ok(outcome);
        }
    };
    if let Some(hash) = text.hash {
        place.saw(&input.path, hash);
    }
    if input.metadata_only {
        return Ok(ToolOutcome::done(metadata(&text)));
    }
    let is_whole_wish = input.end_line.is_none();
    if is_whole_wish && text.truncated {
        let limit = NonZeroU64::new(FIRST_LINES);
        if let ReadOutput::Text(part) = read(&place.workspace, &ask(limit), &running.control)? {
            return Ok(ToolOutcome::done(told(&part)));
        }
    }
    Ok(ToolOutcome::done(told(&text)))
}

fn picture(mime: String, data: &[u8]) -> UserPart {
    use base64::Engine as _;
    UserPart::Image { mime, data: base64::engine::general_purpose::STANDARD.encode(data) }
}

fn metadata(text: &TextOutput) -> String {
    let lines = text.total_lines.map_or("many".to_owned(), |lines| lines.to_string());
    format!(
        "bytes: {}\nlines: {lines}\nencoding: {:?}\nline ending: {:?}\nestimated tokens: {}",
        text.bytes,
        text.encoding,
        text.line_ending,
        text.bytes / 4
    )
}

fn told(text: &TextOutput) -> String {
    if text.bytes == 0 {
        return "[file is empty]".to_owned();
    }
    let mut told = text.text.clone();
    if let Some(next) = text.next_offset {
        let total = text.total_lines.map_or("more".to_owned(), |lines| lines.to_string());
        let last = text.offset + text.lines.saturating_sub(1);
        told.push_str(&format!(
            "\n[lines {} to {last} of {total}; go on with start_line {next}]",
            text.offset
        ));
    }
    if !text.cut_lines.is_empty() {
        told.push_str(&format!("\n[these lines are longer and were cut: {:?}]", text.cut_lines));
    }
    told
}

/// Writes a file whole, a new one or in place of what it held. One that exists must have been read before. To change a
/// part of a file use string_replace.
#[derive(Deserialize, JsonSchema)]
struct WriteFile {
    /// The file.
    path: String,
    /// All that it is to hold.
    content: String,
}

fn write_file(running: &Running, input: &WriteFile) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let path = place.path(&input.path);
    let seen = place.seen(&input.path);
    let location = place.workspace.scope().locate(&path)?;
    if seen.is_none() && location.resolved().exists() {
        let message =
            format!("{} exists and was not read in this session; read it first", input.path);
        return Err(Failure::new("not_read", message));
    }
    let characters = input.content.chars().count();
    let lines = input.content.lines().count();
    let wish = WriteInput {
        path,
        content: input.content.clone(),
        expected_hash: seen,
        ..WriteInput::default()
    };
    let output = write(&place.workspace, &wish, &running.control)?;
    Ok(written(running, &input.path, &output, lines, characters))
}

/// Creates a file; one that exists is an error.
#[derive(Deserialize, JsonSchema)]
struct CreateFile {
    /// The file.
    path: String,
    /// What it is to hold.
    #[serde(default)]
    content: String,
}

fn create_file(running: &Running, input: &CreateFile) -> Result<ToolOutcome, Failure> {
    let (lines, characters) = (input.content.lines().count(), input.content.chars().count());
    let path = running.place.path(&input.path);
    let wish = CreateInput { path, content: input.content.clone(), ..CreateInput::default() };
    let output = create(&running.place.workspace, &wish, &running.control)?;
    Ok(written(running, &input.path, &output, lines, characters))
}

fn written(
    running: &Running,
    path: &str,
    output: &WriteOutput,
    lines: usize,
    characters: usize,
) -> ToolOutcome {
    running.place.saw(path, output.hash);
    let what = format!("{:?}", output.outcome).to_lowercase();
    ToolOutcome::done(format!(
        "{what} {path}: {lines} lines, {characters} characters (+{} −{} lines)",
        output.added, output.removed
    ))
}
