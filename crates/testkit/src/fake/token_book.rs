use std::collections::VecDeque;
use std::time::SystemTime;

/// How many tokens a server knows; the oldest are forgotten first, and are then unknown.
const TOKENS_MAX: usize = 4_096;

/// The tokens that a server has handed out, and which of them still count.
#[derive(Debug, Default)]
pub(crate) struct TokenBook {
    tokens: VecDeque<Token>,
    issued: u64,
}

#[derive(Debug)]
struct Token {
    text: String,
    /// `None`: never.
    expires_at: Option<SystemTime>,
    revoked: bool,
}

/// What a server thinks of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Valid,
    /// It was valid: its time is over, or it was revoked.
    Over,
    Unknown,
}

impl TokenBook {
    /// The number of the next token, from 1: it makes each text unlike all others.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.issued += 1;
        self.issued
    }

    pub(crate) fn add(&mut self, text: impl Into<String>, expires_at: Option<SystemTime>) {
        if self.tokens.len() == TOKENS_MAX {
            self.tokens.pop_front();
        }
        self.tokens.push_back(Token { text: text.into(), expires_at, revoked: false });
    }

    pub(crate) fn standing(&self, text: &str, now: SystemTime) -> Standing {
        match self.tokens.iter().rfind(|token| token.text == text) {
            None => Standing::Unknown,
            Some(token) if token.revoked => Standing::Over,
            Some(token) if token.expires_at.is_some_and(|end| now >= end) => Standing::Over,
            Some(_) => Standing::Valid,
        }
    }

    pub(crate) fn revoke_all(&mut self) {
        for token in &mut self.tokens {
            token.revoked = true;
        }
    }

    /// Every token, the oldest first.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.tokens.iter().map(|token| token.text.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_token_counts_until_its_end() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let mut book = TokenBook::default();
        book.add("short", Some(at(10)));
        book.add("long", None);
        assert_eq!(book.standing("short", at(9)), Standing::Valid);
        assert_eq!(book.standing("short", at(10)), Standing::Over);
        assert_eq!(book.standing("long", at(u32::MAX.into())), Standing::Valid);
        book.revoke_all();
        assert_eq!(book.standing("long", at(0)), Standing::Over);
        assert_eq!(book.standing("never", at(0)), Standing::Unknown);
    }

    #[test]
    fn the_book_ends_with_the_newest_tokens() {
        let mut book = TokenBook::default();
        for _ in 0..=TOKENS_MAX {
            let number = book.next_number();
            book.add(number.to_string(), None);
        }
        assert_eq!(book.texts().len(), TOKENS_MAX);
        assert_eq!(book.standing("1", UNIX_EPOCH), Standing::Unknown);
        assert_eq!(book.standing(&(TOKENS_MAX + 1).to_string(), UNIX_EPOCH), Standing::Valid);
    }
}
