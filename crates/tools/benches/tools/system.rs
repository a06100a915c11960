//! Locks beside the bare `flock`, and figures.

use std::fs::File;

use divan::Bencher;
use ironbridge_tools::system::{Monitor, try_lock_file};
use ironbridge_tools::{Scope, Workspace};

#[divan::bench]
fn lock_and_release(bencher: Bencher) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scope = Scope::within(folder.path()).expect("a folder");
    let workspace = Workspace::new(scope, folder.path().join("state"));
    bencher.bench_local(|| try_lock_file(&workspace, "file").expect("a lock"));
}

#[divan::bench]
fn floor_create_flock_remove(bencher: Bencher) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file.lock");
    bencher.bench_local(|| {
        let file = File::create(&path).expect("created");
        file.lock().expect("locked");
        std::fs::remove_file(&path).expect("removed");
    });
}

#[divan::bench]
fn stats(bencher: Bencher) {
    let mut monitor = Monitor::new(100).expect("figures");
    bencher.bench_local(move || monitor.stats().expect("figures"));
}

/// The floor of [`stats`]: the files of `/proc` that hold them, read and not understood.
#[cfg(target_os = "linux")]
#[divan::bench]
fn stats_floor_reading_proc(bencher: Bencher) {
    let files = ["/proc/stat", "/proc/meminfo", "/proc/self/stat", "/proc/self/statm"];
    bencher.bench_local(|| files.map(|file| std::fs::read(file).expect("figures")));
}
