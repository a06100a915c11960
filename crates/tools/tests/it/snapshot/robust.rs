//! Threads, processes that end in the middle, and damage.

use std::fs;
use std::io::Write as _;

use ironbridge_tools::limits::SnapshotLimits;
use ironbridge_tools::snapshot::Snapshots;
use ironbridge_tools::{Cancel, Coded as _, Control};

use super::{Project, time};

/// Two stores on one folder are to each other what two processes are: each has its own lock and its own memory.
#[test]
fn threads_and_stores_share_a_folder() {
    let project = Project::new();
    let folder = project.store_folder();
    let other = Snapshots::open(&folder, SnapshotLimits::default()).expect("opened");
    for number in 0..8 {
        project.put(&number.to_string(), format!("old {number}"));
    }
    let id = project.take(&[]);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (project, other) = (&project, &other);
            scope.spawn(move || {
                let control = Control::unbounded();
                let name = number.to_string();
                project.write(&name, "new");
                let store = if number % 2 == 0 { other } else { &*project.store };
                store
                    .take(&project.workspace, &name, time(1), std::slice::from_ref(&name), &control)
                    .expect("taken");
                project.write(&name, "newer");
            });
        }
    });
    let control = Control::unbounded();
    assert_eq!(other.list(&control).expect("read"), project.store.list(&control).expect("read"));
    assert_eq!(other.list(&control).expect("read").len(), 9);
    project.restore(id);
    for number in 0..8 {
        assert_eq!(project.read(number.to_string()), Some(format!("old {number}").into_bytes()));
    }
    // What one forgets, the other does not remember.
    other.forget(id, &control).expect("forgotten");
    assert!(project.try_restore(id, &[]).is_err());
}

#[test]
fn half_a_line_does_not_count_and_is_written_over() {
    let project = Project::new();
    project.put("a", "old");
    let id = project.take(&["a"]);
    let journal = project.store_folder().join("journal.jsonl");
    let mut file = fs::File::options().append(true).open(&journal).expect("opened");
    file.write_all("{\"snapshot\":{\"id\":2,\"label\":\"é".as_bytes()).expect("written");
    let store = Snapshots::of(&project.workspace).expect("opened");
    let control = Control::unbounded();
    assert_eq!(store.list(&control).expect("read").len(), 1);
    assert_eq!(store.take(&project.workspace, "next", time(1), &[], &control).expect("taken"), 2);
    let again = Snapshots::of(&project.workspace).expect("opened");
    assert_eq!(again.list(&control).expect("read").len(), 2);
    project.put("a", "new");
    project.restore(id);
    assert_eq!(project.read("a"), Some(b"old".to_vec()));
}

#[test]
fn a_damaged_copy_changes_nothing() {
    let project = Project::new();
    project.put("a", "old a");
    project.put("b", "old b");
    let id = project.take(&["a", "b"]);
    project.write("a", "new a");
    project.write("b", "new b");
    let copies = project.copies();
    let copy = copies.iter().find(|copy| fs::read(copy).expect("read") == b"old b");
    fs::write(copy.expect("copied"), "bad b").expect("written");
    let error = project.try_restore(id, &[]).expect_err("damaged");
    assert_eq!(error.code(), "damaged_copy");
    assert_eq!(project.read("a"), Some(b"new a".to_vec()));
    assert_eq!(fs::read_dir(&project.path).expect("a folder").count(), 2, "nothing left beside");
    let diff = project.store.diff(&project.workspace, id, &[], &Control::unbounded());
    assert_eq!(diff.expect_err("damaged").code(), "damaged_copy");
    fs::remove_file(copy.expect("copied")).expect("removed");
    assert_eq!(project.try_restore(id, &[]).expect_err("gone").code(), "damaged_copy");
    project.try_restore(id, &["a"]).expect("the other one can be restored");
}

#[test]
fn a_damaged_journal_is_said_and_stops_changes() {
    let project = Project::new();
    project.put("a", "old");
    project.take(&["a"]);
    let journal = project.store_folder().join("journal.jsonl");
    let text = fs::read_to_string(&journal).expect("read").replace("\"file\"", "\"fail\"");
    fs::write(&journal, text).expect("written");
    let store = Snapshots::of(&project.workspace).expect("opened");
    let error = store.list(&Control::unbounded()).expect_err("damaged");
    assert_eq!(error.code(), "damaged_journal");
}

#[test]
fn a_cancelled_call_leaves_no_snapshot() {
    let project = Project::new();
    project.put("a", "old");
    let cancel = Cancel::new();
    cancel.cancel();
    let control = Control::cancelled_by(cancel);
    let paths = ["a".to_owned()];
    let taken = project.store.take(&project.workspace, "", time(1), &paths, &control);
    assert_eq!(taken.expect_err("cancelled").code(), "cancelled");
    assert_eq!(project.store.list(&Control::unbounded()).expect("read"), []);
}
