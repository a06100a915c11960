//! SQLite, in this process.

use crate::database::{Database, Lock, Row, StoreError};
use crate::private;
use crate::value::Value;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a statement waits for another connection's lock before the database counts as locked. Readers never wait,
/// and what is to be written is safe in the journal.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// Between two attempts to switch a file to a write-ahead log.
const WAL_PAUSE: Duration = Duration::from_millis(2);

/// Prepared statements that are kept; the ledger has fewer.
const STATEMENTS_MAX: usize = 128;

/// The part of the cache that one connection may use, in KiB (SQLite counts it as a negative number).
const CACHE_KIB: i32 = 16 * 1024;

/// The most pages that are given back to the disk at once: 32 MiB.
const VACUUM_PAGES: u32 = 8192;

/// A connection to one file.
pub(crate) struct Sqlite {
    connection: Connection,
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// To write; `survives_power_loss`: each commit waits for the disk.
    Write { survives_power_loss: bool },
    /// To read only: no statement can change anything.
    Read,
}

impl Sqlite {
    /// Opens the file, to write also when it is not there yet.
    pub(crate) fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        if access != Access::Read {
            // There already, or not to be made: SQLite says why. Its logs get the mode of the file.
            let _ = private::create_new(path);
        }
        let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
            | match access {
                Access::Write { .. } => {
                    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
                }
                Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            };
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(failed)?;
        if let Access::Write { survives_power_loss } = access {
            // Only in a file that is still empty; in another it changes nothing.
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(failed)?;
            into_wal(&connection).map_err(failed)?;
            let synchronous = if survives_power_loss { "FULL" } else { "NORMAL" };
            connection.pragma_update(None, "synchronous", synchronous).map_err(failed)?;
        }
        Ok(Sqlite { connection })
    }
}

/// Makes the file one with a write-ahead log, which it then stays.
///
/// The switch upgrades a lock it holds already; there SQLite answers "locked" at once instead of waiting, since two that
/// wait for each other would wait for ever. So programs that start at once ask again, as long as others would wait.
fn into_wal(connection: &Connection) -> rusqlite::Result<()> {
    let asked = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && asked.elapsed() < BUSY_TIMEOUT =>
            {
                std::thread::sleep(WAL_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

impl Database for Sqlite {
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        run(&mut statement, values)
    }

    fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(sql).map_err(failed)
    }

    fn begin(&self) -> &'static str {
        // Without it a transaction that has read and then writes may fail at once where it should wait.
        "BEGIN IMMEDIATE"
    }

    fn bytes_type(&self) -> &'static str {
        "BLOB"
    }

    fn lock(&mut self, _: Lock) -> Result<(), StoreError> {
        Ok(()) // The transaction holds the file's only write lock.
    }

    fn give_back(&mut self) -> Result<(), StoreError> {
        self.query(&format!("PRAGMA incremental_vacuum({VACUUM_PAGES})"), &[])?;
        // What is known of the tables is measured again where they have changed much.
        self.query("PRAGMA optimize", &[]).map(|_| ())
    }

    fn explain(&mut self, sql: &str, values: &[Value]) -> Result<Vec<String>, StoreError> {
        let rows = self.query(&format!("EXPLAIN QUERY PLAN {sql}"), values)?;
        let detail = |row: Row| match row.into_iter().next_back() {
            Some(Value::Text(text)) => text,
            _ => String::new(),
        };
        Ok(rows.into_iter().map(detail).collect())
    }
}

fn run(statement: &mut Statement<'_>, values: &[Value]) -> Result<Vec<Row>, StoreError> {
    debug_assert!(
        (0..values.len()).all(|index| {
            let wanted = format!("${}", index + 1);
            statement.parameter_name(index + 1).is_none_or(|name| name == wanted)
        }),
        "the values' numbers do not ascend"
    );
    let columns = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(failed)?;
    let mut result = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let cells = (0..columns).map(|column| row.get_ref(column).map(Value::from));
        result.push(cells.collect::<Result<Row, _>>().map_err(failed)?);
    }
    Ok(result)
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
            // No table of ours has a column of that kind.
            ValueRef::Null | ValueRef::Real(_) => Value::Null,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn failed(error: rusqlite::Error) -> StoreError {
    let why = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch
            | ErrorCode::TooBig
            | ErrorCode::ParameterOutOfRange
            | ErrorCode::NotADatabase,
        )
        | None => StoreError::Refused { why },
        // `Unknown` is also what a mistake in a statement gives; such a statement would not pass the tests.
        Some(ErrorCode::Unknown) => StoreError::Refused { why },
        Some(_) => StoreError::Unavailable { why },
    }
}
