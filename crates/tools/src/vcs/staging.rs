//! What the next commit will hold.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::process::Kind;
use super::repository::Repository;
use super::status::{StatusInput, Untracked, status};
use super::{Counts, VcsError, paths};
use crate::{Control, Workspace};

/// Stages files for the next commit: changed, new and deleted ones.
///
/// Names are literal, never patterns. A folder stands for all in it. A name that is neither there nor tracked is
/// refused before anything is staged; an ignored file is refused after the others were staged, as git does.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StageInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// The files and folders to stage, relative to where relative paths start.
    #[serde(default)]
    pub files: Vec<PathBuf>,
    /// Instead of `files`: everything that differs, also untracked files. Default: false.
    #[serde(default)]
    pub all: bool,
    /// Instead of `files`: everything that differs of the files git knows. Default: false.
    #[serde(default)]
    pub update: bool,
}

/// Takes files out of the next commit again; the files themselves are not touched.
///
/// It works before the first commit, too. A merge in progress goes on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnstageInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// The files and folders to unstage, relative to where relative paths start.
    #[serde(default)]
    pub files: Vec<PathBuf>,
    /// Instead of `files`: everything that is staged. Default: false.
    #[serde(default)]
    pub all: bool,
}

/// What is staged now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Staged {
    /// How many files differ now, untracked folders counted once.
    pub counts: Counts,
}

/// Stages files. A stopped call has staged nothing, or all.
///
/// # Errors
///
/// See [`VcsError`].
pub fn stage(
    workspace: &Workspace,
    input: &StageInput,
    control: &Control,
) -> Result<Staged, VcsError> {
    let ways = [!input.files.is_empty(), input.all, input.update];
    if ways.into_iter().filter(|way| *way).count() != 1 {
        return Err(VcsError::BadInput("name either `files`, or `all`, or `update`"));
    }
    let repository = Repository::find(workspace, input.path.as_deref(), control)?;
    let mode = if input.update { "--update" } else { "--all" };
    let names = names(workspace, &repository, &input.files)?;
    index_change(workspace, &repository, "add", &[mode], &names, control)?;
    now(workspace, input.path.as_deref(), control)
}

/// Unstages files. A stopped call has unstaged nothing, or all.
///
/// # Errors
///
/// See [`VcsError`].
pub fn unstage(
    workspace: &Workspace,
    input: &UnstageInput,
    control: &Control,
) -> Result<Staged, VcsError> {
    if input.all != input.files.is_empty() {
        return Err(VcsError::BadInput("name either `files`, or `all`"));
    }
    let repository = Repository::find(workspace, input.path.as_deref(), control)?;
    let names = names(workspace, &repository, &input.files)?;
    index_change(workspace, &repository, "reset", &["--quiet"], &names, control)?;
    now(workspace, input.path.as_deref(), control)
}

/// The files as git reads them; none: all that lies in the scope.
fn names(
    workspace: &Workspace,
    repository: &Repository,
    files: &[PathBuf],
) -> Result<Vec<u8>, VcsError> {
    let scope = workspace.scope();
    let mut inside = Vec::with_capacity(files.len());
    for file in files {
        inside.push(repository.inside(scope, file)?);
    }
    if inside.is_empty() {
        inside = repository.in_scope(scope);
    }
    if inside.is_empty() {
        // The top folder by name: a reset without names would forget a merge in progress.
        inside.push(PathBuf::new());
    }
    let mut names = Vec::new();
    for path in &inside {
        names.extend(paths::for_git(path));
        names.push(0);
    }
    Ok(names)
}

/// Names go by git's input: a command line has no room for all.
fn index_change(
    workspace: &Workspace,
    repository: &Repository,
    subcommand: &'static str,
    options: &[&str],
    names: &[u8],
    control: &Control,
) -> Result<(), VcsError> {
    let mut arguments: Vec<OsString> = options.iter().map(OsString::from).collect();
    arguments.extend(["--pathspec-from-file=-", "--pathspec-file-nul"].map(OsString::from));
    repository.git(workspace, control).run(Kind::Plain, subcommand, &arguments, names)?;
    Ok(())
}

fn now(workspace: &Workspace, path: Option<&Path>, control: &Control) -> Result<Staged, VcsError> {
    let input = StatusInput { path: path.map(Path::to_owned), untracked: Untracked::Folders };
    Ok(Staged { counts: status(workspace, &input, control)?.counts })
}
