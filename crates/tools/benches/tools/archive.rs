//! 500 files of 20 kB in and out, beside `tar` and `unzip`, and `cp` as the floor of both.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use divan::Bencher;
use ironbridge_tools::archive::{self, CreateInput, ExtractInput};
use ironbridge_tools::{Control, Scope, Workspace};

use crate::processor::{Used, measure};

const FILES: usize = 500;
const FILE_BYTES: usize = 20_000;
const NAMES: [&str; 4] = ["a.zip", "a.tar", "a.tar.gz", "a.tar.zst"];

struct Project {
    folder: tempfile::TempDir,
    workspace: Workspace,
}

static PROJECT: LazyLock<Project> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for number in 0..FILES {
        let path = folder.path().join(format!("in/folder-{}/file-{number}", number % 20));
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        let line = format!("line {number} of some text that compresses as source code does\n");
        fs::write(path, line.repeat(FILE_BYTES / line.len())).expect("written");
    }
    let scope = Scope::within(folder.path()).expect("a folder");
    let workspace = Workspace::new(scope, folder.path().join("state"));
    for name in NAMES {
        create_one(&workspace, name);
    }
    Project { workspace, folder }
});

fn create_one(workspace: &Workspace, name: &str) {
    let input =
        CreateInput { sources: vec!["in".into()], overwrite: true, ..CreateInput::new(name) };
    archive::create(workspace, &input, &Control::unbounded()).expect("created");
}

/// An empty folder for each round; the one before is removed outside of the measured time.
fn fresh() -> PathBuf {
    let out = PROJECT.folder.path().join("out");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir(&out).expect("created");
    out
}

fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let status = Command::new(program).current_dir(folder).args(arguments).status();
    assert!(status.is_ok_and(|status| status.success()), "{program}");
}

#[divan::bench(args = NAMES)]
fn create(bencher: Bencher, name: &str) {
    let project = &*PROJECT;
    let mut used = Used::by(&format!("archive::create {name}"));
    bencher.bench_local(|| {
        used.round();
        create_one(&project.workspace, name);
    });
}

#[divan::bench(args = NAMES)]
fn extract(bencher: Bencher, name: &str) {
    LazyLock::force(&PROJECT);
    // The removal of the folder before is counted here, in all of these alike.
    let mut used = Used::by(&format!("archive::extract {name}"));
    bencher.with_inputs(fresh).bench_local_values(|_out| {
        used.round();
        let input = ExtractInput::new(name, "out");
        archive::extract(&PROJECT.workspace, &input, &Control::unbounded()).expect("extracted");
    });
}

#[divan::bench]
fn create_floor_tar(bencher: Bencher) {
    let project = &*PROJECT;
    measure(bencher, "archive::create_floor_tar", || {
        run(project.folder.path(), "tar", &["czf", "floor.tar.gz", "in"]);
    });
}

#[divan::bench]
fn create_floor_zip(bencher: Bencher) {
    let project = &*PROJECT;
    measure(bencher, "archive::create_floor_zip", || {
        // Else `zip` updates the archive of the round before, which costs it next to nothing.
        let _ = fs::remove_file(project.folder.path().join("floor.zip"));
        run(project.folder.path(), "zip", &["-q", "-r", "floor.zip", "in"]);
    });
}

fn floor(bencher: Bencher, name: &str, extract: impl Fn(&Path)) {
    LazyLock::force(&PROJECT);
    let mut used = Used::by(name);
    bencher.with_inputs(fresh).bench_local_values(|out| {
        used.round();
        extract(&out);
    });
}

#[divan::bench]
fn extract_floor_unzip(bencher: Bencher) {
    floor(bencher, "archive::extract_floor_unzip", |out| run(out, "unzip", &["-q", "../a.zip"]));
}

#[divan::bench]
fn extract_floor_tar_gz(bencher: Bencher) {
    floor(bencher, "archive::extract_floor_tar_gz", |out| run(out, "tar", &["xzf", "../a.tar.gz"]));
}

#[divan::bench]
fn floor_copy(bencher: Bencher) {
    floor(bencher, "archive::floor_copy", |out| run(out, "cp", &["-r", "../in", "."]));
}
