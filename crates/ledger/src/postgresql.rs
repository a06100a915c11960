//! PostgreSQL, over a connection of its own.

use crate::database::{Database, Lock, Row, StoreError};
use crate::value::Value;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};
use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements that are kept; the ledger has fewer.
const STATEMENTS_MAX: usize = 128;

/// The number of the advisory lock under which schemas change, the first eight letters of our name; the next
/// one is that for writing entries.
const SCHEMA_LOCK: i64 = i64::from_be_bytes(*b"ironbrid");

/// A connection that is made again when it was lost, before the next transaction.
pub(crate) struct Postgres {
    config: Config,
    /// Whether the session may not write.
    read_only: bool,
    session: Option<Session>,
}

struct Session {
    client: Client,
    prepared: HashMap<String, Statement>,
}

impl Postgres {
    /// Connects. `url` is checked already.
    pub(crate) fn connect(mut config: Config, read_only: bool) -> Result<Self, StoreError> {
        config.connect_timeout(CONNECT_TIMEOUT).application_name("ironbridge");
        if read_only {
            config.options("-c default_transaction_read_only=on");
        }
        let mut database = Postgres { config, read_only, session: None };
        database.session()?;
        Ok(database)
    }

    fn session(&mut self) -> Result<&mut Session, StoreError> {
        if self.session.as_ref().is_some_and(|session| session.client.is_closed()) {
            self.session = None;
        }
        if self.session.is_none() {
            let client = self.config.connect(NoTls).map_err(failed)?;
            self.session = Some(Session { client, prepared: HashMap::new() });
        }
        self.session
            .as_mut()
            .ok_or_else(|| StoreError::Unavailable { why: "no session".to_owned() })
    }
}

impl Database for Postgres {
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let session = self.session()?;
        let statement = session.prepare(sql)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let rows = session.client.query(&statement, &values).map_err(failed)?;
        let cells = |row: &postgres::Row| {
            let cells = (0..row.len()).map(|column| row.try_get::<_, Value>(column));
            cells.collect::<Result<Row, _>>().map_err(failed)
        };
        rows.iter().map(cells).collect()
    }

    fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        // A transaction that lost its connection must fail, not go on in a new session without a beginning.
        let continues = matches!(sql, "COMMIT" | "ROLLBACK");
        let lost = self.session.as_ref().is_none_or(|session| session.client.is_closed());
        if continues && lost {
            return Err(StoreError::Unavailable { why: "the connection was lost".to_owned() });
        }
        self.session()?.client.batch_execute(sql).map_err(failed)
    }

    fn begin(&self) -> &'static str {
        if self.read_only { "BEGIN READ ONLY" } else { "BEGIN" }
    }

    fn bytes_type(&self) -> &'static str {
        "BYTEA"
    }

    fn lock(&mut self, lock: Lock) -> Result<(), StoreError> {
        let number = match lock {
            Lock::Schema => SCHEMA_LOCK,
            Lock::Entries => SCHEMA_LOCK + 1,
        };
        self.query("SELECT pg_advisory_xact_lock($1)", &[Value::Integer(number)]).map(|_| ())
    }

    fn give_back(&mut self) -> Result<(), StoreError> {
        Ok(()) // The server's autovacuum does.
    }

    fn explain(&mut self, sql: &str, values: &[Value]) -> Result<Vec<String>, StoreError> {
        let rows = self.query(&format!("EXPLAIN {sql}"), values)?;
        let line = |row: Row| match row.into_iter().next() {
            Some(Value::Text(text)) => text,
            _ => String::new(),
        };
        Ok(rows.into_iter().map(line).collect())
    }
}

impl Session {
    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        if self.prepared.len() >= STATEMENTS_MAX {
            self.prepared.clear();
        }
        let statement = self.client.prepare(sql).map_err(failed)?;
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) => number.to_sql_checked(kind, out),
            Value::Text(text) => text.to_sql_checked(kind, out),
            Value::Bytes(bytes) => bytes.to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true // Each kind of value checks for itself, above.
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Value::Integer),
            Type::INT4 => i32::from_sql(kind, raw).map(|number| Value::Integer(number.into())),
            Type::BOOL => bool::from_sql(kind, raw).map(|yes| Value::Integer(yes.into())),
            Type::BYTEA => Vec::from_sql(kind, raw).map(Value::Bytes),
            // What a function without a result gives.
            Type::VOID => Ok(Value::Null),
            _ => String::from_sql(kind, raw).map(Value::Text),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Value::Null)
    }

    fn accepts(kind: &Type) -> bool {
        let plain = [Type::INT8, Type::INT4, Type::BOOL, Type::BYTEA, Type::VOID].contains(kind);
        plain || <String as FromSql<'_>>::accepts(kind)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn failed(error: postgres::Error) -> StoreError {
    let Some(told) = error.as_db_error() else {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        return StoreError::Unavailable { why: format!("{error}{cause}") };
    };
    let why = format!("{} ({})", told.message(), told.code().code());
    // Classes 22 and 23 are about the data, 42 about the statement; what else goes wrong is the server's.
    match told.code().code().get(..2) {
        Some("22" | "23" | "42") => StoreError::Refused { why },
        _ => StoreError::Unavailable { why },
    }
}
