use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// What a fake server takes for the present: the system's time or the test's, and how wrong it is.
pub(crate) struct ServerClock {
    state: Mutex<State>,
}

struct State {
    source: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    /// Seconds ahead of the source; negative: behind it.
    ahead: i64,
}

impl ServerClock {
    pub(crate) fn system() -> Self {
        Self { state: Mutex::new(State { source: Arc::new(SystemTime::now), ahead: 0 }) }
    }

    pub(crate) fn set(&self, source: impl Fn() -> SystemTime + Send + Sync + 'static) {
        self.lock().source = Arc::new(source);
    }

    pub(crate) fn set_skew_seconds(&self, ahead: i64) {
        self.lock().ahead = ahead;
    }

    pub(crate) fn now(&self) -> SystemTime {
        let (source, ahead) = {
            let state = self.lock();
            (Arc::clone(&state.source), state.ahead)
        };
        let skew = Duration::from_secs(ahead.unsigned_abs());
        if ahead < 0 { source() - skew } else { source() + skew }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
