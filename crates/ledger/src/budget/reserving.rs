//! The connection by which a gateway reserves.

use super::{Claim, Exhausted};
use crate::address::Address;
use crate::database::StoreError;
use crate::store::Store;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The most exchanges whose reservation is given back later; of more, it comes back with the end of this gateway.
const ABANDONED_MAX: usize = 10_000;

/// One connection for the reservations of a gateway, which take turns on it.
#[derive(Debug)]
pub(crate) struct Reserving {
    address: Address,
    /// `None`: none was made yet, or it broke.
    store: Mutex<Option<Store>>,
    /// Whether anything was ever reserved.
    reserved: AtomicBool,
    /// Exchanges whose reservation could not be given back, since the database was away.
    abandoned: Mutex<Vec<String>>,
}

impl Reserving {
    pub(crate) fn new(address: Address) -> Self {
        Reserving {
            address,
            store: Mutex::default(),
            reserved: AtomicBool::new(false),
            abandoned: Mutex::default(),
        }
    }

    pub(crate) fn has_reserved(&self) -> bool {
        self.reserved.load(Ordering::Relaxed)
    }

    /// Does something on the connection, which is made anew after an error.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let store = match &mut *connection {
            Some(store) => store,
            none => none.insert(Store::open(&self.address, false)?),
        };
        let done = work(store);
        if done.is_err() {
            *connection = None;
        }
        done
    }

    /// See [`Store::reserve`].
    pub(crate) fn reserve(
        &self,
        owner: &str,
        exchange: &str,
        now_ms: u64,
        claims: &[(Claim, u64)],
    ) -> Result<Result<(), Exhausted>, StoreError> {
        self.reserved.store(true, Ordering::Relaxed);
        self.with(|store| store.reserve(owner, exchange, now_ms, claims))
    }

    /// Gives back what is set aside for an exchange, now or, where the database is away, later.
    pub(crate) fn release(&self, exchange: &str) {
        if self.with(|store| store.release(exchange)).is_err() {
            let mut abandoned = self.abandoned.lock().unwrap_or_else(PoisonError::into_inner);
            if abandoned.len() < ABANDONED_MAX {
                abandoned.push(exchange.to_owned());
            }
        }
    }

    /// Gives back what could not be given back before.
    pub(crate) fn release_abandoned(&self) {
        let mut abandoned = self.abandoned.lock().unwrap_or_else(PoisonError::into_inner);
        let exchanges = std::mem::take(&mut *abandoned);
        drop(abandoned);
        for exchange in exchanges {
            self.release(&exchange);
        }
    }
}
