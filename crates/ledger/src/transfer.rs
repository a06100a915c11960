//! From one ledger to another: every entry as a line of JSON, oldest first, with its bodies where they are kept.

use crate::database::StoreError;
use crate::entry::Entry;
use crate::list::PAGE_MAX;
use crate::store::{Store, exchange_of};
use crate::value::{Column, Value};
use std::io::{self, BufRead, Write};

/// Why a transfer ended early. What was transferred before is; a new try writes nothing twice.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reading or writing the lines.
    #[error("the lines of entries: {0}")]
    Lines(#[from] io::Error),
    /// A line is no entry.
    #[error("line {line} is no entry of a ledger")]
    NoEntry {
        /// Its number, from 1.
        line: u64,
    },
}

/// The longest line, in bytes.
const LINE_BYTES_MAX: u64 = 64 << 20;

impl Store {
    /// Writes all entries as lines; gives how many.
    ///
    /// # Errors
    /// Where the database is not to be had, or `out` takes no more.
    pub fn export(&mut self, out: &mut dyn Write) -> Result<u64, TransferError> {
        let columns = crate::exchange::Exchange::COLUMNS.join(", ");
        let sql = format!(
            "SELECT {columns} FROM exchange WHERE began_ms >= $1 AND (began_ms > $1 OR id > $2) \
             ORDER BY began_ms, id LIMIT $3"
        );
        let (mut after, mut count) = ((0, String::new()), 0);
        loop {
            let limit = (PAGE_MAX as u64).to_value();
            let rows =
                self.database.query(&sql, &[after.0.to_value(), Value::text(&after.1), limit])?;
            if rows.is_empty() {
                out.flush()?;
                return Ok(count);
            }
            for row in rows {
                let exchange = exchange_of(row)?;
                after = (exchange.began_ms, exchange.id.clone());
                let digest = self.digest_of(&exchange.id)?;
                let bodies = self.bodies(&exchange.id)?;
                let entry = Entry { exchange, digest, bodies, ..Entry::default() };
                writeln!(out, "{}", entry.to_text())?;
                count += 1;
            }
        }
    }

    /// Writes the entries of such lines; gives how many were new.
    ///
    /// # Errors
    /// Where the database is not to be had, or a line is no entry.
    pub fn import(&mut self, lines: &mut dyn BufRead) -> Result<u64, TransferError> {
        let (mut entries, mut new, mut line) = (Vec::new(), 0, 0);
        loop {
            let mut text = Vec::new();
            let read = io::Read::take(&mut *lines, LINE_BYTES_MAX).read_until(b'\n', &mut text)?;
            if read == 0 || entries.len() == PAGE_MAX {
                new += self.write(&entries)? as u64;
                entries.clear();
            }
            if read == 0 {
                return Ok(new);
            }
            line += 1;
            let entry = Entry::from_payload(text.trim_ascii_end());
            entries.push(entry.ok_or(TransferError::NoEntry { line })?);
        }
    }
}
