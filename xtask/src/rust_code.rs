//! Rust source with comments and literals blanked out, so that a check sees only code.

/// Gives `source` with every comment, string and character literal replaced by spaces.
///
/// Line breaks stay, so line numbers do too. It is a lexer's work, not a parser's: enough to tell a
/// `todo!` in code from one in a sentence.
pub(crate) fn without_comments_and_literals(source: &str) -> String {
    let mut lexer = Lexer { rest: source.chars().collect(), at: 0, code: String::new() };
    while lexer.at < lexer.rest.len() {
        lexer.next();
    }
    lexer.code
}

struct Lexer {
    rest: Vec<char>,
    at: usize,
    code: String,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        self.code.extend(self.peek(0));
        self.at += 1;
    }

    fn blank(&mut self, count: usize) {
        for _ in 0..count {
            self.code.extend(self.peek(0).map(|c| if c == '\n' { '\n' } else { ' ' }));
            self.at += 1;
        }
    }

    fn next(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some('/'), Some('/')) => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.blank(1);
                }
            }
            (Some('/'), Some('*')) => self.block_comment(),
            (Some('"'), _) => self.string(),
            (Some('\''), _) => self.quote(),
            (Some('r'), Some('"' | '#')) if self.raw_hashes().is_some() => self.raw_string(),
            _ => self.keep(),
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                (None, _) => return,
                _ => {
                    self.blank(1);
                    continue;
                }
            }
            self.blank(2);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.blank(1);
        loop {
            match self.peek(0) {
                Some('\\') => self.blank(2),
                Some('"') | None => return self.blank(1),
                Some(_) => self.blank(1),
            }
        }
    }

    /// A character literal, or the quote of a lifetime or label.
    fn quote(&mut self) {
        match (self.peek(1), self.peek(2)) {
            (Some('\\'), _) => {
                self.blank(3);
                while self.peek(0).is_some_and(|c| c != '\'') {
                    self.blank(1);
                }
                self.blank(1);
            }
            (Some(_), Some('\'')) => self.blank(3),
            _ => self.keep(),
        }
    }

    /// The number of `#` of a raw string that begins here, if one does.
    fn raw_hashes(&self) -> Option<usize> {
        let before = self.at.checked_sub(1).and_then(|index| self.rest.get(index));
        if before.is_some_and(|c| (c.is_alphanumeric() || *c == '_') && !matches!(c, 'b' | 'c')) {
            return None;
        }
        let hashes = (1..).take_while(|ahead| self.peek(*ahead) == Some('#')).count();
        (self.peek(1 + hashes) == Some('"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().unwrap_or_default();
        self.blank(2 + hashes);
        while self.peek(0).is_some() {
            let closed = self.peek(0) == Some('"')
                && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            self.blank(1);
            if closed {
                return self.blank(hashes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(source: &str, expected: &Expect) {
        let code = without_comments_and_literals(source);
        assert_eq!(code.lines().count(), source.lines().count(), "line breaks stay");
        let words: Vec<&str> = code.split_whitespace().collect();
        expected.assert_eq(&words.join(" "));
    }

    #[test]
    fn only_code_is_left() {
        check("a(); // todo!()\nb();", &expect!["a(); b();"]);
        check("a /* x /* y */ z */ b", &expect!["a b"]);
        check(r#"f("todo!() \" // x") + g"#, &expect!["f( ) + g"]);
        check("let s = r#\"a \" todo!() \"#; rest", &expect!["let s = ; rest"]);
        check("let s = br\"\\\"; rest", &expect!["let s = b ; rest"]);
        check(
            "let c = '\"'; fn f<'a>(x: &'a str) {}",
            &expect!["let c = ; fn f<'a>(x: &'a str) {}"],
        );
        check(r"let c = '\''; let d = '\u{1f600}'; e", &expect!["let c = ; let d = ; e"]);
        check("\"open\nto the end", &expect![""]);
        check("r#type = for_r\"x\"", &expect!["r#type = for_r"]);
    }
}
