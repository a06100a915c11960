//! A program that runs, and the descriptor that says when it has ended.

use std::ffi::OsStr;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::process::{ChildStderr, ChildStdout, Command};

use rustix::process::Pid;

use super::raw::{self, Ended};
use super::tree::{Mark, Tree};

/// A started program. Dropping one that was not reaped kills it with its descendants.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) stdout: Option<ChildStdout>,
    pub(crate) stderr: Option<ChildStderr>,
    pid: Pid,
    tree: Tree,
    watch: platform::ExitWatch,
    ended: Option<Ended>,
}

/// Starts `command` as the leader of its own session, with a mark in its environment that finds its descendants.
///
/// Descriptors given to `command` are closed here when this returns.
pub(crate) fn start(mut command: Command) -> io::Result<Running> {
    let mark = Mark::new();
    command.env(mark.name(), "1");
    raw::lead_session(&mut command, false);
    let mut child = command.spawn()?;
    let mut running = Running::watch(Pid::from_child(&child), mark)?;
    running.stdout = child.stdout.take();
    running.stderr = child.stderr.take();
    Ok(running)
}

/// Whether `error` says that there is no `program`. A name that is looked for in the `PATH` and not found gives
/// "permission denied" where one folder of the `PATH` is closed to this user.
pub(crate) fn is_missing(program: &OsStr, folder: &Path, error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::NotFound => true,
        io::ErrorKind::PermissionDenied => {
            let looked_for = !program.as_encoded_bytes().contains(&b'/');
            looked_for && folder.join(".").metadata().is_ok()
        }
        _ => false,
    }
}

impl Running {
    /// Of a child that was just started; nobody else waits for it.
    pub(super) fn watch(pid: Pid, mark: Mark) -> io::Result<Self> {
        let tree = Tree::new(pid, mark);
        match platform::ExitWatch::new(pid) {
            Ok(watch) => Ok(Self { stdout: None, stderr: None, pid, tree, watch, ended: None }),
            Err(error) => {
                tree.kill();
                let _ = raw::reap(pid);
                Err(error)
            }
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Readable once the program has ended. It is not reaped then: its number stays its own until [`Running::reap`].
    pub(crate) fn exit_fd(&self) -> BorrowedFd<'_> {
        self.watch.fd()
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Waits for the end and takes the program off the table of processes. Later calls give the same again.
    pub(crate) fn reap(&mut self) -> io::Result<Ended> {
        if let Some(ended) = self.ended {
            return Ok(ended);
        }
        let ended = raw::reap(self.pid)?;
        self.ended = Some(ended);
        Ok(ended)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.tree.kill();
            let _ = self.reap();
        }
    }
}

#[cfg(target_os = "linux")]
mod platform {
    //! Linux 5.3: `pidfd_open(2)`.

    use std::io;
    use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    #[derive(Debug)]
    pub(super) struct ExitWatch(OwnedFd);

    impl ExitWatch {
        pub(super) fn new(pid: Pid) -> io::Result<Self> {
            Ok(Self(pidfd_open(pid, PidfdFlags::empty())?))
        }

        pub(super) fn fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    //! macOS and the BSDs have no descriptor of a process that poll takes: a thread waits and wakes. It leaves the
    //! program unreaped (`WNOWAIT`), as on Linux.

    use std::io;
    use std::os::fd::BorrowedFd;
    use std::sync::Arc;

    use rustix::io::Errno;
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

    use crate::process::Waker;

    #[derive(Debug)]
    pub(super) struct ExitWatch(Arc<Waker>);

    impl ExitWatch {
        pub(super) fn new(pid: Pid) -> io::Result<Self> {
            let waker = Arc::new(Waker::new()?);
            let woken = Arc::clone(&waker);
            let wait = move || {
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                while waitid(WaitId::Pid(pid), options) == Err(Errno::INTR) {}
                woken.wake();
            };
            std::thread::Builder::new().name("exit-watch".to_owned()).spawn(wait)?;
            Ok(Self(waker))
        }

        pub(super) fn fd(&self) -> BorrowedFd<'_> {
            self.0.fd()
        }
    }
}
