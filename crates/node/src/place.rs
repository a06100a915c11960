//! Where a call works: the options `cwd`, `root`, `state` and `limits` as a [`Workspace`].

use std::path::PathBuf;

use ironbridge_tools::{Failure, Limits, Scope, Workspace};
use serde::Deserialize;

use crate::failure::invalid;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Place {
    /// Where relative paths start. The wrapper always gives it.
    cwd: PathBuf,
    /// The folder that may not be left; without it a path may lead anywhere.
    root: Option<PathBuf>,
    /// Where snapshots, whole outputs and the like are kept.
    state: PathBuf,
    #[serde(default)]
    limits: Limits,
}

/// Made anew for each call: a folder may have been moved since the last.
pub(crate) fn workspace(place: &str) -> Result<Workspace, Failure> {
    let place: Place = serde_json::from_str(place).map_err(|error| invalid(error.to_string()))?;
    let scope = match &place.root {
        None => Scope::anywhere(&place.cwd)?,
        Some(root) => Scope::within(place.cwd.join(root))?,
    };
    Ok(Workspace::new(scope, place.state).with_limits(place.limits))
}
