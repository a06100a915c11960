//! One terminal, as the caller holds it.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustix::io::Errno;

use super::opening::{resize, validate_size};
use super::terminals::Engine;
use super::{PtyBuffer, PtyError, PtyEvent, PtyInfo, PtyRead, PtySize, PtyStatus, Ring};
use crate::Control;
use crate::limits::PtyLimits;
use crate::process::{Tree, signal_from_name, whole_characters};

/// A terminal. Clones are the same one; when the last is dropped it is closed.
#[derive(Debug, Clone)]
pub struct Pty(pub(super) Arc<Owner>);

/// Closes its terminal when nobody holds it any more.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) session: Arc<Session>,
    pub(super) engine: Arc<Engine>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.session.lock().closing = true;
        self.engine.wake();
    }
}

/// What the caller and the thread of the terminals share.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: u64,
    pub(super) text: bool,
    pub(super) limits: PtyLimits,
    pub(super) state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) info: PtyInfo,
    /// Until the program has ended and all was read.
    pub(super) master: Option<Arc<OwnedFd>>,
    /// Until the program was reaped.
    pub(super) tree: Option<Tree>,
    pub(super) ring: Ring,
    read_to: u64,
    /// What the program has not read yet.
    pub(super) input: VecDeque<u8>,
    /// Output the consumer has not taken yet, in bytes.
    pub(super) untaken: u64,
    pub(super) active: Instant,
    pub(super) closing: bool,
    pub(super) deleted: bool,
}

impl Session {
    pub(super) fn new(
        info: PtyInfo,
        master: Arc<OwnedFd>,
        tree: Tree,
        text: bool,
        limits: PtyLimits,
    ) -> Self {
        let ring = Ring::new(usize::try_from(limits.ring_bytes).unwrap_or(usize::MAX));
        let state = State {
            ring,
            master: Some(master),
            tree: Some(tree),
            read_to: 0,
            input: VecDeque::new(),
            untaken: 0,
            active: Instant::now(),
            closing: false,
            deleted: false,
            info,
        };
        let id = state.info.id;
        Self { id, text, limits, state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that it has ended or is gone.
    pub(super) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Waits until `done`.
    fn wait_until(
        self: &Arc<Self>,
        control: &Control,
        done: impl Fn(&State) -> bool,
    ) -> Result<MutexGuard<'_, State>, PtyError> {
        let woken = Arc::clone(self);
        let _registration = control.cancel_token().on_cancel(move || {
            // Under the lock, so that it does not fall between the question and the waiting.
            let state = woken.lock();
            woken.notify();
            drop(state);
        });
        let mut state = self.lock();
        while !done(&state) {
            control.check()?;
            state = match control.remaining() {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        Ok(state)
    }
}

impl Pty {
    /// Its number.
    pub fn id(&self) -> u64 {
        self.0.session.id
    }

    /// As it is now.
    pub fn info(&self) -> PtyInfo {
        self.lock().info.clone()
    }

    /// Gives `bytes` to the program as if they were typed. What it does not read at once waits and is written later.
    ///
    /// # Errors
    ///
    /// [`PtyError::Closed`]; [`PtyError::InputFull`] when too much waits already: then nothing of `bytes` was taken.
    pub fn write(&self, bytes: &[u8]) -> Result<(), PtyError> {
        let mut state = self.lock();
        let master = self.open(&state)?;
        let (waiting, limit) = (state.input.len() as u64, self.0.session.limits.input_bytes);
        if waiting + bytes.len() as u64 > limit {
            return Err(PtyError::InputFull { id: self.id(), waiting, limit });
        }
        state.active = Instant::now();
        state.input.extend(bytes);
        if waiting == 0 {
            write_some(&master, &mut state.input);
        }
        let rest = !state.input.is_empty();
        drop(state);
        if rest {
            self.0.engine.wake();
        }
        Ok(())
    }

    /// The same, and where too much waits already it waits for the program to read. Not on the thread that gives
    /// output.
    ///
    /// # Errors
    ///
    /// [`PtyError::Closed`], [`PtyError::Stopped`]: a part of `bytes` may have been taken then.
    pub fn write_all(&self, bytes: &[u8], control: &Control) -> Result<(), PtyError> {
        let limit = self.0.session.limits.input_bytes;
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = |state: &State| {
                let closed = state.master.is_none() || state.closing;
                closed || (state.input.len() as u64) < limit
            };
            let state = self.0.session.wait_until(control, room)?;
            let free = limit.saturating_sub(state.input.len() as u64);
            drop(state);
            let length = rest.len().min(usize::try_from(free).unwrap_or(usize::MAX));
            let (now, later) = rest.split_at(length);
            match self.write(now) {
                Ok(()) => rest = later,
                // Somebody else was faster.
                Err(PtyError::InputFull { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Changes its size; the program gets `SIGWINCH`.
    ///
    /// # Errors
    ///
    /// [`PtyError::Closed`]; [`PtyError::Invalid`] for a size of 0.
    pub fn resize(&self, size: PtySize) -> Result<(), PtyError> {
        validate_size(size)?;
        let mut state = self.lock();
        let master = self.open(&state)?;
        resize(&master, size).map_err(|source| PtyError::System { doing: "resizing", source })?;
        state.info.size = size;
        self.updated(state);
        Ok(())
    }

    /// Changes what it is called.
    pub fn set_title(&self, title: impl Into<String>) {
        let mut state = self.lock();
        state.info.title = title.into();
        self.updated(state);
    }

    /// Sends a signal, as `SIGTERM`, to the program and all that came from it.
    ///
    /// # Errors
    ///
    /// [`PtyError::Closed`]; [`PtyError::Invalid`] for a signal nobody knows.
    pub fn signal(&self, name: &str) -> Result<(), PtyError> {
        let unknown = PtyError::Invalid { what: "signal: give a name such as SIGTERM" };
        let signal = signal_from_name(name).ok_or(unknown)?;
        let state = self.lock();
        let tree = state.tree.as_ref().ok_or(PtyError::Closed { id: self.id() })?;
        tree.signal(signal);
        Ok(())
    }

    /// What was printed since the last call, at most `max` bytes of it.
    pub fn read(&self, max: usize) -> PtyRead {
        let mut state = self.lock();
        let mut read = self.take_from(&state, state.read_to, max);
        // The rest of a character may still come, unless the program has ended.
        if self.0.session.text && state.info.status == PtyStatus::Running {
            read.bytes.truncate(whole_characters(&read.bytes));
        }
        state.read_to = read.offset + read.bytes.len() as u64;
        read
    }

    /// All the ring has; it keeps it.
    pub fn peek(&self) -> PtyRead {
        let state = self.lock();
        self.take_from(&state, state.ring.start(), usize::MAX)
    }

    /// What the ring has from `offset` on, at most `max` bytes; it keeps it. With [`super::PtyOutput::offset`] a
    /// replay joins live output without a gap.
    pub fn peek_from(&self, offset: u64, max: usize) -> PtyRead {
        self.take_from(&self.lock(), offset, max)
    }

    /// All the ring has; it is empty then.
    pub fn drain(&self) -> PtyRead {
        let mut state = self.lock();
        let read = self.take_from(&state, state.ring.start(), usize::MAX);
        state.ring.clear();
        read
    }

    /// Empties the ring.
    pub fn clear(&self) {
        self.lock().ring.clear();
    }

    /// The ring in figures.
    pub fn buffer(&self) -> PtyBuffer {
        let state = self.lock();
        let (bytes, part_bytes) = (state.ring.len() as u64, self.0.session.limits.part_bytes);
        PtyBuffer {
            bytes,
            limit: state.ring.capacity() as u64,
            part_bytes,
            parts: bytes.div_ceil(part_bytes),
            start: state.ring.start(),
            end: state.ring.end(),
        }
    }

    /// Says that `bytes` bytes of output, given before and answered with [`super::Taken::Later`], were taken.
    pub fn taken(&self, bytes: u64) {
        let mut state = self.lock();
        let paused = state.untaken >= self.0.session.limits.window_bytes;
        state.untaken = state.untaken.saturating_sub(bytes);
        let goes_on = paused && state.untaken < self.0.session.limits.window_bytes;
        drop(state);
        if goes_on {
            self.0.engine.wake();
        }
    }

    /// Waits until the program has ended and all it printed was given. Not on the thread that gives it.
    ///
    /// # Errors
    ///
    /// [`PtyError::Stopped`] when `control` says so.
    pub fn wait(&self, control: &Control) -> Result<PtyStatus, PtyError> {
        let ended = |state: &State| state.info.status != PtyStatus::Running || state.deleted;
        Ok(self.0.session.wait_until(control, ended)?.info.status.clone())
    }

    /// Begins what [`Pty::close`] does, and waits for nothing: [`PtyEvent::Deleted`] says when it is done.
    pub fn begin_close(&self) {
        self.lock().closing = true;
        self.0.session.notify();
        self.0.engine.wake();
    }

    /// Hangs up on the program, kills it and all that came from it when it has not ended in time, and waits until all
    /// is gone. On the thread that gives output and events it does not wait.
    pub fn close(&self) -> PtyStatus {
        self.begin_close();
        if !self.0.engine.is_current_thread() {
            let closed = self.0.session.wait_until(&Control::unbounded(), |state| state.deleted);
            drop(closed);
        }
        self.info().status
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.session.lock()
    }

    fn open(&self, state: &State) -> Result<Arc<OwnedFd>, PtyError> {
        let master = state.master.as_ref().filter(|_| !state.closing);
        master.cloned().ok_or(PtyError::Closed { id: self.id() })
    }

    fn updated(&self, state: MutexGuard<'_, State>) {
        let info = state.info.clone();
        drop(state);
        (self.0.engine.on_event)(PtyEvent::Updated { info });
    }

    fn take_from(&self, state: &State, offset: u64, max: usize) -> PtyRead {
        let (start, pieces) = state.ring.from(offset, max);
        PtyRead { offset: start, bytes: pieces.concat(), missed: start.saturating_sub(offset) }
    }
}

/// Writes what the terminal takes now. What is left when the program is gone is dropped.
pub(super) fn write_some(master: &OwnedFd, input: &mut VecDeque<u8>) {
    while !input.is_empty() {
        let (first, _) = input.as_slices();
        match rustix::io::write(master, first) {
            Ok(count) => drop(input.drain(..count)),
            Err(Errno::INTR) => {}
            Err(error) if io::Error::from(error).kind() == io::ErrorKind::WouldBlock => return,
            Err(_) => return input.clear(),
        }
    }
}
