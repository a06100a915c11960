//! Git: state, differences, staging, commits, branches, worktrees.

use crate::Tool;

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![]
}
