//! Where the lines of a text begin.

use std::ops::Range;

use memchr::memchr_iter;

use super::line_ending::last_byte;

/// What is counted through at once when a line is sought: counting is many times as fast as stopping at every line.
const CHUNK_BYTES: usize = 4 * 1024;

/// How many lines `text` has, as [`Lines::count`] says.
pub fn line_count(text: &str) -> usize {
    let bytes = text.as_bytes();
    let terminator = last_byte(bytes);
    let unended = bytes.last().is_some_and(|last| *last != terminator);
    memchr_iter(terminator, bytes).count() + usize::from(unended)
}

/// The byte at which line `number` of `text` begins, as [`Lines::start`] says; for who seeks a line or two.
pub fn line_start(text: &str, number: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let terminator = last_byte(bytes);
    let mut before = number.checked_sub(1)?;
    let mut at = 0;
    for chunk in bytes.chunks(CHUNK_BYTES) {
        let here = memchr_iter(terminator, chunk).count();
        if here < before {
            before -= here;
            at += chunk.len();
            continue;
        }
        let ended = before.checked_sub(1).and_then(|nth| memchr_iter(terminator, chunk).nth(nth));
        return Some(ended.map_or(at, |ended| at + ended + 1));
    }
    // Behind the last line, which may have no end.
    let unended = bytes.last().is_some_and(|last| *last != terminator);
    (before == usize::from(unended)).then_some(bytes.len())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_where_it_is_among_all() {
        let long = "line\n".repeat(CHUNK_BYTES);
        for text in ["", "\n", "a", "a\n", "a\nb", "\n\na\r", "a\rb\r", "a\rb", "a\nb\rc", &long] {
            let lines = Lines::of(text);
            assert_eq!(line_count(text), lines.count(), "{text:?}");
            for number in (0..lines.count() + 4).filter(|number| number % 997 < 5) {
                assert_eq!(line_start(text, number), lines.start(number), "{text:?} {number}");
            }
        }
    }
}
