//! The tests of the npm package, in Node and in Bun. They are JavaScript's, in `packages/node/test`; `cargo xtask test`
//! builds the package and says where it is.

#![allow(clippy::print_stdout, reason = "a test says when it is skipped")]

mod bench;

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

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
    "./test/asgi-bad.test.mjs",
    "./test/asgi-errors.test.mjs",
    "./test/handler.test.mjs",
    "./test/concurrency.test.mjs",
    "./test/asgi-websocket.test.mjs",
    "./test/asgi-websocket-peers.test.mjs",
    "./test/asgi-listen.test.mjs",
    "./test/asgi-uvicorn.test.mjs",
    "./test/asgi-guide.test.mjs",
    "./test/asgi-frameworks.test.mjs",
    "./test/asgi-examples.test.mjs",
];
/// The package's tests by Node's runner, and by Bun's.
const IN_NODE: &[&str] = &["npm", "run", "--silent", "test", "--"];
const IN_BUN: &[&str] = &["npm", "run", "--silent", "test", "--", "--bun"];

/// They share the built package, which one of them builds anew: `.config/nextest.toml` keeps them apart as well.
static PACKAGE_IN_USE: Mutex<()> = Mutex::new(());

fn check(words: &[&str], arguments: &[&str], environment: &[(&str, String)]) {
    let Some(package) = std::env::var_os(PACKAGE).map(PathBuf::from) else {
        println!(
            "skipped: {PACKAGE} is not set; `cargo xtask test` builds the package and sets it"
        );
        return;
    };
    let _alone = PACKAGE_IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).args(arguments).current_dir(package);
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
fn check_pythons(words: &[&str]) {
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
        check(words, ASGI_TESTS, &environment);
    }
}

#[test]
fn the_package_passes_in_node() {
    check(IN_NODE, &[], &[]);
}

#[test]
fn the_package_passes_in_bun() {
    check(IN_BUN, &[], &[]);
}

#[test]
fn the_asgi_host_passes_in_each_python_in_node() {
    check_pythons(IN_NODE);
}

#[test]
fn the_asgi_host_passes_in_each_python_in_bun() {
    check_pythons(IN_BUN);
}

#[test]
fn each_script_of_the_package_runs_under_npm_and_bun() {
    check(&["node", "--test", "test/scripts.mjs"], &[], &[]);
}
