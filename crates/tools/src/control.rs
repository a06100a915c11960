//! How a call is stopped from outside: a deadline and a cancel token.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bounds one call from outside. Cheap to clone; the clones share the cancel token.
///
/// Every tool asks [`Control::check`] at least once per thousand entries it visits and before each step that cannot be
/// taken back. What a stopped call leaves behind is said at each tool: a search gives what it has found, a write has
/// happened whole or not at all.
#[derive(Debug, Clone, Default)]
pub struct Control {
    deadline: Option<Instant>,
    cancel: Cancel,
}

impl Control {
    /// No deadline, and a token nobody else holds.
    pub fn unbounded() -> Self {
        Self::default()
    }

    /// Stops after `time` from now.
    pub fn within(time: Duration) -> Self {
        Self::default().and_within(time)
    }

    /// Stops when `cancel` is cancelled.
    pub fn cancelled_by(cancel: Cancel) -> Self {
        Self { deadline: None, cancel }
    }

    /// The same, and not longer than `time` from now: the earlier of two deadlines holds.
    #[must_use]
    pub fn and_within(mut self, time: Duration) -> Self {
        // A time too long for the clock is no deadline.
        if let Some(new) = Instant::now().checked_add(time) {
            self.deadline = Some(self.deadline.map_or(new, |old| old.min(new)));
        }
        self
    }

    /// `Err` once the call is to stop; cancelling goes before the deadline.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Stopped::DeadlinePassed),
            _ => Ok(()),
        }
    }

    /// Until when the call may run.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How long the call may still run; `None`: as long as it likes.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The token, for what waits in the kernel and must be woken.
    pub fn cancel_token(&self) -> &Cancel {
        &self.cancel
    }
}

/// Why a call stopped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// Somebody cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// Its time was up.
    #[error("the deadline has passed")]
    DeadlinePassed,
}

impl Stopped {
    /// `cancelled` or `deadline`, the codes every tool shares.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::DeadlinePassed => "deadline",
        }
    }
}

/// A token that stops calls. Clones are the same token; once cancelled it stays so.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Shared>);

#[derive(Default)]
struct Shared {
    cancelled: AtomicBool,
    wakers: Mutex<Wakers>,
}

#[derive(Default)]
struct Wakers {
    next: u64,
    waiting: BTreeMap<u64, Box<dyn FnOnce() + Send>>,
}

impl Cancel {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops all calls that hold this token, and wakes those that wait. Later calls do nothing.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        let waiting = std::mem::take(&mut self.wakers().waiting);
        for wake in waiting.into_values() {
            wake();
        }
    }

    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Calls `wake` once, on the cancelling thread, when the token is cancelled; at once when it already is. Dropping
    /// the registration takes it back. `wake` must be short and must not use this token.
    pub fn on_cancel(&self, wake: impl FnOnce() + Send + 'static) -> Registration {
        let id = {
            let mut wakers = self.wakers();
            // Asked under the lock: a cancel between the question and the entry would be missed.
            if !self.is_cancelled() {
                wakers.next += 1;
                let id = wakers.next;
                wakers.waiting.insert(id, Box::new(wake));
                return Registration { cancel: self.clone(), id };
            }
            wakers.next
        };
        wake();
        Registration { cancel: self.clone(), id }
    }

    fn wakers(&self) -> std::sync::MutexGuard<'_, Wakers> {
        self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.is_cancelled()).finish()
    }
}

/// Keeps a waker with its [`Cancel`]; dropping it takes the waker back.
#[must_use = "dropping it takes the waker back"]
#[derive(Debug)]
pub struct Registration {
    cancel: Cancel,
    id: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        // Taken out under the lock, dropped outside it: what the waker owns may be anything.
        let waker = self.cancel.wakers().waiting.remove(&self.id);
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn the_earlier_deadline_holds() {
        let control = Control::within(Duration::from_secs(1000)).and_within(Duration::ZERO);
        assert_eq!(control.check(), Err(Stopped::DeadlinePassed));
        let control = Control::within(Duration::ZERO).and_within(Duration::from_secs(1000));
        assert_eq!(control.check(), Err(Stopped::DeadlinePassed));
        assert_eq!(Control::within(Duration::MAX).check(), Ok(()));
    }

    #[test]
    fn cancelling_goes_before_the_deadline() {
        let control = Control::within(Duration::ZERO);
        control.cancel_token().cancel();
        assert_eq!(control.clone().check(), Err(Stopped::Cancelled));
    }

    #[test]
    fn a_waker_is_called_once_late_or_early_and_not_after_it_was_taken_back() {
        let count = Arc::new(AtomicU32::new(0));
        let wake = || {
            let count = Arc::clone(&count);
            move || {
                count.fetch_add(1, Ordering::SeqCst);
            }
        };
        let cancel = Cancel::new();
        drop(cancel.on_cancel(wake()));
        let _kept = cancel.on_cancel(wake());
        cancel.cancel();
        cancel.cancel();
        assert_eq!(count.load(Ordering::SeqCst), 1);
        let _late = cancel.on_cancel(wake());
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}
