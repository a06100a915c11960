//! Programs: started in a session of their own, watched through a descriptor, ended with all their descendants.
//!
//! A session of its own (not only a process group) takes the caller's terminal away from a command: `ssh`, `sudo` and
//! `git` then fail at once where they would ask on `/dev/tty`, nothing stops at `SIGTTOU`, and no key can be pushed
//! into the terminal the agent itself runs in.

mod characters;
mod launch;
mod raw;
mod start;
mod tree;
mod wake;

pub(crate) use characters::{Characters, whole as whole_characters};
pub(crate) use launch::Launch;
pub(crate) use start::{Running, is_missing, start};
pub(crate) use tree::{Tree, signal_from_name, signal_name, unique_name};
pub(crate) use wake::{Waker, poll};
