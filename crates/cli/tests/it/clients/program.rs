//! Running a client: all it prints, no longer than it may take, and no child left behind.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A watchdog, not a measurement: the slowest client takes a few seconds on a loaded machine.
const LIMIT: Duration = Duration::from_secs(150);

/// What a program printed and how it ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// `None`: it was stopped by the watchdog or by a signal.
    pub(super) code: Option<i32>,
}

/// Runs a program in a process group of its own and waits for its end. Past [`LIMIT`] the whole
/// group is killed.
pub(super) fn run(mut command: Command) -> Ended {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let stdout = read(child.stdout.take().unwrap());
    let stderr = read(child.stderr.take().unwrap());
    let group = child.id();
    let (ended, wait) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        if wait.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
            kill_group(group);
        }
    });
    let status = child.wait().unwrap();
    drop(ended);
    watchdog.join().unwrap();
    // A child that outlives the client holds its pipes open; it has nothing more to say.
    kill_group(group);
    Ended { stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap(), code: status.code() }
}

/// Reads on the side: a program whose pipe is full would wait for ever.
fn read(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn kill_group(group: u32) {
    signal("-KILL", &format!("-{group}"));
}

/// Kills one process by its id.
pub(super) fn kill(id: u32) {
    signal("-KILL", &id.to_string());
}

fn signal(signal: &str, target: &str) {
    // It fails when nothing is left to be killed, which is what is wanted.
    let _ = Command::new("kill")
        .args([signal, "--", target])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}
