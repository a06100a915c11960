//! Headers that the operator adds to every request to a provider.

use crate::headers::is_forwarded_to_any;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// The most headers that one provider is sent besides the usual ones.
pub const EXTRA_HEADERS_MAX: usize = 64;

/// Headers of the operator for one provider: an organisation's id, the name of an application (OpenRouter's `x-title`).
///
/// None of them is one that Ironbridge sets itself, that bears a credential, or that speaks of one request or connection.
/// `Debug` shows the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ExtraHeaders(HeaderMap);

/// Why a header is not taken. No message repeats the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtraHeaderError {
    /// The name has other characters than HTTP's tokens.
    #[error("is not the name of a header")]
    Name,
    /// The value is empty, or has other characters than printable ASCII.
    #[error("has a value that no header can carry: it must be printable ASCII")]
    Value,
    /// It bears a credential.
    #[error("is how a key is sent")]
    Credential,
    /// It is set by Ironbridge, or goes on from the client.
    #[error(
        "is not the operator's to set: it belongs to the gateway, the client or the connection"
    )]
    Reserved,
    /// It was named before, maybe in other case.
    #[error("is named twice")]
    Twice,
    /// There are [`EXTRA_HEADERS_MAX`] already.
    #[error("is one too many: {EXTRA_HEADERS_MAX} are taken")]
    TooMany,
}

/// What bears a credential: it would stand in the config in the clear, and not be masked in what comes back.
const CREDENTIALS: [&str; 7] = [
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "x-auth-token",
    "cookie",
    "set-cookie",
];

/// What Ironbridge sets itself, and what belongs to the connection; `*` at the end: any that begin so. What goes on from
/// a client is reserved besides: a fixed `idempotency-key` would make all requests one.
const RESERVED: [&str; 13] = [
    "host",
    "user-agent",
    "accept",
    "accept-*",
    "content-*",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "proxy-*",
];

fn stands_in(list: &[&str], name: &str) -> bool {
    list.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == *pattern,
    })
}

impl ExtraHeaders {
    /// Adds a header. Its name may be written in any case; it is sent in lower case.
    ///
    /// # Errors
    /// When it cannot or must not be sent.
    pub fn insert(&mut self, name: &str, value: &str) -> Result<(), ExtraHeaderError> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| ExtraHeaderError::Name)?;
        if stands_in(&CREDENTIALS, name.as_str()) || name == "proxy-authorization" {
            return Err(ExtraHeaderError::Credential);
        }
        if stands_in(&RESERVED, name.as_str()) || is_forwarded_to_any(&name) {
            return Err(ExtraHeaderError::Reserved);
        }
        let value = value.trim();
        if value.is_empty() || !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(ExtraHeaderError::Value);
        }
        let value = HeaderValue::from_str(value).map_err(|_| ExtraHeaderError::Value)?;
        if self.0.contains_key(&name) {
            return Err(ExtraHeaderError::Twice);
        }
        if self.0.len() >= EXTRA_HEADERS_MAX {
            return Err(ExtraHeaderError::TooMany);
        }
        self.0.insert(name, value);
        Ok(())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.iter()
    }
}

impl fmt::Debug for ExtraHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys().map(HeaderName::as_str)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)], expected: Result<(), ExtraHeaderError>) {
        let mut extra = ExtraHeaders::default();
        let found = headers.iter().try_for_each(|(name, value)| extra.insert(name, value));
        assert_eq!(found, expected, "{headers:?}");
    }

    #[test]
    fn what_is_the_operators_is_taken() {
        check(&[("HTTP-Referer", "https://example.com"), ("X-Title", " My tool ")], Ok(()));
        check(
            &[("openai-organization", "org-1"), ("openai-project", "p"), ("x-tenant", "7")],
            Ok(()),
        );
    }

    #[test]
    fn what_is_not_is_refused() {
        use ExtraHeaderError::{Credential, Name, Reserved, Twice, Value};
        for name in ["Authorization", "x-api-key", "Cookie", "proxy-authorization", "api-key"] {
            check(&[(name, "v")], Err(Credential));
        }
        for name in [
            "Host",
            "content-length",
            "Content-Type",
            "accept-encoding",
            "user-agent",
            "transfer-encoding",
            "proxy-connection",
            "idempotency-key",
            "anthropic-beta",
            "x-claude-code-session-id",
            "session_id",
        ] {
            check(&[(name, "v")], Err(Reserved));
        }
        for name in ["", "x y", "x:y", "x\r\ny", "ü"] {
            check(&[(name, "v")], Err(Name));
        }
        for value in ["", " ", "a\r\nx-b: c", "a\0", "Grüße"] {
            check(&[("x-a", value)], Err(Value));
        }
        check(&[("x-a", "1"), ("X-A", "2")], Err(Twice));
    }

    #[test]
    fn there_are_not_too_many_and_values_are_not_shown() {
        let names: Vec<String> = (0..=EXTRA_HEADERS_MAX).map(|n| format!("x-{n}")).collect();
        let headers: Vec<_> = names.iter().map(|name| (name.as_str(), "v")).collect();
        check(&headers[..EXTRA_HEADERS_MAX], Ok(()));
        check(&headers, Err(ExtraHeaderError::TooMany));
        let mut extra = ExtraHeaders::default();
        extra.insert("X-Org", "hidden").unwrap();
        assert_eq!(format!("{extra:?}"), "{\"x-org\"}");
    }
}
