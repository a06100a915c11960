//! What the tests of coding agents share: a folder to work in, and what must have reached the
//! upstream after a tool loop.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ironbridge_testkit::{Dialect, Folder, Received, Upstream};

use super::program::{self, Ended};

/// What stands in the file that the agents read.
pub(super) const NOTE: &str = "the bridge is made of iron";
/// The file's name.
pub(super) const NOTE_FILE: &str = "note.txt";
/// A command whose output no model could have guessed from the command alone.
pub(super) const SHOUT: &str = "tr a-z A-Z < note.txt";
/// What it prints.
pub(super) const SHOUTED: &str = "THE BRIDGE IS MADE OF IRON";

/// A watchdog for the end of processes that were killed.
const END_LIMIT: Duration = Duration::from_secs(30);

/// A home folder for an agent, with its working folder in it. When it is dropped, every process is
/// stopped that was started with this home: agents detach helpers from their own process group (an
/// app server that waits for the next call), which would outlive the test.
pub(super) struct Workplace(Folder);

impl Workplace {
    pub(super) fn new() -> Self {
        let folder = Folder::new().unwrap();
        folder.write(format!("work/{NOTE_FILE}"), format!("{NOTE}\n")).unwrap();
        Self(folder)
    }

    /// The agent's home.
    pub(super) fn home(&self) -> &Folder {
        &self.0
    }

    /// The folder that the agent works in, which holds the note.
    pub(super) fn work(&self) -> PathBuf {
        self.0.path().join("work")
    }

    /// Runs the agent here; it must succeed, and nothing of it is left afterwards.
    pub(super) fn run(&self, mut agent: Command) -> Ended {
        agent.current_dir(self.work()).env("HOME", self.0.path());
        let ended = program::run(agent);
        self.stop();
        assert!(self.processes().is_empty(), "a process of the agent is left");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended
    }

    /// The processes that were started with this home; none where the system has no `/proc`.
    fn processes(&self) -> Vec<u32> {
        let home = format!("HOME={}", self.0.path().display());
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let ids = processes.flatten().filter_map(|process| {
            let id: u32 = process.file_name().to_str()?.parse().ok()?;
            // Other people's processes cannot be read, and one that has just ended neither.
            let environment = fs::read(process.path().join("environ")).ok()?;
            environment.split(|byte| *byte == 0).any(|entry| entry == home.as_bytes()).then_some(id)
        });
        ids.collect()
    }

    fn stop(&self) {
        let begun = Instant::now();
        loop {
            let ids = self.processes();
            if ids.is_empty() || begun.elapsed() > END_LIMIT {
                return;
            }
            ids.into_iter().for_each(program::kill);
            thread::yield_now();
        }
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What Copilot was told of who asks, by the requests of the loop itself: those that offer tools.
pub(super) fn initiators(requests: &[Received]) -> Vec<&str> {
    let of_loop = requests.iter().filter(|request| request.json()["tools"].is_array());
    of_loop.map(|request| request.header("x-initiator").unwrap_or("nothing")).collect()
}

/// The requests of the loop itself all came in one dialect, and the last of them held all results.
pub(super) fn check_requests(upstream: &Upstream, dialect: Dialect, results: usize) {
    let requests: Vec<Received> = upstream.requests();
    let asked: Vec<&Received> =
        requests.iter().filter(|request| request.dialect().is_some()).collect();
    assert!(asked.len() > results, "{} requests for {results} tool results", asked.len());
    for request in &asked {
        assert_eq!(request.dialect(), Some(dialect), "{} {}", request.method, request.path);
    }
    let last = asked.last().map(|request| request.json().to_string()).unwrap_or_default();
    for result in [NOTE, SHOUTED] {
        assert!(last.contains(result), "the last request lacks {result:?}: {last}");
    }
}
