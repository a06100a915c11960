//! `tidy`: formatting, lints, and the rules of the house, all findings reported together.
//!
//! Each rule is a pure function from inputs to [`finding::Finding`]s, in a file of its own with
//! tests that show it can fail:
//!
//! - [`files`]: lengths, names, unfinished code;
//! - [`crate_table`]: who may use whom, `#![forbid(unsafe_code)]`, where testkit may appear;
//! - [`manifests`]: versions stand only in the root `Cargo.toml`;
//! - [`dependencies`]: what `deny.toml` bans, licences, the cap on locked packages;
//! - [`parity`]: what `docs/reference/parity.md` calls done names a test;
//! - [`lock_files`]: no machine paths, no download addresses.

pub(crate) mod crate_table;
pub(crate) mod dependencies;
pub(crate) mod files;
pub(crate) mod finding;
pub(crate) mod licence;
pub(crate) mod lock_files;
pub(crate) mod manifests;
pub(crate) mod parity;

use anyhow::{Context, Result, bail};

use crate::docs;
use crate::process::{self, BUILD};
use crate::workspace::{self, Workspace, cargo};
use files::SourceFile;
use finding::Finding;

/// The command.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    match arguments {
        [] => check(&workspace)?,
        [quick] if quick == "--quick" => {
            let findings = check_texts(&workspace)?;
            findings.iter().for_each(|finding| eprintln!("{finding}"));
            if !findings.is_empty() {
                bail!("{} findings", findings.len());
            }
        }
        _ => bail!("usage: cargo xtask tidy [--quick]"),
    }
    println!("tidy: nothing to mend");
    Ok(())
}

/// Runs every check; what they find is printed together, then it is one error.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut findings = check_texts(workspace)?;
    let lints_pass = lints(workspace)?;
    // The generators are built from the code: where it does not compile they have nothing to say.
    if lints_pass {
        findings.extend(docs::stale(workspace)?);
    } else {
        eprintln!("not checked: whether docs/reference is fresh (clippy first)");
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    match (findings.len(), lints_pass) {
        (0, true) => Ok(()),
        (0, false) => bail!("clippy has findings (above)"),
        (count, true) => bail!("{count} findings"),
        (count, false) => bail!("{count} findings, and clippy's (above)"),
    }
}

/// The checks that compile nothing: seconds instead of minutes.
fn check_texts(workspace: &Workspace) -> Result<Vec<Finding>> {
    let sources = read_sources(workspace)?;
    let mut findings = Vec::new();
    findings.extend(formatting(workspace)?);
    files::check_files(&sources, &mut findings);
    let members = crate_table::members(workspace);
    crate_table::check_arrows(&members, &mut findings);
    crate_table::check_unsafe(&members, &sources, &mut findings);
    crate_table::check_testkit_place(&members, &sources, &mut findings);
    manifests::check(&sources, &mut findings);
    parity::check(&sources, &mut findings);
    let deny = std::fs::read_to_string(workspace.root.join("deny.toml")).context("deny.toml")?;
    let rules = dependencies::Rules::parse(&deny)?;
    dependencies::check(&dependencies::packages(workspace), &rules, &mut findings);
    lock_files::check(&sources, &lock_files::machine_paths(&workspace.root), &mut findings);
    Ok(findings)
}

/// Every text file that is or would be in git.
fn read_sources(workspace: &Workspace) -> Result<Vec<SourceFile>> {
    let mut sources = Vec::new();
    for path in workspace::files(&workspace.root)? {
        let bytes = std::fs::read(workspace.root.join(&path)).with_context(|| path.clone())?;
        if let Ok(text) = String::from_utf8(bytes) {
            sources.push(SourceFile { path, text });
        }
    }
    Ok(sources)
}

/// The workspace, and the one of the fuzz targets.
fn formatting(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (folder, packages) in [("", Some("--all")), ("fuzz", None)] {
        let mut command = cargo(&workspace.root.join(folder));
        command.arg("fmt").args(packages).args(["--check", "--", "-l"]);
        let (status, output) = process::output(&mut command, process::QUICK)?;
        let text = String::from_utf8_lossy(&output);
        let paths = text.lines().map(|path| workspace.relative(std::path::Path::new(path)));
        let before = findings.len();
        findings.extend(
            paths.map(|path| {
                Finding::file(&path, "is not formatted", "cargo fmt, in its workspace")
            }),
        );
        if findings.len() == before && !status.success() {
            let mend = "mend the syntax, then `cargo fmt --all`";
            findings.push(Finding::file("Cargo.toml", "cargo fmt failed (above)", mend));
        }
    }
    Ok(findings)
}

/// True when clippy is content; its own output says where it is not.
fn lints(workspace: &Workspace) -> Result<bool> {
    let mut command = workspace.cargo();
    command.args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]);
    Ok(process::status(&mut command, BUILD)?.success())
}
