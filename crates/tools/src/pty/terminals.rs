//! All terminals of a caller, and the thread that watches them.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use super::poller::{Arrival, Poller};
use super::session::{Owner, Session};
use super::{Pty, PtyError, PtyEvent, PtyInfo, PtyOptions, PtyOutput, PtyStatus, Taken, opening};
use crate::limits::PtyLimits;
use crate::process::Waker;
use crate::{Limits, Workspace};

/// Terminals with one thread for all of them. Dropping it closes them all, without a moment's grace.
#[derive(Debug)]
pub struct Terminals {
    engine: Arc<Engine>,
    limits: PtyLimits,
    thread: Option<JoinHandle<()>>,
}

/// What the thread and the callers share.
pub(super) struct Engine {
    waker: Waker,
    pub(super) on_event: Box<dyn Fn(PtyEvent) + Send + Sync>,
    pub(super) arrivals: Mutex<Vec<Arrival>>,
    sessions: Mutex<BTreeMap<u64, Listed>>,
    next: AtomicU64,
    pub(super) ending: AtomicBool,
    thread: OnceLock<ThreadId>,
}

/// A terminal that is not deleted yet, and its owner if somebody holds one.
#[derive(Debug)]
struct Listed {
    session: Arc<Session>,
    owner: Weak<Owner>,
}

impl Terminals {
    /// Starts the thread. `on_event` is called on the thread where something happens; it must be short.
    ///
    /// # Errors
    ///
    /// [`PtyError::System`] when there are no threads or descriptors left.
    pub fn new(
        limits: &Limits,
        on_event: impl Fn(PtyEvent) + Send + Sync + 'static,
    ) -> Result<Self, PtyError> {
        let failed =
            |source| PtyError::System { doing: "starting the thread of terminals", source };
        let engine = Arc::new(Engine {
            waker: Waker::new().map_err(failed)?,
            on_event: Box::new(on_event),
            arrivals: Mutex::default(),
            sessions: Mutex::default(),
            next: AtomicU64::new(1),
            ending: AtomicBool::new(false),
            thread: OnceLock::new(),
        });
        let poller = Poller::new(Arc::clone(&engine), &limits.pty);
        let served = Arc::clone(&engine);
        let serve = move || {
            // Only a callback can panic. Unwinding has killed the programs; those who wait must hear of it.
            if catch_unwind(AssertUnwindSafe(|| poller.run())).is_err() {
                served.abandon();
            }
        };
        let thread = thread::Builder::new().name("terminals".to_owned());
        let thread = thread.spawn(serve).map_err(failed)?;
        let _ = engine.thread.set(thread.thread().id());
        Ok(Self { engine, limits: limits.pty.clone(), thread: Some(thread) })
    }

    /// Starts a program in a new terminal. `on_output` gets what it prints, on the thread of the terminals; it must be
    /// short, and may answer [`Taken::Later`] so that reading pauses when it cannot keep up.
    ///
    /// # Errors
    ///
    /// [`PtyError`]; nothing is left then.
    pub fn open(
        &self,
        workspace: &Workspace,
        options: &PtyOptions,
        on_output: impl FnMut(PtyOutput<'_>) -> Taken + Send + 'static,
    ) -> Result<Pty, PtyError> {
        let limit = self.limits.terminals;
        if self.engine.sessions().len() as u64 >= limit {
            return Err(PtyError::TooMany { limit });
        }
        if self.engine.ending.load(Ordering::SeqCst) {
            let source = io::Error::other("their thread has ended: a callback of theirs panicked");
            return Err(PtyError::System { doing: "opening one more terminal", source });
        }
        let opened = opening::open(workspace, options)?;
        let info = PtyInfo {
            id: self.engine.next.fetch_add(1, Ordering::Relaxed),
            pid: opened.running.pid().as_raw_pid().unsigned_abs(),
            title: options.title.clone().unwrap_or_else(|| opened.command.clone()),
            command: opened.command,
            args: opened.args,
            cwd: opened.cwd,
            size: options.size,
            status: PtyStatus::Running,
        };
        let master = Arc::new(opened.master);
        let tree = opened.running.tree().clone();
        let (text, limits) = (options.text, self.limits.clone());
        let shared = Arc::clone(&master);
        let session = Arc::new(Session::new(info.clone(), shared, tree, text, limits));
        let owner =
            Arc::new(Owner { session: Arc::clone(&session), engine: Arc::clone(&self.engine) });
        let listed = Listed { session: Arc::clone(&session), owner: Arc::downgrade(&owner) };
        self.engine.sessions().insert(info.id, listed);
        (self.engine.on_event)(PtyEvent::Created { info });
        let arrival = Arrival::new(session, master, opened.running, Box::new(on_output));
        self.engine.arrivals.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
        self.engine.wake();
        if self.engine.ending.load(Ordering::SeqCst) {
            // The thread ended meanwhile.
            self.engine.abandon();
        }
        Ok(Pty(owner))
    }

    /// All that are not closed, oldest first; those whose program has ended as well.
    pub fn list(&self) -> Vec<PtyInfo> {
        self.engine.sessions().values().map(|one| one.session.lock().info.clone()).collect()
    }

    /// The terminal of that number, if it is held by somebody and not closed.
    pub fn get(&self, id: u64) -> Option<Pty> {
        let owner = self.engine.sessions().get(&id)?.owner.upgrade()?;
        Some(Pty(owner))
    }

    /// Closes those that printed nothing and were given nothing for `idle`, and gives their numbers. It does not wait
    /// for them.
    pub fn cleanup_idle(&self, idle: Duration) -> Vec<u64> {
        let now = Instant::now();
        let mut closed = Vec::new();
        for (id, listed) in self.engine.sessions().iter() {
            let mut state = listed.session.lock();
            if !state.closing && now.saturating_duration_since(state.active) >= idle {
                state.closing = true;
                closed.push(*id);
            }
        }
        self.engine.wake();
        closed
    }
}

impl Drop for Terminals {
    fn drop(&mut self) {
        self.engine.ending.store(true, Ordering::SeqCst);
        self.engine.wake();
        // Dropped by a callback it is left to itself: a thread cannot wait for its own end.
        if let Some(thread) = self.thread.take().filter(|_| !self.engine.is_current_thread()) {
            let _ = thread.join();
        }
    }
}

impl Engine {
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    pub(super) fn waker(&self) -> &Waker {
        &self.waker
    }

    pub(super) fn is_current_thread(&self) -> bool {
        self.thread.get() == Some(&thread::current().id())
    }

    /// Takes a terminal off the list.
    pub(super) fn delete(&self, id: u64) {
        self.sessions().remove(&id);
    }

    /// Takes all terminals off the list when there is no thread any more to serve them.
    fn abandon(&self) {
        self.ending.store(true, Ordering::SeqCst);
        // One that was never served has its program still.
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clear();
        for listed in std::mem::take(&mut *self.sessions()).into_values() {
            let mut state = listed.session.lock();
            (state.closing, state.deleted) = (true, true);
            (state.master, state.tree) = (None, None);
            if state.info.status == PtyStatus::Running {
                state.info.status = PtyStatus::Exited { exit_code: None, signal: None };
            }
            drop(state);
            listed.session.notify();
        }
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<u64, Listed>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("sessions", &self.sessions()).finish_non_exhaustive()
    }
}
