//! What is done now and then: what is old is forgotten, and its room given back.
//!
//! Every gateway has a thread for it, and of several on one database one does it at a time, by a lease. It forgets piece
//! by piece, each in a transaction of its own, so that writers wait a moment at most.

use crate::address::Address;
use crate::database::StoreError;
use crate::schema::now_ms;
use crate::store::Store;
use crate::value::{Column, Value};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long things are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Exchanges, and the links of conversations that ended; `None`: for ever. Their sums stay in any case.
    pub exchanges: Option<Duration>,
}

/// Between two rounds.
pub(crate) const INTERVAL: Duration = Duration::from_secs(3600);

/// How long a program that began a round has it to itself. One that was killed is waited for so long.
const LEASE: Duration = Duration::from_secs(600);

/// Between two pieces, so that others get a turn.
const PAUSE: Duration = Duration::from_millis(50);

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkept {
    /// Rows of exchanges and links that were forgotten.
    pub exchanges: usize,
    /// Bodies that were forgotten.
    pub bodies: usize,
}

impl Store {
    /// Takes a lease or prolongs it; `false`: another holds it.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn lease(
        &mut self,
        name: &str,
        holder: &str,
        now_ms: u64,
        until_ms: u64,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO lease (name, holder, until_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE \
                   SET holder = excluded.holder, until_ms = excluded.until_ms \
                   WHERE lease.until_ms <= $4 OR lease.holder = excluded.holder RETURNING holder";
        let values =
            [Value::text(name), Value::text(holder), until_ms.to_value(), now_ms.to_value()];
        Ok(!self.database.query(sql, &values)?.is_empty())
    }

    /// One round, as of `now_ms`; `None`: another program does it. `pause` is called between two pieces; it says whether
    /// to go on.
    ///
    /// # Errors
    /// Where the database is not to be had; what was done until then is done.
    pub fn upkeep(
        &mut self,
        retention: &Retention,
        holder: &str,
        now_ms: u64,
        mut pause: impl FnMut() -> bool,
    ) -> Result<Option<Upkept>, StoreError> {
        let until_ms = now_ms.saturating_add(millis(LEASE));
        if !self.lease("upkeep", holder, now_ms, until_ms)? {
            return Ok(None);
        }
        let mut done = Upkept::default();
        loop {
            let bodies = self.forget_bodies(now_ms)?;
            let exchanges = match retention.exchanges {
                Some(kept) => self.forget_before(now_ms.saturating_sub(millis(kept)))?,
                None => 0,
            };
            done.bodies += bodies;
            done.exchanges += exchanges;
            if bodies + exchanges == 0 || !pause() {
                break;
            }
        }
        self.forget_budgets(now_ms)?;
        self.database.give_back()?;
        // The next round may be anybody's.
        self.lease("upkeep", holder, now_ms, now_ms)?;
        Ok(Some(done))
    }
}

/// How long budgets of a span that is over are kept.
const BUDGETS_KEPT: Duration = Duration::from_secs(400 * 86_400);

impl Store {
    fn forget_budgets(&mut self, now_ms: u64) -> Result<(), StoreError> {
        let before = [now_ms.saturating_sub(millis(BUDGETS_KEPT)).to_value()];
        for table in ["budget", "hold"] {
            let sql = format!("DELETE FROM {table} WHERE span <> 'total' AND start_ms < $1");
            self.database.query(&sql, &before)?;
        }
        Ok(())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What the thread owns.
#[derive(Debug)]
pub(crate) struct Upkeep {
    pub(crate) address: Address,
    pub(crate) retention: Retention,
    pub(crate) interval: Duration,
    /// The name of this gateway.
    pub(crate) holder: String,
    pub(crate) closed: Arc<Closed>,
}

/// Whether the ledger is closed.
#[derive(Debug, Default)]
pub(crate) struct Closed {
    closed: Mutex<bool>,
    changed: Condvar,
}

impl Closed {
    pub(crate) fn close(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits; `true`: it is closed.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(closed, time, |closed| !*closed);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Upkeep {
    /// Does rounds until the ledger is closed.
    pub(crate) fn run(&self) {
        while !self.closed.wait(self.interval) {
            let round = Store::open(&self.address, false).and_then(|mut store| {
                let pause = || !self.closed.wait(PAUSE);
                store.upkeep(&self.retention, &self.holder, now_ms(), pause)
            });
            match round {
                Ok(Some(done)) if done != Upkept::default() => {
                    tracing::info!(
                        exchanges = done.exchanges,
                        bodies = done.bodies,
                        "the ledger forgot what was old"
                    );
                }
                Ok(_) => {}
                // The writer tells of a database that is away.
                Err(error) => {
                    tracing::debug!(%error, "the ledger's upkeep waits for its next hour");
                }
            }
        }
    }
}
