//! What is added up of exchanges.

use crate::exchange::{Cause, Exchange};
use crate::value::{Column, Value};
use serde::Serialize;

/// Sums of some exchanges. Times in milliseconds, money in picodollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// How many there were.
    pub exchanges: u64,
    /// Those whose client got its whole reply.
    pub completed: u64,
    /// Those that their client left.
    pub client_aborts: u64,
    /// The others.
    pub failed: u64,
    /// Those that a limit held back or refused.
    pub limited: u64,
    /// Those whose cost is known.
    pub priced: u64,
    /// Calls of tools in replies.
    pub tool_calls: u64,
    /// Input that no cache had.
    pub input_tokens: u64,
    /// Output, reasoning included.
    pub output_tokens: u64,
    /// Input read from a cache.
    pub cache_read_tokens: u64,
    /// Input written to a cache for five minutes.
    pub cache_write_5m_tokens: u64,
    /// Input written to a cache for an hour.
    pub cache_write_1h_tokens: u64,
    /// The part of the output that is reasoning.
    pub reasoning_tokens: u64,
    /// What they cost, as far as prices are known.
    pub cost_picodollars: u64,
    /// How long they took, one after the other.
    pub duration_ms: u64,
    /// How long they waited for limits.
    pub waited_ms: u64,
    /// How long the first content took, of those that had some.
    pub first_content_ms: u64,
    /// How many had some.
    pub first_contents: u64,
}

/// The most that one exchange adds to a sum: a provider may report any number.
const ADDEND_MAX: u64 = 1_000_000_000_000_000;

/// A sum that is larger no longer grows, so that no number of exchanges makes it overflow. In dollars: four million.
const SUM_MAX: u64 = 4_000_000_000_000_000_000;

macro_rules! sums {
    ($($name:ident),* $(,)?) => {
        impl Sums {
            /// The columns' names.
            pub(crate) const COLUMNS: &[&str] = &[$(stringify!($name)),*];

            /// The columns' values.
            pub(crate) fn to_row(self) -> Vec<Value> {
                vec![$(self.$name.to_value()),*]
            }

            /// Reads the columns off the front of a row.
            pub(crate) fn from_row(row: &mut impl Iterator<Item = Value>) -> Option<Self> {
                Some(Sums { $($name: Column::from_value(row.next()?)?),* })
            }

            /// Adds others; a sum stops growing at four million million million.
            pub fn add(&mut self, other: &Sums) {
                $(self.$name = if self.$name > SUM_MAX { self.$name } else { self.$name + other.$name };)*
            }

            fn bounded(self) -> Self {
                Sums { $($name: self.$name.min(ADDEND_MAX)),* }
            }
        }
    };
}

sums! {
    exchanges, completed, client_aborts, failed, limited, priced, tool_calls, input_tokens, output_tokens,
    cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, reasoning_tokens, cost_picodollars, duration_ms,
    waited_ms, first_content_ms, first_contents,
}

impl From<&Exchange> for Sums {
    fn from(exchange: &Exchange) -> Self {
        let one = |yes: bool| u64::from(yes);
        let tokens = |tokens: Option<u64>| tokens.unwrap_or(0);
        Sums {
            exchanges: 1,
            completed: one(exchange.cause == Cause::Completed),
            client_aborts: one(exchange.cause == Cause::ClientAbort),
            failed: one(!matches!(exchange.cause, Cause::Completed | Cause::ClientAbort)),
            limited: one(exchange.limited_by.is_some()),
            priced: one(exchange.cost_picodollars.is_some()),
            tool_calls: exchange.tool_calls.len() as u64,
            input_tokens: tokens(exchange.input_tokens),
            output_tokens: tokens(exchange.output_tokens),
            cache_read_tokens: tokens(exchange.cache_read_tokens),
            cache_write_5m_tokens: tokens(exchange.cache_write_5m_tokens),
            cache_write_1h_tokens: tokens(exchange.cache_write_1h_tokens),
            reasoning_tokens: tokens(exchange.reasoning_tokens),
            cost_picodollars: exchange.cost_picodollars.unwrap_or(0),
            duration_ms: exchange.duration_ms,
            waited_ms: exchange.waited_ms,
            first_content_ms: exchange.first_content_ms.unwrap_or(0),
            first_contents: one(exchange.first_content_ms.is_some()),
        }
        .bounded()
    }
}

/// `column = what it was + what is to be inserted`, for each sum, with the same end of growing.
pub(crate) fn added(table: &str) -> String {
    let added = |column: &&str| {
        format!(
            "{column} = CASE WHEN {table}.{column} > {SUM_MAX} THEN {table}.{column} \
             ELSE {table}.{column} + excluded.{column} END"
        )
    };
    Sums::COLUMNS.iter().map(added).collect::<Vec<_>>().join(", ")
}

/// The sums of the rows of a group, for a SELECT. PostgreSQL's sum of whole numbers is a decimal.
pub(crate) fn selected() -> String {
    let sum = |column: &&str| format!("CAST(COALESCE(SUM({column}), 0) AS BIGINT)");
    Sums::COLUMNS.iter().map(sum).collect::<Vec<_>>().join(", ")
}
