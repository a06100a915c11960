//! Writing whole files.

use expect_test::expect;
use ironbridge_tools::Limits;
use serde_json::{Value, json};

use super::{Project, failure, shown};

/// A file of `before` (`-`: none), what `write` makes of it, and what it says.
fn check(before: Option<&[u8]>, mut input: Value) -> String {
    let project = Project::new();
    if let Some(before) = before {
        project.put("file", before);
    }
    input["path"] = json!("file");
    let result = match project.run("write", input) {
        Err(error) => failure(&project, &error),
        Ok(result) => format!(
            "{} {}{} {}{} +{}-{}",
            result["outcome"].as_str().unwrap_or("?"),
            result["encoding"].as_str().unwrap_or("?"),
            if result["bom"] == true { " bom" } else { "" },
            result["lineEnding"].as_str().unwrap_or("?"),
            if result["lineEndingsConverted"] == true { " converted" } else { "" },
            result["added"],
            result["removed"],
        ),
    };
    let after = match project.names("").as_slice() {
        [] => "-".to_owned(),
        [_] => shown(&project.get("file")),
        more => format!("left over: {more:?}"),
    };
    format!("{} => {after} | {result}", before.map_or("-".to_owned(), shown))
}

#[test]
fn a_file_keeps_encoding_mark_and_line_endings() {
    let content = |text: &str| json!({ "content": text });
    let cases = [
        check(None, content("a\nb\n")),
        check(None, content("")),
        check(None, content("\u{FEFF}a\r\n")),
        check(Some(b"x\n"), content("a\nb")),
        check(Some(b"x\n"), content("x\n")),
        check(Some(b"x\r\ny\r\n"), content("a\nb\n")),
        check(Some(b"x\r\ny\r\n"), content("a\r\nb\n")),
        check(Some(b"x\ny\n"), content("a\r\nb\r\n")),
        check(Some(b"x\ny\r\n"), content("a\r\nb\n")),
        check(Some(b"x\ry\r"), content("a\nb\n")),
        check(Some(b"x"), content("a\r\nb\n")),
        check(Some(b""), content("a\r\nb\n")),
        check(Some(b"\xEF\xBB\xBFx\r\n"), content("a\n")),
        check(Some(b"\xEF\xBB\xBFx\n"), content("\u{FEFF}a\n")),
        check(Some(b"\xFF\xFEx\0\r\0\n\0"), content("\u{e9}\n")),
        check(Some(b"\xFE\xFF\0x\0\n"), content("\u{1F600}\n")),
        check(Some(b"h\0i\0 \0y\0o\0u\0\n\0"), content("a\n")),
        check(Some(b"un caf\xE9 cr\xE8me\n"), content("th\u{e9}\n")),
        check(Some(b"un caf\xE9 cr\xE8me\n"), content("one\n\u{4f60}\n")),
    ];
    expect![[r#"
        - => a\nb\n | created utf-8 lf +2-0
        - =>  | created utf-8 none +0-0
        - => \xEF\xBB\xBFa\r\n | created utf-8 bom crlf +1-0
        x\n => a\nb | replaced utf-8 lf +2-1
        x\n => x\n | unchanged utf-8 lf +0-0
        x\r\ny\r\n => a\r\nb\r\n | replaced utf-8 crlf converted +2-2
        x\r\ny\r\n => a\r\nb\r\n | replaced utf-8 crlf converted +2-2
        x\ny\n => a\nb\n | replaced utf-8 lf converted +2-2
        x\ny\r\n => a\r\nb\n | replaced utf-8 mixed +2-2
        x\ry\r => a\rb\r | replaced utf-8 cr converted +2-2
        x => a\r\nb\n | replaced utf-8 mixed +2-1
         => a\r\nb\n | replaced utf-8 mixed +2-0
        \xEF\xBB\xBFx\r\n => \xEF\xBB\xBFa\r\n | replaced utf-8 bom crlf converted +1-1
        \xEF\xBB\xBFx\n => \xEF\xBB\xBFa\n | replaced utf-8 bom lf +1-1
        \xFF\xFEx\x00\r\x00\n\x00 => \xFF\xFE\xE9\x00\r\x00\n\x00 | replaced utf-16le bom crlf converted +1-1
        \xFE\xFF\x00x\x00\n => \xFE\xFF\xD8=\xDE\x00\x00\n | replaced utf-16be bom lf +1-1
        h\x00i\x00 \x00y\x00o\x00u\x00\n\x00 => a\x00\n\x00 | replaced utf-16le lf +1-1
        un caf\xE9 cr\xE8me\n => th\xE9\n | replaced windows-1252 lf +1-1
        un caf\xE9 cr\xE8me\n => un caf\xE9 cr\xE8me\n | unencodable: file: its encoding lacks a character of the new text; leave that out, or `write` the file with `encoding`: "utf-8": line 2, column 1: `你` (U+4F60) does not exist in windows-1252"#]].assert_eq(&cases.join("\n"));
}

#[test]
fn form_can_be_asked_for() {
    let latin = Some(&b"un caf\xE9 cr\xE8me\n"[..]);
    let cases = [
        check(latin, json!({ "content": "\u{4f60}\n", "encoding": "utf-8" })),
        check(None, json!({ "content": "\u{e9}\n", "encoding": "latin1" })),
        check(None, json!({ "content": "\u{e9}\n", "encoding": "utf-16le" })),
        check(None, json!({ "content": "x", "encoding": "klingon" })),
        check(None, json!({ "content": "a\nb\r\n", "lineEnding": "crlf" })),
        check(Some(b"x\r\n"), json!({ "content": "a\n", "lineEnding": "asGiven" })),
        check(Some(b"x\0y"), json!({ "content": "text\n" })),
        check(Some(b"\xC3\xA9\xC3\xA9\xC3\xA9 \xFF\n"), json!({ "content": "\u{e9}\n" })),
    ];
    expect![[r#"
        un caf\xE9 cr\xE8me\n => \xE4\xBD\xA0\n | replaced utf-8 lf +1-1
        - => \xE9\n | created windows-1252 lf +1-0
        - => \xFF\xFE\xE9\x00\n\x00 | created utf-16le bom lf +1-0
        - => - | invalid_input
        - => a\r\nb\r\n | created utf-8 crlf converted +2-0
        x\r\n => a\n | replaced utf-8 lf +1-1
        x\x00y => text\n | replaced utf-8 lf +1-0
        \xC3\xA9\xC3\xA9\xC3\xA9 \xFF\n => \xC3\xA9\n | replaced utf-8 lf +1-1"#]]
    .assert_eq(&cases.join("\n"));
}

#[test]
fn a_file_is_replaced_only_if_it_holds_what_was_expected() {
    let project = Project::new();
    project.put("file", "one\n");
    let swap = |tool: &str, mut input: Value, hash: &Value| {
        input["expectedHash"] = hash.clone();
        match project.run(tool, input) {
            Ok(result) => (result["hash"].clone(), "changed".to_owned()),
            Err(error) => (json!(error.details), failure(&project, &error)),
        }
    };
    let read = project.run("read", json!({ "path": "file" })).expect("read");
    let two = json!({ "path": "file", "content": "two\n" });
    let (second, said) = swap("write", two.clone(), &read["hash"]);
    assert_eq!(said, "changed");
    let three = json!({ "path": "file", "content": "three\n" });
    let (details, said) = swap("write", three, &read["hash"]);
    assert_eq!((&details["expected"], &details["actual"]), (&read["hash"], &second));
    expect!["changed: file: was changed in between (expected blake3:e0e63aa4c8e1ed796cb104d8a074e553c99fff18d140e886667013ef2780ae23, found blake3:ef40086ad8a395c7a05b5f70cf2575ad187f637ad813136292cb39610694db73); read it again"].assert_eq(&said);
    let insert = json!({ "path": "file", "line": 1, "content": "zero" });
    assert!(swap("insert-lines", insert.clone(), &read["hash"]).1.starts_with("changed: "));
    assert_eq!(project.get("file"), b"two\n");
    assert_eq!(swap("insert-lines", insert, &second).1, "changed");
    assert_eq!(project.get("file"), b"zero\ntwo\n");
    let none = json!({ "path": "none", "content": "text" });
    expect!["changed: none: was changed in between (expected blake3:ef40086ad8a395c7a05b5f70cf2575ad187f637ad813136292cb39610694db73, the file is gone); read it again"].assert_eq(&swap("write", none, &second).1);
    assert_eq!(swap("write", two, &json!("blake3:12")).1, "invalid_input");
}

#[test]
fn what_exists_is_created_only_with_overwrite() {
    let project = Project::new();
    let create = |input: Value| match project.run("create", input) {
        Ok(result) => format!("{} {}", result["outcome"], result["lineEnding"]),
        Err(error) => failure(&project, &error),
    };
    let cases = [
        create(json!({ "path": "a/b/new", "content": "one\r\n", "durable": true })),
        create(json!({ "path": "a/b/new", "content": "two\n" })),
        create(json!({ "path": "a/b/new", "content": "two\n", "overwrite": true })),
        create(json!({ "path": "empty" })),
        create(json!({ "path": "a/b" })),
        create(json!({ "path": "a/b/new/below" })),
        create(json!({ "path": "../outside" })),
        create(json!({ "path": "x", "unknown": 1 })),
    ];
    expect![[r#"
        "created" "crlf"
        exists: a/b/new: exists already; say `overwrite` to replace it
        "replaced" "crlf"
        "created" "none"
        is_folder: a/b: is a folder; name a file in it
        not_a_folder: a/b/new/below: a part of the path is a file, not a folder
        outside: TOP/outside: lies outside ROOT
        invalid_input"#]]
    .assert_eq(&cases.join("\n"));
    assert_eq!(project.get("a/b/new"), b"two\r\n");
}

/// One too large to be held in memory can be replaced, but neither compared nor edited.
#[test]
fn a_file_beyond_the_limit_is_replaced_unseen() {
    let mut project = Project::new();
    let mut limits = Limits::default();
    limits.edit.file_bytes = 4;
    project.workspace = project.workspace.with_limits(limits);
    project.put("file", "\u{FEFF}12345\r\n");
    let hash = format!("blake3:{}", "0".repeat(64));
    let said = |tool: &str, input: Value| match project.run(tool, input) {
        Ok(result) => format!("{} -{}", result["outcome"], result["removed"]),
        Err(error) => failure(&project, &error),
    };
    let cases = [
        said("insert-lines", json!({ "path": "file", "line": 1, "content": "x" })),
        said("write", json!({ "path": "file", "content": "x", "expectedHash": hash })),
        said("write", json!({ "path": "file", "content": "123456\n" })),
    ];
    expect![[r#"
        too_large: file: has 10 bytes, the limit is 4 (edit.file_bytes)
        too_large: file: has 10 bytes, the limit is 4 (edit.file_bytes)
        "replaced" -0"#]]
    .assert_eq(&cases.join("\n"));
    assert_eq!(shown(&project.get("file")), "\\xEF\\xBB\\xBF123456\\r\\n");
}
