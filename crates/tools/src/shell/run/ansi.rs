//! Escape sequences taken out of a stream of bytes, wherever it is cut.

/// Takes out the sequences of ECMA-48: colours, cursor movement, titles, links, strings for the terminal.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnsiStripper {
    /// Outside of a sequence.
    #[default]
    Text,
    /// After `ESC`.
    Escape,
    /// In `ESC [ …`, up to a byte from `@` to `~`.
    Control,
    /// In `ESC ] …` and its like, up to `BEL` or `ESC \`. A line end stops it too: a stray `ESC ]` in binary output
    /// must not swallow the rest.
    String,
    /// After `ESC` in such a string.
    StringEscape,
}

const ESC: u8 = 0x1B;
const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1A;

impl AnsiStripper {
    /// Appends to `text` what of `bytes` is no part of a sequence.
    pub(super) fn strip(&mut self, bytes: &[u8], text: &mut Vec<u8>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if *self == Self::Text {
                let plain = memchr::memchr(ESC, rest).unwrap_or(rest.len());
                let (now, later) = rest.split_at(plain);
                text.extend_from_slice(now);
                rest = later;
            }
            let Some((byte, later)) = rest.split_first() else { return };
            rest = later;
            *self = self.step(*byte, text);
        }
    }

    fn step(self, byte: u8, text: &mut Vec<u8>) -> Self {
        match (self, byte) {
            (Self::Text | Self::Escape | Self::Control, ESC) => Self::Escape,
            (Self::String, ESC) => Self::StringEscape,
            (Self::Escape, b'[') => Self::Control,
            (Self::Escape, b']' | b'P' | b'X' | b'^' | b'_') => Self::String,
            // Intermediate bytes, as in `ESC ( B`.
            (Self::Escape, 0x20..=0x2F) => Self::Escape,
            (Self::Escape, 0x30..=0x7E) | (Self::Control, 0x40..=0x7E) => Self::Text,
            (Self::Control, 0x20..=0x3F) => Self::Control,
            (Self::String, BEL) | (Self::StringEscape, b'\\') => Self::Text,
            (_, CAN | SUB) => Self::Text,
            (Self::String, b'\n') => {
                text.push(byte);
                Self::Text
            }
            (Self::String, _) => Self::String,
            // `ESC` ended the string, and this begins another sequence.
            (Self::StringEscape, _) => Self::Escape.step(byte, text),
            // A control character within a sequence acts at once and the sequence goes on.
            (Self::Escape | Self::Control, 0x00..=0x1F) => {
                text.push(byte);
                self
            }
            (Self::Text | Self::Escape | Self::Control, _) => {
                text.push(byte);
                Self::Text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(input: &str, expected: &Expect) {
        let mut whole = Vec::new();
        AnsiStripper::default().strip(input.as_bytes(), &mut whole);
        for at in 0..=input.len() {
            let (first, second) = input.as_bytes().split_at(at);
            let (mut stripper, mut text) = (AnsiStripper::default(), Vec::new());
            stripper.strip(first, &mut text);
            stripper.strip(second, &mut text);
            assert_eq!(text, whole, "cut at {at}");
        }
        expected.assert_eq(&String::from_utf8_lossy(&whole).escape_debug().to_string());
    }

    #[test]
    fn sequences_are_taken_out_wherever_they_are_cut() {
        check("plain é", &expect!["plain é"]);
        check("\x1b[1;31mred\x1b[0m \x1b[38:2::1:2:3mx", &expect!["red x"]);
        check("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b", &expect!["alinkb"]);
        check("\x1bP+q544e\x1b\\x\x1b(By\x1b7z\x1b=", &expect!["xyz"]);
        check("\x1b[2\nK after", &expect!["\\n after"]);
        check("\x1b]stray\nnext", &expect!["\\nnext"]);
        check("\x1b]a\x1b[1mb", &expect!["b"]);
        check("a\x1b[\x1b[mb\x1b[3\x18c", &expect!["abc"]);
        check("\x1bé\x1b[é", &expect!["éé"]);
        check("end\x1b", &expect!["end"]);
    }
}
