//! Waiting until all that has happened so far was told.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Control, Stopped};

/// Tickets that are asked for and, in their order, passed.
#[derive(Debug, Default)]
pub(super) struct Fence {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    asked: u64,
    passed: u64,
    over: bool,
}

impl Fence {
    /// Waits until a ticket of its own has passed; `false`: nobody passes tickets any more. `wake` is called once the
    /// ticket is asked for.
    pub(super) fn wait(&self, control: &Control, wake: impl FnOnce()) -> Result<bool, Stopped> {
        let mut state = self.lock();
        state.asked += 1;
        let ticket = state.asked;
        drop(state);
        wake();
        let mut state = self.lock();
        while state.passed < ticket {
            if state.over {
                return Ok(false);
            }
            control.check()?;
            // Without a deadline nearly for ever.
            let pause = control.remaining().unwrap_or(Duration::from_secs(3600));
            let waited = self.changed.wait_timeout(state, pause);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(true)
    }

    /// The last ticket asked for, where it has not passed. What happened before it was asked for can be heard now.
    pub(super) fn asked(&self) -> Option<u64> {
        let state = self.lock();
        (state.asked > state.passed).then_some(state.asked)
    }

    /// Lets `ticket` pass, and those before it.
    pub(super) fn pass(&self, ticket: u64) {
        self.lock().passed = ticket;
        self.changed.notify_all();
    }

    /// No ticket passes any more.
    pub(super) fn end(&self) {
        self.lock().over = true;
        self.changed.notify_all();
    }

    /// Lets those that wait look at their [`Control`]. Under the lock: who has looked and not yet begun to wait would
    /// miss it.
    pub(super) fn stir(&self) {
        let _state = self.lock();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
