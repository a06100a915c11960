//! Unified diffs with bounded work, of texts whose lines may end in any way.

use std::time::{Duration, Instant};

use memchr::{memchr, memchr_iter, memrchr};
use schemars::JsonSchema;
use serde::Serialize;
use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices_deadline, group_diff_ops};

use super::line_ending::last_byte;
use super::split_terminator;
use crate::limits::DiffLimits;

/// Lines shown around each change, as `git diff` does.
const CONTEXT_LINES: usize = 3;
const NO_NEWLINE: &str = "\\ No newline at end of file\n";

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diff {
    /// As a unified diff with three lines of context: `git apply` takes it. Empty where nothing changed. Carriage
    /// returns of the file are in it.
    pub text: String,
    /// Lines that are new.
    pub added: u64,
    /// Lines that are gone.
    pub removed: u64,
    /// Whether `text` was cut at the limit; the counts are of everything.
    pub truncated: bool,
}

/// The difference from `old` to `new`, which both are called `name`; `None`: the file does not exist.
///
/// After `diff.milliseconds` the search for the smallest difference ends, and what is left counts as changed whole: the
/// result is right, but longer than it need be.
pub fn unified_diff(name: &str, old: Option<&str>, new: Option<&str>, limits: &DiffLimits) -> Diff {
    if old == new {
        return Diff::default();
    }
    let middle = Middle::of(old.unwrap_or_default(), new.unwrap_or_default());
    let deadline = Instant::now().checked_add(Duration::from_millis(limits.milliseconds));
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &middle.old, &middle.new, deadline);
    let mut diff = Diff::default();
    for op in &ops {
        let (tag, old, new) = op.as_tag_tuple();
        if tag != similar::DiffTag::Equal {
            diff.removed += old.len() as u64;
            diff.added += new.len() as u64;
        }
    }
    let file = |side: &str, text: Option<&str>| match text {
        Some(_) => format!("{side}/{name}"),
        None => "/dev/null".to_owned(),
    };
    diff.text = format!("--- {}\n+++ {}\n", file("a", old), file("b", new));
    let bytes_max = usize::try_from(limits.bytes).unwrap_or(usize::MAX);
    for group in group_diff_ops(ops, CONTEXT_LINES) {
        let hunk = middle.hunk(&group);
        // A hunk is given whole or not at all, so that what is given can be applied.
        if diff.text.len() + hunk.len() > bytes_max {
            diff.truncated = true;
            break;
        }
        diff.text.push_str(&hunk);
    }
    diff
}

/// The lines of two texts, but for what both begin and end with: an edit of one line in ten thousand is to cost comparing
/// the texts as bytes, not as lines. The lines shown around a change are kept.
struct Middle<'t> {
    /// How many lines were left out at the beginning.
    before: usize,
    old: Vec<&'t str>,
    new: Vec<&'t str>,
}

impl<'t> Middle<'t> {
    fn of(old: &'t str, new: &'t str) -> Self {
        let lines = |text: &'t str, terminator: u8| -> Vec<&'t str> {
            text.split_inclusive(char::from(terminator)).collect()
        };
        let terminator = last_byte(old.as_bytes());
        let new_terminator = last_byte(new.as_bytes());
        if terminator != new_terminator {
            let (old, new) = (lines(old, terminator), lines(new, new_terminator));
            return Self { before: 0, old, new };
        }
        let start = head(old.as_bytes(), new.as_bytes(), terminator);
        let before =
            memchr_iter(terminator, old.as_bytes().get(..start).unwrap_or_default()).count();
        let (old, new) =
            (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
        let tail = tail(old.as_bytes(), new.as_bytes(), terminator);
        let cut = |text: &'t str| text.get(..text.len() - tail).unwrap_or(text);
        Self { before, old: lines(cut(old), terminator), new: lines(cut(new), terminator) }
    }

    fn hunk(&self, group: &[DiffOp]) -> String {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return String::new() };
        let range = |start, end| range(self.before + start, self.before + end);
        let mut text = format!(
            "@@ -{} +{} @@\n",
            range(first.old_range().start, last.old_range().end),
            range(first.new_range().start, last.new_range().end)
        );
        for op in group {
            for change in op.iter_changes(&self.old, &self.new) {
                let sign = match change.tag() {
                    ChangeTag::Equal => ' ',
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                };
                let (line, terminator) = split_terminator(change.value());
                text.push(sign);
                text.push_str(line);
                match terminator {
                    "" => {
                        text.push('\n');
                        text.push_str(NO_NEWLINE);
                    }
                    // A CR alone would not end the line of the diff.
                    "\r" => text.push('\n'),
                    other => text.push_str(other),
                }
            }
        }
        text
    }
}

/// What is compared at once: long enough for the quickest way to compare memory.
const CHUNK_BYTES: usize = 1024;

/// Where the lines begin that are looked at: so many before the first that differs as are shown.
fn head(old: &[u8], new: &[u8], terminator: u8) -> usize {
    let chunks = old.chunks_exact(CHUNK_BYTES).zip(new.chunks_exact(CHUNK_BYTES));
    let whole = chunks.take_while(|(old, new)| old == new).count() * CHUNK_BYTES;
    let rest = old.iter().skip(whole).zip(new.iter().skip(whole));
    let mut end = whole + rest.take_while(|(old, new)| old == new).count();
    // The line in which they part, and those before it.
    for _ in 0..=CONTEXT_LINES {
        match memrchr(terminator, old.get(..end).unwrap_or_default()) {
            Some(at) => end = at,
            None => return 0,
        }
    }
    end + 1
}

/// How many bytes at the end are not looked at.
fn tail(old: &[u8], new: &[u8], terminator: u8) -> usize {
    let chunks = old.rchunks_exact(CHUNK_BYTES).zip(new.rchunks_exact(CHUNK_BYTES));
    let whole = chunks.take_while(|(old, new)| old == new).count() * CHUNK_BYTES;
    let rest = old.iter().rev().skip(whole).zip(new.iter().rev().skip(whole));
    let mut length = whole + rest.take_while(|(old, new)| old == new).count();
    // A part of a line, and the lines shown.
    for _ in 0..=CONTEXT_LINES {
        let common = old.get(old.len() - length..).unwrap_or_default();
        match memchr(terminator, common) {
            Some(at) => length -= at + 1,
            None => return 0,
        }
    }
    length
}

/// `start,length` as POSIX has it: from 1, the line before it for an empty one, the length left out where it is 1.
fn range(start: usize, end: usize) -> String {
    let length = end.saturating_sub(start);
    let shown = if length == 0 { start } else { start + 1 };
    if length == 1 { shown.to_string() } else { format!("{shown},{length}") }
}
