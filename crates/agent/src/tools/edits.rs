//! `string_replace`, `diff_edit`, `apply_patch`, and changes of lines.

use super::{Effect, Running, Tool};
use crate::engine::ToolOutcome;
use ironbridge_tools::Failure;
use ironbridge_tools::edit::{EditInput, MultiEditInput, PlannedEdit, edit, multi_edit};
use ironbridge_tools::files::{
    DeleteLinesInput, InsertLinesInput, LinesOutput, ReplaceLinesInput, delete_lines, insert_lines,
    replace_lines,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// What a reply shows of a difference, in characters; the middle is left out.
const DIFF_CHARS_MAX: usize = 4_000;

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::blocking("string_replace", Effect::Writes, string_replace),
        Tool::blocking("diff_edit", Effect::Writes, diff_edit),
        Tool::blocking("insert_lines", Effect::Writes, insert),
        Tool::blocking("replace_lines", Effect::Writes, replace),
        Tool::blocking("delete_lines", Effect::Writes, delete),
    ]
}

/// Replaces a text in a file by another. old_str must fit one place; give enough lines around it.
#[derive(Deserialize, JsonSchema)]
struct StringReplace {
    /// The file.
    path: String,
    /// The text to be replaced, as it stands in the file.
    old_str: String,
    /// What stands there afterwards.
    new_str: String,
    /// Replace every place.
    #[serde(default)]
    replace_all: bool,
}

fn string_replace(running: &Running, input: &StringReplace) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let wish = EditInput {
        path: place.path(&input.path),
        old: input.old_str.clone(),
        new: input.new_str.clone(),
        replace_all: input.replace_all,
        allow_omission: false,
        expected_hash: place.seen(&input.path),
    };
    let output = edit(&place.workspace, &wish, &running.control)?;
    place.saw(&input.path, output.hash);
    let places = if output.count == 1 { "1 place" } else { "several places" };
    Ok(ToolOutcome::done(format!(
        "changed {} at {places}\n{}",
        input.path,
        shown(&output.diff.text)
    )))
}

/// Changes a file by SEARCH/REPLACE blocks, all or none: <<<<<<< SEARCH, the lines as they are, =======, the lines as
/// they are to be, >>>>>>> REPLACE. Each SEARCH must fit one place.
#[derive(Deserialize, JsonSchema)]
struct DiffEdit {
    /// The file.
    path: String,
    /// One or more blocks.
    diff: String,
}

fn diff_edit(running: &Running, input: &DiffEdit) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let blocks = blocks(&input.diff).map_err(|why| Failure::new("invalid_input", why))?;
    let path = place.path(&input.path);
    let edits = blocks.into_iter().map(|(old, new)| PlannedEdit {
        path: Some(path.clone()),
        old,
        new,
        replace_all: false,
        allow_omission: false,
        expected_hash: None,
    });
    let wish = MultiEditInput { path: None, edits: edits.collect() };
    let output = multi_edit(&place.workspace, &wish, &running.control)?;
    let mut text = format!("changed {}: {} blocks", input.path, output.edits.len());
    for file in &output.files {
        place.saw(&input.path, file.hash);
        text.push('\n');
        text.push_str(&shown(&file.diff.text));
    }
    Ok(ToolOutcome::done(text))
}

/// The blocks of a diff: what is sought and what takes its place.
fn blocks(diff: &str) -> Result<Vec<(String, String)>, String> {
    let mut blocks = Vec::new();
    let mut part: Option<(String, Option<String>)> = None;
    for (index, line) in diff.split_inclusive('\n').enumerate() {
        let marker = line.trim_end();
        match (&mut part, marker) {
            (None, "<<<<<<< SEARCH") => part = Some((String::new(), None)),
            (None, _) if marker.is_empty() => {}
            (None, _) => {
                return Err(format!("line {}: expected <<<<<<< SEARCH, found {marker}", index + 1));
            }
            (Some((_, replace @ None)), "=======") => *replace = Some(String::new()),
            (Some((_, Some(_))), ">>>>>>> REPLACE") => {
                let (search, replace) = part.take().unwrap_or_default();
                if search.trim().is_empty() {
                    return Err(format!("line {}: the SEARCH part is empty", index + 1));
                }
                let whole =
                    |text: String| text.strip_suffix('\n').map(str::to_owned).unwrap_or(text);
                blocks.push((whole(search), whole(replace.unwrap_or_default())));
            }
            (Some((search, None)), _) => search.push_str(line),
            (Some((_, Some(replace))), _) => replace.push_str(line),
        }
    }
    match part {
        Some(_) => Err("the last block has no >>>>>>> REPLACE".to_owned()),
        None if blocks.is_empty() => Err("there is no block".to_owned()),
        None => Ok(blocks),
    }
}

/// Inserts lines into a file.
#[derive(Deserialize, JsonSchema)]
struct InsertLines {
    /// The file.
    path: String,
    /// The line after which they come; 0: at the beginning.
    after_line: u64,
    /// The lines.
    content: String,
}

fn insert(running: &Running, input: &InsertLines) -> Result<ToolOutcome, Failure> {
    let wish = serde_json::json!({
        "path": running.place.path(&input.path),
        "line": input.after_line + 1,
        "content": input.content,
    });
    let wish: InsertLinesInput = read(wish)?;
    let output = insert_lines(&running.place.workspace, &wish, &running.control)?;
    Ok(lines_changed(running, &input.path, &output))
}

/// Replaces lines of a file.
#[derive(Deserialize, JsonSchema)]
struct ReplaceLines {
    /// The file.
    path: String,
    /// The first line to be replaced, from 1.
    start_line: u64,
    /// The last one.
    end_line: u64,
    /// What stands there afterwards.
    content: String,
}

fn replace(running: &Running, input: &ReplaceLines) -> Result<ToolOutcome, Failure> {
    let wish = serde_json::json!({
        "path": running.place.path(&input.path),
        "start": input.start_line,
        "end": input.end_line,
        "content": input.content,
    });
    let wish: ReplaceLinesInput = read(wish)?;
    let output = replace_lines(&running.place.workspace, &wish, &running.control)?;
    Ok(lines_changed(running, &input.path, &output))
}

/// Deletes lines of a file.
#[derive(Deserialize, JsonSchema)]
struct DeleteLines {
    /// The file.
    path: String,
    /// The first line to be deleted, from 1.
    start_line: u64,
    /// The last one.
    end_line: u64,
}

fn delete(running: &Running, input: &DeleteLines) -> Result<ToolOutcome, Failure> {
    let wish = serde_json::json!({
        "path": running.place.path(&input.path),
        "start": input.start_line,
        "end": input.end_line,
    });
    let wish: DeleteLinesInput = read(wish)?;
    let output = delete_lines(&running.place.workspace, &wish, &running.control)?;
    Ok(lines_changed(running, &input.path, &output))
}

fn read<I: serde::de::DeserializeOwned>(wish: serde_json::Value) -> Result<I, Failure> {
    serde_json::from_value(wish).map_err(|error| Failure::new("invalid_input", error.to_string()))
}

fn lines_changed(running: &Running, path: &str, output: &LinesOutput) -> ToolOutcome {
    running.place.saw(path, output.hash);
    ToolOutcome::done(format!("changed {path}\n{}", shown(&output.diff.text)))
}

/// A difference, its middle left out where it is long.
fn shown(diff: &str) -> String {
    crate::shorten::shorten(diff, DIFF_CHARS_MAX)
}
