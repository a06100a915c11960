//! The index over real trees.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use ironbridge_tools::find::{FileIndex, FindError, FindOptions, IndexedKind};
use ironbridge_tools::search::ListInput;
use ironbridge_tools::{Cancel, Coded, Control, Limits, Scope, Stopped, Workspace};
use tempfile::TempDir;

/// A folder with these files; what ends with `/` is a folder.
pub(super) fn tree(files: &[&str]) -> (TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        add(folder.path(), file);
    }
    let scope = Scope::within(folder.path()).unwrap();
    let state = folder.path().with_extension("state");
    (folder, Workspace::new(scope, state))
}

pub(super) fn add(root: &Path, file: &str) {
    let path = root.join(file);
    if file.ends_with('/') {
        std::fs::create_dir_all(path).unwrap();
    } else {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
}

pub(super) fn still() -> FindOptions {
    FindOptions { watch: false, ..FindOptions::default() }
}

fn open(workspace: &Workspace, options: FindOptions) -> FileIndex {
    let index = FileIndex::open(workspace, ".", options).unwrap();
    index.wait_ready(&generous()).unwrap();
    index
}

/// Only there so that a fault ends.
pub(super) fn generous() -> Control {
    Control::within(Duration::from_secs(120))
}

pub(super) fn paths(index: &FileIndex) -> Vec<String> {
    let mut paths = Vec::new();
    index.for_each(|indexed| {
        let slash = if indexed.kind == IndexedKind::Folder { "/" } else { "" };
        paths.push(format!("{}{slash}", indexed.path.display()));
        ControlFlow::Continue(())
    });
    paths.sort();
    paths
}

#[test]
fn it_holds_files_and_folders_and_nothing_that_is_ignored() {
    let (folder, workspace) =
        tree(&["a/b/c.rs", "a/.hidden", "node_modules/x/y.js", ".git/config", "empty/"]);
    std::fs::write(folder.path().join(".gitignore"), "node_modules\n").unwrap();
    let index = open(&workspace, still());
    assert_eq!(paths(&index), [".gitignore", "a/", "a/.hidden", "a/b/", "a/b/c.rs", "empty/"]);
    let raw = index.list_raw(&ListInput::default(), 0, &generous()).unwrap();
    let list = String::from_utf8(raw.paths).unwrap();
    let mut files: Vec<&str> = list.split_terminator('\0').collect();
    files.sort_unstable();
    assert_eq!(files, [".gitignore", "a/.hidden", "a/b/c.rs"]);

    let index = open(&workspace, FindOptions { hidden: false, ..still() });
    assert_eq!(paths(&index), ["a/", "a/b/", "a/b/c.rs", "empty/"]);
    let index = open(&workspace, FindOptions { respect_ignore: false, ..still() });
    assert!(paths(&index).contains(&"node_modules/x/y.js".to_owned()));
}

#[test]
fn it_answers_with_paths_folders_and_ranges() {
    let (_folder, workspace) = tree(&["src/find/index.rs", "src/watch/mod.rs"]);
    let index = open(&workspace, still());
    let found = index.search("find", 10, &generous()).unwrap();
    let shown: Vec<_> = found
        .iter()
        .map(|found| (super::marked(&found.path, &found.ranges), found.folder, found.score))
        .collect();
    assert_eq!(
        shown,
        [("src/[find]".to_owned(), true, 1400), ("src/[find]/index.rs".to_owned(), false, 1000)]
    );
    assert_eq!(index.search("", 2, &generous()).unwrap().len(), 2);
}

#[test]
fn for_each_ends_when_told() {
    let (_folder, workspace) = tree(&["a", "b", "c"]);
    let index = open(&workspace, still());
    let mut seen = 0;
    index.for_each(|_| {
        seen += 1;
        ControlFlow::Break(())
    });
    assert_eq!(seen, 1);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_utf8_keep_their_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let (folder, workspace) = tree(&["plain"]);
    let name = OsStr::from_bytes(b"caf\xe9.txt");
    if std::fs::write(folder.path().join(name), "").is_err() {
        println!("skipped: this file system wants UTF-8");
        return;
    }
    let index = open(&workspace, still());
    let found = index.search("caf", 10, &generous()).unwrap();
    assert_eq!(found[0].path, "caf\u{fffd}.txt");
    assert_eq!(found[0].raw.as_deref(), Some(Path::new(name)));
    let list = index.list_raw(&ListInput::default(), b'\n', &generous()).unwrap().paths;
    assert!(list.split(|byte| *byte == b'\n').any(|path| path == name.as_bytes()));
}

#[test]
fn faults_have_their_codes() {
    let (_folder, workspace) = tree(&["file"]);
    let code = |root: &str| FileIndex::open(&workspace, root, still()).unwrap_err().code();
    assert_eq!(code("file"), "not_a_folder");
    assert_eq!(code("missing"), "not_a_folder");
    assert_eq!(code("../.."), "outside");
    assert_eq!(code(""), "invalid_path");
    let index = open(&workspace, still());
    let error = index.search(&"x".repeat(257), 1, &generous()).unwrap_err();
    assert_eq!(error.code(), "query_too_long");
    assert_eq!(error.to_string(), "the query has 257 characters, 256 are the most; shorten it");
}

#[test]
fn waiting_and_searching_can_be_stopped() {
    let (_folder, workspace) = tree(&["file"]);
    let index = open(&workspace, still());
    let cancel = Cancel::new();
    cancel.cancel();
    let outcome = index.search("file", 1, &Control::cancelled_by(cancel));
    assert!(matches!(outcome, Err(FindError::Stopped(Stopped::Cancelled))));
    let outcome = index.search("file", 1, &Control::within(Duration::ZERO));
    assert!(matches!(outcome, Err(FindError::Stopped(Stopped::DeadlinePassed))));
}

#[test]
fn closing_ends_its_threads_and_leaves_no_handles() {
    let (_folder, workspace) = tree(&["a/b", "c"]);
    let count = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    for _ in 0..50 {
        FileIndex::open(&workspace, ".", FindOptions::default()).unwrap().close();
    }
    // Other tests run beside this one, so the count is only held against one thread for each round.
    assert!(count() < 50);
}

#[test]
fn its_memory_stays_within_twice_the_paths() {
    let (folder, workspace) = tree(&[]);
    for folder_number in 0..20 {
        let long = format!("a-folder-with-a-name-of-usual-length-{folder_number}/and-one-beneath");
        for file in 0..100 {
            add(folder.path(), &format!("{long}/file-number-{file}.rs"));
        }
    }
    let workspace = workspace.with_limits(Limits::default());
    let figures = open(&workspace, still()).figures();
    assert_eq!(figures.entries, 2040);
    assert!(figures.memory_bytes <= 2 * figures.path_bytes, "{figures:?}");
    assert!(figures.ready && !figures.full && figures.unreadable == 0);
}
