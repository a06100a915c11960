//! A line as it is shown: cut at characters around its first match, its ranges moved with it.

use std::ops::Range;

use super::{ByteRange, GrepLine};

/// What is left of a long line before its first match: a fourth of what is shown.
const BEFORE_MATCH: usize = 4;

/// `bytes` without its line ending.
pub(super) fn without_ending(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// Fills in the text and what depends on it. `ranges` are in `bytes`, sorted, and lie apart; `offset` is where `bytes`
/// begin.
pub(super) fn show(
    line: GrepLine,
    bytes: &[u8],
    ranges: &[Range<usize>],
    offset: u64,
    characters_max: usize,
) -> GrepLine {
    let window = window(bytes, ranges.first(), characters_max);
    let shown = bytes.get(window.clone()).unwrap_or_default();
    let mut line = GrepLine {
        text: String::with_capacity(shown.len()),
        offset: offset + window.start as u64,
        column: ranges.first().map(|first| column(bytes, first.start)),
        omitted_before: window.start as u64,
        omitted_after: (bytes.len() - window.end) as u64,
        ..line
    };
    let mut done = window.start;
    for range in ranges {
        let start = range.start.clamp(window.start, window.end);
        let end = range.end.clamp(window.start, window.end);
        let visible = start < end || (range.is_empty() && range.start == start);
        if !visible || start < done {
            continue;
        }
        push(&mut line, bytes.get(done..start));
        let from = line.text.len() as u64;
        push(&mut line, bytes.get(start..end));
        line.ranges.push(ByteRange { start: from, end: line.text.len() as u64 });
        done = end;
    }
    push(&mut line, bytes.get(done..window.end));
    line
}

fn push(line: &mut GrepLine, bytes: Option<&[u8]>) {
    for chunk in bytes.unwrap_or_default().utf8_chunks() {
        line.text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            line.text.push(char::REPLACEMENT_CHARACTER);
            line.lossy = true;
        }
    }
}

/// The part of a line that is shown.
fn window(bytes: &[u8], first: Option<&Range<usize>>, characters_max: usize) -> Range<usize> {
    if bytes.len() <= characters_max {
        return 0..bytes.len();
    }
    let from_start = forward(bytes, 0, characters_max);
    let start = match first {
        Some(first) if first.end > from_start => {
            back(bytes, first.start, characters_max / BEFORE_MATCH)
        }
        _ => 0,
    };
    start..forward(bytes, start, characters_max)
}

/// A byte inside a UTF-8 sequence, in text that is one.
fn continues(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte & 0xC0 == 0x80)
}

/// Bytes of a character at most; what does not fit counts as a character by itself, so that no bytes are free.
const CHARACTER_BYTES_MAX: usize = 4;

fn forward(bytes: &[u8], mut at: usize, characters: usize) -> usize {
    for _ in 0..characters {
        if at >= bytes.len() {
            break;
        }
        let end = at + CHARACTER_BYTES_MAX;
        at += 1;
        while at < end && continues(bytes.get(at)) {
            at += 1;
        }
    }
    at
}

fn back(bytes: &[u8], mut at: usize, characters: usize) -> usize {
    for _ in 0..characters {
        let Some(before) = at.checked_sub(1) else { break };
        let first = at.saturating_sub(CHARACTER_BYTES_MAX);
        at = before;
        while at > first && continues(bytes.get(at)) {
            at -= 1;
        }
    }
    at
}

fn column(bytes: &[u8], at: usize) -> u64 {
    let before = bytes.get(..at).unwrap_or_default();
    let last = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut characters = 1;
    let mut position = 0;
    while position < last.len() {
        position = forward(last, position, 1);
        characters += 1;
    }
    characters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], ranges: &[(usize, usize)], max: usize) -> String {
        let ranges: Vec<Range<usize>> = ranges.iter().map(|(start, end)| *start..*end).collect();
        let line = show(GrepLine::default(), bytes, &ranges, 0, max);
        let ranges: Vec<_> =
            line.ranges.iter().map(|range| format!("{}-{}", range.start, range.end)).collect();
        format!(
            "{}<{}>{} @{} {} {:?}{}",
            line.omitted_before,
            line.text,
            line.omitted_after,
            line.offset,
            ranges.join(","),
            line.column,
            if line.lossy { " lossy" } else { "" }
        )
    }

    #[test]
    fn long_lines_are_cut_at_characters_around_their_first_match() {
        let check = |bytes: &[u8], ranges: &[(usize, usize)], expected: &str| {
            assert_eq!(shown(bytes, ranges, 8), expected);
        };
        check(b"abc", &[(1, 2)], "0<abc>0 @0 1-2 Some(2)");
        check(b"abcdefghijkl", &[(1, 2)], "0<abcdefgh>4 @0 1-2 Some(2)");
        check(b"abcdefghijkl", &[(9, 10)], "7<hijkl>0 @7 2-3 Some(10)");
        check(b"abcdefghijkl", &[(0, 1), (7, 9), (10, 11)], "0<abcdefgh>4 @0 0-1,7-8 Some(1)");
        check("ääääääääää".as_bytes(), &[], "0<ääääääää>4 @0  None");
        check("ääääääääää€".as_bytes(), &[(20, 23)], "16<ää€>0 @16 4-7 Some(11)");
        check(b"a\xffb\xff", &[(2, 3)], "0<a\u{fffd}b\u{fffd}>0 @0 4-5 Some(3) lossy");
        check(
            &[0x80; 40],
            &[(39, 40)],
            "31<\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}>0 @31 24-27 Some(11) lossy",
        );
        check(b"", &[(0, 0)], "0<>0 @0 0-0 Some(1)");
        check(b"ab\ncd", &[(3, 4)], "0<ab\ncd>0 @0 3-4 Some(1)");
    }
}
