//! The index follows the tree.

use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use ironbridge_tools::Workspace;
use ironbridge_tools::find::{FileIndex, FindOptions, Session, Update};
use tempfile::TempDir;

use super::index::{add, generous, paths, tree};

const WATCHDOG: Duration = Duration::from_secs(120);

/// An index that is ready, with a session that asks for everything with a `q`.
struct Live {
    folder: TempDir,
    index: FileIndex,
    _session: Session,
    updates: Receiver<Update>,
}

fn live(files: &[&str]) -> Live {
    let (folder, workspace) = tree(files);
    live_at(folder, &workspace, ".")
}

fn live_at(folder: TempDir, workspace: &Workspace, root: &str) -> Live {
    let index = FileIndex::open(workspace, root, FindOptions::default()).unwrap();
    index.wait_ready(&generous()).unwrap();
    let (sender, updates) = mpsc::channel();
    let session = index.session(usize::MAX, move |update| {
        // The test may be over.
        let _: Result<(), _> = sender.send(update);
    });
    session.set_query("q");
    Live { folder, index, _session: session, updates }
}

impl Live {
    fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until the answer to `q` is this.
    fn expect(&self, wanted: &[&str]) {
        let mut last = Vec::new();
        loop {
            let Ok(update) = self.updates.recv_timeout(WATCHDOG) else {
                panic!("the last answer was {last:?}, not {wanted:?}");
            };
            last = update.found.into_iter().map(|found| found.path).collect();
            last.sort();
            if last == wanted {
                return;
            }
        }
    }
}

#[test]
fn files_and_folders_come_and_go() {
    let live = live(&["q1", "other"]);
    live.expect(&["q1"]);
    add(live.root(), "deep/er/q2");
    live.expect(&["deep/er/q2", "q1"]);
    std::fs::remove_file(live.root().join("q1")).unwrap();
    live.expect(&["deep/er/q2"]);
    std::fs::rename(live.root().join("deep"), live.root().join("q-deep")).unwrap();
    live.expect(&["q-deep", "q-deep/er", "q-deep/er/q2"]);
    std::fs::remove_dir_all(live.root().join("q-deep")).unwrap();
    live.expect(&[]);
    assert_eq!(paths(&live.index), ["other"]);
}

#[test]
fn a_file_replaced_by_renaming_is_there_once() {
    let live = live(&["q"]);
    live.expect(&["q"]);
    for _ in 0..20 {
        add(live.root(), "beside");
        std::fs::rename(live.root().join("beside"), live.root().join("q")).unwrap();
    }
    add(live.root(), "q-mark");
    live.expect(&["q", "q-mark"]);
    assert_eq!(paths(&live.index), ["q", "q-mark"]);
}

#[test]
fn other_rules_are_followed() {
    let live = live(&["build/q1", "src/q2"]);
    live.expect(&["build/q1", "src/q2"]);
    std::fs::write(live.root().join(".gitignore"), "build\n").unwrap();
    live.expect(&["src/q2"]);
    add(live.root(), "build/q3");
    add(live.root(), "src/q4");
    live.expect(&["src/q2", "src/q4"]);
    std::fs::write(live.root().join(".gitignore"), "src\n").unwrap();
    live.expect(&["build/q1", "build/q3"]);
}

#[test]
fn other_rules_of_the_repository_are_followed() {
    let live = live(&[".git/info/", "build/q1", "src/q2"]);
    live.expect(&["build/q1", "src/q2"]);
    let exclude = live.root().join(".git/info/exclude");
    std::fs::write(&exclude, "build\n").unwrap();
    live.expect(&["src/q2"]);
    std::fs::write(&exclude, "src\n").unwrap();
    live.expect(&["build/q1"]);
    std::fs::remove_dir_all(live.root().join(".git/info")).unwrap();
    live.expect(&["build/q1", "src/q2"]);
    // As an editor saves: beside, then over it; and the folder is a new one.
    std::fs::create_dir(live.root().join(".git/info")).unwrap();
    std::fs::write(exclude.with_extension("new"), "src\n").unwrap();
    std::fs::rename(exclude.with_extension("new"), &exclude).unwrap();
    live.expect(&["build/q1"]);
}

#[test]
fn a_repository_that_comes_and_goes_brings_its_rules() {
    let live = live(&["build/q1", "src/q2"]);
    live.expect(&["build/q1", "src/q2"]);
    git(live.root(), &["init", "--quiet"]);
    let exclude = |folder: &str, rule: &str| {
        let info = live.root().join(folder).join(".git/info");
        std::fs::create_dir_all(&info).unwrap();
        std::fs::write(info.join("exclude"), rule).unwrap();
    };
    exclude("", "build\n");
    live.expect(&["src/q2"]);
    git(live.root(), &["init", "--quiet", "src/deep"]);
    add(live.root(), "src/deep/q3");
    live.expect(&["src/deep/q3", "src/q2"]);
    exclude("src/deep", "q*\n");
    live.expect(&["src/q2"]);
    std::fs::remove_dir_all(live.root().join("src/deep/.git")).unwrap();
    live.expect(&["src/deep/q3", "src/q2"]);
    std::fs::remove_dir_all(live.root().join(".git")).unwrap();
    live.expect(&["build/q1", "src/deep/q3", "src/q2"]);
}

/// The rules of a worktree lie in the repository it belongs to, outside of its own folder.
#[test]
fn a_worktree_follows_the_rules_of_its_repository() {
    let (folder, workspace) = tree(&["main/"]);
    let main = folder.path().join("main");
    git(&main, &["init", "--quiet"]);
    let who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
    git(&main, &[&who[..], &["commit", "--quiet", "--allow-empty", "-m", "first"]].concat());
    git(&main, &["worktree", "add", "--quiet", "../tree"]);
    add(folder.path(), "tree/build/q1");
    add(folder.path(), "tree/q2");
    // Git's own template has one.
    let _: std::io::Result<()> = std::fs::remove_dir_all(main.join(".git/info"));
    let live = live_at(folder, &workspace, "tree");
    live.expect(&["build/q1", "q2"]);
    std::fs::create_dir(main.join(".git/info")).unwrap();
    std::fs::write(main.join(".git/info/exclude"), "build\n").unwrap();
    live.expect(&["q2"]);
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = std::process::Command::new("git");
    command.current_dir(folder).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    assert!(command.status().unwrap().success(), "git {arguments:?}");
}

#[test]
fn many_changes_at_once_are_all_followed() {
    let live = live(&[]);
    let mut names: Vec<String> = (0..3000).map(|number| format!("d/q{number:04}")).collect();
    for name in &names {
        add(live.root(), name);
    }
    live.expect(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for name in names.drain(..2500) {
        std::fs::remove_file(live.root().join(name)).unwrap();
    }
    live.expect(&names.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_root_that_is_gone_leaves_nothing_and_is_said() {
    let (folder, workspace) = tree(&["root/q"]);
    let index = FileIndex::open(&workspace, "root", FindOptions::default()).unwrap();
    index.wait_ready(&generous()).unwrap();
    let (sender, updates) = mpsc::channel();
    let session = index.session(10, move |update| {
        // The test may be over.
        let _: Result<(), _> = sender.send(update.found.len());
    });
    session.set_query("q");
    assert_eq!(updates.recv_timeout(WATCHDOG), Ok(1));
    std::fs::remove_dir_all(folder.path().join("root")).unwrap();
    while updates.recv_timeout(WATCHDOG).expect("the change is followed") > 0 {}
    drop(session);
    index.close();
}

/// Made while the walk runs: seen or told, never missed, and never there twice.
#[test]
fn what_is_made_during_the_walk_is_not_missed() {
    let (folder, workspace) = tree(&[]);
    for number in 0..200 {
        add(folder.path(), &format!("folder-{number}/file"));
    }
    let index = FileIndex::open(&workspace, ".", FindOptions::default()).unwrap();
    for number in 0..200 {
        add(folder.path(), &format!("folder-{number}/q"));
    }
    index.wait_ready(&generous()).unwrap();
    let (sender, updates) = mpsc::channel();
    let session = index.session(usize::MAX, move |update| {
        // The test may be over.
        let _: Result<(), _> = sender.send(update.found.len());
    });
    session.set_query("q");
    while updates.recv_timeout(WATCHDOG).expect("all are found") != 200 {}
    add(folder.path(), "q-mark");
    while updates.recv_timeout(WATCHDOG).expect("the mark is found") != 201 {}
    assert_eq!(paths(&index).len(), 601);
}

#[cfg(target_os = "linux")]
#[test]
fn more_folders_than_may_be_watched_are_found_all_the_same_and_said() {
    let (_folder, workspace) = tree(&["a/", "b/", "c/q"]);
    let mut limits = workspace.limits().clone();
    limits.watch.folders = 2;
    let workspace = workspace.with_limits(limits);
    let index = FileIndex::open(&workspace, ".", FindOptions::default()).unwrap();
    index.wait_ready(&generous()).unwrap();
    assert_eq!(index.search("q", 10, &generous()).unwrap().len(), 1);
    let (sender, updates) = mpsc::channel();
    let session = index.session(10, move |update| {
        // The test may be over.
        let _: Result<(), _> = sender.send(update.found.len());
    });
    session.set_query("new");
    add(&workspace.scope().base().join("."), "new");
    while updates.recv_timeout(WATCHDOG).expect("the root is watched") != 1 {}
    let problem = index.figures().watch_problem.unwrap_or_default();
    assert!(problem.contains("no more can be watched"), "{problem}");
}
