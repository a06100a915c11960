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
        self.send(&[signal]);
    }

    /// The same, and lets those go on that are stopped: they would never see it.
    pub(crate) fn ask_to_end(&self, signal: Signal) {
        self.send(&[signal, Signal::CONT]);
    }

    fn send(&self, signals: &[Signal]) {
        // Both may fail for having ended meanwhile, which is what was wanted. The group first: it is reached at once,
        // the others only after a look at all processes.
        for signal in signals {
            let _ = kill_process_group(self.leader, *signal);
        }
        for member in platform::members(self.leader, self.mark.name()) {
            if member.group != self.leader {
                for signal in signals {
                    platform::send(&member, *signal);
                }
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

/// The signals that have a name everywhere.
const SIGNALS: [(&str, Signal); 26] = [
    ("SIGHUP", Signal::HUP),
    ("SIGINT", Signal::INT),
    ("SIGQUIT", Signal::QUIT),
    ("SIGILL", Signal::ILL),
    ("SIGTRAP", Signal::TRAP),
    ("SIGABRT", Signal::ABORT),
    ("SIGBUS", Signal::BUS),
    ("SIGFPE", Signal::FPE),
    ("SIGKILL", Signal::KILL),
    ("SIGUSR1", Signal::USR1),
    ("SIGSEGV", Signal::SEGV),
    ("SIGUSR2", Signal::USR2),
    ("SIGPIPE", Signal::PIPE),
    ("SIGALRM", Signal::ALARM),
    ("SIGTERM", Signal::TERM),
    ("SIGCONT", Signal::CONT),
    ("SIGSTOP", Signal::STOP),
    ("SIGTSTP", Signal::TSTP),
    ("SIGTTIN", Signal::TTIN),
    ("SIGTTOU", Signal::TTOU),
    ("SIGXCPU", Signal::XCPU),
    ("SIGXFSZ", Signal::XFSZ),
    ("SIGVTALRM", Signal::VTALARM),
    ("SIGPROF", Signal::PROF),
    ("SIGWINCH", Signal::WINCH),
    ("SIGSYS", Signal::SYS),
];

/// `SIGTERM` and the like; `SIG34` for those without a name.
pub(crate) fn signal_name(number: i32) -> String {
    let named = SIGNALS.iter().find(|(_, signal)| signal.as_raw() == number);
    named.map_or_else(|| format!("SIG{number}"), |(name, _)| (*name).to_owned())
}

/// The signal of such a name.
pub(crate) fn signal_from_name(name: &str) -> Option<Signal> {
    SIGNALS.iter().find(|(known, _)| *known == name).map(|(_, signal)| *signal)
}
