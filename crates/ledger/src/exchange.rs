//! The record of one exchange: what is kept of a request and its reply, also of those that failed or were left.

use crate::value::{Column, Value, named};
use serde::{Deserialize, Serialize};

/// One exchange between a client, the gateway and a provider.
///
/// Texts are names and ids, never contents: bodies are kept apart, and only when the operator wants them. Times are in
/// milliseconds, moments since 1970 (UTC); sizes in bytes; money in picodollars (10⁻¹² USD).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exchange {
    /// The gateway's own id, unique for ever; a second record of the same id is taken for the same exchange.
    pub id: String,
    /// When its head had been read.
    pub began_ms: u64,
    /// From then to its end.
    pub duration_ms: u64,
    /// From then to the first byte of content sent.
    pub first_content_ms: Option<u64>,
    /// How much of it was waiting for limits.
    pub waited_ms: u64,
    /// The HTTP status the client got.
    pub status: u16,
    /// How it ended.
    pub cause: Cause,
    /// What went wrong, in words.
    pub error: Option<String>,
    /// The dialect the client spoke.
    pub dialect: String,
    /// `chat`, `responses`, `messages`, `count_tokens`, `embeddings`.
    pub endpoint: String,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// `quota`, `query_evaluation` or `inference`; `None` where it could not be told.
    pub class: Option<String>,
    /// The client key it came with.
    pub key_id: Option<String>,
    /// That key's name at the time.
    pub key_name: Option<String>,
    /// The project it was made for.
    pub project: Option<String>,
    /// The provider's account that paid.
    pub account: Option<String>,
    /// The Host that the client named.
    pub domain: String,
    /// The client's session (`x-claude-code-session-id`, `session-id`).
    pub session: Option<String>,
    /// The client's agent within the session (`x-claude-code-agent-id`).
    pub agent: Option<String>,
    /// The model the client named.
    pub model: String,
    /// The provider that answered, or was tried last.
    pub provider: Option<String>,
    /// The model asked of it.
    pub target_model: Option<String>,
    /// The dialect spoken with it.
    pub target_dialect: Option<String>,
    /// The model that the reply names.
    pub reply_model: Option<String>,
    /// `user` or `agent`, where the provider wants to know.
    pub initiator: Option<String>,
    /// By what that was decided.
    pub initiator_reason: Option<String>,
    /// What held it back or refused it: `key`, `model`, `budget`, `place`, `interval`, `approval`, `cooldown`.
    pub limited_by: Option<String>,
    /// Every attempt at a target, in order.
    pub attempts: Vec<Attempt>,
    /// What was not carried as it was, request first.
    pub changes: Vec<Change>,
    /// The names of the tools that the reply calls.
    pub tool_calls: Vec<String>,
    /// Why the model stopped.
    pub finish: Option<String>,
    /// Input that no cache had. `None` in this and the five below: the provider did not say.
    pub input_tokens: Option<u64>,
    /// Output, reasoning included.
    pub output_tokens: Option<u64>,
    /// Input read from the provider's cache.
    pub cache_read_tokens: Option<u64>,
    /// Input written to a cache that lives five minutes, or as long as the provider's only one does.
    pub cache_write_5m_tokens: Option<u64>,
    /// Input written to a cache that lives an hour.
    pub cache_write_1h_tokens: Option<u64>,
    /// The part of the output that is reasoning.
    pub reasoning_tokens: Option<u64>,
    /// What it cost; `None`: no price is known for the model, or no usage.
    pub cost_picodollars: Option<u64>,
    /// The version of the price table that says so, and perhaps its prices, in words of the gateway.
    pub price_version: Option<String>,
    /// The client's own `x-request-id` or `x-client-request-id`.
    pub client_request_id: Option<String>,
    /// The provider's `request-id` or `x-request-id`.
    pub upstream_request_id: Option<String>,
    /// The provider's id of the reply.
    pub reply_id: Option<String>,
    /// How often the client's SDK had sent it before (`x-stainless-retry-count`).
    pub client_retries: Option<u32>,
    /// Bytes of the request's body.
    pub request_bytes: u64,
    /// Bytes of the reply's body that were handed to the client's connection.
    pub reply_bytes: u64,
}

impl Exchange {
    /// Tokens of input, cache read, cache write of five minutes, of an hour, and output: each is paid for in one class.
    #[must_use]
    pub fn tokens_by_class(&self) -> [u64; 5] {
        let classes = [
            self.input_tokens,
            self.cache_read_tokens,
            self.cache_write_5m_tokens,
            self.cache_write_1h_tokens,
            self.output_tokens,
        ];
        classes.map(|tokens| tokens.unwrap_or(0))
    }
}

/// The columns of the table `exchange`, in their order. A field that is missing here does not compile.
macro_rules! columns {
    ($($name:ident),* $(,)?) => {
        impl Exchange {
            /// The columns' names.
            pub(crate) const COLUMNS: &[&str] = &[$(stringify!($name)),*];

            /// A row of the table.
            pub(crate) fn to_row(&self) -> Vec<Value> {
                vec![$(self.$name.to_value()),*]
            }

            /// Reads the columns off the front of a row; `None`: it was not written by us.
            pub(crate) fn from_row(row: &mut impl Iterator<Item = Value>) -> Option<Self> {
                Some(Exchange { $($name: Column::from_value(row.next()?)?),* })
            }
        }
    };
}

columns! {
    id, began_ms, duration_ms, first_content_ms, waited_ms, status, cause, error, dialect, endpoint, stream, class,
    key_id, key_name, project, account, domain, session, agent, model, provider, target_model, target_dialect,
    reply_model, initiator, initiator_reason, limited_by, attempts, changes, tool_calls, finish, input_tokens,
    output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, reasoning_tokens,
    cost_picodollars, price_version, client_request_id, upstream_request_id, reply_id, client_retries, request_bytes,
    reply_bytes,
}

named! {
    /// How an exchange ended.
    pub enum Cause {
        /// The client got the whole reply.
        #[default]
        Completed = "completed",
        /// We refused it: bad input, a limit, no route.
        Refused = "refused",
        /// The upstream answered with an error, which the client got.
        UpstreamError = "upstream_error",
        /// The upstream broke off or could not be reached.
        UpstreamAbort = "upstream_abort",
        /// A time-out of the gateway.
        Timeout = "timeout",
        /// The client went away.
        ClientAbort = "client_abort",
        /// The gateway was stopped.
        Shutdown = "shutdown",
        /// The operator stopped its session.
        Stopped = "stopped",
        /// A fault of the gateway itself.
        Fault = "fault",
    }
}

/// One attempt at a target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attempt {
    /// The provider's name.
    pub provider: String,
    /// The model asked of it.
    pub model: String,
    /// Its HTTP status; `None`: it did not answer.
    pub status: Option<u16>,
    /// How often it was asked; 0 when nothing could be sent.
    pub tries: u32,
    /// Why it did not do.
    pub error: Option<String>,
    /// How long it took to that point.
    pub duration_ms: u64,
}

/// One part of the request or the reply that was not carried as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// Where in the body.
    pub path: String,
    /// `dropped` or `changed`.
    pub what: String,
    /// Why.
    pub why: String,
    /// `request` or `reply`.
    pub side: String,
}
