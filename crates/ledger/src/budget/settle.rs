//! After a request: what it truly took takes the place of what was set aside.

use super::{AMOUNT_MAX, Claim};
use crate::database::{Database, StoreError};
use crate::entry::Entry;
use crate::value::{Column, Value};

/// Books what new entries took, in the transaction that writes them: so each is booked once, however often it is read.
pub(crate) fn settle(database: &mut dyn Database, new: &[&Entry]) -> Result<(), StoreError> {
    // In the order in which requests take, so that none waits for another that waits for it.
    let mut booked: Vec<(&Claim, &Entry)> =
        new.iter().flat_map(|entry| entry.booked.iter().map(|claim| (claim, *entry))).collect();
    booked
        .sort_by_key(|(claim, entry)| (&claim.account, claim.unit, claim.span, &entry.exchange.id));
    for (claim, entry) in booked {
        let hold = "DELETE FROM hold WHERE exchange = $1 AND account = $2 AND unit = $3 AND span = $4 \
                    RETURNING start_ms, amount";
        let values = [
            Value::text(&entry.exchange.id),
            Value::text(&claim.account),
            claim.unit.to_value(),
            claim.span.to_value(),
        ];
        let held = database.query(hold, &values)?.into_iter().next().and_then(|row| {
            let mut cells = row.into_iter();
            Some((u64::from_value(cells.next()?)?, u64::from_value(cells.next()?)?))
        });
        // Without a reservation (the database was away) it counts in the span in which it began.
        let (start_ms, held) =
            held.unwrap_or_else(|| (claim.span.start_ms(entry.exchange.began_ms), 0));
        let sql = "UPDATE budget SET spent = spent + $1, reserved = reserved - $2 WHERE account = $3 AND unit = $4 \
                   AND span = $5 AND start_ms = $6";
        let values = [
            claim.amount.min(AMOUNT_MAX).to_value(),
            held.to_value(),
            Value::text(&claim.account),
            claim.unit.to_value(),
            claim.span.to_value(),
            start_ms.to_value(),
        ];
        database.query(sql, &values)?;
    }
    Ok(())
}
