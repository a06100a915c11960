//! The beginning and the end of a text of any length.

use super::Printed;
use crate::process::whole_characters;

/// Keeps the first third and the last two thirds of what it may keep, and counts all: errors stand at the end of an
/// output, what was run at its beginning.
#[derive(Debug)]
pub(super) struct Kept {
    head: Vec<u8>,
    head_max: usize,
    /// Up to twice what is kept at last: the front is moved away once per `tail_max` bytes, not at each push.
    tail: Vec<u8>,
    tail_max: usize,
    bytes: u64,
    line_ends: u64,
    last: Option<u8>,
}

impl Kept {
    /// Keeps at most `bytes_max` bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        let head_max = bytes_max / 3;
        Self {
            head: Vec::new(),
            head_max,
            tail: Vec::new(),
            tail_max: bytes_max - head_max,
            bytes: 0,
            line_ends: 0,
            last: None,
        }
    }

    /// Whether `more` bytes fit without any being left out.
    pub(super) fn has_room(&self, more: usize) -> bool {
        self.bytes + more as u64 <= (self.head_max + self.tail_max) as u64
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.line_ends += line_ends(bytes);
        self.last = bytes.last().copied().or(self.last);
        let (to_head, rest) = bytes.split_at(bytes.len().min(self.head_max - self.head.len()));
        self.head.extend_from_slice(to_head);
        let too_many = rest.len().saturating_sub(self.tail_max);
        self.tail.extend_from_slice(rest.get(too_many..).unwrap_or_default());
        if self.tail.len() > 2 * self.tail_max {
            self.tail.drain(..self.tail.len() - self.tail_max);
        }
    }

    /// All that was pushed, as long as nothing was left out.
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        [&self.head, &self.tail]
    }

    /// `hint` stands in the line that says what is left out.
    pub(super) fn finish(mut self, hint: &str) -> Printed {
        let lines = self.line_ends + u64::from(self.last.is_some_and(|last| last != b'\n'));
        if self.has_room(0) {
            self.head.extend_from_slice(&self.tail);
            let text = String::from_utf8_lossy(&self.head).into_owned();
            return Printed { text, bytes: self.bytes, lines, omitted_bytes: 0, omitted_lines: 0 };
        }
        let head = self.head.get(..whole_characters(&self.head)).unwrap_or_default();
        let tail = self.tail.get(self.tail.len() - self.tail_max..).unwrap_or_default();
        // At most three bytes continue a character whose beginning is left out.
        let cut = tail.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
        let tail = tail.get(cut..).unwrap_or_default();
        let omitted_bytes = self.bytes - (head.len() + tail.len()) as u64;
        let omitted_lines = self.line_ends - line_ends(head) - line_ends(tail);
        let mut text = String::from_utf8_lossy(head).into_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&format!(
            "[… {omitted_bytes} bytes, {omitted_lines} line ends left out{hint} …]\n"
        ));
        text.push_str(&String::from_utf8_lossy(tail));
        Printed { text, bytes: self.bytes, lines, omitted_bytes, omitted_lines }
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(bytes_max: usize, chunks: &[&str], expected: &Expect) {
        let mut kept = Kept::new(bytes_max);
        for chunk in chunks {
            kept.push(chunk.as_bytes());
        }
        let Printed { text, bytes, lines, omitted_bytes, omitted_lines } = kept.finish("");
        let shown =
            format!("{text:?} {bytes} bytes {lines} lines, {omitted_bytes} {omitted_lines}");
        expected.assert_eq(&shown);
    }

    #[test]
    fn head_and_tail_are_kept_and_the_middle_is_counted() {
        check(9, &[], &expect![[r#""" 0 bytes 0 lines, 0 0"#]]);
        check(9, &["a"], &expect![[r#""a" 1 bytes 1 lines, 0 0"#]]);
        check(9, &["a\n"], &expect![[r#""a\n" 2 bytes 1 lines, 0 0"#]]);
        check(9, &["abcdefghi"], &expect![[r#""abcdefghi" 9 bytes 1 lines, 0 0"#]]);
        check(
            9,
            &["abcde", "fghij"],
            &expect![[
                r#""abc\n[… 1 bytes, 0 line ends left out …]\nefghij" 10 bytes 1 lines, 1 0"#
            ]],
        );
        check(
            9,
            &["a\n\nb\nc\nd\ne\nf\n", "g\n"],
            &expect![[
                r#""a\n\n[… 6 bytes, 3 line ends left out …]\ne\nf\ng\n" 15 bytes 8 lines, 6 3"#
            ]],
        );
        check(
            9,
            &["a", "0123456789012345678901234567890123456789"],
            &expect![[
                r#""a01\n[… 32 bytes, 0 line ends left out …]\n456789" 41 bytes 1 lines, 32 0"#
            ]],
        );
        check(
            0,
            &["all\nof it\n"],
            &expect![[r#""[… 10 bytes, 2 line ends left out …]\n" 10 bytes 2 lines, 10 2"#]],
        );
        check(
            1,
            &["ab"],
            &expect![[r#""[… 1 bytes, 0 line ends left out …]\nb" 2 bytes 1 lines, 1 0"#]],
        );
        check(
            3,
            &["é€🦀"],
            &expect![[r#""[… 9 bytes, 0 line ends left out …]\n" 9 bytes 1 lines, 9 0"#]],
        );
        check(
            9,
            &["ab€", "xxxxx", "🦀cde"],
            &expect![[r#""ab\n[… 12 bytes, 0 line ends left out …]\ncde" 17 bytes 1 lines, 12 0"#]],
        );
    }
}
