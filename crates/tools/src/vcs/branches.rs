//! Branches: which there are, making one, changing to one.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::process::{Git, Kind};
use super::repository::Repository;
use super::revision::{branch as branch_name, revision};
use super::{Upstream, VcsError, paths};
use crate::{Control, Workspace};

/// What is asked of each branch; NUL between the fields, which no field can hold.
const FORMAT: &str = "--format=%(refname)%00%(objectname)%00%(HEAD)%00%(upstream:short)%00\
    %(upstream:track,nobracket)%00%(worktreepath)%00%(committerdate:unix)%00%(contents:subject)%00";
/// How many fields that are.
const FIELDS: usize = 8;

/// Lists the branches of a git repository, newest first; makes one; changes to one.
///
/// With `switch` alone the branch must exist, here or at exactly one remote, which is followed then. With both `create`
/// and `switch` of the same name the branch is made and changed to. Changes that are not committed are carried along,
/// or it is refused; nothing is lost. The hook `post-checkout` runs.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BranchesInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// Makes a branch of this name.
    #[serde(default)]
    pub create: Option<String>,
    /// The branch, tag or commit the new branch starts at. Default: what is checked out.
    #[serde(default)]
    pub from: Option<String>,
    /// Changes to the branch of this name.
    #[serde(default)]
    pub switch: Option<String>,
    /// Lists the branches of remotes as well. Default: false.
    #[serde(default)]
    pub remotes: bool,
}

/// The branches after the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Branches {
    /// The current one; missing when a commit is checked out without one, or there is no commit yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// Newest first. Limit: `vcs.branches`.
    pub branches: Vec<Branch>,
    /// Whether there are more.
    pub truncated: bool,
}

/// One branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// Such as `main`, or `origin/main` of a remote.
    pub name: String,
    /// Whether it is one of a remote.
    pub remote: bool,
    /// Whether it is checked out here.
    pub current: bool,
    /// Its newest commit.
    pub commit: String,
    /// When that was committed, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<i64>,
    /// The first paragraph of that commit's message.
    pub subject: String,
    /// The branch it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
    /// The worktree it is checked out in.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "paths::lossy_option")]
    #[schemars(with = "Option<String>")]
    pub worktree: Option<PathBuf>,
}

/// What [`checkout`] changes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A branch that exists, here or at exactly one remote.
    Branch(String),
    /// A new branch.
    New {
        /// Its name.
        name: String,
        /// Where it starts; `None`: at what is checked out.
        from: Option<String>,
    },
    /// A commit, without a branch.
    Detached(String),
}

/// Lists branches, after making or changing to one. A stopped call has made or changed nothing, or all.
///
/// # Errors
///
/// See [`VcsError`].
pub fn branches(
    workspace: &Workspace,
    input: &BranchesInput,
    control: &Control,
) -> Result<Branches, VcsError> {
    let repository = Repository::find(workspace, input.path.as_deref(), control)?;
    let git = repository.git(workspace, control);
    match (&input.create, &input.switch) {
        (None, None) if input.from.is_some() => {
            return Err(VcsError::BadInput("`from` is where the branch of `create` starts"));
        }
        (None, Some(_)) if input.from.is_some() => {
            return Err(VcsError::BadInput("`from` is where the branch of `create` starts"));
        }
        (Some(name), Some(other)) if name != other => {
            return Err(VcsError::BadInput("`create` and `switch` name different branches"));
        }
        (None, None) => {}
        (Some(name), None) => make(&git, name, input.from.as_deref())?,
        (Some(name), Some(_)) => {
            let (name, from) = (name.clone(), input.from.clone());
            switch(&git, &Target::New { name, from })?;
        }
        (None, Some(name)) => switch(&git, &Target::Branch(name.clone()))?,
    }
    list(&git, input.remotes)
}

/// Changes what is checked out. Changes that are not committed are carried along, or it is refused. The hook
/// `post-checkout` runs. A stopped call may have changed some files already, as with git itself.
///
/// # Errors
///
/// See [`VcsError`].
pub fn checkout(
    workspace: &Workspace,
    path: Option<&std::path::Path>,
    target: &Target,
    control: &Control,
) -> Result<(), VcsError> {
    let repository = Repository::find(workspace, path, control)?;
    switch(&repository.git(workspace, control), target)
}

fn make(git: &Git<'_>, name: &str, from: Option<&str>) -> Result<(), VcsError> {
    let mut arguments = vec!["--", branch_name(name)?];
    if let Some(from) = from {
        arguments.push(revision(from)?);
    }
    git.run(Kind::Plain, "branch", &arguments, b"").map(drop)
}

fn switch(git: &Git<'_>, target: &Target) -> Result<(), VcsError> {
    let mut arguments = vec!["--quiet"];
    match target {
        Target::Branch(name) => arguments.extend(["--guess", branch_name(name)?]),
        Target::New { name, from } => {
            arguments.extend(["--create", branch_name(name)?]);
            if let Some(from) = from {
                arguments.push(revision(from)?);
            }
        }
        Target::Detached(name) => arguments.extend(["--detach", revision(name)?]),
    }
    git.run(Kind::WithHooks, "switch", &arguments, b"").map(drop)
}

fn list(git: &Git<'_>, remotes: bool) -> Result<Branches, VcsError> {
    let most = git.limits().branches;
    // One more is asked for, to see that there is more.
    let count = format!("--count={}", most.saturating_add(1));
    let mut arguments = vec![FORMAT, &count, "--sort=-committerdate", "refs/heads/"];
    arguments.extend(remotes.then_some("refs/remotes/"));
    let answer = git.run(Kind::Plain, "for-each-ref", &arguments, b"")?;
    let fields: Vec<&[u8]> = answer.stdout.split(|byte| *byte == 0).collect();
    let mut branches: Vec<Branch> = fields.chunks_exact(FIELDS).filter_map(read).collect();
    let asked = usize::try_from(most).unwrap_or(usize::MAX);
    let truncated = answer.truncated || branches.len() > asked;
    let current = branches.iter().find(|branch| branch.current).map(|branch| branch.name.clone());
    branches.truncate(asked);
    Ok(Branches { current, branches, truncated })
}

/// `None`: a symbolic name such as `origin/HEAD`, which is no branch of its own.
fn read(record: &[&[u8]]) -> Option<Branch> {
    let [name, commit, head, upstream, track, worktree, time, subject] = *record else {
        return None;
    };
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    // The line end of the record before.
    let name = text(name.strip_prefix(b"\n").unwrap_or(name));
    let (name, remote) = match name.strip_prefix("refs/heads/") {
        Some(name) => (name, false),
        None => (name.strip_prefix("refs/remotes/")?, true),
    };
    if remote && name.ends_with("/HEAD") {
        return None;
    }
    let upstream = (!upstream.is_empty()).then(|| followed(text(upstream), &text(track)));
    Some(Branch {
        name: name.to_owned(),
        remote,
        current: head == b"*",
        commit: text(commit),
        time: text(time).parse().ok(),
        subject: text(subject),
        upstream,
        worktree: (!worktree.is_empty()).then(|| paths::from_git(worktree)),
    })
}

/// `track` is `gone`, or `ahead 1, behind 2`, or a part of that; nothing when both are the same.
fn followed(name: String, track: &str) -> Upstream {
    if track == "gone" {
        return Upstream { name, ahead: None, behind: None };
    }
    let count = |word: &str| {
        let part = track.split(", ").find_map(|part| part.strip_prefix(word));
        part.map_or(Some(0), |number| number.trim().parse().ok())
    };
    Upstream { ahead: count("ahead"), behind: count("behind"), name }
}
