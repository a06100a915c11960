//! The npm package: installs what it is built with, builds it, and lints it. Its tests are run by a Rust test
//! (`crates/node/tests/it`), which finds the package through the environment variable below.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{self, BUILD, INSTALL, QUICK};
use crate::stamp::Stamp;
use crate::toolchain;

/// The folder of the built package.
pub(crate) const PACKAGE: &str = "IRONBRIDGE_TEST_PACKAGE";

/// Builds the package with the addon unoptimised; gives the variable its tests need.
pub(crate) fn build(root: &Path, target: &Path) -> Result<(&'static str, PathBuf)> {
    let package = root.join("packages/node");
    let log = target.join("node-package.log");
    std::fs::create_dir_all(target)?;
    install(&package, "node-package", target, &log)?;
    npm(&package, "lint", BUILD)?;
    npm(&package, "build:debug", BUILD)?;
    Ok((PACKAGE, package))
}

/// Builds the package with the addon optimised, for benchmarks; gives its folder.
pub(crate) fn build_optimised(root: &Path, target: &Path) -> Result<PathBuf> {
    let package = root.join("packages/node");
    std::fs::create_dir_all(target)?;
    install(&package, "node-package", target, &target.join("node-package.log"))?;
    npm(&package, "build:bench", BUILD)?;
    Ok(package)
}

/// `npm ci` in a folder, remembered by that name until the lock file, the manifest or Node changes.
pub(crate) fn install(package: &Path, name: &str, target: &Path, log: &Path) -> Result<()> {
    let node = toolchain::program("node", "nodejs", log)?;
    let npm = toolchain::program("npm", "npm", log)?;
    let read = |file: &str| {
        let file = package.join(file);
        std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    let version = process::capture(Command::new(node).arg("--version"), QUICK)?;
    let inputs = [read("package-lock.json")?, read("package.json")?, version];
    let stamp =
        Stamp::new(target.join(format!("{name}.stamp")), &inputs.each_ref().map(Vec::as_slice));
    if stamp.is_fresh() && package.join("node_modules").is_dir() {
        return Ok(());
    }
    eprintln!("    Node: npm ci in {}", package.display());
    let mut command = Command::new(npm);
    command.args(["ci", "--no-audit", "--no-fund", "--no-progress"]).current_dir(package);
    process::run_logged(&mut command, log, INSTALL)?;
    stamp.write()
}

/// `npm run` of one script.
pub(crate) fn npm(package: &Path, script: &str, limit: std::time::Duration) -> Result<()> {
    let mut command = Command::new("npm");
    command.args(["run", "--silent", script]).current_dir(package);
    process::run(&mut command, limit)
}
