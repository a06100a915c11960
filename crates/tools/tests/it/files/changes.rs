//! Changes of several files: together or not at all, one after the other, and nothing left behind.

use ironbridge_tools::files::{ChangeKind, Changes};
use ironbridge_tools::{Control, Location};

use super::Project;

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
