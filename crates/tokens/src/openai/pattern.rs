//! The encodings' patterns, which cut a text into the pieces that are encoded one by one.
//!
//! Written out by hand, because the official patterns need look-ahead and backtracking, and the cut
//! is most of the work: a piece is usually one token. Each function says which alternatives of
//! which pattern it stands for; the patterns are those of `tiktoken_ext/openai_public.py`. Every
//! character is looked at a bounded number of times.

use super::class::{self, LETTER, LOWER, NEWLINE, NUMBER, OTHER, SPACE, UPPER};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    O200k,
    Cl100k,
    /// r50k, p50k and p50k_edit.
    Gpt2,
}

impl Pattern {
    /// The end of the piece that begins at `start`, which is before the end of the text. Every
    /// character belongs to a piece, so it is always after `start`.
    #[inline]
    pub(crate) fn piece_end(self, text: &str, start: usize) -> usize {
        match self {
            Self::O200k => o200k(text, start),
            Self::Cl100k => cl100k(text, start),
            Self::Gpt2 => gpt2(text, start),
        }
    }
}

/// ```text
/// [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
/// |[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
/// |\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
/// ```
#[inline]
fn o200k(text: &str, start: usize) -> usize {
    let (flags, length) = class::at(text, start);
    let word = if flags & (UPPER | LOWER) == 0 {
        (flags & (NEWLINE | NUMBER) == 0).then(|| cased_word(text, start + length)).flatten()
    } else if flags & LETTER != 0 {
        cased_word(text, start)
    } else {
        marked_word(text, start, start + length)
    };
    if let Some(end) = word {
        return end + contraction(text, end, true);
    }
    if flags & NUMBER != 0 {
        return up_to_three_numbers(text, start + length);
    }
    if let Some(mut end) = others(text, start, flags) {
        while matches!(text.as_bytes().get(end), Some(b'\r' | b'\n' | b'/')) {
            end += 1;
        }
        return end;
    }
    let run = Whitespace::of(text, start);
    run.to_last_newline.unwrap_or_else(|| run.without_look_ahead())
}

/// The two word alternatives without what may stand before and after: upper-case part, lower-case
/// part. Letters without case and marks belong to both, so the upper-case part gives back up to
/// the last of them when no lower-case letter follows it.
#[inline]
fn cased_word(text: &str, start: usize) -> Option<usize> {
    cased_word_with_lower(text, start).or_else(|| {
        let end = class::run(text, start, UPPER);
        (end > start).then_some(end)
    })
}

/// The first of the two alternatives: at least one character of the lower-case part.
#[inline]
fn cased_word_with_lower(text: &str, start: usize) -> Option<usize> {
    let mut at = start;
    let mut after_last_of_both = None;
    loop {
        let (flags, length) = class::at(text, at);
        if flags & UPPER == 0 {
            return match flags & LOWER {
                0 => after_last_of_both,
                _ => Some(class::run(text, at + length, LOWER)),
            };
        }
        at += length;
        if flags & LOWER != 0 {
            after_last_of_both = Some(at);
        }
    }
}

/// A word that begins with a mark (`\p{M}`), which may be the character before the word as well as
/// part of it; the alternatives are tried in the pattern's order, so the mark alone comes before a
/// mark and an upper-case word.
#[cold]
fn marked_word(text: &str, mark: usize, after_mark: usize) -> Option<usize> {
    cased_word_with_lower(text, after_mark).or_else(|| cased_word_with_lower(text, mark))
}

/// ```text
/// '(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+
/// |\s++$|\s*[\r\n]|\s+(?!\S)|\s
/// ```
#[inline]
fn cl100k(text: &str, start: usize) -> usize {
    match contraction(text, start, true) {
        0 => {}
        length => return start + length,
    }
    let (flags, length) = class::at(text, start);
    if flags & LETTER != 0 {
        return class::run(text, start + length, LETTER);
    }
    if flags & NUMBER != 0 {
        return up_to_three_numbers(text, start + length);
    }
    if flags & NEWLINE == 0 {
        let end = class::run(text, start + length, LETTER);
        if end > start + length {
            return end;
        }
    }
    if let Some(end) = others(text, start, flags) {
        return class::run(text, end, NEWLINE);
    }
    let run = Whitespace::of(text, start);
    match run.to_last_newline {
        Some(end) if run.end < text.len() => end,
        _ => run.without_look_ahead(),
    }
}

/// ```text
/// '(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s
/// ```
#[inline]
fn gpt2(text: &str, start: usize) -> usize {
    match contraction(text, start, false) {
        0 => {}
        length => return start + length,
    }
    let body = start + usize::from(text.as_bytes().get(start) == Some(&b' '));
    let (flags, length) = class::at(text, body);
    match flags & (LETTER | NUMBER | OTHER) {
        0 => Whitespace::of(text, start).without_look_ahead(),
        kind => class::run(text, body + length, kind),
    }
}

/// `'(?:[sdmt]|ll|ve|re)`, with `(?i)` if `any_case`: its length, or 0. Ignoring case, `ſ` is an `s`.
#[inline]
fn contraction(text: &str, start: usize, any_case: bool) -> usize {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    if rest.first() != Some(&b'\'') {
        return 0;
    }
    let lower = |at: usize| match rest.get(at) {
        Some(byte) if any_case => byte.to_ascii_lowercase(),
        Some(byte) => *byte,
        None => 0,
    };
    match (lower(1), lower(2)) {
        (b's' | b'd' | b'm' | b't', _) => 2,
        (b'l', b'l') | (b'v' | b'r', b'e') => 3,
        (0xc5, 0xbf) if any_case => 3,
        _ => 0,
    }
}

/// The rest of `\p{N}{1,3}` after its first character.
#[inline]
fn up_to_three_numbers(text: &str, mut at: usize) -> usize {
    for _ in 0..2 {
        let (flags, length) = class::at(text, at);
        if flags & NUMBER == 0 {
            break;
        }
        at += length;
    }
    at
}

/// ` ?[^\s\p{L}\p{N}]+`, given the flags of the character at `start`.
#[inline]
fn others(text: &str, start: usize, flags: u8) -> Option<usize> {
    if flags & OTHER != 0 {
        return Some(class::run(text, start, OTHER));
    }
    if text.as_bytes().get(start) != Some(&b' ') {
        return None;
    }
    let end = class::run(text, start + 1, OTHER);
    (end > start + 1).then_some(end)
}

/// A whole run of white space and the places in it where a pattern may cut.
struct Whitespace {
    text_bytes: usize,
    start: usize,
    end: usize,
    last_char: usize,
    /// The end of `\s*[\r\n]+`.
    to_last_newline: Option<usize>,
}

impl Whitespace {
    fn of(text: &str, start: usize) -> Self {
        let mut run = Self {
            text_bytes: text.len(),
            start,
            end: start,
            last_char: start,
            to_last_newline: None,
        };
        loop {
            let (flags, length) = class::at(text, run.end);
            if flags & SPACE == 0 {
                return run;
            }
            run.last_char = run.end;
            run.end += length;
            if flags & NEWLINE != 0 {
                run.to_last_newline = Some(run.end);
            }
        }
    }

    /// `\s+(?!\S)|\s+`: the last character is left to what follows, unless nothing does or it is
    /// the only one.
    fn without_look_ahead(&self) -> usize {
        if self.end == self.text_bytes || self.last_char == self.start {
            self.end
        } else {
            self.last_char
        }
    }
}
