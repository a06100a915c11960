//! macOS and the BSDs have no `/proc`: the group is signalled, and a descendant that left it is not found.

use rustix::process::{Pid, Signal};

/// Never made here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Process {
    pub(super) pid: Pid,
    pub(super) group: Pid,
}

pub(super) fn members(_leader: Pid, _mark: &str) -> Vec<Process> {
    Vec::new()
}

pub(super) fn send(_process: &Process, _signal: Signal) {}

pub(super) fn kill(_members: &[Process]) {}

pub(super) fn wait(_members: &[Process], _until: std::time::Instant) {}
