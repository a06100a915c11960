//! Hides secrets in what is logged.
//!
//! Agents paste environment files into prompts, so bodies hold keys as well as headers do. What looks like one keeps
//! its kind and loses the rest: `sk-ant-****`, `Bearer ****`, `ghu_****`, `eyJ****`, `****@****`. A secret that is cut across two
//! chunks of a stream is hidden too: [`Masker`] holds back a word that is not finished.

/// Marks that begin a secret. Sources: the vendors' key formats as GitHub's secret scanning lists them.
const MARKS: [&str; 22] = [
    "sk-ant-",
    "sk-proj-",
    "sk-or-",
    "sk-",
    "github_pat_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "glpat-",
    "hf_",
    "gsk_",
    "xai-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "ib_",
    "AIza",
    "AKIA",
    "ASIA",
    "eyJ",
];

/// A mark is followed by at least so many characters of a secret; shorter words are left alone (`sk-8`, `eyJ`).
const SECRET_CHARS_MIN: usize = 8;

/// The longest unfinished word that is held back, in bytes: the longest real secrets are JWTs of a few kilobytes.
const HELD_BYTES_MAX: usize = 8 * 1024;

/// `text` with its secrets hidden.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_bearer = false;
    while !rest.is_empty() {
        let token;
        if after_bearer {
            (token, rest) = split_where(rest, |c| !is_token(c));
            masked.push_str(if token.len() < SECRET_CHARS_MIN { token } else { "****" });
        }
        let (word, separator);
        (word, rest) = split_where(rest, |c| !is_word(c));
        (separator, rest) = split_where(rest, is_word);
        mask_word(word, &mut masked);
        masked.push_str(separator);
        after_bearer = announces_token(word) && separator == " ";
    }
    masked
}

/// Whether what follows this word is a secret whatever it looks like.
fn announces_token(word: &str) -> bool {
    word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("token")
}

fn mask_word(word: &str, out: &mut String) {
    let secrets = MARKS.iter().flat_map(|mark| word.match_indices(mark)).filter(|(at, mark)| {
        word.len() - at - mark.len() >= SECRET_CHARS_MIN
            && !word[..*at].ends_with(|c: char| c.is_ascii_alphanumeric())
    });
    // The first secret hides all that follows; of two marks at one place the longer says more.
    if let Some((at, mark)) = secrets.min_by_key(|(at, mark)| (*at, usize::MAX - mark.len())) {
        out.push_str(&word[..at + mark.len()]);
        out.push_str("****");
        return;
    }
    if let Some((name, domain)) = word.split_once('@')
        && !name.is_empty()
        && domain.split('.').filter(|label| !label.is_empty()).count() >= 2
    {
        out.push_str("****@****");
        return;
    }
    out.push_str(word);
}

/// A character that may stand inside a secret with a mark, or an address.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | '~')
}

/// A character of a bearer token: RFC 6750's `b64token`.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/' | '=')
}

/// `text` before and from the first character that `ends` says.
fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// Where the last run of characters that are all `inside` begins.
fn last_run(text: &str, inside: impl Fn(char) -> bool) -> usize {
    let before = text.char_indices().rev().find(|(_, c)| !inside(*c));
    before.map_or(0, |(at, c)| at + c.len_utf8())
}

/// Hides secrets in a text that comes in pieces.
#[derive(Debug, Default)]
pub(crate) struct Masker {
    held: String,
    /// Bytes of a character that is cut.
    cut: Vec<u8>,
}

impl Masker {
    /// The next piece, masked as far as it is certain; the rest comes with a later piece.
    pub(crate) fn push(&mut self, piece: &[u8]) -> String {
        self.cut.extend_from_slice(piece);
        let whole = match std::str::from_utf8(&self.cut) {
            Ok(_) => self.cut.len(),
            // An error without a length is a character that may yet be completed.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.cut.len(),
        };
        self.held.push_str(&String::from_utf8_lossy(&self.cut[..whole]));
        self.cut.drain(..whole);
        let mut sure = last_run(&self.held, |c| is_word(c) || is_token(c));
        // `Bearer ` and what follows belong together, so the word before an open one is held too.
        let before = self.held[..sure].trim_end();
        let previous = last_run(before, is_word);
        if announces_token(&before[previous..]) {
            sure = previous;
        }
        if self.held.len() - sure > HELD_BYTES_MAX {
            sure = self.held.len();
        }
        let rest = self.held.split_off(sure);
        let masked = mask(&self.held);
        self.held = rest;
        masked
    }

    /// What was held back, at the end.
    pub(crate) fn end(&mut self) -> String {
        self.held.push_str(&String::from_utf8_lossy(&std::mem::take(&mut self.cut)));
        mask(&std::mem::take(&mut self.held))
    }
}

#[cfg(test)]
mod tests {
    use super::{Masker, mask};
    use expect_test::{Expect, expect};

    #[expect(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")]
    fn check(text: &str, expected: Expect) {
        let masked = mask(text);
        expected.assert_eq(&masked);
        for cut in 0..=text.len() {
            let mut masker = Masker::default();
            let (first, second) = text.as_bytes().split_at(cut);
            let pieces = masker.push(first) + &masker.push(second) + &masker.end();
            assert_eq!(pieces, masked, "cut at byte {cut}");
        }
    }

    #[test]
    fn secrets_lose_all_but_their_kind() {
        check("key sk-ant-api03-abcdefghij ok", expect!["key sk-ant-**** ok"]);
        check(
            r#"{"authorization":"Bearer abcdef0123456789"}"#,
            expect![[r#"{"authorization":"Bearer ****"}"#]],
        );
        check("token ghu_0123456789abcdef", expect!["token ****"]);
        check("x=gho_0123456789abcdef;", expect!["x=gho_****;"]);
        check("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_d", expect!["jwt eyJ****"]);
        check("mail a.b@example.org, größe", expect!["mail ****@****, größe"]);
        check("Bearer abcdefgh/ijkl+mn==, 東京", expect!["Bearer ****, 東京"]);
        check("task-sk-abcdefghijkl", expect!["task-sk-****"]);
        check("ghp_0123456789ab.sk-ant-api03-abc", expect!["ghp_****"]);
        check("sk-ant-a sk-ant-api03-abcdefgh", expect!["sk-ant-a sk-ant-****"]);
    }

    #[test]
    fn ordinary_words_stay() {
        check(
            "ask-8 sk-8 risk-assessment-of-things desk-lamp",
            expect!["ask-8 sk-8 risk-assessment-of-things desk-lamp"],
        );
        check("max_tokens: 8192, bearer of news", expect!["max_tokens: 8192, bearer of news"]);
        check("me@home", expect!["me@home"]);
    }
}
