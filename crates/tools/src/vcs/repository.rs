//! Where a repository is, and what it is in the middle of: read from its files, as git does.

use std::ffi::OsString;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::process::{Git, Kind};
use super::{VcsError, paths};
use crate::{Control, Scope, Workspace};

/// Files of the repository that are read here hold a line or two; more is not theirs.
const SMALL_FILE_BYTES: u64 = 64 * 1024;

/// A repository with files checked out.
#[derive(Debug)]
pub(super) struct Repository {
    /// The top folder of its files; canonical.
    pub(super) root: PathBuf,
    /// Where it keeps the state of this worktree.
    pub(super) git_folder: PathBuf,
    /// Folders of its own that git may write in, wherever they lie ([`own_folders`]).
    writable: Vec<PathBuf>,
}

impl Repository {
    /// That of `path` (a file or folder, there or not), or of where relative paths start.
    pub(super) fn find(
        workspace: &Workspace,
        path: Option<&Path>,
        control: &Control,
    ) -> Result<Self, VcsError> {
        let location = workspace.scope().locate(path.unwrap_or(Path::new(".")))?;
        let start = location.resolved();
        for folder in start.ancestors() {
            let entry = folder.join(".git");
            let Ok(metadata) = fs::metadata(&entry) else {
                if is_git_folder(folder) && folder.file_name().is_none_or(|name| name != ".git") {
                    return Err(VcsError::Bare { path: folder.to_owned() });
                }
                continue;
            };
            if metadata.is_file() {
                let git_folder = linked(&entry).map(|target| folder.join(target));
                let git_folder = git_folder.unwrap_or_else(|| entry.clone());
                let writable = own_folders(&entry, &git_folder);
                return Ok(Self { root: folder.to_owned(), git_folder, writable });
            }
            // As git does: a folder `.git` that holds no repository is passed over.
            if is_git_folder(&entry) {
                return Self::at(workspace, folder, entry, control);
            }
        }
        Err(VcsError::NoRepository { path: start.to_owned() })
    }

    /// `core.worktree` may put the files elsewhere. That is rare, and which of the config's files has the last word is
    /// git's to say, so it is asked where the word occurs at all.
    fn at(
        workspace: &Workspace,
        folder: &Path,
        git_folder: PathBuf,
        control: &Control,
    ) -> Result<Self, VcsError> {
        let config = small_file(&git_folder.join("config")).unwrap_or_default();
        let mut root = folder.to_owned();
        let writable = own_folders(&git_folder, &git_folder);
        if config.to_ascii_lowercase().contains("worktree") {
            let git = Git { folder, workspace, control, writable: &writable };
            let answer = git.run(Kind::Plain, "rev-parse", &["--show-toplevel"], b"")?;
            let line = answer.stdout.strip_suffix(b"\n").unwrap_or(&answer.stdout);
            root = fs::canonicalize(paths::from_git(line)).unwrap_or(root);
            workspace.scope().locate(&root)?;
        }
        Ok(Self { root, git_folder, writable })
    }

    /// `git` in its top folder.
    pub(super) fn git<'a>(&'a self, workspace: &'a Workspace, control: &'a Control) -> Git<'a> {
        Git { folder: &self.root, workspace, control, writable: &self.writable }
    }

    /// What lies in the scope, relative to the top folder; nothing: all of it does.
    pub(super) fn in_scope(&self, scope: &Scope) -> Vec<PathBuf> {
        let roots = scope.roots().unwrap_or_default();
        if roots.is_empty() || roots.iter().any(|root| self.root.starts_with(root)) {
            return Vec::new();
        }
        let below = roots.iter().filter_map(|root| root.strip_prefix(&self.root).ok());
        below.map(Path::to_owned).collect()
    }

    /// `-- PATH…` for what lies in the scope, or nothing.
    pub(super) fn scope_arguments(&self, scope: &Scope) -> Vec<OsString> {
        let below = self.in_scope(scope);
        if below.is_empty() {
            return Vec::new();
        }
        std::iter::once(OsString::from("--")).chain(below.into_iter().map(Into::into)).collect()
    }

    /// `path` relative to the top folder. A link is meant itself, not what it leads to; the way to it is resolved, and
    /// must not leave the scope. It need not exist: a deleted file can be staged.
    pub(super) fn inside(&self, scope: &Scope, path: &Path) -> Result<PathBuf, VcsError> {
        let resolved = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => {
                let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
                let folder = scope.locate(parent)?.resolved().join(name);
                // Its name could still be outside, where the scope's own root is named by its parent.
                if scope.roots().is_some_and(|roots| !roots.iter().any(|r| folder.starts_with(r))) {
                    scope.locate(path)?;
                }
                folder
            }
            _ => scope.locate(path)?.resolved().to_owned(),
        };
        match resolved.strip_prefix(&self.root) {
            Ok(inside) if path.as_os_str().as_encoded_bytes().contains(&0) => {
                Err(crate::ScopeError::Nul { path: inside.to_owned() }.into())
            }
            Ok(inside) => Ok(inside.to_owned()),
            Err(_) => Err(VcsError::OutsideRepository { path: resolved, root: self.root.clone() }),
        }
    }

    /// What it is in the middle of.
    pub(super) fn operation(&self) -> Option<Operation> {
        let has = |name: &str| self.git_folder.join(name).exists();
        let read = |name: &str| small_file(&self.git_folder.join(name));
        let number = |name: &str| read(name).and_then(|text| text.trim().parse().ok());
        let branch = |name: &str| {
            let text = read(name)?;
            Some(text.trim().strip_prefix("refs/heads/")?.to_owned())
        };
        let plain = |kind| Operation { kind, branch: None, step: None, steps: None };
        if has("rebase-merge") {
            return Some(Operation {
                kind: OperationKind::Rebase,
                branch: branch("rebase-merge/head-name"),
                step: number("rebase-merge/msgnum"),
                steps: number("rebase-merge/end"),
            });
        }
        if has("rebase-apply") {
            let am = has("rebase-apply/applying");
            return Some(Operation {
                kind: if am { OperationKind::ApplyMailbox } else { OperationKind::Rebase },
                branch: branch("rebase-apply/head-name"),
                step: number("rebase-apply/next"),
                steps: number("rebase-apply/last"),
            });
        }
        let others = [
            ("MERGE_HEAD", OperationKind::Merge),
            ("CHERRY_PICK_HEAD", OperationKind::CherryPick),
            ("REVERT_HEAD", OperationKind::Revert),
            ("BISECT_LOG", OperationKind::Bisect),
        ];
        others.into_iter().find(|(file, _)| has(file)).map(|(_, kind)| plain(kind))
    }
}

/// An operation that waits to be continued or aborted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Which.
    pub kind: OperationKind,
    /// The branch that is rebased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commit it stopped at, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u64>,
    /// How many commits there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
}

/// The operations that can stop halfway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OperationKind {
    /// `git merge`.
    Merge,
    /// `git rebase`.
    Rebase,
    /// `git am`.
    ApplyMailbox,
    /// `git cherry-pick`.
    CherryPick,
    /// `git revert`.
    Revert,
    /// `git bisect`.
    Bisect,
}

/// The test of `is_git_directory` in git's `setup.c`, less strict: what passes here is judged by git again.
fn is_git_folder(folder: &Path) -> bool {
    let has_objects = || folder.join("objects").is_dir() || folder.join("commondir").is_file();
    fs::symlink_metadata(folder.join("HEAD")).is_ok() && has_objects()
}

/// Where a file `.git` (of a linked worktree, or a submodule) leads.
fn linked(file: &Path) -> Option<PathBuf> {
    let text = small_file(file)?;
    Some(PathBuf::from(text.strip_prefix("gitdir: ")?.trim_end_matches(['\r', '\n'])))
}

/// Where git has to write for a repository that may lie above the project or, of a linked worktree, beside it. `entry` is
/// its `.git`.
///
/// A file `.git` or a link of that name is as easily made as any file: it could name the repository of somebody else.
/// What it leads to counts only where that leads back, from a place that whoever wrote the file could not write:
/// `worktrees/NAME/gitdir` in the repository itself (gitrepository-layout(5)).
fn own_folders(entry: &Path, git_folder: &Path) -> Vec<PathBuf> {
    if fs::symlink_metadata(entry).is_ok_and(|metadata| metadata.is_dir()) {
        return vec![entry.to_owned()];
    }
    let common = || {
        let own = fs::canonicalize(git_folder).ok()?;
        let common = own.join(small_file(&own.join("commondir"))?.trim_end());
        let common = fs::canonicalize(common).ok()?;
        let back = own.join(small_file(&own.join("gitdir"))?.trim_end());
        let leads_back = own.parent()? == common.join("worktrees")
            && fs::canonicalize(back).ok()? == fs::canonicalize(entry).ok()?;
        leads_back.then_some(common)
    };
    common().into_iter().collect()
}

fn small_file(path: &Path) -> Option<String> {
    let file = fs::File::open(path).ok().filter(|_| path.is_file())?;
    let mut bytes = Vec::new();
    file.take(SMALL_FILE_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
