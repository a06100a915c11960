//! The ledger of a running gateway: entries go into the journal, and from there into the database.

use crate::address::Address;
use crate::budget::{Claim, Exhausted, Reserving};
use crate::database::StoreError;
use crate::entry::Entry;
use crate::journal::{Journal, JournalError, JournalSettings, Place};
use crate::presence::{self, Presence};
use crate::store::Store;
use crate::upkeep::{Closed, INTERVAL, Retention, Upkeep};
use crate::writer::{Before, Progress, Writer};
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
    /// A gateway that was not heard of for so long is gone, and what it had reserved of budgets is given back. The longer
    /// it is, the later that; a gateway that loses its database for longer is taken for one.
    pub lease: Duration,
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
    /// This gateway's name among those on the database.
    name: String,
    threads: Vec<JoinHandle<()>>,
    reserving: Arc<Reserving>,
    closed: Arc<Closed>,
}

/// How far the writer is, and who waits for it.
#[derive(Debug)]
pub(crate) struct Shared {
    progress: Mutex<Progress>,
    changed: Condvar,
}

impl Shared {
    fn new(at: Place) -> Self {
        Shared {
            progress: Mutex::new(Progress { at, ..Progress::default() }),
            changed: Condvar::new(),
        }
    }

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
        let LedgerSettings { address, journal, retention, lease } = settings;
        let survives_power_loss = journal.survives_power_loss;
        let folder = journal.folder.clone();
        let (journal, queue) = Journal::open(journal)?;
        let holders = presence::take(&folder)
            .map_err(|source| JournalError::Disk { folder: folder.clone(), source })?;
        let store = match Store::open(&address, survives_power_loss) {
            Ok(store) => Some(store),
            Err(error) if error.is_transient() => None,
            Err(error) => return Err(error.into()),
        };
        let end = journal.end();
        let journal = Arc::new(journal);
        let progress = Arc::new(Shared::new(queue.at()));
        let writer = Writer {
            address: address.clone(),
            survives_power_loss,
            folder,
            store,
            journal: journal.clone(),
            queue,
            before: holders.before.map(|name| Before { name, end }),
            progress: progress.clone(),
        };
        let closed = Arc::<Closed>::default();
        let upkeep = Upkeep {
            address: address.clone(),
            retention,
            interval: INTERVAL,
            holder: holders.now.clone(),
            closed: closed.clone(),
        };
        let reserving = Arc::new(Reserving::new(address.clone()));
        let presence = Presence {
            gateway: holders.now.clone(),
            lease,
            reserving: reserving.clone(),
            closed: closed.clone(),
        };
        let mut ledger = Ledger {
            address,
            name: holders.now,
            journal,
            progress,
            threads: Vec::new(),
            reserving,
            closed,
        };
        ledger.start("ledger", move || writer.run())?;
        ledger.start("upkeep", move || upkeep.run())?;
        ledger.start("presence", move || presence.run())?;
        Ok(ledger)
    }

    fn start(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let thread = std::thread::Builder::new().name(name.to_owned());
        self.threads.push(thread.spawn(work).map_err(OpenError::Thread)?);
        Ok(())
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
        self.reserving.reserve(&self.name, exchange, now_ms, claims)
    }

    /// Gives back what is set aside for an exchange whose client left while it was being set aside; see
    /// [`Store::release`]. Where the database is away it is done later. Blocks for a transaction.
    pub fn release(&self, exchange: &str) {
        self.reserving.release(exchange);
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
        for thread in self.threads.drain(..) {
            // A panic was told when it happened; the journal still has what the writer did not write.
            let _ = thread.join();
        }
        Presence::leave(&self.name, &self.reserving);
    }
}
