//! What is still to be walked: folders, and parts of large folders. Last in, first out, so that the queue stays short.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::listing::Listing;
use super::worker::{Ancestor, Base, Visited};
use crate::Location;
use crate::search::rules::Rules;

/// Jobs that wait before further threads are worth their start.
const CROWDED: usize = 4;

/// One piece of work.
pub(super) enum Job {
    Folder(FolderJob),
    Part(PartJob),
}

/// A folder to open.
pub(super) struct FolderJob {
    /// From the topmost folder whose rules count.
    pub(super) path: PathBuf,
    pub(super) base: Arc<Base>,
    /// Where it is, for a link that is followed.
    pub(super) link: Option<Box<Location>>,
    pub(super) depth: usize,
    /// `None`: what lies beneath is judged by no rule.
    pub(super) rules: Option<Arc<Rules>>,
    /// Everything beneath counts as ignored.
    pub(super) ignored: bool,
    /// The folders it lies in; kept only where links are followed.
    pub(super) ancestors: Option<Arc<Ancestor>>,
}

/// Some of the entries of a folder that is open already.
pub(super) struct PartJob {
    pub(super) folder: Arc<Visited>,
    pub(super) listing: Arc<Listing>,
    pub(super) range: Range<usize>,
}

/// Shared by all threads of a walk.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: Vec<Job>,
    deferred: Vec<Job>,
    working: usize,
    stopped: bool,
}

impl Queue {
    pub(super) fn push(&self, job: Job) {
        self.state().jobs.push(job);
        self.changed.notify_one();
    }

    /// For when everything else is done.
    pub(super) fn defer(&self, job: Job) {
        self.state().deferred.push(job);
    }

    pub(super) fn push_all(&self, jobs: &mut Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        self.state().jobs.append(jobs);
        self.changed.notify_all();
    }

    /// Work for one thread; waits while others may still bring some. `None`: there will be no more. Between this and
    /// [`Queue::done`] the thread counts as working.
    pub(super) fn take(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if state.stopped {
                return None;
            }
            if let Some(job) = state.jobs.pop() {
                state.working += 1;
                return Some(job);
            }
            if state.working == 0 {
                if state.deferred.is_empty() {
                    drop(state);
                    self.changed.notify_all();
                    return None;
                }
                state.jobs = std::mem::take(&mut state.deferred);
                continue;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn done(&self) {
        let mut state = self.state();
        state.working -= 1;
        if state.working == 0 && state.jobs.is_empty() {
            drop(state);
            self.changed.notify_all();
        }
    }

    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.state().jobs.len() >= CROWDED
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
