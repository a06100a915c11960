//! All of the index at once: what it lists and finds is what a walk does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use ironbridge_tools::find::{FileIndex, FindOptions};
use ironbridge_tools::search::{GrepInput, ListInput, Order, grep, list, list_raw};
use ironbridge_tools::{Cancel, Coded as _, Control, Scope, Workspace};
use proptest::prelude::*;

use super::index::{add, generous, tree};
use crate::search::beside_rg;
use crate::search::tree_on_disk::Project;

fn open(workspace: &Workspace) -> FileIndex {
    FileIndex::open(workspace, ".", FindOptions::default()).unwrap()
}

/// Globs with names at the start, anywhere, of files, and none; folders that are left out.
const GLOBS: [&[&str]; 10] = [
    &[],
    &["*.rs"],
    &["a/**"],
    &["sub/*", "!*.o"],
    &["**/sub/*"],
    &["d.o"],
    &["!a"],
    &["!sub/"],
    &["sub/b/**/*.rs"],
    &["{a,sub}/*"],
];

/// Each answer of the index and of a walk, as text.
fn compare(project: &Project, index: &FileIndex, path: Option<&str>) -> Result<(), TestCaseError> {
    let control = generous();
    let path = path.map(Into::into);
    for globs in GLOBS {
        for order in [Order::Path, Order::Newest] {
            let globs = globs.iter().map(|glob| (*glob).to_owned()).collect();
            let input = ListInput {
                path: path.clone(),
                globs,
                order,
                folders: order == Order::Path,
                details: true,
                ..ListInput::default()
            };
            let ours = index.list(&input, &control).map_err(|error| error.code());
            let walked = list(&project.workspace, &input, &control).map_err(|error| error.code());
            let shown = |list: Result<ironbridge_tools::search::ListOutput, _>| {
                list.map(|list| (list.files, list.total, list.truncated, list.coverage))
            };
            prop_assert_eq!(shown(ours), shown(walked), "{:?}", &input);
            let ours = index.list_raw(&input, 0, &control).map(|list| list.sorted(0, Some(3)));
            let walked = list_raw(&project.workspace, &input, 0, &control);
            let walked = walked.map(|list| list.sorted(0, Some(3)));
            prop_assert_eq!(ours.ok(), walked.ok(), "{:?}", &input);
        }
        let (exclude, include): (Vec<&str>, Vec<&str>) =
            globs.iter().copied().partition(|glob| glob.starts_with('!'));
        let input = GrepInput {
            path: path.clone(),
            include: include.into_iter().map(str::to_owned).collect(),
            exclude: exclude.iter().map(|glob| glob[1..].to_owned()).collect(),
            context: 1,
            count_ignored: false,
            ..GrepInput::new("fo+")
        };
        let ours = index.grep(&input, &control).map_err(|error| error.code());
        let walked = grep(&project.workspace, &input, &control).map_err(|error| error.code());
        prop_assert_eq!(ours, walked, "{:?}", &input);
    }
    Ok(())
}

/// Changes of repositories and of what they ignore.
const REPOSITORIES: [&str; 7] = [
    ".git/info/exclude = *.rs",
    ".git/info/exclude = sub",
    "- .git/info",
    "- .git",
    "sub/.git/info/exclude = a\\n?",
    "- sub/.git",
    "sub/.git = gitdir: ../.git",
];

/// `path = content` as [`Project`] takes it, `- path` to take away, `a > b` to rename.
fn change() -> impl Strategy<Value = String> {
    let place = || prop::sample::select(vec!["a", "b", "sub", "sub/a", "sub/b", "sub/b/c.rs", "x"]);
    prop_oneof![
        2 => beside_rg::tree().prop_map(|lines| lines.into_iter().next().unwrap_or_default()),
        1 => place().prop_map(|path| format!("{path} -> nowhere")),
        2 => place().prop_map(|path| format!("- {path}")),
        2 => (place(), place()).prop_map(|(from, to)| format!("{from} > {to}")),
        1 => prop::sample::select(&REPOSITORIES[..]).prop_map(str::to_owned),
    ]
}

fn apply(project: &Project, change: &str) {
    if let Some(gone) = change.strip_prefix("- ") {
        let path = project.path.join(gone);
        // What is not there cannot go.
        let _: std::io::Result<()> =
            std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
    } else if let Some((from, to)) = change.split_once(" > ") {
        let _: std::io::Result<()> =
            std::fs::rename(project.path.join(from), project.path.join(to));
    } else {
        project.try_add(change);
    }
}

#[test]
fn what_it_lists_and_finds_is_what_a_walk_does_also_after_changes() {
    let changes = prop::collection::vec(change(), 0..6);
    let path = prop::sample::select(vec![None, None, Some("a"), Some("sub"), Some("sub/b")]);
    // Each of these cases asks sixty questions.
    beside_rg::run_cases(32, &(beside_rg::tree(), changes, path), |(lines, changes, path)| {
        let project = beside_rg::project(&lines);
        let index = open(&project.workspace);
        compare(&project, &index, path)?;
        for change in &changes {
            apply(&project, change);
        }
        compare(&project, &index, path)
    });
}

#[test]
fn what_was_written_before_the_question_is_in_the_answer() {
    let (folder, workspace) = tree(&["a"]);
    let index = open(&workspace);
    for round in 0..200 {
        add(folder.path(), &format!("d{round}/file"));
        let raw = index.list_raw(&ListInput::default(), b'\n', &generous()).unwrap();
        assert_eq!(raw.count, round + 2);
        std::fs::write(folder.path().join("a"), format!("needle {round};")).unwrap();
        let pattern = GrepInput::new(format!("needle {round};"));
        assert_eq!(index.grep(&pattern, &generous()).unwrap().totals.files, 1);
    }
}

#[test]
fn an_index_of_a_folder_names_paths_from_there_and_does_not_leave_it() {
    let (_folder, workspace) = tree(&["sub/deep/a", "b"]);
    let index = FileIndex::open(&workspace, "sub", FindOptions::default()).unwrap();
    let input = |path: &str| ListInput { path: Some(path.into()), ..ListInput::default() };
    let files = |path| index.list(&input(path), &generous()).unwrap().files;
    assert_eq!(files(".")[0].path, "deep/a");
    assert_eq!(files("deep")[0].path, "deep/a");
    let code = |path| index.list(&input(path), &generous()).unwrap_err().code();
    assert_eq!(code(".."), "outside");
    assert_eq!(code("none"), "not_found");
}

#[test]
fn a_stopped_question_says_so() {
    let (_folder, workspace) = tree(&["a"]);
    let index = open(&workspace);
    index.wait_ready(&generous()).unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    let list = index.list(&ListInput::default(), &Control::cancelled_by(cancel)).unwrap();
    assert_eq!(list.coverage.stopped, Some("cancelled"));
}

const INDEXED: &str = "IRONBRIDGE_TEST_INDEXED";

/// Not a test: another process with an index, which lists it for each line on its stdin.
#[test]
fn other_process_with_an_index() {
    let Ok(root) = std::env::var(INDEXED) else {
        return println!("skipped: run by other tests, as a process of its own");
    };
    let workspace = Workspace::new(Scope::within(&root).unwrap(), &root);
    let index = open(&workspace);
    index.wait_ready(&generous()).unwrap();
    println!("\nlisted 0");
    for _ in std::io::stdin().lines().map_while(Result::ok) {
        let raw = index.list_raw(&ListInput::default(), b'\n', &generous()).unwrap();
        // What is in the index, not what a walk would find.
        let mut held = 0;
        index.for_each(|_| {
            held += 1;
            std::ops::ControlFlow::Continue(())
        });
        println!("\nlisted {} held {held}", raw.count);
    }
}

/// The process is stopped while more happens than the kernel keeps for it.
#[cfg(target_os = "linux")]
#[test]
fn after_lost_changes_the_index_is_as_the_tree_is() {
    use rustix::process::{Pid, Signal, kill_process};
    let queue = std::fs::read_to_string("/proc/sys/fs/inotify/max_queued_events");
    let queue: usize = queue.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(16_384);
    let (folder, _) = tree(&["gone/a", "d/"]);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["find::whole::other_process_with_an_index", "--exact", "--nocapture"])
        .env(INDEXED, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut said = || lines.find(|line| line.starts_with("listed")).unwrap();
    said();
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::STOP).unwrap();
    let stat = format!("/proc/{}/stat", child.id());
    while !std::fs::read_to_string(&stat).unwrap().contains(") T ") {
        std::thread::yield_now();
    }
    let count = queue + 1000;
    for number in 0..count {
        std::fs::write(folder.path().join(format!("d/{number}")), "").unwrap();
    }
    std::fs::remove_dir_all(folder.path().join("gone")).unwrap();
    add(folder.path(), "new/deep/file");
    kill_process(pid, Signal::CONT).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"list\n").unwrap();
    assert_eq!(said(), format!("listed {} held {}", count + 1, count + 4));
    // What is new is watched.
    add(folder.path(), "new/deep/er/file");
    std::fs::remove_file(folder.path().join("new/deep/file")).unwrap();
    stdin.write_all(b"list\n").unwrap();
    assert_eq!(said(), format!("listed {} held {}", count + 1, count + 5));
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert!(!Path::new(&stat).exists());
}
