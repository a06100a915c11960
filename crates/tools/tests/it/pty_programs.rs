//! Real programs in a terminal, seen through what a terminal would show of them.
#![cfg(unix)]

use ironbridge_tools::pty::{Pty, PtyOptions, PtySize, PtyStatus};

use crate::pty::{Desk, Heard, desk, program, wait};

const SIZE: PtySize = PtySize { rows: 24, cols: 80 };

/// A program with its screen.
struct Seen {
    pty: Pty,
    heard: Heard,
    /// Keeps the terminal's thread.
    _desk: Desk,
}

/// Starts a program, or says that it is not there.
fn see(options: &PtyOptions) -> Option<Seen> {
    let name = options.command.clone().unwrap_or_default();
    let which = std::process::Command::new("which").arg(&name).output();
    if !which.is_ok_and(|which| which.status.success()) {
        println!("skipped: no {name}");
        return None;
    }
    let desk = desk();
    std::fs::write(desk.folder.path().join("text"), "first line\nsecond line\nthird line\n")
        .unwrap();
    let (pty, heard) = desk.open(options);
    Some(Seen { pty, heard, _desk: desk })
}

fn screen(bytes: &[u8]) -> String {
    let (rows, cols) = (SIZE.rows.try_into().unwrap(), SIZE.cols.try_into().unwrap());
    let mut parser = vt100::Parser::new(rows, cols, 0);
    parser.process(bytes);
    parser.screen().contents()
}

impl Seen {
    /// Waits until the screen shows `wanted`.
    fn shows(&self, wanted: &str) {
        self.heard.until(|bytes| screen(bytes).contains(wanted));
    }

    fn types(&self, keys: &str) {
        self.pty.write(keys.as_bytes()).unwrap();
    }
}

fn exited(code: i32) -> PtyStatus {
    PtyStatus::Exited { exit_code: Some(code), signal: None }
}

fn bash() -> PtyOptions {
    let mut options = program("bash", &["--norc", "--noprofile", "-i"]);
    options.env.insert("PS1".to_owned(), Some("ready> ".to_owned()));
    options
}

#[test]
fn bash_has_its_prompt_its_jobs_and_its_interrupt() {
    let Some(seen) = see(&bash()) else { return };
    seen.shows("ready>");
    seen.types("sleep 1000\n");
    seen.shows("sleep 1000");
    // Once the job has the terminal, the interrupt is its own.
    seen.heard.until(|_| foreground(&seen.pty).as_deref() == Some("sleep"));
    seen.types("\x03");
    seen.types("echo status $?\n");
    seen.shows("status 130");
    seen.types("sleep 1000\n");
    seen.heard.until(|_| foreground(&seen.pty).as_deref() == Some("sleep"));
    seen.types("\x1a");
    seen.shows("Stopped");
    seen.types("jobs; kill %1; fg 2>/dev/null; exit 5\n");
    assert_eq!(wait(&seen.pty), exited(5));
}

/// The program that has the terminal.
fn foreground(pty: &Pty) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pty.info().pid)).ok()?;
    let group = stat.rsplit(')').next()?.split(' ').nth(6)?.to_owned();
    Some(std::fs::read_to_string(format!("/proc/{group}/comm")).ok()?.trim().to_owned())
}

#[test]
fn bash_is_hung_up_on() {
    let Some(seen) = see(&bash()) else { return };
    seen.shows("ready>");
    let PtyStatus::Exited { signal, .. } = seen.pty.close() else { panic!("it runs") };
    assert_ne!(signal.as_deref(), Some("SIGKILL"), "it did not end by itself");
}

#[test]
fn python_reads_evaluates_and_prints() {
    let Some(seen) = see(&program("python3", &["-q"])) else { return };
    seen.shows(">>>");
    seen.types("print(6 * 7, 'größe')\r");
    seen.shows("42 größe");
    seen.types("raise SystemExit(9)\r");
    assert_eq!(wait(&seen.pty), exited(9));
}

#[test]
fn vim_shows_edits_and_writes() {
    let Some(seen) = see(&program("vim", &["-u", "NONE", "-N", "text"])) else { return };
    seen.shows("second line");
    seen.types("Gochanged\x1b");
    seen.shows("third line\nchanged");
    seen.types(":wq\r");
    assert_eq!(wait(&seen.pty), exited(0));
    let text = std::fs::read_to_string(seen._desk.folder.path().join("text")).unwrap();
    assert!(text.ends_with("third line\nchanged\n"), "{text}");
}

#[test]
fn less_pages_and_searches() {
    let Some(seen) = see(&program("less", &["text"])) else { return };
    seen.shows("third line");
    seen.types("/second\r");
    seen.types("q");
    assert_eq!(wait(&seen.pty), exited(0));
}

#[test]
fn a_shell_is_the_default() {
    let mut options = PtyOptions::default();
    options.env.insert("HOME".to_owned(), Some("/nonexistent".to_owned()));
    let desk = desk();
    let (pty, heard) = desk.open(&options);
    assert_eq!(pty.info().args, ["-l"]);
    pty.write(b"echo shell-$((40 + 2))\n").unwrap();
    heard.text("shell-42");
    pty.write(b"exit 4\n").unwrap();
    assert_eq!(wait(&pty), exited(4));
}
