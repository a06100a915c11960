use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

/// A clock that stands still until the test advances it. Clones show the same time.
///
/// It starts at the real monotonic time, but its wall clock starts at a fixed date
/// ([`FakeClock::EPOCH`]), so that what is printed from it never changes.
#[derive(Debug, Clone)]
pub struct FakeClock {
    started: Instant,
    elapsed: watch::Sender<Duration>,
}

impl FakeClock {
    /// The wall-clock time at the start, since the Unix epoch: 2026-01-01T00:00:00Z.
    pub const EPOCH: Duration = Duration::from_secs(1_767_225_600);

    /// A clock that has not moved yet.
    pub fn new() -> Self {
        Self { started: Instant::now(), elapsed: watch::Sender::new(Duration::ZERO) }
    }

    /// The monotonic time.
    pub fn now(&self) -> Instant {
        self.started + self.elapsed()
    }

    /// The wall-clock time.
    pub fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Self::EPOCH + self.elapsed()
    }

    /// How far the clock was advanced.
    pub fn elapsed(&self) -> Duration {
        *self.elapsed.borrow()
    }

    /// Moves the time forward and wakes every sleeper whose moment came.
    pub fn advance(&self, by: Duration) {
        self.elapsed.send_modify(|elapsed| *elapsed += by);
    }

    /// Sleeps until the clock was advanced to `deadline`. Cancel safe.
    pub async fn sleep_until(&self, deadline: Instant) {
        let started = self.started;
        // An error means that every sender is gone, and `self` holds one.
        let _ = self.elapsed.subscribe().wait_for(|elapsed| started + *elapsed >= deadline).await;
    }

    /// Number of sleepers: a test waits for them before it advances.
    pub fn sleepers(&self) -> usize {
        self.elapsed.receiver_count()
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::new()
    }
}
