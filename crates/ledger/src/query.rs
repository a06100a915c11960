//! What a console asks: the neighbours of an exchange, a whole by its id, a conversation with its exchanges.

use crate::conversations::CONVERSATION_MAX;
use crate::database::{Row, StoreError};
use crate::exchange::Exchange;
use crate::link::{Link, Tie, TieKind};
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

impl Store {
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

fn first_text(row: Row) -> Option<String> {
    String::from_value(row.into_iter().next()?)
}
