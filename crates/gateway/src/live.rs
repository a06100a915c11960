//! What others see of exchanges while they run.
//!
//! The gateway tells one [`Observer`], which must not keep it waiting, and knows nothing of what becomes of it.

use crate::exchange::Record;
use ironbridge_ledger::Exchange;
use std::fmt::Debug;
use std::time::Duration;
use tokio::time::Instant;

/// Who is told of exchanges as they go.
pub trait Observer: Debug + Send + Sync {
    /// Takes note of an exchange as far as it has come. Called on the relay's own threads: it must be done within
    /// microseconds and never wait.
    fn observe(&self, phase: Phase, exchange: &Exchange);
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Read, and not answered yet: it waits for a limit or for its provider.
    Waiting,
    /// Its model reasons.
    Thinking,
    /// Its reply is on the way.
    Streaming,
    /// It is over; status and cause say how.
    Ended,
}

/// How often the progress of one stream is told at most.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(250);

/// When the progress of one stream was told last, and which.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    told: Option<(Phase, Instant)>,
}

impl Progress {
    /// Whether `phase` is to be told now: at once where it is another one, else at intervals.
    pub(crate) fn is_due(&mut self, phase: Phase, now: Instant) -> bool {
        let is_due = self
            .told
            .is_none_or(|(told, at)| told != phase || now.duration_since(at) >= PROGRESS_INTERVAL);
        if is_due {
            self.told = Some((phase, now));
        }
        is_due
    }
}

/// Tells `observer`, where there is one.
pub(crate) fn tell(observer: Option<&dyn Observer>, phase: Phase, record: &Record) {
    if let Some(observer) = observer {
        observer.observe(phase, &Exchange::from(record));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_phase_is_told_at_once_and_the_same_one_at_intervals() {
        let (mut progress, start) = (Progress::default(), Instant::now());
        let mut at = |phase, millis| progress.is_due(phase, start + Duration::from_millis(millis));
        assert!(at(Phase::Thinking, 0));
        assert!(!at(Phase::Thinking, 249));
        assert!(at(Phase::Streaming, 249));
        assert!(!at(Phase::Streaming, 498));
        assert!(at(Phase::Streaming, 499));
    }
}
