//! Differences as text and in figures.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::process::{Git, Kind};
use super::repository::Repository;
use super::revision::revision;
use super::{VcsError, paths};
use crate::{Control, Scope, Workspace};

/// Gives the differences of a git repository as a unified diff, with the lines added and removed per file.
///
/// Without options: what is not staged. Untracked files are not part of it; `git-status` lists them. Paths inside the
/// text are relative to the top folder of the repository.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiffInput {
    /// A file or folder in the repository. Default: where relative paths start.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// Only this file or folder, relative to where relative paths start.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// What is staged, instead of what is not. Default: false.
    #[serde(default)]
    pub staged: bool,
    /// The branch, tag or commit to compare with, instead of the index (or, with `staged`, the newest commit).
    #[serde(default)]
    pub base: Option<String>,
    /// Compares with the commit where `base` and the current branch parted, so that what happened on `base` since is
    /// left out. Default: false.
    #[serde(default)]
    pub merge_base: bool,
    /// Only the figures, no text. Default: false.
    #[serde(default)]
    pub stat: bool,
}

/// Differences.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diff {
    /// The files that differ.
    pub files: Vec<DiffFile>,
    /// The unified diff; empty with `stat`. Bytes that are no UTF-8 are shown as U+FFFD. Limit: `vcs.diff_bytes`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Whether the text was cut off at the limit; `files` is whole all the same.
    pub truncated: bool,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiffFile {
    /// Relative to where relative paths start, if it lies there.
    #[serde(serialize_with = "paths::lossy")]
    #[schemars(with = "String")]
    pub path: PathBuf,
    /// Its name before.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "paths::lossy_option")]
    #[schemars(with = "Option<String>")]
    pub from: Option<PathBuf>,
    /// Lines added; missing for a binary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<u64>,
    /// Lines removed; missing for a binary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<u64>,
    /// Whether it is binary: its differences are no lines.
    pub binary: bool,
}

/// What differs. Changes nothing; a stopped call ends git.
///
/// # Errors
///
/// See [`VcsError`].
pub fn diff(workspace: &Workspace, input: &DiffInput, control: &Control) -> Result<Diff, VcsError> {
    if input.merge_base && input.base.is_none() {
        return Err(VcsError::BadInput("`mergeBase` needs a `base`"));
    }
    let repository = Repository::find(workspace, input.path.as_deref(), control)?;
    let arguments = arguments(workspace, &repository, input)?;
    let git = repository.git(workspace, control);
    let reader = Reader { scope: workspace.scope(), root: &repository.root };
    let run = |outputs: &[&str], more_bytes: u64| {
        let outputs = outputs.iter().map(OsString::from);
        let arguments: Vec<OsString> = outputs.chain(arguments.iter().cloned()).collect();
        run(&git, &arguments, more_bytes)
    };
    if input.stat {
        return reader.read(&run(&["--numstat", "-z"], 0)?.0, &[], false);
    }
    let (both, cut) = run(&["--numstat", "-z", "--patch"], workspace.limits().vcs.diff_bytes)?;
    if !both.starts_with(b"diff ") && !both.starts_with(b"* Unmerged") {
        let (table, text) = split(&both);
        return reader.read(table, text, cut);
    }
    // Files in conflict: their text comes before the table and cannot be told from it.
    let (table, _) = run(&["--numstat", "-z"], 0)?;
    let (text, cut) = run(&["--patch"], workspace.limits().vcs.diff_bytes)?;
    reader.read(&table, &text, cut)
}

/// What is compared; the user's config may say otherwise of the first ones.
fn arguments(
    workspace: &Workspace,
    repository: &Repository,
    input: &DiffInput,
) -> Result<Vec<OsString>, VcsError> {
    let fixed = [
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-relative",
        "--find-renames",
        "--submodule=short",
        "--ignore-submodules=none",
        "--src-prefix=a/",
        "--dst-prefix=b/",
    ];
    let mut arguments: Vec<OsString> = fixed.into_iter().map(OsString::from).collect();
    arguments.extend(input.staged.then(|| "--cached".into()));
    arguments.extend(input.merge_base.then(|| "--merge-base".into()));
    if let Some(base) = &input.base {
        arguments.push(revision(base)?.into());
    }
    match &input.file {
        None => match repository.scope_arguments(workspace.scope()) {
            below if below.is_empty() => arguments.push("--".into()),
            below => arguments.extend(below),
        },
        Some(file) => {
            arguments.push("--".into());
            let inside = repository.inside(workspace.scope(), file)?;
            arguments.push(paths::from_git(&paths::for_git(&inside)).into());
        }
    }
    Ok(arguments)
}

/// The answer, of at most the usual bound for tables and `more_bytes`, and whether it was cut off.
fn run(
    git: &Git<'_>,
    arguments: &[OsString],
    more_bytes: u64,
) -> Result<(Vec<u8>, bool), VcsError> {
    let most = if more_bytes == 0 { git.limits().answer_bytes } else { more_bytes };
    let answer = git.run_bounded(Kind::Plain, "diff", arguments, b"", most)?;
    Ok((answer.stdout, answer.truncated))
}

/// The table of figures, and the text after the empty record that ends it.
fn split(answer: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while let Some(rest) = answer.get(at..).filter(|rest| !rest.is_empty()) {
        let end = |from: usize| {
            let tail = rest.get(from..)?;
            Some(from + memchr::memchr(0, tail)? + 1)
        };
        if rest.first() == Some(&0) {
            return (answer.get(..at).unwrap_or_default(), rest.get(1..).unwrap_or_default());
        }
        // A rename has its path empty and two more records.
        let Some(first) = end(0) else { break };
        let renamed = rest.get(..first).is_some_and(|record| record.ends_with(b"\t\0"));
        let Some(length) = (if renamed { end(first).and_then(end) } else { Some(first) }) else {
            break;
        };
        at += length;
    }
    (answer, &[])
}

struct Reader<'a> {
    scope: &'a Scope,
    root: &'a Path,
}

impl Reader<'_> {
    fn read(&self, table: &[u8], text: &[u8], truncated: bool) -> Result<Diff, VcsError> {
        let mut files: Vec<DiffFile> = Vec::new();
        let mut records = table.split(|byte| *byte == 0);
        while let Some(record) = records.next().filter(|record| !record.is_empty()) {
            let file = self.file(record, &mut records).ok_or_else(|| VcsError::Unreadable {
                command: "diff",
                near: String::from_utf8_lossy(record).into_owned(),
            })?;
            // A file in conflict comes twice, the second time with its figures.
            match files.last_mut().filter(|last| last.path == file.path) {
                Some(last) => *last = file,
                None => files.push(file),
            }
        }
        Ok(Diff { files, text: String::from_utf8_lossy(whole(text)).into_owned(), truncated })
    }

    fn file<'a>(
        &self,
        record: &'a [u8],
        records: &mut impl Iterator<Item = &'a [u8]>,
    ) -> Option<DiffFile> {
        let mut fields = record.splitn(3, |byte| *byte == b'\t');
        let (added, removed, path) = (fields.next()?, fields.next()?, fields.next()?);
        let number = |field: &[u8]| std::str::from_utf8(field).ok()?.parse().ok();
        let (from, path) =
            if path.is_empty() { (Some(records.next()?), records.next()?) } else { (None, path) };
        Some(DiffFile {
            path: paths::shown(self.scope, self.root, path),
            from: from.map(|from| paths::shown(self.scope, self.root, from)),
            added: number(added),
            removed: number(removed),
            binary: added == b"-",
        })
    }
}

/// Without the bytes of a character that a cut went through.
fn whole(text: &[u8]) -> &[u8] {
    match std::str::from_utf8(text) {
        Err(error) if error.error_len().is_none() => {
            text.get(..error.valid_up_to()).unwrap_or_default()
        }
        _ => text,
    }
}
