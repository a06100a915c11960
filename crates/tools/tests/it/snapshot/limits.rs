//! The store never grows without end, and says what it has not.

use ironbridge_tools::Control;
use ironbridge_tools::limits::SnapshotLimits;
use ironbridge_tools::snapshot::{NotKept, Outcome, Was};

use super::{Project, time};

#[test]
fn what_is_the_same_is_stored_once() {
    let project = Project::new();
    for name in ["a", "b", "c"] {
        project.put(name, "the same");
    }
    project.take(&["a", "b"]);
    project.take(&["a", "c"]);
    assert_eq!(project.copies().len(), 1);
    assert_eq!(project.store.bytes(&Control::unbounded()).expect("read"), 8);
}

#[test]
fn a_file_beyond_the_limit_is_noted_and_not_copied() {
    let project = Project::with(SnapshotLimits { file_bytes: 10, ..SnapshotLimits::default() });
    project.put("large", "01234567890");
    project.put("small", "0123456789");
    let id = project.take(&[]);
    project.write("large", "x");
    project.write("small", "01234567890");
    let listed = project.store.list(&Control::unbounded()).expect("read");
    let was = &listed[0].files[&project.at("large")];
    assert_eq!(*was, Was::NotKept { bytes: 11, reason: NotKept::TooLarge });
    // The other one could not be kept now, so it is not overwritten.
    let row = |name: &str, outcome| (name.to_owned(), outcome);
    let expected = [row("large", Outcome::NoCopy), row("small", Outcome::WouldBeLost)];
    assert_eq!(project.restore(id), expected);
    assert_eq!(project.read("small"), Some(b"01234567890".to_vec()));
}

#[test]
fn the_oldest_snapshots_make_room() {
    let limits = SnapshotLimits { store_bytes: 25, ..SnapshotLimits::default() };
    let project = Project::with(limits);
    let ids: Vec<u64> = (0..4)
        .map(|step| {
            project.put("a", format!("content {step}.."));
            project.take(&["a"])
        })
        .collect();
    let left = || -> Vec<u64> {
        let listed = project.store.list(&Control::unbounded()).expect("read");
        listed.iter().map(|snapshot| snapshot.id).collect()
    };
    assert_eq!(left(), ids[2..]);
    assert_eq!(project.copies().len(), 2);
    // What does not fit even alone is noted.
    project.put("b", "x".repeat(26));
    project.take(&["b"]);
    let listed = project.store.list(&Control::unbounded()).expect("read");
    let was = &listed.last().expect("taken").files[&project.at("b")];
    assert_eq!(*was, Was::NotKept { bytes: 26, reason: NotKept::StoreFull });
}

/// Room for the present is not made by giving up what is being restored.
#[test]
fn restoring_the_oldest_keeps_it() {
    let limits = SnapshotLimits { store_bytes: 10, snapshots: 1, ..SnapshotLimits::default() };
    let project = Project::with(limits);
    project.put("a", "12345678");
    let id = project.take(&[]);
    project.write("a", "abcdefgh");
    assert_eq!(project.restore(id), [("a".to_owned(), Outcome::WouldBeLost)]);
    project.write("a", "ab");
    assert_eq!(project.restore(id), [("a".to_owned(), Outcome::Restored)]);
    assert_eq!(project.read("a"), Some(b"12345678".to_vec()));
}

#[test]
fn too_many_snapshots_or_files_make_the_oldest_go() {
    let limits = SnapshotLimits { snapshots: 3, files: 4, ..SnapshotLimits::default() };
    let project = Project::with(limits);
    for _ in 0..5 {
        project.take(&[]);
    }
    let count = || project.store.list(&Control::unbounded()).expect("read").len();
    assert_eq!(count(), 3);
    for number in 0..6 {
        project.write(&number.to_string(), "x");
    }
    assert_eq!(count(), 1);
}

#[test]
fn old_snapshots_are_pruned_and_their_copies_swept() {
    let project = Project::new();
    let control = Control::unbounded();
    for second in [10, 20, 30] {
        project.put("a", format!("at {second}"));
        let paths = ["a".to_owned()];
        project.store.take(&project.workspace, "", time(second), &paths, &control).expect("taken");
    }
    let stray = project.copies()[0].with_file_name("left-by-a-crash.unfinished");
    std::fs::write(&stray, "half").expect("written");
    assert_eq!(project.store.prune(time(30), &control).expect("pruned"), 2);
    assert_eq!(project.copies().len(), 1);
    assert_eq!(project.store.prune(time(99), &control).expect("pruned"), 1);
    assert_eq!(project.copies().len(), 0);
    // Ids are not given again.
    assert_eq!(project.take(&[]), 4);
}

#[test]
fn labels_are_cut() {
    let project = Project::new();
    let (control, label) = (Control::unbounded(), "é".repeat(300));
    project.store.take(&project.workspace, &label, time(1), &[], &control).expect("taken");
    let listed = project.store.list(&control).expect("read");
    assert_eq!(listed[0].label.chars().count(), 200);
}
