//! Regular expressions of `tokenizer.json` on an engine without look-ahead.
//!
//! The files are written for Oniguruma, but the one look-ahead that tokenizers use is
//! `\s+(?!\S)`: white space but for its last character, which goes with the word that follows. It becomes
//! two patterns, `\s+$` and `\s+\s` less its last character; everything else with look-around,
//! back-references or possessive quantifiers is refused.

use std::ops::Range;

use regex_automata::Input;
use regex_automata::meta::Regex;

use super::error::TokenizerJsonError;

const LOOK_AHEAD: &str = r"\s+(?!\S)";
/// The pattern whose matches lose their last character, when there is a look-ahead.
const SHORTENED: usize = 1;

/// What a text is split at, or a normalizer replaces.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    has_look_ahead: bool,
}

impl Pattern {
    pub(super) fn literal(text: &str) -> Result<Self, TokenizerJsonError> {
        Self::compile(text, &[escape(text)], false)
    }

    /// The first of the literals that fits at the leftmost place where any does.
    pub(super) fn literals<'a>(
        texts: impl Iterator<Item = &'a str>,
    ) -> Result<Self, TokenizerJsonError> {
        let alternatives: Vec<String> = texts.map(escape).collect();
        Self::compile("added_tokens", &[alternatives.join("|")], false)
    }

    pub(super) fn regex(pattern: &str) -> Result<Self, TokenizerJsonError> {
        let alternatives = alternatives(pattern)
            .ok_or_else(|| TokenizerJsonError::unsupported("pattern", pattern))?;
        let Some(at) = alternatives.iter().position(|&alternative| alternative == LOOK_AHEAD)
        else {
            return Self::compile(pattern, &[pattern.to_owned()], false);
        };
        let mut before = alternatives[..at].to_vec();
        before.push(r"\s+$");
        let mut patterns = vec![before.join("|"), r"\s+\s".to_owned()];
        if at + 1 < alternatives.len() {
            patterns.push(alternatives[at + 1..].join("|"));
        }
        Self::compile(pattern, &patterns, true)
    }

    fn compile(
        shown: &str,
        patterns: &[String],
        has_look_ahead: bool,
    ) -> Result<Self, TokenizerJsonError> {
        let regex = Regex::new_many(patterns).map_err(|source| TokenizerJsonError::Pattern {
            pattern: shown.to_owned(),
            source: Box::new(source),
        })?;
        Ok(Self { regex, has_look_ahead })
    }

    /// The next match that begins at or after `start`, empty ones passed over.
    pub(super) fn find(&self, text: &str, mut start: usize) -> Option<Range<usize>> {
        while start <= text.len() {
            let found = self.regex.find(Input::new(text).range(start..))?;
            let mut range = found.range();
            if self.has_look_ahead && found.pattern().as_usize() == SHORTENED {
                let last = text[range.clone()].chars().next_back().map_or(0, char::len_utf8);
                range.end -= last;
            }
            if !range.is_empty() {
                return Some(range);
            }
            start = text[range.end..]
                .chars()
                .next()
                .map_or(text.len() + 1, |c| range.end + c.len_utf8());
        }
        None
    }

    /// The whole text as matches (`true`) and what lies between them (`false`), none of them empty.
    pub(super) fn sections<'t>(&self, text: &'t str) -> Vec<(&'t str, bool)> {
        let mut sections = Vec::new();
        let mut at = 0;
        while let Some(range) = self.find(text, at) {
            if range.start > at {
                sections.push((&text[at..range.start], false));
            }
            at = range.end;
            sections.push((&text[range], true));
        }
        if at < text.len() {
            sections.push((&text[at..], false));
        }
        sections
    }
}

/// The alternatives of a pattern at its top level; `None` if it holds something that the engine would
/// refuse or, worse, understand otherwise.
fn alternatives(pattern: &str) -> Option<Vec<&str>> {
    let mut alternatives = Vec::new();
    let (mut start, mut groups, mut classes) = (0, 0_u32, 0_u32);
    let mut after_quantifier = false;
    let bytes = pattern.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let is_quantifier = classes == 0 && matches!(byte, b'?' | b'+' | b'*' | b'}');
        if after_quantifier && byte == b'+' && classes == 0 {
            return None;
        }
        match byte {
            b'\\' => {
                let next = bytes.get(at + 1)?;
                // Back-references, and Oniguruma's own anchors and classes.
                if matches!(
                    next,
                    b'1'..=b'9' | b'k' | b'g' | b'G' | b'K' | b'h' | b'H' | b'R' | b'X'
                ) {
                    return None;
                }
                at += 1;
                // `\p{L}`, whose brace ends no repetition.
                if matches!(next, b'p' | b'P' | b'x' | b'u') && bytes.get(at + 1) == Some(&b'{') {
                    at += pattern[at..].find('}')?;
                }
            }
            b'[' => classes += 1,
            b']' => classes = classes.saturating_sub(1),
            b'(' if classes == 0 => {
                let rest = &pattern[at..];
                let is_look_around =
                    ["(?=", "(?!", "(?<=", "(?<!", "(?>"].iter().any(|look| rest.starts_with(look));
                let is_known = rest.starts_with("(?!\\S)")
                    && groups == 0
                    && &pattern[start..at] == "\\s+"
                    && matches!(rest.as_bytes().get(6), None | Some(b'|'));
                if is_look_around && !is_known {
                    return None;
                }
                groups += 1;
            }
            b')' if classes == 0 => groups = groups.checked_sub(1)?,
            b'|' if classes == 0 && groups == 0 => {
                alternatives.push(&pattern[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        // `(?` begins a group's flags and is no quantifier.
        after_quantifier = is_quantifier && (at == 0 || bytes.get(at - 1) != Some(&b'('));
        at += 1;
    }
    alternatives.push(&pattern[start..]);
    Some(alternatives)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        // Not `<` and `>`: escaped, they are word boundaries.
        if r"\.+*?()|[]{}^$#&-~".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
