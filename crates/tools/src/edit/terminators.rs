//! Line ends out of the way: strategies see `\n` alone, the file keeps what it has.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memrchr};

/// U+FEFF at the start of a text says how it was encoded; no model writes it into `old`.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What ends the lines of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// No line ends at all.
    None,
    /// `\n`, `\r\n`, or both; a lone `\r` is an ordinary character.
    LineFeed,
    /// `\r` alone, as there is no `\n` in the text.
    CarriageReturn,
}

/// A text with `\n` at the end of every line, and the way back to the bytes it came from.
#[derive(Debug)]
pub(super) struct Unified<'a> {
    original: &'a str,
    text: Cow<'a, str>,
    style: Style,
    mark_bytes: usize,
    /// Where in `text` the `\n` stand that are `\r\n` in the original; ascending.
    pairs: Vec<usize>,
}

impl<'a> Unified<'a> {
    pub(super) fn new(original: &'a str) -> Self {
        let body = original.strip_prefix(BYTE_ORDER_MARK).unwrap_or(original);
        let mark_bytes = original.len() - body.len();
        let style = if memchr(b'\n', body.as_bytes()).is_some() {
            Style::LineFeed
        } else if memchr(b'\r', body.as_bytes()).is_some() {
            Style::CarriageReturn
        } else {
            Style::None
        };
        let mut pairs = Vec::new();
        let text = match style {
            Style::None => Cow::Borrowed(body),
            Style::CarriageReturn => Cow::Owned(body.replace('\r', "\n")),
            Style::LineFeed => without_pairs(body, &mut pairs),
        };
        Self { original, text, style, mark_bytes, pairs }
    }

    /// The text the strategies see.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What the caller wrote, in the same form.
    pub(super) fn of_caller<'b>(&self, written: &'b str) -> Cow<'b, str> {
        let written = match self.mark_bytes {
            0 => written,
            _ => written.strip_prefix(BYTE_ORDER_MARK).unwrap_or(written),
        };
        if memchr(b'\r', written.as_bytes()).is_none() {
            return Cow::Borrowed(written);
        }
        match self.style {
            Style::CarriageReturn => Cow::Owned(written.replace("\r\n", "\n").replace('\r', "\n")),
            Style::LineFeed => Cow::Owned(written.replace("\r\n", "\n")),
            // Nothing to go by: what is written stays as it is written.
            Style::None => Cow::Borrowed(written),
        }
    }

    /// The byte of the original for a byte of [`Unified::text`]; a `\n` is where its `\r\n` begins.
    pub(super) fn original_byte(&self, byte: usize) -> usize {
        self.mark_bytes + byte + self.pairs.partition_point(|pair| *pair < byte)
    }

    /// `new`, which replaces `range` of the text, with the file's line ends.
    ///
    /// A line that stands in the match as well keeps its own; other lines take the one of the line at their place, or
    /// else that of the lines around. In a text of one line there is none, and `new` keeps its own.
    pub(super) fn with_terminators<'n>(
        &self,
        range: &std::ops::Range<usize>,
        new: Cow<'n, str>,
    ) -> Cow<'n, str> {
        if memchr(b'\n', new.as_bytes()).is_none() {
            return new;
        }
        match self.style {
            Style::None => new,
            Style::CarriageReturn => Cow::Owned(new.replace('\n', "\r")),
            Style::LineFeed if self.pairs.is_empty() => new,
            Style::LineFeed => Cow::Owned(self.mixed(range, &new)),
        }
    }

    fn mixed(&self, range: &std::ops::Range<usize>, new: &str) -> String {
        let matched = self.text.get(range.clone()).unwrap_or_default();
        let own: Vec<&str> = memchr_iter(b'\n', matched.as_bytes())
            .map(|byte| self.terminator_at(range.start + byte))
            .collect();
        let old_lines: Vec<&str> = matched.split('\n').collect();
        let new_lines: Vec<&str> = new.split('\n').collect();
        let pairs = || old_lines.iter().zip(&new_lines);
        let head = pairs().take_while(|(old, new)| old == new).count();
        let back = || old_lines.iter().rev().zip(new_lines.iter().rev());
        let most = old_lines.len().min(new_lines.len()) - head.min(old_lines.len());
        let tail = back().take(most).take_while(|(old, new)| old == new).count();
        // The last piece of a text has no terminator, so one fewer than lines that stayed.
        let kept_at_end = tail.saturating_sub(1);

        let mut out = String::with_capacity(new.len() + new_lines.len());
        let mut last = own.first().copied().unwrap_or_else(|| self.around(range));
        let new_terminators = new_lines.len() - 1;
        for (index, line) in new_lines.iter().enumerate() {
            out.push_str(line);
            if index == new_terminators {
                break;
            }
            let from_end = new_terminators - index;
            let place = if from_end <= kept_at_end {
                own.len().checked_sub(from_end)
            } else {
                Some(index).filter(|index| *index < own.len() - kept_at_end.min(own.len()))
            };
            last = place.and_then(|place| own.get(place).copied()).unwrap_or(last);
            out.push_str(last);
        }
        out
    }

    /// What ends the line on which `range` ends, or the line before it.
    fn around(&self, range: &std::ops::Range<usize>) -> &'static str {
        let bytes = self.text.as_bytes();
        let after = bytes.get(range.end..).and_then(|rest| memchr(b'\n', rest));
        let before = || bytes.get(..range.start).and_then(|rest| memrchr(b'\n', rest));
        match after.map(|byte| range.end + byte).or_else(before) {
            Some(byte) => self.terminator_at(byte),
            None => "\n",
        }
    }

    fn terminator_at(&self, byte: usize) -> &'static str {
        if self.pairs.binary_search(&byte).is_ok() { "\r\n" } else { "\n" }
    }

    /// The byte that ends a line of the original.
    pub(super) fn line_end(&self) -> u8 {
        if self.style == Style::CarriageReturn { b'\r' } else { b'\n' }
    }

    /// The text it was made of.
    pub(super) fn original(&self) -> &'a str {
        self.original
    }
}

/// `\r\n` becomes `\n`; `pairs` gets the places of those.
fn without_pairs<'a>(body: &'a str, pairs: &mut Vec<usize>) -> Cow<'a, str> {
    let mut text = String::new();
    let mut copied = 0;
    for found in memchr::memmem::find_iter(body.as_bytes(), b"\r\n") {
        text.push_str(body.get(copied..found).unwrap_or_default());
        pairs.push(text.len());
        copied = found + 1;
    }
    if pairs.is_empty() {
        return Cow::Borrowed(body);
    }
    text.push_str(body.get(copied..).unwrap_or_default());
    Cow::Owned(text)
}
