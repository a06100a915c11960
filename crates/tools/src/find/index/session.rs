//! Answers that come while somebody types.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::super::narrow::Narrowing;
use super::{Found, Inner};
use crate::{Cancel, Control};

/// While the walk runs, the same query is answered anew no more often than this.
const TICK: Duration = Duration::from_millis(10);

/// An answer of a [`Session`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// What was asked.
    pub query: String,
    /// The best, best first.
    pub found: Vec<Found>,
    /// The walk is over, so this is the whole answer, until the tree changes.
    pub complete: bool,
}

type Callback = Box<dyn FnMut(Update) + Send>;

/// A query that changes as somebody types; see [`super::FileIndex::session`]. Dropping it ends its thread and waits for
/// it; other sessions go on.
pub struct Session {
    inner: Arc<Inner>,
    asked: Arc<Mutex<Asked>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Asked {
    query: String,
    /// Counts queries; 0: none yet.
    count: u64,
    closed: bool,
    /// Ends the search for this query once the next one comes.
    cancel: Cancel,
}

impl Session {
    pub(super) fn start(inner: Arc<Inner>, limit: usize, callback: Callback) -> Self {
        let asked = Arc::new(Mutex::new(Asked::default()));
        let answers = Answers {
            inner: Arc::clone(&inner),
            asked: Arc::clone(&asked),
            narrowing: Mutex::default(),
            limit,
            callback,
        };
        let thread = std::thread::Builder::new()
            .name("find-session".to_owned())
            .spawn(move || answers.run());
        // Without a thread there are no answers; the index itself can still be asked.
        Self { inner, asked, thread: thread.ok() }
    }

    /// Asks `query` from now on. A search that still runs for the one before is given up. A query that is too long is
    /// answered with nothing.
    pub fn set_query(&self, query: impl Into<String>) {
        {
            let mut asked = lock(&self.asked);
            asked.cancel.cancel();
            asked.cancel = Cancel::new();
            asked.query = query.into();
            asked.count += 1;
        }
        self.inner.tell();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        {
            let mut asked = lock(&self.asked);
            asked.closed = true;
            asked.cancel.cancel();
        }
        self.inner.tell();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of the callback was printed there.
            let _: std::thread::Result<()> = thread.join();
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// The thread of a session.
struct Answers {
    inner: Arc<Inner>,
    asked: Arc<Mutex<Asked>>,
    narrowing: Mutex<Narrowing>,
    limit: usize,
    callback: Callback,
}

/// What the next answer is about.
struct Turn {
    count: u64,
    version: u64,
    ready: bool,
    query: String,
    control: Control,
}

impl Answers {
    fn run(mut self) {
        let mut last: Option<Update> = None;
        let mut seen = (0, 0, false);
        let mut next_at = Instant::now();
        while let Some(turn) = self.wait(seen, next_at) {
            let Ok(found) = self.answer(&turn) else { continue };
            next_at = Instant::now() + TICK;
            let update = Update { query: turn.query, found, complete: turn.ready };
            if turn.count != seen.0 || last.as_ref() != Some(&update) {
                (self.callback)(update.clone());
                last = Some(update);
            }
            seen = (turn.count, turn.version, turn.ready);
        }
    }

    /// `Err`: overtaken by the next query.
    fn answer(&self, turn: &Turn) -> Result<Vec<Found>, ()> {
        match self.inner.search(&turn.query, self.limit, &self.narrowing, &turn.control) {
            Ok(found) => Ok(found),
            Err(super::FindError::Stopped(_)) => Err(()),
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Until there is something new to say; `None`: it is over.
    fn wait(&self, seen: (u64, u64, bool), next_at: Instant) -> Option<Turn> {
        let mut progress = self.inner.progress();
        loop {
            let asked = lock(&self.asked);
            if asked.closed || progress.closed {
                return None;
            }
            let new_query = asked.count != seen.0;
            let changed = asked.count > 0 && (progress.version, progress.ready) != (seen.1, seen.2);
            let pause = next_at.saturating_duration_since(Instant::now());
            if new_query || (changed && (progress.ready || pause.is_zero())) {
                return Some(Turn {
                    count: asked.count,
                    version: progress.version,
                    ready: progress.ready,
                    query: asked.query.clone(),
                    control: Control::cancelled_by(asked.cancel.clone()),
                });
            }
            drop(asked);
            progress = if changed {
                let waited = self.inner.changed.wait_timeout(progress, pause);
                waited.unwrap_or_else(PoisonError::into_inner).0
            } else {
                self.inner.changed.wait(progress).unwrap_or_else(PoisonError::into_inner)
            };
        }
    }
}

fn lock(asked: &Mutex<Asked>) -> MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}
