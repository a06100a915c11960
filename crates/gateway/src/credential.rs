//! A client's own credential, where the operator lets it go upstream (`pass_through`).

use http::HeaderMap;
use http::header::AUTHORIZATION;
use ironbridge_upstream::{ClientCredential, Secret};

/// The credential that a client sent: `x-api-key` before `authorization: Bearer`, as Anthropic's own server has it.
pub(crate) fn of_client(headers: &HeaderMap) -> Option<ClientCredential> {
    if let Some(key) = headers.get("x-api-key").and_then(|value| value.to_str().ok()) {
        return Some(ClientCredential::ApiKey(Secret::new(key)));
    }
    let bearer = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = bearer.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| ClientCredential::Bearer(Secret::new(token.trim())))
}
