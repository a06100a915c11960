//! What of git has no row in the table of tools.

use ironbridge_tools::{Effect, Tool, vcs};

/// Rows of the same kind, for JavaScript alone.
pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::new("git-log", Effect::Reads, vcs::log),
        Tool::new("git-worktrees", Effect::Reads, vcs::worktrees),
        Tool::new("git-add-worktree", Effect::Runs, vcs::add_worktree),
        Tool::new("git-remove-worktree", Effect::Writes, vcs::remove_worktree),
    ]
}
