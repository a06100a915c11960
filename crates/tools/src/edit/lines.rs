//! The lines of a text as the strategies compare them: trimmed, and as small numbers.

use std::collections::HashMap;
use std::ops::Range;

use memchr::memchr_iter;

/// White space at the ends of a line; U+FEFF counts, as it does for JavaScript's `trim`.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// Where the first white space of `text` is.
pub(super) fn first_blank(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        // Letters of ASCII need no decoding, and are most of a text.
        let plain = bytes.get(from..)?.iter().position(|byte| !byte.is_ascii_graphic())?;
        let at = from + plain;
        let character = text.get(at..)?.chars().next()?;
        if is_blank(character) {
            return Some(at);
        }
        from = at + character.len_utf8();
    }
}

/// Without white space at both ends.
pub(super) fn trimmed(text: &str) -> &str {
    // Nearly every line begins and ends with ASCII, which needs no decoding.
    let ascii = text.trim_ascii();
    let plain = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
    if plain(ascii.as_bytes().first()) && plain(ascii.as_bytes().last()) {
        return ascii;
    }
    text.trim_matches(is_blank)
}

/// The white space a line begins with; all of a blank line.
pub(super) fn indentation(line: &str) -> &str {
    let rest = line.trim_start_matches(is_blank);
    line.get(..line.len() - rest.len()).unwrap_or_default()
}

/// Where the lines of a text stand, without their `\n`. As by `split('\n')`: a text that ends with `\n` has an empty
/// line after it.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0)
            .chain(memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1))
            .collect();
        Self { text, starts }
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// Line `index`, from 0; empty behind the last.
    pub(super) fn get(&self, index: usize) -> &'a str {
        self.text.get(self.range(index)).unwrap_or_default()
    }

    pub(super) fn range(&self, index: usize) -> Range<usize> {
        let start = self.starts.get(index).copied().unwrap_or(self.text.len());
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        start..end.max(start)
    }

    /// From the start of line `first` to the end of the last of `count` lines.
    pub(super) fn window(&self, first: usize, count: usize) -> Range<usize> {
        let last = self.range((first + count).saturating_sub(1));
        let start = self.range(first).start;
        start..last.end.max(start)
    }

    /// The line on which `byte` stands, from 0.
    pub(super) fn line_at(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a str> + '_ {
        (0..self.count()).map(|index| self.get(index))
    }
}

/// A line of the sought text as a number: equal trimmed lines have equal numbers.
pub(super) type Key = u32;

/// The number of every line that is not in the sought text.
pub(super) const FOREIGN: Key = Key::MAX;

/// Lines as numbers, so that comparing two is comparing two integers.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) old: Vec<Key>,
    pub(super) content: Vec<Key>,
    pub(super) blank: Option<Key>,
}

impl Keys {
    pub(super) fn of<'a>(
        old: impl Iterator<Item = &'a str>,
        content: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut numbers: HashMap<&str, Key> = HashMap::new();
        // Most lines are not in `old`: told by their length and first byte, without hashing.
        let mut seen = [[0_u64; 4]; LENGTHS];
        let old = old
            .map(|line| {
                let line = trimmed(line);
                let (row, word, bit) = fingerprint(line);
                seen[row][word] |= bit;
                let next = Key::try_from(numbers.len()).unwrap_or(FOREIGN);
                *numbers.entry(line).or_insert(next)
            })
            .collect();
        let content = content
            .map(|line| {
                let line = trimmed(line);
                let (row, word, bit) = fingerprint(line);
                if seen[row][word] & bit == 0 {
                    return FOREIGN;
                }
                numbers.get(line).copied().unwrap_or(FOREIGN)
            })
            .collect();
        Self { old, content, blank: numbers.get("").copied() }
    }
}

/// Lengths told apart before hashing, by their low bits.
const LENGTHS: usize = 64;

/// Row by length, word and bit by first byte; always within the table.
fn fingerprint(line: &str) -> (usize, usize, u64) {
    let first = line.as_bytes().first().copied().unwrap_or_default();
    (line.len() % LENGTHS, usize::from(first >> 6), 1 << (first & 63))
}

/// Every place of `needle` in `haystack`, overlapping ones too, in linear time (Knuth, Morris and Pratt).
pub(super) fn places_of(needle: &[Key], haystack: &[Key]) -> Vec<usize> {
    if needle.is_empty() || needle.len() > haystack.len() {
        return Vec::new();
    }
    let borders = borders(needle);
    let mut places = Vec::new();
    let mut matched = 0;
    for (index, key) in haystack.iter().enumerate() {
        while matched > 0 && needle.get(matched) != Some(key) {
            matched = borders[matched - 1];
        }
        if needle.get(matched) == Some(key) {
            matched += 1;
        }
        if matched == needle.len() {
            places.push(index + 1 - matched);
            matched = borders[matched - 1];
        }
    }
    places
}

/// For each prefix, the length of its longest proper prefix that is also its suffix.
fn borders(needle: &[Key]) -> Vec<usize> {
    let mut borders = vec![0; needle.len()];
    let mut length = 0;
    for index in 1..needle.len() {
        while length > 0 && needle[length] != needle[index] {
            length = borders[length - 1];
        }
        if needle[length] == needle[index] {
            length += 1;
        }
        borders[index] = length;
    }
    borders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_found_and_trimmed_as_by_decoding() {
        let blanks = [" ", "\t", "\u{b}", "\u{85}", "\u{a0}", "\u{2003}", "\u{feff}"];
        let words = ["", "a", "\u{1}", "é", "a\u{7f}b", "\u{200b}"];
        for text in blanks.iter().flat_map(|blank| {
            words.iter().flat_map(move |word| {
                [
                    format!("{word}{blank}b{blank}"),
                    format!("{blank}{word}"),
                    format!("{word}{blank}"),
                ]
            })
        }) {
            assert_eq!(first_blank(&text), text.find(is_blank), "{text:?}");
            assert_eq!(trimmed(&text), text.trim_matches(is_blank), "{text:?}");
        }
        assert_eq!((first_blank("word"), first_blank("")), (None, None));
    }

    #[test]
    fn places_overlap() {
        assert_eq!(places_of(&[1, 1], &[1, 1, 1, 2, 1, 1]), [0, 1, 4]);
        assert_eq!(places_of(&[1, 2, 1, 3], &[1, 2, 1, 2, 1, 3]), [2]);
        assert!(places_of(&[1, 1], &[1]).is_empty());
        assert!(places_of(&[], &[1]).is_empty());
    }

    #[test]
    fn lines_are_those_of_split() {
        for text in ["", "\n", "a", "a\n", "\n\na", "é\nb"] {
            let lines = Lines::of(text);
            assert_eq!(lines.iter().collect::<Vec<_>>(), text.split('\n').collect::<Vec<_>>());
            assert_eq!(lines.window(0, lines.count()), 0..text.len());
            assert_eq!(lines.get(lines.count()), "");
        }
    }
}
