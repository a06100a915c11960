//! The checkout: its folders, its tracked files, cargo and its metadata.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::{self, QUICK};

/// The checkout this command runs on.
pub(crate) struct Workspace {
    /// Absolute path of the folder with the virtual `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// What `cargo metadata` says: our crates with everything in `Cargo.lock`.
    pub(crate) metadata: Value,
}

impl Workspace {
    /// Finds the checkout through cargo, so a moved folder with an old `target/` is no trap.
    pub(crate) fn find() -> Result<Self> {
        let root = root()?;
        let mut command = cargo(&root);
        command.args(["metadata", "--format-version", "1", "--locked"]);
        let bytes = process::capture(&mut command, process::INSTALL)
            .context("hint: `cargo metadata` without `--locked` brings Cargo.lock up to date")?;
        let metadata = serde_json::from_slice(&bytes).context("cargo metadata is not JSON")?;
        Ok(Self { root, metadata })
    }

    /// A cargo command in the checkout.
    pub(crate) fn cargo(&self) -> Command {
        cargo(&self.root)
    }

    /// Where cargo builds: `target/`, or what `CARGO_TARGET_DIR` says.
    pub(crate) fn target(&self) -> PathBuf {
        match self.metadata["target_directory"].as_str() {
            Some(path) => PathBuf::from(path),
            None => self.root.join("target"),
        }
    }

    /// The version all our crates share.
    pub(crate) fn version(&self) -> &str {
        self.members().next().and_then(|member| member["version"].as_str()).unwrap_or("0.0.0")
    }

    /// The packages of the workspace, in cargo's order.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Value> {
        let ids: Vec<&Value> = array(&self.metadata["workspace_members"]).iter().collect();
        self.packages().filter(move |package| ids.contains(&&package["id"]))
    }

    /// Every package of `Cargo.lock`, ours among them.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &Value> {
        array(&self.metadata["packages"]).iter()
    }

    /// `path` as it is written in messages: relative to the root, with `/`.
    pub(crate) fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    }
}

/// The elements of a JSON array; anything else has none.
pub(crate) fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The folder with the virtual `Cargo.toml`, without asking for the metadata.
pub(crate) fn root() -> Result<PathBuf> {
    let mut command = cargo(Path::new("."));
    command.args(["locate-project", "--workspace", "--message-format", "plain"]);
    let bytes = process::capture(&mut command, QUICK)?;
    let manifest = PathBuf::from(String::from_utf8(bytes)?.trim());
    let root = manifest.parent().context("Cargo.toml stands in no folder")?;
    Ok(root.to_path_buf())
}

/// A cargo command in `folder`, without what the outer `cargo run` put into the environment.
///
/// Build scripts such as ring's name `CARGO_MANIFEST_DIR` and `CARGO_PKG_*` in
/// `rerun-if-env-changed`: left in place, every switch between `cargo xtask` and plain `cargo`
/// would rebuild them and all above.
pub(crate) fn cargo(folder: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(folder);
    forget_outer_cargo(&mut command);
    if std::env::var_os("CI").is_some() {
        // A clean checkout is built once: what incremental builds keep would never be read.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Removes the variables that `cargo run` set for this process.
pub(crate) fn forget_outer_cargo(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if ours.iter().any(|prefix| text.starts_with(prefix)) || text == "CARGO_PRIMARY_PACKAGE" {
            command.env_remove(&name);
        }
    }
}

/// A git command in `folder`.
pub(crate) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder);
    command
}

/// The files git tracks or would track, relative to `root`, without deleted ones.
pub(crate) fn files(root: &Path) -> Result<Vec<String>> {
    let mut command = git(root);
    command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let bytes = process::capture(&mut command, QUICK)?;
    let mut paths: Vec<String> = String::from_utf8_lossy(&bytes)
        .split('\0')
        .filter(|path| !path.is_empty() && root.join(path).is_file())
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}
