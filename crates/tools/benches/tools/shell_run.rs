//! Running a command beside starting the same shell and taking its output.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use std::process::{Command, Stdio};

use divan::Bencher;
use ironbridge_tools::shell::{RunShell, SandboxInput, run_shell};
use ironbridge_tools::{Control, Scope, Workspace};

fn run(bencher: Bencher<'_, '_>, input: &RunShell) {
    let scope = Scope::anywhere(std::env::temp_dir()).unwrap();
    let state = std::env::temp_dir().join(format!("ironbridge-bench-{}", std::process::id()));
    let workspace = Workspace::new(scope, &state);
    bencher.bench_local(|| run_shell(&workspace, input, &Control::unbounded()).unwrap());
    let _ = std::fs::remove_dir_all(state);
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn run_true(bencher: Bencher<'_, '_>) {
    run(bencher, &RunShell::new("true"));
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn run_true_in_a_sandbox(bencher: Bencher<'_, '_>) {
    let best_effort = SandboxInput { best_effort: true, ..SandboxInput::default() };
    run(bencher, &RunShell { sandbox: Some(best_effort), ..RunShell::new("true") });
}

/// The floor.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn run_true_bare_command(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        Command::new("bash").args(["-c", "true"]).stdin(Stdio::null()).output().unwrap()
    });
}
