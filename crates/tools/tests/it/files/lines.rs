//! Inserting, replacing and deleting lines by number.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Project, failure, shown};

/// Runs `tool` on a file of `before` and shows what the file holds then.
fn check(before: &[u8], tool: &str, mut input: Value, expected: &Expect) {
    let project = Project::new();
    project.put("file", before);
    input["path"] = json!("file");
    let result = match project.run(tool, input) {
        Err(error) => failure(&project, &error),
        Ok(result) => format!("range {} of {}", result["range"], result["lines"]),
    };
    expected.assert_eq(&format!("{}\n{result}", shown(&project.get("file"))));
}

fn insert(before: &[u8], line: u64, content: &str, expected: &Expect) {
    check(before, "insert-lines", json!({ "line": line, "content": content }), expected);
}

fn replace(before: &[u8], start: u64, end: u64, content: &str, expected: &Expect) {
    let input = json!({ "start": start, "end": end, "content": content });
    check(before, "replace-lines", input, expected);
}

fn delete(before: &[u8], start: u64, end: u64, expected: &Expect) {
    check(before, "delete-lines", json!({ "start": start, "end": end }), expected);
}

#[test]
fn inserting() {
    insert(
        b"a\nb\n",
        1,
        "x",
        &expect![[r#"
        x\na\nb\n
        range {"start":1,"end":1} of 3"#]],
    );
    insert(
        b"a\nb\n",
        2,
        "x\ny\n",
        &expect![[r#"
        a\nx\ny\nb\n
        range {"start":2,"end":3} of 4"#]],
    );
    insert(
        b"a\nb\n",
        3,
        "x\n",
        &expect![[r#"
        a\nb\nx\n
        range {"start":3,"end":3} of 3"#]],
    );
    insert(
        b"a\nb\n",
        4,
        "x",
        &expect![[r#"
        a\nb\n
        out_of_range: file: line 4 is out of range, the file has 2 lines"#]],
    );
    insert(
        b"a\nb\n",
        0,
        "x",
        &expect![[r#"
        a\nb\n
        invalid_input: insert-lines: invalid value: integer `0`, expected a nonzero u64; see `ironbridge tool insert-lines --help`"#]],
    );
    insert(
        b"a\nb",
        3,
        "x\n",
        &expect![[r#"
        a\nb\nx
        range {"start":3,"end":3} of 3"#]],
    );
    insert(
        b"a\nb",
        2,
        "x",
        &expect![[r#"
        a\nx\nb
        range {"start":2,"end":2} of 3"#]],
    );
    insert(
        b"a\r\nb\r\n",
        2,
        "x\ny",
        &expect![[r#"
        a\r\nx\r\ny\r\nb\r\n
        range {"start":2,"end":3} of 4"#]],
    );
    insert(
        b"a\r\nb",
        3,
        "x",
        &expect![[r#"
        a\r\nb\r\nx
        range {"start":3,"end":3} of 3"#]],
    );
    insert(
        b"a\rb\r",
        2,
        "x",
        &expect![[r#"
        a\rx\rb\r
        range {"start":2,"end":2} of 3"#]],
    );
    insert(
        b"a\nb\r\nc\r\n",
        1,
        "x",
        &expect![[r#"
        x\r\na\nb\r\nc\r\n
        range {"start":1,"end":1} of 4"#]],
    );
    insert(
        b"\xEF\xBB\xBFa\r\n",
        1,
        "x",
        &expect![[r#"
        \xEF\xBB\xBFx\r\na\r\n
        range {"start":1,"end":1} of 2"#]],
    );
    insert(
        b"\xFF\xFEa\0\n\0",
        2,
        "x",
        &expect![[r#"
        \xFF\xFEa\x00\n\x00x\x00\n\x00
        range {"start":2,"end":2} of 2"#]],
    );
    insert(
        b"",
        1,
        "x",
        &expect![[r#"
        x\n
        range {"start":1,"end":1} of 1"#]],
    );
    insert(
        b"",
        2,
        "x",
        &expect![[r#"

        out_of_range: file: line 2 is out of range, the file has 0 lines"#]],
    );
    insert(
        b"a",
        2,
        "x",
        &expect![[r#"
        a\nx
        range {"start":2,"end":2} of 2"#]],
    );
    insert(
        b"a\n",
        1,
        "",
        &expect![[r#"
        a\n
        range null of 1"#]],
    );
    insert(
        b"a\n",
        1,
        "\n",
        &expect![[r#"
        \na\n
        range {"start":1,"end":1} of 2"#]],
    );
    insert(
        b"a\0b",
        1,
        "x",
        &expect![[r#"
        a\x00b
        binary: file: is no text (binary, 3 bytes); read it as bytes"#]],
    );
    insert(
        b"caf\xE9 cr\xE8me\n",
        1,
        "\u{e0} la\n\u{4f60}",
        &expect![[r#"
            caf\xE9 cr\xE8me\n
            unencodable: file: its encoding lacks a character of the new text; leave that out, or `write` the file with `encoding`: "utf-8": line 2, column 1: `你` (U+4F60) does not exist in windows-1252"#]],
    );
    insert(
        b"\xC3\xA9\xC3\xA9\xC3\xA9 \xFF\n",
        1,
        "x",
        &expect![[r#"
        \xC3\xA9\xC3\xA9\xC3\xA9 \xFF\n
        not_exact: file: holds bytes that are no utf-8, and writing it would lose them; convert the file, or replace it whole with `write`"#]],
    );
}

#[test]
fn replacing() {
    replace(
        b"a\nb\nc\n",
        2,
        2,
        "x",
        &expect![[r#"
        a\nx\nc\n
        range {"start":2,"end":2} of 3"#]],
    );
    replace(
        b"a\nb\nc\n",
        1,
        3,
        "x\ny",
        &expect![[r#"
        x\ny\n
        range {"start":1,"end":2} of 2"#]],
    );
    replace(
        b"a\nb\nc\n",
        2,
        3,
        "",
        &expect![[r#"
        a\n
        range null of 1"#]],
    );
    replace(
        b"a\nb\nc",
        3,
        3,
        "x\n",
        &expect![[r#"
        a\nb\nx
        range {"start":3,"end":3} of 3"#]],
    );
    replace(
        b"a\nb\nc",
        2,
        3,
        "",
        &expect![[r#"
        a
        range null of 1"#]],
    );
    replace(
        b"a\r\nb\nc\r\n",
        2,
        2,
        "x",
        &expect![[r#"
        a\r\nx\r\nc\r\n
        range {"start":2,"end":2} of 3"#]],
    );
    replace(
        b"a\nb\n",
        2,
        1,
        "x",
        &expect![[r#"
        a\nb\n
        out_of_range: file: the range ends (line 1) before it starts (line 2)"#]],
    );
    replace(
        b"a\nb\n",
        2,
        3,
        "x",
        &expect![[r#"
        a\nb\n
        out_of_range: file: line 3 is out of range, the file has 2 lines"#]],
    );
    replace(
        b"a\nb\n",
        u64::MAX,
        u64::MAX,
        "x",
        &expect![[r#"
        a\nb\n
        out_of_range: file: line 18446744073709551615 is out of range, the file has 2 lines"#]],
    );
    replace(
        b"",
        1,
        1,
        "x",
        &expect![[r#"

        out_of_range: file: line 1 is out of range, the file has 0 lines"#]],
    );
}

#[test]
fn deleting() {
    delete(
        b"a\nb\nc\n",
        2,
        2,
        &expect![[r#"
        a\nc\n
        range null of 2"#]],
    );
    delete(
        b"a\nb\nc\n",
        1,
        3,
        &expect![[r#"

        range null of 0"#]],
    );
    delete(
        b"a\nb\nc",
        3,
        3,
        &expect![[r#"
        a\nb
        range null of 2"#]],
    );
    delete(
        b"a\r\nb\r\nc",
        2,
        3,
        &expect![[r#"
        a
        range null of 1"#]],
    );
    delete(
        b"a\rb\rc",
        2,
        3,
        &expect![[r#"
        a
        range null of 1"#]],
    );
    delete(
        b"a",
        1,
        1,
        &expect![[r#"

        range null of 0"#]],
    );
    delete(
        b"a\n",
        1,
        2,
        &expect![[r#"
        a\n
        out_of_range: file: line 2 is out of range, the file has 1 line"#]],
    );
    delete(
        b"\xEF\xBB\xBFa\n",
        1,
        1,
        &expect![[r#"
        \xEF\xBB\xBF
        range null of 0"#]],
    );
}
