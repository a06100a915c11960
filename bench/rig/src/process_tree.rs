//! What a process and all below it used, from `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// `/proc` counts CPU time in hundredths of a second on every Linux (`USER_HZ`, proc(5)).
const TICK: Duration = Duration::from_millis(10);
/// Between two looks at whether a process has come to rest.
const SETTLE_INTERVAL: Duration = Duration::from_millis(250);
/// A process that used less than this between two looks is at rest.
const AT_REST: Duration = Duration::from_millis(10);
/// How long a process is waited for that does not come to rest.
const SETTLE_MAX: Duration = Duration::from_secs(8);

/// CPU time of a process, its threads and its living descendants: user and system.
pub(crate) fn cpu_time(root: u32) -> Result<Duration> {
    let mut ticks = 0;
    for pid in descendants(root)? {
        // One that has ended in between has nothing more to say.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        ticks += ticks_of(&stat).with_context(|| format!("/proc/{pid}/stat: {stat}"))?;
    }
    Ok(TICK * ticks)
}

/// Resident memory of a process and its living descendants, in bytes.
pub(crate) fn resident_bytes(root: u32) -> Result<u64> {
    let mut kibibytes = 0;
    for pid in descendants(root)? {
        let Ok(rollup) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else { continue };
        kibibytes += resident_of(&rollup).unwrap_or_default();
    }
    Ok(kibibytes * 1024)
}

/// Waits until a process tree is at rest, so that work left over does not fall into the next measurement.
pub(crate) async fn settle(root: u32) -> Result<()> {
    let mut before = cpu_time(root)?;
    for _ in 0..SETTLE_MAX.as_millis() / SETTLE_INTERVAL.as_millis() {
        tokio::time::sleep(SETTLE_INTERVAL).await;
        let now = cpu_time(root)?;
        if now.saturating_sub(before) <= AT_REST {
            break;
        }
        before = now;
    }
    Ok(())
}

/// The process and all below it.
fn descendants(root: u32) -> Result<Vec<u32>> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").context("only Linux has /proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        if let Some(parent) = field(&stat, PARENT) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = vec![root];
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        next += 1;
        found.extend(children.get(&pid).into_iter().flatten());
    }
    Ok(found)
}

/// Places of the fields of `/proc/PID/stat` behind the program's name (proc(5) counts them from 3).
const PARENT: usize = 1;
const USER_TICKS: usize = 11;
const SYSTEM_TICKS: usize = 12;

fn field(stat: &str, place: usize) -> Option<u32> {
    // The name stands in brackets and may hold blanks and brackets itself.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(place)?.parse().ok()
}

fn ticks_of(stat: &str) -> Option<u32> {
    Some(field(stat, USER_TICKS)? + field(stat, SYSTEM_TICKS)?)
}

fn resident_of(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks_is_skipped() {
        let stat = "42 (a ) b) S 7 42 42 0 -1 4194560 100 0 0 0 31 11 0 0 20 0 1 0 5";
        assert_eq!(field(stat, PARENT), Some(7));
        assert_eq!(ticks_of(stat), Some(42));
        assert_eq!(ticks_of("42 (a"), None);
    }

    #[test]
    fn the_rollup_says_what_is_resident() {
        let rollup =
            "5590-7ffd ---p 00000000 00:00 0 [rollup]\nRss:                1234 kB\nPss: 7 kB\n";
        assert_eq!(resident_of(rollup), Some(1234));
    }

    #[test]
    fn this_process_is_resident() {
        assert!(resident_bytes(std::process::id()).unwrap() > 100_000);
    }
}
