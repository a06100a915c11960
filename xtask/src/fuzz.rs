//! `bench fuzz`: runs the fuzz targets of `fuzz/` with the nightly toolchain.
//!
//! It builds them with the flags `cargo fuzz` would use, so nothing but nightly has to be installed;
//! `cargo +nightly fuzz run TARGET` works as well. AddressSanitizer is left out: our crates forbid
//! `unsafe`, and without it a target runs about twice as often.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use toml_edit::{DocumentMut, Item, Table};

use crate::process::{self, BUILD};
use crate::progress::Steps;
use crate::toolchain;
use crate::workspace::Workspace;

const SECONDS_DEFAULT: u64 = 60;
/// One input may take this long, in seconds, before it counts as a hang.
const INPUT_SECONDS_MAX: u64 = 10;
const MEMORY_MIB_MAX: u64 = 2048;

/// What libFuzzer needs from the compiler: edge counters, their table of addresses, and the values
/// that comparisons see.
const FLAGS: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Cdebug-assertions",
    "-Cdebuginfo=line-tables-only",
];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    seconds: u64,
    targets: Vec<String>,
}

/// Builds and runs the targets, all of them where none is named.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    let manifest = std::fs::read_to_string(workspace.root.join("fuzz/Cargo.toml"))?;
    let plan = plan(arguments, &targets(&manifest)?)?;
    let mut steps = Steps::new(1 + plan.targets.len());
    let binaries = steps.step("build the fuzz targets", || build(&workspace))?;
    for target in &plan.targets {
        let name = format!("{target}, {} s", plan.seconds);
        steps.step(&name, || fuzz(&workspace, &binaries, target, plan.seconds))?;
    }
    println!("{} targets found nothing in {}", plan.targets.len(), steps.elapsed());
    Ok(())
}

/// The names of the `[[bin]]` entries.
fn targets(manifest: &str) -> Result<Vec<String>> {
    let manifest: DocumentMut = manifest.parse().context("fuzz/Cargo.toml is not TOML")?;
    let bins = manifest.get("bin").and_then(Item::as_array_of_tables);
    let bins = bins.context("fuzz/Cargo.toml has no [[bin]]")?;
    let name = |bin: &Table| bin.get("name").and_then(Item::as_str).map(str::to_owned);
    Ok(bins.iter().filter_map(name).collect())
}

fn plan(arguments: &[String], known: &[String]) -> Result<Plan> {
    let mut plan = Plan { seconds: SECONDS_DEFAULT, targets: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--seconds" {
            let number = rest.next().context("--seconds needs a number")?;
            plan.seconds = number.parse().context("--seconds needs a number")?;
        } else if known.contains(argument) {
            plan.targets.push(argument.clone());
        } else {
            bail!("there is no fuzz target `{argument}`; there are {}", known.join(", "));
        }
    }
    if plan.targets.is_empty() {
        plan.targets = known.to_vec();
    }
    Ok(plan)
}

/// Builds all targets; gives the folder of their binaries.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let host = toolchain::rustc(&workspace.root)?.host;
    let target = workspace.target().join("fuzz");
    let mut command = toolchain::nightly_cargo(&workspace.root.join("fuzz"))?;
    // With --target the flags leave build scripts and procedural macros alone.
    command.args(["build", "--release", "--bins", "--target", &host]);
    command.env("RUSTFLAGS", FLAGS.join(" ")).env("CARGO_TARGET_DIR", &target);
    process::run(&mut command, BUILD)?;
    Ok(target.join(host).join("release"))
}

/// Runs one target. New inputs go under `target/`; an input that fails goes to `fuzz/artifacts`.
fn fuzz(workspace: &Workspace, binaries: &Path, target: &str, seconds: u64) -> Result<()> {
    let seeds = workspace.root.join("fuzz/corpus").join(target);
    ensure!(seeds.is_dir(), "{} is missing", workspace.relative(&seeds));
    let found = workspace.target().join("fuzz/corpus").join(target);
    let artifacts = workspace.root.join("fuzz/artifacts").join(target);
    std::fs::create_dir_all(&found)?;
    std::fs::create_dir_all(&artifacts)?;
    let mut command = Command::new(binaries.join(target));
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-timeout={INPUT_SECONDS_MAX}"));
    command.arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"));
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.args(["-print_final_stats=1", "-verbosity=0"]).arg(found).arg(seeds);
    let limit = Duration::from_secs(seconds) + Duration::from_secs(5 * 60);
    process::run(&mut command, limit).with_context(|| {
        let folder = workspace.relative(&artifacts);
        format!("the input is in {folder}; once mended, keep it in fuzz/corpus/{target}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_binaries_of_the_manifest() {
        let manifest = "[package]\nname = \"f\"\n[[bin]]\nname = \"a\"\n[[bin]]\nname = \"b\"\n";
        assert_eq!(targets(manifest).unwrap(), ["a", "b"]);
        assert!(targets("[package]\n").is_err());
    }

    #[test]
    fn a_plan_names_known_targets_or_takes_all() {
        let known = ["a".to_owned(), "b".to_owned()];
        let check = |arguments: &[&str], seconds: u64, targets: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|&word| word.into()).collect();
            let targets = targets.iter().map(|&name| name.into()).collect();
            assert_eq!(plan(&arguments, &known).unwrap(), Plan { seconds, targets });
        };
        check(&[], SECONDS_DEFAULT, &["a", "b"]);
        check(&["--seconds", "5", "b"], 5, &["b"]);
        assert!(plan(&["c".into()], &known).is_err());
        assert!(plan(&["--seconds".into(), "x".into()], &known).is_err());
    }
}
