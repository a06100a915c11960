//! Time as what lives long reads it: a token, a login.
//!
//! Two clocks are read together, because each is wrong in its own way: the monotonic one stands still while a laptop
//! sleeps, the wall clock is set forward and back. Tests bring a clock of their own and never wait.

use crate::credential::BoxFuture;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

/// One moment, on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Never goes back; may stand still while the machine sleeps.
    pub monotonic: Instant,
    /// Goes on while the machine sleeps; may be set by its owner.
    pub wall: SystemTime,
}

impl Moment {
    /// How long ago `earlier` was: the longer of what the two clocks say, so that neither a sleeping machine nor a wall
    /// clock that was set back makes old things look young. A wall clock set forward makes young things look old, which
    /// costs whoever asks one renewal too many.
    #[must_use]
    pub fn since(self, earlier: Moment) -> Duration {
        let monotonic = self.monotonic.saturating_duration_since(earlier.monotonic);
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        monotonic.max(wall)
    }
}

/// Where the time comes from.
pub trait Clock: fmt::Debug + Send + Sync {
    /// This moment.
    fn now(&self) -> Moment;

    /// Ends after `time`. Cancel safe.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// The machine's own clocks. It sleeps by tokio's timer, within a tokio runtime that has time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment { monotonic: Instant::now(), wall: SystemTime::now() }
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_that_went_further_counts() {
        let second = Duration::from_secs(1);
        let start = SystemClock.now();
        let at = |monotonic, wall| Moment { monotonic: start.monotonic + monotonic, wall };
        assert_eq!(at(5 * second, start.wall + 5 * second).since(start), 5 * second);
        assert_eq!(at(second, start.wall + 3600 * second).since(start), 3600 * second, "it slept");
        assert_eq!(at(5 * second, start.wall - 3600 * second).since(start), 5 * second, "set back");
        assert_eq!(start.since(at(5 * second, start.wall + second)), Duration::ZERO);
    }
}
