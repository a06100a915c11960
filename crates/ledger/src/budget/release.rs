//! What was set aside for a request that nobody will settle is given back.

use super::{Span, Unit};
use crate::database::{Database, Lock, Row, StoreError, transaction};
use crate::store::Store;
use crate::value::{Column, Value};
use std::collections::BTreeMap;

impl Store {
    /// Gives back what is set aside for that exchange; nothing, where its entry is written already.
    ///
    /// For a client that left while its reservation was made: the entry of the exchange may have been written before the
    /// reservation was there, and then finds nothing to take out.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn release(&mut self, exchange: &str) -> Result<(), StoreError> {
        transaction(self.database.as_mut(), |database| give_back(database, "exchange", exchange))
    }

    /// Gives back all that a gateway has set aside which is gone. With `beat`: only if that is still its last one.
    pub(crate) fn release_gateway(
        &mut self,
        id: &str,
        beat: Option<u64>,
    ) -> Result<(), StoreError> {
        transaction(self.database.as_mut(), |database| {
            let sql =
                "DELETE FROM gateway WHERE id = $1 AND beat = COALESCE($2, beat) RETURNING id";
            let gone = database.query(sql, &[Value::text(id), beat.to_value()])?;
            let still_there = "SELECT id FROM gateway WHERE id = $1";
            if gone.is_empty() && !database.query(still_there, &[Value::text(id)])?.is_empty() {
                return Ok(());
            }
            give_back(database, "owner", id)
        })
    }
}

/// A budget in a span: its account, unit, span and the span's beginning. Ordered as requests take from budgets.
type Place = (String, Unit, Span, u64);

/// Takes the reservations out whose column `by` is `value`.
fn give_back(database: &mut dyn Database, by: &str, value: &str) -> Result<(), StoreError> {
    // Who settles takes reservations out as well, in an order of its own.
    database.lock(Lock::Entries)?;
    let sql =
        format!("DELETE FROM hold WHERE {by} = $1 RETURNING account, unit, span, start_ms, amount");
    let mut amounts = BTreeMap::<Place, u64>::new();
    for row in database.query(&sql, &[Value::text(value)])? {
        let (place, amount) = read(row).ok_or(StoreError::Unreadable { table: "hold" })?;
        let sum = amounts.entry(place).or_default();
        *sum = sum.saturating_add(amount);
    }
    for ((account, unit, span, start_ms), amount) in amounts {
        let sql = "UPDATE budget SET reserved = reserved - $1 WHERE account = $2 AND unit = $3 AND span = $4 \
                   AND start_ms = $5";
        let values = [
            amount.to_value(),
            account.to_value(),
            unit.to_value(),
            span.to_value(),
            start_ms.to_value(),
        ];
        database.query(sql, &values)?;
    }
    Ok(())
}

fn read(row: Row) -> Option<(Place, u64)> {
    let mut cells = row.into_iter();
    let account = String::from_value(cells.next()?)?;
    let unit = Unit::from_value(cells.next()?)?;
    let span = Span::from_value(cells.next()?)?;
    let start_ms = u64::from_value(cells.next()?)?;
    Some(((account, unit, span, start_ms), u64::from_value(cells.next()?)?))
}
