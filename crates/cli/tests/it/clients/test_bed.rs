//! Where the installed clients are.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// The folder of the Python virtual environment.
const VENV: &str = "IRONBRIDGE_TEST_VENV";
/// The folder with the Node scripts and their `node_modules`.
const NODE: &str = "IRONBRIDGE_TEST_NODE";
/// `1`: a missing client is a failure.
const REQUIRED: &str = "IRONBRIDGE_TEST_REQUIRE_CLIENTS";

/// The Python of the virtual environment, about to run a script of `fixtures/clients/python`.
/// `None`, and it has said so: not installed.
pub(super) fn python(script: &str) -> Option<Command> {
    let venv = installed(VENV)?;
    let scripts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clients/python");
    let mut command = Command::new(venv.join("bin/python"));
    // -B: the scripts are run where they stand, and no bytecode is to be left there.
    command.arg("-B").arg(scripts.join(script));
    Some(isolated(command))
}

/// Node, about to run a file of the folder that is a copy of `fixtures/clients/node` with its
/// packages. `None`, and it has said so: not installed.
pub(super) fn node(file: &str) -> Option<Command> {
    let folder = installed(NODE)?;
    let mut command = Command::new("node");
    command.arg(folder.join(file));
    Some(isolated(command))
}

#[expect(clippy::print_stdout, reason = "whoever runs the tests is told what was skipped")]
fn installed(variable: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os(variable) else {
        let required = std::env::var_os(REQUIRED).is_some_and(|value| value == "1");
        assert!(!required, "{REQUIRED} is 1, but {variable} is not set");
        println!("skipped: {variable} is not set; `cargo xtask test` installs the clients");
        return None;
    };
    Some(PathBuf::from(folder))
}

/// Takes away what could lead the client elsewhere: proxies, keys, other people's settings.
fn isolated(mut command: Command) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
    command.env_clear().env("PATH", path).env("LANG", "C.UTF-8");
    command
}
