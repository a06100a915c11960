//! The schema, as steps that are taken once, in order, each whole or not at all.

use crate::database::{Database, Lock, StoreError, transaction};
use crate::value::{Column, Value};
use std::time::SystemTime;

/// The steps; a step's version is its place, from 1. A step that was released is never changed: a new one follows.
///
/// `{bytes}` is the database's word for a column of bytes; all else is text that both understand.
const STEPS: &[&str] = &[
    include_str!("migrations/0001-exchanges.sql"),
    include_str!("migrations/0002-conversations.sql"),
    include_str!("migrations/0003-rollups.sql"),
    include_str!("migrations/0004-sessions-of-links.sql"),
    include_str!("migrations/0005-bodies.sql"),
    include_str!("migrations/0006-budgets.sql"),
    include_str!("migrations/0007-order.sql"),
    include_str!("migrations/0008-holders.sql"),
    include_str!("migrations/0009-keys.sql"),
];

/// Brings the database to the latest version.
///
/// Programs that start at once take turns. A database of a later version is refused, untouched.
pub(crate) fn migrate(database: &mut dyn Database) -> Result<(), StoreError> {
    if version(database).is_ok_and(|found| found == known()) {
        return Ok(());
    }
    transaction(database, |database| {
        database.lock(Lock::Schema)?;
        database.script(
            "CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY, applied_ms BIGINT NOT NULL)",
        )?;
        let found = version(database)?;
        check_not_newer(found)?;
        for (step, next) in STEPS.iter().zip(1_u64..).skip(usize::try_from(found).unwrap_or(0)) {
            database.script(&step.replace("{bytes}", database.bytes_type()))?;
            database.query(
                "INSERT INTO migration (version, applied_ms) VALUES ($1, $2)",
                &[next.to_value(), now_ms().to_value()],
            )?;
        }
        Ok(())
    })
}

/// Refuses a database that cannot be read with what we know of it.
pub(crate) fn check(database: &mut dyn Database) -> Result<(), StoreError> {
    let found = version(database)?;
    check_not_newer(found)?;
    if found < known() {
        let why = format!("its schema is {found}, not {}: let the gateway start once", known());
        return Err(StoreError::Refused { why });
    }
    Ok(())
}

fn check_not_newer(found: u64) -> Result<(), StoreError> {
    if found > known() {
        return Err(StoreError::NewerSchema { found, known: known() });
    }
    Ok(())
}

/// The latest version we know.
fn known() -> u64 {
    STEPS.len() as u64
}

/// The version the database has; an error where there is no table of versions.
fn version(database: &mut dyn Database) -> Result<u64, StoreError> {
    let rows =
        database.query("SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM migration", &[])?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Integer(version)) => Ok(u64::try_from(*version).unwrap_or(0)),
        _ => Err(StoreError::Unreadable { table: "migration" }),
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
