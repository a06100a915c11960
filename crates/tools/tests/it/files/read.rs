//! Reading files and folders.

use expect_test::expect;
use ironbridge_tools::files::{ReadInput, ReadOutput, read, read_bytes};
use ironbridge_tools::{Coded as _, Control, Limits, Workspace};
use serde_json::{Value, json};

use super::{Project, failure};

/// What `read` says of a file of `content`: the text, then its lines and where to go on, then its form.
fn text(content: &[u8], input: Value) -> String {
    text_within(Limits::default(), content, input)
}

fn text_within(limits: Limits, content: &[u8], mut input: Value) -> String {
    let mut project = Project::new();
    project.put("file", content);
    project.workspace = project.workspace.with_limits(limits);
    input["path"] = json!("file");
    let result = match project.run("read", input) {
        Err(error) => return failure(&project, &error),
        Ok(result) => result,
    };
    let mark = |name: &str| if result[name] == true { format!(" {name}") } else { String::new() };
    let hash = if result["hash"].is_null() { " no hash" } else { "" };
    format!(
        "{} | {}+{} of {} next {} cut {}{} | {}{} {}{}{hash}",
        result["text"],
        result["offset"],
        result["lines"],
        result["totalLines"],
        result["nextOffset"],
        result["cutLines"],
        mark("truncated"),
        result["encoding"].as_str().unwrap_or("?"),
        mark("bom"),
        result["lineEnding"].as_str().unwrap_or("?"),
        mark("lossy"),
    )
}

#[test]
fn form_is_found_out() {
    let whole = |content: &[u8]| text(content, json!({}));
    let cases = [
        whole(b""),
        whole(b"one\ntwo\n"),
        whole(b"one\ntwo"),
        whole(b"one\r\ntwo\r\n"),
        whole(b"one\r\ntwo\n"),
        whole(b"one\rtwo\r"),
        whole(b"a lone \r in a line\n"),
        whole("\u{FEFF}caf\u{e9}\r\n".as_bytes()),
        whole(b"\xFF\xFEh\0\xE9\0\r\0\n\0"),
        whole(b"\xFE\xFF\0h\x4F\x60\0\n"),
        whole(b"i\0n\0t\0 \0x\0\n\0"),
        whole(b"\0i\0n\0t\0 \0x\0\n"),
        whole(b"\xFF\xFE\0\0h\0\0\0"),
        whole(b"un caf\xE9 cr\xE8me, s'il vous pla\xEEt\n"),
        whole(b"\x93quoted\x94 \x97 it\x92s\n"),
        whole(b"\xC4\xE3\xBA\xC3\xA3\xAC\xCA\xC0\xBD\xE7\n"),
        whole(b"\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD\x90\xA2\x8A\x45\n"),
        whole(b"\xC3\xA9\xC3\xA8\xC3\xA0 and a broken \xFF\n"),
        whole(b"\xFF\xFEh\0\x00\xD8\n\0"),
        whole(b"\x7FELF\x02\x01\x01\0"),
        whole(b"\x01\x02\x03\x04text"),
        whole(b"BM is no image here\n"),
        whole(b"<svg xmlns='x'/>\n"),
        whole(b"\x1B[31mred\x1B[0m\n"),
    ];
    expect![[r#"
        "" | 1+0 of 0 next null cut [] | utf-8 none
        "one\ntwo\n" | 1+2 of 2 next null cut [] | utf-8 lf
        "one\ntwo" | 1+2 of 2 next null cut [] | utf-8 lf
        "one\r\ntwo\r\n" | 1+2 of 2 next null cut [] | utf-8 crlf
        "one\r\ntwo\n" | 1+2 of 2 next null cut [] | utf-8 mixed
        "one\rtwo\r" | 1+2 of 2 next null cut [] | utf-8 cr
        "a lone \r in a line\n" | 1+1 of 1 next null cut [] | utf-8 lf
        "café\r\n" | 1+1 of 1 next null cut [] | utf-8 bom crlf
        "hé\r\n" | 1+1 of 1 next null cut [] | utf-16le bom crlf
        "h你\n" | 1+1 of 1 next null cut [] | utf-16be bom lf
        "int x\n" | 1+1 of 1 next null cut [] | utf-16le lf
        "int x\n" | 1+1 of 1 next null cut [] | utf-16be lf
        binary: file: is no text (binary, 8 bytes); read it as bytes
        "un café crème, s'il vous plaît\n" | 1+1 of 1 next null cut [] | windows-1252 lf
        "“quoted” — it’s\n" | 1+1 of 1 next null cut [] | windows-1252 lf
        "你好，世界\n" | 1+1 of 1 next null cut [] | gbk lf
        "こんにちは世界\n" | 1+1 of 1 next null cut [] | shift_jis lf
        "éèà and a broken �\n" | 1+1 of 1 next null cut [] | utf-8 lf lossy
        "h�\n" | 1+1 of 1 next null cut [] | utf-16le bom lf lossy
        binary: file: is no text (binary, 8 bytes); read it as bytes
        binary: file: is no text (binary, 8 bytes); read it as bytes
        "BM is no image here\n" | 1+1 of 1 next null cut [] | utf-8 lf
        "<svg xmlns='x'/>\n" | 1+1 of 1 next null cut [] | utf-8 lf
        "\u001b[31mred\u001b[0m\n" | 1+1 of 1 next null cut [] | utf-8 lf"#]]
    .assert_eq(&cases.join("\n"));
}

#[test]
fn pages_end_at_limits() {
    let mut small = Limits::default();
    small.read.lines = 3;
    small.read.text_bytes = 12;
    small.read.line_characters = 5;
    let page = |content: &str, input: Value| text_within(small.clone(), content.as_bytes(), input);
    let five = "1\n2\n3\n4\n5\n";
    let cases = [
        page(five, json!({})),
        page(five, json!({ "offset": 4 })),
        page(five, json!({ "offset": 5, "limit": 1 })),
        page(five, json!({ "offset": 2, "limit": 2 })),
        page(five, json!({ "limit": 9 })),
        page(five, json!({ "offset": 6 })),
        page(five, json!({ "offset": 0 })),
        page(five, json!({ "offset": u64::MAX, "limit": u64::MAX })),
        page("", json!({ "offset": 2 })),
        page("123456\n", json!({})),
        page("12345\n", json!({})),
        page("1234\u{e9}6\r\n", json!({})),
        page("\u{4f60}\u{4f60}\u{4f60}\u{4f60}\u{4f60}", json!({})),
        page("12345\n12345\n12345\n", json!({})),
        page("1\n\u{4f60}\u{4f60}\u{4f60}\u{4f60}\n", json!({})),
    ];
    expect![[r#"
        "1\n2\n3\n" | 1+3 of 5 next 4 cut [] truncated | utf-8 lf
        "4\n5\n" | 4+2 of 5 next null cut [] | utf-8 lf
        "5\n" | 5+1 of 5 next null cut [] | utf-8 lf
        "2\n3\n" | 2+2 of 5 next 4 cut [] truncated | utf-8 lf
        "1\n2\n3\n4\n5\n" | 1+5 of 5 next null cut [] | utf-8 lf
        out_of_range: file: line 6 is out of range, it has 5 lines
        invalid_input
        out_of_range: file: line 18446744073709551615 is out of range, it has 5 lines
        out_of_range: file: line 2 is out of range, it has 0 lines
        "12345\n" | 1+1 of 1 next null cut [1] truncated | utf-8 lf
        "12345\n" | 1+1 of 1 next null cut [] | utf-8 lf
        "1234é\r\n" | 1+1 of 1 next null cut [1] truncated | utf-8 crlf
        "你你你你" | 1+1 of 1 next null cut [1] truncated | utf-8 none
        "12345\n12345\n" | 1+2 of 3 next 3 cut [] truncated | utf-8 lf
        "1\n" | 1+1 of 2 next 2 cut [] truncated | utf-8 lf"#]]
    .assert_eq(&cases.join("\n"));
}

/// What both ways of reading must agree in: all but the number of lines and the hash, which one of them does not know.
fn lines(said: &str) -> String {
    let (before, after) = said.split_once(" of ").unwrap_or((said, ""));
    let after = after.split_once(" next ").map_or(after, |(_, after)| after);
    format!("{before} next {}", after.replace(" no hash", ""))
}

/// A file too large to be read to its end gives the same lines, in every encoding.
#[test]
fn large_files_give_the_same_lines() {
    let texts = [
        "one\ntwo\nthree\nfour\n",
        "one\r\ntwo\r\n\r\nfour",
        "one\rtwo\rthree\r",
        "\u{4f60}\u{597d}\n\u{4e16}\u{754c}\u{0a0a}\u{0d0d}\n\u{010a}\n",
        "\n\n\n\n",
        "a line that is much too long\nshort\n",
    ];
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{FEFF}{text}").encode_utf16().flat_map(bytes).collect()
    };
    let mut limits = Limits::default();
    limits.read.line_characters = 9;
    let mut large = limits.clone();
    large.read.whole_bytes = 0;
    for content in texts {
        let forms = [
            content.as_bytes().to_vec(),
            utf16(content, u16::to_le_bytes),
            utf16(content, u16::to_be_bytes),
        ];
        for bytes in forms {
            for offset in 1..=5 {
                for limit in 1..=5 {
                    let input = json!({ "offset": offset, "limit": limit });
                    let whole = text_within(limits.clone(), &bytes, input.clone());
                    let part = text_within(large.clone(), &bytes, input);
                    assert_eq!(lines(&part), lines(&whole), "{content:?} {offset} {limit}");
                }
            }
        }
    }
}

#[test]
fn images_and_documents_are_given_whole_and_other_binaries_named() {
    let project = Project::new();
    let png = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
    project.put("picture", png);
    project.put("paper.pdf", "%PDF-1.7\nplain so far\n");
    project.put("archive", b"PK\x03\x04\x14\0\0\0");
    let cases = ["picture", "paper.pdf", "archive"].map(|path| {
        match project.run("read", json!({ "path": path })) {
            Ok(result) => result.to_string(),
            Err(error) => format!("{} {}", failure(&project, &error), json!(error.details)),
        }
    });
    expect![[r#"
        {"kind":"media","path":"picture","mime":"image/png","bytes":29,"data":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAA="}
        {"kind":"media","path":"paper.pdf","mime":"application/pdf","bytes":22,"data":"JVBERi0xLjcKcGxhaW4gc28gZmFyCg=="}
        binary: archive: is no text (application/zip, 8 bytes); read it as bytes {"mime":"application/zip","bytes":8}"#]].assert_eq(&cases.join("\n"));
    let input = ReadInput { path: "picture".to_owned(), ..ReadInput::default() };
    let output = read(&project.workspace, &input, &Control::unbounded()).expect("read");
    assert!(matches!(output, ReadOutput::Media(media) if media.data == png));
}

#[test]
fn folders_are_listed() {
    let project = Project::new();
    for path in ["b", "a.txt", "B", ".hidden", "sub/below", "caf\u{e9}"] {
        project.put(path, "");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("sub", project.root.join("link")).expect("linked");
        std::os::unix::fs::symlink("none", project.root.join("dangling")).expect("linked");
    }
    let list = |input: Value| match project.run("read", input) {
        Ok(result) => result.to_string(),
        Err(error) => failure(&project, &error),
    };
    let cases = [
        list(json!({ "path": "." })),
        list(json!({ "path": "", "offset": 2, "limit": 3 })),
        list(json!({ "path": "sub/..", "offset": 2, "limit": 3 })),
        list(json!({ "path": ".", "offset": 10 })),
    ];
    expect![[r#"
        {"kind":"folder","path":".","entries":[".hidden","B","a.txt","b","café","dangling","link/","sub/"],"offset":1,"total":8,"nextOffset":null}
        invalid_path: the path is empty
        {"kind":"folder","path":".","entries":["B","a.txt","b"],"offset":2,"total":8,"nextOffset":5}
        out_of_range: .: name 10 is out of range, it has 8 names"#]].assert_eq(&cases.join("\n"));
}

#[test]
fn names_like_a_missing_one_are_proposed() {
    let project = Project::new();
    for path in ["README.md", "src/main.rs", "src/lib.rs", "src/library.rs", "src/unlike.py"] {
        project.put(path, "");
    }
    let cases = [
        "readme.md",
        "README",
        "src/mian.rs",
        "src/lib.py",
        "scr/main.rs",
        "src/main.rs/x",
        "zzz",
        "none/at/all",
        "../outside",
    ]
    .map(|path| match project.run("read", json!({ "path": path })) {
        Ok(_) => "read".to_owned(),
        Err(error) => failure(&project, &error),
    });
    expect![[r#"
        not_found: readme.md: there is no such file; did you mean README.md?
        not_found: README: there is no such file; did you mean README.md?
        not_found: src/mian.rs: there is no such file; did you mean src/main.rs, src/lib.rs?
        not_found: src/lib.py: there is no such file; did you mean src/lib.rs, src/unlike.py, src/library.rs?
        not_found: scr/main.rs: there is no such file; did you mean src/main.rs?
        not_a_folder: src/main.rs/x: a part of the path is a file, not a folder
        not_found: zzz: there is no such file
        not_found: none/at/all: there is no such file
        outside: TOP/outside: lies outside ROOT"#]].assert_eq(&cases.join("\n"));
}

#[test]
fn bytes_are_given_by_range() {
    let project = Project::new();
    project.put("file", b"0123\xFF\0");
    let bytes = |range| {
        let bytes = read_bytes(&project.workspace, "file", range, &Control::unbounded());
        bytes.map_err(|error| error.code())
    };
    assert_eq!(bytes(0..u64::MAX).as_deref(), Ok(&b"0123\xFF\0"[..]));
    assert_eq!(bytes(2..5).as_deref(), Ok(&b"23\xFF"[..]));
    assert_eq!(bytes(6..9).as_deref(), Ok(&b""[..]));
    assert_eq!(bytes(u64::MAX..u64::MAX).as_deref(), Ok(&b""[..]));
    #[allow(clippy::reversed_empty_ranges, reason = "what a caller may ask")]
    let reversed = bytes(5..2);
    assert_eq!(reversed.as_deref(), Ok(&b""[..]));
}

/// A gigabyte that takes eight megabytes of disk: lines first, then a hole, which is one long line.
#[cfg(target_os = "linux")]
#[test]
fn a_page_of_a_gigabyte_reads_no_more_than_what_stands_before_it() {
    const LINES: u64 = 1_000_100;
    const LINE: &str = "a line\n";
    let project = Project::new();
    project.put("huge", LINE.repeat(usize::try_from(LINES).expect("it fits")));
    let file =
        std::fs::File::options().write(true).open(project.root.join("huge")).expect("opened");
    if let Err(error) = file.set_len(1 << 30) {
        println!("skipped: no file of a gigabyte here: {error}");
        return;
    }
    let page = |offset: u64| {
        let before = bytes_read_by_this_thread();
        let result = project.run("read", json!({ "path": "huge", "offset": offset, "limit": 3 }));
        (result, bytes_read_by_this_thread().saturating_sub(before))
    };
    let (first, read) = page(1);
    assert_eq!(first.expect("read")["text"], LINE.repeat(3));
    assert!(read < 1 << 20, "{read}");
    let (late, read) = page(1_000_000);
    let late = late.expect("read");
    assert_eq!((&late["text"], &late["offset"]), (&json!(LINE.repeat(3)), &json!(1_000_000)));
    assert!(late["hash"].is_null() && late["totalLines"].is_null());
    assert!(read < 8 << 20, "{read}");
}

/// What the kernel counts for this thread (`proc_pid_io(5)`).
#[cfg(target_os = "linux")]
fn bytes_read_by_this_thread() -> u64 {
    let counts = std::fs::read_to_string("/proc/thread-self/io").expect("Linux counts");
    let line = counts.lines().find_map(|line| line.strip_prefix("rchar: ")).expect("a row");
    line.parse().expect("a number")
}

/// A line of a gigabyte is gone through, not held.
#[cfg(target_os = "linux")]
#[test]
fn a_huge_line_is_cut() {
    let mut project = Project::new();
    let mut limits = Limits::default();
    limits.read.whole_bytes = 1 << 20;
    project.workspace =
        Workspace::new(project.workspace.scope().clone(), project.workspace.state())
            .with_limits(limits);
    let mut content = "x".repeat(3 << 20);
    content.push_str("\nlast");
    project.put("file", content);
    let result = project.run("read", json!({ "path": "file" })).expect("read");
    assert_eq!(result["text"], format!("{}\nlast", "x".repeat(2000)));
    assert_eq!((&result["cutLines"], &result["totalLines"]), (&json!([1]), &json!(2)));
    let stopped = {
        let input = ReadInput { path: "file".to_owned(), ..ReadInput::default() };
        let control = Control::unbounded();
        control.cancel_token().cancel();
        read(&project.workspace, &input, &control).expect_err("cancelled").code()
    };
    assert_eq!(stopped, "cancelled");
}
