//! The spacing of starts (`interval`, `wait`): part of room three.
//!
//! Every request that makes a model work gets a start of its own, at least the interval after the one before it. With
//! `wait` the requests wait for theirs in the order they came; without, one that comes too early is refused.

use ironbridge_limit::{Interval, RetryAfter, Slot};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The longest that a request waits for its start. The official SDKs give a request up after ten minutes.
pub(crate) const START_WAIT_MAX: Duration = Duration::from_secs(300);

/// Hands out starts.
#[derive(Debug)]
pub(crate) struct Pace {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    interval: Interval,
    waiting: usize,
}

impl Pace {
    /// Starts at least `spacing` apart; `None`: whenever they come.
    pub(crate) fn new(spacing: Option<Duration>) -> Self {
        let interval = Interval::new(spacing.unwrap_or_default());
        Pace { state: Mutex::new(State { interval, waiting: 0 }) }
    }

    /// Applies a changed spacing, counted from the last start. Who waits keeps its start.
    pub(crate) fn set_spacing(&self, spacing: Option<Duration>) {
        self.state().interval.set_spacing(spacing.unwrap_or_default());
    }

    /// How many requests wait for their start.
    pub(crate) fn waiting(&self) -> usize {
        self.state().waiting
    }

    /// Waits for this request's start, at most `wait_max`, and says how long it took. Cancel safe: who leaves gives its
    /// start back.
    pub(crate) async fn start(&self, wait_max: Duration) -> Result<Duration, RetryAfter> {
        let now = Instant::now();
        let slot = self.state().interval.reserve(now.into_std(), wait_max)?;
        let wait = slot.wait(now.into_std());
        if !wait.is_zero() {
            let mut turn = Turn::begin(self, slot);
            tokio::time::sleep(wait).await;
            turn.slot = None;
        }
        Ok(wait)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that waits for its start.
struct Turn<'a> {
    pace: &'a Pace,
    /// `None` once it is used.
    slot: Option<Slot>,
}

impl<'a> Turn<'a> {
    fn begin(pace: &'a Pace, slot: Slot) -> Self {
        pace.state().waiting += 1;
        Turn { pace, slot: Some(slot) }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.pace.state();
        state.waiting -= 1;
        if let Some(slot) = self.slot.take() {
            state.interval.release(slot, Instant::now().into_std());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Pace, START_WAIT_MAX};
    use futures_util::FutureExt;
    use ironbridge_limit::RetryAfter;
    use std::time::Duration;
    use tokio::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn waiters_start_in_order_one_per_interval() {
        let (pace, began) = (Pace::new(Some(SECOND * 2)), Instant::now());
        let starts = (0..4).map(|number| {
            pace.start(START_WAIT_MAX).map(move |waited| (number, waited, began.elapsed()))
        });
        let starts = futures_util::future::join_all(starts).await;
        for (number, waited, elapsed) in starts {
            assert_eq!(waited, Ok(SECOND * 2 * number));
            assert!(elapsed >= SECOND * 2 * number, "{number}: {elapsed:?}");
        }
        assert_eq!(pace.waiting(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_gives_its_start_back() {
        let pace = Pace::new(Some(SECOND * 10));
        assert_eq!(pace.start(START_WAIT_MAX).await, Ok(Duration::ZERO));
        let mut leaver = Box::pin(pace.start(START_WAIT_MAX));
        assert!(leaver.as_mut().now_or_never().is_none());
        assert_eq!(pace.waiting(), 1);
        drop(leaver);
        assert_eq!(pace.waiting(), 0);
        assert_eq!(pace.start(START_WAIT_MAX).await, Ok(SECOND * 10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_over_the_limit_is_refused_with_its_length() {
        let pace = Pace::new(Some(SECOND * 7));
        assert_eq!(pace.start(Duration::ZERO).await, Ok(Duration::ZERO));
        assert_eq!(pace.start(Duration::ZERO).await, Err(RetryAfter::Wait(SECOND * 7)));
        pace.set_spacing(None);
        assert_eq!(pace.start(Duration::ZERO).await, Ok(Duration::ZERO));
    }
}
