//! `/api/sessions/{id}/cache`: where a session's prompt cache was missed, why, and what that cost.
//!
//! A provider's cache holds what a request began with: tools, then the system prompt, then the messages, up to the first
//! difference. So an exchange should read again at least what the one it continues had read and written. Where it reads
//! much less, the hashes of the two say which of these changed; both bodies, where they are kept, show the very block.

use crate::asked::Named;
use crate::cost;
use crate::documents::dollars;
use crate::failure::{ErrorDocument, Failure};
use crate::surface::Shared;
use axum::Json;
use axum::extract::State;
use ironbridge_ledger::{Exchange, PAGE_MAX, Prefix, TieKind};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Fewer tokens than this that were not read again are no miss: no provider caches a shorter prefix.
pub(crate) const LOST_TOKENS_MIN: u64 = 1024;

/// How long a cache lives that nobody says more of, in milliseconds.
const LIFE_MS: u64 = 5 * 60 * 1000;

/// How long one lives that was written for an hour.
const LONG_LIFE_MS: u64 = 60 * 60 * 1000;

/// A session's use of its provider's prompt cache.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionCache)]
pub(crate) struct CacheOfSession {
    /// The session.
    session: String,
    /// How many of its newest exchanges were looked at, at most 500.
    exchanges: usize,
    read_tokens: u64,
    /// All input, however it was billed.
    input_tokens: u64,
    /// What could have been read and was not.
    lost_tokens: u64,
    /// What that cost more, in USD, as far as prices are known.
    lost_dollars: f64,
    /// The exchanges that missed the cache, the newest first.
    misses: Vec<Miss>,
}

/// An exchange that missed the cache.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = CacheMiss)]
pub(crate) struct Miss {
    /// The exchange.
    id: String,
    began_ms: u64,
    agent: Option<String>,
    model: String,
    /// The exchange that had filled the cache.
    before: String,
    /// What that one had left in the cache.
    expected_tokens: u64,
    /// What was read of it.
    read_tokens: u64,
    /// The difference.
    lost_tokens: u64,
    /// What it cost more than reading would have, in USD; null: no price is known.
    lost_dollars: Option<f64>,
    cause: MissCause,
    /// How long the cache had been left alone.
    idle_ms: u64,
}

/// Why a cache was missed: the first of these that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MissCause {
    /// Another model, account or provider answered: it has a cache of its own.
    Target,
    /// It had been left alone for longer than it lives.
    Expired,
    /// The system prompt changed.
    System,
    /// The conversation was compacted.
    Compacted,
    /// System prompt and messages are the same: the tools, or settings such as thinking or cache marks, changed; or the
    /// provider dropped it early.
    ToolsOrSettings,
    /// Earlier messages changed.
    Messages,
    /// It is not known what the exchange repeats.
    Unknown,
}

/// Where a session's prompt cache was missed, why, and what that cost.
#[utoipa::path(get, path = "/api/sessions/{id}/cache", operation_id = "session_cache", tag = "sums",
    params(("id" = String, Path, description = "As its client names it.")), responses(
    (status = 200, body = CacheOfSession), (status = 400, body = ErrorDocument),
    (status = 401, body = ErrorDocument), (status = 503, body = ErrorDocument),
))]
pub(crate) async fn of_session(
    State(shared): State<Arc<Shared>>,
    Named(id): Named,
) -> Result<Json<CacheOfSession>, Failure> {
    let session = id.clone();
    let asked = shared.console.ledger.ask(move |store| store.session_prefixes(&id, PAGE_MAX));
    let exchanges = asked.await?;
    let mut misses = misses(&exchanges);
    misses.reverse();
    let sum = |of: fn(&Exchange) -> u64| {
        exchanges.iter().fold(0_u64, |sum, (exchange, _)| sum.saturating_add(of(exchange)))
    };
    Ok(Json(CacheOfSession {
        session,
        exchanges: exchanges.len(),
        read_tokens: sum(|exchange| exchange.cache_read_tokens.unwrap_or(0)),
        input_tokens: sum(|exchange| {
            exchange.cache_read_tokens.unwrap_or(0).saturating_add(paid(exchange).0)
        }),
        lost_tokens: misses.iter().map(|miss| miss.lost_tokens).sum(),
        lost_dollars: misses.iter().filter_map(|miss| miss.lost_dollars).sum(),
        misses,
    }))
}

type Seen = (Exchange, Option<Prefix>);

/// The misses among exchanges of one session, oldest first.
pub(crate) fn misses(exchanges: &[Seen]) -> Vec<Miss> {
    let with_usage = |seen: &&Seen| seen.0.output_tokens.is_some();
    let told: Vec<&Seen> = exchanges.iter().filter(with_usage).collect();
    let miss = |(index, seen): (usize, &&Seen)| miss(seen, before(seen, &told[..index])?);
    told.iter().enumerate().filter_map(miss).collect()
}

/// The exchange that an exchange continues; else the last one that the same agent asked of the same model.
fn before<'a>(seen: &Seen, earlier: &[&'a Seen]) -> Option<&'a Seen> {
    let of = |messages| {
        let has = |other: &&&Seen| other.1.as_ref().is_some_and(|prefix| prefix.own == messages);
        earlier.iter().rev().find(has).copied()
    };
    let prefix = seen.1.as_ref();
    prefix
        .and_then(|prefix| prefix.parent.and_then(of))
        .or_else(|| prefix.and_then(|prefix| prefix.grandparent.and_then(of)))
        .or_else(|| {
            let same = |other: &&&Seen| {
                other.0.agent == seen.0.agent && other.0.target_model == seen.0.target_model
            };
            earlier.iter().rev().find(same).copied()
        })
}

fn miss(seen: &Seen, before: &Seen) -> Option<Miss> {
    let (exchange, of_before) = (&seen.0, &before.0);
    let tokens = |tokens: Option<u64>| tokens.unwrap_or(0);
    let read_tokens = tokens(exchange.cache_read_tokens);
    let expected_tokens = [
        of_before.cache_read_tokens,
        of_before.cache_write_5m_tokens,
        of_before.cache_write_1h_tokens,
    ]
    .into_iter()
    .fold(0_u64, |sum, of| sum.saturating_add(tokens(of)));
    let lost_tokens = expected_tokens.saturating_sub(read_tokens);
    if lost_tokens < LOST_TOKENS_MIN {
        return None;
    }
    let over_ms = of_before.began_ms.saturating_add(of_before.duration_ms);
    let idle_ms = exchange.began_ms.saturating_sub(over_ms);
    Some(Miss {
        id: exchange.id.clone(),
        began_ms: exchange.began_ms,
        agent: exchange.agent.clone(),
        model: exchange.target_model.clone().unwrap_or_else(|| exchange.model.clone()),
        before: of_before.id.clone(),
        expected_tokens,
        read_tokens,
        lost_tokens,
        lost_dollars: lost_dollars(exchange, lost_tokens),
        cause: cause(seen, before, idle_ms),
        idle_ms,
    })
}

fn cause((exchange, prefix): &Seen, (of_before, prefix_before): &Seen, idle_ms: u64) -> MissCause {
    let target = |exchange: &Exchange| {
        (exchange.provider.clone(), exchange.account.clone(), exchange.target_model.clone())
    };
    if target(exchange) != target(of_before) {
        return MissCause::Target;
    }
    let lives_long = of_before.cache_write_1h_tokens.is_some_and(|tokens| tokens > 0);
    if idle_ms > if lives_long { LONG_LIFE_MS } else { LIFE_MS } {
        return MissCause::Expired;
    }
    let (Some(prefix), Some(before)) = (prefix, prefix_before) else { return MissCause::Unknown };
    if prefix.kind == Some(TieKind::Compacts) {
        MissCause::Compacted
    } else if prefix.system != before.system {
        MissCause::System
    } else if prefix.parent == Some(before.own) || prefix.own == before.own {
        MissCause::ToolsOrSettings
    } else {
        MissCause::Messages
    }
}

/// The tokens of input that were not read from a cache, and what they cost in picodollars.
fn paid(exchange: &Exchange) -> (u64, u64) {
    let prices = cost::prices(exchange).unwrap_or_default();
    [
        (exchange.input_tokens, prices.input),
        (exchange.cache_write_5m_tokens, prices.cache_write_5m),
        (exchange.cache_write_1h_tokens, prices.cache_write_1h),
    ]
    .into_iter()
    .fold((0_u64, 0_u64), |(tokens, cost), (more, price)| {
        let more = more.unwrap_or(0);
        (tokens.saturating_add(more), cost.saturating_add(more.saturating_mul(price)))
    })
}

/// What lost tokens cost at the mean of what was paid for input, less what reading them would have.
#[expect(clippy::cast_precision_loss, reason = "shown, never counted with")]
fn lost_dollars(exchange: &Exchange, lost_tokens: u64) -> Option<f64> {
    let prices = cost::prices(exchange)?;
    let (tokens, cost) = paid(exchange);
    // No more can be lost than was paid for.
    let lost = lost_tokens.min(tokens) as f64;
    let each = if tokens == 0 { 0.0 } else { dollars(cost) / tokens as f64 };
    Some((lost * (each - dollars(prices.cache_read))).max(0.0))
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
