//! `bench tools`: builds the addon and what stands beside it, installs the peers, and runs `bench/tools`.
//!
//! The scripts there know how tools and peers are measured; here is only what needs cargo, npm, cc and apt-get.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::{self, BUILD};
use crate::workspace::Workspace;
use crate::{clients, node_package, toolchain};

pub(super) const ABOUT: &str = "each tool from JavaScript, beside what JavaScript programs use today; --write puts the table \
     into bench/README.md";

/// For all rows: about five minutes, and as long again to make the trees and repositories the first time.
const RUN: Duration = Duration::from_secs(30 * 60);
/// A C compiler and one file of fifty lines.
const COMPILE: Duration = Duration::from_secs(60);

/// The folder of the scripts with their peers: the test of the quick form looks for it.
pub(crate) const SCRIPTS: &str = "IRONBRIDGE_TEST_BENCH_OF_TOOLS";

const FIXTURES: &str = "IRONBRIDGE_BENCH_FIXTURES";
const MATCHERS: &str = "IRONBRIDGE_BENCH_MATCHERS";
const READ_LOOP: &str = "IRONBRIDGE_BENCH_READ_LOOP";
const BUN: &str = "IRONBRIDGE_BENCH_BUN";

/// Peers that Debian has.
const PROGRAMS: &[(&str, &str)] =
    &[("fzf", "fzf"), ("rg", "ripgrep"), ("git", "git"), ("cc", "gcc")];

/// Runs the rows that are named, or all.
pub(super) fn run(arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    let folder = workspace.target().join("bench/tools");
    std::fs::create_dir_all(&folder)?;
    let log = folder.join("install.log");
    for (program, package) in PROGRAMS {
        if let Err(error) = toolchain::program(program, package, &log) {
            eprintln!("without {program}: {error:#}");
        }
    }
    let package = node_package::build_optimised(&workspace.root, &workspace.target())?;
    let scripts = peers(&workspace.root, &workspace.target())?;
    let mut command = Command::new("node");
    command.arg(scripts.join("run.mjs")).arg("--out").arg(folder.join("result.json"));
    for argument in arguments {
        if argument == "--write" {
            command.arg("--table").arg(workspace.root.join("bench/README.md"));
            command.arg("--results").arg(workspace.root.join("bench/results/tools"));
        } else {
            command.arg(argument);
        }
    }
    command.env(node_package::PACKAGE, &package).env(FIXTURES, folder.join("fixtures"));
    command.env(BUN, package.join("node_modules/.bin/bun"));
    set(&mut command, MATCHERS, matchers(&workspace, &folder));
    set(&mut command, READ_LOOP, read_loop(&workspace.root, &folder, &log));
    process::run(&mut command, RUN)
}

/// The scripts with the peers from npm beside them, which is where they are looked for. The quick form needs no more.
pub(crate) fn peers(root: &Path, target: &Path) -> Result<PathBuf> {
    let folder = target.join("bench/tools");
    std::fs::create_dir_all(&folder)?;
    clients::node(&root.join("bench/tools"), &folder, &folder.join("install.log"))
}

/// A program that could not be built is said, and its column is missing.
fn set(command: &mut Command, variable: &str, built: Result<PathBuf>) {
    match built {
        Ok(program) => {
            command.env(variable, program);
        }
        Err(error) => eprintln!("without {variable}: {error:#}"),
    }
}

/// The fuzzy matchers of Rust. A workspace of its own, built apart.
fn matchers(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    let manifest = workspace.root.join("bench/tools/matchers/Cargo.toml");
    let target = folder.join("matchers");
    let mut command = workspace.cargo();
    command.args(["build", "--locked", "--release", "--manifest-path"]).arg(manifest);
    process::run(command.arg("--target-dir").arg(&target), BUILD)?;
    Ok(target.join("release/ironbridge-bench-matchers"))
}

/// The floor under a terminal, in C.
fn read_loop(root: &Path, folder: &Path, log: &Path) -> Result<PathBuf> {
    let program = folder.join("read-loop");
    let mut command = Command::new("cc");
    command.args(["-O2", "-o"]).arg(&program).arg(root.join("bench/tools/baselines/read-loop.c"));
    process::run_logged(&mut command, log, COMPILE).context("the read loop in C")?;
    Ok(program)
}
