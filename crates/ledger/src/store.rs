//! The ledger's tables, written and read the same on both databases.

use crate::address::Address;
use crate::database::{Database, Lock, Row, StoreError, transaction};
use crate::entry::Entry;
use crate::exchange::Exchange;
use crate::sqlite::Access;
use crate::value::{Column, Value};
use crate::{bodies, budget, conversations, rollup, schema, summary};
use std::collections::HashSet;
use std::fmt;

/// A connection to a ledger. Blocks its thread; connections are cheap, so each thread has its own.
pub struct Store {
    pub(crate) database: Box<dyn Database>,
}

/// Rows of one statement: a statement is prepared for 1, 2, 4 … rows, so that every number of rows is a few of them.
const ROWS_MAX: usize = 32;

impl Store {
    /// Opens the ledger to write and brings its schema up to date.
    ///
    /// With `survives_power_loss` what was written survives the machine, otherwise the process (SQLite only; PostgreSQL
    /// is set up by its own administrator).
    ///
    /// # Errors
    /// Where the database is not to be had, or is of a later version.
    pub fn open(address: &Address, survives_power_loss: bool) -> Result<Self, StoreError> {
        let mut database = address.open(Access::Write { survives_power_loss })?;
        schema::migrate(database.as_mut())?;
        Ok(Store { database })
    }

    /// Opens the ledger to read; nothing can be written through it.
    ///
    /// # Errors
    /// Where the database is not to be had, or its schema is not the one we know.
    pub fn open_to_read(address: &Address) -> Result<Self, StoreError> {
        let mut database = address.open(Access::Read)?;
        schema::check(database.as_mut())?;
        Ok(Store { database })
    }

    /// Writes entries in one transaction, all or none. Those whose id is there already are left as they are, so an
    /// entry may be written any number of times. Gives how many were new.
    ///
    /// # Errors
    /// Transient ones may be tried again; see [`StoreError::is_transient`].
    pub fn write(&mut self, entries: &[Entry]) -> Result<usize, StoreError> {
        if entries.is_empty() {
            return Ok(0);
        }
        transaction(self.database.as_mut(), |database| {
            database.lock(Lock::Entries)?;
            let exchanges: Vec<_> = entries.iter().map(|entry| &entry.exchange).collect();
            let mut new = insert_exchanges(database, &exchanges)?;
            let count = new.len();
            // Of one id that comes twice in these entries the first is the new one.
            let new: Vec<_> =
                entries.iter().filter(|entry| new.remove(&entry.exchange.id)).collect();
            let exchanges: Vec<_> = new.iter().map(|entry| &entry.exchange).collect();
            rollup::add(database, &exchanges)?;
            summary::add_to_sessions(database, &exchanges)?;
            conversations::link_new(database, &new)?;
            bodies::add(database, &new)?;
            budget::settle(database, &new)?;
            Ok(count)
        })
    }

    /// The exchange of that id.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn find(&mut self, id: &str) -> Result<Option<Exchange>, StoreError> {
        let columns = Exchange::COLUMNS.join(", ");
        let sql = format!("SELECT {columns} FROM exchange WHERE id = $1");
        let rows = self.database.query(&sql, &[Value::text(id)])?;
        rows.into_iter().next().map(exchange_of).transpose()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").finish_non_exhaustive()
    }
}

pub(crate) fn exchange_of(row: Row) -> Result<Exchange, StoreError> {
    Exchange::from_row(&mut row.into_iter()).ok_or(StoreError::Unreadable { table: "exchange" })
}

/// Inserts those that are not there yet; gives their ids.
fn insert_exchanges(
    database: &mut dyn Database,
    exchanges: &[&Exchange],
) -> Result<HashSet<String>, StoreError> {
    let rows: Vec<Row> = exchanges.iter().map(|exchange| exchange.to_row()).collect();
    let tail = "ON CONFLICT (id) DO NOTHING RETURNING id";
    let mut new = HashSet::new();
    for row in insert(database, "exchange", Exchange::COLUMNS, rows, tail)? {
        let id = row.into_iter().next().and_then(String::from_value);
        new.extend(id);
    }
    Ok(new)
}

/// Inserts rows, as many as possible with each statement; gives what `tail` returns.
pub(crate) fn insert(
    database: &mut dyn Database,
    table: &str,
    columns: &[&str],
    rows: Vec<Row>,
    tail: &str,
) -> Result<Vec<Row>, StoreError> {
    let mut returned = Vec::new();
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let count = 1 << rows.len().min(ROWS_MAX).ilog2();
        let sql = insert_statement(table, columns, count, tail);
        let values: Vec<Value> = rows.by_ref().take(count).flatten().collect();
        returned.extend(database.query(&sql, &values)?);
    }
    Ok(returned)
}

fn insert_statement(table: &str, columns: &[&str], rows: usize, tail: &str) -> String {
    let width = columns.len();
    let row = |row: usize| {
        let numbers: Vec<_> =
            (1..=width).map(|column| format!("${}", row * width + column)).collect();
        format!("({})", numbers.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!("INSERT INTO {table} ({}) VALUES {} {tail}", columns.join(", "), rows.join(", "))
}
