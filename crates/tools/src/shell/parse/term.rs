//! Words as the shell would make them: quotes taken off where that needs no shell.

use std::ops::Range;

use super::tree::{Kind, Tree};
use super::types::Word;

/// A word with what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Term {
    /// Unquoted, as far as it is known.
    pub(super) text: String,
    /// As written.
    pub(super) written: String,
    /// Whether a shell makes something else of it.
    pub(super) dynamic: bool,
    /// The length of `text` that is surely the beginning of every path it can become; for patterns. `None`: nothing is.
    pub(super) path_prefix: Option<usize>,
    /// In the source it was read from.
    pub(super) range: Range<usize>,
}

impl Term {
    /// What a wrapper adds that is not in the text, such as what `xargs` reads.
    pub(super) fn unknown(range: Range<usize>) -> Self {
        Self {
            text: String::new(),
            written: String::new(),
            dynamic: true,
            path_prefix: None,
            range,
        }
    }

    /// The text, when it is known.
    pub(super) fn known(&self) -> Option<&str> {
        (!self.dynamic).then_some(self.text.as_str())
    }

    pub(super) fn word(&self) -> Word {
        let text = if self.dynamic { &self.written } else { &self.text };
        Word { text: text.clone(), dynamic: self.dynamic }
    }

    /// Its rest from `at` on, as a word of its own: the value in `--output=value`.
    pub(super) fn from(&self, at: usize) -> Self {
        let text = self.text.get(at..).unwrap_or_default().to_owned();
        let path_prefix = self.path_prefix.and_then(|length| length.checked_sub(at));
        Self { text, path_prefix, ..self.clone() }
    }
}

/// Reads words of one source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) source: &'a str,
    pub(super) tree: &'a Tree,
    /// What `~` and `$HOME` stand for, where that is known.
    pub(super) home: Option<&'a str>,
}

/// A word in the making.
#[derive(Default)]
struct Draft {
    text: String,
    /// Something in it is not known.
    unknown: bool,
    /// Where its first unquoted `*`, `?`, `[` or `{` stands in `text`.
    pattern: Option<usize>,
    braces: bool,
}

impl<'a> Terms<'a> {
    /// The word at `node`.
    pub(super) fn term(self, node: usize) -> Term {
        let range = self.tree.range(node);
        let mut draft = Draft::default();
        let written = self.slice(range.clone());
        if written == "{}" {
            // No braces but a name, as in `find -exec rm {} ;`; the tree cuts it in two.
            draft.text.push_str(written);
        } else {
            self.add(node, &mut draft);
        }
        let dynamic = draft.unknown || draft.pattern.is_some();
        let path_prefix = if draft.unknown { None } else { draft.path_prefix() };
        let written = if dynamic { written.to_owned() } else { String::new() };
        Term { text: draft.text, written, dynamic, path_prefix, range }
    }

    pub(super) fn slice(self, range: Range<usize>) -> &'a str {
        self.source.get(range).unwrap_or_default()
    }

    fn add(self, node: usize, draft: &mut Draft) {
        let range = self.tree.range(node);
        match self.tree.kind(node) {
            Kind::CommandName => match self.tree.children(node).next() {
                Some(inner) => self.add(inner, draft),
                None => self.add_unquoted(self.slice(range), draft),
            },
            Kind::Word | Kind::Number | Kind::VariableName if self.is_leaf(node) => {
                self.add_unquoted(self.slice(range), draft);
            }
            Kind::RawString => {
                let inner = range.start + 1..range.end.saturating_sub(1);
                draft.text.push_str(self.slice(inner));
            }
            Kind::AnsiString => {
                let inner = range.start + 2..range.end.saturating_sub(1);
                draft.unknown |= !add_escaped(self.slice(inner), &mut draft.text);
            }
            Kind::String => self.add_string(node, draft),
            Kind::Concatenation => self.add_parts(node, draft),
            Kind::SimpleExpansion | Kind::Expansion => self.add_expansion(range, false, draft),
            _ => draft.unknown = true,
        }
    }

    fn is_leaf(self, node: usize) -> bool {
        self.tree.after(node) == node + 1
    }

    fn add_parts(self, node: usize, draft: &mut Draft) {
        let mut at = self.tree.range(node).start;
        for part in self.tree.children(node) {
            let range = self.tree.range(part);
            // Parts that do not touch are no one word, whatever the tree says.
            draft.unknown |= range.start != at;
            self.add(part, draft);
            at = range.end;
        }
    }

    /// What stands between double quotes. Newlines in it belong to no node, so the text is taken from the source.
    fn add_string(self, node: usize, draft: &mut Draft) {
        let whole = self.tree.range(node);
        let mut at = whole.start + 1;
        for part in self.tree.children(node) {
            let range = self.tree.range(part);
            match self.tree.kind(part) {
                Kind::StringContent | Kind::Punctuation if self.is_leaf(part) => {}
                Kind::SimpleExpansion | Kind::Expansion => {
                    add_double_quoted(self.slice(at..range.start), &mut draft.text);
                    self.add_expansion(range.clone(), true, draft);
                    at = range.end;
                }
                _ => draft.unknown = true,
            }
        }
        add_double_quoted(self.slice(at..whole.end.saturating_sub(1)), &mut draft.text);
    }

    /// `$HOME` and `${HOME}`, where the home is known; nothing else is.
    fn add_expansion(self, range: Range<usize>, quoted: bool, draft: &mut Draft) {
        let splits = |home: &str| home.contains([' ', '\t', '\n', '*', '?', '[', '\\']);
        match (self.home, self.slice(range)) {
            (Some(home), "$HOME" | "${HOME}") if quoted || !splits(home) => {
                draft.text.push_str(home);
            }
            _ => draft.unknown = true,
        }
    }

    fn add_unquoted(self, text: &str, draft: &mut Draft) {
        let mut rest = text;
        if draft.text.is_empty() && text.starts_with('~') {
            match self.home {
                Some(home) if text == "~" || text.starts_with("~/") => {
                    draft.text.push_str(home);
                    rest = text.get(1..).unwrap_or_default();
                }
                _ => draft.unknown = true,
            }
        }
        let mut characters = rest.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some('\n') => {}
                    Some(next) => draft.text.push(next),
                    None => draft.unknown = true,
                },
                '*' | '?' | '[' => draft.add_pattern(character, false),
                '{' => draft.add_pattern(character, true),
                '$' | '`' => {
                    draft.unknown = true;
                    draft.text.push(character);
                }
                _ => draft.text.push(character),
            }
        }
    }
}

impl Draft {
    fn add_pattern(&mut self, character: char, brace: bool) {
        self.pattern.get_or_insert(self.text.len());
        self.braces |= brace;
        self.text.push(character);
    }

    /// `src/*.rs` names something under `src/`, unless the pattern can climb out again.
    fn path_prefix(&self) -> Option<usize> {
        let Some(at) = self.pattern else { return Some(self.text.len()) };
        let rest = self.text.get(at..).unwrap_or_default();
        let climbs = rest.contains("..");
        // `{/etc/passwd,x}` begins where its parts begin.
        let begins_anywhere = self.braces && at == 0 && rest.contains(['/', '~']);
        (!climbs && !begins_anywhere).then_some(at)
    }
}

/// Backslashes keep their meaning between double quotes only before these.
fn add_double_quoted(text: &str, out: &mut String) {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('\n') => {}
            Some(next @ ('$' | '`' | '"' | '\\')) => out.push(next),
            Some(next) => out.extend(['\\', next]),
            None => out.push('\\'),
        }
    }
}

/// `$'…'`; `false` when it has an escape that is not read here.
fn add_escaped(text: &str, out: &mut String) -> bool {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let decoded = match characters.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('a') => '\x07',
            Some('b') => '\x08',
            Some('e' | 'E') => '\x1b',
            Some('f') => '\x0c',
            Some('v') => '\x0b',
            Some(same @ ('\\' | '\'' | '"' | '?')) => same,
            Some('x') => match ascii_of(&mut characters, 2, 16) {
                Some(decoded) => decoded,
                None => return false,
            },
            _ => return false,
        };
        out.push(decoded);
    }
    true
}

/// Up to `digits_max` digits as an ASCII character; beyond ASCII it would be a byte of an encoding.
fn ascii_of(characters: &mut std::str::Chars<'_>, digits_max: usize, radix: u32) -> Option<char> {
    let digits: String =
        characters.clone().take(digits_max).take_while(|digit| digit.is_digit(radix)).collect();
    for _ in digits.chars() {
        characters.next();
    }
    let value = u8::from_str_radix(&digits, radix).ok()?;
    (value.is_ascii() && value != 0).then_some(char::from(value))
}
