//! Reading the ledger beside the tasks that serve: its calls block.

use crate::failure::Failure;
use ironbridge_ledger::{Store, StoreError};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// The most connections to the database at once; a page asks three things together.
const READERS_MAX: usize = 4;

/// How long a request waits for one of them.
const READER_WAIT_MAX: Duration = Duration::from_secs(5);

/// Opens a connection that reads.
pub type Open = Arc<dyn Fn() -> Result<Store, StoreError> + Send + Sync>;

/// The ledger, as the console reads it.
#[derive(Clone)]
pub struct Ledger(Option<Arc<Readers>>);

struct Readers {
    open: Open,
    idle: Mutex<Vec<Store>>,
    places: Semaphore,
}

impl Ledger {
    /// No exchanges are kept.
    #[must_use]
    pub fn none() -> Self {
        Ledger(None)
    }

    /// The ledger to which `open` makes connections.
    #[must_use]
    pub fn read_by(open: Open) -> Self {
        let (idle, places) = (Mutex::default(), Semaphore::new(READERS_MAX));
        Ledger(Some(Arc::new(Readers { open, idle, places })))
    }

    /// Whether exchanges are kept.
    pub(crate) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Asks the ledger, on a thread that may block. Dropped, the question is still asked to its end.
    ///
    /// # Errors
    /// There is none, or it is not to be had.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Failure> {
        let readers = self.0.clone().ok_or(Failure::NoLedger)?;
        let place = tokio::time::timeout(READER_WAIT_MAX, readers.places.acquire()).await;
        let Ok(Ok(_place)) = place else {
            return Err(Failure::Busy("the ledger has too many readers at the moment"));
        };
        let of_thread = readers.clone();
        let answered = tokio::task::spawn_blocking(move || of_thread.answer(question)).await;
        Ok(answered.map_err(|_| Failure::Fault)??)
    }
}

impl Readers {
    fn answer<T>(
        &self,
        question: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle().pop();
        let mut store = match idle {
            Some(store) => store,
            None => (self.open)()?,
        };
        let answer = question(&mut store);
        // One that has failed may have lost its server.
        if answer.is_ok() {
            self.idle().push(store);
        }
        answer
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Store>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Ledger").field(&self.is_there()).finish()
    }
}
