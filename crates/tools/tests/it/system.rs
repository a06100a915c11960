//! Figures that can be true, and locks between real processes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use expect_test::expect;
use ironbridge_tools::system::{
    FileLock, LockError, Monitor, Owner, StatsInput, lock_file, stats, try_lock_file,
};
use ironbridge_tools::{Cancel, Coded as _, Control, Failure, Scope, Workspace};

struct Project {
    folder: tempfile::TempDir,
    workspace: Workspace,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let scope = Scope::within(folder.path()).expect("a folder");
        Self { workspace: Workspace::new(scope, folder.path().join("state")), folder }
    }

    fn beside(&self) -> PathBuf {
        self.folder.path().join(".file.lock")
    }

    fn record(&self, owner: &Owner) {
        fs::write(self.beside(), serde_json::to_vec(owner).expect("JSON")).expect("written");
    }

    fn try_lock(&self) -> Result<FileLock, LockError> {
        try_lock_file(&self.workspace, "file")
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, LockError>) -> &'static str {
    let error = result.expect_err("it is refused");
    assert!(LockError::codes().iter().any(|(code, _)| *code == error.code()));
    error.code()
}

/// Not a test: another process, which holds the lock until its stdin ends or it is killed.
#[test]
fn other_process_that_locks() {
    let Ok(root) = std::env::var("IRONBRIDGE_TEST_LOCK") else {
        return println!("skipped: run by other tests, as a process of its own");
    };
    let workspace = Workspace::new(Scope::within(&root).expect("a folder"), &root);
    let lock = lock_file(&workspace, "file", &Control::unbounded()).expect("a lock");
    println!("\nlocked {}", lock.taken_over().is_some());
    let _ = std::io::stdin().read_line(&mut String::new());
    drop(lock);
}

/// Starts that process, and waits until it has the lock.
fn other_process(root: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["system::other_process_that_locks", "--exact", "--nocapture"])
        .env("IRONBRIDGE_TEST_LOCK", root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let said = lines.map_while(Result::ok).find(|line| line.starts_with("locked"));
    assert_eq!(said.as_deref(), Some("locked false"));
    child
}

#[test]
fn one_at_a_time_and_nothing_stays_behind() {
    let project = Project::new();
    let lock = project.try_lock().expect("a lock");
    assert_eq!(lock.taken_over(), None);
    assert_eq!(code(project.try_lock()), "locked");
    assert!(project.beside().exists());
    // Another file is another lock; another way to the same file is not.
    let _other = try_lock_file(&project.workspace, "other").expect("a lock");
    assert_eq!(code(try_lock_file(&project.workspace, "./new/../file")), "locked");
    drop(lock);
    assert!(!project.beside().exists());
    drop(project.try_lock().expect("a lock again"));
}

#[test]
fn another_process_is_kept_out_and_waited_for() {
    let project = Project::new();
    let mut other = other_process(project.folder.path());
    let refused = Failure::from(project.try_lock().expect_err("held"));
    assert_eq!(refused.code, "locked");
    assert_eq!(refused.details["owner"]["pid"], other.id());
    let control = Control::within(Duration::from_millis(20));
    let waited = lock_file(&project.workspace, "file", &control);
    assert_eq!(code(waited), "deadline");
    // It releases at the end of its stdin.
    let stdin = other.stdin.take();
    let lock = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| lock_file(&project.workspace, "file", &Control::unbounded()));
        drop(stdin);
        waiting.join().expect("no panic").expect("a lock")
    });
    assert_eq!(lock.taken_over(), None);
    other.wait().expect("it ends");
}

#[test]
fn a_killed_owner_is_taken_over_from() {
    let project = Project::new();
    let mut other = other_process(project.folder.path());
    other.kill().expect("killed");
    other.wait().expect("it ends");
    let lock = project.try_lock().expect("a lock");
    assert_eq!(lock.taken_over().map(|owner| owner.pid), Some(other.id()));
    drop(lock);
    assert_eq!(project.try_lock().expect("a lock").taken_over(), None);
}

#[test]
fn a_record_is_judged_by_number_start_and_machine() {
    let here = Owner::this_process();
    assert!(!here.started.is_empty());
    let taken = |owner: &Owner| {
        let project = Project::new();
        project.record(owner);
        match project.try_lock() {
            Ok(lock) => format!("taken over {}", lock.taken_over() == Some(owner)),
            Err(error) => error.code().to_owned(),
        }
    };
    // It runs, although the kernel's lock does not show it.
    assert_eq!(taken(&here), "locked");
    // Its number belongs to a later process now.
    assert_eq!(
        taken(&Owner { started: "an earlier start".to_owned(), ..here.clone() }),
        "taken over true"
    );
    // There is no such process; numbers do not go so far.
    assert_eq!(taken(&Owner { pid: u32::MAX - 1, ..here.clone() }), "taken over true");
    // Nothing can be known of another machine.
    assert_eq!(taken(&Owner { host: "elsewhere".to_owned(), ..here }), "locked");
}

#[cfg(unix)]
#[test]
fn what_is_no_lock_file_is_left_alone() {
    let project = Project::new();
    fs::write(project.beside(), "[dependencies]\n").expect("written");
    assert_eq!(code(project.try_lock()), "not_a_lock");
    assert_eq!(fs::read_to_string(project.beside()).expect("read"), "[dependencies]\n");
    fs::remove_file(project.beside()).expect("removed");
    std::os::unix::fs::symlink("elsewhere", project.beside()).expect("linked");
    assert_eq!(code(project.try_lock()), "io");
    assert!(!project.folder.path().join("elsewhere").exists());
    fs::remove_file(project.beside()).expect("removed");
    assert!(Command::new("mkfifo").arg(project.beside()).status().expect("mkfifo").success());
    assert_eq!(code(project.try_lock()), "not_a_lock");
    assert_eq!(code(try_lock_file(&project.workspace, "../file")), "outside");
    assert_eq!(code(try_lock_file(&project.workspace, "missing/file")), "io");
}

#[test]
fn a_waiting_call_is_woken_when_it_is_cancelled() {
    let project = Project::new();
    let _lock = project.try_lock().expect("a lock");
    let cancel = Cancel::new();
    let control = Control::cancelled_by(cancel.clone());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| lock_file(&project.workspace, "file", &control));
        cancel.cancel();
        assert_eq!(code(waiting.join().expect("no panic")), "cancelled");
    });
}

#[test]
fn many_threads_are_never_in_at_once() {
    let project = Project::new();
    let (inside, rounds) = (AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let control = Control::unbounded();
                    let lock = lock_file(&project.workspace, "file", &control).expect("a lock");
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    assert_eq!(lock.taken_over(), None);
                    rounds.fetch_add(1, Ordering::SeqCst);
                    assert_eq!(inside.fetch_sub(1, Ordering::SeqCst), 1);
                }
            });
        }
    });
    assert_eq!(rounds.load(Ordering::SeqCst), 200);
    assert!(!project.beside().exists());
}

#[test]
fn figures_can_be_true() {
    let project = Project::new();
    let once = stats(&project.workspace, &StatsInput::default(), &Control::unbounded());
    let once = once.expect("figures");
    assert_eq!(once.process.pid, std::process::id());
    assert_eq!((once.process.cpu_percent, once.machine.cpu_percent), (None, None));
    assert!(once.process.memory_bytes > 100_000);
    assert!(once.machine.memory_total_bytes >= once.machine.memory_available_bytes);
    assert!((0.0..=100.0).contains(&once.machine.memory_percent));
    assert!(once.machine.cores >= 1);
    let stopped =
        stats(&project.workspace, &StatsInput::default(), &Control::within(Duration::ZERO));
    assert_eq!(stopped.expect_err("stopped").code(), "deadline");
}

#[test]
fn a_monitor_tells_of_the_time_between_two_looks_and_of_children() {
    let project = Project::new();
    let mut other = other_process(project.folder.path());
    let mut monitor = Monitor::new(1000).expect("figures");
    let first = monitor.stats().expect("figures");
    let child = first.process.children.iter().find(|child| child.pid == other.id());
    let child = child.expect("it is listed");
    assert_eq!(child.parent, std::process::id());
    assert!(child.memory_bytes > 0);
    let second = monitor.stats().expect("figures");
    assert!(second.process.cpu_percent.is_some_and(|percent| percent >= 0.0));
    assert!(second.machine.cpu_percent.is_some_and(|percent| (0.0..=100.0).contains(&percent)));
    assert!(second.process.cpu_millis >= first.process.cpu_millis);
    let unlisted =
        Monitor::new(0).and_then(|mut monitor| monitor.stats()).expect("figures").process;
    assert_eq!(unlisted.children, []);
    assert!(unlisted.children_count >= 1);
    other.kill().expect("killed");
    other.wait().expect("it ends");
}

#[test]
fn the_message_says_who_holds_the_lock() {
    let project = Project::new();
    project.record(&Owner { pid: 7, started: String::new(), host: "elsewhere".to_owned() });
    let message = Failure::from(project.try_lock().expect_err("held")).message;
    let root = project.folder.path().canonicalize().expect("it exists");
    let message = message.replace(&*root.to_string_lossy(), "PROJECT");
    expect!["PROJECT/file: is locked by process 7 on elsewhere"].assert_eq(&message);
}
