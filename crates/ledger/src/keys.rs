//! Client keys, kept for all gateways on one ledger. What a key is, is the gateway's business: here it is a document.

use crate::database::{Database, Lock, StoreError, transaction};
use crate::store::{Store, insert};
use crate::value::{Column, Value};
use std::collections::BTreeMap;

/// Keys by their id: of each the document that describes it, which holds no secret.
pub type KeyDocuments = BTreeMap<String, String>;

/// The name of their revision.
const KEYS: &str = "keys";

impl Store {
    /// How often the keys were changed: whoever keeps a copy of them asks whether it is still good.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn keys_revision(&mut self) -> Result<u64, StoreError> {
        let sql = "SELECT number FROM revision WHERE name = $1";
        let row = self.database.query(sql, &[Value::text(KEYS)])?.into_iter().next();
        Ok(row.and_then(|row| u64::from_value(row.into_iter().next()?)).unwrap_or(0))
    }

    /// Changes the keys as one: others see all of it or nothing, and whoever changes them at the same time waits. Where
    /// `change` fails, nothing is written. A key cannot be removed, since records name it.
    ///
    /// # Errors
    /// The outer ones where the database is not to be had; the inner one is that of `change`.
    pub fn change_keys<T, E>(
        &mut self,
        change: impl FnOnce(&mut KeyDocuments) -> Result<T, E>,
    ) -> Result<Result<T, E>, StoreError> {
        transaction(self.database.as_mut(), |database| {
            database.lock(Lock::Entries)?;
            let before = read(database)?;
            let mut keys = before.clone();
            let changed = match change(&mut keys) {
                Ok(changed) => changed,
                Err(error) => return Ok(Err(error)),
            };
            let mut rows = Vec::new();
            for (id, document) in keys {
                if before.get(&id) != Some(&document) {
                    rows.push(vec![Value::Text(id), document.to_value()]);
                }
            }
            if !rows.is_empty() {
                let tail = "ON CONFLICT (id) DO UPDATE SET document = excluded.document";
                insert(database, "client_key", &["id", "document"], rows, tail)?;
                let next = "INSERT INTO revision (name, number) VALUES ($1, 1) ON CONFLICT (name) \
                            DO UPDATE SET number = revision.number + 1";
                database.query(next, &[Value::text(KEYS)])?;
            }
            Ok(Ok(changed))
        })
    }

    /// When the last exchange of a client key began, in milliseconds since 1970; `None`: it has none that is still kept.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn key_last_used_ms(&mut self, id: &str) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT began_ms FROM exchange WHERE key_id = $1 ORDER BY began_ms DESC LIMIT 1";
        let row = self.database.query(sql, &[Value::text(id)])?.into_iter().next();
        Ok(row.and_then(|row| u64::from_value(row.into_iter().next()?)))
    }
}

fn read(database: &mut dyn Database) -> Result<KeyDocuments, StoreError> {
    let pair = |row: Vec<Value>| {
        let mut cells = row.into_iter();
        Some((String::from_value(cells.next()?)?, String::from_value(cells.next()?)?))
    };
    let rows = database.query("SELECT id, document FROM client_key", &[])?.into_iter();
    rows.map(|row| pair(row).ok_or(StoreError::Unreadable { table: "client_key" })).collect()
}
