//! The lines that are given, up to the limits.

use std::num::NonZeroU64;

use super::ReadInput;
use crate::limits::ReadLimits;
use crate::text::split_terminator;

/// Lines of a text, gathered until one of the limits is reached.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) text: String,
    pub(super) lines: u64,
    /// Numbers of lines that were cut.
    pub(super) cut: Vec<u64>,
    first: u64,
    lines_max: u64,
    bytes_max: usize,
    characters_max: usize,
}

impl Page {
    pub(super) fn new(limits: &ReadLimits, input: &ReadInput) -> Self {
        let as_count = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        Self {
            text: String::new(),
            lines: 0,
            cut: Vec::new(),
            first: input.offset.map_or(1, NonZeroU64::get),
            lines_max: input.limit.map_or(limits.lines, NonZeroU64::get),
            bytes_max: as_count(limits.text_bytes),
            characters_max: as_count(limits.line_characters),
        }
    }

    /// The number of the first line.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The number of the line after the last one given.
    pub(super) fn next(&self) -> u64 {
        self.first.saturating_add(self.lines)
    }

    pub(super) fn is_full(&self) -> bool {
        self.lines >= self.lines_max || self.text.len() >= self.bytes_max
    }

    /// Takes the next line, its terminator included, if it still fits; a first line is taken in any case, cut as need
    /// be. `cut`: its end is missing already. Whether it was taken.
    pub(super) fn push(&mut self, line: &str, cut: bool) -> bool {
        let (body, terminator) = split_terminator(line);
        // A line has no more characters than bytes.
        let end = match body.len() <= self.characters_max {
            true => body.len(),
            false => body.char_indices().nth(self.characters_max).map_or(body.len(), |(at, _)| at),
        };
        let mut kept = body.get(..end).unwrap_or_default();
        let room = self.bytes_max.saturating_sub(self.text.len());
        if kept.len() + terminator.len() > room {
            if self.lines > 0 {
                return false;
            }
            kept = kept.get(..kept.floor_char_boundary(room)).unwrap_or_default();
        }
        if cut || kept.len() < body.len() {
            self.cut.push(self.next());
        }
        match kept.len() == body.len() {
            true => self.text.push_str(line),
            false => self.text.extend([kept, terminator]),
        }
        self.lines += 1;
        true
    }
}
