//! Runs futures on the thread of Python's loop, whenever that comes by.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

/// Rounds over what is ready in one turn of the loop: what is ready still lets others of the loop go first.
const ROUNDS_MAX: usize = 16;

pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Says to the loop that something is ready, from any thread.
pub(super) type Bell = Box<dyn Fn() + Send + Sync>;

pub(super) struct Executor {
    queue: Arc<Queue>,
    tasks: Mutex<Tasks>,
}

#[derive(Default)]
struct Tasks {
    last: u64,
    /// All that have not ended, so that they can be dropped: they and their wakers hold one another.
    all: HashMap<u64, Arc<Task>>,
    closed: bool,
}

/// What wakers share.
struct Queue {
    ready: Mutex<Vec<Arc<Task>>>,
    /// The loop's thread is at it, and looks once more before it goes.
    running: AtomicBool,
    /// It was rung for since it last came.
    rung: AtomicBool,
    bell: Bell,
}

struct Task {
    number: u64,
    queue: Arc<Queue>,
    /// It is among those that are ready.
    queued: AtomicBool,
    work: Mutex<Option<Work>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let queue = Arc::clone(&self.queue);
        queue.push(self);
    }
}

impl Queue {
    fn push(&self, task: Arc<Task>) {
        if task.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        lock(&self.ready).push(task);
        // Whoever runs says that it has ended before it looks for the last time, so that one of the two sees the other.
        if !self.running.load(Ordering::SeqCst) {
            self.ring();
        }
    }

    fn ring(&self) {
        if !self.rung.swap(true, Ordering::SeqCst) {
            (self.bell)();
        }
    }
}

impl Executor {
    pub(super) fn new(bell: Bell) -> Self {
        let queue = Queue {
            ready: Mutex::default(),
            running: AtomicBool::new(false),
            rung: AtomicBool::new(false),
            bell,
        };
        Self { queue: Arc::new(queue), tasks: Mutex::default() }
    }

    /// Takes work, from any thread. After [`Self::close`] it is dropped.
    pub(super) fn spawn(&self, work: Work) {
        let task = {
            let mut tasks = lock(&self.tasks);
            if tasks.closed {
                return;
            }
            tasks.last += 1;
            let number = tasks.last;
            let (queue, queued) = (Arc::clone(&self.queue), AtomicBool::new(false));
            let task = Arc::new(Task { number, queue, queued, work: Mutex::new(Some(work)) });
            tasks.all.insert(number, Arc::clone(&task));
            task
        };
        self.queue.push(task);
    }

    /// Goes on with all that is ready. Wake-ups that come of `first`, too, cost no ring of the bell.
    pub(super) fn run(&self, first: impl FnOnce()) {
        let queue = &self.queue;
        queue.running.store(true, Ordering::SeqCst);
        first();
        // Behind `first`, which may hear the bell: who rings from here on rings anew.
        queue.rung.store(false, Ordering::SeqCst);
        for _ in 0..ROUNDS_MAX {
            let ready = std::mem::take(&mut *lock(&queue.ready));
            if ready.is_empty() {
                break;
            }
            ready.iter().for_each(|task| self.step(task));
        }
        queue.running.store(false, Ordering::SeqCst);
        if !lock(&queue.ready).is_empty() {
            queue.ring();
        }
    }

    fn step(&self, task: &Arc<Task>) {
        // First this: who wakes it while it is polled wants it polled again.
        task.queued.store(false, Ordering::Release);
        let mut work = lock(&task.work);
        let Some(future) = work.as_mut() else { return };
        let waker = Waker::from(Arc::clone(task));
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            let ended = work.take();
            drop(work);
            drop(ended);
            lock(&self.tasks).all.remove(&task.number);
        }
    }

    /// Drops all there is, and takes no more.
    pub(super) fn close(&self) {
        let all = {
            let mut tasks = lock(&self.tasks);
            tasks.closed = true;
            std::mem::take(&mut tasks.all)
        };
        for task in all.into_values() {
            let work = lock(&task.work).take();
            drop(work);
        }
        let ready = std::mem::take(&mut *lock(&self.queue.ready));
        drop(ready);
    }
}
