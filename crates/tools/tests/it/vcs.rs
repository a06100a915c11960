//! Git: state, differences, staging, commits, branches, worktrees.
