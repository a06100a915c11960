//! Changes of a whole file or of some of its lines, at three sizes, beside what the standard library needs for the same.
//!
//! Two floors: `in_place` is what `node:fs` with string work does (read, splice, write over the file, which a crash can
//! leave half written), `by_rename` the same with a new file and a rename.

use std::fs;
use std::num::NonZeroU64;
use std::path::PathBuf;

use divan::Bencher;
use ironbridge_tools::files::{
    DeleteLinesInput, InsertLinesInput, ReplaceLinesInput, WriteInput, delete_lines, insert_lines,
    replace_lines, write,
};
use ironbridge_tools::{Control, Scope, Workspace};

const LINES: [usize; 3] = [100, 1_000, 100_000];

struct Place {
    _folder: tempfile::TempDir,
    workspace: Workspace,
    path: PathBuf,
    middle: NonZeroU64,
}

/// A file of 30 bytes a line.
fn place(lines: usize) -> Place {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("project");
    fs::create_dir(&root).expect("created");
    let path = root.join("file");
    fs::write(&path, source(lines)).expect("written");
    let workspace =
        Workspace::new(Scope::within(&root).expect("a folder"), folder.path().join("state"));
    let middle = NonZeroU64::new(lines as u64 / 2).expect("not zero");
    Place { _folder: folder, workspace, path, middle }
}

fn source(lines: usize) -> String {
    (0..lines).map(|number| format!("    let value = f({number:08});\n")).collect()
}

/// The text with its middle line replaced.
fn spliced(text: &str, line: NonZeroU64, turn: u64) -> String {
    let at = usize::try_from(line.get() - 1).expect("it fits");
    let start = text.match_indices('\n').nth(at.saturating_sub(1)).map_or(0, |(end, _)| end + 1);
    let end = start + text[start..].find('\n').expect("a line") + 1;
    [&text[..start], &format!("// {turn}\n"), &text[end..]].concat()
}

#[divan::bench(args = LINES)]
fn replace_a_line_in_place(bencher: Bencher<'_, '_>, lines: usize) {
    let place = place(lines);
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let text = fs::read_to_string(&place.path).expect("read");
        fs::write(&place.path, spliced(&text, place.middle, turn)).expect("written");
    });
}

#[divan::bench(args = LINES)]
fn replace_a_line_by_rename(bencher: Bencher<'_, '_>, lines: usize) {
    let place = place(lines);
    let temporary = place.path.with_file_name("temporary");
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let text = fs::read_to_string(&place.path).expect("read");
        fs::write(&temporary, spliced(&text, place.middle, turn)).expect("written");
        fs::rename(&temporary, &place.path).expect("renamed");
    });
}

#[divan::bench(args = LINES)]
fn replace_a_line(bencher: Bencher<'_, '_>, lines: usize) {
    let place = place(lines);
    let mut turn = 0_u64;
    bencher.bench_local(|| {
        turn += 1;
        let input = ReplaceLinesInput {
            path: "file".to_owned(),
            start: place.middle,
            end: place.middle,
            content: format!("// {turn}"),
            expected_hash: None,
        };
        replace_lines(&place.workspace, &input, &Control::unbounded()).expect("replaced")
    });
}

/// A line comes and goes: half of a round is one change.
#[divan::bench(args = LINES)]
fn insert_and_delete_a_line(bencher: Bencher<'_, '_>, lines: usize) {
    let place = place(lines);
    let path = || "file".to_owned();
    bencher.bench_local(|| {
        let (line, content) = (place.middle, "// new".to_owned());
        let insert = InsertLinesInput { path: path(), line, content, expected_hash: None };
        insert_lines(&place.workspace, &insert, &Control::unbounded()).expect("inserted");
        let delete = DeleteLinesInput { path: path(), start: line, end: line, expected_hash: None };
        delete_lines(&place.workspace, &delete, &Control::unbounded()).expect("deleted")
    });
}

/// All of it is written anew, other than it was.
#[divan::bench(args = LINES)]
fn write_whole(bencher: Bencher<'_, '_>, lines: usize) {
    let place = place(lines);
    let contents = [source(lines), source(lines + 1)];
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let content = contents[turn % 2].clone();
        let input = WriteInput { path: "file".to_owned(), content, ..WriteInput::default() };
        write(&place.workspace, &input, &Control::unbounded()).expect("written")
    });
}

#[divan::bench(args = LINES)]
fn write_whole_in_place(bencher: Bencher<'_, '_>, lines: usize) {
    let place = place(lines);
    let contents = [source(lines), source(lines + 1)];
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        fs::write(&place.path, &contents[turn % 2]).expect("written");
    });
}

#[divan::bench(args = LINES)]
fn write_whole_by_rename(bencher: Bencher<'_, '_>, lines: usize) {
    let place = place(lines);
    let contents = [source(lines), source(lines + 1)];
    let temporary = place.path.with_file_name("temporary");
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        fs::write(&temporary, &contents[turn % 2]).expect("written");
        fs::rename(&temporary, &place.path).expect("renamed");
    });
}
