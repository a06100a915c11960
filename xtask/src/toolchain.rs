//! What is installed beside cargo: nextest, the nightly toolchain, Python, Node, LLVM's tools.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{self, INSTALL, QUICK};
use crate::workspace::{cargo, forget_outer_cargo};

/// What `rustc -vV` says.
pub(crate) struct Rustc {
    /// The target triple this machine builds for.
    pub(crate) host: String,
    /// LLVM's major version, which names the format of coverage profiles.
    pub(crate) llvm_major: u32,
}

/// Asks the compiler that builds this workspace.
pub(crate) fn rustc(root: &Path) -> Result<Rustc> {
    let mut command = Command::new("rustc");
    command.current_dir(root).arg("-vV");
    let text = String::from_utf8(process::capture(&mut command, QUICK)?)?;
    parse_rustc(&text).context("`rustc -vV` names no host or LLVM version")
}

fn parse_rustc(text: &str) -> Option<Rustc> {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.strip_prefix(": ").map(str::to_owned)
    };
    let llvm = field("LLVM version")?;
    Some(Rustc { host: field("host")?, llvm_major: llvm.split('.').next()?.parse().ok()? })
}

/// True when `cargo nextest` is installed.
pub(crate) fn has_nextest(root: &Path) -> bool {
    process::answers(cargo(root).args(["nextest", "--version"]))
}

/// A cargo command of the nightly toolchain, or an error with the way to get one.
pub(crate) fn nightly_cargo(folder: &Path) -> Result<Command> {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo"]).current_dir(folder);
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
    forget_outer_cargo(&mut command);
    let mut probe = Command::new("rustup");
    probe.args(["run", "nightly", "rustc", "--version"]).env_remove("RUSTUP_TOOLCHAIN");
    if !process::answers(&mut probe) {
        bail!("the nightly toolchain is missing\nhint: rustup toolchain install nightly");
    }
    Ok(command)
}

/// Finds `program`, or installs its Debian package when we are root and it is missing.
pub(crate) fn program(program: &str, debian_package: &str, log: &Path) -> Result<PathBuf> {
    if let Some(path) = which(program) {
        return Ok(path);
    }
    install(debian_package, log).with_context(|| format!("`{program}` is missing"))?;
    which(program).with_context(|| format!("{debian_package} was installed without `{program}`"))
}

/// Installs a Debian package; an error with a hint when we may not, or on another system.
pub(crate) fn install(debian_package: &str, log: &Path) -> Result<()> {
    if which("apt-get").is_none() || !is_root()? {
        bail!("hint: install it first; its Debian package is `{debian_package}`");
    }
    eprintln!("    installing the Debian package {debian_package}");
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        process::run_logged(&mut command, log, INSTALL)
    };
    apt(&["update"])?;
    apt(&["install", "-y", "--no-install-recommends", debian_package])
}

fn is_root() -> Result<bool> {
    let bytes = process::capture(Command::new("id").arg("-u"), QUICK)?;
    Ok(bytes.trim_ascii() == b"0")
}

/// The first file of that name in `PATH`.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustc_says_host_and_llvm() {
        let text = "rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\nLLVM version: 22.1.2\n";
        let rustc = parse_rustc(text).unwrap();
        assert_eq!((rustc.host.as_str(), rustc.llvm_major), ("x86_64-unknown-linux-gnu", 22));
        assert!(parse_rustc("rustc 1.95.0\n").is_none());
    }
}
