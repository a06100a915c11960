//! The tests of the npm package, in Node and in Bun. They are JavaScript's, in `packages/node/test`; `cargo xtask test`
//! builds the package and says where it is.

#![allow(clippy::print_stdout, reason = "a test says when it is skipped")]

mod bench;

use std::path::PathBuf;
use std::process::Command;

/// Set by `cargo xtask test`.
pub(crate) const PACKAGE: &str = "IRONBRIDGE_TEST_PACKAGE";
/// Set by `cargo xtask test`: interpreters, the first of which has the packages of `fixtures/asgi`.
const PYTHONS: &str = "IRONBRIDGE_TEST_PYTHONS";
/// One of them, for a run of the package's tests.
const PYTHON: &str = "IRONBRIDGE_TEST_PYTHON";
/// Whether it has to have the packages.
const EXTENSIONS: &str = "IRONBRIDGE_TEST_EXTENSIONS";

const ASGI_TESTS: &[&str] = &[
    "./test/asgi-http.test.mjs",
    "./test/asgi-load.test.mjs",
    "./test/asgi-handler.test.mjs",
    "./test/asgi-uvicorn.test.mjs",
    "./test/asgi-guide.test.mjs",
    "./test/asgi-frameworks.test.mjs",
];

fn check(arguments: &[&str], environment: &[(&str, String)]) {
    let Some(package) = std::env::var_os(PACKAGE).map(PathBuf::from) else {
        println!(
            "skipped: {PACKAGE} is not set; `cargo xtask test` builds the package and sets it"
        );
        return;
    };
    let mut command = Command::new("npm");
    command.args(["run", "--silent", "test", "--"]).args(arguments).current_dir(package);
    for (name, value) in environment {
        command.env(name, value);
    }
    // Standard output and error are the test's own: the runner keeps them and shows them on failure.
    let output = command.output().expect("npm runs");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    println!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the package's tests: {}", output.status);
}

/// A process has one Python, so each has its own run.
fn check_pythons(runtime: &[&str]) {
    let Some(pythons) = std::env::var_os(PYTHONS) else {
        println!("skipped: {PYTHONS} is not set; `cargo xtask test` sets it");
        return;
    };
    for (index, python) in std::env::split_paths(&pythons).enumerate() {
        println!("with {}", python.display());
        let mut environment = vec![(PYTHON, python.display().to_string())];
        if index == 0 {
            environment.push((EXTENSIONS, "1".to_owned()));
        }
        check(&[runtime, ASGI_TESTS].concat(), &environment);
    }
}

#[test]
fn the_package_passes_in_node() {
    check(&[], &[]);
}

#[test]
fn the_package_passes_in_bun() {
    check(&["--bun"], &[]);
}

#[test]
fn the_asgi_host_passes_in_each_python_in_node() {
    check_pythons(&[]);
}

#[test]
fn the_asgi_host_passes_in_each_python_in_bun() {
    check_pythons(&["--bun"]);
}
