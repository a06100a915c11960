//! What is asked of a provider.

use crate::secret::Secret;
use bytes::Bytes;
use http::HeaderMap;
use ironbridge_wire::Dialect;

/// What a request is sent to. Its path and the host are the provider's own; no client chooses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// OpenAI chat completions.
    Chat,
    /// OpenAI responses.
    Responses,
    /// Anthropic messages.
    Messages,
    /// Anthropic's token counter.
    CountTokens,
    /// OpenAI embeddings.
    Embeddings,
    /// The list of models.
    Models,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Endpoint; 6] = [
        Endpoint::Chat,
        Endpoint::Responses,
        Endpoint::Messages,
        Endpoint::CountTokens,
        Endpoint::Embeddings,
        Endpoint::Models,
    ];

    /// The endpoint that replies in `dialect`.
    #[must_use]
    pub const fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Chat => Endpoint::Chat,
            Dialect::Responses => Endpoint::Responses,
            Dialect::Messages => Endpoint::Messages,
        }
    }

    /// The dialect of its requests and errors; `None` where several have it (models).
    #[must_use]
    pub const fn dialect(self) -> Option<Dialect> {
        match self {
            Endpoint::Chat | Endpoint::Embeddings => Some(Dialect::Chat),
            Endpoint::Responses => Some(Dialect::Responses),
            Endpoint::Messages | Endpoint::CountTokens => Some(Dialect::Messages),
            Endpoint::Models => None,
        }
    }

    /// Whether its replies can be streams.
    #[must_use]
    pub const fn streams(self) -> bool {
        matches!(self, Endpoint::Chat | Endpoint::Responses | Endpoint::Messages)
    }

    /// Whether a model works for it. Providers limit counting and lists apart: being tired of those says nothing of
    /// this.
    #[must_use]
    pub const fn generates(self) -> bool {
        self.streams() || matches!(self, Endpoint::Embeddings)
    }

    /// A lower-case name for records and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Endpoint::Chat => "chat",
            Endpoint::Responses => "responses",
            Endpoint::Messages => "messages",
            Endpoint::CountTokens => "count_tokens",
            Endpoint::Embeddings => "embeddings",
            Endpoint::Models => "models",
        }
    }
}

/// One request to a provider.
#[derive(Clone, Debug)]
pub struct Call {
    /// What it is sent to.
    pub endpoint: Endpoint,
    /// The model as it is named in the body; for cooldowns and for learning dialects. Empty for models.
    pub model: String,
    /// The client's query without `?`. Only kind `anthropic` forwards it (`beta=true`).
    pub query: Option<String>,
    /// The client's headers; those of [`forwarded_request_headers`](crate::forwarded_request_headers) go on.
    pub headers: HeaderMap,
    /// The body, JSON; empty for models.
    pub body: Bytes,
    /// The client's own credential instead of the operator's, where the operator allows that (`pass_through`). Only
    /// kind `anthropic` sends it.
    pub client_credential: Option<ClientCredential>,
    /// The Host that the client named: an operator may have a credential for each.
    pub domain: Option<String>,
    /// Who brought the request about. Only kind `copilot` is told.
    pub initiator: Option<Initiator>,
}

impl Call {
    /// A request with nothing of a client's but its body.
    #[must_use]
    pub fn new(endpoint: Endpoint, model: impl Into<String>, body: Bytes) -> Self {
        Call {
            endpoint,
            model: model.into(),
            query: None,
            headers: HeaderMap::new(),
            body,
            client_credential: None,
            domain: None,
            initiator: None,
        }
    }
}

/// Who brought a request about: a person, or an agent that goes on by itself. It is reported as it is; no request is
/// changed to make it one or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// A person wrote something new.
    User,
    /// An agent sends back what its tools said, or goes on with its own words.
    Agent,
}

impl Initiator {
    /// As `x-initiator` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Initiator::User => "user",
            Initiator::Agent => "agent",
        }
    }
}

/// A credential that came with a client's request, by the header that bore it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCredential {
    /// `x-api-key`.
    ApiKey(Secret),
    /// `authorization: Bearer`.
    Bearer(Secret),
}
