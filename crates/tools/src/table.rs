//! The table of all tools: one row each.

use crate::{Tool, archive, edit, files, find, patch, search, shell, snapshot, system, vcs, watch};

/// All tools with a JSON face, in the order of `docs/reference/tools.md`.
///
/// Terminals ([`crate::pty`]) have none: they live longer than a call.
pub fn tools() -> Vec<Tool> {
    [
        files::tools(),
        edit::tools(),
        patch::tools(),
        snapshot::tools(),
        search::tools(),
        find::tools(),
        shell::tools(),
        watch::tools(),
        vcs::tools(),
        archive::tools(),
        system::tools(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
