//! What a console asks: the neighbours of an exchange, a whole by its id, a conversation with its exchanges, how long
//! the newest ones took, and what each of a session repeats of those before.

use crate::conversations::CONVERSATION_MAX;
use crate::database::{Row, StoreError};
use crate::exchange::{Cause, Exchange};
use crate::link::{Hash, Link, Tie, TieKind};
use crate::store::Store;
use crate::summary::{self, Summary, Whole};
use crate::value::{Column, Value};

/// The exchanges before and after one, in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The id of the one that began just after it.
    pub newer: Option<String>,
    /// The id of the one that began just before it.
    pub older: Option<String>,
}

/// How long an exchange took, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// From the head read to the end.
    pub duration_ms: u64,
    /// From the head read to the first content sent; `None`: there was none.
    pub first_content_ms: Option<u64>,
}

/// The most exchanges whose latencies are read at once.
pub const LATENCIES_MAX: usize = 5000;

/// What an exchange repeats of those before, as hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// All its messages.
    pub own: Hash,
    /// The messages before the last turn of the model: those of the request that it continues.
    pub parent: Option<Hash>,
    /// The messages before the turn before.
    pub grandparent: Option<Hash>,
    /// The system prompt, without what changes.
    pub system: Hash,
    /// How it hangs on the one before.
    pub kind: Option<TieKind>,
}

impl Store {
    /// How long the newest exchanges of a range took that were completed: of at most `count` (and [`LATENCIES_MAX`])
    /// exchanges, so that the question costs the same however long the range is.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn latencies(
        &mut self,
        since_ms: u64,
        until_ms: u64,
        count: usize,
    ) -> Result<Vec<Latency>, StoreError> {
        let values = latency_values(since_ms, until_ms, count);
        let rows = self.database.query(LATENCIES, &values)?;
        let read = |row| latency(row).ok_or(StoreError::Unreadable { table: "exchange" });
        let all = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(all.into_iter().flatten().collect())
    }

    /// How the database would find them, in its own words, a line per step.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn latencies_plan(&mut self) -> Result<Vec<String>, StoreError> {
        self.database.explain(LATENCIES, &latency_values(0, u64::MAX, LATENCIES_MAX))
    }

    /// The newest exchanges of a client's session with what each repeats of those before, oldest first, at most `count`
    /// (and [`crate::PAGE_MAX`]).
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn session_prefixes(
        &mut self,
        session: &str,
        count: usize,
    ) -> Result<Vec<(Exchange, Option<Prefix>)>, StoreError> {
        let count = count.clamp(1, crate::PAGE_MAX) as u64;
        let values = [Value::text(session), count.to_value()];
        let rows = self.database.query(&of_session(), &values)?;
        let read = |row| prefixed(row).ok_or(StoreError::Unreadable { table: "link" });
        rows.into_iter().rev().map(read).collect()
    }

    /// How the database would find them, in its own words, a line per step.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn session_prefixes_plan(&mut self, session: &str) -> Result<Vec<String>, StoreError> {
        let count = crate::PAGE_MAX as u64;
        self.database.explain(&of_session(), &[Value::text(session), count.to_value()])
    }

    /// The exchanges next to the one of that time and id.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn neighbours(&mut self, began_ms: u64, id: &str) -> Result<Neighbours, StoreError> {
        let mut one = |sql| {
            let rows = self.database.query(sql, &neighbour_values(began_ms, id))?;
            Ok::<_, StoreError>(rows.into_iter().next().and_then(first_text))
        };
        Ok(Neighbours { newer: one(NEWER)?, older: one(OLDER)? })
    }

    /// How the database would find them, in its own words, a line per step.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn neighbours_plan(&mut self) -> Result<Vec<String>, StoreError> {
        let values = neighbour_values(0, "");
        let mut steps = self.database.explain(NEWER, &values)?;
        steps.extend(self.database.explain(OLDER, &values)?);
        Ok(steps)
    }

    /// A conversation or session by its id.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn summary(&mut self, kind: Whole, id: &str) -> Result<Option<Summary>, StoreError> {
        let rows = self.database.query(&summary::one(), &[kind.to_value(), Value::text(id)])?;
        let unreadable = StoreError::Unreadable { table: "summary" };
        rows.into_iter().next().map(|row| summary::from_row(row).ok_or(unreadable)).transpose()
    }

    /// The exchanges of a conversation with where each belongs, oldest first, at most [`CONVERSATION_MAX`]. One that was
    /// forgotten is left out.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn conversation_exchanges(
        &mut self,
        conversation: &str,
    ) -> Result<Vec<(Link, Exchange)>, StoreError> {
        let rows = self.database.query(&of_conversation(), &conversation_values(conversation))?;
        let read = |row| linked(row).ok_or(StoreError::Unreadable { table: "link" });
        rows.into_iter().map(read).collect()
    }

    /// How the database would find them, in its own words, a line per step.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn conversation_plan(&mut self, conversation: &str) -> Result<Vec<String>, StoreError> {
        self.database.explain(&of_conversation(), &conversation_values(conversation))
    }
}

const NEWER: &str = "SELECT id FROM exchange WHERE began_ms >= $1 AND (began_ms > $1 OR id > $2) \
                     ORDER BY began_ms, id LIMIT 1";
const OLDER: &str = "SELECT id FROM exchange WHERE began_ms <= $1 AND (began_ms < $1 OR id < $2) \
                     ORDER BY began_ms DESC, id DESC LIMIT 1";

fn neighbour_values(began_ms: u64, id: &str) -> [Value; 2] {
    [began_ms.to_value(), Value::text(id)]
}

fn conversation_values(conversation: &str) -> [Value; 2] {
    [Value::text(conversation), (CONVERSATION_MAX as u64).to_value()]
}

fn of_conversation() -> String {
    let columns: Vec<_> =
        Exchange::COLUMNS.iter().map(|column| format!("exchange.{column}")).collect();
    format!(
        "SELECT link.conversation, link.branch, link.kind, link.parent, {} FROM link JOIN exchange \
         ON exchange.id = link.id WHERE link.conversation = $1 ORDER BY link.began_ms, link.id LIMIT $2",
        columns.join(", ")
    )
}

fn linked(row: Row) -> Option<(Link, Exchange)> {
    let mut row = row.into_iter();
    let conversation = Column::from_value(row.next()?)?;
    let branch = Column::from_value(row.next()?)?;
    let kind: Option<TieKind> = Column::from_value(row.next()?)?;
    let parent: Option<String> = Column::from_value(row.next()?)?;
    let exchange = Exchange::from_row(&mut row)?;
    let tie = kind.zip(parent).map(|(kind, parent)| Tie { kind, parent });
    Some((Link { id: exchange.id.clone(), conversation, branch, tie }, exchange))
}

const LATENCIES: &str = "SELECT cause, duration_ms, first_content_ms FROM exchange WHERE began_ms >= $1 \
                         AND began_ms < $2 ORDER BY began_ms DESC, id DESC LIMIT $3";

fn latency_values(since_ms: u64, until_ms: u64, count: usize) -> [Value; 3] {
    let count = count.clamp(1, LATENCIES_MAX) as u64;
    [since_ms.to_value(), until_ms.to_value(), count.to_value()]
}

/// `Some(None)`: it was not completed.
fn latency(row: Row) -> Option<Option<Latency>> {
    let mut row = row.into_iter();
    let cause: Cause = Column::from_value(row.next()?)?;
    let duration_ms = Column::from_value(row.next()?)?;
    let first_content_ms = Column::from_value(row.next()?)?;
    Some((cause == Cause::Completed).then_some(Latency { duration_ms, first_content_ms }))
}

fn of_session() -> String {
    let columns: Vec<_> =
        Exchange::COLUMNS.iter().map(|column| format!("exchange.{column}")).collect();
    format!(
        "SELECT link.own, link.parent_hash, link.grandparent_hash, link.system_hash, link.kind, {} FROM exchange \
         LEFT JOIN link ON link.id = exchange.id WHERE exchange.session = $1 \
         ORDER BY exchange.began_ms DESC, exchange.id DESC LIMIT $2",
        columns.join(", ")
    )
}

fn prefixed(row: Row) -> Option<(Exchange, Option<Prefix>)> {
    let mut row = row.into_iter();
    let own: Option<Hash> = Column::from_value(row.next()?)?;
    let parent = Column::from_value(row.next()?)?;
    let grandparent = Column::from_value(row.next()?)?;
    let system: Option<Hash> = Column::from_value(row.next()?)?;
    let kind = Column::from_value(row.next()?)?;
    let exchange = Exchange::from_row(&mut row)?;
    let prefix =
        own.zip(system).map(|(own, system)| Prefix { own, parent, grandparent, system, kind });
    Some((exchange, prefix))
}

fn first_text(row: Row) -> Option<String> {
    String::from_value(row.into_iter().next()?)
}
