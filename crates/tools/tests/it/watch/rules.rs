//! What is ignored is not watched.

use super::*;

#[test]
fn ignored_folders_are_pruned_before_they_are_watched() {
    let mut files = vec![".gitignore".to_owned(), "src/a".to_owned(), ".git/refs/x".to_owned()];
    files.extend((0..50).map(|number| format!("node_modules/package-{number}/index.js")));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let folder = tempfile::tempdir().unwrap();
    for file in &files {
        make(folder.path(), file);
    }
    std::fs::write(folder.path().join(".gitignore"), "node_modules/\n*.log\n").unwrap();
    let workspace =
        Workspace::new(Scope::within(folder.path()).unwrap(), folder.path().join("unused"));
    let (watcher, changes) = start(&workspace, ".", WatchOptions::default()).unwrap();
    if cfg!(target_os = "linux") {
        assert_eq!(watcher.folders(), 3, "the root, src, and .git itself for its info/exclude");
    }
    for file in ["node_modules/package-1/index.js", "x.log", ".git/refs/x", "src/b"] {
        std::fs::write(folder.path().join(file), "text").unwrap();
    }
    let first = changes.recv_timeout(WATCHDOG).unwrap();
    assert_eq!(outcome(&first), ["+ src/b"]);
}

#[test]
fn other_rules_take_effect_and_ask_for_a_rescan() {
    let watched = Watched::new(&["build/out", "src/a"]);
    std::fs::write(watched.path(".gitignore"), "build\n").unwrap();
    let told = watched.outcome();
    assert!(told.contains(&"rescan".to_owned()), "{told:?}");
    watched.write("build/out");
    watched.write("src/a");
    assert_eq!(watched.outcome(), ["~ src/a"]);
    std::fs::remove_file(watched.path(".gitignore")).unwrap();
    let told = watched.outcome();
    assert!(told.contains(&"rescan".to_owned()), "{told:?}");
    watched.write("build/out");
    assert_eq!(watched.outcome(), ["~ build/out"]);
}

#[test]
fn rules_that_leave_out_their_own_file_take_effect() {
    let watched = Watched::new(&["build/out", "src/a"]);
    std::fs::write(watched.path("build/.gitignore"), "*\n").unwrap();
    let told = watched.outcome();
    assert!(told.contains(&"rescan".to_owned()), "{told:?}");
    watched.write("build/out");
    watched.write("src/a");
    assert_eq!(watched.outcome(), ["~ src/a"]);
}

#[test]
fn rules_of_the_repository_take_effect() {
    let watched = Watched::new(&[".git/HEAD", "build/out", "src/a"]);
    std::fs::create_dir(watched.path(".git/info")).unwrap();
    std::fs::write(watched.path(".git/info/exclude"), "build\n").unwrap();
    let told = watched.outcome();
    assert!(told.iter().all(|line| line == "rescan"), "{told:?}");
    watched.write("build/out");
    watched.write(".git/HEAD");
    watched.write("src/a");
    assert_eq!(watched.outcome(), ["~ src/a"]);
    std::fs::remove_dir_all(watched.path(".git")).unwrap();
    let told = watched.outcome();
    assert!(told.contains(&"rescan".to_owned()), "{told:?}");
    watched.write("build/out");
    assert_eq!(watched.outcome(), ["~ build/out"]);
}

#[test]
fn several_watchers_have_rules_of_their_own() {
    let watched = Watched::new(&[".hidden/", "a/"]);
    std::fs::write(watched.path(".ignore"), "").unwrap();
    let visible = WatchOptions { hidden: false, ..WatchOptions::default() };
    let (visible, visible_changes) = start(&watched.workspace, ".", visible).unwrap();
    let (sub, sub_changes) = start(&watched.workspace, "a", WatchOptions::default()).unwrap();
    watched.told();
    watched.write(".hidden/x");
    watched.write("a/x");
    assert_eq!(watched.outcome(), ["+ .hidden/x", "+ a/x"]);
    drop((visible, sub));
    let all = |changes: &Receiver<Vec<Change>>| -> Vec<String> {
        let told: Vec<Change> = changes.try_iter().flatten().collect();
        outcome(&told).into_iter().filter(|line| !line.contains(MARK)).collect()
    };
    assert!(all(&visible_changes).iter().all(|line| line == "+ a/x"));
    assert!(all(&sub_changes).iter().all(|line| line == "+ x"));
}

#[test]
fn the_folder_of_git_can_be_watched_when_it_is_named() {
    let watched = Watched::with(&[".git/HEAD"], ".git/HEAD", WatchOptions::default());
    watched.write(".git/HEAD");
    watched.until(|change| change.kind == ChangeKind::Update);
    let (_watcher, changes) = start(&watched.workspace, ".git", WatchOptions::default()).unwrap();
    watched.write(".git/HEAD");
    let told = changes.recv_timeout(WATCHDOG).unwrap();
    assert_eq!(outcome(&told), ["~ HEAD"]);
}
