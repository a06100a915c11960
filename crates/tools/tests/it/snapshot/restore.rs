//! Going back, and back again.

use std::fs;

use ironbridge_tools::files::Changes;
use ironbridge_tools::snapshot::Outcome::{NotOurs, Removed, Restored, Unchanged};
use ironbridge_tools::{Coded as _, Control};

use super::Project;

#[test]
fn changed_deleted_and_created_files_go_back() {
    let project = Project::new();
    project.put("changed", "old");
    project.put("deleted", b"\0binary\xff");
    project.put("bystander", "old");
    let id = project.take(&[]);
    project.write("changed", "new");
    project.delete("deleted");
    project.write("made/deep/created", "new");
    project.put("bystander", "somebody else");
    let row = |name: &str, outcome| (name.to_owned(), outcome);
    let expected =
        [row("changed", Restored), row("deleted", Restored), row("made/deep/created", Removed)];
    assert_eq!(project.restore(id), expected);
    assert_eq!(project.read("changed").as_deref(), Some(&b"old"[..]));
    assert_eq!(project.read("deleted").as_deref(), Some(&b"\0binary\xff"[..]));
    assert_eq!(project.read("bystander").as_deref(), Some(&b"somebody else"[..]));
    assert!(!project.at("made").exists(), "the folders made for it go with it");
    assert!(project.restore(id).iter().all(|(_, outcome)| *outcome == Unchanged));
}

#[test]
fn going_back_can_be_taken_back() {
    let project = Project::new();
    project.put("a", "old");
    let id = project.take(&[]);
    project.write("a", "new");
    project.write("b/c", "created");
    let (before, _) = project.try_restore(id, &[]).expect("restored");
    assert_eq!((project.read("a"), project.read("b/c")), (Some(b"old".to_vec()), None));
    let (again, _) = project.try_restore(before.expect("kept"), &[]).expect("restored");
    let new = (Some(b"new".to_vec()), Some(b"created".to_vec()));
    assert_eq!((project.read("a"), project.read("b/c")), new);
    project.restore(again.expect("kept"));
    assert_eq!((project.read("a"), project.read("b/c")), (Some(b"old".to_vec()), None));
}

#[test]
fn each_snapshot_is_its_own_moment() {
    let project = Project::new();
    project.put("a", "0");
    project.put("b", "0");
    let ids: Vec<u64> = (1..4)
        .map(|step| {
            let id = project.take(&[]);
            project.write("a", step.to_string());
            if step == 2 {
                project.write("b", step.to_string());
            }
            id
        })
        .collect();
    for (state, id) in ids.iter().enumerate().rev() {
        project.restore(*id);
        let b = if state >= 2 { "2" } else { "0" };
        assert_eq!(project.read("a"), Some(state.to_string().into_bytes()));
        assert_eq!(project.read("b"), Some(b.as_bytes().to_vec()));
    }
    // Forgetting one in the middle takes nothing from those before it.
    project.store.forget(ids[1], &Control::unbounded()).expect("forgotten");
    project.write("b", "x");
    project.restore(ids[0]);
    assert_eq!(project.read("b"), Some(b"0".to_vec()));
    let unknown = project.try_restore(ids[1], &[]).expect_err("forgotten");
    assert_eq!(unknown.code(), "unknown_snapshot");
}

#[test]
fn only_what_is_named_goes_back() {
    let project = Project::new();
    for name in ["a", "b", "c"] {
        project.put(name, "old");
    }
    let id = project.take(&[]);
    project.write("a", "new");
    project.write("b", "new");
    project.write("dir/d", "new");
    let (_, files) = project.try_restore(id, &["a", "dir"]).expect("restored");
    assert_eq!(files, [("a".to_owned(), Restored), ("dir/d".to_owned(), Removed)]);
    assert_eq!(project.read("b"), Some(b"new".to_vec()));
    let error = project.try_restore(id, &["c"]).expect_err("nobody touched it");
    assert_eq!(error.code(), "not_touched");
    let error = project.try_restore(id, &["../outside"]).expect_err("not ours");
    assert_eq!(error.code(), "outside");
}

/// A file that was there before, or that somebody else made, is never removed.
#[test]
fn what_we_did_not_create_stays() {
    let project = Project::new();
    project.put("there", "before");
    let id = project.take(&["there", "not-yet"]);
    project.put("not-yet", "made by a command");
    project.put("unseen", "made by somebody");
    project.write("there", "new");
    let row = |name: &str, outcome| (name.to_owned(), outcome);
    assert_eq!(project.restore(id), [row("not-yet", NotOurs), row("there", Restored)]);
    assert!(project.at("not-yet").exists() && project.at("unseen").exists());
    // Once a tool is about to create it, it is ours.
    fs::remove_file(project.at("not-yet")).expect("removed");
    let id = project.take(&["not-yet"]);
    project.write("not-yet", "made by a tool");
    project.put("neighbour", "x");
    assert_eq!(project.restore(id), [row("not-yet", Removed)]);
}

#[test]
fn a_folder_that_is_used_by_others_stays() {
    let project = Project::new();
    let id = project.take(&[]);
    project.write("made/by-us", "x");
    project.put("made/by-others", "x");
    project.restore(id);
    assert!(!project.at("made/by-us").exists());
    assert!(project.at("made/by-others").exists());
}

#[test]
fn what_a_command_changed_goes_back_if_it_was_named() {
    let project = Project::new();
    project.put("a", "old");
    project.put("b", "old");
    let id = project.take(&["a", "b"]);
    fs::remove_file(project.at("a")).expect("removed");
    project.put("b", "from a command");
    project.restore(id);
    assert_eq!(project.read("a"), Some(b"old".to_vec()));
    assert_eq!(project.read("b"), Some(b"old".to_vec()));
    fs::create_dir(project.at("dir")).expect("created");
    let take = project.store.take(
        &project.workspace,
        "",
        super::time(1),
        &["dir".to_owned()],
        &Control::unbounded(),
    );
    assert_eq!(take.expect_err("a folder").code(), "is_folder");
}

/// A plan that fails has created nothing, so what somebody makes there later is theirs.
#[test]
fn what_we_failed_to_create_is_not_ours() {
    let project = Project::new();
    project.put("locked", "read-only");
    let mut permissions = fs::metadata(project.at("locked")).expect("there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(project.at("locked"), permissions).expect("set");
    let id = project.take(&[]);
    let control = Control::unbounded();
    let locations =
        ["new", "locked"].map(|name| project.workspace.scope().locate(name).expect("inside"));
    let mut changes = Changes::begin(&project.workspace, &locations, &control).expect("locked");
    for location in &locations {
        changes.create(location, "ours", true).expect("planned");
    }
    assert_eq!(changes.commit(&control).expect_err("read-only").code(), "read_only");
    assert!(!project.at("new").exists());
    project.put("new", "theirs");
    let row = |name: &str, outcome| (name.to_owned(), outcome);
    assert_eq!(project.restore(id), [row("locked", Unchanged), row("new", NotOurs)]);
    assert_eq!(project.read("new"), Some(b"theirs".to_vec()));
}
