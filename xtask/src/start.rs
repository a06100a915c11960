//! `start`: build the gateway and become it.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::announce;
use crate::dashboard;
use crate::process::{self, BUILD};
use crate::progress::duration;
use crate::workspace::{Workspace, forget_outer_cargo};

/// Optimised, but linked without LTO: a gateway somebody points a client at should not be the slow
/// one. `--profile dev` builds in a third of the time.
const PROFILE: &str = "fast";

/// Builds `ironbridge` and runs `ironbridge start --offline` with the further arguments.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (profile, passed_on) = split(arguments)?;
    let workspace = Workspace::find()?;
    if let Err(error) = dashboard::build(&workspace.root, &workspace.target()) {
        eprintln!("without the dashboard: {error:#}");
        eprintln!("hint: Node 20.19 or newer builds it; the gateway works without");
    }
    let binary = build(&workspace, &profile)?;

    let mut gateway = Command::new(&binary);
    gateway.args(["start", "--offline"]).args(passed_on);
    forget_outer_cargo(&mut gateway);
    become_gateway(gateway)
}

/// Builds the binary and gives its path.
pub(crate) fn build(workspace: &Workspace, profile: &str) -> Result<std::path::PathBuf> {
    eprintln!("building ironbridge (profile {profile}; the first time takes some minutes)");
    let begun = std::time::Instant::now();
    let mut command = workspace.cargo();
    command.args(["build", "--locked", "--package", "ironbridge-cli", "--profile", profile]);
    process::run(&mut command, BUILD)?;
    eprintln!("built in {}", duration(begun.elapsed()));
    let folder = if profile == "dev" { "debug" } else { profile };
    let name = format!("ironbridge{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target().join(folder).join(name))
}

/// Takes `--profile NAME` out of the arguments.
fn split(arguments: &[String]) -> Result<(String, Vec<String>)> {
    let mut profile = PROFILE.to_owned();
    let mut passed_on = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.strip_prefix("--profile=") {
            Some(name) => profile = name.to_owned(),
            None if argument == "--profile" => {
                profile = rest.next().context("--profile needs a name")?.clone();
            }
            None if argument == "--" || argument == "--offline" => {}
            None => passed_on.push(argument.clone()),
        }
    }
    Ok((profile, passed_on))
}

#[cfg(unix)]
fn become_gateway(mut gateway: Command) -> Result<()> {
    use std::os::fd::OwnedFd;
    use std::os::unix::process::CommandExt;

    let mut announcer = Command::new(std::env::current_exe()?);
    announcer.arg(announce::COMMAND).stdin(Stdio::piped()).process_group(0);
    let mut announcer = announcer.spawn().context("cannot start the announcer")?;
    let pipe = announcer.stdin.take().context("the announcer has no stdin")?;
    let error = gateway.stdout(OwnedFd::from(pipe)).exec();
    Err(error).with_context(|| format!("cannot run `{}`", process::show(&gateway)))
}

#[cfg(not(unix))]
fn become_gateway(mut gateway: Command) -> Result<()> {
    let mut child = gateway.stdout(Stdio::piped()).spawn()?;
    let pipe = child.stdout.take().context("the gateway has no stdout")?;
    announce::pass_on(std::io::BufReader::new(pipe), std::io::stdout())?;
    anyhow::ensure!(child.wait()?.success(), "the gateway failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &[&str], profile: &str, passed_on: &[&str]) {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.into()).collect();
        let (found, rest) = split(&arguments).unwrap();
        assert_eq!(
            (found.as_str(), rest),
            (profile, passed_on.iter().map(|&a| a.into()).collect())
        );
    }

    #[test]
    fn the_profile_is_ours_and_the_rest_is_passed_on() {
        check(&[], PROFILE, &[]);
        check(&["--profile", "dev", "--port", "0"], "dev", &["--port", "0"]);
        check(&["--profile=release", "--", "-v"], "release", &["-v"]);
        check(&["--offline"], PROFILE, &[]);
        assert!(split(&["--profile".into()]).is_err());
    }
}
