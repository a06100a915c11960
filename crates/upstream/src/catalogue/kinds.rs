//! One row per kind of provider.

use crate::call::Endpoint;
use crate::settings::ProviderKind;
use ironbridge_wire::Dialect;
use std::time::Duration;

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
    /// The dialects that the server at `base_url` speaks with every model, best first.
    pub dialects: &'static [Dialect],
    /// The path of each endpoint it has, after the base URL.
    pub paths: &'static [(Endpoint, &'static str)],
    /// Headers that every request needs, unless the client sent its own.
    pub default_headers: &'static [(&'static str, &'static str)],
    /// Whether the client's query goes on (`?beta=true`).
    pub forwards_query: bool,
    /// Whether a client's own credential may take the place of the operator's.
    pub pass_through: bool,
    /// How long its list of models is good for.
    pub models_ttl: Duration,
    /// The dialects that its list, and its errors, may name for a model, best first; empty: they teach nothing.
    pub taught: &'static [Dialect],
    /// Whether it knows its models by names that clients spell otherwise ([`ModelList::resolve`]), so that the list
    /// decides how each is asked for.
    ///
    /// [`ModelList::resolve`]: crate::ModelList::resolve
    pub resolves_names: bool,
    /// Whether an embeddings request with a bare string must be sent as a list of one.
    pub wraps_embedding_input: bool,
    /// Whether it is told who brought each request about, and whether it holds images ([`Call`](crate::Call)).
    pub reports_initiator: bool,
}

/// Lists of models change with a release, and asking costs one request.
const LIST_TTL: Duration = Duration::from_secs(300);

/// Copilot's clients ask for the list once per start; an hour is what its users are used to (issue 3).
const COPILOT_LIST_TTL: Duration = Duration::from_secs(3600);

impl KindFacts {
    /// The path of an endpoint; `None` where the kind has none.
    #[must_use]
    pub fn path(&self, endpoint: Endpoint) -> Option<&'static str> {
        self.paths.iter().find(|row| row.0 == endpoint).map(|row| row.1)
    }
}

/// Sources: docs.anthropic.com/en/api/overview, platform.openai.com/docs/api-reference.
const ROWS: [KindFacts; 4] = [
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
        models_ttl: LIST_TTL,
        taught: &[],
        resolves_names: false,
        wraps_embedding_input: false,
        reports_initiator: false,
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
        models_ttl: LIST_TTL,
        taught: &[],
        resolves_names: false,
        wraps_embedding_input: false,
        reports_initiator: false,
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
        models_ttl: LIST_TTL,
        taught: &[Dialect::Chat, Dialect::Responses],
        resolves_names: false,
        wraps_embedding_input: false,
        reports_initiator: false,
    },
    // Reference gateway.md §1.2, §1.4; the base URL is that of individual accounts until a token says otherwise.
    KindFacts {
        kind: ProviderKind::Copilot,
        name: "copilot",
        base_url: "https://api.githubcopilot.com",
        auth: AuthHeader::Bearer,
        dialects: &[Dialect::Chat],
        paths: &[
            (Endpoint::Chat, "/chat/completions"),
            (Endpoint::Responses, "/responses"),
            (Endpoint::Messages, "/v1/messages"),
            (Endpoint::Embeddings, "/embeddings"),
            (Endpoint::Models, "/models"),
        ],
        default_headers: &[],
        forwards_query: false,
        pass_through: false,
        models_ttl: COPILOT_LIST_TTL,
        taught: &[Dialect::Messages, Dialect::Responses, Dialect::Chat],
        resolves_names: true,
        wraps_embedding_input: true,
        reports_initiator: true,
    },
];

pub(super) fn find(kind: ProviderKind) -> &'static KindFacts {
    match kind {
        ProviderKind::Offline => &ROWS[0],
        ProviderKind::Anthropic => &ROWS[1],
        ProviderKind::Openai => &ROWS[2],
        ProviderKind::Copilot => &ROWS[3],
    }
}
