//! The tool `snapshot`.

use expect_test::{Expect, expect};
use ironbridge_tools::Control;
use serde_json::{Value, json};

use super::Project;

fn run(project: &Project, input: Value) -> Value {
    let tools = ironbridge_tools::tools();
    let tool = tools.iter().find(|tool| tool.name == "snapshot").expect("it is in the table");
    let result = tool.run(&project.workspace, input, &Control::unbounded());
    let mut value = result.unwrap_or_else(|failure| failure.to_json());
    for snapshot in rows(&mut value, "snapshots") {
        assert!(snapshot["time"].as_u64().is_some_and(|time| time > 0));
        snapshot["time"] = json!("now");
    }
    // They depend on the umask.
    for change in rows(&mut value, "changed") {
        for side in ["before", "after"] {
            change[side].as_object_mut().and_then(|side| side.remove("mode"));
        }
    }
    value
}

fn rows<'v>(value: &'v mut Value, key: &str) -> impl Iterator<Item = &'v mut Value> {
    value.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

fn check(project: &Project, input: Value, expected: &Expect) {
    expected.assert_eq(&format!("{}\n", run(project, input)));
}

#[test]
fn every_action() {
    let project = Project::new();
    project.put("a.txt", "one\ntwo\n");
    project.put("b.bin", b"\x89PNG\r\n\x1a\n\0\0\0\x0d");
    check(
        &project,
        json!({ "action": "take", "label": "before", "paths": ["b.bin"] }),
        &expect![[r#"
            {"id":1}
        "#]],
    );
    project.write("a.txt", "one\n2\n");
    project.put("b.bin", b"\x89PNG\r\n\x1a\n\0\0\0\x0d\0\0");
    project.write("c.txt", "created\n");
    check(
        &project,
        json!({ "action": "list" }),
        &expect![[r#"
            {"snapshots":[{"id":1,"label":"before","time":"now","count":3}],"storeBytes":20}
        "#]],
    );
    check(
        &project,
        json!({ "action": "list", "id": 1 }),
        &expect![[r#"
            {"snapshots":[{"id":1,"label":"before","time":"now","count":3,"paths":["a.txt","b.bin","c.txt"]}],"storeBytes":20}
        "#]],
    );
    check(
        &project,
        json!({ "action": "diff", "id": 1, "paths": ["a.txt", "c.txt"] }),
        &expect![[r#"
            {"changed":[{"path":"a.txt","before":{"kind":"file","bytes":8},"after":{"kind":"file","bytes":6},"diff":{"text":"--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n","added":1,"removed":1,"truncated":false}},{"path":"c.txt","before":{"kind":"absent"},"after":{"kind":"file","bytes":8},"diff":{"text":"--- /dev/null\n+++ b/c.txt\n@@ -0,0 +1 @@\n+created\n","added":1,"removed":0,"truncated":false}}]}
        "#]],
    );
    let binary = run(&project, json!({ "action": "diff", "id": 1, "paths": ["b.bin"] }));
    assert_eq!(binary["changed"][0]["diff"], Value::Null);
    assert_eq!(binary["changed"][0]["before"]["bytes"], 12);
    assert_eq!(binary["changed"][0]["after"]["bytes"], 14);
    check(
        &project,
        json!({ "action": "restore", "id": 1 }),
        &expect![[r#"
            {"id":2,"restored":[{"path":"a.txt","outcome":"restored"},{"path":"b.bin","outcome":"restored"},{"path":"c.txt","outcome":"removed"}]}
        "#]],
    );
    check(
        &project,
        json!({ "action": "diff", "id": 1 }),
        &expect![[r#"
            {"changed":[]}
        "#]],
    );
    check(
        &project,
        json!({ "action": "forget", "id": 1 }),
        &expect![[r#"
            {"forgotten":1}
        "#]],
    );
    check(
        &project,
        json!({ "action": "forget", "olderThanSeconds": 3600 }),
        &expect![[r#"
            {"forgotten":0}
        "#]],
    );
}

#[test]
fn failures() {
    let project = Project::new();
    check(
        &project,
        json!({ "action": "diff" }),
        &expect![[r#"
            {"error":{"code":"missing_field","message":"`diff` needs the field `id`","field":"id"}}
        "#]],
    );
    check(
        &project,
        json!({ "action": "restore", "id": 7 }),
        &expect![[r#"
            {"error":{"code":"unknown_snapshot","message":"there is no snapshot 7; there is none at all","ids":[]}}
        "#]],
    );
    run(&project, json!({ "action": "take" }));
    check(
        &project,
        json!({ "action": "list", "id": 7 }),
        &expect![[r#"
            {"error":{"code":"unknown_snapshot","message":"there is no snapshot 7; the newest are 1","ids":[1]}}
        "#]],
    );
    check(
        &project,
        json!({ "action": "forget", "id": 7 }),
        &expect![[r#"
            {"error":{"code":"unknown_snapshot","message":"there is no snapshot 7; the newest are 1","ids":[1]}}
        "#]],
    );
    check(
        &project,
        json!({ "action": "restore", "id": 1, "paths": ["x"] }),
        &expect![[r#"
            {"error":{"code":"not_touched","message":"x: has not been touched since snapshot 1, so there is nothing to go back to"}}
        "#]],
    );
    let outside = run(&project, json!({ "action": "take", "paths": ["../x"] }));
    assert_eq!(outside["error"]["code"], "outside");
}
