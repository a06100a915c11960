//! `dist`: the release archive, and the proof that it works where nothing else is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::process::{self, QUICK};
use crate::progress::Steps;
use crate::workspace::Workspace;
use crate::{licences, stamp, start, toolchain};

/// What `ironbridge completions SHELL` makes, under the names the shells look for.
const COMPLETIONS: &[(&str, &str)] =
    &[("bash", "ironbridge.bash"), ("zsh", "_ironbridge"), ("fish", "ironbridge.fish")];

const DOCUMENTS: &[&str] = &["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Builds, packs, and tries `target/dist/ironbridge-<version>-<target>.tar.gz`.
pub(crate) fn run(_arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    let host = toolchain::rustc(&workspace.root)?.host;
    let name = format!("ironbridge-{}-{host}", workspace.version());
    let dist = workspace.target().join("dist");
    let mut steps = Steps::new(3);
    let binary = steps.step("release build", || start::build(&workspace, "release"))?;
    let terms = licences::third_party(&linked_here(&workspace, &host)?)?;
    let archive = steps.step("archive", || pack(&workspace.root, &binary, &terms, &dist, &name))?;
    steps.step("try it in an empty folder", || try_archive(&archive, &dist, &name))?;
    let bytes = std::fs::metadata(&archive)?.len();
    println!("{} ({:.1} MB)", workspace.relative(&archive), bytes as f64 / 1e6);
    Ok(())
}

/// What `cargo metadata` says of this platform.
fn linked_here(workspace: &Workspace, host: &str) -> Result<serde_json::Value> {
    let mut command = workspace.cargo();
    command.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host]);
    let bytes = process::capture(&mut command, QUICK)?;
    serde_json::from_slice(&bytes).context("cargo metadata is not JSON")
}

fn pack(root: &Path, binary: &Path, terms: &str, dist: &Path, name: &str) -> Result<PathBuf> {
    let folder = dist.join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let completions = folder.join("completions");
    std::fs::create_dir_all(&completions)?;
    std::fs::copy(binary, folder.join("ironbridge"))?;
    for document in DOCUMENTS {
        std::fs::copy(root.join(document), folder.join(document))
            .with_context(|| format!("cannot copy {document}"))?;
    }
    std::fs::write(folder.join("THIRD-PARTY.txt"), terms)?;
    for (shell, file) in COMPLETIONS {
        let mut command = Command::new(binary);
        let script = process::capture(command.args(["completions", shell]), QUICK)?;
        ensure!(!script.is_empty(), "`ironbridge completions {shell}` printed nothing");
        std::fs::write(completions.join(file), script)?;
    }
    let archive = dist.join(format!("{name}.tar.gz"));
    let mut tar = Command::new("tar");
    tar.current_dir(dist).arg("-czf").arg(&archive);
    if cfg!(target_os = "linux") {
        // GNU tar: the same inputs give the same archive.
        tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"]);
    }
    process::run(tar.arg(name), process::INSTALL)?;
    let digest = stamp::sha256_of(&archive)?;
    std::fs::write(
        dist.join(format!("{name}.tar.gz.sha256")),
        format!("{digest}  {name}.tar.gz\n"),
    )?;
    Ok(archive)
}

/// Checks the archive by its digest, unpacks it into a new folder and runs the binary there with an empty environment.
fn try_archive(archive: &Path, dist: &Path, name: &str) -> Result<()> {
    let folder = dist.join("try");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let said = std::fs::read_to_string(dist.join(format!("{name}.tar.gz.sha256")))?;
    let digest = stamp::sha256_of(archive)?;
    ensure!(said.starts_with(&digest), "the archive's SHA-256 is {digest}, its file says {said}");
    process::run(Command::new("tar").arg("-xzf").arg(archive).current_dir(&folder), QUICK)?;
    let unpacked = folder.join(name);
    let ironbridge = |arguments: &[&str]| {
        let mut command = Command::new(unpacked.join("ironbridge"));
        command.args(arguments).current_dir(&folder).env_clear();
        command.env("IRONBRIDGE_HOME", folder.join("home"));
        let text = process::capture(&mut command, Duration::from_secs(30))?;
        Ok::<String, anyhow::Error>(String::from_utf8(text)?)
    };
    let version = ironbridge(&["--version"])?;
    ensure!(version.starts_with("ironbridge "), "`--version` printed {version:?}");
    let said = ironbridge(&["start", "--offline", "--port", "0", "--exit-after", "1"])?;
    ensure!(said.contains("listening on http://"), "`start` printed {said:?}");
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
