//! Terminals: 50 MB out beside a bare read loop over the same kind of terminal, and a program from start to end.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use std::io::Read;
use std::process::{Command, Stdio};

use divan::{Bencher, counter::BytesCount};
use ironbridge_tools::pty::{PtyOptions, Taken, Terminals};
use ironbridge_tools::{Control, Limits, Scope, Workspace};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use crate::processor::Used;

const BYTES: u64 = 50_000_000;
const PRINTS: &str = "stty -opost; head -c 50000000 /dev/zero";

fn opened() -> (Terminals, Workspace) {
    let terminals = Terminals::new(&Limits::default(), |_| {}).unwrap();
    let scope = Scope::anywhere(std::env::temp_dir()).unwrap();
    (terminals, Workspace::new(scope, std::env::temp_dir()))
}

fn options(program: &str, args: &[&str]) -> PtyOptions {
    let args = args.iter().map(|arg| (*arg).to_owned()).collect();
    PtyOptions { command: Some(program.to_owned()), args, ..PtyOptions::default() }
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn fifty_megabytes(bencher: Bencher<'_, '_>) {
    let (terminals, workspace) = opened();
    let options = options("sh", &["-c", PRINTS]);
    let mut used = Used::by("pty::fifty_megabytes");
    bencher.counter(BytesCount::new(BYTES)).bench_local(|| {
        used.round();
        let pty = terminals.open(&workspace, &options, |_| Taken::Now).unwrap();
        pty.wait(&Control::unbounded()).unwrap();
        assert_eq!(pty.buffer().end, BYTES);
    });
}

/// The floor: one thread that reads one terminal and does nothing with it.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn fifty_megabytes_bare_read_loop(bencher: Bencher<'_, '_>) {
    let mut used = Used::by("pty::fifty_megabytes_bare_read_loop");
    bencher.counter(BytesCount::new(BYTES)).bench_local(|| {
        used.round();
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let slave = ioctl_tiocgptpeer(&master, flags).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", PRINTS]).stdin(slave.try_clone().unwrap()).stdout(slave);
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut master = std::fs::File::from(master);
        let (mut buffer, mut all) = (vec![0; 64 * 1024], 0);
        while let Ok(count) = master.read(&mut buffer) {
            all += count as u64;
        }
        child.wait().unwrap();
        assert_eq!(all, BYTES);
    });
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn create_to_exit(bencher: Bencher<'_, '_>) {
    let (terminals, workspace) = opened();
    let options = options("true", &[]);
    bencher.bench_local(|| {
        let pty = terminals.open(&workspace, &options, |_| Taken::Now).unwrap();
        pty.wait(&Control::unbounded()).unwrap();
    });
}

/// The floor: the same program without a terminal.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn create_to_exit_bare_command(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        Command::new("true").stdout(Stdio::null()).status().unwrap();
    });
}
