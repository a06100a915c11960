//! Takes secrets out of a text that is to be kept.
//!
//! Agents paste environment files, keys and logs into their prompts. What looks like a secret keeps what says its kind
//! and loses the rest: `sk-ant-****`. One pass of one automaton, in time linear in the text whatever stands in it.

use regex_automata::meta::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// What stands in place of a secret.
const MASK: &str = "****";

/// Each with two groups: what stays, and what goes. None takes a quote or half an escape, so JSON stays JSON.
///
/// Sources: the formats that GitHub's secret scanning lists, RFC 6750 (bearer), RFC 7519 (JWT), RFC 7468 (PEM).
const SECRETS: [&str; 6] = [
    // Keys whose vendor marks them, with what follows the mark.
    r"(?-u:\b)(sk-ant-|sk-proj-|sk-or-|sk-|sk_live_|sk_test_|rk_live_|pk_live_|whsec_|github_pat_|gh[pousr]_|glpat-|npm_|pypi-|hf_|gsk_|xai-|xox[abeprs]-|xapp-|dop_v1_|SG\.|ya29\.|AIza|AKIA|ASIA|ib_|cnp_live_|cnp_test_)([A-Za-z0-9_.\-]{12,})",
    // JSON web tokens: a header and claims, both objects in base64, and perhaps a signature.
    r"(?-u:\b)(eyJ)([A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*)?)",
    // What stands behind the name of a scheme of Authorization.
    r"(?-u:\b)((?i:bearer|basic)[ ]+)([A-Za-z0-9._~+/\-]{16,}=*)",
    // Private keys, to their end or to that of the string they stand in.
    r#"(-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----)([^"]*?)(?:-----END [A-Z ]{0,24}PRIVATE KEY-----|\\*"|\z)"#,
    // The password of an address: postgres://user:password@host.
    r#"(://[^\s:/@"\\]{1,64}:)([^\s:/@"\\]{1,128})@"#,
    // A variable or member whose name says that it is a secret.
    r#"((?i:password|passwd|secret|api_?key|access_?key|access_?token|auth_?token|refresh_?token|private_?key)[A-Za-z_]{0,16}\\*["']?[ ]{0,4}[:=][ ]{0,4}\\*["']?)([A-Za-z0-9_.~+/\-!@#$%^&*]{8,})"#,
];

/// Those of [`SECRETS`] that go by a name alone.
const BY_NAME: [usize; 2] = [2, 5];

/// The automaton; `None` cannot be: a test makes it.
static AUTOMATON: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new_many(&SECRETS).ok());

/// The text without its secrets.
#[must_use]
pub fn scrub(text: &str) -> Cow<'_, str> {
    let Some(automaton) = AUTOMATON.as_ref() else { return Cow::Borrowed(MASK) };
    let (mut scrubbed, mut kept_to) = (String::new(), 0);
    for found in automaton.captures_iter(text) {
        let Some(span) = found.get_group(2) else { continue };
        let named = found.pattern().is_some_and(|pattern| BY_NAME.contains(&pattern.as_usize()));
        if span.is_empty() || (named && !is_random(&text[span.range()])) {
            continue;
        }
        scrubbed.push_str(&text[kept_to..span.start]);
        scrubbed.push_str(MASK);
        kept_to = span.end;
    }
    if kept_to == 0 {
        return Cow::Borrowed(text);
    }
    scrubbed.push_str(&text[kept_to..]);
    Cow::Owned(scrubbed)
}

/// Whether a value is one that somebody made up, and not a word of a program (`password: SecretString`).
fn is_random(value: &str) -> bool {
    value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::scrub;

    #[test]
    fn what_looks_like_a_secret_goes_and_its_kind_stays() {
        for (text, expected) in [
            ("key sk-ant-api03-AbCdEf0123456789_-xyz.", "key sk-ant-****"),
            ("sk-proj-abcdefghijkl0123", "sk-proj-****"),
            ("ghp_0123456789abcdefABCDEF0123456789abcd!", "ghp_****!"),
            ("github_pat_11ABCDEFG0123456789_abcdef", "github_pat_****"),
            ("AKIAIOSFODNN7EXAMPLE", "AKIA****"),
            ("(xoxb-123456789012-abcdefGHIJKL)", "(xoxb-****)"),
            ("AIzaSyA-0123456789abcdefghijklmnopqrstu", "AIza****"),
            ("ib_0123456789abcdef0123", "ib_****"),
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
                "eyJ****",
            ),
            ("Authorization: Bearer abcdefghijklmnop0123==\n", "Authorization: Bearer ****\n"),
            ("authorization: basic dXNlcjpwYXNzd29yZDEyMw==", "authorization: basic ****"),
            ("postgres://me:hunter2@db.example.com/x", "postgres://me:****@db.example.com/x"),
            ("DB_PASSWORD=correct1horse", "DB_PASSWORD=****"),
            (r#"{"api_key":"0123456789abcdef"}"#, r#"{"api_key":"****"}"#),
            (r#"{\"client_secret\": \"a1b2c3d4e5\"}"#, r#"{\"client_secret\": \"****\"}"#),
            (
                r"-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\nrest",
                r"-----BEGIN RSA PRIVATE KEY-----****-----END RSA PRIVATE KEY-----\nrest",
            ),
            (
                r#""-----BEGIN PRIVATE KEY-----\nMIIE","next""#,
                r#""-----BEGIN PRIVATE KEY-----****","next""#,
            ),
            (
                r#"{\"k\":\"-----BEGIN PRIVATE KEY-----\\nMIIE\",\"n\":1}"#,
                r#"{\"k\":\"-----BEGIN PRIVATE KEY-----****\",\"n\":1}"#,
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIIE", "-----BEGIN PRIVATE KEY-----****"),
            ("two ghp_0123456789abcdef and AKIAIOSFODNN7EXAMPLE", "two ghp_**** and AKIA****"),
        ] {
            assert_eq!(scrub(text), expected);
            assert_eq!(scrub(&scrub(text)), expected, "a second time changes nothing");
        }
    }

    #[test]
    fn programs_and_prose_stay() {
        for text in [
            "",
            "ask-me, sk-8, the token of a bearer, basic usage, bearer authentication-in-practice",
            "let password: SecretString = read()?;",
            "task-force-one-hundred-and-one, risk-assessment-document",
            "token_count = usage.output_tokens",
            "http://localhost:4141/v1/messages, user@example.com",
            "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
            "eyJ is how an object in base64 begins",
        ] {
            assert_eq!(scrub(text), text);
        }
    }

    #[test]
    fn json_stays_json() {
        for secret in [
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nMIIE\\",
            "password=\"abc12345\\\"",
            "api_key: 'abcdefgh1\\n'",
            "postgres://a:b1\\@c",
        ] {
            let mut nested = serde_json::Value::from(secret);
            for _ in 0..3 {
                let text =
                    serde_json::json!({"a": nested, "b": "AKIAIOSFODNN7EXAMPLE"}).to_string();
                let scrubbed = scrub(&text);
                assert!(serde_json::from_str::<serde_json::Value>(&scrubbed).is_ok(), "{scrubbed}");
                nested = text.into();
            }
        }
    }
}
