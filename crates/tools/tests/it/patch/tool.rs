//! The tool with real files: what it reports, what it expects, what it leaves alone.

use std::fs;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use ironbridge_tools::limits::PatchLimits;
use ironbridge_tools::{Cancel, Control, Limits, Scope, Workspace};
use serde_json::{Value, json};

struct Project {
    _folder: tempfile::TempDir,
    path: PathBuf,
    workspace: Workspace,
}

fn project(files: &[(&str, &str)]) -> Project {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().canonicalize().expect("it exists").join("project");
    fs::create_dir(&path).expect("created");
    for (name, text) in files {
        fs::write(path.join(name), text).expect("written");
    }
    let workspace =
        Workspace::new(Scope::within(&path).expect("a folder"), folder.path().join("s"));
    Project { _folder: folder, path, workspace }
}

impl Project {
    fn run_with(&self, input: Value, control: &Control) -> Value {
        let tools = ironbridge_tools::tools();
        let tool = tools.iter().find(|tool| tool.name == "patch").expect("it is in the table");
        tool.run(&self.workspace, input, control).unwrap_or_else(|failure| failure.to_json())
    }

    fn run(&self, body: &str) -> Value {
        self.run_with(json!({ "patch": wrapped(body) }), &Control::unbounded())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).expect("it exists")
    }
}

fn wrapped(body: &str) -> String {
    format!("*** Begin Patch\n{body}\n*** End Patch\n")
}

/// One line for each row.
fn check(rows: &Value, expected: &Expect) {
    let rows = rows.as_array().expect("a list");
    expected.assert_eq(&rows.iter().map(|row| format!("{row}\n")).collect::<String>());
}

#[test]
fn each_file_is_reported_with_what_became_of_it() {
    let project = project(&[("a", "1\n2\n3\n"), ("b", "b\n"), ("c", "c\n")]);
    let body = "*** Update File: a\n@@\n-2\n+two\n+and\n@@\n-3\n*** Add File: n/d\n+d\n*** Delete File: b\n\
                *** Update File: c\n*** Move to: n/c\n@@\n-c\n+C";
    check(
        &project.run(body)["files"],
        &expect![[r#"
        {"path":"a","status":"M","movedFrom":null,"hash":"blake3:37a13824c1d11c17cb9fc76be5a0e95cdcdbad57260ce2e3c1af0ee3e529b82e","ranges":[{"start":2,"lines":2,"found":"exact"},{"start":4,"lines":0,"found":"exact"}],"diff":{"text":"--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n 1\n-2\n-3\n+two\n+and\n","added":2,"removed":2,"truncated":false}}
        {"path":"n/d","status":"A","movedFrom":null,"hash":"blake3:3f2446562e758157e38542ed7b227a8c83c2a9bd03d8d37cf013fa29ef93d878","ranges":[],"diff":{"text":"--- /dev/null\n+++ b/n/d\n@@ -0,0 +1 @@\n+d\n","added":1,"removed":0,"truncated":false}}
        {"path":"b","status":"D","movedFrom":null,"hash":null,"ranges":[],"diff":{"text":"--- a/b\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n","added":0,"removed":1,"truncated":false}}
        {"path":"n/c","status":"R","movedFrom":"c","hash":"blake3:478b4b1142c9af779450586b21e7d00b104dacf48e3ece0337c5064732791d1a","ranges":[{"start":1,"lines":1,"found":"exact"}],"diff":{"text":"--- a/n/c\n+++ b/n/c\n@@ -1 +1 @@\n-c\n+C\n","added":1,"removed":1,"truncated":false}}
    "#]],
    );
}

#[test]
fn a_failure_tells_of_every_hunk_where_it_comes_nearest() {
    let text = "fn a() {\n    one();\n    two();\n}\n";
    let project = project(&[("a.rs", text), ("b.rs", text)]);
    let body = "*** Update File: a.rs\n@@ fn b() {\n-    one();\n@@\n fn a() {\n-    once();\n     two();\n\
                *** Update File: b.rs\n@@\n-    one();\n-    two();\n-    three();\n*** Update File: c.rs\n@@\n-x";
    let error = &project.run(body)["error"];
    assert_eq!(error["code"], "no_match");
    check(
        &error["hunks"],
        &expect![[r#"
        {"path":"a.rs","line":2,"code":"no_match","message":"a.rs: chunk 1 (line 3 of the patch): the line behind `@@`, `fn b() {`, not found from line 1 of the file on; nearest: line 1 (0 of 1 lines the same); line 1 differs at column 4: the patch has `fn b() {`, the file `fn a() {`; chunk 2 (line 5 of the patch): the 3 lines from `fn a() {`, not found from line 1 of the file on; nearest: line 1 (2 of 3 lines the same); line 2 differs at column 7: the patch has `    once();`, the file `    one();`","chunks":[{"chunk":1,"line":3,"from":1,"why":{"reason":"noContext"},"sought":["fn b() {"],"nearest":{"line":1,"equal":0,"differs":{"line":1,"column":4,"sought":"fn b() {","found":"fn a() {"}}},{"chunk":2,"line":5,"from":1,"why":{"reason":"noLines"},"sought":["fn a() {","    once();","    two();"],"nearest":{"line":1,"equal":2,"differs":{"line":2,"column":7,"sought":"    once();","found":"    one();"}}}]}
        {"path":"b.rs","line":9,"code":"no_match","message":"b.rs: chunk 1 (line 10 of the patch): the 3 lines from `    one();`, not found from line 1 of the file on; nearest: line 2 (2 of 3 lines the same); line 4 differs at column 1: the patch has `    three();`, the file `}`","chunks":[{"chunk":1,"line":10,"from":1,"why":{"reason":"noLines"},"sought":["    one();","    two();","    three();"],"nearest":{"line":2,"equal":2,"differs":{"line":4,"column":1,"sought":"    three();","found":"}"}}}]}
        {"nearest":["a.rs","b.rs"],"path":"c.rs","line":14,"code":"not_found","message":"c.rs: there is no such file; did you mean a.rs, b.rs?"}
    "#]],
    );
    assert_eq!(project.read("a.rs"), text);
}

#[test]
fn hashes_are_held_against_the_files_first() {
    let project = project(&[("a", "a\n")]);
    let wrong = format!("blake3:{}", "0".repeat(64));
    let run = |hashes: Value, body: &str| {
        let input = json!({ "patch": wrapped(body), "expectedHashes": hashes });
        let result = project.run_with(input, &Control::unbounded());
        result["error"]["code"].as_str().map(str::to_owned)
    };
    let update = "*** Update File: a\n@@\n-missing\n+b";
    assert_eq!(run(json!({ "./a": wrong }), update).as_deref(), Some("changed"));
    assert_eq!(run(json!({ "n": wrong }), "*** Add File: n\n+x").as_deref(), Some("changed"));
    assert_eq!(run(json!({ "other": wrong }), update).as_deref(), Some("unused_hash"));
    assert_eq!(run(json!({ "a": "md5" }), update).as_deref(), Some("invalid_input"));
    fs::write(project.path.join("bin"), b"\0\x01").expect("written");
    assert_eq!(run(json!({ "bin": wrong }), "*** Delete File: bin").as_deref(), Some("changed"));
    let hash = ironbridge_tools::text::ContentHash::of(b"a\n");
    assert_eq!(run(json!({ "a": hash }), "*** Update File: a\n@@\n-a\n+b"), None);
    assert_eq!(project.read("a"), "b\n");
}

#[test]
fn limits_and_cancelling_leave_everything_as_it_was() {
    let mut project = project(&[("a", &"x\n".repeat(1000))]);
    let patch = PatchLimits { patch_bytes: 200, comparisons: 500 };
    project.workspace = project.workspace.with_limits(Limits { patch, ..Limits::default() });
    let code = |value: &Value| value["error"]["code"].as_str().map(str::to_owned);
    let long = project.run(&format!("*** Add File: b\n+{}", "x".repeat(200)));
    assert_eq!(code(&long).as_deref(), Some("too_large"));
    let work = project.run("*** Update File: a\n@@\n-y\n+z");
    assert_eq!(code(&work).as_deref(), Some("too_much_work"));
    let cancel = Cancel::new();
    cancel.cancel();
    let input = json!({ "patch": wrapped("*** Update File: a\n@@\n-x\n+z") });
    let stopped = project.run_with(input, &Control::cancelled_by(cancel));
    assert_eq!(code(&stopped).as_deref(), Some("cancelled"));
    assert_eq!(project.read("a"), "x\n".repeat(1000));
    assert_eq!(fs::read_dir(&project.path).expect("a folder").count(), 1);
}

#[cfg(unix)]
#[test]
fn modes_move_with_their_files_and_links_are_followed_but_not_removed() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let project = project(&[("run.sh", "echo 1\n"), ("real", "x\n")]);
    let mode = |name: &str| {
        fs::metadata(project.path.join(name)).expect("it exists").permissions().mode() & 0o777
    };
    fs::set_permissions(project.path.join("run.sh"), fs::Permissions::from_mode(0o754))
        .expect("set");
    symlink("real", project.path.join("link")).expect("linked");
    project.run("*** Update File: run.sh\n*** Move to: bin/go.sh\n@@\n-echo 1\n+echo 2");
    assert_eq!((mode("bin/go.sh"), project.read("bin/go.sh")), (0o754, "echo 2\n".to_owned()));
    project.run("*** Update File: link\n@@\n-x\n+y");
    assert_eq!(project.read("real"), "y\n");
    assert!(fs::symlink_metadata(project.path.join("link")).expect("there").is_symlink());
    let removal = project.run("*** Delete File: link");
    assert_eq!(removal["error"]["code"], "not_a_file");
    // The link and its target are one file: the second hunk sees what the first did.
    project.run("*** Update File: link\n@@\n-y\n+z\n*** Update File: real\n@@\n-z\n+end");
    assert_eq!(project.read("real"), "end\n");
}

#[test]
fn parallel_patches_of_one_file_lose_none() {
    let lines: String = (0..8).map(|number| format!("line {number}\n")).collect();
    let project = project(&[("a", &lines)]);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let project = &project;
            scope.spawn(move || {
                let body = format!("*** Update File: a\n@@\n-line {number}\n+changed {number}");
                let result = project.run(&body);
                assert_eq!(result["files"][0]["status"], "M", "{result}");
            });
        }
    });
    assert_eq!(project.read("a"), lines.replace("line", "changed"));
}
