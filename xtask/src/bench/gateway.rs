//! `bench gateway`: builds ours and the rig, installs the peers, and runs `bench/rig`.
//!
//! The rig (`ironbridge-bench`) knows how gateways are set up and measured; here is only what needs cargo, npm, pip
//! and apt-get.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::{self, BUILD};
use crate::workspace::Workspace;
use crate::{clients, start, toolchain};

pub(super) const ABOUT: &str = "our gateway beside nginx, LiteLLM, Portkey and claude-code-router";

/// For a whole run with every peer: a dozen rounds of every case take about an hour.
const RUN: Duration = Duration::from_secs(2 * 60 * 60);
const RIG: &str = "ironbridge-bench";

/// Peers, and how each comes onto this machine.
const INSTALLERS: &[(&[&str], Installer)] = &[
    (&["nginx"], |from| toolchain::program("nginx", "nginx-light", &from.log).map(drop)),
    (&["litellm"], |from| clients::python(&from.source, &from.folder, &from.log).map(drop)),
    (&["portkey", "ccr"], |from| clients::node(&from.source, &from.folder, &from.log).map(drop)),
];

type Installer = fn(&Places) -> Result<()>;

/// From where, to where, and where it is written down.
struct Places {
    source: PathBuf,
    folder: PathBuf,
    log: PathBuf,
}

/// Runs the benchmark with flags that are mostly the rig's own.
pub(super) fn run(arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    let folder = workspace.target().join("bench/gateway");
    std::fs::create_dir_all(&folder)?;
    let rig = build_rig(&workspace)?;
    let source = workspace.root.join("bench/gateway");
    install(&Places { source, log: folder.join("install.log"), folder: folder.clone() }, arguments);

    let mut command = std::process::Command::new(rig);
    command.current_dir(&workspace.root);
    command.arg("gateway").arg("--work").arg(&folder);
    if value_of(arguments, "--ironbridge").is_none() {
        command.arg("--ironbridge").arg(start::build(&workspace, "release")?);
    }
    if value_of(arguments, "--out").is_none() {
        command.arg("--out").arg(folder.join("result.json"));
    }
    process::run(command.args(arguments), RUN)
}

/// Apart from ours: built together, both would get the union of the features of what they share.
fn build_rig(workspace: &Workspace) -> Result<PathBuf> {
    let mut command = workspace.cargo();
    command.args(["build", "--locked", "--package", RIG, "--profile", "release"]);
    process::run(&mut command, BUILD)?;
    Ok(workspace.target().join("release").join(RIG))
}

/// Installs the peers that are asked for. One that cannot be installed is said here, and reported as missing by the rig.
fn install(places: &Places, arguments: &[String]) {
    let wanted = value_of(arguments, "--peers");
    for (peers, installer) in INSTALLERS {
        if !peers.iter().any(|peer| is_wanted(peer, wanted)) {
            continue;
        }
        if let Err(error) = installer(places).with_context(|| peers.join(", ")) {
            eprintln!("not installed: {error:#} ({})", places.log.display());
        }
    }
}

fn is_wanted(peer: &str, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|list| list.split(',').any(|name| name == peer))
}

fn value_of<'a>(arguments: &'a [String], flag: &str) -> Option<&'a str> {
    let place = arguments.iter().position(|argument| argument == flag)?;
    arguments.get(place + 1).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_peers_that_are_asked_for_are_installed() {
        let arguments: Vec<String> =
            ["--rounds", "1", "--peers", "nginx,ccr"].map(str::to_owned).into();
        let wanted = value_of(&arguments, "--peers");
        assert_eq!(wanted, Some("nginx,ccr"));
        assert!(is_wanted("ccr", wanted) && !is_wanted("litellm", wanted));
        assert!(is_wanted("litellm", value_of(&arguments, "--cases")));
    }
}
