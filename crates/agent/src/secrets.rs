//! Secrets that tools come upon: they are masked before the model, the front end or the session's file has them.
//!
//! Known are those the front end names (keys of providers, variables of the environment that are called so) and texts that
//! are formed as keys are. What was masked cannot be written back: a call whose arguments have the mask is refused, since
//! it would put the mask in the secret's place.

use ironbridge_upstream::Secret;

/// What stands in place of a secret.
pub(crate) const SECRET_MASK: &str = "[secret masked by ironbridge]";

/// Shorter ones are words that any text has.
const SECRET_BYTES_MIN: usize = 12;

/// How keys of known services begin, and how many letters, digits, `_` and `-` follow at least.
const FORMS: [(&str, usize); 12] = [
    ("sk-ant-", 20),
    ("sk-proj-", 20),
    ("sk-", 32),
    ("ghp_", 36),
    ("gho_", 36),
    ("ghu_", 36),
    ("ghs_", 36),
    ("github_pat_", 22),
    ("xoxb-", 20),
    ("AKIA", 16),
    ("AIza", 35),
    ("glpat-", 20),
];

/// Looks for secrets in texts.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    known: Vec<Secret>,
}

impl Secrets {
    /// Masks these, as far as they have twelve bytes, and what is formed as keys are.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<String> =
            known.into_iter().filter(|secret| secret.len() >= SECRET_BYTES_MIN).collect();
        // The longer first: one may be the beginning of another.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        known.dedup();
        Secrets { known: known.into_iter().map(Secret::new).collect() }
    }

    /// The text with its secrets masked; `None`: it has none.
    #[must_use]
    pub fn masked(&self, text: &str) -> Option<String> {
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for secret in &self.known {
            let found = text.match_indices(secret.reveal());
            spans.extend(found.map(|(at, secret)| (at, at + secret.len())));
        }
        for (begin, least) in FORMS {
            spans.extend(formed(text, begin, least));
        }
        spans.extend(private_keys(text));
        if spans.is_empty() {
            return None;
        }
        spans.sort_unstable();
        let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
        for (from, to) in spans {
            if from < at {
                continue;
            }
            masked.push_str(text.get(at..from).unwrap_or_default());
            masked.push_str(SECRET_MASK);
            at = to;
        }
        masked.push_str(text.get(at..).unwrap_or_default());
        Some(masked)
    }
}

/// Where keys stand that begin so.
fn formed<'t>(
    text: &'t str,
    begin: &'t str,
    least: usize,
) -> impl Iterator<Item = (usize, usize)> + 't {
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(begin).filter_map(move |(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        let rest = text.get(at + begin.len()..)?;
        let length = rest.find(|c| !is_key(c)).unwrap_or(rest.len());
        let stands_alone = before.is_none_or(|c| !is_key(c));
        (stands_alone && length >= least).then_some((at, at + begin.len() + length))
    })
}

/// Where private keys in PEM stand, without their first and last lines.
fn private_keys(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    const END: &str = "PRIVATE KEY-----";
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let begin = from + text.get(from..)?.find("-----BEGIN ")?;
            let line = text.get(begin..)?.lines().next()?;
            from = begin + line.len();
            if !line.trim_end().ends_with(END) {
                continue;
            }
            let end = text.get(from..)?.find("-----END ").map_or(text.len(), |end| from + end);
            let span = (from, end);
            from = end;
            if span.1 > span.0 + 1 {
                return Some(span);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_secrets_and_texts_formed_as_keys_are_masked_and_words_are_not() {
        let secrets = Secrets::new(["correct-horse-battery".to_owned(), "short".to_owned()]);
        let masked = |text: &str| {
            let masked = secrets.masked(text).unwrap_or_else(|| text.to_owned());
            masked.replace(SECRET_MASK, "[masked]")
        };
        let key = format!("ghp_{}", "a1".repeat(18));
        let anthropic = format!("sk-ant-api03-{}", "x".repeat(30));
        let cases = [
            ("PASSWORD=correct-horse-battery\n".to_owned(), "PASSWORD=[masked]\n".to_owned()),
            (format!("a {key}, {anthropic}."), "a [masked], [masked].".to_owned()),
            (format!("x{key}"), format!("x{key}")),
            (
                "short sk-learn task-ant-hill AKIA".to_owned(),
                "short sk-learn task-ant-hill AKIA".to_owned(),
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nrest"
                    .to_owned(),
                "-----BEGIN RSA PRIVATE KEY-----[masked]-----END RSA PRIVATE KEY-----\nrest"
                    .to_owned(),
            ),
            (
                "-----BEGIN CERTIFICATE-----\nMIIE\n".to_owned(),
                "-----BEGIN CERTIFICATE-----\nMIIE\n".to_owned(),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(masked(&text), expected);
        }
        assert_eq!(secrets.masked("nothing here"), None);
    }
}
