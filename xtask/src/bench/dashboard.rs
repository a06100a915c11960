//! `bench dashboard`: builds page and binary as they are shipped, and runs `dashboard/bench`.
//!
//! The script there knows what is measured, and beside which floor; here is only what needs cargo and npm.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::dashboard;
use crate::process::{self, BUILD};
use crate::workspace::Workspace;

pub(super) const ABOUT: &str = "the dashboard in Chromium: first load, each page on 200,000 exchanges, live latency, frames under \
     60,000 events in a minute";

/// A history of 200,000, fifteen rounds of each page, and a minute of events.
const RUN: Duration = Duration::from_secs(20 * 60);

/// Measures; `--quick` a tenth of it.
pub(super) fn run(arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    let (_, page) = dashboard::build(&workspace.root, &workspace.target())?;
    let mut build = workspace.cargo();
    build.args(["build", "--locked", "--release", "-p", "ironbridge-cli"]);
    process::run(&mut build, BUILD)?;
    let folder = workspace.target().join("bench/dashboard");
    std::fs::create_dir_all(&folder)?;
    let mut command = Command::new("node");
    command.current_dir(&page).arg("bench/run.mjs").args(arguments);
    command.arg("--out").arg(folder.join("result.json"));
    command.env("IRONBRIDGE_BIN", workspace.target().join("release/ironbridge"));
    process::run(&mut command, RUN)
}
