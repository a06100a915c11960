//! `coverage`: line coverage per crate, from `-C instrument-coverage`.
//!
//! Only our own crates are instrumented: this binary is also cargo's `RUSTC_WORKSPACE_WRAPPER` and
//! adds the flag there, so the dependencies' builds are the ordinary ones. The profiles are merged
//! and read by LLVM's tools, whose major version must be the compiler's: rustup's `llvm-tools`, or
//! Debian's `llvm-<major>`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{self, BUILD, INSTALL};
use crate::progress::Steps;
use crate::test::suite_command;
use crate::toolchain::{self, Rustc};
use crate::workspace::{Workspace, array};

/// Lines of a crate that some test must reach, in per cent.
const COVERED_MIN: f64 = 80.0;

/// Set while cargo calls this binary in place of rustc.
const WRAPPER_MARK: &str = "XTASK_COVERAGE_WRAPPER";

/// Runs the tests instrumented and prints the table.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let may_fail = match arguments {
        [] => true,
        [flag] if flag == "--no-fail" => false,
        _ => bail!("usage: cargo xtask coverage [--no-fail]"),
    };
    let workspace = Workspace::find()?;
    let target = workspace.target().join("coverage");
    let profiles = target.join("profiles");
    if profiles.exists() {
        std::fs::remove_dir_all(&profiles)?;
    }
    std::fs::create_dir_all(&profiles)?;
    let mut steps = Steps::new(3);
    let tools = steps.step("LLVM's tools", || Tools::find(&workspace.root, &target))?;
    let objects = steps.step("instrumented tests", || {
        let objects = build(&workspace, &target, &profiles)?;
        let mut command = suite_command(&workspace.root);
        instrument(&mut command, &target, &profiles)?;
        process::run(&mut command, BUILD)?;
        Ok(objects)
    })?;
    let export = steps.step("report", || tools.export(&target, &profiles, &objects))?;
    let rows = rows(&export, &workspace.root);
    print!("{}", table(&rows));
    let low: Vec<&str> = rows
        .iter()
        .filter(|(_, lines)| lines.percent() < COVERED_MIN)
        .map(|(name, _)| name.as_str())
        .collect();
    if may_fail && !low.is_empty() {
        bail!("under {COVERED_MIN} %: {}", low.join(", "));
    }
    Ok(())
}

/// When cargo calls us as the compiler's wrapper: runs the compiler with the flag added.
pub(crate) fn compile_as_wrapper(arguments: &[String]) -> Option<ExitCode> {
    std::env::var_os(WRAPPER_MARK)?;
    let (rustc, rest) = arguments.split_first()?;
    let mut command = Command::new(rustc);
    command.args(rest);
    // Cargo's questions to the compiler (`rustc -vV`, `--print`) name no crate.
    if rest.iter().any(|argument| argument == "--crate-name") {
        command.args(["-C", "instrument-coverage"]);
    }
    let code = command.status().ok().and_then(|status| status.code());
    Some(code.map_or(ExitCode::FAILURE, |code| ExitCode::from(code.clamp(0, 255) as u8)))
}

fn instrument(command: &mut Command, target: &Path, profiles: &Path) -> Result<()> {
    command.env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?);
    command.env(WRAPPER_MARK, "1").env("CARGO_TARGET_DIR", target);
    command.env("LLVM_PROFILE_FILE", profiles.join("%m_%p.profraw"));
    Ok(())
}

/// Builds the test binaries and our programs; gives their paths.
fn build(workspace: &Workspace, target: &Path, profiles: &Path) -> Result<Vec<PathBuf>> {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--locked", "--no-run", "--message-format", "json"]);
    command.args(["--lib", "--bins", "--tests"]);
    instrument(&mut command, target, profiles)?;
    let output = String::from_utf8(process::capture(&mut command, BUILD)?)?;
    let mut objects: Vec<PathBuf> = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .collect();
    objects.sort();
    objects.dedup();
    Ok(objects)
}

/// `llvm-profdata` and `llvm-cov` of the compiler's LLVM.
struct Tools {
    profdata: PathBuf,
    cov: PathBuf,
}

impl Tools {
    fn find(root: &Path, target: &Path) -> Result<Self> {
        let rustc = toolchain::rustc(root)?;
        if let Some(tools) = Self::of_rustup(root, &rustc) {
            return Ok(tools);
        }
        let name = |tool: &str| format!("{tool}-{}", rustc.llvm_major);
        let package = format!("llvm-{}", rustc.llvm_major);
        let log = target.join("install.log");
        let tool = |tool: &str| {
            toolchain::program(&name(tool), &package, &log)
                .context("hint: rustup component add llvm-tools")
        };
        Ok(Self { profdata: tool("llvm-profdata")?, cov: tool("llvm-cov")? })
    }

    fn of_rustup(root: &Path, rustc: &Rustc) -> Option<Self> {
        let mut command = Command::new("rustc");
        command.current_dir(root).args(["--print", "sysroot"]);
        let sysroot = String::from_utf8(process::capture(&mut command, process::QUICK).ok()?);
        let folder = Path::new(sysroot.ok()?.trim()).join("lib/rustlib").join(&rustc.host);
        let tools =
            Self { profdata: folder.join("bin/llvm-profdata"), cov: folder.join("bin/llvm-cov") };
        (tools.profdata.is_file() && tools.cov.is_file()).then_some(tools)
    }

    /// Merges the profiles and gives `llvm-cov export`'s summary per file.
    fn export(&self, target: &Path, profiles: &Path, objects: &[PathBuf]) -> Result<Value> {
        let merged = target.join("merged.profdata");
        let mut merge = Command::new(&self.profdata);
        merge.args(["merge", "--sparse"]).arg(profiles).arg("-o").arg(&merged);
        process::run(&mut merge, INSTALL)?;
        let mut export = Command::new(&self.cov);
        export.args(["export", "--summary-only", "--instr-profile"]).arg(&merged);
        for object in objects {
            export.arg("--object").arg(object);
        }
        Ok(serde_json::from_slice(&process::capture(&mut export, INSTALL)?)?)
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Lines {
    all: u64,
    covered: u64,
}

impl Lines {
    fn percent(self) -> f64 {
        if self.all == 0 { 100.0 } else { self.covered as f64 * 100.0 / self.all as f64 }
    }
}

/// The lines of each crate under `crates/`; tests and generated code (`target/`) do not count.
fn rows(export: &Value, root: &Path) -> BTreeMap<String, Lines> {
    let mut rows: BTreeMap<String, Lines> = BTreeMap::new();
    for file in array(&export["data"]).iter().flat_map(|data| array(&data["files"])) {
        let Some(name) = file["filename"].as_str().and_then(|path| crate_of(path, root)) else {
            continue;
        };
        let lines = rows.entry(name).or_default();
        let summary = &file["summary"]["lines"];
        lines.all += summary["count"].as_u64().unwrap_or_default();
        lines.covered += summary["covered"].as_u64().unwrap_or_default();
    }
    rows
}

fn crate_of(path: &str, root: &Path) -> Option<String> {
    let inside = Path::new(path).strip_prefix(root).ok()?.to_str()?;
    let (name, file) = inside.strip_prefix("crates/")?.split_once("/src/")?;
    let in_tests = file.split('/').any(|folder| folder == "tests" || folder == "tests.rs");
    let is_test = in_tests || file.ends_with("_tests.rs");
    // A test that takes in a file from elsewhere (`#[path]`) names it through its own folder.
    (!is_test && !name.contains('/')).then(|| name.to_owned())
}

fn table(rows: &BTreeMap<String, Lines>) -> String {
    let mut text = format!("{:<12} {:>8} {:>8} {:>8}\n", "crate", "lines", "covered", "%");
    for (name, lines) in rows {
        let Lines { all, covered } = lines;
        text.push_str(&format!("{name:<12} {all:>8} {covered:>8} {:>8.1}\n", lines.percent()));
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_are_summed_by_crate_without_tests_and_generated_code() {
        let file = |path: &str, all: u64, covered: u64| {
            let summary = json!({"lines": {"count": all, "covered": covered}});
            json!({"filename": path, "summary": summary})
        };
        let export = json!({"data": [{"files": [
            file("/r/crates/wire/src/sse.rs", 80, 80),
            file("/r/crates/wire/src/chat/request.rs", 20, 10),
            file("/r/crates/wire/src/sse_tests.rs", 50, 50),
            file("/r/crates/wire/src/chat/tests/reply.rs", 50, 50),
            file("/r/crates/wire/tests/it/main.rs", 50, 50),
            file("/r/crates/wire/tests/it/../../../../fuzz/src/targets.rs", 50, 50),
            file("/r/crates/limit/src/bucket.rs", 100, 70),
            file("/r/target/coverage/debug/build/x/out/table.rs", 9, 0),
            file("/r/xtask/src/main.rs", 9, 0),
            file("/registry/serde/src/lib.rs", 9, 0),
        ]}]});
        expect![[r#"
            crate           lines  covered        %
            limit             100       70     70.0
            wire              100       90     90.0
        "#]]
        .assert_eq(&table(&rows(&export, Path::new("/r"))));
    }
}
