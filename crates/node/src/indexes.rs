//! An index of files that stays open between questions.

use std::sync::Arc;

use ironbridge_tools::find::{ByteRange, FileIndex, FindInput, FindOptions, Found, Searcher, find};
use ironbridge_tools::search::GrepInput;
use ironbridge_tools::{Control, Failure, read_text};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::Answer;
use crate::operation::Call;
use crate::paths::PathsInput;
use crate::utf16::Utf16;

/// Matches given when the caller names no limit, as of the tool `find`.
pub(crate) const RESULTS: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OpenInput {
    path: String,
    hidden: Option<bool>,
    respect_ignore: Option<bool>,
    watch: Option<bool>,
}

/// The walk goes on behind; the answer does not wait for it.
pub(crate) fn open(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: OpenInput = call.input()?;
    let default = FindOptions::default();
    let options = FindOptions {
        hidden: input.hidden.unwrap_or(default.hidden),
        respect_ignore: input.respect_ignore.unwrap_or(default.respect_ignore),
        watch: input.watch.unwrap_or(default.watch),
    };
    let index = FileIndex::open(&call.workspace()?, &input.path, options)?;
    Ok(Answer { handle: Some(Arc::new(index)), ..Answer::default() })
}

#[derive(Deserialize)]
struct Handle {
    handle: u32,
}

/// Ends when the first walk has.
pub(crate) fn ready(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let Handle { handle } = call.input()?;
    let index = call.handle::<FileIndex>(handle)?;
    index.wait_ready(call.control)?;
    let figures = index.figures();
    Answer::json(&json!({
        "entries": figures.entries,
        "pathBytes": figures.path_bytes,
        "memoryBytes": figures.memory_bytes,
        "unreadable": figures.unreadable,
        "full": figures.full,
        "watchProblem": figures.watch_problem,
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SearchInput {
    handle: u32,
    query: String,
    limit: Option<usize>,
}

pub(crate) fn search(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let SearchInput { handle, query, limit } = call.input()?;
    let index = call.handle::<FileIndex>(handle)?;
    let found = index.search(&query, limit.unwrap_or(RESULTS), call.control)?;
    Answer::json(&rows(&found))
}

/// One caller's queries; the index may be closed before it.
pub(crate) fn session(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let Handle { handle } = call.input()?;
    let searcher = call.handle::<FileIndex>(handle)?.searcher();
    Ok(Answer { handle: Some(Arc::new(searcher)), ..Answer::default() })
}

pub(crate) fn session_search(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let SearchInput { handle, query, limit } = call.input()?;
    let searcher = call.handle::<Searcher>(handle)?;
    let found = searcher.search(&query, limit.unwrap_or(RESULTS), call.control)?;
    Answer::json(&rows(&found))
}

/// The tool `find`, with ranges as JavaScript counts them.
pub(crate) fn find_once(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: FindInput = read_text("find", &call.parts.input)?;
    let found = find(&call.workspace()?, &input, call.control)?;
    Answer::json(&json!({
        "matches": rows(&found.matches),
        "entries": found.entries,
        "complete": found.complete,
    }))
}

#[derive(Deserialize)]
struct Asked<T> {
    handle: u32,
    input: T,
}

/// Paths as one text.
pub(crate) fn list(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let Asked::<PathsInput> { handle, input } = call.input()?;
    let index = call.handle::<FileIndex>(handle)?;
    let control: &Control = call.control;
    input.answer(|input, separator| Ok(index.list_raw(input, separator, control)?))
}

pub(crate) fn grep(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let Asked::<GrepInput> { handle, input } = call.input()?;
    Answer::json(&call.handle::<FileIndex>(handle)?.grep(&input, call.control)?)
}

/// A match as JavaScript gets it. Written as it is: a `Value` between would take longer than the search.
#[derive(Serialize)]
struct Row<'f> {
    path: &'f str,
    folder: bool,
    score: u32,
    ranges: Vec<Units>,
}

fn rows(found: &[Found]) -> Vec<Row<'_>> {
    let rows = found.iter().map(|found| Row {
        path: &found.path,
        folder: found.folder,
        score: found.score,
        ranges: in_units(&found.path, &found.ranges),
    });
    rows.collect()
}

/// A range in UTF-16 units.
#[derive(Serialize)]
pub(crate) struct Units {
    start: usize,
    end: usize,
}

/// Ranges of a text in UTF-16 units.
pub(crate) fn in_units(text: &str, ranges: &[ByteRange]) -> Vec<Units> {
    let mut units = Utf16::of(text);
    let mut unit = |byte: u32| units.at(usize::try_from(byte).unwrap_or(usize::MAX));
    ranges.iter().map(|range| Units { start: unit(range.start), end: unit(range.end) }).collect()
}
