//! What holds for a call of any tool: where it works, how long, with how much, and who reads the result.

use std::io::{self, Read, Write};
use std::process::Stdio;

use expect_test::expect;
use serde_json::{Value, json};

use super::project::Project;

#[test]
fn a_root_is_where_paths_begin_and_end() {
    let project = Project::with(&[("inner/notes.md", "one\n"), ("notes.md", "outer\n")]);
    project.check(&["read", "--root", "inner"], r#"{"path":"notes.md"}"#, expect![[r#"
        {"kind":"text","path":"notes.md","text":"one\n","offset":1,"lines":1,"totalLines":1,"truncated":false,"nextOffset":null,"cutLines":[],"bytes":4,"encoding":"utf-8","bom":false,"lineEnding":"lf","lossy":false,"hash":"blake3:e0e63aa4c8e1ed796cb104d8a074e553c99fff18d140e886667013ef2780ae23"}
        --- stderr
        --- exit 0
    "#]]);
    project.check(&["read", "--root", "inner"], r#"{"path":"../notes.md"}"#, expect![[r#"
        {"error":{"code":"outside","message":"HOME/project/notes.md: lies outside HOME/project/inner","resolved":"HOME/project/notes.md","root":"HOME/project/inner"}}
        --- stderr
        --- exit 1
    "#]]);
    project.check(
        &["read", "--root", "inner", "--no-sandbox"],
        r#"{"path":"../notes.md"}"#,
        expect![[r#"
            {"kind":"text","path":"HOME/project/notes.md","text":"outer\n","offset":1,"lines":1,"totalLines":1,"truncated":false,"nextOffset":null,"cutLines":[],"bytes":6,"encoding":"utf-8","bom":false,"lineEnding":"lf","lossy":false,"hash":"blake3:c7890d0f395fdce52b1cdbe7a4976dc48182531d4d09079916b3f0878e591450"}
            --- stderr
            --- exit 0
        "#]],
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_judged_by_where_it_leads() {
    let project = Project::with(&[]);
    std::os::unix::fs::symlink("/etc", project.path("settings")).unwrap();
    let input = r#"{"path":"settings/hostname","content":"mine\n"}"#;
    project.check(&["write"], input, expect![[r#"
        {"error":{"code":"outside","message":"HOME/project/settings/hostname: leads to /etc/hostname, which lies outside HOME/project","resolved":"/etc/hostname","root":"HOME/project"}}
        --- stderr
        --- exit 1
    "#]]);
}

#[test]
fn when_the_time_is_over_searches_give_what_they_have_and_changes_do_not_happen() {
    let project = Project::with(&[("notes.md", "one\n")]);
    project.check(&["grep", "--timeout", "0"], r#"{"pattern":"one"}"#, expect![[r#"
        {"files":[],"totals":{"searched":0,"files":0,"matches":0},"truncated":false,"ignored":{"files":0,"matches":0,"exact":false},"coverage":{"complete":false,"stopped":"deadline"}}
        --- stderr
        --- exit 0
    "#]]);
    project.check(&["glob", "--timeout", "0"], r#"{"pattern":"*"}"#, expect![[r#"
        {"files":[],"total":0,"truncated":false,"ignored":{"files":0,"exact":false},"coverage":{"complete":false,"stopped":"deadline"}}
        --- stderr
        --- exit 0
    "#]]);
    // The walk runs beside the question, and may have seen the file by now.
    let found = project.run(&["find", "--timeout", "0"], r#"{"query":"notes"}"#);
    expect![[r#"
        {"matches":[],"entries":0,"complete":false}
        --- stderr
        --- exit 0
    "#]]
    .assert_eq(&found.replace("\"entries\":1", "\"entries\":0"));
    let input = r#"{"path":"notes.md","old":"one","new":"two"}"#;
    project.check(
        &["edit", "--timeout", "0"],
        input,
        expect![[r#"
        {"error":{"code":"deadline","message":"the deadline has passed"}}
        --- stderr
        --- exit 1
    "#]],
    );
    assert_eq!(project.read("notes.md"), "one\n");
}

/// What was not there is not made, and what is not needed is not kept.
#[test]
fn a_look_leaves_no_trace() {
    let project = Project::with(&[("notes.md", "one\n")]);
    for (tool, input) in [
        ("read", r#"{"path":"notes.md"}"#),
        ("grep", r#"{"pattern":"one"}"#),
        ("find", r#"{"query":"notes"}"#),
        ("tree", "{}"),
    ] {
        assert!(project.run(&[tool], input).ends_with("--- exit 0\n"), "{tool}");
    }
    let there = |folder: &str| std::fs::read_dir(project.path(folder)).unwrap().count();
    assert_eq!((there(""), there("..")), (1, 1), "only the project, and in it its file");
}

#[test]
fn an_input_of_megabytes_is_taken_and_one_beyond_the_limit_is_told() {
    let project = Project::with(&[]);
    let line = "ä line of text\n";
    let content = line.repeat((8 << 20) / line.len());
    let input = json!({ "path": "large", "content": content }).to_string();
    let printed = project.run(&["write"], &input);
    assert!(printed.ends_with("--- exit 0\n"), "{printed}");
    assert_eq!(project.read("large"), content);

    let mut command = project.command(&["write"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut blanks = io::repeat(b' ').take((256 << 20) + 1);
    io::copy(&mut blanks, &mut child.stdin.take().unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    expect![[r#"
        {"error":{"code":"invalid_input","message":"write: the input is larger than 256 MiB"}}
    "#]]
    .assert_eq(&String::from_utf8(output.stdout).unwrap());
}

/// `ironbridge tool read | head -c 1`: the reader's end is no failure that anybody must be told of.
#[test]
fn a_reader_that_leaves_is_not_complained_to() {
    let project = Project::with(&[("notes.md", "one\n")]);
    let mut command = project.command(&["read"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(br#"{"path":"notes.md"}"#).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    expect!["exit Some(0)"].assert_eq(&format!("{stderr}exit {:?}", output.status.code()));
}

#[test]
fn a_snapshot_taken_in_one_call_is_gone_back_to_in_another() {
    let project = Project::with(&[("notes.md", "one\n"), ("kept.md", "kept\n")]);
    project.check(
        &["snapshot"],
        r#"{"action":"take","label":"before"}"#,
        expect![[r#"
        {"id":1}
        --- stderr
        --- exit 0
    "#]],
    );
    let calls = [
        ("edit", r#"{"path":"notes.md","old":"one","new":"two"}"#),
        ("create", r#"{"path":"made.md","content":"made\n"}"#),
    ];
    for (tool, input) in calls {
        assert!(project.run(&[tool], input).ends_with("--- exit 0\n"), "{tool}");
    }
    project.check(&["snapshot"], r#"{"action":"diff","id":1}"#, expect![[r#"
        {"changed":[{"path":"made.md","before":{"kind":"absent"},"after":{"kind":"file","bytes":5,"mode":"644"},"diff":{"text":"--- /dev/null\n+++ b/made.md\n@@ -0,0 +1 @@\n+made\n","added":1,"removed":0,"truncated":false}},{"path":"notes.md","before":{"kind":"file","bytes":4,"mode":"644"},"after":{"kind":"file","bytes":4,"mode":"644"},"diff":{"text":"--- a/notes.md\n+++ b/notes.md\n@@ -1 +1 @@\n-one\n+two\n","added":1,"removed":1,"truncated":false}}]}
        --- stderr
        --- exit 0
    "#]]);
    project.check(&["snapshot"], r#"{"action":"restore","id":1}"#, expect![[r#"
        {"id":2,"restored":[{"path":"made.md","outcome":"removed"},{"path":"notes.md","outcome":"restored"}]}
        --- stderr
        --- exit 0
    "#]]);
    assert_eq!(project.read("notes.md"), "one\n");
    assert!(!project.path("made.md").exists());
    assert_eq!(project.read("kept.md"), "kept\n");
    project.check(&["snapshot"], r#"{"action":"list"}"#, expect![[r#"
        {"snapshots":[{"id":2,"label":"before going back to 1","time":…,"count":2},{"id":1,"label":"before","time":…,"count":2}],"storeBytes":13}
        --- stderr
        --- exit 0
    "#]]);
    project.check(&["snapshot"], r#"{"action":"restore","id":2}"#, expect![[r#"
        {"id":3,"restored":[{"path":"made.md","outcome":"restored"},{"path":"notes.md","outcome":"restored"}]}
        --- stderr
        --- exit 0
    "#]]);
    assert_eq!(project.read("notes.md"), "two\n");
}

#[test]
fn each_tool_shows_its_schemas() {
    let project = Project::with(&[]);
    let listed = project.run(&[], "");
    let (listed, _) = listed.split_once("--- stderr").unwrap();
    for name in listed.lines().filter_map(|line| line.split(' ').next()) {
        let printed = project.run(&[name, "--schema"], "");
        let (schemas, rest) = printed.split_once("--- stderr").unwrap();
        assert_eq!(rest.trim(), "--- exit 0", "{name}");
        let schemas: Value = serde_json::from_str(schemas).unwrap();
        assert_eq!(schemas["input"]["additionalProperties"], false, "{name}");
        assert!(schemas["output"].is_object(), "{name}");
    }
}
