//! Copies of files before they are touched, by content, to see and undo what was done.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use divan::Bencher;
use ironbridge_tools::limits::SnapshotLimits;
use ironbridge_tools::snapshot::Snapshots;
use ironbridge_tools::{Control, Scope, Workspace};

const FILES: usize = 100;
const FILE_BYTES: usize = 20_000;

/// A folder with files that differ from each other.
fn project() -> (tempfile::TempDir, PathBuf, Vec<String>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("project");
    fs::create_dir(&path).expect("created");
    let names: Vec<String> = (0..FILES).map(|number| format!("file-{number}")).collect();
    for name in &names {
        fs::write(path.join(name), name.repeat(FILE_BYTES / name.len())).expect("written");
    }
    (folder, path, names)
}

/// 100 files of 20 KB into a store that has none of them.
#[divan::bench]
fn take_100_new_files(bencher: Bencher<'_, '_>) {
    let (folder, path, names) = project();
    let workspace =
        Workspace::new(Scope::within(path).expect("a folder"), folder.path().join("state"));
    let mut number = 0;
    bencher
        .with_inputs(|| {
            number += 1;
            let store = folder.path().join(format!("store-{number}"));
            Snapshots::open(store, SnapshotLimits::default()).expect("opened")
        })
        .bench_local_values(|store| {
            let (now, control) = (SystemTime::now(), Control::unbounded());
            store.take(&workspace, "", now, &names, &control).expect("taken")
        });
}

/// The same again: nothing is copied twice.
#[divan::bench]
fn take_100_known_files(bencher: Bencher<'_, '_>) {
    let (folder, path, names) = project();
    let workspace =
        Workspace::new(Scope::within(path).expect("a folder"), folder.path().join("state"));
    let store = Snapshots::of(&workspace).expect("opened");
    bencher.bench_local(|| {
        let (now, control) = (SystemTime::now(), Control::unbounded());
        store.take(&workspace, "", now, &names, &control).expect("taken")
    });
}

/// The floor: `cp` as the library has it.
#[divan::bench]
fn floor_copy_100_files(bencher: Bencher<'_, '_>) {
    let (folder, path, names) = project();
    let mut number = 0;
    bencher
        .with_inputs(|| {
            number += 1;
            let copies = folder.path().join(format!("copies-{number}"));
            fs::create_dir(&copies).expect("created");
            copies
        })
        .bench_local_values(|copies| {
            for name in &names {
                fs::copy(path.join(name), copies.join(name)).expect("copied");
            }
        });
}
