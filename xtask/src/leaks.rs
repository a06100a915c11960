//! `leaks`: the tests of the tools under valgrind, which counts what was allocated and is held by nobody at the end.
//!
//! Reads of memory that was freed or never written are found, too. Memory that threads and statics still hold is no
//! leak. LeakSanitizer would be quicker, but it is linked in by nightly compilers alone (gcc's own, linked by hand, falls
//! over before `main`). Descriptors, threads and processes that are left behind are counted by the tests themselves.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::process::{self, BUILD};
use crate::progress::Steps;
use crate::toolchain;
use crate::workspace::Workspace;

/// For all tests: valgrind is thirty times slower than the processor.
const RUN: Duration = Duration::from_secs(60 * 60);

/// What valgrind ends with when it found something; libtest's own failures are 101.
const FOUND: i32 = 97;

/// A test that leaks on purpose: the proof that the check can fail.
const PLANTED: &str = "leak_check::a_planted_leak";
/// Set for it.
const PLANT: &str = "IRONBRIDGE_TEST_PLANT_LEAK";

/// Valgrind 3.19 does not know the system calls that tell when a process has ended (`pidfd_open`).
const UNKNOWN_TO_VALGRIND: &[&str] = &["shell_run", "sandbox", "pty"];

/// Long for their counts, which add nothing here.
const LONG: &[&str] =
    &["property", "corpus", "rounds", "megabytes", "thousand", "gigabyte", "huge_line"];

/// Cases of one property: a leak shows in any.
const PROPERTY_CASES: &str = "4";

/// The short form: where descriptors and foreign code are handled.
const SHORT: &[&str] = &["scope::", "files::write", "patch::syntax", "shell_parse::"];

const PACKAGE: &str = "ironbridge-tools";

/// What others' code does on purpose, each with its reason.
const SUPPRESSED: &str = "xtask/src/leaks.supp";

/// Runs the tests of the tools, or those whose names hold one of the texts.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    let filters: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut steps = Steps::new(2);
    let binary = steps.step("build the tests", || build(&workspace))?;
    steps.step("valgrind", || check(&workspace, &binary, &filters))?;
    println!("no leak in {}", steps.elapsed());
    Ok(())
}

/// The part of it that belongs to `test`.
pub(crate) fn short(workspace: &Workspace) -> Result<()> {
    check(workspace, &build(workspace)?, SHORT)
}

/// The tests of the tools, built as `test` builds them so that nothing is built twice; gives the path of the program.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--locked", "--tests", "--no-run", "--quiet"]);
    command.args(["--message-format", "json"]);
    let output = String::from_utf8(process::capture(&mut command, BUILD)?)?;
    let messages = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of_tools = |message: &Value| {
        let id = message["package_id"].as_str().unwrap_or_default();
        message["target"]["name"] == "it" && (id.contains(PACKAGE) || id.contains("crates/tools"))
    };
    messages
        .filter(of_tools)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .with_context(|| format!("cargo built no tests of {PACKAGE}"))
}

fn check(workspace: &Workspace, binary: &Path, filters: &[&str]) -> Result<()> {
    let (status, _) = valgrind(workspace, binary, &["--exact", PLANTED], true)?;
    ensure!(status.code() == Some(FOUND), "valgrind does not find a planted leak ({status})");
    let mut arguments = filters.to_vec();
    for name in UNKNOWN_TO_VALGRIND.iter().chain(LONG) {
        arguments.extend(["--skip", name]);
    }
    let (status, findings) = valgrind(workspace, binary, &arguments, false)?;
    match status.code() {
        Some(0) => Ok(()),
        Some(FOUND) => bail!("valgrind found:\n{findings}"),
        _ => bail!("a test failed ({status})\n{findings}"),
    }
}

/// Runs tests under valgrind, with the leak planted or not; gives the exit status and what it found.
fn valgrind(
    workspace: &Workspace,
    binary: &Path,
    arguments: &[&str],
    plant: bool,
) -> Result<(ExitStatus, String)> {
    let log = workspace.target().join("peers-install.log");
    let findings = workspace.target().join("valgrind.log");
    let mut command = Command::new(toolchain::program("valgrind", "valgrind", &log)?);
    command.args(["--quiet", "--leak-check=full", "--child-silent-after-fork=yes"]);
    command.args(["--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]);
    command.arg(format!("--suppressions={}", workspace.root.join(SUPPRESSED).display()));
    command.arg(format!("--error-exitcode={FOUND}"));
    command.arg(format!("--log-file={}", findings.display()));
    command.arg(binary).args(["--quiet", "--test-threads=1"]).args(arguments);
    command.env("PROPTEST_CASES", PROPERTY_CASES);
    if plant {
        command.env(PLANT, "1");
    }
    // Tests find their fixtures from the folder of their package, as cargo runs them.
    command.current_dir(workspace.root.join("crates/tools"));
    let status = process::status(&mut command, RUN)?;
    Ok((status, told(&std::fs::read_to_string(&findings)?)))
}

/// Without the notes on system calls that this valgrind does not know: it answers them with `ENOSYS`, as an old kernel
/// would, and the tools go another way.
fn told(findings: &str) -> String {
    findings
        .lines()
        .filter(|line| !line.starts_with("--"))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn only_findings_are_told() {
        let log = "--7-- WARNING: unhandled amd64-linux syscall: 437\n==7== 8 bytes in 1 blocks\n";
        assert_eq!(told(log), "==7== 8 bytes in 1 blocks\n");
    }
}
