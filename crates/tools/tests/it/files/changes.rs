//! Changes of several files: together or not at all, one after the other, and nothing left behind.

use std::sync::Arc;
use std::time::Duration;

use expect_test::expect;
use ironbridge_tools::files::{Before, BeforeChange, ChangeKind, Changes};
use ironbridge_tools::{Coded as _, Control, Location};

use super::{Project, failure};

fn locations(project: &Project, paths: &[&str]) -> Vec<Location> {
    let scope = project.workspace.scope();
    paths.iter().map(|path| scope.locate(path).expect("inside")).collect()
}

#[test]
fn a_plan_happens_whole() {
    let project = Project::new();
    project.put("edited", "one\r\n");
    project.put("deleted", "gone");
    project.put("moved", "text");
    let control = Control::unbounded();
    let places =
        locations(&project, &["edited", "deleted", "moved", "new/folder/file", "to/there"]);
    let mut changes = Changes::begin(&project.workspace, &places, &control).expect("locked");
    let [edited, deleted, moved, new, to] = places.try_into().expect("five");
    let edited = changes.load(&edited, &control).expect("loaded");
    changes.write(&edited, "two\r\n").expect("planned");
    changes.delete_file(&deleted).expect("planned");
    let moved = changes.load(&moved, &control).expect("loaded");
    changes.rename(&moved, &to, "text", false).expect("planned");
    changes.create(&new, "new", false).expect("planned");
    let rows = changes.commit(&control).expect("it happens");
    let rows: Vec<_> = rows.iter().map(|row| (row.path.as_str(), row.kind)).collect();
    assert_eq!(
        rows,
        [
            ("edited", ChangeKind::Replaced),
            ("deleted", ChangeKind::Deleted),
            ("to/there", ChangeKind::Created),
            ("moved", ChangeKind::Deleted),
            ("new/folder/file", ChangeKind::Created),
        ]
    );
    assert_eq!(project.names(""), ["edited", "new", "to"]);
    assert_eq!(project.get("edited"), b"two\r\n");
    assert_eq!(project.get("to/there"), b"text");
    assert_eq!(project.get("new/folder/file"), b"new");
}

/// Does something to the project just before the plan is carried out, as another program might.
struct Meanwhile(Box<Deed>);

type Deed = dyn Fn(&Before<'_>) -> Result<(), &'static str> + Send + Sync;

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl BeforeChange for Meanwhile {
    fn before_change(
        &self,
        before: &Before<'_>,
        _: &Control,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok((self.0)(before)?)
    }
}

/// Edits `one`, deletes `two`, creates `new/file` while `meanwhile` happens. The result, and what is there then.
fn three_changes(
    meanwhile: impl Fn(&std::path::Path, &Before<'_>) -> Result<(), &'static str>
    + Send
    + Sync
    + 'static,
) -> String {
    let mut project = Project::new();
    project.put("one", "first\n");
    project.put("two", "second\n");
    let root = project.root.clone();
    let hook = Meanwhile(Box::new(move |before| meanwhile(&root, before)));
    project.workspace = project.workspace.with_before_change(Arc::new(hook));
    let control = Control::unbounded();
    let places = locations(&project, &["one", "two", "new/file"]);
    let mut changes = Changes::begin(&project.workspace, &places, &control).expect("locked");
    let [one, two, new] = places.try_into().expect("three");
    let one = changes.load(&one, &control).expect("loaded");
    let two = changes.load(&two, &control).expect("loaded");
    changes.write(&one, "changed\n").expect("planned");
    changes.delete(&two).expect("planned");
    changes.create(&new, "created\n", false).expect("planned");
    let result = match changes.commit(&control) {
        Ok(_) => "done".to_owned(),
        Err(error) => failure(&project, &error.into()),
    };
    let mut report = format!("{result}\n");
    for name in project.names("") {
        let path = project.root.join(&name);
        let content = if path.is_dir() { b"a folder".to_vec() } else { project.get(&name) };
        report.push_str(&format!("{name}: {}\n", super::shown(&content)));
    }
    report
}

fn is_last(before: &Before<'_>) -> bool {
    before.location.named().ends_with("new/file")
}

#[test]
fn what_fails_is_put_back() {
    expect![[r#"
        done
        new: a folder
        one: changed\n
    "#]]
    .assert_eq(&three_changes(|_, _| Ok(())));
    // The last of three renames fails: the first two are taken back.
    expect![[r#"
        exists: new/file: exists already; say `overwrite` to replace it
        new: a folder
        one: first\n
        two: second\n
    "#]]
    .assert_eq(&three_changes(|root, before| {
        if is_last(before) {
            std::fs::create_dir(root.join("new")).map_err(|_| "made")?;
            std::fs::write(root.join("new/file"), "foreign").map_err(|_| "written")?;
        }
        Ok(())
    }));
    // The second fails: the folder for the third, made already, goes too.
    expect![[r#"
        is_folder: two: is a folder; name a file in it
        one: first\n
        two: a folder
    "#]]
    .assert_eq(&three_changes(|root, before| {
        if is_last(before) {
            std::fs::remove_file(root.join("two")).map_err(|_| "removed")?;
            std::fs::create_dir(root.join("two")).map_err(|_| "made")?;
        }
        Ok(())
    }));
    expect![[r#"
        refused: new/file: was not changed, since it could not be kept before: the disk of the snapshots is full
        one: first\n
        two: second\n
    "#]].assert_eq(&three_changes(|_, before| match is_last(before) {
        true => Err("the disk of the snapshots is full"),
        false => Ok(()),
    }));
}

/// Somebody who knows nothing of our locks wrote between loading and committing.
#[test]
fn a_file_changed_in_between_is_not_overwritten() {
    let project = Project::new();
    project.put("file", "before\n");
    project.put("other", "other\n");
    let control = Control::unbounded();
    let places = locations(&project, &["file", "other"]);
    let mut changes = Changes::begin(&project.workspace, &places, &control).expect("locked");
    for place in &places {
        let document = changes.load(place, &control).expect("loaded");
        changes.write(&document, "ours\n").expect("planned");
    }
    project.put("file", "theirs\n");
    let error = changes.commit(&control).expect_err("it was changed");
    expect!["changed: file: was changed in between (expected blake3:7fe6f87320b7cc2354e51fc6b45eec4b3df2578563457c6898adb9bdbe497d95, found blake3:f9a976046bdea8010e94f8d7241dfaec03cd3734704e1c5a8a226863814d423a); read it again"].assert_eq(&failure(&project, &error.into()));
    assert_eq!(project.get("file"), b"theirs\n");
    assert_eq!(project.get("other"), b"other\n");
}

#[test]
fn a_stopped_plan_touches_nothing_and_a_plan_touches_only_what_it_locked() {
    let project = Project::new();
    project.put("file", "before\n");
    let control = Control::unbounded();
    let places = locations(&project, &["file", "other"]);
    let [file, other] = places.try_into().expect("two");
    let mut changes =
        Changes::begin(&project.workspace, std::slice::from_ref(&file), &control).expect("locked");
    let document = changes.load(&file, &control).expect("loaded");
    changes.write(&document, "after\n").expect("planned");
    let foreign = changes.create(&other, "text", false).expect_err("it is not locked");
    expect!["io: other: is changed by a plan that did not name it at its beginning"]
        .assert_eq(&failure(&project, &foreign.into()));
    // Its lock is held: nobody else gets it.
    let again = Changes::begin(
        &project.workspace,
        std::slice::from_ref(&file),
        &Control::within(Duration::from_millis(1)),
    );
    assert_eq!(again.expect_err("it waits in vain").code(), "deadline");
    control.cancel_token().cancel();
    assert_eq!(changes.commit(&control).expect_err("cancelled").code(), "cancelled");
    assert_eq!(project.get("file"), b"before\n");
    assert_eq!(project.names(""), ["file"]);
}

/// Deleting through a link would delete what it leads to, which nobody named.
#[cfg(unix)]
#[test]
fn a_link_is_not_deleted() {
    let project = Project::new();
    project.put("file", "text");
    std::os::unix::fs::symlink("file", project.root.join("link")).expect("linked");
    let control = Control::unbounded();
    let places = locations(&project, &["link"]);
    let mut changes = Changes::begin(&project.workspace, &places, &control).expect("locked");
    for place in &places {
        let error = changes.delete_file(place).expect_err("a link");
        expect!["not_a_file: link: is a link, not a file; it was not opened"]
            .assert_eq(&failure(&project, &error.into()));
    }
}
