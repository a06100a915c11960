//! Room seven: what happened is written down, before the client sees the end of its reply.
//!
//! A bounded ring in memory remembers the last ones ([`Journal`]); the ledger keeps all of them, where there is one.
//! Counting happens here and nowhere else, so that statistics, metrics and records cannot disagree.

use crate::exchange::{Cause, Record, millis};
use crate::labels::KnownLabels;
use crate::live::{self, Observer, Phase};
use crate::metrics::{Metrics, Waiting};
use crate::services::Services;
use crate::statistics::Statistics;
use ironbridge_ledger::{Bodies, Claim, Digest, Entry, Ledger};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Where records are kept.
pub(crate) trait Journal: Send + Sync {
    /// Keeps a finished record. Returns when it is as safe as the journal makes it.
    fn append(&self, record: Arc<Record>);
    /// The record of that id.
    fn find(&self, id: &str) -> Option<Arc<Record>>;
    /// The newest records, newest first.
    fn newest(&self, count: usize) -> Vec<Arc<Record>>;
}

/// The last exchanges, in memory.
#[derive(Debug)]
pub(crate) struct Ring {
    records: Mutex<VecDeque<Arc<Record>>>,
    records_max: usize,
}

impl Ring {
    pub(crate) fn new(records_max: usize) -> Self {
        Ring { records: Mutex::default(), records_max: records_max.max(1) }
    }

    fn records(&self) -> MutexGuard<'_, VecDeque<Arc<Record>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for Ring {
    fn append(&self, record: Arc<Record>) {
        let mut records = self.records();
        if records.len() >= self.records_max {
            records.pop_front();
        }
        records.push_back(record);
    }

    fn find(&self, id: &str) -> Option<Arc<Record>> {
        self.records().iter().rev().find(|record| record.id == id).cloned()
    }

    fn newest(&self, count: usize) -> Vec<Arc<Record>> {
        self.records().iter().rev().take(count).cloned().collect()
    }
}

/// What the ledger keeps besides a record.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// What links it to others.
    pub(crate) digest: Option<Digest>,
    /// What was said.
    pub(crate) bodies: Option<Bodies>,
    /// What it took of its budgets.
    pub(crate) booked: Vec<Claim>,
}

/// Journal, ledger, statistics and metrics together.
pub(crate) struct Books {
    journal: Box<dyn Journal>,
    ledger: Option<Arc<Ledger>>,
    observer: Option<Arc<dyn Observer>>,
    /// Records that the ledger did not take.
    unrecorded: AtomicU64,
    /// Whether it did not take the last one.
    closed: AtomicBool,
    statistics: Mutex<Statistics>,
    metrics: Metrics,
    labels: Mutex<KnownLabels>,
}

impl Books {
    pub(crate) fn new(journal: Box<dyn Journal>, services: &Services) -> Self {
        Books {
            journal,
            ledger: services.ledger.clone(),
            observer: services.observer.clone(),
            unrecorded: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            statistics: Mutex::default(),
            metrics: Metrics::new(),
            labels: Mutex::default(),
        }
    }

    /// Writes down an exchange that has ended; `began` is when its head was read.
    pub(crate) fn close(&self, mut record: Record, began: Instant, kept: Kept) {
        record.duration_ms = millis(began.elapsed());
        if record.cause == Cause::Running {
            record.cause = Cause::Completed;
        }
        {
            let mut labels = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
            let labels = labels.of(&record);
            self.metrics.count(&record, &labels);
            self.statistics.lock().unwrap_or_else(PoisonError::into_inner).count(&record, &labels);
        }
        tracing::info!(
            id = record.id,
            status = record.status,
            cause = ?record.cause,
            endpoint = record.endpoint,
            model = record.model,
            key = record.key.as_ref().map(|key| key.name.as_str()),
            provider = record.provider.as_deref().unwrap_or("-"),
            duration_ms = record.duration_ms,
            error = record.error.as_deref().map(crate::mask::mask),
            "exchange"
        );
        record.shorten();
        self.keep(&record, kept);
        live::tell(self.observer.as_deref(), Phase::Ended, &record);
        self.journal.append(Arc::new(record));
    }

    /// Appends a record to the ledger's journal: when this returns, it survives a `kill -9`.
    fn keep(&self, record: &Record, kept: Kept) {
        let Some(ledger) = &self.ledger else { return };
        let Kept { digest, bodies, booked } = kept;
        let entry = Entry { exchange: record.into(), digest, bodies, booked };
        let error = match ledger.append(&entry) {
            Ok(()) => {
                if self.closed.swap(false, Ordering::Relaxed) {
                    tracing::info!("exchanges are recorded again");
                }
                return;
            }
            Err(error) => error,
        };
        self.unrecorded.fetch_add(1, Ordering::Relaxed);
        if !self.closed.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, id = record.id, "an exchange is not recorded");
        }
    }

    /// Whether exchanges are kept beyond this process.
    pub(crate) fn has_ledger(&self) -> bool {
        self.ledger.is_some()
    }

    /// Whether the ledger did not take the last record, so that the next would be lost as well. Each refused request
    /// is a try whether it takes records again.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    pub(crate) fn find(&self, id: &str) -> Option<Arc<Record>> {
        self.journal.find(id)
    }

    pub(crate) fn newest(&self, count: usize) -> Vec<Arc<Record>> {
        self.journal.newest(count)
    }

    pub(crate) fn statistics(&self) -> serde_json::Value {
        self.statistics.lock().unwrap_or_else(PoisonError::into_inner).to_json()
    }

    pub(crate) fn metrics(&self, running: u64, waiting: Waiting) -> String {
        let unrecorded = self.unrecorded.load(Ordering::Relaxed);
        let status = self.ledger.as_ref().map(|ledger| ledger.status());
        self.metrics.render(running, waiting, status.as_ref(), unrecorded)
    }
}
