//! Inserting, replacing and deleting lines by number.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Project, failure, shown};

/// A file of `before`, what `tool` makes of it, and what it says.
fn run(before: &[u8], tool: &str, mut input: Value) -> String {
    let project = Project::new();
    project.put("file", before);
    input["path"] = json!("file");
    let result = match project.run(tool, input) {
        Err(error) => failure(&project, &error),
        Ok(result) => match result["range"].as_object() {
            None => format!("no line of {}", result["lines"]),
            Some(range) => format!("{}-{} of {}", range["start"], range["end"], result["lines"]),
        },
    };
    format!("{} => {} | {result}", shown(before), shown(&project.get("file")))
}

fn insert(before: &[u8], line: u64, content: &str) -> String {
    run(before, "insert-lines", json!({ "line": line, "content": content }))
}

fn replace(before: &[u8], start: u64, end: u64, content: &str) -> String {
    run(before, "replace-lines", json!({ "start": start, "end": end, "content": content }))
}

fn delete(before: &[u8], start: u64, end: u64) -> String {
    run(before, "delete-lines", json!({ "start": start, "end": end }))
}

#[test]
fn inserting() {
    let cases = [
        insert(b"a\nb\n", 1, "x"),
        insert(b"a\nb\n", 2, "x\ny\n"),
        insert(b"a\nb\n", 3, "x\n"),
        insert(b"a\nb\n", 4, "x"),
        insert(b"a\nb\n", 0, "x"),
        insert(b"a\nb", 3, "x\n"),
        insert(b"a\nb", 2, "x"),
        insert(b"a\r\nb\r\n", 2, "x\ny"),
        insert(b"a\r\nb", 3, "x"),
        insert(b"a\rb\r", 2, "x"),
        insert(b"a\nb\r\nc\r\n", 1, "x"),
        insert(b"\xEF\xBB\xBFa\r\n", 1, "x"),
        insert(b"\xFF\xFEa\0\n\0", 2, "x"),
        insert(b"", 1, "x"),
        insert(b"", 2, "x"),
        insert(b"a", 2, "x"),
        insert(b"a\n", 1, ""),
        insert(b"a\n", 1, "\n"),
        insert(b"a\0b", 1, "x"),
        insert(b"caf\xE9 cr\xE8me\n", 1, "\u{e0} la\n\u{4f60}"),
        insert(b"\xC3\xA9\xC3\xA9\xC3\xA9 \xFF\n", 1, "x"),
    ];
    expect![[r#"
        a\nb\n => x\na\nb\n | 1-1 of 3
        a\nb\n => a\nx\ny\nb\n | 2-3 of 4
        a\nb\n => a\nb\nx\n | 3-3 of 3
        a\nb\n => a\nb\n | out_of_range: file: line 4 is out of range, it has 2 lines
        a\nb\n => a\nb\n | invalid_input
        a\nb => a\nb\nx | 3-3 of 3
        a\nb => a\nx\nb | 2-2 of 3
        a\r\nb\r\n => a\r\nx\r\ny\r\nb\r\n | 2-3 of 4
        a\r\nb => a\r\nb\r\nx | 3-3 of 3
        a\rb\r => a\rx\rb\r | 2-2 of 3
        a\nb\r\nc\r\n => x\r\na\nb\r\nc\r\n | 1-1 of 4
        \xEF\xBB\xBFa\r\n => \xEF\xBB\xBFx\r\na\r\n | 1-1 of 2
        \xFF\xFEa\x00\n\x00 => \xFF\xFEa\x00\n\x00x\x00\n\x00 | 2-2 of 2
         => x\n | 1-1 of 1
         =>  | out_of_range: file: line 2 is out of range, it has 0 lines
        a => a\nx | 2-2 of 2
        a\n => a\n | no line of 1
        a\n => \na\n | 1-1 of 2
        a\x00b => a\x00b | binary: file: is no text (binary, 3 bytes); read it as bytes
        caf\xE9 cr\xE8me\n => caf\xE9 cr\xE8me\n | unencodable: file: its encoding lacks a character of the new text; leave that out, or `write` the file with `encoding`: "utf-8": line 2, column 1: `你` (U+4F60) does not exist in windows-1252
        \xC3\xA9\xC3\xA9\xC3\xA9 \xFF\n => \xC3\xA9\xC3\xA9\xC3\xA9 \xFF\n | not_exact: file: holds bytes that are no utf-8, and writing it would lose them; convert the file, or replace it whole with `write`"#]].assert_eq(&cases.join("\n"));
}

#[test]
fn replacing() {
    let cases = [
        replace(b"a\nb\nc\n", 2, 2, "x"),
        replace(b"a\nb\nc\n", 1, 3, "x\ny"),
        replace(b"a\nb\nc\n", 2, 3, ""),
        replace(b"a\nb\nc", 3, 3, "x\n"),
        replace(b"a\nb\nc", 2, 3, ""),
        replace(b"a\r\nb\nc\r\n", 2, 2, "x"),
        replace(b"a\nb\n", 2, 1, "x"),
        replace(b"a\nb\n", 2, 3, "x"),
        replace(b"a\nb\n", u64::MAX, u64::MAX, "x"),
        replace(b"", 1, 1, "x"),
    ];
    expect![[r#"
        a\nb\nc\n => a\nx\nc\n | 2-2 of 3
        a\nb\nc\n => x\ny\n | 1-2 of 2
        a\nb\nc\n => a\n | no line of 1
        a\nb\nc => a\nb\nx | 3-3 of 3
        a\nb\nc => a | no line of 1
        a\r\nb\nc\r\n => a\r\nx\r\nc\r\n | 2-2 of 3
        a\nb\n => a\nb\n | out_of_range: file: the range ends (line 1) before it starts (line 2)
        a\nb\n => a\nb\n | out_of_range: file: line 3 is out of range, it has 2 lines
        a\nb\n => a\nb\n | out_of_range: file: line 18446744073709551615 is out of range, it has 2 lines
         =>  | out_of_range: file: line 1 is out of range, it has 0 lines"#]].assert_eq(&cases.join("\n"));
}

#[test]
fn deleting() {
    let cases = [
        delete(b"a\nb\nc\n", 2, 2),
        delete(b"a\nb\nc\n", 1, 3),
        delete(b"a\nb\nc", 3, 3),
        delete(b"a\r\nb\r\nc", 2, 3),
        delete(b"a\rb\rc", 2, 3),
        delete(b"a", 1, 1),
        delete(b"a\n", 1, 2),
        delete(b"\xEF\xBB\xBFa\n", 1, 1),
    ];
    expect![[r#"
        a\nb\nc\n => a\nc\n | no line of 2
        a\nb\nc\n =>  | no line of 0
        a\nb\nc => a\nb | no line of 2
        a\r\nb\r\nc => a | no line of 1
        a\rb\rc => a | no line of 1
        a =>  | no line of 0
        a\n => a\n | out_of_range: file: line 2 is out of range, it has 1 line
        \xEF\xBB\xBFa\n => \xEF\xBB\xBF | no line of 0"#]]
    .assert_eq(&cases.join("\n"));
}
