//! Patches in the format of `apply_patch`: lenient to read, exact to apply.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use divan::Bencher;
use ironbridge_tools::patch::{Input, parse, patch};
use ironbridge_tools::{Control, Scope, Workspace};

/// Lines of the file; every hundredth is changed, there and back.
const LINES: usize = 10_000;

fn line(number: usize, state: &str) -> String {
    format!("    let value_{number} = compute({number}, \"{state}\");")
}

fn text(state: &str) -> String {
    (0..LINES).fold(String::new(), |mut text, number| {
        let state = if number % 100 == 50 { state } else { "same" };
        text.push_str(&line(number, state));
        text.push('\n');
        text
    })
}

fn patch_text(from: &str, to: &str) -> String {
    let mut patch = "*** Begin Patch\n*** Update File: file.rs\n".to_owned();
    for number in (50..LINES).step_by(100) {
        let (before, after) = (line(number - 1, "same"), line(number + 1, "same"));
        let (old, new) = (line(number, from), line(number, to));
        writeln!(patch, "@@\n {before}\n-{old}\n+{new}\n {after}").expect("a string takes it");
    }
    patch + "*** End Patch\n"
}

#[divan::bench]
fn parse_100_chunks(bencher: Bencher<'_, '_>) {
    let patch = patch_text("old", "new");
    bencher.bench(|| parse(divan::black_box(&patch)));
}

/// There and back: two patches of 100 chunks each.
#[divan::bench]
fn apply_100_chunks_twice(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let project = folder.path().join("project");
    fs::create_dir(&project).expect("created");
    fs::write(project.join("file.rs"), text("old")).expect("written");
    let scope = Scope::within(&project).expect("a folder");
    let workspace = Workspace::new(scope, folder.path().join("state"));
    let input = |patch| Input { patch, expected_hashes: BTreeMap::new() };
    let there = input(patch_text("old", "new"));
    let back = input(patch_text("new", "old"));
    bencher.bench_local(|| {
        patch(&workspace, &there, &Control::unbounded()).expect("it applies");
        patch(&workspace, &back, &Control::unbounded()).expect("it applies")
    });
}

/// The floor: the file read and the other text written, twice.
#[divan::bench]
fn floor_read_and_write_twice(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file.rs");
    let (old, new) = (text("old"), text("new"));
    fs::write(&file, &old).expect("written");
    bencher.bench_local(|| {
        for text in [&new, &old] {
            divan::black_box(fs::read_to_string(&file).expect("read"));
            fs::write(&file, text).expect("written");
        }
    });
}
