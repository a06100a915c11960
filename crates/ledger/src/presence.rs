//! Which gateways are there, so that what one that was killed had set aside comes back.
//!
//! A gateway with reservations adds one to its count every few seconds (a beat). The others look, each by its own
//! monotonic clock: a count that stood still for the whole lease is that of a gateway that is gone, and what it had set
//! aside is given back. No time of day is compared, so no clock that jumps or differs can take a living gateway for a dead
//! one.
//!
//! A gateway that starts again on the same journal needs no lease: that it has the journal's lock shows that the one
//! before is gone. It gives back what that one had set aside as soon as the journal is in the database.

use crate::budget::Reserving;
use crate::database::StoreError;
use crate::private;
use crate::store::Store;
use crate::upkeep::Closed;
use crate::value::{Column, Value};
use std::collections::HashMap;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Beats within a lease: so many may fail before a gateway counts as gone.
const BEATS: u32 = 6;

/// The file beside the journal that says who has it.
const FILE: &str = "gateway";

/// Who has a journal, and who had it before.
pub(crate) struct Holders {
    pub(crate) now: String,
    pub(crate) before: Option<String>,
}

/// Takes a journal's folder, whose lock is held, under a new name.
pub(crate) fn take(folder: &Path) -> io::Result<Holders> {
    let path = folder.join(FILE);
    let before = match fs::read_to_string(&path) {
        Ok(name) => Some(name).filter(|name| !name.is_empty()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let now = new_name();
    let mut file = private::options().write(true).create(true).truncate(true).open(&path)?;
    file.write_all(now.as_bytes())?;
    Ok(Holders { now, before })
}

/// A name that no other gateway has: 128 random bits (the standard library seeds its hashers with them).
fn new_name() -> String {
    let random = || RandomState::new().hash_one(());
    format!("{:016x}{:016x}", random(), random())
}

impl Store {
    /// Counts one beat of a gateway.
    pub(crate) fn beat(&mut self, gateway: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO gateway (id, beat) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET beat = gateway.beat + 1";
        self.database.query(sql, &[Value::text(gateway)]).map(|_| ())
    }

    /// The beats of all gateways that may have reservations; 0: it has some, and never beat.
    pub(crate) fn beats(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        let sql = "SELECT id, beat FROM gateway UNION SELECT owner, CAST(0 AS BIGINT) FROM hold \
                   WHERE NOT EXISTS (SELECT 1 FROM gateway WHERE id = owner)";
        let beat = |row: Vec<Value>| {
            let mut cells = row.into_iter();
            Some((String::from_value(cells.next()?)?, u64::from_value(cells.next()?)?))
        };
        let rows = self.database.query(sql, &[])?.into_iter();
        rows.map(|row| beat(row).ok_or(StoreError::Unreadable { table: "gateway" })).collect()
    }

    /// A gateway ends in good order. What it could not write keeps its reservations, for the lease.
    fn leave(&mut self, gateway: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM gateway WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM hold WHERE owner = $2)";
        self.database.query(sql, &[Value::text(gateway), Value::text(gateway)]).map(|_| ())
    }
}

/// What was seen of the others.
#[derive(Debug, Default)]
struct Watch {
    /// The last count of each, and when it was seen first.
    seen: HashMap<String, (u64, Instant)>,
}

impl Watch {
    /// Takes note of counts; gives those that have stood still for a lease.
    fn look(
        &mut self,
        beats: Vec<(String, u64)>,
        now: Instant,
        lease: Duration,
    ) -> Vec<(String, u64)> {
        let mut before = std::mem::take(&mut self.seen);
        let mut gone = Vec::new();
        for (gateway, beat) in beats {
            let since = match before.remove(&gateway) {
                Some((same, since)) if same == beat => since,
                _ => now,
            };
            if now.saturating_duration_since(since) >= lease {
                gone.push((gateway.clone(), beat));
            }
            self.seen.insert(gateway, (beat, since));
        }
        gone
    }
}

/// What the thread owns.
#[derive(Debug)]
pub(crate) struct Presence {
    pub(crate) gateway: String,
    pub(crate) lease: Duration,
    pub(crate) reserving: Arc<Reserving>,
    pub(crate) closed: Arc<Closed>,
}

impl Presence {
    /// Beats and looks until the ledger is closed.
    pub(crate) fn run(&self) {
        let mut watch = Watch::default();
        loop {
            if let Err(error) = self.round(&mut watch) {
                // The writer tells of a database that is away.
                tracing::debug!(%error, "a gateway's beat waits for its database");
            }
            if self.closed.wait(self.lease / BEATS) {
                return;
            }
        }
    }

    fn round(&self, watch: &mut Watch) -> Result<(), StoreError> {
        self.reserving.release_abandoned();
        if self.reserving.has_reserved() {
            self.reserving.with(|store| store.beat(&self.gateway))?;
        }
        let beats = self.reserving.with(Store::beats)?;
        let others = beats.into_iter().filter(|(gateway, _)| *gateway != self.gateway).collect();
        for (gateway, beat) in watch.look(others, Instant::now(), self.lease) {
            tracing::warn!(gateway, "a gateway is gone; what it had reserved is given back");
            self.reserving.with(|store| store.release_gateway(&gateway, Some(beat)))?;
        }
        Ok(())
    }

    /// Says that this gateway has ended, once all that it wrote is written.
    pub(crate) fn leave(gateway: &str, reserving: &Reserving) {
        if reserving.has_reserved() {
            // The database is away: the lease gives back what there is.
            let _ = reserving.with(|store| store.leave(gateway));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Watch, take};
    use std::time::{Duration, Instant};

    #[test]
    fn only_a_count_that_stood_still_for_the_whole_lease_is_that_of_a_gateway_that_is_gone() {
        let (mut watch, start) = (Watch::default(), Instant::now());
        let mut at = |seconds: u64, beats: &[(&str, u64)]| {
            let beats = beats.iter().map(|(gateway, beat)| ((*gateway).to_owned(), *beat));
            let now = start + Duration::from_secs(seconds);
            let gone = watch.look(beats.collect(), now, Duration::from_secs(60));
            gone.into_iter().map(|(gateway, _)| gateway).collect::<Vec<_>>()
        };
        assert_eq!(at(0, &[("a", 5), ("b", 0)]), Vec::<String>::new());
        assert_eq!(at(30, &[("a", 6), ("b", 0)]), Vec::<String>::new());
        assert_eq!(at(59, &[("a", 6), ("b", 0)]), Vec::<String>::new());
        assert_eq!(at(60, &[("a", 6), ("b", 0)]), ["b"]);
        // What is still there is told again; who came back is looked at anew.
        assert_eq!(at(70, &[("a", 7), ("b", 1)]), Vec::<String>::new());
        assert_eq!(at(131, &[("a", 7)]), ["a"]);
        assert_eq!(at(140, &[("b", 1)]), Vec::<String>::new());
    }

    #[test]
    fn a_journal_tells_who_had_it_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = take(folder.path()).expect("writes");
        assert_eq!((first.before, first.now.len()), (None, 32));
        let second = take(folder.path()).expect("writes");
        assert_eq!(second.before, Some(first.now.clone()));
        assert_ne!(second.now, first.now);
    }
}
