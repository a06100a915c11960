//! The value that walks through the seven rooms.

use crate::class::RequestClass;
use crate::client_key::ClientKey;
use crate::cooling::Turn;
use crate::respond;
use crate::settle::Account;
use crate::shared::BrokenOff;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use ironbridge_upstream::{ClientCredential, Endpoint, Initiator, Prices};
use ironbridge_wire::json::{Layout, Members};
use ironbridge_wire::{ApiError, Carried, Changes, Dialect, Tally, Usage};
use serde::Serialize;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// One request of a client.
///
/// `accept` makes it, every later room reads it and adds to its account, which `settle` closes and `record` keeps.
pub(crate) struct Exchange {
    /// What is written down about it.
    pub(crate) account: Account,
    /// Our own id, `x-request-id` of the reply.
    pub(crate) id: String,
    /// The dialect the client speaks; also the form of every error.
    pub(crate) dialect: Dialect,
    /// Which of the dialect's routes was called.
    pub(crate) endpoint: Endpoint,
    /// The query string as it came.
    pub(crate) query: Option<String>,
    /// The client's headers as they came.
    pub(crate) headers: HeaderMap,
    /// The body, checked to be strict JSON and an object.
    pub(crate) body: Bytes,
    /// Where the body's members stand.
    pub(crate) layout: Layout,
    /// What kind of request it is, where that can be told.
    pub(crate) class: Option<RequestClass>,
    /// The model the client named.
    pub(crate) model: String,
    /// Whether the client wants a stream.
    pub(crate) stream: bool,
    /// Chat: whether the client itself asked for the usage chunk.
    pub(crate) include_usage: bool,
    /// The client's own credential, where the operator lets it go upstream (`pass_through`).
    pub(crate) client_credential: Option<ClientCredential>,
    /// The project it is made for.
    pub(crate) project: Option<Arc<str>>,
    /// The key by which the client was let in; `None`: there are no keys.
    pub(crate) client_key: Option<Arc<ClientKey>>,
    /// The Host that the client named, in lower case and without a port; empty where it named none.
    pub(crate) domain: String,
    /// The session that the client names; by it the operator may hold the exchange.
    pub(crate) session: Option<Arc<str>>,
    /// Who asks, as far as fairness is concerned.
    pub(crate) fairness_key: String,
    /// Whether it waits out an upstream's 429 (`on_429 = "wait"`).
    pub(crate) patient: bool,
    /// Whether its reply is read to the end also for a client that has gone (`on_disconnect = "drain"`).
    pub(crate) drains: bool,
    /// Its turn at an upstream that rested.
    pub(crate) turn: Option<Turn>,
    /// Whether the client has the head of its reply already: then errors are told in its stream.
    pub(crate) begun: bool,
}

impl Exchange {
    /// The members of the body.
    pub(crate) fn members(&self) -> Members<'_> {
        self.layout.clone().members(&self.body)
    }

    /// Ends the exchange with an error of ours.
    pub(crate) fn refuse(self, error: &ApiError) -> Response {
        self.fail(Cause::Refused, error)
    }

    /// Ends the exchange where something breaks it off.
    pub(crate) fn break_off(self, broken: &BrokenOff) -> Response {
        self.fail(broken.cause, &broken.error)
    }

    /// Ends the exchange with an error, for any reason.
    pub(crate) fn fail(mut self, cause: Cause, error: &ApiError) -> Response {
        if self.begun {
            self.account.close(|record| {
                record.note_error(cause, error);
                record.status = 200;
            });
            return respond::stream_error(error, self.dialect);
        }
        self.account.close_failed(cause, error);
        respond::error(error, self.dialect, &self.id)
    }
}

/// What is kept of an exchange.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    /// Our own id, `x-request-id` of the reply.
    pub(crate) id: String,
    /// When it began, in milliseconds since 1970.
    pub(crate) began_ms: u64,
    /// The HTTP status the client got; 0 while under way.
    pub(crate) status: u16,
    /// How it ended.
    pub(crate) cause: Cause,
    /// What went wrong, in words.
    pub(crate) error: Option<String>,
    /// The client's dialect and route.
    pub(crate) dialect: &'static str,
    /// `chat`, `responses`, `messages`, `count_tokens`, `embeddings`.
    pub(crate) endpoint: &'static str,
    /// Whether a stream was asked for.
    pub(crate) stream: bool,
    /// The Host the client named, without a default port.
    pub(crate) domain: String,
    /// The client key it came with.
    pub(crate) key: Option<RecordedKey>,
    /// The project it was made for.
    pub(crate) project: Option<String>,
    /// Quota probe, query evaluation or inference.
    pub(crate) class: Option<RequestClass>,
    /// The model the client named.
    pub(crate) model: String,
    /// The provider that answered, or was tried last.
    pub(crate) provider: Option<String>,
    /// The model asked of it.
    pub(crate) target_model: Option<String>,
    /// Who brought it about, where its provider wants to know.
    pub(crate) initiator: Option<Initiated>,
    /// What held it back or refused it; of several the last.
    pub(crate) limited_by: Option<LimitedBy>,
    /// How long it waited for limits, in milliseconds.
    pub(crate) waited_ms: u64,
    /// The model that its reply names.
    pub(crate) reply_model: Option<String>,
    /// The dialect spoken with it.
    pub(crate) target_dialect: Option<&'static str>,
    /// Every attempt in order.
    pub(crate) attempts: Vec<Attempt>,
    /// What was not carried as it was, request first.
    pub(crate) changes: Vec<RecordedChange>,
    /// Token classes, where they are known.
    pub(crate) usage: Option<RecordedUsage>,
    /// What that cost by the provider's list; `None`: no usage, or nobody pays for it by the token.
    pub(crate) cost: Option<Cost>,
    /// Why the model stopped, in our word.
    pub(crate) finish: Option<String>,
    /// The tools the reply calls.
    pub(crate) tool_calls: Vec<String>,
    /// The client's own `x-request-id` or `x-client-request-id`.
    pub(crate) client_request_id: Option<String>,
    /// The upstream's `request-id` or `x-request-id`.
    pub(crate) upstream_request_id: Option<String>,
    /// The upstream's id of the reply.
    pub(crate) reply_id: Option<String>,
    /// The session the client names (`x-claude-code-session-id`, `session-id`).
    pub(crate) session: Option<String>,
    /// The agent within it (`x-claude-code-agent-id`).
    pub(crate) agent: Option<String>,
    /// How often the client's SDK has sent this before (`x-stainless-retry-count`).
    pub(crate) client_retries: Option<u32>,
    /// Bytes of the request and of what was sent of the reply.
    pub(crate) request_bytes: u64,
    /// Bytes of the reply's body that were handed to the client's connection.
    pub(crate) reply_bytes: u64,
    /// From the head read to the first byte of content sent, in milliseconds.
    pub(crate) first_content_ms: Option<u64>,
    /// From the head read to the end, in milliseconds.
    pub(crate) duration_ms: u64,
}

/// The longest text of an upstream that is remembered, in bytes: its errors may be as long as it likes.
const TEXT_BYTES_MAX: usize = 2000;

/// The most changes, and the most names of called tools, that are remembered of one exchange.
const LIST_MAX: usize = 1000;

/// The client key of an exchange.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RecordedKey {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl From<&ClientKey> for RecordedKey {
    fn from(key: &ClientKey) -> Self {
        RecordedKey { id: key.id.clone(), name: key.name.clone() }
    }
}

/// Who brought an exchange about, as its provider was told, and by what that was decided.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Initiated {
    pub(crate) by: &'static str,
    pub(crate) reason: &'static str,
}

impl Initiated {
    pub(crate) fn new(by: Initiator, reason: &'static str) -> Self {
        Initiated { by: by.name(), reason }
    }
}

/// What may hold an exchange back or refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LimitedBy {
    /// The rates of its client key.
    Key,
    /// The rates of its model.
    Model,
    /// A budget of its client key or its model.
    Budget,
    /// The places for exchanges under way.
    Place,
    /// The interval between starts.
    Interval,
    /// The person who approves requests.
    Approval,
    /// An upstream's 429.
    Cooldown,
}

impl LimitedBy {
    /// Its name in records and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            LimitedBy::Key => "key",
            LimitedBy::Model => "model",
            LimitedBy::Budget => "budget",
            LimitedBy::Place => "place",
            LimitedBy::Interval => "interval",
            LimitedBy::Approval => "approval",
            LimitedBy::Cooldown => "cooldown",
        }
    }
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    /// Not ended yet.
    Running,
    /// The client got the whole reply.
    Completed,
    /// We refused it: bad input, a limit, no route.
    Refused,
    /// The upstream answered with an error, which the client got.
    UpstreamError,
    /// The upstream broke off or could not be reached.
    UpstreamAbort,
    /// A time-out of ours.
    Timeout,
    /// The client went away.
    ClientAbort,
    /// The gateway was stopped.
    Shutdown,
    /// The operator stopped its session.
    Stopped,
    /// A fault of the gateway itself.
    Fault,
}

impl Cause {
    /// Its name in records and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Cause::Running => "running",
            Cause::Completed => "completed",
            Cause::Refused => "refused",
            Cause::UpstreamError => "upstream_error",
            Cause::UpstreamAbort => "upstream_abort",
            Cause::Timeout => "timeout",
            Cause::ClientAbort => "client_abort",
            Cause::Shutdown => "shutdown",
            Cause::Stopped => "stopped",
            Cause::Fault => "fault",
        }
    }
}

/// One attempt at a target.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Attempt {
    pub(crate) provider: String,
    pub(crate) model: String,
    /// The upstream's status; `None` when it did not answer.
    pub(crate) status: Option<u16>,
    /// How often the provider was asked for it (`retries` and one); 0 when nothing could be sent.
    pub(crate) tries: u32,
    /// Why it did not do.
    pub(crate) error: Option<String>,
    /// How long it took to that point, in milliseconds.
    pub(crate) duration_ms: u64,
}

/// A [`ironbridge_wire::Change`] as it is written down.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RecordedChange {
    pub(crate) path: String,
    /// `dropped` or `changed`.
    pub(crate) what: &'static str,
    pub(crate) why: String,
    /// `request` or `reply`.
    pub(crate) side: &'static str,
}

/// [`Usage`] as it is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct RecordedUsage {
    pub(crate) input_tokens: u64,
    pub(crate) cache_read_tokens: u64,
    pub(crate) cache_write_tokens: u64,
    /// Of `cache_write_tokens`, those that live an hour.
    pub(crate) cache_write_1h_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) reasoning_tokens: u64,
}

impl RecordedUsage {
    /// All input tokens, cached or not.
    pub(crate) fn input_total(&self) -> u64 {
        self.input_tokens
            .saturating_add(self.cache_read_tokens)
            .saturating_add(self.cache_write_tokens)
    }

    /// What was written to a cache that lives five minutes, or as long as the provider's only one.
    pub(crate) fn cache_write_5m_tokens(&self) -> u64 {
        self.cache_write_tokens.saturating_sub(self.cache_write_1h_tokens)
    }
}

/// What an exchange cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Cost {
    /// In 10⁻¹² USD.
    pub(crate) picodollars: u64,
    /// Which prices were used.
    pub(crate) price_version: &'static str,
    /// The prices themselves.
    #[serde(skip)]
    pub(crate) prices: Prices,
}

impl From<RecordedUsage> for Usage {
    fn from(usage: RecordedUsage) -> Self {
        Usage {
            input: usage.input_tokens,
            cache_read: Some(usage.cache_read_tokens),
            cache_write: Some(usage.cache_write_tokens),
            cache_write_1h: Some(usage.cache_write_1h_tokens),
            output: usage.output_tokens,
            reasoning: Some(usage.reasoning_tokens),
        }
    }
}

impl From<Usage> for RecordedUsage {
    fn from(usage: Usage) -> Self {
        RecordedUsage {
            input_tokens: usage.input,
            cache_read_tokens: usage.cache_read.unwrap_or(0),
            cache_write_tokens: usage.cache_write.unwrap_or(0),
            cache_write_1h_tokens: usage.cache_write_1h.unwrap_or(0),
            output_tokens: usage.output,
            reasoning_tokens: usage.reasoning.unwrap_or(0),
        }
    }
}

/// Which side of the exchange a change was made on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Request,
    Reply,
}

impl Record {
    /// The record of a request whose head has just been read.
    pub(crate) fn begin(id: String, dialect: Dialect, endpoint: Endpoint, domain: String) -> Self {
        let began = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Record {
            id,
            began_ms: millis(began),
            status: 0,
            cause: Cause::Running,
            error: None,
            dialect: dialect.name(),
            endpoint: endpoint.name(),
            stream: false,
            domain,
            key: None,
            project: None,
            class: None,
            model: String::new(),
            provider: None,
            target_model: None,
            initiator: None,
            limited_by: None,
            waited_ms: 0,
            reply_model: None,
            target_dialect: None,
            attempts: Vec::new(),
            changes: Vec::new(),
            usage: None,
            cost: None,
            finish: None,
            tool_calls: Vec::new(),
            client_request_id: None,
            upstream_request_id: None,
            reply_id: None,
            session: None,
            agent: None,
            client_retries: None,
            request_bytes: 0,
            reply_bytes: 0,
            first_content_ms: None,
            duration_ms: 0,
        }
    }

    /// Writes down what a translation could not carry.
    pub(crate) fn note_changes(&mut self, changes: &Changes, side: Side) {
        let side = match side {
            Side::Request => "request",
            Side::Reply => "reply",
        };
        self.changes.extend(changes.iter().map(|change| RecordedChange {
            path: change.path.to_string(),
            what: match change.carried {
                Carried::Dropped => "dropped",
                Carried::Changed => "changed",
            },
            why: change.why.to_string(),
            side,
        }));
    }

    /// Writes down that it had to wait, if it had.
    pub(crate) fn note_wait(&mut self, by: LimitedBy, waited: Duration) {
        if !waited.is_zero() {
            self.limited_by = Some(by);
            self.waited_ms = self.waited_ms.saturating_add(millis(waited));
        }
    }

    /// Writes down what the reply amounted to.
    pub(crate) fn note_tally(&mut self, tally: &Tally) {
        self.usage = tally.usage.map(RecordedUsage::from).or(self.usage);
        self.finish = tally.finish.as_ref().map(|finish| finish.name().to_owned());
        self.tool_calls.clone_from(&tally.calls);
        self.reply_id.clone_from(&tally.id);
        self.reply_model.clone_from(&tally.model);
        if let Some(error) = &tally.failed {
            self.error = Some(error.message.clone());
        }
    }

    /// Cuts what others may have made long, so that what is remembered stays small.
    pub(crate) fn shorten(&mut self) {
        let attempts = self.attempts.iter_mut().filter_map(|attempt| attempt.error.as_mut());
        let ids = [&mut self.reply_id, &mut self.reply_model, &mut self.upstream_request_id];
        let texts = attempts.chain(&mut self.error).chain(ids.into_iter().flatten());
        for text in texts.chain(&mut self.tool_calls) {
            text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        }
        self.tool_calls.truncate(LIST_MAX);
        self.changes.truncate(LIST_MAX);
    }

    /// Writes down that the client got `error`.
    pub(crate) fn note_error(&mut self, cause: Cause, error: &ApiError) {
        self.cause = cause;
        self.status = error.status();
        self.error = Some(error.message.clone());
    }
}

/// Whole milliseconds, saturating.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Who asks, for the fair queue: the client's key; without one the session where the client names one, else its address.
pub(crate) fn fairness_key(key: Option<&ClientKey>, session: Option<&str>, peer: IpAddr) -> String {
    let named = key.map(|key| key.id.as_str()).or(session);
    named.map_or_else(|| peer.to_string(), str::to_owned)
}
