//! The two things that have no safe form: running code between fork and exec, and asking what a child used.
#![allow(
    unsafe_code,
    reason = "std has no stable setsid for a command, and neither std nor rustix has wait4"
)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::process::Pid;

/// Makes `command` the leader of a session of its own; with `terminal` its standard input becomes the terminal of that
/// session.
pub(super) fn lead_session(command: &mut Command, terminal: bool) {
    let between = move || {
        rustix::process::setsid()?;
        if terminal {
            // SAFETY: std has put the command's standard input there by now, and it stays open until exec.
            let stdin = unsafe { BorrowedFd::borrow_raw(0) };
            rustix::process::ioctl_tiocsctty(stdin)?;
        }
        close_others_on_exec();
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed, for another thread may have held any lock
    // when this process was copied. These are bare system calls; nothing is allocated and no lock is taken, and an
    // error becomes an `io::Error` by its number alone.
    unsafe { command.pre_exec(between) };
}

/// Keeps from the command what this process inherited or opened without `O_CLOEXEC`: a socket would be a way out of the
/// sandbox, a pipe would be held open for ever. Linux 5.11; older ones and other systems trust in `O_CLOEXEC`.
pub(super) fn close_others_on_exec() {
    #[cfg(target_os = "linux")]
    // SAFETY: a bare system call with plain numbers. It marks descriptors and closes none, so std's own pipe, which
    // tells the parent whether exec failed, goes on working.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC);
    }
}

/// How a process ended and what it and the children it waited for used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) usage: Usage,
}

/// Time on the processor, and the largest memory.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) user: Duration,
    pub(crate) system: Duration,
    /// In bytes. The kernel counts from the fork, so it is never less than what this process itself held then.
    pub(crate) resident_max: u64,
}

/// Waits for the child `pid` and takes it away. Call it once, for a child nobody else waits for.
pub(super) fn reap(pid: Pid) -> io::Result<Ended> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    loop {
        // SAFETY: both pointers are to live, writable values of the types wait4 asks for, and it keeps neither.
        let got = unsafe { libc::wait4(pid.as_raw_pid(), &raw mut status, 0, usage.as_mut_ptr()) };
        if got == pid.as_raw_pid() {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // SAFETY: all bytes zero is a valid rusage, a plain structure of numbers, whether wait4 filled it or not.
    let usage = unsafe { usage.assume_init() };
    Ok(Ended {
        status: ExitStatus::from_raw(status),
        usage: Usage {
            user: duration(usage.ru_utime),
            system: duration(usage.ru_stime),
            resident_max: u64::try_from(usage.ru_maxrss).unwrap_or(0) * RESIDENT_UNIT,
        },
    })
}

/// `ru_maxrss` is in bytes on macOS, in KiB elsewhere.
const RESIDENT_UNIT: u64 = if cfg!(target_os = "macos") { 1 } else { 1024 };

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let microseconds = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(microseconds)
}
