//! The threads that work is done on, away from JavaScript's.
//!
//! Two lanes. What keeps a processor or a disk busy shares a few threads; what mostly waits (a command, a lock) gets as
//! many as it needs, up to a bound, so that ten `sleep 60` do not keep a `readFile` waiting as they would in libuv's pool of
//! four. Threads come when they are needed and go when they have been idle for a while; the pool is shared by all
//! JavaScript threads of the process.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a thread without work stays.
const IDLE_TIME: Duration = Duration::from_secs(10);
/// The fewest threads that may be busy, on however small a machine.
const BUSY_THREADS_MIN: usize = 4;
/// The most calls that wait at once; further ones queue.
const WAITING_THREADS: usize = 256;
/// The parser of shell commands and the walks go deep; what a main thread has is enough for them.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Where a call belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// It computes, reads or writes.
    Busy,
    /// It mostly waits for others.
    Waiting,
}

type Job = Box<dyn FnOnce() + Send>;

/// A job in a queue, which may be taken back until a thread has begun it.
#[derive(Clone)]
pub(crate) struct Ticket(Arc<Mutex<Option<Job>>>);

impl Ticket {
    fn new(job: Job) -> Self {
        Self(Arc::new(Mutex::new(Some(job))))
    }

    /// Takes the job back, and drops it with what it holds; `false`: a thread has begun it.
    pub(crate) fn withdraw(&self) -> bool {
        self.take().is_some()
    }

    fn take(&self) -> Option<Job> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Ticket>,
    threads: usize,
    idle: usize,
}

/// One lane's threads and what they have to do.
struct Crew {
    queue: Mutex<Queue>,
    work: Condvar,
    threads_max: usize,
}

impl Crew {
    fn new(threads_max: usize) -> Self {
        Self { queue: Mutex::default(), work: Condvar::new(), threads_max }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&'static self, job: Ticket) -> Result<(), std::io::Error> {
        let mut queue = self.queue();
        queue.jobs.push_back(job);
        if queue.jobs.len() <= queue.idle || queue.threads >= self.threads_max {
            drop(queue);
            self.work.notify_one();
            return Ok(());
        }
        queue.threads += 1;
        // Under the lock: the job is taken back below only because nobody else can have taken it.
        let builder = thread::Builder::new().name("ironbridge".to_owned()).stack_size(STACK_BYTES);
        match builder.spawn(|| self.work_off()) {
            Ok(_) => Ok(()),
            Err(error) => {
                queue.threads -= 1;
                // Others will come to it.
                if queue.threads > 0 {
                    return Ok(());
                }
                queue.jobs.pop_back();
                Err(error)
            }
        }
    }

    fn work_off(&self) {
        let mut queue = self.queue();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                if let Some(job) = job.take() {
                    job();
                }
                queue = self.queue();
                continue;
            }
            queue.idle += 1;
            let waited = self.work.wait_timeout(queue, IDLE_TIME);
            let (woken, time) = waited.unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            queue.idle -= 1;
            if time.timed_out() && queue.jobs.is_empty() {
                queue.threads -= 1;
                return;
            }
        }
    }
}

/// Has `job` done on a thread of `lane`. It must not panic. Until a thread begins it, it may be withdrawn.
///
/// # Errors
///
/// When there is no thread and none can be had.
pub(crate) fn submit(lane: Lane, job: impl FnOnce() + Send + 'static) -> std::io::Result<Ticket> {
    static BUSY: OnceLock<Crew> = OnceLock::new();
    static WAITING: OnceLock<Crew> = OnceLock::new();
    let crew = match lane {
        Lane::Busy => BUSY.get_or_init(|| Crew::new(busy_threads())),
        Lane::Waiting => WAITING.get_or_init(|| Crew::new(WAITING_THREADS)),
    };
    let ticket = Ticket::new(Box::new(job));
    crew.add(ticket.clone())?;
    Ok(ticket)
}

fn busy_threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from).max(BUSY_THREADS_MIN)
}
