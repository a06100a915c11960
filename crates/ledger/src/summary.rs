//! Conversations and sessions as wholes: when, how much, what for; listed by their last exchange.

use crate::database::{Database, Row, StoreError};
use crate::exchange::Exchange;
use crate::store::{Store, exchange_of, insert};
use crate::sums::{self, Sums};
use crate::value::{Column, Value, named};
use std::collections::{BTreeMap, BTreeSet};

named! {
    /// What is summed up as a whole.
    pub enum Whole {
        /// A conversation, as exchanges are linked.
        #[default]
        Conversation = "conversation",
        /// A session, as clients name theirs.
        Session = "session",
    }
}

/// A conversation or a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// The Host that its first exchange named.
    pub domain: String,
    /// When its first exchange began.
    pub first_ms: u64,
    /// When its last exchange began.
    pub last_ms: u64,
    /// The sums of its exchanges.
    pub sums: Sums,
}

/// A page of summaries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SummaryPage {
    /// By their last exchange, newest first.
    pub summaries: Vec<Summary>,
    /// Where the next page begins: the last one's `last_ms` and id. `None`: this was the last one.
    pub next: Option<(u64, String)>,
}

const COLUMNS: &[&str] = &["kind", "id", "domain", "first_ms", "last_ms"];

/// Adds new exchanges to their sessions.
pub(crate) fn add_to_sessions(
    database: &mut dyn Database,
    exchanges: &[&Exchange],
) -> Result<(), StoreError> {
    let named =
        exchanges.iter().filter_map(|exchange| Some((exchange.session.as_deref()?, *exchange)));
    add(database, Whole::Session, named)
}

/// Adds new exchanges to a kind of whole, each with the id of its own.
pub(crate) fn add<'a>(
    database: &mut dyn Database,
    kind: Whole,
    exchanges: impl Iterator<Item = (&'a str, &'a Exchange)>,
) -> Result<(), StoreError> {
    let mut added: BTreeMap<&str, Summary> = BTreeMap::new();
    for (id, exchange) in exchanges {
        include(added.entry(id).or_insert_with(|| empty(id)), exchange);
    }
    let rows = added.into_values().map(|summary| to_row(kind, &summary)).collect();
    // Of the same domain as long as nothing older comes.
    let tail = format!(
        "ON CONFLICT (kind, id) DO UPDATE SET \
         domain = CASE WHEN excluded.first_ms < summary.first_ms THEN excluded.domain ELSE summary.domain END, \
         first_ms = CASE WHEN excluded.first_ms < summary.first_ms THEN excluded.first_ms ELSE summary.first_ms END, \
         last_ms = CASE WHEN excluded.last_ms > summary.last_ms THEN excluded.last_ms ELSE summary.last_ms END, {}",
        sums::added("summary")
    );
    insert(database, "summary", &[COLUMNS, Sums::COLUMNS].concat(), rows, &tail).map(|_| ())
}

/// Sums up conversations again from their exchanges; one that has none any more is gone.
pub(crate) fn sum_up_anew(
    database: &mut dyn Database,
    conversations: &BTreeSet<String>,
) -> Result<(), StoreError> {
    let columns: Vec<_> =
        Exchange::COLUMNS.iter().map(|column| format!("exchange.{column}")).collect();
    let sql = format!(
        "SELECT {} FROM link JOIN exchange ON exchange.id = link.id WHERE link.conversation = $1 \
         ORDER BY link.began_ms, link.id",
        columns.join(", ")
    );
    for id in conversations {
        let kind = Whole::Conversation.to_value();
        let values = [kind, Value::text(id)];
        database.query("DELETE FROM summary WHERE kind = $1 AND id = $2", &values)?;
        let rows = database.query(&sql, &[Value::text(id)])?;
        let exchanges = rows.into_iter().map(exchange_of).collect::<Result<Vec<_>, _>>()?;
        let exchanges = exchanges.iter().map(|exchange| (id.as_str(), exchange));
        add(database, Whole::Conversation, exchanges)?;
    }
    Ok(())
}

fn empty(id: &str) -> Summary {
    let (first_ms, last_ms) = (u64::MAX, 0);
    Summary { id: id.to_owned(), domain: String::new(), first_ms, last_ms, sums: Sums::default() }
}

fn include(summary: &mut Summary, exchange: &Exchange) {
    if exchange.began_ms < summary.first_ms {
        summary.first_ms = exchange.began_ms;
        summary.domain.clone_from(&exchange.domain);
    }
    summary.last_ms = summary.last_ms.max(exchange.began_ms);
    summary.sums.add(&Sums::from(exchange));
}

fn to_row(kind: Whole, summary: &Summary) -> Row {
    let mut row = vec![
        kind.to_value(),
        summary.id.to_value(),
        summary.domain.to_value(),
        summary.first_ms.to_value(),
        summary.last_ms.to_value(),
    ];
    row.extend(summary.sums.to_row());
    row
}

pub(crate) fn from_row(row: Row) -> Option<Summary> {
    let mut row = row.into_iter();
    Some(Summary {
        id: Column::from_value(row.next()?)?,
        domain: Column::from_value(row.next()?)?,
        first_ms: Column::from_value(row.next()?)?,
        last_ms: Column::from_value(row.next()?)?,
        sums: Sums::from_row(&mut row)?,
    })
}

impl Store {
    /// Conversations or sessions behind `after`, by their last exchange, newest first, at most `count` (and
    /// [`crate::PAGE_MAX`]).
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn summaries(
        &mut self,
        kind: Whole,
        after: Option<&(u64, String)>,
        count: usize,
    ) -> Result<SummaryPage, StoreError> {
        let count = count.clamp(1, crate::PAGE_MAX);
        let (sql, values) = statement(kind, after, count + 1);
        let rows = self.database.query(&sql, &values)?;
        let more = rows.len() > count;
        let read = |row| from_row(row).ok_or(StoreError::Unreadable { table: "summary" });
        let summaries = rows.into_iter().take(count).map(read).collect::<Result<Vec<_>, _>>()?;
        let last = summaries.last().filter(|_| more);
        let next = last.map(|last| (last.last_ms, last.id.clone()));
        Ok(SummaryPage { summaries, next })
    }

    /// How the database would find such a page, in its own words, a line per step.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn summaries_plan(&mut self, kind: Whole) -> Result<Vec<String>, StoreError> {
        let (sql, values) = statement(kind, Some(&(u64::MAX, String::new())), crate::PAGE_MAX);
        self.database.explain(&sql, &values)
    }
}

/// The statement that finds one by its kind and id.
pub(crate) fn one() -> String {
    let columns = [&COLUMNS[1..], Sums::COLUMNS].concat().join(", ");
    format!("SELECT {columns} FROM summary WHERE kind = $1 AND id = $2")
}

fn statement(kind: Whole, after: Option<&(u64, String)>, rows_max: usize) -> (String, Vec<Value>) {
    let columns = [&COLUMNS[1..], Sums::COLUMNS].concat().join(", ");
    let mut values = vec![kind.to_value()];
    let behind = after.map_or("", |(last_ms, id)| {
        values.extend([last_ms.to_value(), Value::text(id)]);
        "AND last_ms <= $2 AND (last_ms < $2 OR id < $3)"
    });
    values.push((rows_max as u64).to_value());
    let sql = format!(
        "SELECT {columns} FROM summary WHERE kind = $1 {behind} ORDER BY last_ms DESC, id DESC LIMIT ${}",
        values.len()
    );
    (sql, values)
}
