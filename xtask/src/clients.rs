//! The client test-bed: the pinned SDKs and agents of `fixtures/clients`, installed under
//! `target/clients`, never in the source tree.
//!
//! The tests that use them are Rust tests (`crates/cli/tests/it`); they find the test-bed through
//! the environment variables below and print `skipped: …` where they are not set.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{self, INSTALL, QUICK};
use crate::stamp::Stamp;
use crate::toolchain;

/// The folder of the Python virtual environment.
pub(crate) const VENV: &str = "IRONBRIDGE_TEST_VENV";
/// The folder with the scripts of `fixtures/clients/node` and their `node_modules`.
pub(crate) const NODE: &str = "IRONBRIDGE_TEST_NODE";
/// `1`: a test without its client fails instead of skipping.
pub(crate) const REQUIRED: &str = "IRONBRIDGE_TEST_REQUIRE_CLIENTS";

/// The interpreters that the ASGI host is tried with, parted by `:`; the first has the packages of `fixtures/asgi`.
pub(crate) const PYTHONS: &str = "IRONBRIDGE_TEST_PYTHONS";

/// Installs what changed since the last time; gives the variables the tests need.
pub(crate) fn install(root: &Path, target: &Path) -> Result<Vec<(&'static str, PathBuf)>> {
    let folder = target.join("clients");
    std::fs::create_dir_all(&folder)?;
    let log = folder.join("install.log");
    let python = python(&root.join("fixtures/clients/python"), &folder, &log)?;
    let node = node(&root.join("fixtures/clients/node"), &folder, &log)?;
    Ok(vec![(VENV, python), (NODE, node), (REQUIRED, PathBuf::from("1"))])
}

/// Installs what the ASGI host is tried with; gives its interpreter and the system's own, if there is one.
pub(crate) fn asgi(root: &Path, target: &Path) -> Result<(&'static str, PathBuf)> {
    let folder = target.join("asgi");
    std::fs::create_dir_all(&folder)?;
    let venv = python(&root.join("fixtures/asgi"), &folder, &folder.join("install.log"))?;
    let system = PathBuf::from("/usr/bin/python3");
    let all = [venv.join("bin/python"), system].into_iter().filter(|python| python.is_file());
    Ok((PYTHONS, std::env::join_paths(all)?.into()))
}

/// `requirements.txt` in `source` → `venv` in `folder`.
pub(crate) fn python(source: &Path, folder: &Path, log: &Path) -> Result<PathBuf> {
    let requirements = source.join("requirements.txt");
    let pins = read(&requirements)?;
    let python = toolchain::program("python3", "python3", log)?;
    let version = process::capture(Command::new(&python).arg("--version"), QUICK)?;
    let venv = folder.join("venv");
    let stamp = Stamp::new(folder.join("venv.stamp"), &[&pins, &version]);
    if stamp.is_fresh() && venv.is_dir() {
        return Ok(venv);
    }
    eprintln!("    Python: a virtual environment from {}", requirements.display());
    let create = || {
        let mut command = Command::new(&python);
        process::run_logged(command.args(["-m", "venv", "--clear"]).arg(&venv), log, INSTALL)
    };
    // Debian's python3 comes without ensurepip; its package python3-venv brings it.
    if create().is_err() {
        toolchain::install("python3-venv", log)?;
        create()?;
    }
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r"]);
    process::run_logged(pip.arg(&requirements), log, INSTALL)?;
    stamp.write()?;
    Ok(venv)
}

/// `package-lock.json` and the scripts beside it in `source` → `node` in `folder`.
///
/// ES modules resolve packages from where the script stands, so the whole folder is copied (each
/// time, a few small files) and only the install is remembered.
pub(crate) fn node(source: &Path, folder: &Path, log: &Path) -> Result<PathBuf> {
    let lock = read(&source.join("package-lock.json"))?;
    let manifest = read(&source.join("package.json"))?;
    let node = toolchain::program("node", "nodejs", log)?;
    let npm = toolchain::program("npm", "npm", log)?;
    let version = process::capture(Command::new(node).arg("--version"), QUICK)?;
    let copy = folder.join("node");
    copy_folder(source, &copy)?;
    let stamp = Stamp::new(folder.join("node.stamp"), &[&lock, &manifest, &version]);
    if stamp.is_fresh() && copy.join("node_modules").is_dir() {
        return Ok(copy);
    }
    eprintln!("    Node: npm ci from {}", source.join("package-lock.json").display());
    let mut command = Command::new(npm);
    command.args(["ci", "--no-audit", "--no-fund", "--no-progress"]).current_dir(&copy);
    process::run_logged(&mut command, log, INSTALL)?;
    stamp.write()?;
    Ok(copy)
}

/// Copies files and folders, except `node_modules`; what is no longer in the source stays, so the
/// installed packages do.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "node_modules" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to.join(name))?;
        } else {
            std::fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_copied_and_installed_packages_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir_all(from.join("lib")).unwrap();
        std::fs::create_dir_all(from.join("node_modules")).unwrap();
        std::fs::create_dir_all(to.join("node_modules/openai")).unwrap();
        std::fs::write(from.join("lib/chat.mjs"), "1").unwrap();
        std::fs::write(from.join("node_modules/stray"), "2").unwrap();
        copy_folder(&from, &to).unwrap();
        assert_eq!(std::fs::read_to_string(to.join("lib/chat.mjs")).unwrap(), "1");
        assert!(to.join("node_modules/openai").is_dir());
        assert!(!to.join("node_modules/stray").exists());
    }
}
