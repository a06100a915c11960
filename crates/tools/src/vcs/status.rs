//! What is checked out, and what differs from it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::porcelain::{self, Porcelain};
use super::process::Kind;
use super::repository::Repository;
use super::{Counts, FileStatus, Head, Operation, VcsError, paths};
use crate::{Control, Workspace};

/// Says what is checked out in a git repository: branch, commit, upstream with ahead and behind, an operation in
/// progress, and how many files differ.
///
/// One process of git. Untracked folders are counted once, not gone through: `git-status` does that.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InfoInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
}

/// A repository in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// The top folder of its files; absolute.
    #[serde(serialize_with = "paths::lossy")]
    #[schemars(with = "String")]
    pub root: PathBuf,
    /// What is checked out.
    #[serde(flatten)]
    pub head: Head,
    /// What it is in the middle of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// How many files differ; those outside the project are not counted.
    pub counts: Counts,
}

/// Says which files of a git repository differ: staged, not staged, untracked, in conflict, renamed.
///
/// One process of git, which writes nothing: no lock is taken that another git could meet.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatusInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// What is said of files that git does not know. Default: `all`.
    #[serde(default)]
    pub untracked: Untracked,
}

/// What is said of untracked files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Untracked {
    /// Each file.
    #[default]
    All,
    /// A folder without tracked files once, with `/` at its end.
    Folders,
    /// Nothing; quickest.
    None,
}

/// A repository with the files that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The top folder of its files; absolute.
    #[serde(serialize_with = "paths::lossy")]
    #[schemars(with = "String")]
    pub root: PathBuf,
    /// What is checked out.
    #[serde(flatten)]
    pub head: Head,
    /// What it is in the middle of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// How many files differ.
    pub counts: Counts,
    /// The files that differ, in git's order, untracked ones last. Limit: `vcs.status_files`.
    pub files: Vec<FileStatus>,
    /// Whether there are more files than are listed.
    pub truncated: bool,
}

/// What is checked out. Changes nothing; a stopped call ends git.
///
/// # Errors
///
/// See [`VcsError`].
pub fn info(workspace: &Workspace, input: &InfoInput, control: &Control) -> Result<Info, VcsError> {
    let path = input.path.as_deref();
    let (repository, porcelain) = look(workspace, path, Untracked::Folders, 0, control)?;
    Ok(Info {
        operation: repository.operation(),
        root: repository.root,
        head: porcelain.head,
        counts: porcelain.counts,
    })
}

/// What differs. Changes nothing; a stopped call ends git.
///
/// # Errors
///
/// See [`VcsError`].
pub fn status(
    workspace: &Workspace,
    input: &StatusInput,
    control: &Control,
) -> Result<Status, VcsError> {
    let files_max = usize::try_from(workspace.limits().vcs.status_files).unwrap_or(usize::MAX);
    let path = input.path.as_deref();
    let (repository, porcelain) = look(workspace, path, input.untracked, files_max, control)?;
    Ok(Status {
        operation: repository.operation(),
        root: repository.root,
        head: porcelain.head,
        counts: porcelain.counts,
        files: porcelain.files,
        truncated: porcelain.more,
    })
}

fn look(
    workspace: &Workspace,
    path: Option<&Path>,
    untracked: Untracked,
    files_max: usize,
    control: &Control,
) -> Result<(Repository, Porcelain), VcsError> {
    let repository = Repository::find(workspace, path, control)?;
    let untracked = match untracked {
        Untracked::All => "--untracked-files=all",
        Untracked::Folders => "--untracked-files=normal",
        Untracked::None => "--untracked-files=no",
    };
    // The user's config may say otherwise of each of these.
    let fixed = [
        "--porcelain=v2",
        "--branch",
        "-z",
        untracked,
        "--ignored=no",
        "--ignore-submodules=none",
        "--find-renames",
        "--ahead-behind",
    ];
    let mut arguments: Vec<OsString> = fixed.into_iter().map(OsString::from).collect();
    arguments.extend(repository.scope_arguments(workspace.scope()));
    let answer = repository.git(workspace, control).run(Kind::Plain, "status", &arguments, b"")?;
    let porcelain = porcelain::read(
        &answer.stdout,
        answer.truncated,
        files_max,
        workspace.scope(),
        &repository.root,
    )?;
    Ok((repository, porcelain))
}
