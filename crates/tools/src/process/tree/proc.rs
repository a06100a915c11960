//! Linux: one look through `/proc`.

use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::process::poll;

/// How long killed processes get to disappear before the next look.
const DYING: Duration = Duration::from_millis(200);

/// A process as `/proc/PID/stat` shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Process {
    pub(super) pid: Pid,
    pub(super) group: Pid,
    parent: i32,
    session: i32,
    /// In clock ticks since the machine started: with the number it names a process once and for all.
    started: u64,
}

/// The living descendants of `leader`, itself included; `mark` is the name of a variable in their environment.
pub(super) fn members(leader: Pid, mark: &str) -> Vec<Process> {
    let mut all = processes();
    // Nobody is older than what it came from: the environments of most processes need not be read.
    if let Some((_, leader)) = stat(leader) {
        all.retain(|one| one.started >= leader.started);
    }
    let leader = leader.as_raw_pid();
    let mark = format!("{mark}=");
    let mut found: HashSet<i32> = all
        .iter()
        .filter(|one| {
            one.session == leader
                || one.group.as_raw_pid() == leader
                || has_mark(one.pid, mark.as_bytes())
        })
        .map(|one| one.pid.as_raw_pid())
        .collect();
    // Children of those, however they hid. A child may have a lower number than its parent: until nothing is added.
    loop {
        let before = found.len();
        for one in &all {
            if found.contains(&one.parent) {
                found.insert(one.pid.as_raw_pid());
            }
        }
        if found.len() == before {
            break;
        }
    }
    all.into_iter().filter(|one| found.contains(&one.pid.as_raw_pid())).collect()
}

/// Sends `signal` to exactly this process, not to one that got its number.
pub(super) fn send(process: &Process, signal: Signal) -> Option<OwnedFd> {
    let handle = pidfd_open(process.pid, PidfdFlags::empty()).ok()?;
    let now = read(process.pid)?;
    if now.started != process.started {
        return None;
    }
    pidfd_send_signal(&handle, signal).ok()?;
    Some(handle)
}

/// Kills them, and waits for their ends, shortly.
pub(super) fn kill(members: &[Process]) {
    let dying = members.iter().filter_map(|member| send(member, Signal::KILL)).collect();
    wait_all(dying, Instant::now() + DYING);
}

/// Waits until all of them have ended, or `until`.
pub(super) fn wait(members: &[Process], until: Instant) {
    let open = |member: &Process| pidfd_open(member.pid, PidfdFlags::empty()).ok();
    wait_all(members.iter().filter_map(open).collect(), until);
}

fn wait_all(mut handles: Vec<OwnedFd>, until: Instant) {
    while !handles.is_empty() && Instant::now() < until {
        let mut fds: Vec<_> =
            handles.iter().map(|handle| PollFd::new(handle, PollFlags::IN)).collect();
        if poll(&mut fds, Some(until)).is_err() {
            return;
        }
        let ended: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        let mut ended = ended.into_iter();
        handles.retain(|_| !ended.next().unwrap_or(false));
    }
}

/// All that live: a zombie needs no signal.
fn processes() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|number| read(Pid::from_raw(number)?))
        .collect()
}

/// `None` when it has ended, zombies included.
fn read(pid: Pid) -> Option<Process> {
    let (state, process) = stat(pid)?;
    (!matches!(state, b'Z' | b'X' | b'x')).then_some(process)
}

/// proc_pid_stat(5), with the letter of its state.
fn stat(pid: Pid) -> Option<(u8, Process)> {
    parse(pid, &std::fs::read(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?)
}

fn parse(pid: Pid, stat: &[u8]) -> Option<(u8, Process)> {
    // The name in parentheses may hold spaces and parentheses: what follows the last of them is plain.
    let after = stat.get(memchr::memrchr(b')', stat)? + 1..)?;
    let mut fields = std::str::from_utf8(after).ok()?.split_ascii_whitespace();
    let state = fields.next()?.bytes().next()?;
    let parent = fields.next()?.parse().ok()?;
    // Of a process that is being taken off the table the kernel says -1 (`do_task_stat`), of one in an outer namespace
    // 0.
    let group = fields.next()?.parse().ok().filter(|group| *group > 0).and_then(Pid::from_raw)?;
    let session = fields.next()?.parse().ok()?;
    // The start time is field 22; the session is field 6.
    let started = fields.nth(15)?.parse().ok()?;
    Some((state, Process { pid, group, parent, session, started }))
}

/// Whether it was started with the variable. Those of other users cannot be asked.
fn has_mark(pid: Pid, mark: &[u8]) -> bool {
    let Ok(environment) = std::fs::read(format!("/proc/{}/environ", pid.as_raw_pid())) else {
        return false;
    };
    environment.split(|byte| *byte == 0).any(|variable| variable.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_is_read_whatever_the_name_and_however_late() {
        let read = |stat: &str| {
            let (state, process) = parse(Pid::INIT, stat.as_bytes())?;
            let Process { group, parent, session, started, .. } = process;
            Some((char::from(state), parent, group.as_raw_pid(), session, started))
        };
        let rest = "34816 7 4194304 1 2 3 4 5 6 7 8 20 0 1 0 99 1000 200";
        let line = |name: &str, numbers: &str| format!("7 ({name}) S {numbers} {rest}");
        assert_eq!(read(&line("sh", "1 7 7")), Some(('S', 1, 7, 7, 99)));
        assert_eq!(read(&line("a) R 2 (b", "1 7 7")), Some(('S', 1, 7, 7, 99)));
        // Being taken off the table; of an outer namespace.
        assert_eq!(read(&line("sh", "0 -1 -1")), None);
        assert_eq!(read(&line("sh", "0 0 0")), None);
        for cut in ["", "7", "7 (sh", "7 (sh)", "7 (sh) S 1 7", "7 (sh) S x 7 7"] {
            assert_eq!(read(cut), None, "{cut:?}");
        }
    }
}
