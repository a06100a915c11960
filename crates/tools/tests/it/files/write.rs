//! Writing whole files.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Project, failure, shown};

/// Writes `content` over `before` and shows the bytes that are there then, with what the result says about them.
fn check(before: Option<&[u8]>, mut input: Value, expected: &Expect) {
    let project = Project::new();
    if let Some(before) = before {
        project.put("file", before);
    }
    input["path"] = json!("file");
    let result = match project.run("write", input) {
        Err(error) => failure(&project, &error),
        Ok(result) => format!(
            "{} {} bom:{} {} converted:{} +{}-{}",
            result["outcome"].as_str().unwrap_or("?"),
            result["encoding"].as_str().unwrap_or("?"),
            result["bom"],
            result["lineEnding"].as_str().unwrap_or("?"),
            result["lineEndingsConverted"],
            result["added"],
            result["removed"],
        ),
    };
    let after = if project.names("").is_empty() {
        "no file".to_owned()
    } else {
        assert_eq!(project.names(""), ["file"], "nothing is left beside it");
        shown(&project.get("file"))
    };
    expected.assert_eq(&format!("{after}\n{result}"));
}

#[test]
fn a_file_keeps_encoding_mark_and_line_endings() {
    let content = |text: &str| json!({ "content": text });
    check(
        None,
        content("a\nb\n"),
        &expect![[r#"
        a\nb\n
        created utf-8 bom:false lf converted:false +2-0"#]],
    );
    check(
        None,
        content(""),
        &expect![[r#"

        created utf-8 bom:false none converted:false +0-0"#]],
    );
    check(
        None,
        content("\u{FEFF}a\r\n"),
        &expect![[r#"
        \xEF\xBB\xBFa\r\n
        created utf-8 bom:true crlf converted:false +1-0"#]],
    );
    check(
        Some(b"x\n"),
        content("a\nb"),
        &expect![[r#"
        a\nb
        replaced utf-8 bom:false lf converted:false +2-1"#]],
    );
    check(
        Some(b"x\n"),
        content("x\n"),
        &expect![[r#"
        x\n
        unchanged utf-8 bom:false lf converted:false +0-0"#]],
    );
    check(
        Some(b"x\r\ny\r\n"),
        content("a\nb\n"),
        &expect![[r#"
        a\r\nb\r\n
        replaced utf-8 bom:false crlf converted:true +2-2"#]],
    );
    check(
        Some(b"x\r\ny\r\n"),
        content("a\r\nb\n"),
        &expect![[r#"
        a\r\nb\r\n
        replaced utf-8 bom:false crlf converted:true +2-2"#]],
    );
    check(
        Some(b"x\ny\n"),
        content("a\r\nb\r\n"),
        &expect![[r#"
        a\nb\n
        replaced utf-8 bom:false lf converted:true +2-2"#]],
    );
    check(
        Some(b"x\ny\r\n"),
        content("a\r\nb\n"),
        &expect![[r#"
        a\r\nb\n
        replaced utf-8 bom:false mixed converted:false +2-2"#]],
    );
    check(
        Some(b"x\ry\r"),
        content("a\nb\n"),
        &expect![[r#"
        a\rb\r
        replaced utf-8 bom:false cr converted:true +2-2"#]],
    );
    check(
        Some(b"x"),
        content("a\r\nb\n"),
        &expect![[r#"
        a\r\nb\n
        replaced utf-8 bom:false mixed converted:false +2-1"#]],
    );
    check(
        Some(b""),
        content("a\r\nb\n"),
        &expect![[r#"
        a\r\nb\n
        replaced utf-8 bom:false mixed converted:false +2-0"#]],
    );
    check(
        Some(b"\xEF\xBB\xBFx\r\n"),
        content("a\n"),
        &expect![[r#"
        \xEF\xBB\xBFa\r\n
        replaced utf-8 bom:true crlf converted:true +1-1"#]],
    );
    check(
        Some(b"\xEF\xBB\xBFx\n"),
        content("\u{FEFF}a\n"),
        &expect![[r#"
        \xEF\xBB\xBFa\n
        replaced utf-8 bom:true lf converted:false +1-1"#]],
    );
    check(
        Some(b"\xFF\xFEx\0\r\0\n\0"),
        content("\u{e9}\n"),
        &expect![[r#"
        \xFF\xFE\xE9\x00\r\x00\n\x00
        replaced utf-16le bom:true crlf converted:true +1-1"#]],
    );
    check(
        Some(b"\xFE\xFF\0x\0\n"),
        content("\u{1F600}\n"),
        &expect![[r#"
        \xFE\xFF\xD8=\xDE\x00\x00\n
        replaced utf-16be bom:true lf converted:false +1-1"#]],
    );
    check(
        Some(b"h\0i\0 \0y\0o\0u\0\n\0"),
        content("a\n"),
        &expect![[r#"
        a\x00\n\x00
        replaced utf-16le bom:false lf converted:false +1-1"#]],
    );
    check(
        Some(b"un caf\xE9 cr\xE8me\n"),
        content("th\u{e9}\n"),
        &expect![[r#"
        th\xE9\n
        replaced windows-1252 bom:false lf converted:false +1-1"#]],
    );
    check(
        Some(b"un caf\xE9 cr\xE8me\n"),
        content("one\n\u{4f60}\n"),
        &expect![[r#"
            un caf\xE9 cr\xE8me\n
            unencodable: file: its encoding lacks a character of the new text; leave that out, or `write` the file with `encoding`: "utf-8": line 2, column 1: `你` (U+4F60) does not exist in windows-1252"#]],
    );
}

#[test]
fn form_can_be_asked_for() {
    let latin = Some(&b"un caf\xE9 cr\xE8me\n"[..]);
    check(
        latin,
        json!({ "content": "\u{4f60}\n", "encoding": "utf-8" }),
        &expect![[r#"
        \xE4\xBD\xA0\n
        replaced utf-8 bom:false lf converted:false +1-1"#]],
    );
    check(
        None,
        json!({ "content": "\u{e9}\n", "encoding": "latin1" }),
        &expect![[r#"
        \xE9\n
        created windows-1252 bom:false lf converted:false +1-0"#]],
    );
    check(
        None,
        json!({ "content": "\u{e9}\n", "encoding": "utf-16le" }),
        &expect![[r#"
        \xFF\xFE\xE9\x00\n\x00
        created utf-16le bom:true lf converted:false +1-0"#]],
    );
    check(
        None,
        json!({ "content": "x", "encoding": "klingon" }),
        &expect![[r#"
        no file
        invalid_input: write: `klingon` is no encoding that can be written; see `ironbridge tool write --help`"#]],
    );
    check(
        None,
        json!({ "content": "a\nb\r\n", "lineEnding": "crlf" }),
        &expect![[r#"
        a\r\nb\r\n
        created utf-8 bom:false crlf converted:true +2-0"#]],
    );
    check(
        Some(b"x\r\n"),
        json!({ "content": "a\n", "lineEnding": "asGiven" }),
        &expect![[r#"
        a\n
        replaced utf-8 bom:false lf converted:false +1-1"#]],
    );
    check(
        Some(b"x\0y"),
        json!({ "content": "text\n" }),
        &expect![[r#"
        text\n
        replaced utf-8 bom:false lf converted:false +1-0"#]],
    );
    check(
        Some(b"\xC3\xA9\xC3\xA9\xC3\xA9 \xFF\n"),
        json!({ "content": "\u{e9}\n" }),
        &expect![[r#"
        \xC3\xA9\n
        replaced utf-8 bom:false lf converted:false +1-1"#]],
    );
}
