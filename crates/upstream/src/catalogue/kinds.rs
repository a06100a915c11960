//! One row per kind of provider.

use crate::call::Endpoint;
use crate::settings::ProviderKind;
use ironbridge_wire::Dialect;

/// How a kind takes an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthHeader {
    /// It takes none.
    None,
    /// `authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`.
    ApiKey,
}

/// What is known of a kind of provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindFacts {
    /// The kind.
    pub kind: ProviderKind,
    /// Its name in the config.
    pub name: &'static str,
    /// Where its requests go unless the config says otherwise; empty for the built-in one.
    pub base_url: &'static str,
    /// How it takes an API key.
    pub auth: AuthHeader,
    /// The dialects that the server at `base_url` speaks, best first.
    pub dialects: &'static [Dialect],
    /// The path of each endpoint it has, after the base URL.
    pub paths: &'static [(Endpoint, &'static str)],
    /// Headers that every request needs, unless the client sent its own.
    pub default_headers: &'static [(&'static str, &'static str)],
    /// Whether the client's query goes on (`?beta=true`).
    pub forwards_query: bool,
    /// Whether a client's own credential may take the place of the operator's.
    pub pass_through: bool,
}

impl KindFacts {
    /// The path of an endpoint; `None` where the kind has none.
    #[must_use]
    pub fn path(&self, endpoint: Endpoint) -> Option<&'static str> {
        self.paths.iter().find(|row| row.0 == endpoint).map(|row| row.1)
    }
}

/// Sources: docs.anthropic.com/en/api/overview, platform.openai.com/docs/api-reference.
const ROWS: [KindFacts; 3] = [
    KindFacts {
        kind: ProviderKind::Offline,
        name: "offline",
        base_url: "",
        auth: AuthHeader::None,
        dialects: &Dialect::ALL,
        paths: &[
            (Endpoint::Chat, "/chat/completions"),
            (Endpoint::Responses, "/responses"),
            (Endpoint::Messages, "/messages"),
            (Endpoint::CountTokens, "/messages/count_tokens"),
            (Endpoint::Embeddings, "/embeddings"),
            (Endpoint::Models, "/models"),
        ],
        default_headers: &[],
        forwards_query: false,
        pass_through: false,
    },
    KindFacts {
        kind: ProviderKind::Anthropic,
        name: "anthropic",
        base_url: "https://api.anthropic.com",
        auth: AuthHeader::ApiKey,
        dialects: &[Dialect::Messages],
        paths: &[
            (Endpoint::Messages, "/v1/messages"),
            (Endpoint::CountTokens, "/v1/messages/count_tokens"),
            (Endpoint::Models, "/v1/models"),
        ],
        default_headers: &[("anthropic-version", "2023-06-01")],
        forwards_query: true,
        pass_through: true,
    },
    KindFacts {
        kind: ProviderKind::Openai,
        name: "openai",
        base_url: "https://api.openai.com/v1",
        auth: AuthHeader::Bearer,
        dialects: &[Dialect::Chat, Dialect::Responses],
        paths: &[
            (Endpoint::Chat, "/chat/completions"),
            (Endpoint::Responses, "/responses"),
            (Endpoint::Embeddings, "/embeddings"),
            (Endpoint::Models, "/models"),
        ],
        default_headers: &[],
        forwards_query: false,
        pass_through: false,
    },
];

pub(super) fn find(kind: ProviderKind) -> &'static KindFacts {
    match kind {
        ProviderKind::Offline => &ROWS[0],
        ProviderKind::Anthropic => &ROWS[1],
        ProviderKind::Openai => &ROWS[2],
    }
}
