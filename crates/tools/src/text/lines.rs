//! Where the lines of a text begin.

use std::ops::Range;

use memchr::memchr_iter;

use super::line_ending::last_byte;

/// The lines of a text by number, from 1. `"a\nb"` has two lines, `"a\n"` one, `""` none.
#[derive(Debug, Clone)]
pub struct Lines<'t> {
    text: &'t str,
    /// Where each line ends, its terminator included.
    ends: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds them; see [`super::LineEndings`] for what ends a line.
    pub fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut ends: Vec<usize> =
            memchr_iter(last_byte(bytes), bytes).map(|terminator| terminator + 1).collect();
        if ends.last().copied().unwrap_or(0) < text.len() {
            ends.push(text.len());
        }
        Self { text, ends }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// The byte at which line `number` begins. The line after the last one begins at the end of the text.
    pub fn start(&self, number: usize) -> Option<usize> {
        match number {
            0 => None,
            1 => Some(0),
            _ => self.ends.get(number - 2).copied(),
        }
    }

    /// The bytes of line `number`, its terminator included.
    pub fn range(&self, number: usize) -> Option<Range<usize>> {
        let end = self.ends.get(number.checked_sub(1)?)?;
        Some(self.start(number)?..*end)
    }

    /// Line `number`, its terminator included.
    pub fn get(&self, number: usize) -> Option<&'t str> {
        self.text.get(self.range(number)?)
    }

    /// The number of the line that holds `byte`; beyond the text, that of the last line.
    pub fn line_at(&self, byte: usize) -> usize {
        let before = self.ends.partition_point(|end| *end <= byte);
        before.min(self.ends.len().saturating_sub(1)) + 1
    }

    /// All lines in order, terminators included.
    pub fn iter(&self) -> impl Iterator<Item = &'t str> + '_ {
        (1..=self.count()).filter_map(|number| self.get(number))
    }
}
