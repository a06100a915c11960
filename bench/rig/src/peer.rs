//! The table of gateways, and how each is set up for a fair comparison.

mod claude_code_router;
mod ironbridge;
mod litellm;
mod nginx;
mod portkey;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::case::Case;
use crate::pinning::Pinning;

/// One gateway.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Its name in flags, tables and results.
    pub(crate) name: &'static str,
    /// Whether it takes a case of the client's own dialect.
    pub(crate) forwards: bool,
    /// Whether it takes a case that must be translated.
    pub(crate) translates: bool,
    /// Whether it answers `/v1/messages/count_tokens` itself.
    pub(crate) counts_tokens: bool,
    /// What stands before a model's name.
    pub(crate) model_prefix: &'static str,
    /// Headers that it wants of every request, besides the usual ones.
    pub(crate) headers: fn(&Setup) -> Vec<(&'static str, String)>,
    /// The command that prints its version.
    pub(crate) version: fn(&Setup) -> Command,
    /// How long it may take to start.
    pub(crate) start_limit: Duration,
    /// The command that runs it, after its config files were written.
    pub(crate) command: fn(&Setup) -> Result<Command>,
}

/// Ours first, then the floor, then the others.
pub(crate) const PEERS: &[Peer] =
    &[ironbridge::PEER, nginx::PEER, portkey::PEER, claude_code_router::PEER, litellm::PEER];

/// What a peer's setup is made from.
#[derive(Debug)]
pub(crate) struct Setup<'a> {
    /// Our release binary.
    pub(crate) ironbridge: &'a Path,
    /// Where xtask installed the peers of PyPI (`venv`) and npm (`node`).
    pub(crate) installed: &'a Path,
    /// A folder of the peer's own for configs and logs.
    pub(crate) folder: PathBuf,
    /// The mock behind it.
    pub(crate) mock: SocketAddr,
    /// Where it is to listen.
    pub(crate) port: u16,
    /// On which core.
    pub(crate) pinning: Pinning,
    /// Threads of our runtime.
    pub(crate) workers: Option<usize>,
}

impl Setup<'_> {
    /// A command on the gateways' core, in the peer's folder.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = self.pinning.command(program);
        command.current_dir(&self.folder);
        command
    }

    /// Writes a config file into the peer's folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let file = self.folder.join(name);
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }
}

impl Peer {
    /// Whether the case is one for this gateway.
    pub(crate) fn takes(&self, case: &Case) -> bool {
        if case.is_translated() { self.translates } else { self.forwards }
    }
}

/// Prints the version of a package that npm installed.
fn version_of_npm(setup: &Setup, package: &str) -> Command {
    let manifest = setup.installed.join("node/node_modules").join(package).join("package.json");
    let mut command = Command::new("node");
    command.arg("-p").arg(format!("require({:?}).version", manifest.display().to_string()));
    command
}

fn no_headers(_: &Setup) -> Vec<(&'static str, String)> {
    Vec::new()
}
