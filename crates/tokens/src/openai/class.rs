//! What the encodings' patterns ask of a character: `\p{L}`, `\p{N}`, `\s` and the case classes of
//! o200k. One byte of flags for each character, in the two-stage table that `build/classes.rs` makes
//! from the Unicode data of `regex-syntax`.

/// `\p{L}`
pub(crate) const LETTER: u8 = 1;
/// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`: may stand in the upper-case part of a word.
pub(crate) const UPPER: u8 = 2;
/// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`: may stand in the lower-case part of a word.
pub(crate) const LOWER: u8 = 4;
/// `\p{N}`
pub(crate) const NUMBER: u8 = 8;
/// `\s`
pub(crate) const SPACE: u8 = 16;
/// `[\r\n]`
pub(crate) const NEWLINE: u8 = 32;
/// `[^\s\p{L}\p{N}]`
pub(crate) const OTHER: u8 = 64;

static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/classes.bin"));
const BLOCKS: usize = 0x11_0000 / 256;

static ASCII: [u8; 128] = {
    let mut flags = [0; 128];
    let mut character = 0;
    while character < 128 {
        flags[character] = of_char(character as u32);
        character += 1;
    }
    flags
};

const fn of_char(character: u32) -> u8 {
    let block = (character >> 8) as usize * 2;
    let number = TABLE[block] as usize | (TABLE[block + 1] as usize) << 8;
    TABLE[BLOCKS * 2 + number * 256 + (character & 0xff) as usize]
}

/// Flags and length in bytes of the character at `at`; no flags and length 0 at the end.
#[inline]
pub(crate) fn at(text: &str, at: usize) -> (u8, usize) {
    match text.as_bytes().get(at) {
        None => (0, 0),
        Some(&byte) if byte < 128 => (ASCII[usize::from(byte)], 1),
        Some(_) => beyond_ascii(text, at),
    }
}

fn beyond_ascii(text: &str, at: usize) -> (u8, usize) {
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some(character) => (of_char(u32::from(character)), character.len_utf8()),
        None => (0, 0),
    }
}

/// The end of the longest run from `at` of characters that carry one of `flags`.
#[inline]
pub(crate) fn run(text: &str, mut at: usize, flags: u8) -> usize {
    loop {
        let (found, length) = self::at(text, at);
        if found & flags == 0 {
            return at;
        }
        at += length;
    }
}
