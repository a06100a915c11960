//! The dashboard: installs what it is built with, checks its types and style, and builds it, so that the binary embeds it. Its
//! tests are run by a Rust test (`crates/cli/tests/it/dashboard.rs`), which finds them through the variable below.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::node_package::{install, npm};
use crate::process::BUILD;

/// The folder of the built dashboard.
pub(crate) const DASHBOARD: &str = "IRONBRIDGE_TEST_DASHBOARD";

/// Builds the page; gives the variable its tests need.
pub(crate) fn build(root: &Path, target: &Path) -> Result<(&'static str, PathBuf)> {
    let folder = root.join("dashboard");
    std::fs::create_dir_all(target)?;
    install(&folder, "dashboard", target, &target.join("dashboard.log"))?;
    npm(&folder, "build", BUILD)?;
    Ok((DASHBOARD, folder))
}
