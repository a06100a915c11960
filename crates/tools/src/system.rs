//! The machine and this process in figures, and locks between processes.
//!
//! [`stats`] and [`Monitor`] never sleep: what needs two looks (how busy processors are) is told between the previous
//! look of the same monitor and this one, and is missing at the first.
//!
//! [`lock_file`] is advisory: it keeps those apart who ask. Two things say that a lock is held: the kernel's lock on a
//! file beside the locked one, which ends with its owner whatever happens to it, and a record in that file of who the
//! owner is. The record is for people, and for file systems whose locks do not reach across machines. An owner that has
//! died (no such process, or its number belongs to one that started later) is taken over from, and that is told.

mod lock;
mod owner;
mod stats;

pub use lock::{FileLock, LockError, lock_file, try_lock_file};
pub use owner::Owner;
pub use stats::{
    ChildProcess, MachineStats, Monitor, ProcessStats, Stats, StatsError, StatsInput, stats,
};

use crate::{Effect, Tool};

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![Tool::new("stats", Effect::Reads, stats)]
}
