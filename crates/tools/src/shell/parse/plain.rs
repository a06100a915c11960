//! Plain scripts, read without the grammar.
//!
//! Most of what an agent runs is words, simple quotes, `&&`, `||`, `|`, `;` and redirects to files. Its tree follows
//! from the text alone, and takes a tenth of the time the grammar's tables need. Whatever holds anything else (an
//! expansion, a keyword, an assignment, a character whose meaning depends on where it stands) is left to the grammar:
//! [`read`] gives a tree only where it is, node for node, the one the grammar would give. The tests hold both against
//! each other.

use super::tree::{Kind, Node};

/// Lists nest by their operators; a longer one is left to the grammar.
const OPERATORS_MAX: usize = 16;

/// No node of a plain script lies under more others: the lists, their redirects, and what a command is made of.
pub(super) const DEPTH_MAX: u64 = 2 * OPERATORS_MAX as u64 + 8;

/// First words that mean something to the grammar.
const KEYWORDS: &[&str] = &[
    "case", "coproc", "declare", "do", "done", "elif", "else", "esac", "export", "fi", "for",
    "function", "if", "in", "local", "readonly", "select", "then", "time", "typeset", "unset",
    "unsetenv", "until", "while",
];

/// The nodes of a plain script, parents before their children; `None`: the grammar has to read it.
pub(super) fn read(source: &str) -> Option<Vec<Node>> {
    let mut reader = Reader { text: source.as_bytes(), at: 0, operators: 0, nodes: Vec::new() };
    reader.program()?;
    Some(reader.nodes)
}

struct Reader<'s> {
    text: &'s [u8],
    at: usize,
    operators: usize,
    nodes: Vec<Node>,
}

impl Reader<'_> {
    fn program(&mut self) -> Option<()> {
        self.skip_blanks();
        let start = self.at;
        self.open(Kind::Program, start);
        loop {
            self.statement()?;
            match self.peek() {
                None => break,
                Some(b';') if self.text.get(self.at + 1) != Some(&b';') => {
                    self.leaf(Kind::Punctuation, 1);
                }
                Some(_) => return None,
            }
            self.skip_blanks();
            if self.peek().is_none() {
                break;
            }
        }
        self.close(0, self.text.len());
        Some(())
    }

    /// Pipelines joined by `&&` and `||`, each with what was before it a list; redirects take all before them.
    fn statement(&mut self) -> Option<()> {
        let start = self.nodes.len();
        let mut parts = self.pipeline()?;
        loop {
            if self.is_redirect() {
                self.redirects(start)?;
            }
            match self.text.get(self.at..self.at + 2) {
                Some(b"&&" | b"||") => {}
                _ => return Some(()),
            }
            self.operators += 1;
            // To the grammar, all behind the first bar of `a | b | c && d` is one list.
            if self.operators > OPERATORS_MAX || parts > 2 {
                return None;
            }
            self.leaf(Kind::Operator, 2);
            self.skip_blanks();
            parts = self.pipeline()?;
            self.wrap(Kind::List, start);
        }
    }

    /// Commands joined by `|`; gives how many.
    fn pipeline(&mut self) -> Option<usize> {
        let start = self.nodes.len();
        self.command()?;
        let mut parts = 1;
        while self.peek() == Some(b'|') && !matches!(self.text.get(self.at + 1), Some(b'|' | b'&'))
        {
            self.leaf(Kind::Punctuation, 1);
            self.skip_blanks();
            self.command()?;
            parts += 1;
        }
        if parts > 1 {
            self.wrap(Kind::Pipeline, start);
        }
        Some(parts)
    }

    fn command(&mut self) -> Option<()> {
        let start = self.at;
        let name_end = start
            + self
                .text
                .get(start..)?
                .iter()
                .position(|byte| !is_name(*byte))
                .unwrap_or(self.text.len() - start);
        let name = self.text.get(start..name_end)?;
        let begins = name
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'/' | b'_'));
        let is_keyword = || KEYWORDS.iter().any(|word| word.as_bytes() == name);
        if !begins || is_keyword() || !self.ends_word(name_end) {
            return None;
        }
        let command = self.open(Kind::Command, start);
        let command_name = self.open(Kind::CommandName, start);
        self.leaf(Kind::Word, name.len());
        let mut end = self.at;
        self.close(command_name, end);
        self.skip_blanks();
        while !self.is_redirect() && !matches!(self.peek(), None | Some(b';' | b'&' | b'|')) {
            end = self.word()?;
            self.skip_blanks();
        }
        self.close(command, end);
        Some(())
    }

    /// One argument; gives where it ends.
    fn word(&mut self) -> Option<usize> {
        let first = self.nodes.len();
        let mut parts = 0;
        while !self.ends_word(self.at) {
            self.part(parts == 0)?;
            parts += 1;
        }
        if parts > 1 {
            self.wrap(Kind::Concatenation, first);
        }
        (parts > 0).then_some(self.at)
    }

    /// A part of a word: quoted one way or not at all.
    fn part(&mut self, is_first: bool) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        match *rest.first()? {
            b'\'' => {
                let length = rest.iter().skip(1).position(|byte| *byte == b'\'')?;
                self.leaf(Kind::RawString, length + 2);
            }
            b'"' => {
                let inner = rest.get(1..)?;
                let length = inner.iter().position(|byte| !is_plain_within_quotes(*byte))?;
                let is_blank = length > 0 && inner.iter().take(length).all(|byte| *byte == b' ');
                // Blanks alone are no content to the grammar.
                if inner.get(length) != Some(&b'"') || is_blank {
                    return None;
                }
                let string = self.open(Kind::String, self.at);
                self.leaf(Kind::Punctuation, 1);
                if length > 0 {
                    self.leaf(Kind::StringContent, length);
                }
                self.leaf(Kind::Punctuation, 1);
                self.close(string, self.at);
            }
            byte => {
                let length = rest.iter().position(|byte| !is_plain(*byte)).unwrap_or(rest.len());
                // `=x`, `+x`, `@x`: rare, and what they mean to the grammar depends on what stands before them.
                if length == 0 || (is_first && matches!(byte, b'=' | b'+' | b'@' | b'^')) {
                    return None;
                }
                let text = rest.get(..length)?;
                // Behind `-` the grammar takes the digits of `2>` for a word of their own.
                if text == b"-" {
                    return None;
                }
                let kind = if is_number(text) { Kind::Number } else { Kind::Word };
                self.leaf(kind, length);
            }
        }
        Some(())
    }

    /// Whether a redirect stands here, with its descriptor or without.
    fn is_redirect(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let digits = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        matches!(rest.get(digits), Some(b'<' | b'>'))
    }

    /// The redirects behind the statement begun at node `first`, which they take as their body.
    fn redirects(&mut self, first: usize) -> Option<()> {
        let mut end = self.at;
        while self.is_redirect() {
            let redirect = self.open(Kind::FileRedirect, self.at);
            let digits =
                self.text.iter().skip(self.at).take_while(|byte| byte.is_ascii_digit()).count();
            if digits > 0 {
                self.leaf(Kind::FileDescriptor, digits);
            }
            let operator = match self.text.get(self.at..)? {
                [b'>', b'>', next, ..] if !matches!(next, b'&' | b'>') => 2,
                [b'>', b'&', b'0'..=b'9', ..] => 2,
                [b'>' | b'<', next, ..] if !matches!(next, b'<' | b'>' | b'&' | b'|' | b'(') => 1,
                _ => return None,
            };
            self.leaf(Kind::Punctuation, operator);
            self.skip_blanks();
            if self.is_redirect() {
                return None;
            }
            end = self.word()?;
            self.close(redirect, end);
            self.skip_blanks();
        }
        let after = self.text.get(self.at..)?;
        if !matches!(after, [] | [b';', ..] | [b'&', b'&', ..] | [b'|', b'|', ..]) {
            return None;
        }
        self.wrap(Kind::Redirected, first);
        self.close(first, end);
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn ends_word(&self, at: usize) -> bool {
        matches!(self.text.get(at), None | Some(b' ' | b'\t' | b';' | b'&' | b'|' | b'<' | b'>'))
    }

    fn open(&mut self, kind: Kind, start: usize) -> usize {
        self.nodes.push(Node { kind, start, end: start, next: 0 });
        self.nodes.len() - 1
    }

    /// What was opened as `node` ends at `end`, and all nodes since are its children.
    fn close(&mut self, node: usize, end: usize) {
        let next = self.nodes.len();
        if let Some(node) = self.nodes.get_mut(node) {
            node.end = end;
            node.next = next;
        }
    }

    /// The next `length` bytes as a node.
    fn leaf(&mut self, kind: Kind, length: usize) {
        let start = self.at;
        self.at += length;
        let node = self.open(kind, start);
        self.close(node, start + length);
    }

    /// Puts the nodes from `first` on under a new one, which ends with them.
    fn wrap(&mut self, kind: Kind, first: usize) {
        let Some(start) = self.nodes.get(first).map(|node| node.start) else { return };
        let end = self.nodes.iter().skip(first).map(|node| node.end).max().unwrap_or(start);
        for node in self.nodes.iter_mut().skip(first) {
            node.next += 1;
        }
        self.nodes.insert(first, Node { kind, start, end, next: 0 });
        self.close(first, end);
    }
}

/// In the name of a program: nothing an assignment, a pattern or a test could begin with.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-')
}

/// In a word without quotes.
fn is_plain(byte: u8) -> bool {
    is_name(byte)
        || matches!(byte, b':' | b',' | b'=' | b'@' | b'%' | b'+' | b'~' | b'^' | b'*' | b'?')
}

/// Between double quotes: nothing a shell looks at.
fn is_plain_within_quotes(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && !matches!(byte, b'"' | b'$' | b'`' | b'\\')
}

/// `-?[0-9]+`, which to the grammar is a number wherever it stands.
fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}
