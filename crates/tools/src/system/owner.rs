//! Which process holds a lock, told so that its number cannot be mistaken for a later process's.

use serde::{Deserialize, Serialize};

/// A process on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Its number.
    pub pid: u32,
    /// When it started, in a form that only this kind of system compares. Linux: the start of the system and clock
    /// ticks since then, which setting the clock does not change; elsewhere seconds since 1970.
    pub started: String,
    /// The machine's name.
    pub host: String,
}

impl Owner {
    /// This process.
    pub fn this_process() -> Self {
        let pid = std::process::id();
        let host = sysinfo::System::host_name().unwrap_or_default();
        Self { pid, started: started(pid).unwrap_or_default(), host }
    }

    /// Whether it runs; `None` when it is on another machine.
    pub(super) fn runs(&self, here: &Self) -> Option<bool> {
        (self.host == here.host).then(|| started(self.pid).is_some_and(|at| at == self.started))
    }
}

/// When process `pid` started; `None`: there is none, or it has ended and waits for its parent to notice.
#[cfg(target_os = "linux")]
fn started(pid: u32) -> Option<String> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, and may hold anything (proc_pid_stat(5)).
    let rest = stat.get(memchr::memrchr(b')', &stat)? + 1..)?;
    let rest = std::str::from_utf8(rest).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    // The third is the state: Z is dead and not waited for, X is being removed.
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    // The 22nd is the start in clock ticks.
    let ticks = fields.nth(18)?;
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Some(format!("{} {ticks}", boot.trim()))
}

/// When process `pid` started; `None`: there is none.
#[cfg(not(target_os = "linux"))]
fn started(pid: u32) -> Option<String> {
    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
    let pid = Pid::from_u32(pid);
    let mut system = System::new();
    let which = ProcessesToUpdate::Some(&[pid]);
    system.refresh_processes_specifics(which, true, ProcessRefreshKind::nothing());
    system.process(pid).map(|process| process.start_time().to_string())
}
