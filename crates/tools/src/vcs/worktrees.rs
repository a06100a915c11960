//! Worktrees: several branches of one repository checked out at once, each in a folder of its own.

use std::ffi::OsString;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::process::{Git, Kind};
use super::repository::Repository;
use super::revision::{branch as branch_name, revision};
use super::{VcsError, paths};
use crate::{Control, Workspace};

/// Lists the worktrees of a git repository.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorktreesInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
}

/// Adds a worktree.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddWorktreeInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// The folder to make; inside the project.
    pub folder: PathBuf,
    /// Makes a branch of this name there. Default: `from` is checked out, without a branch unless it is one.
    #[serde(default)]
    pub create: Option<String>,
    /// The branch, tag or commit to check out or start at. Default: what is checked out here.
    #[serde(default)]
    pub from: Option<String>,
}

/// Removes a worktree and its folder.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveWorktreeInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// The worktree's folder; inside the project.
    pub folder: PathBuf,
    /// Also with changes that are not committed, which are lost. Default: no.
    #[serde(default)]
    pub force: bool,
}

/// Worktrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Worktrees {
    /// The main one first.
    pub worktrees: Vec<Worktree>,
}

/// One worktree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Worktree {
    /// Its folder; absolute.
    #[serde(serialize_with = "paths::lossy")]
    #[schemars(with = "String")]
    pub folder: PathBuf,
    /// The branch that is checked out there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commit that is checked out there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether it is the repository itself, without files.
    pub bare: bool,
    /// Why it must not be removed, if it was locked; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked: Option<String>,
    /// Why `git worktree prune` would forget it: mostly that its folder is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prunable: Option<String>,
}

/// Lists worktrees. Changes nothing; a stopped call ends git.
///
/// # Errors
///
/// See [`VcsError`].
pub fn worktrees(
    workspace: &Workspace,
    input: &WorktreesInput,
    control: &Control,
) -> Result<Worktrees, VcsError> {
    let repository = Repository::find(workspace, input.path.as_deref(), control)?;
    list(&repository.git(workspace, control))
}

/// Adds a worktree. The hook `post-checkout` runs. A stopped call may leave a folder that `git worktree prune` forgets.
///
/// # Errors
///
/// See [`VcsError`].
pub fn add_worktree(
    workspace: &Workspace,
    input: &AddWorktreeInput,
    control: &Control,
) -> Result<Worktrees, VcsError> {
    let folder = workspace.scope().locate(&input.folder)?;
    let repository = Repository::find(workspace, input.path.as_deref(), control)?;
    let mut arguments: Vec<OsString> = vec!["add".into(), "--quiet".into()];
    if let Some(name) = &input.create {
        arguments.extend(["-b".into(), branch_name(name)?.into()]);
    }
    arguments.extend(["--".into(), folder.resolved().into()]);
    match (&input.from, &input.create) {
        (Some(from), _) => arguments.push(revision(from)?.into()),
        // Else git would make a branch called like the folder.
        (None, None) => arguments.insert(2, "--detach".into()),
        (None, Some(_)) => {}
    }
    let git = repository.git(workspace, control);
    git.run(Kind::WithHooks, "worktree", &arguments, b"")?;
    list(&git)
}

/// Removes a worktree and its folder.
///
/// # Errors
///
/// [`super::Refusal::WouldOverwrite`] when there are changes in it; see [`VcsError`].
pub fn remove_worktree(
    workspace: &Workspace,
    input: &RemoveWorktreeInput,
    control: &Control,
) -> Result<Worktrees, VcsError> {
    let folder = workspace.scope().locate(&input.folder)?;
    let repository = Repository::find(workspace, input.path.as_deref(), control)?;
    let mut arguments: Vec<OsString> = vec!["remove".into()];
    arguments.extend(input.force.then(|| "--force".into()));
    arguments.extend(["--".into(), folder.resolved().into()]);
    let git = repository.git(workspace, control);
    git.run(Kind::Plain, "worktree", &arguments, b"")?;
    list(&git)
}

fn list(git: &Git<'_>) -> Result<Worktrees, VcsError> {
    let answer = git.run(Kind::Plain, "worktree", &["list", "--porcelain", "-z"], b"")?;
    let mut worktrees: Vec<Worktree> = Vec::new();
    for line in answer.stdout.split(|byte| *byte == 0) {
        let (name, value) = match memchr::memchr(b' ', line) {
            Some(at) => line.split_at(at),
            None => (line, line.get(line.len()..).unwrap_or_default()),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = || String::from_utf8_lossy(value).into_owned();
        if name == b"worktree" {
            let folder = paths::from_git(value);
            worktrees.push(Worktree { folder, ..Worktree::default() });
        }
        let Some(worktree) = worktrees.last_mut() else { continue };
        match name {
            b"HEAD" if value.iter().any(|digit| *digit != b'0') => worktree.commit = Some(text()),
            b"branch" => {
                let name = text();
                let short = name.strip_prefix("refs/heads/").unwrap_or(&name);
                worktree.branch = Some(short.to_owned());
            }
            b"bare" => worktree.bare = true,
            b"locked" => worktree.locked = Some(text()),
            b"prunable" => worktree.prunable = Some(text()),
            _ => {}
        }
    }
    Ok(Worktrees { worktrees })
}
