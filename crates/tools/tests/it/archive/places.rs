//! Where files are already.

use std::fs;

use expect_test::expect;
use ironbridge_tools::archive::{self, Existing, ExtractInput};
use ironbridge_tools::{Control, tools};

use super::{Project, refusal};

/// An archive with `a`, `d/b`, `d/c` and `new/x`, and a folder `out` that has `a`, `d/b`, `d/other`.
fn occupied() -> Project {
    let project = Project::new();
    for path in ["a", "d/b", "d/c", "new/x"] {
        project.write(path, "archive");
    }
    project.create("a.tar", &["a", "d", "new"]).expect("created");
    for path in ["out/a", "out/d/b", "out/d/other"] {
        project.write(path, "there");
    }
    project
}

fn extract(
    project: &Project,
    existing: Existing,
) -> Result<archive::Extracted, archive::ArchiveError> {
    let input = ExtractInput { existing, ..ExtractInput::new("a.tar", "out") };
    archive::extract(&project.workspace, &input, &Control::unbounded())
}

#[test]
fn what_is_there_decides_with_the_policy() {
    let project = occupied();
    let before = project.tree("project/out");
    expect![[r#"
        exists: files are in the way, such as out/a; choose what `existing` is to mean
    "#]]
    .assert_eq(&refusal(&project, extract(&project, Existing::Refuse)));
    assert_eq!(project.tree("project/out"), before);
    let kept = extract(&project, Existing::Keep).expect("extracted").kept;
    expect![[r#"
        ["out/a", "out/d/b"]
        file 644 0 "there" a
        folder 755 0 d
        file 644 0 "there" d/b
        file 644 0 "archive" d/c
        file 644 0 "there" d/other
        folder 755 0 new
        file 644 0 "archive" new/x
    "#]]
    .assert_eq(&format!("{kept:?}\n{}", project.tree("project/out")));
    extract(&project, Existing::Replace).expect("extracted");
    expect![[r#"
        file 644 0 "archive" a
        folder 755 0 d
        file 644 0 "archive" d/b
        file 644 0 "archive" d/c
        file 644 0 "there" d/other
        folder 755 0 new
        file 644 0 "archive" new/x
    "#]]
    .assert_eq(&project.tree("project/out"));
}

#[test]
fn files_and_folders_never_take_each_others_place() {
    let project = occupied();
    fs::remove_file(project.root.join("out/a")).expect("removed");
    project.write("out/a/file", "there");
    let before = project.tree("project/out");
    let mut text = refusal(&project, extract(&project, Existing::Replace));
    fs::remove_dir_all(project.root.join("out/d")).expect("removed");
    fs::remove_dir_all(project.root.join("out/a")).expect("removed");
    project.write("out/d", "a file");
    text += &refusal(&project, extract(&project, Existing::Replace));
    expect![[r#"
        exists: a file is in the way, such as out/a; choose what `existing` is to mean
        exists: a file is in the way, such as out/d; choose what `existing` is to mean
    "#]]
    .assert_eq(&text);
    assert_ne!(project.tree("project/out"), before);
}

#[cfg(unix)]
#[test]
fn a_link_that_is_there_is_not_gone_through() {
    let project = occupied();
    let outside = project.top.join("outside");
    fs::create_dir(&outside).expect("created");
    fs::remove_dir_all(project.root.join("out/d")).expect("removed");
    std::os::unix::fs::symlink(&outside, project.root.join("out/d")).expect("linked");
    expect![[r#"
        exists: a file is in the way, such as out/d; choose what `existing` is to mean
    "#]]
    .assert_eq(&refusal(&project, extract(&project, Existing::Replace)));
    assert_eq!(fs::read_dir(&outside).expect("listed").count(), 0);
    // As the target itself it leads out of the project.
    let input = ExtractInput::new("a.tar", "out/d/e");
    let refused = archive::extract(&project.workspace, &input, &Control::unbounded());
    assert!(refusal(&project, refused).starts_with("outside: "));
    // A link in the place of a file is replaced itself.
    fs::remove_file(project.root.join("out/d")).expect("removed");
    fs::write(outside.join("precious"), "precious").expect("written");
    fs::remove_file(project.root.join("out/a")).expect("removed");
    std::os::unix::fs::symlink(outside.join("precious"), project.root.join("out/a"))
        .expect("linked");
    extract(&project, Existing::Replace).expect("extracted");
    assert_eq!(fs::read_to_string(outside.join("precious")).expect("read"), "precious");
    assert_eq!(fs::read_to_string(project.root.join("out/a")).expect("read"), "archive");
}

#[cfg(unix)]
#[test]
fn a_move_that_fails_is_taken_back() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = occupied();
    let locked = project.root.join("out/d");
    let mode = |mode: u32| {
        fs::set_permissions(&locked, fs::Permissions::from_mode(mode)).expect("set");
    };
    mode(0o555);
    if fs::write(locked.join("probe"), "x").is_ok() {
        fs::remove_file(locked.join("probe")).expect("removed");
        mode(0o755);
        println!("skipped: root may write everywhere");
        return;
    }
    let before = project.tree("project/out");
    assert!(refusal(&project, extract(&project, Existing::Replace)).starts_with("io: "));
    assert_eq!(project.tree("project/out"), before);
    mode(0o755);
}

#[test]
fn the_scope_itself_can_be_the_target_and_missing_folders_are_made() {
    let project = Project::new();
    project.write("in/file", "x");
    project.create("a.zip", &["in"]).expect("created");
    fs::remove_dir_all(project.root.join("in")).expect("removed");
    project.extract("a.zip", ".").expect("extracted");
    project.extract("a.zip", "deep/er/still").expect("extracted");
    assert!(project.root.join("in/file").exists());
    assert!(project.root.join("deep/er/still/in/file").exists());
    let mut text = refusal(&project, project.extract("a.zip", ".."));
    text += &refusal(&project, project.extract("missing.zip", "out"));
    text += &refusal(&project, project.extract("in", "out"));
    text += &refusal(&project, project.extract("a.zip", "in/file"));
    expect![[r#"
        outside: TOP: lies outside PROJECT
        not_found: PROJECT/missing.zip: cannot be opened: No such file or directory (os error 2)
        not_a_file: PROJECT/in: cannot be opened: it is no regular file
        not_a_file: PROJECT/in/file: cannot be opened: Not a directory (os error 20)
    "#]]
    .assert_eq(&text);
}

#[test]
fn the_json_face_takes_and_gives_the_same() {
    let project = Project::new();
    project.write("in/file", "x");
    let run = |name: &str, input: serde_json::Value| {
        let tool = tools().into_iter().find(|tool| tool.name == name).expect("a row");
        match tool.run(&project.workspace, input, &Control::unbounded()) {
            Ok(output) => format!("{output}\n"),
            Err(failure) => format!("{}\n", failure.to_json()),
        }
    };
    use serde_json::json;
    let input = json!({ "path": "a.tar", "sources": ["in"], "modified": 0 });
    let mut text = run("archive", input);
    text += &run("extract", json!({ "path": "a.tar", "to": "out" }));
    text += &run("extract", json!({ "path": "a.tar", "to": "out" }));
    text += &run("extract", json!({ "path": "a.tar", "to": "out", "existing": "keep" }));
    expect![[r#"
        {"path":"a.tar","format":"tar","entries":2,"contentBytes":1,"bytes":2560}
        {"path":"out","format":"tar","files":1,"folders":1,"links":0,"bytes":1}
        {"error":{"code":"exists","message":"a file is in the way, such as out/in/file; choose what `existing` is to mean","paths":["out/in/file"]}}
        {"path":"out","format":"tar","files":1,"folders":1,"links":0,"bytes":1,"kept":["out/in/file"]}
    "#]].assert_eq(&text);
}

/// What a killed process left is removed, save where it may be all there is of something; one at work is left alone.
#[cfg(unix)]
#[test]
fn what_dead_processes_left_is_removed_unless_it_is_needed() {
    let project = occupied();
    let left = |name: &str| project.root.join("out").join(format!(".ironbridge-extract-{name}"));
    project.write("out/.ironbridge-extract-1-0/new/half", "half");
    fs::create_dir(left("1-0").join("old")).expect("created");
    fs::create_dir(left("1-1")).expect("created");
    project.write("out/.ironbridge-extract-1-2/old/0", "moved out of its place");
    fs::create_dir(left("1-3")).expect("created");
    let at_work = fs::File::open(left("1-3")).expect("opened");
    at_work.lock().expect("locked");
    extract(&project, Existing::Keep).expect("extracted");
    let there = ["1-0", "1-1", "1-2", "1-3"].map(|name| left(name).exists());
    assert_eq!(there, [false, false, true, true]);
    drop(at_work);
}
