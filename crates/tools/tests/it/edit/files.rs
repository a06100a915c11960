//! Files that are edited: encodings, hashes, several at once, many at the same time.

use std::path::PathBuf;

use expect_test::{Expect, expect};
use ironbridge_tools::text::ContentHash;
use ironbridge_tools::{Control, Failure, Scope, Workspace, tools};
use serde_json::{Value, json};

/// A project in a folder of its own.
struct Project {
    _folder: tempfile::TempDir,
    root: PathBuf,
    workspace: Workspace,
}

impl Project {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let top = folder.path().canonicalize().expect("it exists");
        let root = top.join("project");
        std::fs::create_dir(&root).expect("created");
        for (path, content) in files {
            std::fs::write(root.join(path), content).expect("written");
        }
        let workspace = Workspace::new(Scope::within(&root).expect("a folder"), top.join("state"));
        Self { _folder: folder, root, workspace }
    }

    fn get(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.root.join(path)).expect("it can be read")
    }

    fn run_until(&self, control: &Control, name: &str, input: Value) -> Result<Value, Failure> {
        let tools = tools();
        let tool = tools.iter().find(|tool| tool.name == name).expect("it is in the table");
        tool.run(&self.workspace, input, control)
    }

    fn run(&self, name: &str, input: Value) -> Result<Value, Failure> {
        self.run_until(&Control::unbounded(), name, input)
    }

    /// The fields of the result or of the error, one a line, hashes left out.
    #[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
    fn check(&self, name: &str, input: Value, expected: Expect) {
        let mut shown = match self.run(name, input) {
            Ok(output) => output,
            Err(failure) => failure.to_json(),
        };
        without_hashes(&mut shown);
        let fields = shown.as_object().expect("an object").iter();
        expected.assert_eq(
            &fields.map(|(name, value)| format!("{name}: {value}\n")).collect::<String>(),
        );
    }
}

fn without_hashes(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("blake3:") => *value = json!("blake3:…"),
        Value::Array(items) => items.iter_mut().for_each(without_hashes),
        Value::Object(fields) => fields.values_mut().for_each(without_hashes),
        _ => {}
    }
}

#[test]
fn an_edit_tells_what_it_did() {
    let project = Project::with(&[("a.rs", b"fn a() {\r\n    one();\r\n}\r\n")]);
    project.check(
        "edit",
        json!({ "path": "a.rs", "old": "fn a() {\none();\n}", "new": "fn a() {\none();\ntwo();\n}" }),
        expect![[r#"
            path: "a.rs"
            hash: "blake3:…"
            strategy: "line-trimmed"
            count: 1
            replacements: [{"before":{"startByte":0,"endByte":23,"firstLine":1,"lastLine":3},"after":{"startByte":0,"endByte":27,"firstLine":1,"lastLine":4}}]
            diff: {"text":"--- a/a.rs\n+++ b/a.rs\n@@ -1,3 +1,4 @@\n fn a() {\r\n-    one();\r\n+one();\r\n+two();\r\n }\r\n","added":2,"removed":1,"truncated":false}
            ownerKept: true
        "#]],
    );
    assert_eq!(project.get("a.rs"), b"fn a() {\r\none();\r\ntwo();\r\n}\r\n");
    project.check(
        "edit",
        json!({ "path": "a.rs", "old": "();", "new": "()?;", "replaceAll": true }),
        expect![[r#"
            path: "a.rs"
            hash: "blake3:…"
            strategy: "multi-occurrence"
            count: 2
            replacements: [{"before":{"startByte":13,"endByte":16,"firstLine":2,"lastLine":2},"after":{"startByte":13,"endByte":17,"firstLine":2,"lastLine":2}},{"before":{"startByte":21,"endByte":24,"firstLine":3,"lastLine":3},"after":{"startByte":22,"endByte":26,"firstLine":3,"lastLine":3}}]
            diff: {"text":"--- a/a.rs\n+++ b/a.rs\n@@ -1,4 +1,4 @@\n fn a() {\r\n-one();\r\n-two();\r\n+one()?;\r\n+two()?;\r\n }\r\n","added":2,"removed":2,"truncated":false}
            ownerKept: true
        "#]],
    );
}

#[test]
fn the_hash_given_is_that_of_the_file() {
    let project = Project::with(&[("a", b"one\n")]);
    let edit = |old: &str, new: &str, hash: &str| {
        project.run("edit", json!({ "path": "a", "old": old, "new": new, "expectedHash": hash }))
    };
    let hash = |content: &[u8]| ContentHash::of(content).to_string();
    let edited = edit("one", "two", &hash(b"one\n")).expect("it is the hash");
    assert_eq!(edited["hash"], json!(hash(b"two\n")));
    let failure = edit("two", "three", &hash(b"one\n")).expect_err("it has changed");
    assert_eq!(failure.code, "changed");
    assert_eq!(project.get("a"), b"two\n");
}

/// Text and bytes of the file in every encoding, and where the bytes replaced are.
#[test]
fn a_file_keeps_its_encoding_and_its_mark() {
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    let text = "\u{feff}größe = 1\r\nende\r\n";
    let edited = "\u{feff}größe = 2\r\nende\r\n";
    let latin = |text: &str| -> Vec<u8> {
        let words = "Die Straße hat Größe, Länge und Wörter";
        let text = text.replace('\u{feff}', "").replace("größe", words);
        text.chars().map(|c| u8::try_from(u32::from(c)).expect("latin")).collect()
    };
    let cases: [(&str, Vec<u8>, Vec<u8>, u64); 4] = [
        ("utf-8 with a mark", text.into(), edited.into(), 3 + 10),
        ("utf-16le", utf16(text, u16::to_le_bytes), utf16(edited, u16::to_le_bytes), 2 + 16),
        ("utf-16be", utf16(text, u16::to_be_bytes), utf16(edited, u16::to_be_bytes), 2 + 16),
        ("windows-1252", latin(text), latin(edited), 41),
    ];
    for (name, before, after, byte) in cases {
        let project = Project::with(&[("a.txt", &before)]);
        let output = project
            .run("edit", json!({ "path": "a.txt", "old": "1\nende", "new": "2\nende" }))
            .unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert_eq!(project.get("a.txt"), after, "{name}");
        assert_eq!(output["replacements"][0]["before"]["startByte"], json!(byte), "{name}");
    }
}

#[test]
fn what_cannot_be_edited_stays_as_it_is() {
    let project = Project::with(&[("a.rs", b"fn a() {}\r\n"), ("b.bin", b"\x00\x01\x02\xff")]);
    std::fs::create_dir(project.root.join("folder")).expect("created");
    let code = |input: Value| project.run("edit", input).expect_err("it is refused").code;
    let cases = [
        (json!({ "path": "a.rs", "old": "fn b() {", "new": "x" }), "no_match"),
        (json!({ "path": "a.rs", "old": "", "new": "x" }), "empty_old"),
        (json!({ "path": "a.rs", "old": "a", "new": "a" }), "identical"),
        (json!({ "path": "a.rs", "old": "fn", "new": "// ... rest of code" }), "omission"),
        (json!({ "path": "a.rs", "old": "{}" }), "invalid_input"),
        (json!({ "path": "a.rs", "old": "{}", "new": "", "replace_all": true }), "invalid_input"),
        (json!({ "path": "none.rs", "old": "a", "new": "b" }), "not_found"),
        (json!({ "path": "none.rs", "old": "", "new": "b" }), "not_found"),
        (json!({ "path": "folder", "old": "a", "new": "b" }), "is_folder"),
        (json!({ "path": "b.bin", "old": "a", "new": "b" }), "binary"),
        (json!({ "path": "../a", "old": "a", "new": "b" }), "outside"),
        (json!({ "path": "a\u{0}", "old": "a", "new": "b" }), "invalid_path"),
    ];
    for (input, expected) in cases {
        assert_eq!(code(input.clone()), expected, "{input}");
    }
    assert_eq!(project.get("a.rs"), b"fn a() {}\r\n");
    let control = Control::unbounded();
    control.cancel_token().cancel();
    let input = json!({ "path": "a.rs", "old": "{}", "new": "{ }" });
    for (tool, input) in [("edit", input.clone()), ("multi-edit", json!({ "edits": [input] }))] {
        let failure = project.run_until(&control, tool, input).expect_err("it is cancelled");
        assert_eq!(failure.code, "cancelled");
    }
    assert_eq!(project.get("a.rs"), b"fn a() {}\r\n");
}

#[test]
fn several_edits_build_on_each_other() {
    let project = Project::with(&[("a", b"one\ntwo\n"), ("b", b"x\r\ny\r\n")]);
    project.check(
        "multi-edit",
        json!({ "path": "a", "edits": [
            { "old": "one", "new": "1\n1.5" },
            { "path": "b", "old": "x\ny", "new": "z\ny" },
            { "old": "1.5\ntwo", "new": "2" },
        ] }),
        expect![[r#"
            files: [{"path":"a","hash":"blake3:…","diff":{"text":"--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n-one\n-two\n+1\n+2\n","added":2,"removed":2,"truncated":false},"ownerKept":true},{"path":"b","hash":"blake3:…","diff":{"text":"--- a/b\n+++ b/b\n@@ -1,2 +1,2 @@\n-x\r\n+z\r\n y\r\n","added":1,"removed":1,"truncated":false},"ownerKept":true}]
            edits: [{"path":"a","strategy":"simple","count":1,"replacements":[{"before":{"startByte":0,"endByte":3,"firstLine":1,"lastLine":1},"after":{"startByte":0,"endByte":5,"firstLine":1,"lastLine":2}}]},{"path":"b","strategy":"simple","count":1,"replacements":[{"before":{"startByte":0,"endByte":4,"firstLine":1,"lastLine":2},"after":{"startByte":0,"endByte":4,"firstLine":1,"lastLine":2}}]},{"path":"a","strategy":"simple","count":1,"replacements":[{"before":{"startByte":2,"endByte":9,"firstLine":2,"lastLine":3},"after":{"startByte":2,"endByte":3,"firstLine":2,"lastLine":2}}]}]
        "#]],
    );
    assert_eq!(project.get("a"), b"1\n2\n");
    assert_eq!(project.get("b"), b"z\r\ny\r\n");
}

#[test]
fn one_edit_refused_is_all_refused() {
    let project = Project::with(&[("a", b"one\ntwo\n"), ("b", b"x\n")]);
    project.check(
        "multi-edit",
        json!({ "edits": [
            { "path": "a", "old": "one", "new": "1" },
            { "path": "b", "old": "x", "new": "y" },
            { "path": "a", "old": "one", "new": "uno" },
        ] }),
        expect![[r#"
            error: {"code":"no_match","message":"edits[2] failed, so nothing was changed: a: `old` was not found, nor anything like it: read the file again","index":2,"path":"a","nearest":null,"exhausted":false}
        "#]],
    );
    project.check(
        "multi-edit",
        json!({ "path": "a", "edits": [
            { "old": "one", "new": "1" },
            { "path": "none", "old": "x", "new": "y" },
        ] }),
        expect![[r#"
            error: {"code":"not_found","message":"edits[1] failed, so nothing was changed: none: there is no such file","index":1,"nearest":[]}
        "#]],
    );
    let wrong = ContentHash::of(b"something else").to_string();
    let code = |input: Value| project.run("multi-edit", input).expect_err("it is refused").code;
    assert_eq!(code(json!({ "edits": [] })), "no_edits");
    assert_eq!(code(json!({ "edits": [{ "old": "a", "new": "b" }] })), "no_path");
    let edits: Vec<Value> = (0..1001).map(|_| json!({ "old": "one", "new": "two" })).collect();
    assert_eq!(code(json!({ "path": "a", "edits": edits })), "too_many_edits");
    let edits = json!([
        { "old": "one", "new": "1" },
        { "path": "b", "old": "x", "new": "y", "expectedHash": wrong },
    ]);
    assert_eq!(code(json!({ "path": "a", "edits": edits })), "changed");
    assert_eq!((project.get("a"), project.get("b")), (b"one\ntwo\n".to_vec(), b"x\n".to_vec()));
}

/// A character that the file's encoding lacks is told at the edit that brings it.
#[test]
fn an_older_encoding_lacks_characters() {
    let text = "Die Stra\u{df}e hat Gr\u{f6}\u{df}e, L\u{e4}nge und W\u{f6}rter\n";
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("latin")).collect();
    let project = Project::with(&[("a.txt", &bytes)]);
    let edits = json!([{ "old": "Die", "new": "Eine" }, { "old": "hat", "new": "日本" }]);
    let failure = project
        .run("multi-edit", json!({ "path": "a.txt", "edits": edits }))
        .expect_err("it cannot be written");
    assert_eq!((failure.code, &failure.details["index"]), ("unencodable", &json!(1)));
    assert_eq!(project.get("a.txt"), bytes);
}

#[cfg(unix)]
#[test]
fn two_names_of_one_file_are_one_file() {
    let project = Project::with(&[("a", b"one\n")]);
    std::os::unix::fs::symlink("a", project.root.join("link")).expect("linked");
    let edits = json!([
        { "path": "a", "old": "one", "new": "two" },
        { "path": "link", "old": "two", "new": "three" },
        { "path": "./a", "old": "three", "new": "four" },
    ]);
    let output = project.run("multi-edit", json!({ "edits": edits })).expect("made");
    assert_eq!(output["files"].as_array().map(Vec::len), Some(1));
    assert_eq!(project.get("a"), b"four\n");
    assert!(project.root.join("link").is_symlink());
}

/// opencode#40620 and others: edits of one file at the same time lost each other.
#[test]
fn no_parallel_edit_is_lost() {
    const EDITS: usize = 24;
    let lines: String = (0..EDITS).map(|line| format!("line {line}.\n")).collect();
    let project = &Project::with(&[("a", lines.as_bytes()), ("b", b"-\n")]);
    std::thread::scope(|scope| {
        for line in 0..EDITS {
            scope.spawn(move || {
                let (old, new) = (format!("line {line}."), format!("done {line}"));
                let edit = json!({ "path": "a", "old": old, "new": new });
                let made = if line % 2 == 0 {
                    project.run("edit", edit)
                } else {
                    let other = json!({ "path": "b", "old": "-", "new": format!("-{line} ") });
                    project.run("multi-edit", json!({ "edits": [edit, other] }))
                };
                made.unwrap_or_else(|failure| panic!("{line}: {failure}"));
            });
        }
    });
    let expected: String = (0..EDITS).map(|line| format!("done {line}\n")).collect();
    assert_eq!(String::from_utf8(project.get("a")), Ok(expected));
    assert_eq!(project.get("b").iter().filter(|byte| **byte == b' ').count(), EDITS / 2);
}

#[test]
fn a_file_edited_to_what_it_was_is_unchanged() {
    let project = Project::with(&[("a", b"one\n")]);
    let edits = json!([{ "old": "one", "new": "two" }, { "old": "two", "new": "one" }]);
    let output = project.run("multi-edit", json!({ "path": "a", "edits": edits })).expect("made");
    assert_eq!(output["files"][0]["hash"], json!(ContentHash::of(b"one\n").to_string()));
    assert_eq!(output["files"][0]["diff"]["text"], json!(""));
}
