//! Limits, losses and ends.

use std::io::Write as _;
use std::sync::{Arc, Barrier, Mutex};

use ironbridge_tools::Coded as _;

use super::*;

#[test]
fn a_deleted_or_moved_root_is_told_and_is_the_end() {
    for delete in [true, false] {
        let mut watched = Watched::with(&["root/a"], "root", WatchOptions::default());
        if delete {
            std::fs::remove_dir_all(watched.path("root")).unwrap();
        } else {
            watched.rename("root", "elsewhere");
        }
        let told = watched.until(|change| change.kind == ChangeKind::Ended);
        assert_eq!(told.last().map(|change| change.kind), Some(ChangeKind::Ended));
        assert!(told.iter().any(|change| {
            change.kind == ChangeKind::Delete && change.path.as_os_str().is_empty()
        }));
        // Nothing comes after the end: the callback is gone.
        assert!(watched.changes.recv_timeout(WATCHDOG).is_err());
        watched.watcher.take();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn more_folders_than_may_be_watched_are_an_error_that_says_what_to_do() {
    let mut limits = Limits::default();
    limits.watch.folders = 3;
    let files = ["a/b/", "c/", "d/"];
    let outcome = Watched::try_with(&files, ".", WatchOptions::default(), limits.clone());
    let error = outcome.err().expect("too many folders");
    assert_eq!(error.code(), "watch_limit");
    assert_eq!(error.details()["watched"], 3);
    let message = error.to_string();
    assert!(message.ends_with("ignore large folders in .gitignore, or raise it"), "{message}");

    let options = WatchOptions { partial: true, ..WatchOptions::default() };
    let watched = Watched::try_with(&files, ".", options, limits).unwrap();
    let told = watched.until(|change| change.kind == ChangeKind::Limit);
    assert_eq!(told.len(), 1);
    watched.write("file");
    assert_eq!(watched.outcome(), ["+ file"]);
}

#[cfg(target_os = "linux")]
#[test]
fn as_many_folders_as_may_be_watched_stay_watched_when_they_are_looked_at_anew() {
    let mut limits = Limits::default();
    limits.watch.folders = 4;
    let files = ["a/b/", "c/"];
    let options = WatchOptions { partial: true, ..WatchOptions::default() };
    let watched = Watched::try_with(&files, ".", options, limits).unwrap();
    watched.write(".ignore");
    assert_eq!(watched.outcome(), ["rescan"]);
    watched.write("a/b/file");
    assert_eq!(watched.outcome(), ["+ a/b/file"]);
}

#[test]
fn a_system_limit_is_named_with_the_command_that_raises_it() {
    let error = WatchError::Limit { path: "/p".into(), watched: 7, system_limit: Some(8192) };
    assert_eq!(
        error.to_string(),
        "/p: more than 7 folders, and no more can be watched; the system's limit is 8192: ignore \
         large folders in .gitignore, or raise it with `sysctl fs.inotify.max_user_watches=32768`"
    );
}

#[cfg(target_os = "linux")]
const FEW_WATCHES: &str = "IRONBRIDGE_TEST_FEW_WATCHES";

/// Not a test: another process, where the system gives few watches.
#[cfg(target_os = "linux")]
#[test]
fn other_process_with_few_watches() {
    let Ok(root) = std::env::var(FEW_WATCHES) else {
        return println!("skipped: run by other tests, as a process of its own");
    };
    let workspace = Workspace::new(Scope::within(&root).unwrap(), &root);
    let error = start(&workspace, ".", WatchOptions::default()).map(drop).unwrap_err();
    let details = error.details();
    let system_limit = details["systemLimit"].is_u64();
    println!("\nrefused {} {} {system_limit}", error.code(), details["watched"]);
    // All watches were given back.
    let one = tempfile::tempdir_in(&root).unwrap();
    let root = one.path().to_str().unwrap();
    let (_watcher, changes) = start(&workspace, root, WatchOptions::default()).unwrap();
    make(one.path(), "file");
    changes.recv_timeout(WATCHDOG).unwrap();
    println!("\ntold");
}

/// In a namespace of its own, so that no other program on the machine meets the limit.
#[cfg(target_os = "linux")]
#[test]
fn the_systems_own_limit_is_a_typed_error_and_gives_all_back() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a/b/", "c/", "d/", "e/"] {
        make(folder.path(), name);
    }
    let limited = "echo 3 > /proc/sys/user/max_inotify_watches && echo limited && exec \"$@\"";
    let output = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "sh", "-c", limited, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["watch::faults::other_process_with_few_watches", "--exact", "--nocapture"])
        .env(FEW_WATCHES, folder.path())
        .output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    match said {
        Ok(said) if said.starts_with("limited") => {
            assert!(said.contains("\nrefused watch_limit 3 true\n"), "{said}");
            assert!(said.contains("\ntold\n"), "{said}");
        }
        _ => println!("skipped: no user namespace with limits of its own"),
    }
}

#[test]
fn what_is_not_there_or_outside_is_an_error() {
    let code = |path: &str| {
        Watched::try_with(&["a"], path, WatchOptions::default(), Limits::default())
            .err()
            .map(|error| error.code())
    };
    assert_eq!(code("missing"), Some("not_watchable"));
    assert_eq!(code("a/b"), Some("not_watchable"));
    assert_eq!(code("../.."), Some("outside"));
    assert_eq!(code(""), Some("invalid_path"));
}

/// The callback is held back while more happens than the kernel keeps for us.
#[cfg(target_os = "linux")]
#[test]
fn lost_changes_ask_for_a_rescan_and_what_follows_is_told() {
    let queue = std::fs::read_to_string("/proc/sys/fs/inotify/max_queued_events");
    let queue: usize = queue.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(16_384);
    if queue > 200_000 {
        println!("skipped: the kernel keeps {queue} events");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "a");
    make(folder.path(), "b");
    let workspace =
        Workspace::new(Scope::within(folder.path()).unwrap(), folder.path().join("unused"));
    let (sender, changes) = mpsc::channel();
    let held = Arc::new(Barrier::new(2));
    let first = Arc::clone(&held);
    let mut is_first = true;
    let watcher = Watcher::start(&workspace, ".", WatchOptions::default(), move |batch| {
        sender.send(batch.to_vec()).unwrap();
        if std::mem::take(&mut is_first) {
            first.wait();
        }
    })
    .unwrap();
    make(folder.path(), "start");
    changes.recv_timeout(WATCHDOG).unwrap();
    // Two names in turn: the kernel makes one of equal neighbours.
    let mut files = ["a", "b"].map(|name| std::fs::File::create(folder.path().join(name)).unwrap());
    for _ in 0..=queue / 2 {
        for file in &mut files {
            file.write_all(b"x").unwrap();
        }
    }
    // Lost as well, with what it holds.
    make(folder.path(), "new/deep/file");
    held.wait();
    let mut told = Vec::new();
    while !told.iter().any(|change: &Change| change.kind == ChangeKind::Rescan) {
        told.extend(changes.recv_timeout(WATCHDOG).expect("a rescan"));
    }
    make(folder.path(), "new/deep/later");
    while !told.iter().any(|change: &Change| change.path == Path::new("new/deep/later")) {
        told.extend(changes.recv_timeout(WATCHDOG).expect("the new folder is watched"));
    }
    drop(watcher);
}

#[test]
fn it_can_be_dropped_by_its_own_callback() {
    let folder = tempfile::tempdir().unwrap();
    let workspace =
        Workspace::new(Scope::within(folder.path()).unwrap(), folder.path().join("unused"));
    let own: Arc<Mutex<Option<Watcher>>> = Arc::default();
    let inside = Arc::clone(&own);
    let (sender, ended) = mpsc::channel();
    let watcher = Watcher::start(&workspace, ".", WatchOptions::default(), move |_| {
        inside.lock().unwrap().take();
        // The test may be over.
        let _: Result<(), _> = sender.send(());
    });
    *own.lock().unwrap() = Some(watcher.unwrap());
    make(folder.path(), "file");
    ended.recv_timeout(WATCHDOG).unwrap();
    assert!(ended.recv_timeout(WATCHDOG).is_err(), "the callback is dropped with the watcher");
}

#[cfg(target_os = "linux")]
#[test]
fn opening_and_dropping_leaves_no_handles() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "a/b/c");
    let workspace =
        Workspace::new(Scope::within(folder.path()).unwrap(), folder.path().join("unused"));
    let inotify_handles = || {
        let handles = std::fs::read_dir("/proc/self/fd").unwrap();
        let targets = handles.filter_map(|handle| std::fs::read_link(handle.ok()?.path()).ok());
        targets.filter(|target| target.as_os_str() == "anon_inode:inotify").count()
    };
    for _ in 0..300 {
        start(&workspace, ".", WatchOptions::default()).unwrap();
    }
    // Other tests watch beside this one.
    assert!(inotify_handles() < 100);
}
