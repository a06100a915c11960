//! Where a call works: the options `cwd`, `root`, `state`, `limits`, `confine` and `snapshots` as a [`Workspace`].

use std::path::PathBuf;

use ironbridge_tools::snapshot::Snapshots;
use ironbridge_tools::{Confinement, Failure, Limits, Scope, Workspace};
use serde::Deserialize;

use crate::error::CallError;
use crate::snapshots;

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
    /// Whether commands run in a sandbox.
    #[serde(default)]
    confine: Confine,
    /// Whether what is changed is copied for the newest snapshot first. Default: once the project has snapshots.
    #[serde(default)]
    snapshots: Option<bool>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Confine {
    #[default]
    AsAsked,
    Always,
}

/// Made anew for each call: a folder may have been moved since the last. `writes`: the call changes files.
pub(crate) fn workspace(place: &str, writes: bool) -> Result<Workspace, Failure> {
    let place: Place =
        serde_json::from_str(place).map_err(|error| CallError::input(error.to_string()))?;
    let scope = match &place.root {
        None => Scope::anywhere(&place.cwd)?,
        Some(root) => Scope::within(place.cwd.join(root))?,
    };
    let confinement = match place.confine {
        Confine::AsAsked => Confinement::AsAsked,
        Confine::Always => Confinement::Always,
    };
    let workspace =
        Workspace::new(scope, place.state).with_limits(place.limits).with_confinement(confinement);
    let kept = writes && place.snapshots.unwrap_or_else(|| Snapshots::exist(&workspace));
    if !kept {
        return Ok(workspace);
    }
    let store = snapshots::store(&workspace)?;
    Ok(workspace.with_before_change(store))
}
