//! Commits.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::log::{Commit, newest};
use super::process::Kind;
use super::repository::Repository;
use super::{Refusal, VcsError};
use crate::{Control, Workspace};

/// Commits what is staged. The repository's hooks run, and commits are signed where its config says so.
///
/// The message is taken as it is, also lines that begin with `#`; blank lines at its ends and spaces at the ends of
/// lines are cut off. When a hook refuses, `hook_failed` holds what it printed.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommitInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// The message: a subject line, or all of it. With `amend` it may be missing: the old one is kept.
    #[serde(default)]
    pub message: Option<String>,
    /// What follows the subject, after a blank line.
    #[serde(default)]
    pub body: Option<String>,
    /// Replaces the newest commit. Default: false.
    #[serde(default)]
    pub amend: bool,
    /// Also commits when nothing is staged. Default: false.
    #[serde(default)]
    pub allow_empty: bool,
    /// Leaves out the hooks `pre-commit` and `commit-msg`. Default: false.
    #[serde(default)]
    pub no_verify: bool,
}

/// The commit that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Committed {
    /// The commit.
    #[serde(flatten)]
    pub commit: Commit,
    /// What hooks and git printed besides. Limit: `vcs.message_bytes`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hook_output: String,
}

/// Commits what is staged. A call that is stopped ends git and its hooks: there is no commit then, unless it was made
/// just before; `post-commit` runs after it. Time limit: `vcs.commit_seconds`.
///
/// # Errors
///
/// See [`VcsError`].
pub fn commit(
    workspace: &Workspace,
    input: &CommitInput,
    control: &Control,
) -> Result<Committed, VcsError> {
    let message = message(input)?;
    let repository = Repository::find(workspace, input.path.as_deref(), control)?;
    let git = repository.git(workspace, control);
    let mut arguments = vec![];
    match &message {
        Some(_) => arguments.extend(["--file=-", "--cleanup=whitespace"]),
        None => arguments.push("--no-edit"),
    }
    let flags = [
        (input.amend, "--amend"),
        (input.allow_empty, "--allow-empty"),
        (input.no_verify, "--no-verify"),
    ];
    arguments.extend(flags.into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag));
    let text = message.unwrap_or_default();
    let answer =
        git.run(Kind::WithHooks, "commit", &arguments, text.as_bytes()).map_err(told_by_hook)?;
    Ok(Committed {
        commit: newest(&git)?,
        hook_output: String::from_utf8_lossy(&answer.stderr).trim().to_owned(),
    })
}

/// `None`: the old message is kept.
fn message(input: &CommitInput) -> Result<Option<String>, VcsError> {
    let subject = input.message.as_deref().unwrap_or_default().trim_end();
    let body = input.body.as_deref().unwrap_or_default();
    if subject.trim().is_empty() {
        return match (input.amend, body.trim().is_empty()) {
            (true, true) if input.message.is_none() => Ok(None),
            _ => Err(VcsError::BadInput("a commit has a `message`")),
        };
    }
    if subject.contains('\0') || body.contains('\0') {
        return Err(VcsError::BadInput("a message has no NUL byte"));
    }
    if body.trim().is_empty() {
        return Ok(Some(subject.to_owned()));
    }
    Ok(Some(format!("{subject}\n\n{body}")))
}

/// Git says nothing of its own when a hook refuses, and begins what it says with `fatal:` or `error:`.
fn told_by_hook(error: VcsError) -> VcsError {
    let VcsError::Refused { reason: Refusal::Other, command, message } = error else {
        return error;
    };
    let last = message.lines().last().unwrap_or_default();
    let of_git = last.starts_with("fatal:") || last.starts_with("error:");
    let reason = if of_git { Refusal::Other } else { Refusal::Hook };
    VcsError::Refused { reason, command, message }
}
