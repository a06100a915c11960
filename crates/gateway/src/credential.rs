//! The credentials that a client sends, and which of them may go upstream (`pass_through`).

use crate::client_key::looks_like_key;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use ironbridge_upstream::{ClientCredential, Secret};

/// A credential as it stands in a request.
#[derive(Clone, Copy)]
pub(crate) enum Presented<'a> {
    /// `x-api-key`.
    ApiKey(&'a str),
    /// `authorization: Bearer`.
    Bearer(&'a str),
}

impl<'a> Presented<'a> {
    /// The credential itself.
    pub(crate) fn text(self) -> &'a str {
        match self {
            Presented::ApiKey(text) | Presented::Bearer(text) => text,
        }
    }
}

/// What a client sent: `x-api-key` before `authorization: Bearer`, as Anthropic's own server has it.
pub(crate) fn presented(headers: &HeaderMap) -> impl Iterator<Item = Presented<'_>> {
    let api_key = headers.get("x-api-key").and_then(|value| value.to_str().ok());
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer);
    api_key.map(Presented::ApiKey).into_iter().chain(bearer.map(Presented::Bearer))
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The client's own credential for the provider. A key of ours is none, also one that is not well formed: it would tell
/// the provider most of a secret.
pub(crate) fn of_client(headers: &HeaderMap) -> Option<ClientCredential> {
    let own = presented(headers).find(|presented| !looks_like_key(presented.text()))?;
    Some(match own {
        Presented::ApiKey(key) => ClientCredential::ApiKey(Secret::new(key)),
        Presented::Bearer(token) => ClientCredential::Bearer(Secret::new(token)),
    })
}
