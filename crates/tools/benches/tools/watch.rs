//! Changes in a tree, told as they happen.
//!
//! Floor: the system's own notice, as `notify` hands it over without coalescing.

use std::sync::mpsc::{self, Receiver};

use divan::Bencher;
use ironbridge_tools::watch::{WatchOptions, Watcher};
use ironbridge_tools::{Scope, Workspace};
use notify::{RecursiveMode, Watcher as _};

/// One file is written, and waited for.
fn write_and_wait<T>(bencher: Bencher<'_, '_>, file: &std::path::Path, told: &Receiver<T>) {
    bencher.bench_local(|| {
        std::fs::write(file, "text").expect("it goes well");
        told.recv().expect("it goes well");
        // What else was told of the same write, so that the next round waits for its own.
        while told.try_recv().is_ok() {}
    });
}

#[divan::bench]
fn latency(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("it goes well");
    let workspace =
        Workspace::new(Scope::within(folder.path()).expect("it goes well"), folder.path());
    let (sender, told) = mpsc::channel();
    let _watcher = Watcher::start(&workspace, ".", WatchOptions::default(), move |changes| {
        sender.send(changes.len()).ok();
    })
    .expect("it goes well");
    write_and_wait(bencher, &folder.path().join("file"), &told);
}

#[divan::bench]
fn floor_notify(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("it goes well");
    let (sender, told) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event| {
        sender.send(event).ok();
    })
    .expect("it goes well");
    watcher.watch(folder.path(), RecursiveMode::Recursive).expect("it goes well");
    write_and_wait(bencher, &folder.path().join("file"), &told);
}

const FOLDERS: usize = 1000;

fn many_folders() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("it goes well");
    for number in 0..FOLDERS {
        std::fs::create_dir_all(folder.path().join(format!("{}/{number}", number % 10)))
            .expect("it goes well");
    }
    folder
}

#[divan::bench]
fn start_1000_folders(bencher: Bencher<'_, '_>) {
    let folder = many_folders();
    let workspace =
        Workspace::new(Scope::within(folder.path()).expect("it goes well"), folder.path());
    bencher.bench_local(|| {
        Watcher::start(&workspace, ".", WatchOptions::default(), |_| {}).expect("it goes well")
    });
}

#[divan::bench]
fn floor_notify_start_1000_folders(bencher: Bencher<'_, '_>) {
    let folder = many_folders();
    bencher.bench_local(|| {
        let mut watcher = notify::recommended_watcher(|_| {}).expect("it goes well");
        watcher.watch(folder.path(), RecursiveMode::Recursive).expect("it goes well");
        watcher
    });
}
