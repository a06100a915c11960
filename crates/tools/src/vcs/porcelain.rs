//! The answer of `git status --porcelain=v2 --branch -z` (git-status(1), "Porcelain Format Version 2").

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::{VcsError, paths};
use crate::Scope;

/// Characters of a short hash; enough to tell commits apart for a reader, not for git in a large repository.
const SHORT_HASH: usize = 7;

/// What is checked out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The current branch; missing when a commit is checked out without one (detached).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The current commit, its whole hash; missing when there is none yet (unborn).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The first 7 characters of the hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short: Option<String>,
    /// Whether a commit is checked out without a branch.
    pub detached: bool,
    /// Whether the branch has no commit yet.
    pub unborn: bool,
    /// The branch that the current one follows, if it follows one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
}

/// The branch that another one follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upstream {
    /// Such as `origin/main`.
    pub name: String,
    /// Commits here that it lacks; missing when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ahead: Option<u64>,
    /// Commits there that we lack; missing when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<u64>,
}

/// How many files differ. Each file is counted once, except in `staged`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// New files that are staged.
    pub added: u64,
    /// Changed, renamed and retyped files, and submodules.
    pub modified: u64,
    /// Deleted files.
    pub deleted: u64,
    /// Files (or folders, where they are not gone through) that git does not know.
    pub untracked: u64,
    /// Files in conflict.
    pub conflicts: u64,
    /// Files with something staged.
    pub staged: u64,
}

/// What happened to one side of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// Other content or mode.
    Modified,
    /// A file became a link, or the other way round.
    Retyped,
    /// New.
    Added,
    /// Gone.
    Deleted,
    /// It had another name.
    Renamed,
    /// Copied from another file.
    Copied,
}

/// What each side of a merge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Conflict {
    /// Both deleted it.
    BothDeleted,
    /// We added it.
    AddedByUs,
    /// They deleted it.
    DeletedByThem,
    /// They added it.
    AddedByThem,
    /// We deleted it.
    DeletedByUs,
    /// Both added it.
    BothAdded,
    /// Both changed it.
    BothModified,
}

/// What differs in a submodule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubmoduleChange {
    /// Another commit is checked out than the one recorded.
    pub commit: bool,
    /// Tracked files in it are changed.
    pub modified: bool,
    /// It has untracked files.
    pub untracked: bool,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileStatus {
    /// Relative to where relative paths start, if it lies there. An untracked folder ends with `/`. Bytes that are no
    /// UTF-8 are shown as U+FFFD.
    #[serde(serialize_with = "paths::lossy")]
    #[schemars(with = "String")]
    pub path: PathBuf,
    /// What is staged: the index against the commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<Change>,
    /// What is not staged: the file against the index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worktree: Option<Change>,
    /// Whether something is staged. A file can be both staged and unstaged.
    pub staged: bool,
    /// Whether something is not staged, of a file that git knows.
    pub unstaged: bool,
    /// Whether git does not know it.
    pub untracked: bool,
    /// What each side did, of a file in conflict, which is neither staged nor unstaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<Conflict>,
    /// Its name before, or what it was copied from.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "paths::lossy_option")]
    #[schemars(with = "Option<String>")]
    pub from: Option<PathBuf>,
    /// Of a submodule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submodule: Option<SubmoduleChange>,
}

/// The answer, read.
#[derive(Debug, Default)]
pub(super) struct Porcelain {
    pub(super) head: Head,
    pub(super) counts: Counts,
    pub(super) files: Vec<FileStatus>,
    /// Whether there were more files than were asked for; they are counted all the same.
    pub(super) more: bool,
}

/// Reads `answer`; keeps at most `files_max` files. `cut`: its end may be missing.
pub(super) fn read(
    answer: &[u8],
    cut: bool,
    files_max: usize,
    scope: &Scope,
    root: &Path,
) -> Result<Porcelain, VcsError> {
    let mut porcelain = Porcelain { more: cut, ..Porcelain::default() };
    let mut records = answer.split(|byte| *byte == 0).peekable();
    while let Some(record) = records.next() {
        // What follows the last NUL is empty, or the half record at a cut.
        if record.is_empty() || records.peek().is_none() {
            continue;
        }
        if let Some(header) = record.strip_prefix(b"# ") {
            porcelain.head.header(&String::from_utf8_lossy(header));
            continue;
        }
        let Some(entry) = entry(record, &mut records) else {
            if cut {
                break;
            }
            let near = String::from_utf8_lossy(record).into_owned();
            return Err(VcsError::Unreadable { command: "status", near });
        };
        porcelain.counts.count(&entry);
        if porcelain.files.len() < files_max {
            let path = paths::shown(scope, root, entry.path);
            let from = entry.from.map(|from| paths::shown(scope, root, from));
            porcelain.files.push(FileStatus { path, from, ..entry.status });
        } else {
            porcelain.more = true;
        }
    }
    Ok(porcelain)
}

impl Head {
    fn header(&mut self, header: &str) {
        let Some((name, value)) = header.split_once(' ') else { return };
        match (name, value) {
            ("branch.oid", "(initial)") => self.unborn = true,
            ("branch.oid", hash) => {
                self.commit = Some(hash.to_owned());
                self.short = Some(hash.chars().take(SHORT_HASH).collect());
            }
            ("branch.head", "(detached)") => self.detached = true,
            ("branch.head", branch) => self.branch = Some(branch.to_owned()),
            ("branch.upstream", name) => {
                self.upstream = Some(Upstream { name: name.to_owned(), ahead: None, behind: None });
            }
            ("branch.ab", value) => {
                if let (Some(upstream), Some((ahead, behind))) =
                    (&mut self.upstream, value.split_once(' '))
                {
                    upstream.ahead = ahead.trim_start_matches('+').parse().ok();
                    upstream.behind = behind.trim_start_matches('-').parse().ok();
                }
            }
            // Git adds headers with time.
            _ => {}
        }
    }
}

impl Counts {
    fn count(&mut self, entry: &Entry<'_>) {
        let status = &entry.status;
        self.staged += u64::from(status.staged);
        let kind = if status.untracked {
            &mut self.untracked
        } else if status.conflict.is_some() {
            &mut self.conflicts
        } else if [status.index, status.worktree].contains(&Some(Change::Deleted)) {
            &mut self.deleted
        } else if [status.index, status.worktree].contains(&Some(Change::Added)) {
            &mut self.added
        } else {
            &mut self.modified
        };
        *kind += 1;
    }
}

struct Entry<'a> {
    path: &'a [u8],
    from: Option<&'a [u8]>,
    status: FileStatus,
}

/// One entry; a rename takes its old name from `records`. `None`: not in the format.
fn entry<'a>(record: &'a [u8], records: &mut impl Iterator<Item = &'a [u8]>) -> Option<Entry<'a>> {
    let mut status = FileStatus {
        path: PathBuf::new(),
        index: None,
        worktree: None,
        staged: false,
        unstaged: false,
        untracked: false,
        conflict: None,
        from: None,
        submodule: None,
    };
    let (kind, rest) = record.split_first()?;
    let rest = rest.strip_prefix(b" ")?;
    // Fields before the path, by kind of entry.
    let fields_before = match kind {
        b'1' => 7,
        b'2' => 8,
        b'u' => 9,
        b'?' => {
            status.untracked = true;
            return Some(Entry { path: rest, from: None, status });
        }
        _ => return None,
    };
    let mut fields = rest.splitn(fields_before + 1, |byte| *byte == b' ');
    let (changes, submodule) = (fields.next()?, fields.next()?);
    let path = fields.last()?;
    let [index, worktree] = *changes else { return None };
    if let [b'S', commit, modified, untracked] = *submodule {
        status.submodule = Some(SubmoduleChange {
            commit: commit == b'C',
            modified: modified == b'M',
            untracked: untracked == b'U',
        });
    }
    if *kind == b'u' {
        status.conflict = Some(conflict(index, worktree)?);
    } else {
        status.index = change(index)?;
        status.worktree = change(worktree)?;
        status.staged = status.index.is_some();
        status.unstaged = status.worktree.is_some();
    }
    let from = if *kind == b'2' { Some(records.next()?) } else { None };
    Some(Entry { path, from, status })
}

/// `None`: not a letter of the format; `Some(None)`: nothing changed.
#[allow(clippy::option_option, reason = "both are said above")]
fn change(letter: u8) -> Option<Option<Change>> {
    Some(Some(match letter {
        b'.' => return Some(None),
        b'M' => Change::Modified,
        b'T' => Change::Retyped,
        b'A' => Change::Added,
        b'D' => Change::Deleted,
        b'R' => Change::Renamed,
        b'C' => Change::Copied,
        _ => return None,
    }))
}

fn conflict(ours: u8, theirs: u8) -> Option<Conflict> {
    Some(match (ours, theirs) {
        (b'D', b'D') => Conflict::BothDeleted,
        (b'A', b'U') => Conflict::AddedByUs,
        (b'U', b'D') => Conflict::DeletedByThem,
        (b'U', b'A') => Conflict::AddedByThem,
        (b'D', b'U') => Conflict::DeletedByUs,
        (b'A', b'A') => Conflict::BothAdded,
        (b'U', b'U') => Conflict::BothModified,
        _ => return None,
    })
}
