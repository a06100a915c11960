//! What is old is forgotten, a piece at a time; sums stay.

use crate::database::{StoreError, transaction};
use crate::store::Store;
use crate::value::{Column, Value};

/// The most rows that one call forgets of a table: so long others wait at most.
pub const FORGOTTEN_AT_ONCE_MAX: usize = 2000;

impl Store {
    /// Forgets exchanges that began before that moment, with their bodies, and what links conversations that ended before it; at most
    /// [`FORGOTTEN_AT_ONCE_MAX`] of each. Gives how many rows went; 0: there are none left.
    ///
    /// Sums of hours, days, conversations and sessions stay. Links stay as long as anything of their conversation
    /// does, since what is still to come is tied to them.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn forget_before(&mut self, before_ms: u64) -> Result<usize, StoreError> {
        let values = [before_ms.to_value(), (FORGOTTEN_AT_ONCE_MAX as u64).to_value()];
        transaction(self.database.as_mut(), |database| {
            let mut gone = 0;
            let exchanges = "DELETE FROM exchange WHERE id IN (SELECT id FROM exchange WHERE began_ms < $1 \
                             ORDER BY began_ms LIMIT $2) RETURNING id";
            for row in database.query(exchanges, &values)? {
                gone += 1;
                database.query("DELETE FROM body WHERE id = $1", &row)?;
            }
            let links = "DELETE FROM link WHERE id IN (SELECT link.id FROM summary JOIN link \
                         ON link.conversation = summary.id WHERE summary.kind = 'conversation' \
                         AND summary.last_ms < $1 LIMIT $2) RETURNING id";
            for row in database.query(links, &values)? {
                gone += 1;
                let id: Vec<Value> = row.into_iter().take(1).collect();
                database.query("DELETE FROM anchor WHERE id = $1", &id)?;
            }
            Ok(gone)
        })
    }
}
