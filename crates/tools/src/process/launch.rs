//! A program on a terminal: what it is started with, and starting it.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::start::Running;
use super::tree::Mark;

#[cfg_attr(target_os = "linux", path = "launch/shared.rs")]
#[cfg_attr(not(target_os = "linux"), path = "launch/copied.rs")]
mod platform;

/// A program and what it begins with.
pub(crate) struct Launch<'a> {
    /// A path, or a name that is looked for in the `PATH` of `environment`.
    pub(crate) program: &'a str,
    pub(crate) args: &'a [String],
    /// All of it, without doubles.
    pub(crate) environment: Vec<(OsString, OsString)>,
    pub(crate) folder: &'a Path,
    /// Its standard input, output and error, and the terminal of its session.
    pub(crate) terminal: OwnedFd,
}

impl Launch<'_> {
    /// Starts it as the leader of its own session, with a mark in its environment that finds its descendants.
    ///
    /// # Errors
    ///
    /// As of `exec`: [`io::ErrorKind::NotFound`] when there is no such program or folder.
    pub(crate) fn start(mut self) -> io::Result<Running> {
        let mark = Mark::new();
        self.environment.push((mark.name().into(), "1".into()));
        let pid = platform::spawn(self)?;
        Running::watch(pid, mark)
    }
}
