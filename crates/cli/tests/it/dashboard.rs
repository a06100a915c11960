//! The dashboard in a real browser, against this binary. The tests are JavaScript's, in `dashboard/test`; `cargo xtask test`
//! builds the page and says where it is.

use std::path::PathBuf;
use std::process::Command;

/// Set by `cargo xtask test`.
const DASHBOARD: &str = "IRONBRIDGE_TEST_DASHBOARD";

#[test]
fn the_page_passes_in_a_browser() {
    passes("test");
}

/// A history of 200,000 exchanges, a request of 20 MB, 60,000 events.
#[test]
fn the_page_bears_much() {
    passes("test:load");
}

/// Runs a script of the page's package.
#[expect(clippy::print_stdout, reason = "the test runner shows it with the failed test")]
fn passes(script: &str) {
    let Some(folder) = std::env::var_os(DASHBOARD).map(PathBuf::from) else {
        println!("skipped: {DASHBOARD} is not set; `cargo xtask test` builds the page and sets it");
        return;
    };
    let mut command = Command::new("npm");
    command.args(["run", "--silent", script]).current_dir(folder);
    command.env("IRONBRIDGE_BIN", env!("CARGO_BIN_EXE_ironbridge"));
    let output = command.output().unwrap();
    println!("{}", String::from_utf8_lossy(&output.stdout));
    println!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the page's tests: {}", output.status);
}
