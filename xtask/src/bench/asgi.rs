//! `bench asgi`: builds the addon and the library that runs Python, installs the peers, and runs `bench/asgi`.
//!
//! The scripts there know how servers are started and measured; here is only what needs cargo, npm, pip and apt-get.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;
use crate::{clients, node_package, toolchain};

pub(super) const ABOUT: &str = "Python in Node, beside uvicorn, granian, hypercorn, a proxy in Node and python-node; --write puts the \
     table into bench/README.md";

/// For all cases: less than ten minutes.
const RUN: Duration = Duration::from_secs(30 * 60);
/// The interpreter with the servers it is measured beside.
const PYTHON: &str = "IRONBRIDGE_BENCH_PYTHON";

/// Runs the benchmark with flags that are mostly the scripts' own.
pub(super) fn run(arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    let folder = workspace.target().join("bench/asgi");
    std::fs::create_dir_all(&folder)?;
    let log = folder.join("install.log");
    toolchain::program("wrk", "wrk", &log)?;
    let package = node_package::build_optimised(&workspace.root, &workspace.target())?;
    let source = workspace.root.join("bench/asgi");
    let venv = clients::python(&source, &folder, &log)?;
    let scripts = clients::node(&source, &folder, &log)?;
    let mut command = Command::new("node");
    command.arg(scripts.join("run.mjs")).arg("--out").arg(folder.join("result.json"));
    for argument in arguments {
        if argument == "--write" {
            command.arg("--table").arg(workspace.root.join("bench/README.md"));
            command.arg("--results").arg(workspace.root.join("bench/results/asgi"));
        } else {
            command.arg(argument);
        }
    }
    command.env(node_package::PACKAGE, &package).env(PYTHON, venv.join("bin/python"));
    process::run(&mut command, RUN)
}
