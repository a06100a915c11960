//! A time-out that is put off again and again, once per chunk of a stream, and hardly ever comes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// A moment that can be moved for the price of a store.
///
/// Moving a tokio timer takes the lock of the wheel and a place in it. Here the timer stays where it is; when it fires
/// too early, it is set to the moment that counts by then. Nor is a timer asked again by the one whom it will wake.
#[derive(Debug)]
pub struct Deadline {
    at: Instant,
    /// Set when somebody first waits, with who that was.
    timer: Option<(Pin<Box<Sleep>>, Waker)>,
}

impl Deadline {
    /// The moment `time` from now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        Deadline { at: Instant::now() + time, timer: None }
    }

    /// Moves it. It may come later than before, never earlier than the timer that already runs: an earlier moment is
    /// only noticed when that one fires.
    pub fn move_to(&mut self, at: Instant) {
        self.at = at;
    }

    /// Ready once the moment has come. It must be polled within a tokio runtime that has time.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let at = self.at;
        let (timer, waiter) = self
            .timer
            .get_or_insert_with(|| (Box::pin(tokio::time::sleep_until(at)), Waker::noop().clone()));
        if waiter.will_wake(cx.waker()) && Instant::now() < timer.deadline() {
            return Poll::Pending;
        }
        loop {
            if timer.as_mut().poll(cx).is_pending() {
                waiter.clone_from(cx.waker());
                return Poll::Pending;
            }
            if timer.deadline() >= self.at {
                return Poll::Ready(());
            }
            timer.as_mut().reset(self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[tokio::test(start_paused = true)]
    async fn it_comes_at_the_last_moment_it_was_moved_to() {
        let start = Instant::now();
        let mut deadline = Deadline::after(Duration::from_secs(1));
        let first = poll_fn(|cx| Poll::Ready(deadline.poll(cx).is_pending()));
        assert!(first.await);
        deadline.move_to(start + Duration::from_secs(5));
        poll_fn(|cx| deadline.poll(cx)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(5));
        deadline.move_to(start + Duration::from_secs(7));
        poll_fn(|cx| deadline.poll(cx)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(7));
    }
}
