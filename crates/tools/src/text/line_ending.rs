//! How lines end. A lone CR ends a line only in a text that has no LF at all; beside LF it is a character like any
//! other, as it is for grep, sed and git, whose line numbers must agree with ours.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2_iter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LineEnding {
    /// `\n`: Unix.
    Lf,
    /// `\r\n`: Windows.
    CrLf,
    /// `\r`: Mac OS before 2001.
    Cr,
}

impl LineEnding {
    /// The characters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// How the lines of a whole file end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LineEndingKind {
    /// No line has an end.
    None,
    /// All in `\n`.
    Lf,
    /// All in `\r\n`.
    CrLf,
    /// All in `\r`.
    Cr,
    /// Some in `\n`, some in `\r\n`.
    Mixed,
}

/// How many lines of a text end in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineEndings {
    /// Lines that end in `\n` alone.
    pub lf: u64,
    /// Lines that end in `\r\n`.
    pub crlf: u64,
    /// Lines that end in `\r`; none where there is any `\n`.
    pub cr: u64,
    /// How the first line ends.
    pub first: Option<LineEnding>,
}

impl LineEndings {
    /// Counts those of `text`.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut endings = Self::default();
        // Most files have no CR at all, and counting does not stop at every line.
        if memchr(b'\r', bytes).is_none() {
            endings.lf = memchr_iter(b'\n', bytes).count() as u64;
            endings.first = (endings.lf > 0).then_some(LineEnding::Lf);
            return endings;
        }
        for at in memchr_iter(b'\n', bytes) {
            let after_cr = at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\r');
            let ending = if after_cr { LineEnding::CrLf } else { LineEnding::Lf };
            endings.first.get_or_insert(ending);
            if after_cr {
                endings.crlf += 1;
            } else {
                endings.lf += 1;
            }
        }
        if endings.first.is_none() {
            endings.cr = memchr_iter(b'\r', bytes).count() as u64;
            endings.first = (endings.cr > 0).then_some(LineEnding::Cr);
        }
        endings
    }

    /// The one in which every line ends; `None` where there is no line end, or where they are mixed.
    pub fn uniform(&self) -> Option<LineEnding> {
        match (self.lf, self.crlf, self.cr) {
            (1.., 0, 0) => Some(LineEnding::Lf),
            (0, 1.., 0) => Some(LineEnding::CrLf),
            (0, 0, 1..) => Some(LineEnding::Cr),
            _ => None,
        }
    }

    /// What a new line gets: the most frequent, of equals the first, `\n` where there is none.
    pub fn preferred(&self) -> LineEnding {
        match self.lf.cmp(&self.crlf) {
            std::cmp::Ordering::Greater => LineEnding::Lf,
            std::cmp::Ordering::Less => LineEnding::CrLf,
            std::cmp::Ordering::Equal => self.first.unwrap_or(LineEnding::Lf),
        }
    }

    /// All of them in one word.
    pub fn kind(&self) -> LineEndingKind {
        match (self.first, self.uniform()) {
            (None, _) => LineEndingKind::None,
            (_, Some(LineEnding::Lf)) => LineEndingKind::Lf,
            (_, Some(LineEnding::CrLf)) => LineEndingKind::CrLf,
            (_, Some(LineEnding::Cr)) => LineEndingKind::Cr,
            (_, None) => LineEndingKind::Mixed,
        }
    }
}

/// `text` with every line ended by `ending`. A last line without an end stays without.
pub fn with_line_ending(text: &str, ending: LineEnding) -> Cow<'_, str> {
    let endings = LineEndings::of(text);
    if endings.first.is_none() || endings.uniform() == Some(ending) {
        return Cow::Borrowed(text);
    }
    // In a text with LF a lone CR is no end of a line, and stays.
    let ends_in_cr = endings.cr > 0;
    let mut converted = String::with_capacity(text.len() + text.len() / 16);
    let mut from = 0;
    for at in memchr2_iter(b'\n', b'\r', text.as_bytes()) {
        let crlf = text.as_bytes().get(at..at + 2) == Some(b"\r\n");
        let ends = text.as_bytes().get(at) == Some(&b'\n') || crlf || ends_in_cr;
        // The LF of a CR LF that was written already.
        if !ends || at < from {
            continue;
        }
        converted.push_str(text.get(from..at).unwrap_or_default());
        converted.push_str(ending.as_str());
        from = at + if crlf { 2 } else { 1 };
    }
    converted.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(converted)
}

/// A line and what ends it: `("abc", "\r\n")`. The second is empty where nothing does.
pub fn split_terminator(line: &str) -> (&str, &str) {
    let length = [LineEnding::CrLf, LineEnding::Lf, LineEnding::Cr]
        .into_iter()
        .find(|ending| line.ends_with(ending.as_str()))
        .map_or(0, |ending| ending.as_str().len());
    line.split_at(line.len() - length)
}

/// Which byte the lines of `text` end in: `\n`, or `\r` where there is no `\n` at all.
pub(super) fn last_byte(text: &[u8]) -> u8 {
    if memchr(b'\n', text).is_none() && memchr(b'\r', text).is_some() { b'\r' } else { b'\n' }
}
