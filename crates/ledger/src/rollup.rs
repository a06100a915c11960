//! Sums per hour and per day.

use crate::database::{Database, Row, StoreError};
use crate::exchange::Exchange;
use crate::store::{Store, insert};
use crate::sums::{self, Sums};
use crate::value::{Column, Value};
use std::collections::BTreeMap;

/// An hour.
pub const HOUR_MS: u64 = 3_600_000;
/// A day, UTC.
pub const DAY_MS: u64 = 24 * HOUR_MS;

/// What sums are kept apart by, behind the span and its start.
const DIMENSIONS: &[&str] =
    &["key_id", "project", "account", "domain", "provider", "model", "class"];

/// What sums may be asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The id of the client key.
    Key,
    /// The project.
    Project,
    /// The provider's account.
    Account,
    /// The Host that clients named.
    Domain,
    /// The provider.
    Provider,
    /// The model that was asked of the provider.
    Model,
    /// The class of request.
    Class,
}

impl Group {
    fn column(self) -> &'static str {
        match self {
            Group::Key => "key_id",
            Group::Project => "project",
            Group::Account => "account",
            Group::Domain => "domain",
            Group::Provider => "provider",
            Group::Model => "model",
            Group::Class => "class",
        }
    }
}

/// The sums of a span, of all exchanges or of those of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Where the span begins; 0 where one was asked for all time between.
    pub start_ms: u64,
    /// The group's value; empty where there is none, or no group was asked for.
    pub group: String,
    /// The sums.
    pub sums: Sums,
}

/// Over which spans one asks: from the one that holds `since_ms` to the one before that which holds `until_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// A moment of the first span.
    pub since_ms: u64,
    /// A moment of the span behind the last.
    pub until_ms: u64,
    /// [`HOUR_MS`] or [`DAY_MS`]; others have no sums.
    pub span_ms: u64,
}

impl Range {
    /// By the hour, or by the day where there are more hours than two weeks have.
    #[must_use]
    pub fn between(since_ms: u64, until_ms: u64) -> Self {
        let long = until_ms.saturating_sub(since_ms) > 14 * DAY_MS;
        Range { since_ms, until_ms, span_ms: if long { DAY_MS } else { HOUR_MS } }
    }
}

/// The most points of one answer.
pub const POINTS_MAX: usize = 10_000;

/// Adds new exchanges to the sums of their hour and day.
pub(crate) fn add(database: &mut dyn Database, exchanges: &[&Exchange]) -> Result<(), StoreError> {
    let mut added: BTreeMap<Row, Sums> = BTreeMap::new();
    for exchange in exchanges {
        let sums = Sums::from(*exchange);
        for span_ms in [HOUR_MS, DAY_MS] {
            added.entry(place(exchange, span_ms)).or_default().add(&sums);
        }
    }
    let columns = [&["span_ms", "start_ms"], DIMENSIONS, Sums::COLUMNS].concat();
    let key = [&["span_ms", "start_ms"], DIMENSIONS].concat().join(", ");
    let rows = added.into_iter().map(|(mut place, sums)| {
        place.extend(sums.to_row());
        place
    });
    let tail = format!("ON CONFLICT ({key}) DO UPDATE SET {}", sums::added("rollup"));
    insert(database, "rollup", &columns, rows.collect(), &tail).map(|_| ())
}

/// The row of sums to which an exchange belongs.
pub(crate) fn place(exchange: &Exchange, span_ms: u64) -> Row {
    let text = |text: &Option<String>| text.clone().unwrap_or_default().to_value();
    // As the database holds it.
    let began_ms = exchange.began_ms.min(i64::MAX as u64);
    vec![
        span_ms.to_value(),
        (began_ms - began_ms % span_ms).to_value(),
        text(&exchange.key_id),
        text(&exchange.project),
        text(&exchange.account),
        exchange.domain.to_value(),
        text(&exchange.provider),
        text(&exchange.target_model),
        text(&exchange.class),
    ]
}

/// The condition of a row's place, with its first value's number.
pub(crate) fn is_place(first: usize) -> String {
    let columns = ["span_ms", "start_ms"].iter().chain(DIMENSIONS);
    let equal = columns.zip(first..).map(|(column, number)| format!("{column} = ${number}"));
    equal.collect::<Vec<_>>().join(" AND ")
}

impl Store {
    /// Sums over a range: span by span with `by_span`, else one for all of it; of each value of a group where one is
    /// given. In the order of time, then of the group; at most [`POINTS_MAX`].
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn sums(
        &mut self,
        range: Range,
        by_span: bool,
        group: Option<Group>,
    ) -> Result<Vec<Point>, StoreError> {
        let (sql, values) = statement(range, by_span, group);
        let rows = self.database.query(&sql, &values)?;
        rows.into_iter()
            .map(|row| point(row).ok_or(StoreError::Unreadable { table: "rollup" }))
            .filter(|point| !point.as_ref().is_ok_and(|point| point.sums.exchanges == 0))
            .collect()
    }

    /// How the database would find such sums, in its own words, a line per step.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn sums_plan(
        &mut self,
        range: Range,
        by_span: bool,
        group: Option<Group>,
    ) -> Result<Vec<String>, StoreError> {
        let (sql, values) = statement(range, by_span, group);
        self.database.explain(&sql, &values)
    }
}

fn statement(range: Range, by_span: bool, group: Option<Group>) -> (String, Vec<Value>) {
    let start = if by_span { "start_ms" } else { "CAST(0 AS BIGINT)" };
    let group = group.map_or("''", Group::column);
    let grouped: Vec<&str> = [("start_ms", by_span), (group, group != "''")]
        .into_iter()
        .filter_map(|(column, wanted)| wanted.then_some(column))
        .collect();
    let grouped = match grouped.join(", ") {
        columns if columns.is_empty() => String::new(),
        columns => format!("GROUP BY {columns} ORDER BY {columns}"),
    };
    let sql = format!(
        "SELECT {start}, CAST({group} AS TEXT), {} FROM rollup WHERE span_ms = $1 AND start_ms >= $2 \
         AND start_ms < $3 {grouped} LIMIT $4",
        sums::selected()
    );
    let first = range.since_ms - range.since_ms % range.span_ms.max(1);
    let until = range.until_ms.min(i64::MAX as u64);
    let values = [range.span_ms, first, until - until % range.span_ms.max(1), POINTS_MAX as u64];
    (sql, values.iter().map(Column::to_value).collect())
}

fn point(row: Row) -> Option<Point> {
    let mut row = row.into_iter();
    let start_ms = Column::from_value(row.next()?)?;
    let group = Column::from_value(row.next()?)?;
    Some(Point { start_ms, group, sums: Sums::from_row(&mut row)? })
}
