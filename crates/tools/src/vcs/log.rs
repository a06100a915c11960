//! The commits so far.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::process::{Git, Kind};
use super::repository::Repository;
use super::revision::revision;
use super::{VcsError, paths};
use crate::{Control, Workspace};

/// What is asked of each commit; NUL between the fields, which no field can hold.
const FORMAT: &str = "--format=tformat:%H%x00%h%x00%P%x00%an%x00%ae%x00%at%x00%D%x00%s%x00%b";
/// How many fields that are.
const FIELDS: usize = 9;

/// Lists commits, newest first.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// How many commits. Default: 10, at most `vcs.log_commits`.
    #[serde(default)]
    pub count: Option<u64>,
    /// Only commits that changed this file or folder.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// Only commits whose author's name or address has this text in it.
    #[serde(default)]
    pub author: Option<String>,
    /// Only commits after this time, in any form git reads: `2026-11-01`, `2 weeks ago`.
    #[serde(default)]
    pub since: Option<String>,
    /// Only commits whose message has this text in it, whatever the case.
    #[serde(default)]
    pub grep: Option<String>,
    /// The branch, tag or commit to start from. Default: what is checked out.
    #[serde(default)]
    pub branch: Option<String>,
}

/// Commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// Newest first; none when there is no commit yet.
    pub commits: Vec<Commit>,
    /// Whether there are more.
    pub truncated: bool,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Commit {
    /// Its whole hash.
    pub commit: String,
    /// As much of it as tells it apart.
    pub short: String,
    /// The hashes of its parents.
    pub parents: Vec<String>,
    /// The author's name.
    pub author: String,
    /// The author's address.
    pub email: String,
    /// When it was written, in seconds since 1970.
    pub time: i64,
    /// Branches and tags that point to it, such as `HEAD -> main`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The first paragraph of its message, in one line.
    pub subject: String,
    /// The rest of its message.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// Commits asked for when the caller names no number.
const COUNT: u64 = 10;

/// Lists commits. Changes nothing; a stopped call ends git.
///
/// # Errors
///
/// See [`VcsError`].
pub fn log(workspace: &Workspace, input: &LogInput, control: &Control) -> Result<Log, VcsError> {
    let repository = Repository::find(workspace, input.path.as_deref(), control)?;
    let count = input.count.unwrap_or(COUNT).min(workspace.limits().vcs.log_commits);
    // Each value is joined to its option, so it cannot be one itself. One more is asked for, to see that there is more.
    let mut arguments = vec![
        FORMAT.into(),
        "-z".into(),
        "--no-show-signature".into(),
        "--no-color".into(),
        "--fixed-strings".into(),
        "--regexp-ignore-case".into(),
        format!("--max-count={}", count.saturating_add(1)).into(),
    ];
    let values = [("author", &input.author), ("since", &input.since), ("grep", &input.grep)];
    for (option, value) in values {
        arguments.extend(value.as_ref().map(|value| format!("--{option}={value}").into()));
    }
    if let Some(branch) = &input.branch {
        arguments.push(revision(branch)?.into());
    }
    match &input.file {
        Some(file) => {
            arguments.push("--".into());
            let inside = repository.inside(workspace.scope(), file)?;
            arguments.push(paths::from_git(&paths::for_git(&inside)).into());
        }
        None if repository.in_scope(workspace.scope()).is_empty() => arguments.push("--".into()),
        None => arguments.extend(repository.scope_arguments(workspace.scope())),
    }
    if [&input.author, &input.since, &input.grep].into_iter().flatten().any(|v| v.contains('\0')) {
        return Err(VcsError::BadInput("no text to look for has a NUL byte"));
    }
    let answer = match repository.git(workspace, control).run(Kind::Plain, "log", &arguments, b"") {
        Err(VcsError::Refused { message, .. }) if message.contains("does not have any commits") => {
            return Ok(Log { commits: Vec::new(), truncated: false });
        }
        other => other?,
    };
    let mut commits = read(&answer.stdout)?;
    let asked = usize::try_from(count).unwrap_or(usize::MAX);
    let truncated = answer.truncated || commits.len() > asked;
    commits.truncate(asked);
    Ok(Log { commits, truncated })
}

/// The commit that is checked out.
pub(super) fn newest(git: &Git<'_>) -> Result<Commit, VcsError> {
    let arguments = [FORMAT, "-z", "--no-show-signature", "--no-color", "--max-count=1", "--"];
    let answer = git.run(Kind::Plain, "log", &arguments, b"")?;
    let commit = read(&answer.stdout)?.into_iter().next();
    commit.ok_or(VcsError::Unreadable { command: "log", near: String::new() })
}

fn read(answer: &[u8]) -> Result<Vec<Commit>, VcsError> {
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let answer = answer.strip_suffix(b"\0").unwrap_or(answer);
    if answer.is_empty() {
        return Ok(Vec::new());
    }
    let fields: Vec<&[u8]> = answer.split(|byte| *byte == 0).collect();
    let mut commits = Vec::with_capacity(fields.len() / FIELDS);
    // A record cut short at the end of a bounded answer is left out.
    for record in fields.chunks_exact(FIELDS) {
        let [hash, short, parents, author, email, time, names, subject, body] = *record else {
            continue;
        };
        let unreadable = || VcsError::Unreadable { command: "log", near: text(time) };
        commits.push(Commit {
            commit: text(hash),
            short: text(short),
            parents: text(parents).split_whitespace().map(str::to_owned).collect(),
            author: text(author),
            email: text(email),
            time: text(time).parse().map_err(|_| unreadable())?,
            names: text(names).split(", ").filter(|n| !n.is_empty()).map(str::to_owned).collect(),
            subject: text(subject),
            body: text(body).trim_end().to_owned(),
        });
    }
    Ok(commits)
}
