//! The header that says a token is of OAuth.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The value of `anthropic-beta` without which Anthropic takes no token of a login (reference gateway.md §3.2).
pub const OAUTH_BETA: &str = "oauth-2025-04-20";

const ANTHROPIC_BETA: HeaderName = HeaderName::from_static("anthropic-beta");

/// Adds [`OAUTH_BETA`] to the `anthropic-beta` of a request, behind the client's own values, which stay byte for byte.
/// Several headers of the name become one, since a server may read the first alone.
pub fn add_oauth_beta(headers: &mut HeaderMap) {
    let values = headers.get_all(&ANTHROPIC_BETA).iter().map(HeaderValue::as_bytes);
    let values: Vec<&[u8]> = values.filter(|value| !value.trim_ascii().is_empty()).collect();
    let mut merged = values.join(&b","[..]);
    let there =
        merged.split(|byte| *byte == b',').any(|one| one.trim_ascii() == OAUTH_BETA.as_bytes());
    if !there {
        if !merged.is_empty() {
            merged.push(b',');
        }
        merged.extend_from_slice(OAUTH_BETA.as_bytes());
    }
    // Values that were headers make a header again.
    if let Ok(merged) = HeaderValue::from_bytes(&merged) {
        headers.insert(ANTHROPIC_BETA, merged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(client: &[&str], expected: &str) {
        let mut headers = HeaderMap::new();
        for value in client {
            headers.append(ANTHROPIC_BETA, HeaderValue::from_str(value).unwrap());
        }
        add_oauth_beta(&mut headers);
        let sent: Vec<_> = headers.get_all(ANTHROPIC_BETA).iter().collect();
        assert_eq!(sent, [expected]);
    }

    #[test]
    fn it_joins_the_clients_own_values_once() {
        check(&[], "oauth-2025-04-20");
        check(&[""], "oauth-2025-04-20");
        check(&["a-2025,  b-2026"], "a-2025,  b-2026,oauth-2025-04-20");
        check(&["a", "b"], "a,b,oauth-2025-04-20");
        check(&["a, oauth-2025-04-20 ,b"], "a, oauth-2025-04-20 ,b");
        check(&["a", "oauth-2025-04-20"], "a,oauth-2025-04-20");
        check(&["oauth-2025-04-20x"], "oauth-2025-04-20x,oauth-2025-04-20");
    }
}
