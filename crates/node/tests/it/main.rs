//! The tests of the npm package, in Node and in Bun. They are JavaScript's, in `packages/node/test`; `cargo xtask test`
//! builds the package and says where it is.

#![allow(clippy::print_stdout, reason = "a test says when it is skipped")]

mod bench;

use std::path::PathBuf;
use std::process::Command;

/// Set by `cargo xtask test`.
pub(crate) const PACKAGE: &str = "IRONBRIDGE_TEST_PACKAGE";

fn check(runtime: &[&str]) {
    let Some(package) = std::env::var_os(PACKAGE).map(PathBuf::from) else {
        println!(
            "skipped: {PACKAGE} is not set; `cargo xtask test` builds the package and sets it"
        );
        return;
    };
    let mut command = Command::new("npm");
    command.args(["run", "--silent", "test", "--"]).args(runtime).current_dir(package);
    // Standard output and error are the test's own: the runner keeps them and shows them on failure.
    let output = command.output().expect("npm runs");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    println!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the package's tests: {}", output.status);
}

#[test]
fn the_package_passes_in_node() {
    check(&[]);
}

#[test]
fn the_package_passes_in_bun() {
    check(&["--bun"]);
}
