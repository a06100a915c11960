//! Git on 5,000 files of which ten differ, beside the processes that others start for the same answer.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use divan::Bencher;
use ironbridge_tools::vcs::{
    self, BranchesInput, CommitInput, DiffInput, InfoInput, LogInput, StageInput, StatusInput,
    UnstageInput, WatchedRepository,
};
use ironbridge_tools::{Control, Scope, Workspace};

use crate::processor::measure;

const FILES: usize = 5_000;
const FOLDERS: usize = 50;

struct Repo {
    folder: tempfile::TempDir,
    workspace: Workspace,
}

static REPO: LazyLock<Repo> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |number: usize| {
        folder.path().join(format!("folder-{}/file-{number}.txt", number % FOLDERS))
    };
    for number in 0..FILES {
        fs::create_dir_all(path(number).parent().expect("a folder")).expect("created");
        fs::write(path(number), format!("line {number}\n")).expect("written");
    }
    begin(folder.path());
    for number in 0..5 {
        fs::write(path(number), "changed\n").expect("written");
        fs::write(path(FILES + number), "new\n").expect("written");
    }
    let scope = Scope::within(folder.path()).expect("a folder");
    Repo { workspace: Workspace::new(scope, folder.path().join(".git/state")), folder }
});

/// A repository with a first commit of what is in `folder`.
fn begin(folder: &Path) {
    git(folder, &["init", "--quiet", "-b", "main"]);
    git(folder, &["config", "user.name", "Ann"]);
    git(folder, &["config", "user.email", "ann@example.org"]);
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "--allow-empty", "-m", "first"]);
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).stdout(Stdio::null());
    assert!(command.status().expect("git runs").success());
}

#[divan::bench]
fn info(bencher: Bencher) {
    LazyLock::force(&REPO);
    let input = InfoInput::default();
    measure(bencher, "vcs::info", || {
        vcs::info(&REPO.workspace, &input, &Control::unbounded()).expect("an info")
    });
}

#[divan::bench]
fn info_floor_two_git_processes(bencher: Bencher) {
    LazyLock::force(&REPO);
    measure(bencher, "vcs::info_floor_two_git_processes", || {
        git(REPO.folder.path(), &["rev-parse", "--abbrev-ref", "HEAD"]);
        git(REPO.folder.path(), &["status", "--porcelain"]);
    });
}

#[divan::bench]
fn status(bencher: Bencher) {
    LazyLock::force(&REPO);
    let input = StatusInput::default();
    let control = Control::unbounded();
    measure(bencher, "vcs::status", || {
        vcs::status(&REPO.workspace, &input, &control).expect("a status")
    });
}

/// What simple-git runs for `status()`.
#[divan::bench]
fn status_floor_one_git_process(bencher: Bencher) {
    LazyLock::force(&REPO);
    let arguments = ["status", "--porcelain", "-b", "-u", "--null"];
    measure(bencher, "vcs::status_floor_one_git_process", || git(REPO.folder.path(), &arguments));
}

/// Nothing has happened since the last question.
#[divan::bench]
fn status_that_is_kept(bencher: Bencher) {
    let control = Control::unbounded();
    let watched = WatchedRepository::open(&REPO.workspace, None, &control).expect("a repository");
    watched.status(&control).expect("a status");
    bencher.bench_local(|| watched.status(&control).expect("a status"));
}

#[divan::bench]
fn diff(bencher: Bencher) {
    LazyLock::force(&REPO);
    let input = DiffInput::default();
    measure(bencher, "vcs::diff", || {
        vcs::diff(&REPO.workspace, &input, &Control::unbounded()).expect("a diff")
    });
}

#[divan::bench]
fn diff_floor_one_git_process(bencher: Bencher) {
    LazyLock::force(&REPO);
    measure(bencher, "vcs::diff_floor_one_git_process", || git(REPO.folder.path(), &["diff"]));
}

/// Each says afterwards how many files differ.
#[divan::bench]
fn stage_and_unstage(bencher: Bencher) {
    LazyLock::force(&REPO);
    let (path, files) = (None, vec!["folder-0/file-0.txt".into()]);
    let staged = StageInput { path: None, files: files.clone(), all: false, update: false };
    let unstaged = UnstageInput { path, files, all: false };
    let control = Control::unbounded();
    measure(bencher, "vcs::stage_and_unstage", || {
        vcs::stage(&REPO.workspace, &staged, &control).expect("staged");
        vcs::unstage(&REPO.workspace, &unstaged, &control).expect("unstaged")
    });
}

/// The floor of [`stage_and_unstage`], a status after each.
#[divan::bench]
fn stage_and_unstage_floor_four_git_processes(bencher: Bencher) {
    LazyLock::force(&REPO);
    measure(bencher, "vcs::stage_and_unstage_floor_four_git_processes", || {
        for change in [&["add"][..], &["reset", "--quiet"]] {
            git(REPO.folder.path(), &[change, &["--", "folder-0/file-0.txt"]].concat());
            git(REPO.folder.path(), &["status", "--porcelain"]);
        }
    });
}

/// A repository without files, that commits may be added to.
fn empty() -> Repo {
    let folder = tempfile::tempdir().expect("a temporary folder");
    begin(folder.path());
    let scope = Scope::within(folder.path()).expect("a folder");
    Repo { workspace: Workspace::new(scope, folder.path().join(".git/state")), folder }
}

#[divan::bench]
fn commit(bencher: Bencher) {
    let repo = empty();
    let message = Some("one more".to_owned());
    let input = CommitInput { message, allow_empty: true, ..CommitInput::default() };
    measure(bencher, "vcs::commit", || {
        vcs::commit(&repo.workspace, &input, &Control::unbounded()).expect("a commit")
    });
}

#[divan::bench]
fn commit_floor_one_git_process(bencher: Bencher) {
    let repo = empty();
    let arguments = ["commit", "--quiet", "--allow-empty", "-m", "one more"];
    measure(bencher, "vcs::commit_floor_one_git_process", || git(repo.folder.path(), &arguments));
}

#[divan::bench]
fn branches(bencher: Bencher) {
    let repo = empty();
    let input = BranchesInput::default();
    measure(bencher, "vcs::branches", || {
        vcs::branches(&repo.workspace, &input, &Control::unbounded()).expect("branches")
    });
}

#[divan::bench]
fn branches_floor_one_git_process(bencher: Bencher) {
    let repo = empty();
    measure(bencher, "vcs::branches_floor_one_git_process", || {
        git(repo.folder.path(), &["branch", "--list", "-vv"]);
    });
}

#[divan::bench]
fn log(bencher: Bencher) {
    let repo = empty();
    let input = LogInput::default();
    measure(bencher, "vcs::log", || {
        vcs::log(&repo.workspace, &input, &Control::unbounded()).expect("a log")
    });
}

#[divan::bench]
fn log_floor_one_git_process(bencher: Bencher) {
    let repo = empty();
    measure(bencher, "vcs::log_floor_one_git_process", || {
        git(repo.folder.path(), &["log", "--max-count=50"]);
    });
}
