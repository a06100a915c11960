//! The ledger of a running gateway: entries go into the journal, and from there into the database.

use crate::address::Address;
use crate::budget::{Claim, Exhausted};
use crate::database::StoreError;
use crate::entry::Entry;
use crate::journal::{Journal, JournalError, JournalSettings};
use crate::store::Store;
use crate::upkeep::{Closed, INTERVAL, Retention, Upkeep};
use crate::writer::{Progress, Writer};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How a ledger is kept.
#[derive(Clone, Debug)]
pub struct LedgerSettings {
    /// Its database.
    pub address: Address,
    /// Its journal.
    pub journal: JournalSettings,
    /// How long what is in it is kept.
    pub retention: Retention,
}

/// Why a ledger did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The database, for a reason that does not pass by itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The writer's thread.
    #[error("the ledger's thread does not start: {0}")]
    Thread(std::io::Error),
}

/// An open ledger. Dropped, it writes what the journal still holds, if the database is there, and ends its thread.
#[derive(Debug)]
pub struct Ledger {
    address: Address,
    journal: Arc<Journal>,
    progress: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
    upkeep: Option<JoinHandle<()>>,
    /// A connection for reservations; `None`: none was made yet, or it broke.
    reserving: Mutex<Option<Store>>,
    closed: Arc<Closed>,
}

/// How far the writer is, and who waits for it.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    progress: Mutex<Progress>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

/// How a ledger is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Entries that were written to the database since the start.
    pub written: u64,
    /// Entries that were there already: read a second time after a crash.
    pub known: u64,
    /// Entries that the database does not take; they are kept in `refused.jsonl` beside the journal.
    pub refused: u64,
    /// Bytes of the journal that were no entry.
    pub damaged_bytes: u64,
    /// Bytes that the journal holds now; it shrinks by whole files.
    pub journal_bytes: u64,
    /// Why the database is not written to at the moment.
    pub trouble: Option<String>,
    /// Since when, in milliseconds since 1970.
    pub trouble_since_ms: Option<u64>,
}

impl Ledger {
    /// Opens journal and database and begins to write. A database that is away at the moment is waited for, beside.
    ///
    /// # Errors
    /// Where the journal is in use or its folder not writable, or the database is not ours to write.
    pub fn open(settings: LedgerSettings) -> Result<Self, OpenError> {
        let survives_power_loss = settings.journal.survives_power_loss;
        let folder = settings.journal.folder.clone();
        let (journal, queue) = Journal::open(settings.journal)?;
        let store = match Store::open(&settings.address, survives_power_loss) {
            Ok(store) => Some(store),
            Err(error) if error.is_transient() => None,
            Err(error) => return Err(error.into()),
        };
        let journal = Arc::new(journal);
        let progress = Arc::<Shared>::default();
        let writer = Writer {
            address: settings.address.clone(),
            survives_power_loss,
            folder,
            store,
            journal: journal.clone(),
            queue,
            progress: progress.clone(),
        };
        let closed = Arc::<Closed>::default();
        let upkeep = Upkeep {
            address: settings.address.clone(),
            retention: settings.retention,
            interval: INTERVAL,
            closed: closed.clone(),
        };
        let mut ledger = Ledger {
            address: settings.address,
            journal,
            progress,
            writer: None,
            upkeep: None,
            reserving: Mutex::default(),
            closed,
        };
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let started = thread("ledger").spawn(move || writer.run()).map_err(OpenError::Thread)?;
        ledger.writer = Some(started);
        let started = thread("upkeep").spawn(move || upkeep.run()).map_err(OpenError::Thread)?;
        ledger.upkeep = Some(started);
        Ok(ledger)
    }

    /// Appends an entry to the journal; it is in the database a moment later. When this returns, the entry survives a
    /// `kill -9` of the process, and the machine's power where the journal is set so.
    ///
    /// Blocks for one `write`, and for the disk where that is asked for.
    ///
    /// # Errors
    /// Where the journal is full or its disk fails: the entry is not kept then.
    pub fn append(&self, entry: &Entry) -> Result<(), JournalError> {
        self.journal.append(entry)
    }

    /// Waits until everything that was appended before is in the database; `false`: `patience` was over.
    #[must_use]
    pub fn flush(&self, patience: Duration) -> bool {
        let (end, until) = (self.journal.end(), Instant::now() + patience);
        let mut progress = self.progress.lock();
        while progress.at < end {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.progress.changed.wait_timeout(progress, left);
            progress = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Sets aside what an exchange may take; see [`Store::reserve`]. Blocks for a transaction, and for those before it.
    ///
    /// # Errors
    /// Where the database is not to be had: here the journal does not help.
    pub fn reserve(
        &self,
        exchange: &str,
        now_ms: u64,
        claims: &[(Claim, u64)],
    ) -> Result<Result<(), Exhausted>, StoreError> {
        let mut reserving = self.reserving.lock().unwrap_or_else(PoisonError::into_inner);
        let store = match &mut *reserving {
            Some(store) => store,
            none => none.insert(Store::open(&self.address, false)?),
        };
        let reserved = store.reserve(exchange, now_ms, claims);
        if reserved.is_err() {
            *reserving = None;
        }
        reserved
    }

    /// How it is now.
    #[must_use]
    pub fn status(&self) -> Status {
        let status = self.progress.lock().status.clone();
        Status { journal_bytes: self.journal.bytes(), ..status }
    }

    /// Another connection, to read.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn reader(&self) -> Result<Store, StoreError> {
        Store::open_to_read(&self.address)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.journal.close();
        self.closed.close();
        for thread in [self.writer.take(), self.upkeep.take()].into_iter().flatten() {
            // A panic was told when it happened; the journal still has what the writer did not write.
            let _ = thread.join();
        }
    }
}
