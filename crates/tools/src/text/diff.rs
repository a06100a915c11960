//! Unified diffs with bounded work, of texts whose lines may end in any way.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;
use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices_deadline, group_diff_ops};

use super::{Lines, split_terminator};
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
    let old_lines: Vec<&str> = Lines::of(old.unwrap_or_default()).iter().collect();
    let new_lines: Vec<&str> = Lines::of(new.unwrap_or_default()).iter().collect();
    let deadline = Instant::now().checked_add(Duration::from_millis(limits.milliseconds));
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &old_lines, &new_lines, deadline);
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
        let hunk = hunk(&group, &old_lines, &new_lines);
        // A hunk is given whole or not at all, so that what is given can be applied.
        if diff.text.len() + hunk.len() > bytes_max {
            diff.truncated = true;
            break;
        }
        diff.text.push_str(&hunk);
    }
    diff
}

fn hunk(group: &[DiffOp], old: &[&str], new: &[&str]) -> String {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return String::new() };
    let mut text = format!(
        "@@ -{} +{} @@\n",
        range(first.old_range().start, last.old_range().end),
        range(first.new_range().start, last.new_range().end)
    );
    for op in group {
        for change in op.iter_changes(old, new) {
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

/// `start,length` as POSIX has it: from 1, the line before it for an empty one, the length left out where it is 1.
fn range(start: usize, end: usize) -> String {
    let length = end.saturating_sub(start);
    let shown = if length == 0 { start } else { start + 1 };
    if length == 1 { shown.to_string() } else { format!("{shown},{length}") }
}
