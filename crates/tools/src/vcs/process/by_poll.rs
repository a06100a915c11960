//! Unix: one thread waits for all ends at once.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};

use super::{Answer, Bounds, END_GRACE};
pub(super) use crate::process::is_missing;
use crate::{Control, Stopped};

/// How soon a stopped call, and on systems without process handles an exit, is seen while git is silent.
const TICK: Duration = Duration::from_millis(20);

/// Read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Writes `input` to the child, reads its answer, and waits for its end. A process that it leaves behind with our pipes
/// in its hands is not waited for: once the child has ended, all it wrote is in the pipes already.
pub(super) fn exchange(
    child: &mut Child,
    input: &[u8],
    bounds: Bounds,
    control: &Control,
) -> io::Result<Result<Answer, Stopped>> {
    let result = converse(child, input, bounds, control);
    // Whatever happened, no child stays behind: at its own end there is nothing to do here.
    if !matches!(&result, Ok(Ok(answer)) if answer.status.is_some()) {
        end(child)?;
    }
    result
}

fn converse(
    child: &mut Child,
    mut input: &[u8],
    bounds: Bounds,
    control: &Control,
) -> io::Result<Result<Answer, Stopped>> {
    let mut stdin = child.stdin.take();
    let mut stdout = child.stdout.take();
    let mut stderr = child.stderr.take();
    for end in [stdin.as_ref().map(AsFd::as_fd), stdout.as_ref().map(AsFd::as_fd)] {
        end.map_or(Ok(()), set_nonblocking)?;
    }
    stderr.as_ref().map_or(Ok(()), set_nonblocking)?;
    let exit = exit_handle(child);
    let mut answer =
        Answer { status: None, stdout: Vec::new(), stderr: Vec::new(), truncated: false };
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        if let Err(stopped) = control.check() {
            return Ok(Err(stopped));
        }
        {
            let mut ends = Vec::with_capacity(4);
            ends.extend(stdin.as_ref().map(|end| PollFd::new(end, PollFlags::OUT)));
            ends.extend(stdout.as_ref().map(|end| PollFd::new(end, PollFlags::IN)));
            ends.extend(stderr.as_ref().map(|end| PollFd::new(end, PollFlags::IN)));
            ends.extend(exit.as_ref().map(|end| PollFd::new(end, PollFlags::IN)));
            wait(&mut ends, control.remaining().map_or(TICK, |left| left.min(TICK)))?;
        }
        // Asked before reading: what was written before the end is then read for certain.
        answer.status = child.try_wait()?;
        if write_some(&mut stdin, &mut input)? {
            stdin = None;
        }
        let more = |kept: &mut Vec<u8>, chunk: &[u8], most: usize| {
            let room = most.saturating_sub(kept.len());
            kept.extend(chunk.iter().take(room));
            chunk.len() > room
        };
        let (kept, cut) = (&mut answer.stdout, &mut answer.truncated);
        read_all(&mut stdout, &mut buffer, |chunk| {
            *cut |= more(kept, chunk, bounds.stdout);
            !*cut
        })?;
        let kept = &mut answer.stderr;
        read_all(&mut stderr, &mut buffer, |chunk| {
            more(kept, chunk, bounds.stderr);
            true
        })?;
        if answer.truncated {
            answer.status = None;
            return Ok(Ok(answer));
        }
        if answer.status.is_some() {
            return Ok(Ok(answer));
        }
    }
}

fn set_nonblocking(end: impl AsFd) -> io::Result<()> {
    // The flag is of our end's description alone; the child's end stays as it was.
    let flags = rustix::fs::fcntl_getfl(&end)?;
    Ok(rustix::fs::fcntl_setfl(&end, flags | rustix::fs::OFlags::NONBLOCK)?)
}

fn wait(ends: &mut [PollFd<'_>], time: Duration) -> io::Result<()> {
    let time = Timespec::try_from(time).map_err(io::Error::other)?;
    match poll(ends, Some(&time)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether all is written, or nobody reads any more.
fn write_some(end: &mut Option<impl Write>, input: &mut &[u8]) -> io::Result<bool> {
    let Some(end) = end else { return Ok(false) };
    while !input.is_empty() {
        match end.write(input) {
            Ok(count) => *input = input.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(true),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Hands on what is there, until `take` has enough; closes `end` at its end.
fn read_all<R: Read>(
    end: &mut Option<R>,
    buffer: &mut [u8],
    mut take: impl FnMut(&[u8]) -> bool,
) -> io::Result<()> {
    while let Some(open) = end {
        match open.read(buffer) {
            Ok(0) => *end = None,
            Ok(count) => {
                if !take(buffer.get(..count).unwrap_or_default()) {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A handle that becomes readable at the child's end (`pidfd_open(2)`, Linux 5.3); without one the tick must do.
fn exit_handle(child: &Child) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{PidfdFlags, pidfd_open};
        pidfd_open(Pid::from_child(child), PidfdFlags::empty()).ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = child;
        None
    }
}

/// Ends the child and its whole process group: first asked, so that git removes its lock files, then killed.
fn end(child: &mut Child) -> io::Result<()> {
    if child.try_wait()?.is_some() {
        return Ok(());
    }
    let group = Pid::from_child(child);
    // The child is not reaped yet, so its number is still its own.
    let _ = kill_process_group(group, Signal::TERM);
    let exit = exit_handle(child);
    let asked = Instant::now();
    while child.try_wait()?.is_none() {
        let left = END_GRACE.saturating_sub(asked.elapsed());
        if left.is_zero() {
            let _ = kill_process_group(group, Signal::KILL);
            child.wait()?;
            break;
        }
        let mut ends: Vec<_> = exit.iter().map(|end| PollFd::new(end, PollFlags::IN)).collect();
        wait(&mut ends, left.min(TICK))?;
    }
    Ok(())
}
