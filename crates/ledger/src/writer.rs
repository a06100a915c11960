//! The thread that carries entries from the journal into the database.

use crate::address::Address;
use crate::database::StoreError;
use crate::entry::Entry;
use crate::journal::{Batch, Journal, Place, Queue};
use crate::ledger::{Shared, Status};
use crate::schema::now_ms;
use crate::store::Store;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The most entries of one transaction.
const BATCH_MAX: usize = 500;

/// How long entries are gathered before they are written. An entry is safe meanwhile; only lists show it that much
/// later, and a transaction costs as much as ten rows.
const GATHER: Duration = Duration::from_millis(20);

/// The wait before the first new try at a database that is away; each further one is twice as long.
const RETRY_FIRST: Duration = Duration::from_millis(100);
/// The longest wait.
const RETRY_LAST: Duration = Duration::from_secs(5);

/// The file of what the database does not take, beside the journal.
const REFUSED: &str = "refused.jsonl";

/// What the thread owns.
pub(crate) struct Writer {
    pub(crate) address: Address,
    pub(crate) survives_power_loss: bool,
    pub(crate) folder: PathBuf,
    /// `None`: not connected.
    pub(crate) store: Option<Store>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) queue: Queue,
    /// Who had the journal before, until what it had reserved is given back.
    pub(crate) before: Option<Before>,
    pub(crate) progress: Arc<Shared>,
}

/// A gateway that had the journal before; that we have its lock shows that it is gone.
pub(crate) struct Before {
    pub(crate) name: String,
    /// All that it recorded stands before this place.
    pub(crate) end: Place,
}

/// How far the writer is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) status: Status,
    /// Everything before it is in the database.
    pub(crate) at: Place,
}

impl Writer {
    /// Writes until the journal is closed.
    pub(crate) fn run(mut self) {
        self.give_back();
        while self.queue.wait(&self.journal) {
            self.queue.pause(&self.journal, GATHER);
            let batch = match self.queue.read(&self.journal, BATCH_MAX) {
                Ok(batch) => batch,
                Err(error) => {
                    if self.wait_out(&error.to_string(), RETRY_LAST) {
                        continue;
                    }
                    return;
                }
            };
            self.tell_damage(&batch);
            if !self.write(&batch.entries) {
                return;
            }
            if let Err(error) = self.queue.done(&self.journal, batch.end) {
                // The file stays and is read again at the next start, which writes nothing twice.
                tracing::warn!(%error, "a file of the ledger's journal cannot be removed");
            }
            self.progress.change(|progress| progress.at = batch.end);
            self.give_back();
        }
        self.queue.remove_if_done(&self.journal);
    }

    /// Gives back what the gateway before had reserved, once what it recorded is booked.
    fn give_back(&mut self) {
        let Some(before) = self.before.take_if(|before| self.queue.at() >= before.end) else {
            return;
        };
        let released = self.store().and_then(|store| store.release_gateway(&before.name, None));
        if released.is_err() {
            // Again after the next entries; and by then perhaps another gateway has.
            self.before = Some(before);
        }
    }

    fn tell_damage(&self, batch: &Batch) {
        if batch.damaged_bytes > 0 {
            let bytes = batch.damaged_bytes;
            tracing::warn!(
                bytes,
                "the ledger's journal has an end that was cut off; it is skipped"
            );
            self.progress.change(|progress| progress.status.damaged_bytes += bytes);
        }
        for payload in &batch.foreign {
            self.set_aside(&String::from_utf8_lossy(payload), "it is no entry");
        }
    }

    /// Writes entries, however long it takes; `false`: the journal was closed while the database was away.
    fn write(&mut self, entries: &[Entry]) -> bool {
        let mut wait = RETRY_FIRST;
        loop {
            match self.try_write(entries) {
                Ok(new) => {
                    self.tell_written(new, entries.len());
                    return true;
                }
                Err(error) if error.is_transient() => {
                    if !self.wait_out(&error.to_string(), wait) {
                        return false;
                    }
                    wait = (wait * 2).min(RETRY_LAST);
                }
                Err(error) => match entries {
                    // One that it never takes must not keep the others out.
                    [entry] => {
                        self.set_aside(&entry.to_text(), &error.to_string());
                        return true;
                    }
                    _ => return entries.chunks(1).all(|entry| self.write(entry)),
                },
            }
        }
    }

    fn try_write(&mut self, entries: &[Entry]) -> Result<usize, StoreError> {
        self.store()?.write(entries)
    }

    fn store(&mut self) -> Result<&mut Store, StoreError> {
        match &mut self.store {
            Some(store) => Ok(store),
            none => Ok(none.insert(Store::open(&self.address, self.survives_power_loss)?)),
        }
    }

    fn tell_written(&self, new: usize, entries: usize) {
        self.progress.change(|progress| {
            let status = &mut progress.status;
            status.written += new as u64;
            status.known += (entries - new) as u64;
            if status.trouble.take().is_some() {
                status.trouble_since_ms = None;
                tracing::info!("the ledger's database is written to again");
            }
        });
    }

    /// Says that something is wrong and waits; `false`: the journal was closed.
    fn wait_out(&self, why: &str, time: Duration) -> bool {
        self.progress.change(|progress| {
            let status = &mut progress.status;
            if status.trouble.is_none() {
                tracing::error!(why, "the ledger's database is away; the journal bridges it");
                status.trouble_since_ms = Some(now_ms());
            }
            status.trouble = Some(why.to_owned());
        });
        self.queue.pause(&self.journal, time)
    }

    /// Keeps what the database does not take where a person can look at it.
    fn set_aside(&self, text: &str, why: &str) {
        tracing::error!(why, "the ledger's database refuses an entry; it is kept in {REFUSED}");
        let path = self.folder.join(REFUSED);
        let opened = std::fs::OpenOptions::new().append(true).create(true).open(path);
        let kept = opened.and_then(|mut file| file.write_all(format!("{text}\n").as_bytes()));
        if let Err(error) = kept {
            tracing::error!(%error, entry = text, "a refused entry cannot be kept");
        }
        self.progress.change(|progress| progress.status.refused += 1);
    }
}
