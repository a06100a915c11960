//! The lines of a file, each with what ends it.

use crate::text::{LineEndings, Lines, split_terminator};

/// Lines by index, from 0.
#[derive(Debug)]
pub(super) struct FileLines<'t> {
    lines: Lines<'t>,
    /// What a new line ends in.
    pub(super) terminator: &'static str,
}

impl<'t> FileLines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let terminator = LineEndings::of(text).preferred().as_str();
        Self { lines: Lines::of(text), terminator }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.count()
    }

    /// The text of a line and what ends it; both are empty beyond the last.
    pub(super) fn get(&self, index: usize) -> (&'t str, &'t str) {
        let line = self.lines.get(index + 1).unwrap_or_default();
        match split_terminator(line) {
            // A CR at the end of a text that has LF is a character: a line put after it would not be one of its own.
            (_, "\r") if self.terminator != "\r" => (line, ""),
            split => split,
        }
    }

    pub(super) fn content(&self, index: usize) -> &'t str {
        self.get(index).0
    }

    /// Whether the last line has an end; a file without lines wants one for what comes.
    pub(super) fn ends_in_terminator(&self) -> bool {
        self.len().checked_sub(1).is_none_or(|last| !self.get(last).1.is_empty())
    }
}
