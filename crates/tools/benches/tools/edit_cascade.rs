//! What one edit of 10,000 lines (275 KB) costs: each way of finding `old`, not finding it, the whole tool with a file.
//! Floor of the first: `str::replacen`.

use std::fmt::Write as _;

use divan::{Bencher, black_box};
use ironbridge_tools::edit::{
    EditError, EditInput, Edited, MultiEditInput, PlannedEdit, Replace, Strategy, edit, edit_text,
    multi_edit,
};
use ironbridge_tools::limits::EditLimits;
use ironbridge_tools::{Control, Scope, Workspace};

const LINES: usize = 10_000;
/// Of the edits in several files; as many edits in each.
const FILES: usize = 10;

/// Functions of ten lines; `number` makes every line its own.
fn source() -> String {
    (0..LINES / 10).fold(String::new(), |mut text, number| {
        let function = format_args!(
            "/// Handles case {number}.\n\
             pub fn handle_{number}(input: &Input) -> Result<Output, Error> {{\n    \
                 let value = input.field_{number}.parse()?;\n    \
                 if value > {number} {{\n        \
                     return Err(Error::TooLarge {{ value, max: {number} }});\n    \
                 }}\n    \
                 let output = Output::from_value(value * {number});\n    \
                 Ok(output)\n\
             }}\n\n"
        );
        text.write_fmt(function).expect("a string takes it");
        text
    })
}

/// A function in the middle, as it stands there.
fn sought() -> String {
    source().lines().skip(LINES / 2).take(9).collect::<Vec<_>>().join("\n")
}

fn replaced(text: &str, old: &str) -> Result<Edited, EditError> {
    edit_text(black_box(text), &Replace::new(old, "// gone"), &EditLimits::default())
}

fn found(bencher: Bencher<'_, '_>, old: &str, by: Strategy) {
    let text = source();
    assert_eq!(replaced(&text, old).expect("it is found").strategy, by);
    bencher.bench_local(|| replaced(&text, old));
}

/// Not found, and the nearest region told.
fn missed(bencher: Bencher<'_, '_>, old: &str) {
    let text = source();
    assert!(matches!(replaced(&text, old), Err(EditError::NoMatch { .. })));
    bencher.bench_local(|| replaced(&text, old));
}

#[divan::bench]
fn floor_replacen(bencher: Bencher<'_, '_>) {
    let (text, old) = (source(), sought());
    bencher.bench_local(|| black_box(&text).replacen(&old, "// gone", 1));
}

#[divan::bench]
fn exact(bencher: Bencher<'_, '_>) {
    found(bencher, &sought(), Strategy::Simple);
}

#[divan::bench]
fn other_indentation(bencher: Bencher<'_, '_>) {
    let old = sought().lines().map(str::trim).collect::<Vec<_>>().join("\n");
    found(bencher, &old, Strategy::LineTrimmed);
}

#[divan::bench]
fn other_white_space(bencher: Bencher<'_, '_>) {
    found(bencher, &sought().replace(' ', "  "), Strategy::WhitespaceNormalized);
}

/// First and last line are right, between them a word is not.
#[divan::bench]
fn block_by_its_anchors(bencher: Bencher<'_, '_>) {
    found(bencher, &sought().replace("parse()", "parsed()"), Strategy::BlockAnchor);
}

#[divan::bench]
fn missed_block(bencher: Bencher<'_, '_>) {
    missed(bencher, &sought().replace("500", "five hundred"));
}

/// Nothing of it is in the text.
#[divan::bench]
fn missed_foreign_block(bencher: Bencher<'_, '_>) {
    let line = "entirely different words, of another language altogether;";
    missed(bencher, &[line; 9].join("\n"));
}

#[divan::bench]
fn missed_line(bencher: Bencher<'_, '_>) {
    missed(bencher, "    let output = Output::from_valued(value * five_hundred);");
}

/// The floor of [`file_there_and_back`]: reading, replacing, writing a new file and renaming it, twice.
#[divan::bench]
fn floor_file_there_and_back(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, temporary) = (folder.path().join("file.rs"), folder.path().join("temporary"));
    std::fs::write(&path, source()).expect("written");
    let replace = |old: &str, new: &str| {
        let text = std::fs::read_to_string(&path).expect("read");
        std::fs::write(&temporary, text.replacen(old, new, 1)).expect("written");
        std::fs::rename(&temporary, &path).expect("renamed");
    };
    let (there, back) = ("parse()?;\n    if value > 500 {", "parsed()?;\n    if value > 500 {");
    bencher.bench_local(|| {
        replace(there, back);
        replace(back, there);
    });
}

/// Ten edits in each of ten files, all or none; then back.
#[divan::bench]
fn ten_files_there_and_back(bencher: Bencher<'_, '_>) {
    let (_folder, workspace) = ten_files();
    let input = |from: &str, to: &str| {
        let edits = (0..FILES).flat_map(|file| {
            (0..FILES).map(move |number| (format!("file-{file}.rs"), number * LINES / FILES))
        });
        let planned = edits.map(|(path, number)| PlannedEdit {
            path: Some(path),
            old: format!("fn {from}_{number}("),
            new: format!("fn {to}_{number}("),
            replace_all: false,
            allow_omission: false,
            expected_hash: None,
        });
        MultiEditInput { path: None, edits: planned.collect() }
    };
    let (there, back) = (input("old", "new"), input("new", "old"));
    bencher.bench_local(|| {
        multi_edit(&workspace, &there, &Control::unbounded()).expect("all are found");
        multi_edit(&workspace, &back, &Control::unbounded()).expect("all are found")
    });
}

/// The floor of [`ten_files_there_and_back`]: each file read, its text replaced, written beside and renamed.
#[divan::bench]
fn floor_ten_files_there_and_back(bencher: Bencher<'_, '_>) {
    let (folder, _workspace) = ten_files();
    let root = folder.path().join("project");
    let change = |from: &str, to: &str| {
        for file in 0..FILES {
            let path = root.join(format!("file-{file}.rs"));
            let mut text = std::fs::read_to_string(&path).expect("read");
            for number in (0..FILES).map(|number| number * LINES / FILES) {
                let (old, new) = (format!("fn {from}_{number}("), format!("fn {to}_{number}("));
                text = text.replacen(&old, &new, 1);
            }
            std::fs::write(root.join("temporary"), text).expect("written");
            std::fs::rename(root.join("temporary"), path).expect("renamed");
        }
    };
    bencher.bench_local(|| {
        change("old", "new");
        change("new", "old");
    });
}

fn ten_files() -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("project");
    std::fs::create_dir(&root).expect("created");
    let functions = (0..LINES).map(|number| format!("fn old_{number}() {{}}\n"));
    let text: String = functions.collect();
    for file in 0..FILES {
        std::fs::write(root.join(format!("file-{file}.rs")), &text).expect("written");
    }
    let scope = Scope::within(&root).expect("a folder");
    let workspace = Workspace::new(scope, folder.path().join("state"));
    (folder, workspace)
}

/// The tool with a file: locks, reading, hashes, the diff, writing and renaming.
#[divan::bench]
fn file_there_and_back(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("project");
    std::fs::create_dir(&root).expect("created");
    std::fs::write(root.join("file.rs"), source()).expect("written");
    let scope = Scope::within(&root).expect("a folder");
    let workspace = Workspace::new(scope, folder.path().join("state"));
    let input = |old: &str, new: &str| EditInput {
        path: "file.rs".to_owned(),
        old: old.to_owned(),
        new: new.to_owned(),
        replace_all: false,
        allow_omission: false,
        expected_hash: None,
    };
    let there = input("parse()?;\n    if value > 500 {", "parsed()?;\n    if value > 500 {");
    let back = input(&there.new, &there.old);
    bencher.bench_local(|| {
        edit(&workspace, &there, &Control::unbounded()).expect("it is found");
        edit(&workspace, &back, &Control::unbounded()).expect("it is found")
    });
}
