//! Every tool once as it should go, and once as it most often goes wrong.

use expect_test::expect;

use super::project::{Project, check};

pub(super) const MAIN: (&str, &str) =
    ("src/main.rs", "fn main() {\n    let port = 4141;\n    serve(port);\n}\n");
pub(super) const NOTES: (&str, &str) = ("notes.md", "one\ntwo\nthree\n");

#[test]
fn read() {
    check(
        &[NOTES],
        "read",
        r#"{"path":"notes.md","offset":2,"limit":1}"#,
        expect![[r#"
        {"kind":"text","path":"notes.md","text":"two\n","offset":2,"lines":1,"totalLines":3,"truncated":true,"nextOffset":3,"cutLines":[],"bytes":14,"encoding":"utf-8","bom":false,"lineEnding":"lf","lossy":false,"hash":"blake3:10e1a16f0805bd7128d2ff11264ffd33566f0ad1d980ebd0f2b3848815d2e72b"}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &[NOTES],
        "read",
        r#"{"path":"."}"#,
        expect![[r#"
        {"kind":"folder","path":".","entries":["notes.md"],"offset":1,"total":1,"nextOffset":null}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &[NOTES],
        "read",
        r#"{"path":"note.md"}"#,
        expect![[r#"
        {"error":{"code":"not_found","message":"note.md: there is no such file; did you mean notes.md?","nearest":["notes.md"]}}
        --- stderr
        --- exit 1
    "#]],
    );
    check(
        &[NOTES],
        "read",
        r#"{"path":"../secret"}"#,
        expect![[r#"
        {"error":{"code":"outside","message":"HOME/secret: lies outside HOME/project","resolved":"HOME/secret","root":"HOME/project"}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn write() {
    check(
        &[],
        "write",
        r#"{"path":"new/notes.md","content":"one\n"}"#,
        expect![[r#"
        {"path":"new/notes.md","outcome":"created","hash":"blake3:e0e63aa4c8e1ed796cb104d8a074e553c99fff18d140e886667013ef2780ae23","bytes":4,"encoding":"utf-8","bom":false,"lineEnding":"lf","lineEndingsConverted":false,"added":1,"removed":0,"ownerKept":true}
        --- stderr
        --- exit 0
    "#]],
    );
    let hash = "0".repeat(64);
    let input =
        format!(r#"{{"path":"notes.md","content":"one\n","expectedHash":"blake3:{hash}"}}"#);
    check(
        &[NOTES],
        "write",
        &input,
        expect![[r#"
        {"error":{"code":"changed","message":"notes.md: was changed in between (expected blake3:0000000000000000000000000000000000000000000000000000000000000000, found blake3:10e1a16f0805bd7128d2ff11264ffd33566f0ad1d980ebd0f2b3848815d2e72b); read it again","expected":"blake3:0000000000000000000000000000000000000000000000000000000000000000","actual":"blake3:10e1a16f0805bd7128d2ff11264ffd33566f0ad1d980ebd0f2b3848815d2e72b"}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn create() {
    check(
        &[],
        "create",
        r#"{"path":"notes.md","content":"one\n"}"#,
        expect![[r#"
        {"path":"notes.md","outcome":"created","hash":"blake3:e0e63aa4c8e1ed796cb104d8a074e553c99fff18d140e886667013ef2780ae23","bytes":4,"encoding":"utf-8","bom":false,"lineEnding":"lf","lineEndingsConverted":false,"added":1,"removed":0,"ownerKept":true}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &[NOTES],
        "create",
        r#"{"path":"notes.md","content":"one\n"}"#,
        expect![[r#"
        {"error":{"code":"exists","message":"notes.md: exists already; say `overwrite` to replace it"}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn insert_lines() {
    check(
        &[NOTES],
        "insert-lines",
        r#"{"path":"notes.md","line":2,"content":"new\n"}"#,
        expect![[r#"
            {"path":"notes.md","hash":"blake3:f49de67615d12b8f737fc9700efe582c2bfbe45283d185905895fa27e492f360","lines":4,"range":{"start":2,"end":2},"diff":{"text":"--- a/notes.md\n+++ b/notes.md\n@@ -1,3 +1,4 @@\n one\n+new\n two\n three\n","added":1,"removed":0,"truncated":false},"ownerKept":true}
            --- stderr
            --- exit 0
        "#]],
    );
    check(
        &[NOTES],
        "insert-lines",
        r#"{"path":"notes.md","line":9,"content":"new\n"}"#,
        expect![[r#"
            {"error":{"code":"out_of_range","message":"notes.md: line 9 is out of range, it has 3 lines","lines":3}}
            --- stderr
            --- exit 1
        "#]],
    );
}

#[test]
fn replace_lines() {
    let input = r#"{"path":"notes.md","start":2,"end":3,"content":"new\n"}"#;
    check(
        &[NOTES],
        "replace-lines",
        input,
        expect![[r#"
        {"path":"notes.md","hash":"blake3:c0a7f26ef372ac6640f47dc040a072e739a3fc09c19d26f5cf55a051935b8825","lines":2,"range":{"start":2,"end":2},"diff":{"text":"--- a/notes.md\n+++ b/notes.md\n@@ -1,3 +1,2 @@\n one\n-two\n-three\n+new\n","added":1,"removed":2,"truncated":false},"ownerKept":true}
        --- stderr
        --- exit 0
    "#]],
    );
    let input = r#"{"path":"notes.md","start":3,"end":2,"content":"new\n"}"#;
    check(
        &[NOTES],
        "replace-lines",
        input,
        expect![[r#"
        {"error":{"code":"out_of_range","message":"notes.md: the range ends (line 2) before it starts (line 3)"}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn delete_lines() {
    check(
        &[NOTES],
        "delete-lines",
        r#"{"path":"notes.md","start":1,"end":2}"#,
        expect![[r#"
        {"path":"notes.md","hash":"blake3:60fb664876a40c05fc85d3fae1fa06ee5b6fa90ad45ab8ce418ddd4f6ed029a0","lines":1,"range":null,"diff":{"text":"--- a/notes.md\n+++ b/notes.md\n@@ -1,3 +1 @@\n-one\n-two\n three\n","added":0,"removed":2,"truncated":false},"ownerKept":true}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &[NOTES],
        "delete-lines",
        r#"{"path":"notes.md","start":1,"end":4}"#,
        expect![[r#"
        {"error":{"code":"out_of_range","message":"notes.md: line 4 is out of range, it has 3 lines","lines":3}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn edit() {
    let input = r#"{"path":"src/main.rs","old":"4141","new":"0"}"#;
    check(
        &[MAIN],
        "edit",
        input,
        expect![[r#"
        {"path":"src/main.rs","hash":"blake3:d35d2c9eeed608c9b7261f76322d628d2d9af71456815c6add3536799551a2ee","strategy":"simple","count":1,"replacements":[{"before":{"startByte":27,"endByte":31,"firstLine":2,"lastLine":2},"after":{"startByte":27,"endByte":28,"firstLine":2,"lastLine":2}}],"diff":{"text":"--- a/src/main.rs\n+++ b/src/main.rs\n@@ -1,4 +1,4 @@\n fn main() {\n-    let port = 4141;\n+    let port = 0;\n     serve(port);\n }\n","added":1,"removed":1,"truncated":false},"ownerKept":true}
        --- stderr
        --- exit 0
    "#]],
    );
    let input = r#"{"path":"src/main.rs","old":"let port = 4242;","new":"let port = 0;"}"#;
    check(
        &[MAIN],
        "edit",
        input,
        expect![[r#"
        {"error":{"code":"no_match","message":"src/main.rs: `old` was not found; nearest is line 2 (87 % alike): line 2 differs from column 17 on, it has `let port = 4141;` where `old` has `let port = 4242;`","path":"src/main.rs","nearest":{"firstLine":2,"lastLine":2,"similarity":0.875,"line":2,"column":17,"expected":"let port = 4242;","found":"let port = 4141;"},"exhausted":false}}
        --- stderr
        --- exit 1
    "#]],
    );
    let input = r#"{"path":"src/main.rs","old":"port","new":"door"}"#;
    check(
        &[MAIN],
        "edit",
        input,
        expect![[r#"
        {"error":{"code":"several_matches","message":"src/main.rs: `old` fits 2 places (lines 2, 3): add lines around it that only one of them has, or set `replaceAll` to change all that have its words","path":"src/main.rs","strategy":"simple","count":2,"lines":[2,3]}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn multi_edit() {
    let both = r#"{"edits":[{"path":"src/main.rs","old":"4141","new":"0"},{"path":"notes.md","old":"two","new":"2"}]}"#;
    check(
        &[MAIN, NOTES],
        "multi-edit",
        both,
        expect![[r#"
        {"files":[{"path":"src/main.rs","hash":"blake3:d35d2c9eeed608c9b7261f76322d628d2d9af71456815c6add3536799551a2ee","diff":{"text":"--- a/src/main.rs\n+++ b/src/main.rs\n@@ -1,4 +1,4 @@\n fn main() {\n-    let port = 4141;\n+    let port = 0;\n     serve(port);\n }\n","added":1,"removed":1,"truncated":false},"ownerKept":true},{"path":"notes.md","hash":"blake3:ba13ea9b04ef16c1a4a5b305069b68b3cb59764b57b970aaa8a9494d90cb439f","diff":{"text":"--- a/notes.md\n+++ b/notes.md\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n","added":1,"removed":1,"truncated":false},"ownerKept":true}],"edits":[{"path":"src/main.rs","strategy":"simple","count":1,"replacements":[{"before":{"startByte":27,"endByte":31,"firstLine":2,"lastLine":2},"after":{"startByte":27,"endByte":28,"firstLine":2,"lastLine":2}}]},{"path":"notes.md","strategy":"simple","count":1,"replacements":[{"before":{"startByte":4,"endByte":7,"firstLine":2,"lastLine":2},"after":{"startByte":4,"endByte":5,"firstLine":2,"lastLine":2}}]}]}
        --- stderr
        --- exit 0
    "#]],
    );
    let project = Project::with(&[MAIN, NOTES]);
    let one_fails = r#"{"edits":[{"path":"src/main.rs","old":"4141","new":"0"},{"path":"notes.md","old":"four","new":"4"}]}"#;
    project.check(&["multi-edit"], one_fails, expect![[r#"
        {"error":{"code":"no_match","message":"edits[1] failed, so nothing was changed: notes.md: `old` was not found, nor anything like it: read the file again","index":1,"path":"notes.md","nearest":null,"exhausted":false}}
        --- stderr
        --- exit 1
    "#]]);
    assert_eq!(project.read(MAIN.0), MAIN.1);
}

#[test]
fn patch() {
    let patch = |chunk: &str| {
        let text = format!(
            "*** Begin Patch\\n*** Update File: notes.md\\n@@\\n{chunk}\\n*** Delete File: src/main.rs\\n*** End Patch"
        );
        format!(r#"{{"patch":"{text}"}}"#)
    };
    check(
        &[MAIN, NOTES],
        "patch",
        &patch(r" one\n-two\n+2"),
        expect![[r#"
        {"files":[{"path":"notes.md","status":"M","movedFrom":null,"hash":"blake3:ba13ea9b04ef16c1a4a5b305069b68b3cb59764b57b970aaa8a9494d90cb439f","ranges":[{"start":1,"lines":2,"found":"exact"}],"diff":{"text":"--- a/notes.md\n+++ b/notes.md\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n","added":1,"removed":1,"truncated":false}},{"path":"src/main.rs","status":"D","movedFrom":null,"hash":null,"ranges":[],"diff":{"text":"--- a/src/main.rs\n+++ /dev/null\n@@ -1,4 +0,0 @@\n-fn main() {\n-    let port = 4141;\n-    serve(port);\n-}\n","added":0,"removed":4,"truncated":false}}]}
        --- stderr
        --- exit 0
    "#]],
    );
    let project = Project::with(&[MAIN, NOTES]);
    project.check(&["patch"], &patch(r" one\n-2\n+two"), expect![[r#"
        {"error":{"code":"no_match","message":"nothing was changed; notes.md: chunk 1 (line 3 of the patch): the 2 lines from `one`, not found from line 1 of the file on; nearest: line 1 (1 of 2 lines the same); line 2 differs at column 1: the patch has `2`, the file `two`","hunks":[{"path":"notes.md","line":2,"code":"no_match","message":"notes.md: chunk 1 (line 3 of the patch): the 2 lines from `one`, not found from line 1 of the file on; nearest: line 1 (1 of 2 lines the same); line 2 differs at column 1: the patch has `2`, the file `two`","chunks":[{"chunk":1,"line":3,"from":1,"why":{"reason":"noLines"},"sought":["one","2"],"nearest":{"line":1,"equal":1,"differs":{"line":2,"column":1,"sought":"2","found":"two"}}}]}]}}
        --- stderr
        --- exit 1
    "#]]);
    assert!(project.path(MAIN.0).exists(), "all or nothing");
    project.check(
        &["patch"],
        r#"{"patch":"*** Begin Patch\n*** Change File: a\n*** End Patch"}"#,
        expect![[r#"
            {"error":{"code":"syntax","message":"line 2 of the patch: expected `*** Add File: PATH`, `*** Delete File: PATH`, `*** Update File: PATH` or `*** End Patch`, found `*** Change File: a`","line":2,"expected":"`*** Add File: PATH`, `*** Delete File: PATH`, `*** Update File: PATH` or `*** End Patch`"}}
            --- stderr
            --- exit 1
        "#]],
    );
}

#[test]
fn glob() {
    let files = [MAIN, ("target/made.rs", ""), (".gitignore", "target\n")];
    check(
        &files,
        "glob",
        r#"{"pattern":"*.rs"}"#,
        expect![[r#"
        {"files":[{"path":"src/main.rs","bytes":52,"modifiedMs":…}],"total":1,"truncated":false,"ignored":{"files":1,"exact":true},"coverage":{"complete":true}}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &files,
        "glob",
        r#"{"pattern":"target/made.rs"}"#,
        expect![[r#"
        {"files":[{"path":"target/made.rs","bytes":0,"modifiedMs":…}],"total":1,"truncated":false,"ignored":{"files":0,"exact":true},"coverage":{"complete":true}}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &files,
        "glob",
        r#"{"pattern":"*.{rs"}"#,
        expect![[r#"
        {"error":{"code":"invalid_glob","message":"glob `*.{rs`: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?); a backslash takes the next character literally","glob":"*.{rs"}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn grep() {
    let files = [MAIN, ("target/made.rs", "port\n"), (".gitignore", "target\n")];
    check(
        &files,
        "grep",
        r#"{"pattern":"serve\\(port","context":1}"#,
        expect![[r#"
        {"files":[{"path":"src/main.rs","modifiedMs":…,"matches":1,"lines":[{"line":2,"context":true,"text":"    let port = 4141;","offset":12},{"line":3,"text":"    serve(port);","offset":33,"column":5,"ranges":[{"start":4,"end":14}]},{"line":4,"context":true,"text":"}","offset":50}]}],"totals":{"searched":2,"files":1,"matches":1},"truncated":false,"ignored":{"files":0,"matches":0,"exact":true},"coverage":{"complete":true}}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &files,
        "grep",
        r#"{"pattern":"serve(port"}"#,
        expect![[r#"
        {"error":{"code":"invalid_pattern","message":"pattern `serve(port`: unclosed group at character 6; `fixedStrings` takes it literally","at":6}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn list_and_tree() {
    let files = [MAIN, NOTES, ("target/made.rs", ""), (".gitignore", "target\n")];
    check(
        &files,
        "list",
        r#"{"globs":["*","!*.md"],"order":"path"}"#,
        expect![[r#"
        {"files":[{"path":".gitignore"},{"path":"src/main.rs"}],"total":2,"truncated":false,"ignored":{"files":1,"exact":true},"coverage":{"complete":true}}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &files,
        "list",
        r#"{"path":"notes.md"}"#,
        expect![[r#"
        {"error":{"code":"not_a_folder","message":"HOME/project/notes.md: is no folder","path":"HOME/project/notes.md"}}
        --- stderr
        --- exit 1
    "#]],
    );
    check(
        &files,
        "tree",
        "{}",
        expect![[r#"
        {"text":"./\n  src/\n    main.rs\n  .gitignore\n  notes.md\n","entries":[{"path":"src","kind":"folder","depth":1},{"path":"src/main.rs","kind":"file","depth":2},{"path":".gitignore","kind":"file","depth":1},{"path":"notes.md","kind":"file","depth":1}],"truncated":false,"ignored":1,"coverage":{"complete":true}}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &files,
        "tree",
        r#"{"path":"absent"}"#,
        expect![[r#"
        {"error":{"code":"not_found","message":"HOME/project/absent: there is no such file or folder","path":"HOME/project/absent"}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn find() {
    check(
        &[MAIN, NOTES],
        "find",
        r#"{"query":"smain"}"#,
        expect![[r#"
        {"matches":[{"path":"src/main.rs","folder":false,"score":953,"ranges":[{"start":0,"end":1},{"start":4,"end":8}]}],"entries":3,"complete":true}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &[MAIN, NOTES],
        "find",
        r#"{"query":"main","path":"absent"}"#,
        expect![[r#"
        {"error":{"code":"not_a_folder","message":"HOME/project/absent: cannot be opened as a folder: No such file or directory (os error 2)"}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn parse_shell() {
    let input = r#"{"command":"cargo test > ../log && rm -r src"}"#;
    check(
        &[MAIN],
        "parse-shell",
        input,
        expect![[r#"
        {"safety":"unknown","commands":[{"text":"cargo test > ../log","span":{"start":0,"end":19},"name":"cargo","words":[{"text":"cargo","dynamic":false},{"text":"test","dynamic":false}],"redirects":[{"operator":">","target":{"text":"../log","dynamic":false}}],"prefix":"cargo test","transparent":false,"safety":"unknown"},{"text":"rm -r src","span":{"start":23,"end":32},"name":"rm","words":[{"text":"rm","dynamic":false},{"text":"-r","dynamic":false},{"text":"src","dynamic":false}],"prefix":"rm","transparent":false,"safety":"unknown"}],"paths":[{"path":"../log","usage":"write","resolved":"HOME/log","outside":true,"command":0},{"path":"src","usage":"delete","resolved":"HOME/project/src","outside":false,"command":1}],"doubts":[{"kind":"redirect","command":0},{"kind":"command","command":0},{"kind":"command","command":1}],"uncertain":false}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &[MAIN],
        "parse-shell",
        r#"{"command":"echo \"$(rm -r src"}"#,
        expect![[r#"
        {"safety":"unknown","commands":[{"text":"echo","span":{"start":0,"end":4},"name":"echo","words":[{"text":"echo","dynamic":false}],"prefix":"echo","transparent":false,"safety":"safe"},{"text":"rm -r src","span":{"start":8,"end":17},"name":"rm","words":[{"text":"rm","dynamic":false},{"text":"-r","dynamic":false},{"text":"src","dynamic":false}],"prefix":"rm","transparent":false,"safety":"unknown"}],"paths":[{"path":"src","usage":"delete","resolved":"HOME/project/src","outside":false,"command":1}],"doubts":[{"kind":"syntax"},{"kind":"command","command":1}],"uncertain":true,"error":{"offset":5,"line":1}}
        --- stderr
        --- exit 0
    "#]],
    );
}

#[test]
fn watch() {
    check(
        &[],
        "watch",
        r#"{"seconds":0}"#,
        expect![[r#"
        {"changes":[],"end":"time"}
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &[],
        "watch",
        r#"{"path":"absent"}"#,
        expect![[r#"
        {"error":{"code":"not_watchable","message":"HOME/project/absent: cannot be watched: No such file or directory (os error 2)"}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn archive_and_extract() {
    let project = Project::with(&[MAIN, NOTES]);
    project.check(
        &["archive"],
        r#"{"path":"all.tar.gz","sources":["src","notes.md"],"modified":0}"#,
        expect![[r#"
            {"path":"all.tar.gz","format":"tar.gz","entries":3,"contentBytes":66,"bytes":193}
            --- stderr
            --- exit 0
        "#]],
    );
    project.check(&["archive"], r#"{"path":"all.tar.gz","sources":["src"]}"#, expect![[r#"
        {"error":{"code":"exists","message":"a file is in the way, such as HOME/project/all.tar.gz; choose what `existing` is to mean","paths":["HOME/project/all.tar.gz"]}}
        --- stderr
        --- exit 1
    "#]]);
    project.check(
        &["extract"],
        r#"{"path":"all.tar.gz","to":"copy"}"#,
        expect![[r#"
        {"path":"copy","format":"tar.gz","files":2,"folders":1,"links":0,"bytes":66}
        --- stderr
        --- exit 0
    "#]],
    );
    assert_eq!(project.read("copy/src/main.rs"), MAIN.1);
    project.check(&["extract"], r#"{"path":"all.tar.gz","to":"copy"}"#, expect![[r#"
        {"error":{"code":"exists","message":"files are in the way, such as copy/notes.md; choose what `existing` is to mean","paths":["copy/notes.md","copy/src/main.rs"]}}
        --- stderr
        --- exit 1
    "#]]);
    project.check(&["extract"], r#"{"path":"notes.md","to":"copy"}"#, expect![[r#"
        {"error":{"code":"unknown_format","message":"HOME/project/notes.md: neither zip, tar, tar.gz nor tar.zst"}}
        --- stderr
        --- exit 1
    "#]]);
}

/// Its figures are the machine's; their names are ours.
#[test]
fn stats() {
    let printed = Project::with(&[]).run(&["stats"], "{}");
    let (figures, rest) = printed.split_once("\n--- stderr").unwrap();
    assert_eq!(rest.trim(), "--- exit 0");
    let figures: serde_json::Value =
        serde_json::from_str(&figures.replace('…', "1")).expect("JSON");
    assert!(figures["process"]["memoryBytes"].as_u64().unwrap() > 1 << 20, "{figures}");
    assert!(figures["machine"]["cores"].as_u64().unwrap() > 0, "{figures}");
    check(
        &[],
        "stats",
        r#"{"wait":true}"#,
        expect![[r#"
        {"error":{"code":"invalid_input","message":"stats: wait: unknown field `wait`, there are no fields; `ironbridge tool stats --schema` shows what it takes"}}
        --- stderr
        --- exit 1
    "#]],
    );
}

#[test]
fn snapshot() {
    check(
        &[NOTES],
        "snapshot",
        r#"{"action":"take","label":"before","paths":["notes.md"]}"#,
        expect![[r#"
            {"id":1}
            --- stderr
            --- exit 0
        "#]],
    );
    check(
        &[NOTES],
        "snapshot",
        r#"{"action":"restore","id":7}"#,
        expect![[r#"
        {"error":{"code":"unknown_snapshot","message":"there is no snapshot 7; there is none at all","ids":[]}}
        --- stderr
        --- exit 1
    "#]],
    );
}

/// Every name in the list stands in one of these files.
#[test]
fn no_tool_is_forgotten() {
    let tests = [
        include_str!("each.rs"),
        include_str!("git.rs"),
        include_str!("shell.rs"),
        include_str!("../tool.rs"),
    ]
    .concat();
    let listed = Project::with(&[]).run(&[], "");
    let (listed, _) = listed.split_once("--- stderr").unwrap();
    assert!(listed.lines().count() > 20, "{listed}");
    for line in listed.lines() {
        let (name, about) = line.split_once(' ').unwrap();
        assert!(tests.contains(&format!("\"{name}\"")), "{name} has no test");
        assert!(!about.trim().is_empty(), "{name}");
    }
}
