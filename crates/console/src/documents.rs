//! What the console says, as JSON. Times are in milliseconds, moments since 1970 (UTC), sizes in bytes.

use ironbridge_ledger::{Exchange, Summary, Sums};
use serde::Serialize;
use utoipa::ToSchema;

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Read, and not answered yet.
    Waiting,
    /// Its model reasons.
    Thinking,
    /// Its reply is on the way.
    Streaming,
    /// It is over.
    Ended,
}

/// 10⁻¹² dollars to dollars.
#[expect(clippy::cast_precision_loss, reason = "shown, never counted with")]
pub(crate) fn dollars(picodollars: u64) -> f64 {
    picodollars as f64 / 1e12
}

/// One exchange between a client, the gateway and a provider.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Exchange)]
pub(crate) struct ExchangeDocument {
    /// Our own id: `x-request-id` of the reply.
    id: String,
    /// When its head had been read.
    began_ms: u64,
    /// How far it has come.
    phase: Phase,
    /// The HTTP status the client got; 0 while nothing was sent.
    status: u16,
    /// How it ended: `completed`, `refused`, `upstream_error`, `upstream_abort`, `timeout`, `client_abort`, `shutdown`,
    /// `stopped`, `fault`; `running` while it has not.
    cause: &'static str,
    /// What went wrong, in words.
    error: Option<String>,
    /// The dialect the client spoke: `chat`, `responses`, `messages`.
    dialect: String,
    /// `chat`, `responses`, `messages`, `count_tokens`, `embeddings`.
    endpoint: String,
    /// Whether a stream was asked for.
    stream: bool,
    /// The Host that the client named.
    domain: String,
    /// The client key it came with.
    key: Option<KeyDocument>,
    /// `quota`, `query_evaluation` or `inference`.
    class: Option<String>,
    /// The project it was made for.
    project: Option<String>,
    /// The provider's account that paid.
    account: Option<String>,
    /// The model the client named.
    model: String,
    /// The provider that answered, or was tried last.
    provider: Option<String>,
    /// The model asked of it.
    target_model: Option<String>,
    /// Who brought it about, where its provider wants to know.
    initiator: Option<InitiatorDocument>,
    /// What held it back or refused it.
    limited_by: Option<String>,
    /// How long it waited for limits.
    waited_ms: u64,
    /// The model that the reply names.
    reply_model: Option<String>,
    /// The dialect spoken with the provider.
    target_dialect: Option<String>,
    /// Every attempt at a target, in order.
    attempts: Vec<AttemptDocument>,
    /// What was not carried as it was.
    changes: Vec<ChangeDocument>,
    /// Tokens by class, where the provider said.
    usage: Option<UsageDocument>,
    /// What that cost by the provider's list.
    cost: Option<CostDocument>,
    /// Why the model stopped.
    finish: Option<String>,
    /// The names of the tools that the reply calls.
    tool_calls: Vec<String>,
    /// The client's own id of the request.
    client_request_id: Option<String>,
    /// The provider's id of the request.
    upstream_request_id: Option<String>,
    /// The provider's id of the reply.
    reply_id: Option<String>,
    /// The session the client names.
    session: Option<String>,
    /// The agent within it.
    agent: Option<String>,
    /// How often the client's SDK had sent it before.
    client_retries: Option<u32>,
    /// Bytes of the request's body.
    request_bytes: u64,
    /// Bytes of the reply's body that were handed to the client's connection.
    reply_bytes: u64,
    /// From the head read to the first content sent.
    first_content_ms: Option<u64>,
    /// From the head read to the end.
    duration_ms: u64,
}

/// A client key.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct KeyDocument {
    id: String,
    name: String,
}

/// Who brought an exchange about, and by what that was decided.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Initiator)]
pub(crate) struct InitiatorDocument {
    by: String,
    reason: String,
}

/// One attempt at a target.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(crate) struct AttemptDocument {
    provider: String,
    model: String,
    /// The provider's status; null where it did not answer.
    status: Option<u16>,
    /// How often it was asked.
    tries: u32,
    error: Option<String>,
    duration_ms: u64,
}

/// One part of the request or the reply that was not carried as it was.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub(crate) struct ChangeDocument {
    path: String,
    what: String,
    why: String,
    side: String,
}

/// Tokens by class.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct UsageDocument {
    input_tokens: u64,
    cache_read_tokens: u64,
    cache_write_tokens: u64,
    /// Of `cache_write_tokens`, those that live an hour.
    cache_write_1h_tokens: u64,
    output_tokens: u64,
    /// The part of the output that is reasoning.
    reasoning_tokens: u64,
}

/// What an exchange cost.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Cost)]
pub(crate) struct CostDocument {
    /// In 10⁻¹² USD, exact.
    picodollars: u64,
    /// The same in USD.
    dollars: f64,
    /// The version of the price table.
    price_version: Option<String>,
}

impl ExchangeDocument {
    pub(crate) fn of(exchange: &Exchange, phase: Phase) -> Self {
        let exchange = exchange.clone();
        let usage = exchange.output_tokens.map(|output_tokens| usage(&exchange, output_tokens));
        let cost = exchange.cost_picodollars.map(|picodollars| CostDocument {
            picodollars,
            dollars: dollars(picodollars),
            // Behind it stand the prices (`crate::cost`).
            price_version: exchange
                .price_version
                .map(|tag| tag.split(' ').next().unwrap_or_default().to_owned()),
        });
        ExchangeDocument {
            phase,
            cause: if phase == Phase::Ended { exchange.cause.name() } else { "running" },
            key: exchange.key_id.map(|id| KeyDocument {
                name: exchange.key_name.unwrap_or_else(|| id.clone()),
                id,
            }),
            initiator: exchange.initiator.map(|by| InitiatorDocument {
                by,
                reason: exchange.initiator_reason.unwrap_or_default(),
            }),
            attempts: exchange.attempts.into_iter().map(Into::into).collect(),
            changes: exchange.changes.into_iter().map(Into::into).collect(),
            usage,
            cost,
            id: exchange.id,
            began_ms: exchange.began_ms,
            status: exchange.status,
            error: exchange.error,
            dialect: exchange.dialect,
            endpoint: exchange.endpoint,
            stream: exchange.stream,
            domain: exchange.domain,
            class: exchange.class,
            project: exchange.project,
            account: exchange.account,
            model: exchange.model,
            provider: exchange.provider,
            target_model: exchange.target_model,
            limited_by: exchange.limited_by,
            waited_ms: exchange.waited_ms,
            reply_model: exchange.reply_model,
            target_dialect: exchange.target_dialect,
            finish: exchange.finish,
            tool_calls: exchange.tool_calls,
            client_request_id: exchange.client_request_id,
            upstream_request_id: exchange.upstream_request_id,
            reply_id: exchange.reply_id,
            session: exchange.session,
            agent: exchange.agent,
            client_retries: exchange.client_retries,
            request_bytes: exchange.request_bytes,
            reply_bytes: exchange.reply_bytes,
            first_content_ms: exchange.first_content_ms,
            duration_ms: exchange.duration_ms,
        }
    }
}

fn usage(exchange: &Exchange, output_tokens: u64) -> UsageDocument {
    let tokens = |tokens: Option<u64>| tokens.unwrap_or(0);
    let cache_write_1h_tokens = tokens(exchange.cache_write_1h_tokens);
    UsageDocument {
        input_tokens: tokens(exchange.input_tokens),
        cache_read_tokens: tokens(exchange.cache_read_tokens),
        cache_write_tokens: tokens(exchange.cache_write_5m_tokens)
            .saturating_add(cache_write_1h_tokens),
        cache_write_1h_tokens,
        output_tokens,
        reasoning_tokens: tokens(exchange.reasoning_tokens),
    }
}

impl From<ironbridge_ledger::Attempt> for AttemptDocument {
    fn from(attempt: ironbridge_ledger::Attempt) -> Self {
        let ironbridge_ledger::Attempt { provider, model, status, tries, error, duration_ms } =
            attempt;
        AttemptDocument { provider, model, status, tries, error, duration_ms }
    }
}

impl From<ironbridge_ledger::Change> for ChangeDocument {
    fn from(change: ironbridge_ledger::Change) -> Self {
        let ironbridge_ledger::Change { path, what, why, side } = change;
        ChangeDocument { path, what, why, side }
    }
}

/// Sums of some exchanges.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = Sums)]
pub(crate) struct SumsDocument {
    exchanges: u64,
    /// Those whose client got its whole reply.
    completed: u64,
    /// Those that their client left.
    client_aborts: u64,
    /// The others.
    failed: u64,
    /// Those that a limit held back or refused.
    limited: u64,
    /// Those whose cost is known.
    priced: u64,
    /// Calls of tools in replies.
    tool_calls: u64,
    /// Input that no cache had.
    input_tokens: u64,
    output_tokens: u64,
    cache_read_tokens: u64,
    cache_write_tokens: u64,
    reasoning_tokens: u64,
    /// In USD, as far as prices are known.
    dollars: f64,
    /// How long they took on average; null where there were none.
    duration_mean_ms: Option<u64>,
    /// How long their first content took on average.
    first_content_mean_ms: Option<u64>,
}

impl From<&Sums> for SumsDocument {
    fn from(sums: &Sums) -> Self {
        SumsDocument {
            exchanges: sums.exchanges,
            completed: sums.completed,
            client_aborts: sums.client_aborts,
            failed: sums.failed,
            limited: sums.limited,
            priced: sums.priced,
            tool_calls: sums.tool_calls,
            input_tokens: sums.input_tokens,
            output_tokens: sums.output_tokens,
            cache_read_tokens: sums.cache_read_tokens,
            cache_write_tokens: sums.cache_write_5m_tokens + sums.cache_write_1h_tokens,
            reasoning_tokens: sums.reasoning_tokens,
            dollars: dollars(sums.cost_picodollars),
            duration_mean_ms: sums.duration_ms.checked_div(sums.exchanges),
            first_content_mean_ms: sums.first_content_ms.checked_div(sums.first_contents),
        }
    }
}

/// A conversation or a session as a whole.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Whole)]
pub(crate) struct WholeDocument {
    id: String,
    /// The Host that its first exchange named.
    domain: String,
    /// When its first exchange began.
    first_ms: u64,
    /// When its last exchange began.
    last_ms: u64,
    sums: SumsDocument,
}

impl From<&Summary> for WholeDocument {
    fn from(summary: &Summary) -> Self {
        WholeDocument {
            id: summary.id.clone(),
            domain: summary.domain.clone(),
            first_ms: summary.first_ms,
            last_ms: summary.last_ms,
            sums: (&summary.sums).into(),
        }
    }
}
