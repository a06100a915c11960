//! Git on 5,000 files of which ten differ, beside the processes that others start for the same answer.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use divan::Bencher;
use ironbridge_tools::vcs::{self, InfoInput, StatusInput};
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
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    let who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
    git(folder.path(), &[&who[..], &["commit", "--quiet", "-m", "first"]].concat());
    for number in 0..5 {
        fs::write(path(number), "changed\n").expect("written");
        fs::write(path(FILES + number), "new\n").expect("written");
    }
    let scope = Scope::within(folder.path()).expect("a folder");
    Repo { workspace: Workspace::new(scope, folder.path().join(".git/state")), folder }
});

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
