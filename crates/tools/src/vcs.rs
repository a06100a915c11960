//! Git: state, differences, staging, commits, branches, worktrees.
//!
//! Every operation is one call of the `git` program, never a library's. Only the program honours all there is to
//! honour: the user's and the project's config, hooks, signing, filters, the untracked cache,
//! the sparse index, linked worktrees, reftable. libgit2 was no faster when both were tried over 5,000 files (13 to 15
//! ms each), and ignores half of that list. What costs is starting a second process, so one answer holds everything:
//! `info` replaces the two calls that others make. Only what git keeps in plain files, and is exact there, is read from
//! files: where the repository is, and the operation in progress.
//!
//! What git runs because the repository's config says so (filters; for commits, switches and
//! new worktrees, hooks), it runs here too. Whoever may write below `.git` may run commands: where the workspace confines
//! commands ([`Confinement::Always`](crate::Confinement::Always)), git and all it starts are confined as they are, and
//! may write in the repository's own folder besides.
//!
//! Paths go to git as literal names behind `--` or on its input, revisions and branch names are judged first, so
//! nothing a caller names becomes an option or a pattern. Files outside the [`Scope`](crate::Scope) are neither shown,
//! counted, staged nor unstaged, also where the repository reaches further up. The variables of the environment that
//! would point git at another repository are taken away. It needs git 2.36 (2022), for `worktree list -z`.

mod branches;
mod commit;
mod diff;
mod error;
mod log;
mod paths;
mod porcelain;
mod process;
mod repository;
mod revision;
mod staging;
mod status;
mod watched;
mod worktrees;

pub use branches::{Branch, Branches, BranchesInput, Target, branches, checkout};
pub use commit::{CommitInput, Committed, commit};
pub use diff::{Diff, DiffFile, DiffInput, diff};
pub use error::{Refusal, VcsError};
pub use log::{Commit, Log, LogInput, log};
pub use porcelain::{Change, Conflict, Counts, FileStatus, Head, SubmoduleChange, Upstream};
pub use repository::{Operation, OperationKind};
pub use staging::{StageInput, Staged, UnstageInput, stage, unstage};
pub use status::{Info, InfoInput, Status, StatusInput, Untracked, info, status};
pub use watched::WatchedRepository;
pub use worktrees::{
    AddWorktreeInput, RemoveWorktreeInput, Worktree, Worktrees, WorktreesInput, add_worktree,
    remove_worktree, worktrees,
};

use crate::{Effect, Tool};

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::new("git-info", Effect::Reads, info),
        Tool::new("git-status", Effect::Reads, status),
        Tool::new("git-diff", Effect::Reads, diff),
        Tool::new("git-stage", Effect::Writes, stage),
        Tool::new("git-unstage", Effect::Writes, unstage),
        // Hooks are commands of the project.
        Tool::new("git-commit", Effect::Runs, commit),
        Tool::new("git-branches", Effect::Runs, branches),
    ]
}
