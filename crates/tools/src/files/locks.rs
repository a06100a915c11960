//! One change of a file at a time: in this process in the order of asking, and between processes by advisory locks.
//!
//! Locks of several files are taken in one order by everybody, so no two calls wait for each other.

use std::collections::{HashMap, VecDeque};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Control, Stopped, Workspace};

/// Lock files that stand for all files between them: a fixed number, so that they do not pile up. Two files that share
/// one wait for each other for the milliseconds of a change.
const LOCK_FILES: u16 = 256;
/// Between two questions for a lock that another process holds; the kernel's own waiting cannot be cut short.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(16);

/// The locks of some files, until it is dropped.
#[derive(Debug)]
pub(super) struct FileLocks {
    paths: Vec<PathBuf>,
    // Declared in this order: other processes may go on before other threads do.
    _between_processes: Vec<File>,
    _in_process: Vec<Turn>,
}

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum LockError {
    Stopped(Stopped),
    /// The lock file at this path cannot be used.
    File(PathBuf, io::Error),
}

impl FileLocks {
    /// Waits until nobody else holds the lock of any of `paths`, which are resolved.
    pub(super) fn take(
        workspace: &Workspace,
        mut paths: Vec<PathBuf>,
        control: &Control,
    ) -> Result<Self, LockError> {
        paths.sort_unstable();
        paths.dedup();
        let in_process = paths
            .iter()
            .map(|path| Turn::wait(path, control))
            .collect::<Result<_, _>>()
            .map_err(LockError::Stopped)?;
        let between_processes = lock_files(workspace, &paths, control)?;
        Ok(Self { paths, _between_processes: between_processes, _in_process: in_process })
    }

    pub(super) fn holds(&self, path: &Path) -> bool {
        self.paths.binary_search_by(|held| held.as_path().cmp(path)).is_ok()
    }
}

fn lock_files(
    workspace: &Workspace,
    paths: &[PathBuf],
    control: &Control,
) -> Result<Vec<File>, LockError> {
    let folder = workspace
        .state_folder("locks")
        .map_err(|error| LockError::File(workspace.state().join("locks"), error))?;
    let mut numbers: Vec<u16> = paths.iter().map(|path| lock_file_number(path)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.iter().map(|number| lock_file(&folder.join(format!("{number:02x}")), control)).collect()
}

fn lock_file_number(path: &Path) -> u16 {
    let digest = blake3::hash(path.as_os_str().as_encoded_bytes());
    u16::from(digest.as_bytes().first().copied().unwrap_or(0)) % LOCK_FILES
}

fn lock_file(path: &Path, control: &Control) -> Result<File, LockError> {
    let failed = |error| LockError::File(path.to_owned(), error);
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(failed)?;
    let mut pause = FIRST_PAUSE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        rest(pause, control).map_err(LockError::Stopped)?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Waits for `time`, not longer than the call may run.
fn rest(time: Duration, control: &Control) -> Result<(), Stopped> {
    let woken = Arc::new((Mutex::new(()), Condvar::new()));
    let waker = Arc::clone(&woken);
    let _registration = control.cancel_token().on_cancel(move || {
        let _guard = waker.0.lock().unwrap_or_else(PoisonError::into_inner);
        waker.1.notify_all();
    });
    let guard = woken.0.lock().unwrap_or_else(PoisonError::into_inner);
    control.check()?;
    let time = control.remaining().map_or(time, |remaining| remaining.min(time));
    drop(woken.1.wait_timeout(guard, time).unwrap_or_else(PoisonError::into_inner));
    control.check()
}

/// Who waits for which file, the one whose turn it is first. Of the whole process: two workspaces may share a file.
static QUEUES: LazyLock<Mutex<HashMap<PathBuf, VecDeque<Arc<Condvar>>>>> =
    LazyLock::new(Mutex::default);

fn queues() -> MutexGuard<'static, HashMap<PathBuf, VecDeque<Arc<Condvar>>>> {
    QUEUES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place in the queue of a file; dropping it lets the next one go.
#[derive(Debug)]
struct Turn {
    path: PathBuf,
    me: Arc<Condvar>,
}

impl Turn {
    fn wait(path: &Path, control: &Control) -> Result<Self, Stopped> {
        let me = Arc::new(Condvar::new());
        let waker = Arc::clone(&me);
        // Before the queues are locked: a token that is cancelled already calls this at once.
        let _registration = control.cancel_token().on_cancel(move || {
            let _queues = queues();
            waker.notify_all();
        });
        let turn = Self { path: path.to_owned(), me };
        let mut queues = queues();
        queues.entry(turn.path.clone()).or_default().push_back(Arc::clone(&turn.me));
        while !turn.is_first(&queues) {
            if let Err(stopped) = control.check() {
                // Leaving the queue locks the queues.
                drop(queues);
                return Err(stopped);
            }
            queues = match control.remaining() {
                None => turn.me.wait(queues).unwrap_or_else(PoisonError::into_inner),
                Some(time) => {
                    turn.me.wait_timeout(queues, time).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        drop(queues);
        Ok(turn)
    }

    fn is_first(&self, queues: &HashMap<PathBuf, VecDeque<Arc<Condvar>>>) -> bool {
        let first = queues.get(&self.path).and_then(VecDeque::front);
        first.is_some_and(|first| Arc::ptr_eq(first, &self.me))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut queues = queues();
        let Some(queue) = queues.get_mut(&self.path) else { return };
        queue.retain(|waiting| !Arc::ptr_eq(waiting, &self.me));
        match queue.front() {
            Some(next) => next.notify_all(),
            None => {
                queues.remove(&self.path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn waiting(path: &Path) -> usize {
        queues().get(path).map_or(0, VecDeque::len)
    }

    /// Asks for the lock in a thread of its own and says which it was, and whether it came.
    fn ask(
        number: usize,
        control: Control,
        answers: &mpsc::Sender<(usize, bool)>,
    ) -> std::thread::JoinHandle<()> {
        let answers = answers.clone();
        std::thread::spawn(move || {
            let turn = Turn::wait(Path::new(PATH), &control);
            answers.send((number, turn.is_ok())).expect("the test listens");
        })
    }

    const PATH: &str = "/a file of this test alone";

    /// Who asks first goes first, who is cancelled leaves the queue, and an empty queue is forgotten.
    #[test]
    fn turns_are_taken_in_the_order_of_asking() {
        let path = Path::new(PATH);
        let first = Turn::wait(path, &Control::unbounded()).expect("free");
        let (send, answers) = mpsc::channel();
        let cancelled = Control::unbounded();
        let mut threads = Vec::new();
        for number in 0..6 {
            let control = if number == 2 { cancelled.clone() } else { Control::unbounded() };
            threads.push(ask(number, control, &send));
            while waiting(path) < number + 2 {
                std::thread::yield_now();
            }
        }
        cancelled.cancel_token().cancel();
        assert_eq!(answers.recv(), Ok((2, false)));
        drop(first);
        let order: Vec<_> = (0..5).filter_map(|_| answers.recv().ok()).collect();
        assert_eq!(order, [0, 1, 3, 4, 5].map(|number| (number, true)));
        for thread in threads {
            thread.join().expect("it ended");
        }
        assert_eq!(waiting(path), 0);
    }

    #[test]
    fn waiting_ends_at_the_deadline() {
        let path = Path::new("/another file of this test alone");
        let _held = Turn::wait(path, &Control::unbounded()).expect("free");
        let stopped = Turn::wait(path, &Control::within(Duration::from_millis(5)));
        assert_eq!(stopped.expect_err("it is held"), Stopped::DeadlinePassed);
        assert_eq!(waiting(path), 1);
    }
}
