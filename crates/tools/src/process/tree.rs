//! A program and all that came from it, to be signalled together.

#[cfg_attr(target_os = "linux", path = "tree/proc.rs")]
#[cfg_attr(not(target_os = "linux"), path = "tree/group.rs")]
mod platform;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process_group};

/// How often the tree is looked through again while it is being killed: a program that forks while it dies is met by
/// the next look.
const KILL_ROUNDS: usize = 16;

/// What the names of the marks begin with.
const PREFIX: &str = "IRONBRIDGE_RUN_";

/// The name of an environment variable nobody else has. Every descendant inherits it, whatever session it moves to.
///
/// The name and not the value holds what is unique, so the marks of a run inside a run do not replace each other.
#[derive(Debug, Clone)]
pub(crate) struct Mark(String);

impl Mark {
    pub(super) fn new() -> Self {
        Self(format!("{PREFIX}{}", unique_name()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }
}

/// 32 hexadecimal digits nobody else has.
pub(crate) fn unique_name() -> String {
    // Each `RandomState` has keys of its own, from the system's random numbers.
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// The descendants of a program. Only to be used until it is reaped: later its number may be another's.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    leader: Pid,
    mark: Mark,
}

impl Tree {
    pub(super) fn new(leader: Pid, mark: Mark) -> Self {
        Self { leader, mark }
    }

    /// A name nobody else has, for files.
    pub(crate) fn name(&self) -> &str {
        self.mark.name().trim_start_matches(PREFIX)
    }

    /// Those that live: of its session or group, children of one of them, or bearing its mark. On systems without
    /// `/proc` nobody is found.
    pub(crate) fn members(&self) -> Vec<Pid> {
        platform::members(self.leader, self.mark.name()).into_iter().map(|one| one.pid).collect()
    }

    /// Sends `signal` to the group of the leader and to every other member.
    pub(crate) fn signal(&self, signal: Signal) {
        // Both may fail for having ended meanwhile, which is what was wanted.
        let _ = kill_process_group(self.leader, signal);
        for member in platform::members(self.leader, self.mark.name()) {
            if member.group != self.leader {
                platform::send(&member, signal);
            }
        }
    }

    /// Waits for all members to end until `until`, and kills those that have not.
    pub(crate) fn end(&self, until: Instant) {
        while Instant::now() < until {
            let members = platform::members(self.leader, self.mark.name());
            if members.is_empty() {
                return;
            }
            platform::wait(&members, until);
        }
        self.kill();
    }

    /// Ends all members with `SIGKILL`, and looks again until there are none.
    pub(crate) fn kill(&self) {
        for _ in 0..KILL_ROUNDS {
            let _ = kill_process_group(self.leader, Signal::KILL);
            let members = platform::members(self.leader, self.mark.name());
            if members.is_empty() {
                return;
            }
            platform::kill(&members);
        }
    }
}

/// `SIGTERM` and the like; `SIG34` for those without a name.
pub(crate) fn signal_name(number: i32) -> String {
    let name = match Signal::from_named_raw(number) {
        Some(Signal::HUP) => "HUP",
        Some(Signal::INT) => "INT",
        Some(Signal::QUIT) => "QUIT",
        Some(Signal::ILL) => "ILL",
        Some(Signal::TRAP) => "TRAP",
        Some(Signal::ABORT) => "ABRT",
        Some(Signal::BUS) => "BUS",
        Some(Signal::FPE) => "FPE",
        Some(Signal::KILL) => "KILL",
        Some(Signal::USR1) => "USR1",
        Some(Signal::SEGV) => "SEGV",
        Some(Signal::USR2) => "USR2",
        Some(Signal::PIPE) => "PIPE",
        Some(Signal::ALARM) => "ALRM",
        Some(Signal::TERM) => "TERM",
        Some(Signal::XCPU) => "XCPU",
        Some(Signal::XFSZ) => "XFSZ",
        Some(Signal::VTALARM) => "VTALRM",
        Some(Signal::PROF) => "PROF",
        Some(Signal::SYS) => "SYS",
        _ => return format!("SIG{number}"),
    };
    format!("SIG{name}")
}
