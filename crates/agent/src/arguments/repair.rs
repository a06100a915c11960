//! JSON as models write it when they get it wrong.
//!
//! Understood besides JSON: comments, trailing and missing commas, single and typographic quotes, keys without quotes,
//! `True`, `False`, `None`, line breaks inside strings, and an end that never came. What follows the value is not looked
//! at. It is a reader of its own rather than a rewriting of the text, so that no rule can spoil what stands in a string.

use serde_json::{Map, Number, Value};

/// How deep values may be nested.
const DEPTH_MAX: usize = 64;

/// The object or array that `text` begins with, or is the JSON text of; `None`: it is none.
pub(crate) fn repair(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    reader.skip();
    if !reader.rest.starts_with(['{', '[']) {
        return None;
    }
    reader.value(0)
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    /// White space and comments.
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let skipped = if self.rest.starts_with("//") || self.rest.starts_with('#') {
                self.rest.split_once('\n').map_or("", |(_, rest)| rest)
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                comment.split_once("*/").map_or("", |(_, rest)| rest)
            } else {
                return;
            };
            self.rest = skipped;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.skip();
        match self.peek()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            quote if closing(quote).is_some() => self.string().map(Value::String),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.bump();
        let mut members = Map::new();
        loop {
            self.skip();
            match self.peek() {
                None => return Some(Value::Object(members)),
                Some('}') => {
                    self.bump();
                    return Some(Value::Object(members));
                }
                Some(',') => {
                    self.bump();
                }
                Some(quote) => {
                    let key = if closing(quote).is_some() { self.string()? } else { self.key()? };
                    self.skip();
                    match self.peek() {
                        Some(':' | '=') => {
                            self.bump();
                        }
                        None => return Some(Value::Object(members)),
                        Some(_) => return None,
                    }
                    self.skip();
                    // A member whose value was cut off is no member.
                    if self.rest.is_empty() {
                        return Some(Value::Object(members));
                    }
                    let value = self.value(depth + 1)?;
                    members.insert(key, value);
                }
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.bump();
        let mut elements = Vec::new();
        loop {
            self.skip();
            match self.peek() {
                None => return Some(Value::Array(elements)),
                Some(']') => {
                    self.bump();
                    return Some(Value::Array(elements));
                }
                Some(',') => {
                    self.bump();
                }
                Some(_) => elements.push(self.value(depth + 1)?),
            }
        }
    }

    /// A key without quotes.
    fn key(&mut self) -> Option<String> {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '.');
        let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (key, rest) = self.rest.split_at(length);
        self.rest = rest;
        (!key.is_empty()).then(|| key.to_owned())
    }

    fn word(&mut self) -> Option<Value> {
        let is_end = |c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']' | ':');
        let length = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        match word {
            "true" | "True" | "TRUE" => Some(Value::Bool(true)),
            "false" | "False" | "FALSE" => Some(Value::Bool(false)),
            "null" | "None" | "NULL" | "undefined" => Some(Value::Null),
            number => number.trim_start_matches('+').parse::<Number>().ok().map(Value::Number),
        }
    }

    /// A string in any quotes. Where a quote of the same kind stands inside, it ends the string only if what follows
    /// could follow a string.
    fn string(&mut self) -> Option<String> {
        let end = closing(self.bump()?)?;
        let mut text = String::new();
        while let Some(c) = self.bump() {
            if c == '\\' {
                self.escape(&mut text);
            } else if c == end && self.may_end() {
                return Some(text);
            } else {
                text.push(c);
            }
        }
        Some(text)
    }

    /// Whether what follows could stand behind a string.
    fn may_end(&self) -> bool {
        let rest = self.rest.trim_start();
        rest.is_empty()
            || rest.starts_with([',', '}', ']', ':', '='])
            || rest.starts_with("//")
            || rest.starts_with('"') && self.rest.starts_with(char::is_whitespace)
    }

    fn escape(&mut self, text: &mut String) {
        match self.bump() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('u') => text.push(self.unicode().unwrap_or(char::REPLACEMENT_CHARACTER)),
            Some(c @ ('"' | '\\' | '/' | '\'')) => text.push(c),
            // `\d` of an expression that should have been `\\d`; a line that goes on.
            Some(c) => text.extend(['\\', c]),
            None => {}
        }
    }

    fn unicode(&mut self) -> Option<char> {
        let unit = self.hex()?;
        if (0xD800..0xDC00).contains(&unit) && self.rest.starts_with("\\u") {
            let before = self.rest;
            self.rest = before.get(2..)?;
            let low = self.hex()?;
            if (0xDC00..0xE000).contains(&low) {
                return char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
            }
            self.rest = before;
        }
        char::from_u32(unit)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        let unit = u32::from_str_radix(digits, 16).ok()?;
        self.rest = self.rest.get(4..)?;
        Some(unit)
    }
}

/// What ends a string that begins so.
fn closing(quote: char) -> Option<char> {
    match quote {
        '"' => Some('"'),
        '\'' => Some('\''),
        '`' => Some('`'),
        '\u{201C}' | '\u{201D}' => Some('\u{201D}'),
        '\u{2018}' | '\u{2019}' => Some('\u{2019}'),
        _ => None,
    }
}
