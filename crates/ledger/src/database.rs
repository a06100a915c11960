//! One interface over two databases.
//!
//! Both understand the same text of a statement: `$1, $2, …` for its values, `ON CONFLICT`, `RETURNING`, `CAST`. So
//! what the ledger does is written once, above this trait; below it is only how a value becomes one of theirs, and
//! which of their errors pass.

use crate::value::Value;

/// A row of a result.
pub(crate) type Row = Vec<Value>;

/// A connection to a database. Blocks its thread.
pub(crate) trait Database: Send {
    /// Runs one statement; statements are prepared once. The values' numbers must appear in the text in ascending
    /// order (`$2` not before `$1`): SQLite counts them by appearance.
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// Runs statements without values.
    fn script(&mut self, sql: &str) -> Result<(), StoreError>;

    /// What begins a transaction that writes.
    fn begin(&self) -> &'static str;

    /// The database's word for a column of bytes.
    fn bytes_type(&self) -> &'static str;

    /// Keeps other programs from changing the schema, or from writing entries, until the end of the transaction.
    fn lock(&mut self, lock: Lock) -> Result<(), StoreError>;

    /// Gives room that is free within the database back to others, as far as that keeps nobody waiting.
    fn give_back(&mut self) -> Result<(), StoreError>;

    /// The plan of a query, in the database's own words, a line per step.
    fn explain(&mut self, sql: &str, values: &[Value]) -> Result<Vec<String>, StoreError>;
}

/// What one program at a time does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Changing the schema.
    Schema,
    /// Writing entries: what is counted and linked depends on what was written before.
    Entries,
}

/// Runs `work` in a transaction: all of it is done, or nothing.
pub(crate) fn transaction<T>(
    database: &mut dyn Database,
    work: impl FnOnce(&mut dyn Database) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    database.script(database.begin())?;
    let done = work(database).and_then(|value| database.script("COMMIT").map(|()| value));
    if done.is_err() {
        // What it says is told already, and a lost connection has nothing to take back.
        let _ = database.script("ROLLBACK");
    }
    done
}

/// Why the database did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is down, locked, full or read-only: the same may work later.
    #[error("the ledger's database is not available: {why}")]
    Unavailable {
        /// In the database's words.
        why: String,
    },
    /// It does not take this, however often it is tried.
    #[error("the ledger's database refused it: {why}")]
    Refused {
        /// In the database's words.
        why: String,
    },
    /// The address of the database is not one.
    #[error("`{url}` is no address of a ledger: {why}")]
    Address {
        /// As it was given, without a password.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// A later version of Ironbridge has been there.
    #[error("the ledger has schema {found}, this version of Ironbridge knows those up to {known}")]
    NewerSchema {
        /// The database's schema version.
        found: u64,
        /// The latest we know.
        known: u64,
    },
    /// A row is not as we write it.
    #[error("the ledger's table `{table}` holds a row that cannot be read")]
    Unreadable {
        /// The table.
        table: &'static str,
    },
}

impl StoreError {
    /// Whether the same may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Unavailable { .. })
    }
}
