//! The thread that watches all terminals.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::Signal;

use super::session::{Session, write_some};
use super::terminals::Engine;
use super::{PtyEvent, PtyOutput, PtyStatus, Taken};
use crate::limits::PtyLimits;
use crate::process::{Characters, Running, poll, signal_name};

/// What is read of one terminal before the others have their turn.
const TURN_BYTES: usize = 64 * 1024;
/// Linux gives at most 4,095 bytes at once. A shorter read has emptied the terminal: asking again would only say so.
const SHORT_BYTES: usize = 2048;

/// What consumes the output of a terminal.
pub(super) type OnOutput = Box<dyn FnMut(PtyOutput<'_>) -> Taken + Send>;

/// A terminal as this thread has it. A new one is handed over with its program running.
pub(super) struct Arrival {
    session: Arc<Session>,
    /// Until the program has ended and all was read.
    open: Option<Open>,
    on_output: OnOutput,
    characters: Characters,
    /// Of the next byte to be given.
    offset: u64,
    /// When the program is killed, once it is being closed.
    kill_at: Option<Instant>,
}

/// What is open while a program runs.
struct Open {
    /// Until it is closed: closing it is what hangs up on the program.
    master: Option<Arc<OwnedFd>>,
    running: Running,
    /// Until when output is awaited, once the program has ended.
    exited: Option<Instant>,
    /// Every other side of the terminal is closed, and all was read.
    hung_up: bool,
    /// What is asked of poll this time, and what it said.
    asked: PollFlags,
    said: PollFlags,
}

impl Arrival {
    pub(super) fn new(
        session: Arc<Session>,
        master: Arc<OwnedFd>,
        running: Running,
        on_output: OnOutput,
    ) -> Self {
        let none = PollFlags::empty();
        let master = Some(master);
        let open = Open { master, running, exited: None, hung_up: false, asked: none, said: none };
        let characters = Characters::default();
        Self { session, open: Some(open), on_output, characters, offset: 0, kill_at: None }
    }
}

impl Open {
    /// The terminal, if something is asked of it. Else poll would tell of a hang-up again and again.
    fn asked_of(&self) -> Option<&Arc<OwnedFd>> {
        self.master.as_ref().filter(|_| !self.asked.is_empty())
    }
}

impl std::fmt::Debug for Arrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrival").field("id", &self.session.id).finish_non_exhaustive()
    }
}

pub(super) struct Poller {
    engine: Arc<Engine>,
    terminals: Vec<Arrival>,
    buffer: Vec<u8>,
    grace: Duration,
    drain: Duration,
}

impl Poller {
    pub(super) fn new(engine: Arc<Engine>, limits: &PtyLimits) -> Self {
        Self {
            engine,
            terminals: Vec::new(),
            buffer: vec![0; TURN_BYTES],
            grace: Duration::from_millis(limits.grace_milliseconds),
            drain: Duration::from_millis(limits.drain_milliseconds),
        }
    }

    pub(super) fn run(mut self) {
        loop {
            let ending = self.engine.ending.load(Ordering::SeqCst);
            let mut arrivals = self.engine.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            self.terminals.append(&mut arrivals);
            drop(arrivals);
            if ending {
                for mut terminal in std::mem::take(&mut self.terminals) {
                    terminal.kill_at = Some(Instant::now());
                    terminal.end(&self.engine);
                    terminal.delete(&self.engine);
                }
                return;
            }
            let until = self.prepare();
            if self.wait(until).is_err() {
                // Out of memory for descriptors: the next round may have it.
                std::thread::yield_now();
                continue;
            }
            self.serve();
        }
    }

    /// Begins what was asked for, and says what is waited for: descriptors, and until when.
    fn prepare(&mut self) -> Option<Instant> {
        let (grace, mut until) = (self.grace, None::<Instant>);
        for terminal in &mut self.terminals {
            let mut state = terminal.session.lock();
            let closing = state.closing;
            if closing {
                state.master = None;
            }
            let reads = closing || state.untaken < terminal.session.limits.window_bytes;
            let writes = !state.input.is_empty();
            drop(state);
            let Some(open) = &mut terminal.open else { continue };
            if closing && terminal.kill_at.is_none() {
                terminal.kill_at = Some(Instant::now() + grace);
                open.hung_up = true;
                open.master = None;
                // The kernel tells those of the terminal; this tells the others.
                open.running.tree().ask_to_end(Signal::HUP);
            }
            open.asked = PollFlags::empty();
            if reads && !open.hung_up {
                open.asked |= PollFlags::IN;
            }
            if writes && !open.hung_up {
                open.asked |= PollFlags::OUT;
            }
            let next = match open.exited {
                // Nothing to wait for when reading is paused: the consumer wakes this thread.
                Some(drained) => Some(drained).filter(|_| reads),
                None => terminal.kill_at,
            };
            until = [until, next].into_iter().flatten().min();
        }
        until
    }

    fn wait(&mut self, until: Option<Instant>) -> io::Result<()> {
        let waker = PollFd::from_borrowed_fd(self.engine.waker().fd(), PollFlags::IN);
        let mut fds = vec![waker];
        for open in self.terminals.iter().filter_map(|terminal| terminal.open.as_ref()) {
            if let Some(master) = open.asked_of() {
                fds.push(PollFd::from_borrowed_fd(master.as_fd(), open.asked));
            }
            if open.exited.is_none() {
                fds.push(PollFd::from_borrowed_fd(open.running.exit_fd(), PollFlags::IN));
            }
        }
        poll(&mut fds, until)?;
        let said: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
        let mut said = said.into_iter();
        if said.next().is_some_and(|said| !said.is_empty()) {
            self.engine.waker().rest();
        }
        for open in self.terminals.iter_mut().filter_map(|terminal| terminal.open.as_mut()) {
            open.said = PollFlags::empty();
            if open.asked_of().is_some() {
                open.said = said.next().unwrap_or(PollFlags::empty());
            }
            if open.exited.is_none() && said.next().is_some_and(|said| !said.is_empty()) {
                open.exited = Some(Instant::now() + self.drain);
            }
        }
        Ok(())
    }

    /// Reads, writes and ends what is ready for it.
    fn serve(&mut self) {
        let Self { engine, terminals, buffer, .. } = self;
        for terminal in terminals.iter_mut() {
            terminal.transfer(buffer);
            if terminal.is_over() {
                terminal.end(engine);
            }
        }
        terminals.retain(|terminal| {
            let over = terminal.open.is_none() && terminal.session.lock().closing;
            if over {
                terminal.delete(engine);
            }
            !over
        });
    }
}

impl Arrival {
    fn transfer(&mut self, buffer: &mut [u8]) {
        let Some(open) = &mut self.open else { return };
        let Some(master) = &open.master else { return self.kill_in_time() };
        if open.said.contains(PollFlags::OUT) {
            write_some(master, &mut self.session.lock().input);
            // Somebody may wait for room.
            self.session.notify();
        }
        if open.asked.contains(PollFlags::IN) && !open.said.difference(PollFlags::OUT).is_empty() {
            let (count, hung_up) = read_some(master, buffer);
            open.hung_up = hung_up;
            self.give(buffer.get(..count).unwrap_or_default());
        }
    }

    /// Kills what was hung up on and has not ended in its time.
    fn kill_in_time(&self) {
        let now = Instant::now();
        if let (Some(open), Some(kill_at)) = (&self.open, self.kill_at)
            && open.exited.is_none()
            && now >= kill_at
        {
            open.running.tree().kill();
        }
    }

    /// Into the ring, and to the consumer.
    fn give(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut state = self.session.lock();
        state.ring.push(bytes);
        state.active = Instant::now();
        drop(state);
        let Self { session, on_output, characters, offset, kill_at, .. } = self;
        let mut take = |bytes: &[u8]| {
            let start = *offset;
            *offset += bytes.len() as u64;
            // Whoever closed it does not listen any more.
            if kill_at.is_some() {
                return;
            }
            let count = bytes.len() as u64;
            // Before the call: the consumer may say from another thread that it took them.
            session.lock().untaken += count;
            if on_output(PtyOutput { id: session.id, offset: start, bytes }) == Taken::Now {
                let mut state = session.lock();
                state.untaken = state.untaken.saturating_sub(count);
            }
        };
        if session.text {
            characters.push(bytes, take);
        } else {
            take(bytes);
        }
    }

    /// The program has ended and nothing more comes.
    fn is_over(&self) -> bool {
        let Some(open) = &self.open else { return false };
        let Some(drained) = open.exited else { return false };
        let silent = open.asked.contains(PollFlags::IN) && open.said.is_empty();
        open.hung_up || (silent && Instant::now() >= drained)
    }

    /// Takes away what is open, and tells of the end.
    fn end(&mut self, engine: &Engine) {
        let Some(Open { master, mut running, .. }) = self.open.take() else { return };
        if self.kill_at.is_some() {
            running.tree().kill();
        }
        let rest = self.characters.finish();
        if !rest.is_empty() && self.kill_at.is_none() {
            let output = PtyOutput { id: self.session.id, offset: self.offset, bytes: &rest };
            // Nobody is waited for any more.
            let _ = (self.on_output)(output);
        }
        let mut state = self.session.lock();
        // Before it is reaped: afterwards its number may be another's.
        state.tree = None;
        state.master = None;
        state.input.clear();
        drop(master);
        let status = running.reap().ok().map(|ended| ended.status);
        state.info.status = PtyStatus::Exited {
            exit_code: status.and_then(|status| status.code()),
            signal: status.and_then(|status| status.signal()).map(signal_name),
        };
        let info = state.info.clone();
        drop(state);
        (engine.on_event)(PtyEvent::Exited { info });
        self.session.notify();
    }

    fn delete(&self, engine: &Engine) {
        engine.delete(self.session.id);
        (engine.on_event)(PtyEvent::Deleted { id: self.session.id });
        let mut state = self.session.lock();
        state.closing = true;
        state.deleted = true;
        drop(state);
        self.session.notify();
    }
}

/// Reads until the terminal is empty or `buffer` is full; how much, and whether the other side is gone.
fn read_some(master: &OwnedFd, buffer: &mut [u8]) -> (usize, bool) {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match rustix::io::read(master, room) {
            // macOS says so at the end; Linux has EIO.
            Ok(0) => return (filled, true),
            Ok(count) => {
                filled += count;
                if count < SHORT_BYTES {
                    break;
                }
            }
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => break,
            Err(_) => return (filled, true),
        }
    }
    (filled, false)
}
