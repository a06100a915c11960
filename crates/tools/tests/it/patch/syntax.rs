//! What is a patch, what is not, and what is known of one while it is still being written.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use ironbridge_tools::patch::{Action, Hunk, LineKind, Parser, parse};

/// One line for each header, chunk and line.
fn shown(hunks: &[Hunk]) -> String {
    let mut text = String::new();
    for Hunk { path, action, line } in hunks {
        let written = match action {
            Action::Add { content } => writeln!(text, "{line} add {path} {content:?}"),
            Action::Delete => writeln!(text, "{line} delete {path}"),
            Action::Update { move_to, .. } => {
                writeln!(
                    text,
                    "{line} update {path}{}",
                    move_to.as_deref().map_or(String::new(), |to| format!(" -> {to}"))
                )
            }
        };
        written.expect("a string takes everything");
        let Action::Update { chunks, .. } = action else { continue };
        for chunk in chunks {
            let end = if chunk.end_of_file { " (end of file)" } else { "" };
            writeln!(text, "  {} @@ {:?}{end}", chunk.line, chunk.contexts).expect("written");
            for line in &chunk.lines {
                let sign = match line.kind {
                    LineKind::Context => ' ',
                    LineKind::Removed => '-',
                    LineKind::Added => '+',
                };
                writeln!(text, "    {sign}{}|", line.text).expect("written");
            }
        }
    }
    text
}

fn check(patch: &str, expected: &Expect) {
    let text = match parse(patch) {
        Ok(hunks) => shown(&hunks),
        Err(error) => format!("{error}\n"),
    };
    expected.assert_eq(&text);
}

/// The body between the two markers.
fn check_body(body: &str, expected: &Expect) {
    check(&format!("*** Begin Patch\n{body}\n*** End Patch"), expected);
}

#[test]
fn hunks_of_every_kind() {
    check_body(
        "*** Add File: new\n+a\n+\n*** Delete File: C:\\old: one\n*** Update File: a\n*** Move to: b\n@@ fn x\n \
         a\n-b\n+c\n\n@@\n+d\n*** End of File\n\n*** Update File: z\n-z",
        &expect![[r#"
            2 add new "a\n\n"
            5 delete C:\old: one
            6 update a -> b
              8 @@ ["fn x"]
                 a|
                -b|
                +c|
                 |
              13 @@ [] (end of file)
                +d|
            17 update z
              18 @@ []
                -z|
        "#]],
    );
}

#[test]
fn leniency() {
    // Blanks around markers, also with tabs; the header of a unified diff; contexts below each other.
    check_body(
        "\t*** Update File:\ta \n  @@ -1 +1,2 @@ fn\n-a\n@@ x\n@@ y\n-b",
        &expect![[r#"
        2 update a
          3 @@ []
            -a|
          5 @@ ["x", "y"]
            -b|
    "#]],
    );
    // A marker with a blank before it, in a chunk: content, unless what follows could follow nothing else.
    check_body(
        "*** Update File: a\n-a\n *** End Patch\n-b",
        &expect![[r#"
        2 update a
          3 @@ []
            -a|
             *** End Patch|
            -b|
    "#]],
    );
    check_body(
        "*** Update File: a\n-a\n *** Update File: b\n+b",
        &expect![[r#"
        2 update a
          3 @@ []
            -a|
             *** Update File: b|
            +b|
    "#]],
    );
    check_body(
        "*** Update File: a\n-a\n *** Update File: b\n@@\n+b",
        &expect![[r#"
        2 update a
          3 @@ []
            -a|
        4 update b
          5 @@ []
            +b|
    "#]],
    );
    check_body(
        "*** Update File: a\n-a\n *** Delete File: b",
        &expect![[r#"
        2 update a
          3 @@ []
            -a|
        4 delete b
    "#]],
    );
    check(
        "*** Begin Patch\n*** Update File: a\n-a\n *** End Patch\n\nEOF\n",
        &expect![[r#"
        2 update a
          3 @@ []
            -a|
    "#]],
    );
    check(
        "*** Begin Patch\r\n*** Delete File: a\r\n*** End Patch\r\n",
        &expect![[r#"
        2 delete a
    "#]],
    );
    check("*** Begin Patch\n*** End Patch", &expect![[r#""#]]);
}

#[test]
fn errors_say_where_and_what_was_expected() {
    check(
        "",
        &expect![[r#"
        line 1 of the patch: expected `*** Begin Patch`, found nothing
    "#]],
    );
    check(
        "\nhello\n",
        &expect![[r#"
        line 1 of the patch: expected `*** Begin Patch`, found `hello`
    "#]],
    );
    check(
        "*** End Patch",
        &expect![[r#"
        line 1 of the patch: expected `*** Begin Patch`, found `*** End Patch`
    "#]],
    );
    check(
        "*** Begin Patch",
        &expect![[r#"
        line 2 of the patch: expected `*** End Patch`, found the end of the text: the patch is not complete
    "#]],
    );
    check_body(
        "*** Environment ID:",
        &expect![[r#"
        line 2 of the patch: expected an environment id, found `*** Environment ID:`
    "#]],
    );
    check_body(
        "nonsense",
        &expect![[r#"
        line 2 of the patch: expected `*** Add File: PATH`, `*** Delete File: PATH`, `*** Update File: PATH` or `*** End Patch`, found `nonsense`
    "#]],
    );
    check_body(
        "*** Move to: b",
        &expect![[r#"
        line 2 of the patch: expected `*** Add File: PATH`, `*** Delete File: PATH`, `*** Update File: PATH` or `*** End Patch`, found `*** Move to: b`
    "#]],
    );
    check_body(
        "*** Add File: ",
        &expect![[r#"
        line 2 of the patch: expected a path after the colon, found `*** Add File: `
    "#]],
    );
    check_body(
        "*** Update File: a\n*** Move to:",
        &expect![[r#"
        line 3 of the patch: expected a path after the colon, found `*** Move to:`
    "#]],
    );
    check_body(
        "*** Delete File: a\n-a",
        &expect![[r#"
        line 3 of the patch: expected `*** Add File: PATH`, `*** Delete File: PATH`, `*** Update File: PATH` or `*** End Patch`, found `-a`
    "#]],
    );
}

#[test]
fn errors_inside_an_update() {
    check_body(
        "*** Update File: a\nhello",
        &expect![[r#"
        line 3 of the patch: expected `@@`, or `@@ ` and a line to go past, found `hello`
    "#]],
    );
    check_body(
        "*** Update File: a\n@@\n-a\n*** Move to: b",
        &expect![[r#"
        line 5 of the patch: expected `*** Add File: PATH`, `*** Delete File: PATH`, `*** Update File: PATH` or `*** End Patch`, found `*** Move to: b`
    "#]],
    );
    check_body(
        "*** Update File: a\n@@\n*** End of File",
        &expect![[r#"
        line 4 of the patch: expected a line that begins with ` ` (stays), `-` (goes) or `+` (comes), or a marker, found `*** End of File`
    "#]],
    );
    check_body(
        "*** Update File: a\n@@\n-a\n*** End of File\n-b",
        &expect![[r#"
        line 6 of the patch: expected `@@`, or `@@ ` and a line to go past, found `-b`
    "#]],
    );
    check_body(
        "*** Update File: a\n@@ x",
        &expect![[r#"
        line 4 of the patch: expected a line that begins with ` ` (stays), `-` (goes) or `+` (comes), or a marker, found `*** End Patch`
    "#]],
    );
    check_body(
        &format!("*** Update File: a\n-a\n{}", "é".repeat(200)),
        &expect![[r#"
        line 4 of the patch: expected a line that begins with ` ` (stays), `-` (goes) or `+` (comes), or a marker, found `éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé…`
    "#]],
    );
}

#[test]
fn hunks_come_while_the_patch_is_being_written() {
    let mut parser = Parser::new();
    assert_eq!(parser.push("*** Begin Patch\n*** Delete File: a").expect("fits"), []);
    assert_eq!(parser.push("\n*** Add File: b\n+one\n+tw").expect("fits").len(), 1);
    let open = parser.open().expect("the file being added");
    assert_eq!(open.action, Action::Add { content: "one\n".to_owned() });
    assert_eq!(parser.push("o\n*** End Patch\n").expect("fits").len(), 1);
    assert_eq!(parser.finish().expect("complete"), []);
}

#[test]
fn an_error_stays() {
    let mut parser = Parser::new();
    let error = parser.push("*** Begin Patch\nnonsense\n").expect_err("no header");
    assert_eq!(parser.push("*** End Patch\n"), Err(error.clone()));
    assert_eq!(parser.finish(), Err(error));
}
