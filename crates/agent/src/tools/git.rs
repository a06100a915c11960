//! `git_status`, `git_diff`, `git_log`, `git_add`, `git_commit`: offered where the project is in a git repository.

use super::{Effect, Running, Tool};
use crate::engine::ToolOutcome;
use ironbridge_tools::Failure;
use ironbridge_tools::vcs::{
    CommitInput, DiffInput, LogInput, StageInput, StatusInput, commit, diff, log, stage, status,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Commits that are listed (nanocoder).
const COMMITS_MAX: u64 = 50;

/// The tool that commits; a person is asked about it by this name.
pub(crate) const COMMIT_TOOL: &str = "git_commit";

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::blocking("git_status", Effect::Reads, git_status),
        Tool::blocking("git_diff", Effect::Reads, git_diff),
        Tool::blocking("git_log", Effect::Reads, git_log),
        Tool::blocking("git_add", Effect::Writes, git_add),
        Tool::blocking(COMMIT_TOOL, Effect::Commits, git_commit),
    ]
}

/// Says what is checked out and which files differ.
#[derive(Deserialize, JsonSchema)]
struct GitStatus {}

fn git_status(running: &Running, _: &GitStatus) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let output = status(&place.workspace, &StatusInput::default(), &running.control)?;
    told(&output)
}

/// What a tool for programs gives is what a model reads best, too: short keys, no empty ones.
fn told(output: &impl Serialize) -> Result<ToolOutcome, Failure> {
    let text = serde_json::to_string_pretty(output);
    Ok(ToolOutcome::done(text.map_err(|error| Failure::new("internal", error.to_string()))?))
}

/// Shows what differs from the last commit or another one, as a unified diff. Without arguments: what is not staged.
#[derive(Deserialize, JsonSchema)]
struct GitDiff {
    /// What is staged instead.
    #[serde(default)]
    staged: bool,
    /// Only this file or folder.
    #[serde(default)]
    file: Option<String>,
    /// The branch, tag or commit to compare with.
    #[serde(default)]
    base: Option<String>,
    /// Only the number of lines of each file.
    #[serde(default)]
    stat: bool,
}

fn git_diff(running: &Running, input: &GitDiff) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let wish = DiffInput {
        file: input.file.as_deref().map(|file| PathBuf::from(place.path(file))),
        staged: input.staged,
        base: input.base.clone(),
        stat: input.stat,
        ..DiffInput::default()
    };
    let output = diff(&place.workspace, &wish, &running.control)?;
    if output.files.is_empty() {
        return Ok(ToolOutcome::done("nothing differs"));
    }
    let mut text = String::new();
    for file in &output.files {
        let lines = |lines: Option<u64>| lines.map_or("-".to_owned(), |lines| lines.to_string());
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{} +{} -{}",
            file.path.display(),
            lines(file.added),
            lines(file.removed)
        );
    }
    if !output.text.is_empty() {
        let _ = write!(text, "\n{}", output.text);
    }
    if output.truncated {
        text.push_str("\n[the diff is longer; name a file]");
    }
    Ok(ToolOutcome::done(text))
}

/// Lists commits, the newest first.
#[derive(Deserialize, JsonSchema)]
struct GitLog {
    /// How many, up to 50. Default: 10.
    #[serde(default)]
    count: Option<u64>,
    /// Only those that changed this file or folder.
    #[serde(default)]
    file: Option<String>,
    /// Only those of authors with this in their name or address.
    #[serde(default)]
    author: Option<String>,
    /// Only those after this time: 2026-11-01, 2 weeks ago.
    #[serde(default)]
    since: Option<String>,
    /// Only those with this in their message.
    #[serde(default)]
    grep: Option<String>,
    /// The branch, tag or commit to begin at.
    #[serde(default)]
    branch: Option<String>,
}

fn git_log(running: &Running, input: &GitLog) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let wish = LogInput {
        count: input.count.map(|count| count.clamp(1, COMMITS_MAX)),
        file: input.file.as_deref().map(|file| PathBuf::from(place.path(file))),
        author: input.author.clone(),
        since: input.since.clone(),
        grep: input.grep.clone(),
        branch: input.branch.clone(),
        ..LogInput::default()
    };
    let output = log(&place.workspace, &wish, &running.control)?;
    let line = |commit: &ironbridge_tools::vcs::Commit| {
        let names = if commit.names.is_empty() {
            String::new()
        } else {
            format!(" ({})", commit.names.join(", "))
        };
        format!("{}{names} {} <{}>: {}", commit.short, commit.author, commit.email, commit.subject)
    };
    let lines: Vec<String> = output.commits.iter().map(line).collect();
    let more = if output.truncated { "\n[there are more]" } else { "" };
    Ok(ToolOutcome::done(if lines.is_empty() {
        "no commits".to_owned()
    } else {
        lines.join("\n") + more
    }))
}

/// Stages files for the next commit: those named, or all, or all that git knows already.
#[derive(Deserialize, JsonSchema)]
struct GitAdd {
    /// The files and folders.
    #[serde(default)]
    files: Vec<String>,
    /// Everything that differs, new files too.
    #[serde(default)]
    all: bool,
    /// Everything that differs of the files git knows.
    #[serde(default)]
    update: bool,
}

fn git_add(running: &Running, input: &GitAdd) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let files = input.files.iter().map(|file| PathBuf::from(place.path(file))).collect();
    let wish = StageInput { path: None, files, all: input.all, update: input.update };
    told(&stage(&place.workspace, &wish, &running.control)?)
}

/// Commits what is staged.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct GitCommit {
    /// The subject line, or all of the message.
    message: String,
    /// What follows the subject.
    #[serde(default)]
    body: Option<String>,
    /// Replace the newest commit.
    #[serde(default)]
    amend: bool,
    /// Leave out the hooks pre-commit and commit-msg.
    #[serde(default)]
    no_verify: bool,
}

fn git_commit(running: &Running, input: &GitCommit) -> Result<ToolOutcome, Failure> {
    let wish = CommitInput {
        message: Some(input.message.clone()),
        body: input.body.clone(),
        amend: input.amend,
        no_verify: input.no_verify,
        ..CommitInput::default()
    };
    let output = commit(&running.place.workspace, &wish, &running.control)?;
    let mut text = format!("committed {} {}", output.commit.short, output.commit.subject);
    if !output.hook_output.is_empty() {
        text.push_str(&format!("\n{}", output.hook_output.trim_end()));
    }
    Ok(ToolOutcome::done(text))
}
