//! Git against real repositories, made by the `git` program in temporary folders.

mod branches;
mod commit;
mod confined;
mod diff;
mod faults;
mod log;
mod staging;
mod status;
mod watched;
mod worktrees;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ironbridge_tools::vcs::{self, InfoInput, StatusInput, VcsError};
use ironbridge_tools::{Control, Failure, Scope, Workspace};

/// A repository in a temporary folder. Names, addresses and times are fixed, so hashes are, too.
struct Repo {
    _folder: tempfile::TempDir,
    top: PathBuf,
    root: PathBuf,
    workspace: Workspace,
}

impl Repo {
    /// One without a commit. What the user's own config could change is set.
    fn unborn() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let top = folder.path().canonicalize().expect("it exists");
        let root = top.join("repo");
        fs::create_dir(&root).expect("created");
        let workspace = Workspace::new(Scope::within(&root).expect("a folder"), top.join("state"));
        let repo = Self { _folder: folder, top, root, workspace };
        repo.git("init --quiet --initial-branch=main");
        repo.configure();
        repo
    }

    fn configure(&self) {
        let settings = [
            "user.name Ann",
            "user.email ann@example.org",
            "commit.gpgsign false",
            "core.hooksPath .git/hooks",
            "core.autocrlf false",
            "core.excludesFile /dev/null",
            "commit.cleanup default",
            "protocol.file.allow always",
        ];
        for setting in settings {
            self.git(&format!("config {setting}"));
        }
    }

    /// One with the files `a` (two lines) and `sub/b`, committed.
    fn born() -> Self {
        let repo = Self::unborn();
        repo.write("a", "one\ntwo\n");
        repo.write("sub/b", "b\n");
        repo.git("add .");
        repo.git("commit --quiet -m first");
        repo
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("created");
        fs::write(path, text).expect("written");
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.root.join(path)).expect("removed");
    }

    /// Runs git with arguments that have no spaces of their own; gives stdout.
    fn git(&self, arguments: &str) -> String {
        let (success, text) = self.try_git(arguments);
        assert!(success, "git {arguments}: {text}");
        text
    }

    fn try_git(&self, arguments: &str) -> (bool, String) {
        let mut command = Command::new("git");
        command.current_dir(&self.root).args(arguments.split(' ').filter(|word| !word.is_empty()));
        for name in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{name}_DATE"), "2026-11-21T12:00:00Z");
            command.env(format!("GIT_{name}_NAME"), "Ann");
            command.env(format!("GIT_{name}_EMAIL"), "ann@example.org");
        }
        let output = command.env("LC_ALL", "C").output().expect("git runs");
        let text = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    fn hook(&self, name: &str, script: &str) {
        let path = self.root.join(".git/hooks").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
        }
    }

    /// The same repository for a caller that may only work in `folder`.
    fn within(&self, folder: &str) -> Workspace {
        let scope = Scope::within(self.root.join(folder)).expect("a folder");
        Workspace::new(scope, self.top.join("state"))
    }

    fn status(&self) -> vcs::Status {
        vcs::status(&self.workspace, &StatusInput::default(), &Control::unbounded())
            .expect("a status")
    }

    fn info(&self) -> vcs::Info {
        vcs::info(&self.workspace, &InfoInput::default(), &Control::unbounded()).expect("an info")
    }

    /// A status in lines, and the repository's own folder left out.
    fn shown(&self) -> String {
        show(&self.status())
    }

    fn redacted(&self, text: &str) -> String {
        text.replace(&*self.root.to_string_lossy(), "REPO")
            .replace(&*self.top.to_string_lossy(), "TOP")
    }
}

/// Head and counts as they are where they say something, then a line for each file.
fn show(status: &vcs::Status) -> String {
    let mut lines = vec![format!("{} {}", head(&status.head), counts(&status.counts))];
    for file in &status.files {
        let mut line = format!("{:?}", file.path);
        if let Some(from) = &file.from {
            line += &format!(" from {from:?}");
        }
        if let Some(index) = file.index {
            line += &format!(" staged {index:?}");
        }
        if let Some(worktree) = file.worktree {
            line += &format!(" unstaged {worktree:?}");
        }
        if let Some(conflict) = file.conflict {
            line += &format!(" conflict {conflict:?}");
        }
        if let Some(submodule) = file.submodule {
            line += &format!(" {submodule:?}");
        }
        line += if file.untracked { " untracked" } else { "" };
        assert_eq!(file.staged, file.index.is_some());
        assert_eq!(file.unstaged, file.worktree.is_some());
        lines.push(line);
    }
    if status.truncated {
        lines.push("truncated".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn head(head: &vcs::Head) -> String {
    let mut text = head.branch.clone().unwrap_or_default();
    if head.detached {
        text += &format!("detached {}", head.short.as_deref().unwrap_or("?"));
    }
    if head.unborn {
        text += " unborn";
    }
    assert_eq!(head.unborn, head.commit.is_none());
    if let Some(upstream) = &head.upstream {
        let number = |count: Option<u64>| count.map_or("gone".to_owned(), |n| n.to_string());
        let (ahead, behind) = (number(upstream.ahead), number(upstream.behind));
        text += &format!(" ({} +{ahead} -{behind})", upstream.name);
    }
    text
}

fn counts(counts: &vcs::Counts) -> String {
    format!(
        "added {} modified {} deleted {} untracked {} conflicts {} staged {}",
        counts.added,
        counts.modified,
        counts.deleted,
        counts.untracked,
        counts.conflicts,
        counts.staged
    )
}

/// The code and message of a refusal.
fn refusal<T: std::fmt::Debug>(repo: &Repo, result: Result<T, VcsError>) -> String {
    let failure = Failure::from(result.expect_err("it is refused"));
    let known = <VcsError as ironbridge_tools::Coded>::codes().iter().map(|(code, _)| *code);
    assert!(known.into_iter().any(|code| code == failure.code), "{} has no row", failure.code);
    format!("{}: {}\n", failure.code, repo.redacted(&failure.message))
}

fn paths(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| Path::new(name).to_owned()).collect()
}
