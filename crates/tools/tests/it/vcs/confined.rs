//! Git in the sandbox: what a hostile repository has git start is kept in as any command is.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;

use expect_test::expect;
use ironbridge_tools::vcs::{self, CommitInput, DiffInput, StageInput, StatusInput};
use ironbridge_tools::{Confinement, Control, Scope, Workspace};

use super::{Repo, refusal};

/// The workspace of `repo` with commands confined; `None`, and says so: this kernel cannot.
fn confined(repo: &Repo, folder: &Path) -> Option<Workspace> {
    let scope = Scope::within(folder).expect("a folder");
    let workspace = Workspace::new(scope, repo.top.join("state"));
    let workspace = workspace.with_confinement(Confinement::Always);
    match vcs::status(&workspace, &StatusInput::default(), &Control::unbounded()) {
        Err(error @ vcs::VcsError::Sandbox(_)) => {
            println!("skipped: {error}");
            None
        }
        _ => Some(workspace),
    }
}

/// A repository whose config has git start a program that writes where it likes, for every file it reads.
fn hostile() -> Repo {
    let repo = Repo::born();
    repo.write(".gitattributes", "* filter=evil\n");
    let escape =
        format!("echo out > '{}'; echo in > seen; cat", repo.top.join("escaped").display());
    let script = repo.top.join("filter.sh");
    fs::write(&script, format!("#!/bin/sh\n{escape}\n")).expect("written");
    let config = repo.root.join(".git/config");
    let known = fs::read_to_string(&config).expect("read");
    let filter = format!("[filter \"evil\"]\n\tclean = sh '{}'\n", script.display());
    fs::write(&config, known + &filter).expect("written");
    repo.write("a", "other\ncontent\n");
    repo
}

fn all() -> StageInput {
    StageInput { all: true, ..StageInput::default() }
}

fn ask_everything(workspace: &Workspace) {
    let control = Control::unbounded();
    vcs::status(workspace, &StatusInput::default(), &control).expect("a status");
    vcs::diff(workspace, &DiffInput::default(), &control).expect("a diff");
    vcs::stage(workspace, &all(), &control).expect("staged");
}

#[test]
fn a_filter_writes_in_the_project_and_nowhere_else() {
    let repo = hostile();
    let escaped = repo.top.join("escaped");
    // It does what it likes where nobody asked for a sandbox: so the test can fail.
    ask_everything(&repo.workspace);
    assert!(escaped.exists() && repo.root.join("seen").exists());
    fs::remove_file(&escaped).expect("removed");
    fs::remove_file(repo.root.join("seen")).expect("removed");
    repo.write("a", "once more\n");
    let Some(workspace) = confined(&repo, &repo.root) else { return };
    ask_everything(&workspace);
    assert!(!escaped.exists(), "it got out");
    assert!(repo.root.join("seen").exists(), "it did run");
}

#[test]
fn hooks_of_a_commit_are_kept_in() {
    let repo = Repo::born();
    let Some(workspace) = confined(&repo, &repo.root) else { return };
    let escaped = repo.top.join("escaped");
    let escape = format!("echo out > '{}' 2>/dev/null; echo in > seen", escaped.display());
    repo.hook("pre-commit", &escape);
    repo.write("a", "changed\n");
    repo.git("add a");
    let commit = |message: &str| {
        let input = CommitInput { message: Some(message.to_owned()), ..CommitInput::default() };
        vcs::commit(&workspace, &input, &Control::unbounded())
    };
    assert_eq!(commit("second").expect("committed").commit.subject, "second");
    assert!(!escaped.exists(), "it got out");
    assert!(repo.root.join("seen").exists(), "it did run");
    // A hook that cannot live with that says no, and is told.
    repo.hook(
        "pre-commit",
        &format!(
            "echo out 2>/dev/null > '{}' || {{ echo kept in >&2; exit 1; }}",
            escaped.display()
        ),
    );
    repo.write("a", "changed again\n");
    repo.git("add a");
    expect!["hook_failed: git commit: kept in\n"].assert_eq(&refusal(&repo, commit("third")));
}

/// The repository lies above the project, or beside it: git may write there, and commands may not.
#[test]
fn git_may_write_in_a_repository_that_is_its_own() {
    let repo = Repo::born();
    let Some(workspace) = confined(&repo, &repo.root.join("sub")) else { return };
    repo.write("sub/b", "changed\n");
    let control = Control::unbounded();
    vcs::stage(&workspace, &all(), &control).expect("staged above the project");

    let linked = repo.top.join("linked");
    repo.git(&format!("worktree add --quiet {} -b side", linked.display()));
    fs::write(linked.join("a"), "changed\n").expect("written");
    let workspace = confined(&repo, &linked).expect("as before");
    vcs::stage(&workspace, &all(), &control).expect("staged beside the project");
}

/// A file `.git` is easily made: it does not open a repository that knows nothing of it.
#[test]
fn a_repository_of_somebody_else_stays_closed() {
    let repo = Repo::born();
    let project = repo.top.join("project");
    fs::create_dir(&project).expect("created");
    fs::write(project.join("planted"), "text\n").expect("written");
    fs::write(project.join(".git"), format!("gitdir: {}\n", repo.root.join(".git").display()))
        .expect("written");
    let Some(workspace) = confined(&repo, &project) else { return };
    let input = StageInput { files: vec!["planted".into()], ..StageInput::default() };
    let refused = vcs::stage(&workspace, &input, &Control::unbounded());
    refused.expect_err("nothing may be written there");
    assert_eq!(repo.git("ls-files"), "a\nsub/b\n");
}
