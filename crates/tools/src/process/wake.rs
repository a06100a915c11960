//! Waiting for descriptors, and being woken from another thread.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, Timespec};
use rustix::io::Errno;

/// Wakes a thread that polls. A pair of sockets: both ends close on exec, on every Unix.
#[derive(Debug)]
pub(crate) struct Waker {
    sender: UnixStream,
    receiver: UnixStream,
}

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        let (sender, receiver) = UnixStream::pair()?;
        sender.set_nonblocking(true)?;
        receiver.set_nonblocking(true)?;
        Ok(Self { sender, receiver })
    }

    /// Makes the descriptor readable.
    pub(crate) fn wake(&self) {
        // A full buffer wakes as well, and a closed one has nobody to wake.
        let _ = (&self.sender).write(&[1]);
    }

    /// Makes the descriptor silent again.
    pub(crate) fn rest(&self) {
        let mut buffer = [0; 64];
        while matches!((&self.receiver).read(&mut buffer), Ok(count) if count == buffer.len()) {}
    }

    /// To poll for reading.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.receiver.as_fd()
    }
}

/// Waits until one of `fds` is ready or `until` has passed; how many are ready.
pub(crate) fn poll(fds: &mut [PollFd<'_>], until: Option<Instant>) -> io::Result<usize> {
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    match rustix::event::poll(fds, left.map(timespec).as_ref()) {
        // Asked again by the caller, who looks at the clock between.
        Err(Errno::INTR) => Ok(0),
        other => Ok(other?),
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}
