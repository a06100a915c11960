//! Files: read, write, create. What a change of lines costs is in `rewrite.rs`.

use std::io::Write as _;
use std::num::NonZeroU64;
use std::path::PathBuf;

use divan::{Bencher, black_box};
use ironbridge_tools::files::{CreateInput, ReadInput, WriteInput, create, read, write};
use ironbridge_tools::{Control, Scope, Workspace};

/// A source file as they are: a thousand lines, 30 KB.
const LINES: usize = 1_000;
/// Of the large file, 80 MB: more than is read to its end.
const LARGE_LINES: u64 = 2_000_000;

struct Place {
    _folder: tempfile::TempDir,
    workspace: Workspace,
    path: PathBuf,
}

fn place(lines: usize) -> Place {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("project");
    std::fs::create_dir(&root).expect("created");
    std::fs::write(root.join("file"), source(lines)).expect("written");
    let scope = Scope::within(&root).expect("a folder");
    let workspace = Workspace::new(scope, folder.path().join("state"));
    Place { _folder: folder, workspace, path: root.join("file") }
}

fn source(lines: usize) -> String {
    (0..lines).map(|number| format!("    let value = compute({number:07});\n")).collect()
}

#[divan::bench]
fn read_whole(bencher: Bencher<'_, '_>) {
    let place = place(LINES);
    let input = ReadInput { path: "file".to_owned(), ..ReadInput::default() };
    bencher.bench(|| read(&place.workspace, black_box(&input), &Control::unbounded()).is_ok());
}

/// The floor of [`read_whole`].
#[divan::bench]
fn read_to_string(bencher: Bencher<'_, '_>) {
    let place = place(LINES);
    bencher.bench(|| std::fs::read_to_string(black_box(&place.path)).is_ok());
}

#[divan::bench(sample_count = 10)]
fn read_late_line_of_a_large_file(bencher: Bencher<'_, '_>) {
    let place = place(usize::try_from(LARGE_LINES).expect("it fits"));
    let offset = NonZeroU64::new(LARGE_LINES - 10);
    let input = ReadInput { path: "file".to_owned(), offset, limit: None };
    bencher.bench(|| read(&place.workspace, black_box(&input), &Control::unbounded()).is_ok());
}

/// The floor of [`read_late_line_of_a_large_file`].
#[divan::bench(sample_count = 10)]
fn tail_of_a_large_file(bencher: Bencher<'_, '_>) {
    let place = place(usize::try_from(LARGE_LINES).expect("it fits"));
    let from = format!("+{}", LARGE_LINES - 10);
    bencher.bench(|| {
        let mut tail = std::process::Command::new("tail");
        tail.args(["-n", &from]).arg(&place.path).output().is_ok()
    });
}

#[divan::bench]
fn write_over(bencher: Bencher<'_, '_>) {
    let place = place(LINES);
    let contents = [source(LINES), source(LINES + 1)];
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let content = contents[turn % 2].clone();
        let input = WriteInput { path: "file".to_owned(), content, ..WriteInput::default() };
        write(&place.workspace, &input, &Control::unbounded()).is_ok()
    });
}

/// The floor of [`write_over`]: a new file and a rename, without locks, looks or hashes.
#[divan::bench]
fn write_and_rename(bencher: Bencher<'_, '_>) {
    let place = place(LINES);
    let contents = [source(LINES), source(LINES + 1)];
    let temporary = place.path.with_file_name("temporary");
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let written = std::fs::write(&temporary, &contents[turn % 2]);
        written.and_then(|()| std::fs::rename(&temporary, &place.path)).is_ok()
    });
}

/// Each a file of its own name.
#[divan::bench]
fn create_new(bencher: Bencher<'_, '_>) {
    let place = place(LINES);
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let (path, content) = (format!("new-{turn}"), source(LINES));
        let input = CreateInput { path, content, ..CreateInput::default() };
        create(&place.workspace, &input, &Control::unbounded()).expect("created")
    });
}

/// The floor of [`create_new`].
#[divan::bench]
fn create_new_floor(bencher: Bencher<'_, '_>) {
    let place = place(LINES);
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let path = place.path.with_file_name(format!("new-{turn}"));
        let mut file = std::fs::File::create_new(path).expect("created");
        file.write_all(source(LINES).as_bytes()).expect("written");
    });
}
