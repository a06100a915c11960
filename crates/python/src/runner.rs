//! The loop's thread: when it starts, how it is woken, when it ends.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use ironbridge_asgi::{Ask, Buffer, Records};
use pyo3::Python;

use crate::failure::Failure;
use crate::interpreter;
use crate::line::Line;
use crate::{listener, turn};

/// As deep as Python's own main thread: its recursion limit counts on it.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Records of one line, in the order they came.
pub(crate) struct Delivery {
    pub(crate) line: Arc<Line>,
    pub(crate) records: Vec<u8>,
    pub(crate) beside: Vec<Buffer>,
    /// Nothing of this line follows: its thread is gone.
    pub(crate) last: bool,
}

/// What other threads share with the loop's.
pub(crate) struct Runner {
    queue: Mutex<Vec<Delivery>>,
    /// A byte is in the pipe, or the loop has not looked into the queue since.
    woken: AtomicBool,
    wake: PipeWriter,
}

impl Runner {
    fn push(&self, delivery: Delivery) {
        lock(&self.queue).push(delivery);
        if !self.woken.swap(true, Ordering::AcqRel) {
            // One byte at most lies in the pipe, so that this cannot block. That it is broken means that the loop has
            // ended; whoever ends it looks into the queue afterwards.
            let _ = (&self.wake).write(&[0]);
        }
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Vec<Delivery> {
        // First the flag, then the queue: what is pushed between is woken for once more.
        self.woken.store(false, Ordering::Release);
        std::mem::take(&mut *lock(&self.queue))
    }
}

#[derive(Default)]
struct Hall {
    program: Option<String>,
    current: Option<Arc<Runner>>,
    thread: Option<JoinHandle<()>>,
    /// The last application is closed; the thread is about to end.
    finishing: bool,
}

static HALL: Mutex<Hall> =
    Mutex::new(Hall { program: None, current: None, thread: None, finishing: false });
static CHANGED: Condvar = Condvar::new();

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says which program the interpreter passes for; `false` if another one was said before.
pub(crate) fn start(program: &str) -> bool {
    let mut hall = lock(&HALL);
    hall.program.get_or_insert_with(|| program.to_owned()) == program
}

/// Hands records to the loop. It is started when they begin with a load.
pub(crate) fn deliver(delivery: Delivery) {
    let mut hall = lock(&HALL);
    let first = Records::of(&delivery.records).next().and_then(Result::ok);
    let load = first.filter(|record| Ask::of(record.kind) == Some(Ask::Load));
    if load.is_some() {
        hall.finishing = false;
        CHANGED.notify_all();
    }
    match (&hall.current, load) {
        (Some(runner), _) => runner.push(delivery),
        (None, Some(load)) => match begin(&mut hall) {
            Ok(runner) => runner.push(delivery),
            Err(error) => refuse(&delivery.line, load.connection, &Failure::Io(error)),
        },
        // For connections of a loop that has ended.
        (None, None) => {}
    }
}

fn refuse(line: &Line, call: u32, why: &Failure) {
    why.tell(line, call);
    line.notify();
}

fn begin(hall: &mut Hall) -> io::Result<Arc<Runner>> {
    let (reader, wake) = io::pipe()?;
    never_wait(&reader)?;
    let runner = Arc::new(Runner { queue: Mutex::default(), woken: AtomicBool::new(false), wake });
    let (program, own) = (hall.program.clone().unwrap_or_default(), Arc::clone(&runner));
    let builder = thread::Builder::new().name("ironbridge-py".to_owned()).stack_size(STACK_BYTES);
    hall.thread = Some(builder.spawn(move || serve(&program, &own, reader))?);
    hall.current = Some(Arc::clone(&runner));
    Ok(runner)
}

/// A forked child of an application's shares the pipe: what it takes out may not leave us waiting.
fn never_wait(reader: &PipeReader) -> io::Result<()> {
    // SAFETY: the descriptor is open, and the call takes and gives no memory.
    let set = unsafe { libc::fcntl(reader.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
    if set == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The body of the thread.
fn serve(program: &str, runner: &Arc<Runner>, reader: PipeReader) {
    interpreter::start(program);
    Python::attach(|py| turn::serve(py, runner, reader));
}

/// The last application is closed.
pub(crate) fn finish() {
    lock(&HALL).finishing = true;
}

/// Whether the thread may end now. `false`: something has come for it meanwhile.
pub(crate) fn may_end(runner: &Runner) -> bool {
    let mut hall = lock(&HALL);
    if !lock(&runner.queue).is_empty() {
        return false;
    }
    hall.current = None;
    CHANGED.notify_all();
    true
}

/// The loop cannot be had: whoever asked for something to be loaded is told why.
pub(crate) fn give_up(runner: &Runner, why: &str) {
    let why = Failure::NoLoop(why.to_owned());
    lock(&HALL).current = None;
    CHANGED.notify_all();
    for Delivery { line, records, .. } in runner.take() {
        for record in Records::of(&records).map_while(Result::ok) {
            refuse(&line, record.connection, &why);
        }
    }
}

/// Waits until the thread has ended, if it is about to, and for those of listeners that have.
pub(crate) fn rest() -> bool {
    listener::join_ended();
    let mut hall = lock(&HALL);
    while hall.finishing && hall.current.is_some() {
        hall = CHANGED.wait(hall).unwrap_or_else(PoisonError::into_inner);
    }
    if hall.current.is_some() {
        return false;
    }
    hall.finishing = false;
    let thread = hall.thread.take();
    drop(hall);
    thread.is_none_or(|thread| thread.join().is_ok())
}
