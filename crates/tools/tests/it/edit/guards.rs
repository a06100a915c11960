//! What earlier tools did wrong, refused or done right.

use expect_test::{Expect, expect};
use ironbridge_tools::edit::{Replace, edit_text};
use ironbridge_tools::limits::EditLimits;

use super::{check, check_all, shown};

#[test]
fn nothing_to_do() {
    check(
        "a",
        "",
        "b",
        expect!["`old` is empty: write a whole file with `write`, add lines with `insert-lines`"],
    );
    check(
        "",
        "",
        "b",
        expect!["`old` is empty: write a whole file with `write`, add lines with `insert-lines`"],
    );
    check(
        "",
        "",
        "",
        expect!["`old` is empty: write a whole file with `write`, add lines with `insert-lines`"],
    );
    check("a", "a", "a", expect!["nothing would change: `new` is what is there already"]);
    check("", "a", "b", expect!["`old` was not found, nor anything like it: read the file again"]);
    check(
        "\u{feff}a",
        "\u{feff}",
        "b",
        expect!["`old` is empty: write a whole file with `write`, add lines with `insert-lines`"],
    );
    check("  a\n", "a ", "  a", expect!["nothing would change: `new` is what is there already"]);
    check(
        "a\r\nb",
        "a\nb",
        "a\r\nb",
        expect!["nothing would change: `new` is what is there already"],
    );
}

/// opencode#14046: a lone pair of anchors was taken whatever stood between them.
#[test]
fn anchors_alone_are_not_enough() {
    check(
        "fn a() {\n    real();\n    work();\n}\n",
        "fn a() {\n    hallucinated body\n    of other code\n}",
        "x",
        expect![
            "`old` was not found; nearest is line 1 to 4 (55 % alike): line 2 differs from column 5 on, it has `real();` where `old` has `hallucinated body`"
        ],
    );
    check("s\nabcdefghij\ne\n", "s\nabcdefgxyz\ne", "x", expect![[r#"block-anchor 1-3→1 "x\n""#]]);
    check(
        "s\nabcdefghij\ne\n",
        "s\nabcdefwxyz\ne",
        "x",
        expect![
            "`old` was not found; nearest is line 1 to 3 (86 % alike): line 2 differs from column 7 on, it has `abcdefghij` where `old` has `abcdefwxyz`"
        ],
    );
}

/// opencode#14632: a final line end turned two lines into three parts, without a body to check.
#[test]
fn a_final_line_end_makes_no_third_line() {
    check(
        "a\nbody\nb\n",
        "a\nb\n",
        "x\n",
        expect![
            "`old` was not found; nearest is line 1 to 2 (62 % alike): line 2 differs from column 2 on, it has `body` where `old` has `b`"
        ],
    );
    check(
        "a\nbody\nmore\nb\n",
        "a\nb\n",
        "x\n",
        expect![
            "`old` was not found; nearest is line 1 to 2 (62 % alike): line 2 differs from column 2 on, it has `body` where `old` has `b`"
        ],
    );
}

/// opencode#45199: blank lines between the anchors counted as different.
#[test]
fn blank_lines_do_not_count() {
    check(
        "s\n\n\n\nabcdefgh\ne\n",
        "s\n\n\n\nabcdefgx\ne",
        "x",
        expect![[r#"block-anchor 1-6→1 "x\n""#]],
    );
    check("s\n\n\n\ne\n", "s\n\n\ne", "x", expect![[r#"block-anchor 1-5→1 "x\n""#]]);
}

#[test]
fn a_block_of_another_size_is_another_block() {
    let block = |lines: usize| {
        let inner: String = (0..lines).map(|line| format!("line number {line}\n")).collect();
        format!("s\n{inner}e\n")
    };
    let sizes = |there: usize, sought: usize| {
        let text =
            shown(&block(there), &Replace::new(&block(sought), "x\n"), &EditLimits::default());
        text.starts_with("block-anchor")
    };
    // 8 lines sought: two more or less are within a quarter, three are not.
    assert_eq!(
        [9, 8, 7, 5, 4, 3].map(|there| sizes(there, 6)),
        [false, true, true, true, true, false]
    );
    // 3 lines sought: one more.
    assert_eq!([3, 2].map(|there| sizes(there, 1)), [false, false]);
    check(
        "s\nabcdefghijk\n\ne\n",
        "s\nabcdefghijx\ne",
        "x",
        expect![[r#"block-anchor 1-4→1 "x\n""#]],
    );
}

#[test]
fn two_blocks_alike_are_several() {
    check(
        "s\nvalue = 1\ne\ns\nvalue = 2\ne\n",
        "s\nvalue = 3\ne",
        "x",
        expect!["several_matches by block-anchor: 2 at [1, 4]"],
    );
    check(
        "s\nkept\nAAAAAAAAA\ne\ns\nkept\nBBBBBBBBB\ne\n",
        "s\nkept\n---------\ne",
        "x",
        expect!["several_matches by context-aware: 2 at [1, 5]"],
    );
}

#[test]
fn blank_anchors_are_none() {
    check(
        "\nalpha\n\nalphb\n\n",
        "\nalphc\n\n",
        "x",
        expect![
            "`old` was not found; nearest is line 2 (80 % alike): line 2 differs from column 5 on, it has `alpha` where `old` has `alphc`"
        ],
    );
}

#[test]
fn uniqueness_is_judged_by_place() {
    check("a b a", "a", "x", expect!["several_matches by simple: 2 at [1, 1]"]);
    check("aaa", "aa", "b", expect!["several_matches by simple: 2 at [1, 1]"]);
    // The line found, as a text, stands in another line as well.
    check("  a b\n  a bc\n", "  a b \n", "x\n", expect![[r#"line-trimmed 1→1 "x\n  a bc\n""#]]);
    check(
        "    foo\n    foobar\n",
        "foo\n\n",
        "x",
        expect![[r#"whitespace-normalized 1→1 "    x\n    foobar\n""#]],
    );
    check(
        " x\n\ty\n x\n\ty\n",
        "x\ny",
        "z",
        expect!["several_matches by line-trimmed: 2 at [1, 3]"],
    );
    check(
        "f( a )\ng(f( a ))\n",
        "f(  a )",
        "x",
        expect!["several_matches by whitespace-normalized: 2 at [1, 2]"],
    );
    // Several exact places are never narrowed by a looser strategy.
    check(
        "x = foo()\nfoo()\n",
        "foo()",
        "bar()",
        expect!["several_matches by simple: 2 at [1, 2]"],
    );
}

#[test]
fn similarity_never_replaces_all() {
    check_all(
        "s\nvalue = 1\ne\n",
        "s\nvalue = 2\ne",
        "x",
        expect![
            "`old` was not found; nearest is line 1 to 3 (96 % alike): line 2 differs from column 9 on, it has `value = 1` where `old` has `value = 2`"
        ],
    );
    check_all(
        "s\nvalue = 1\ne\ns\nvalue = 2\ne\n",
        "s\nvalue = 3\ne",
        "x",
        expect![
            "`old` was not found; nearest is line 1 to 3 (96 % alike): line 2 differs from column 9 on, it has `value = 1` where `old` has `value = 3`"
        ],
    );
}

#[test]
fn what_is_found_is_in_proportion() {
    let long = "y".repeat(600);
    let rest: String = (0..8).map(|line| format!("the line {line}\n")).collect();
    let text = format!("s\n{rest}{long}\ne\n");
    check(
        &text,
        &format!("s\n{rest}z\ne\n"),
        "x",
        expect![
            "lines 1 to 11 fit `old` only by block-anchor, and are far more than `old` says: read them, and give `old` as they are"
        ],
    );
    let spaces = " ".repeat(900);
    check(
        &format!("a{spaces}b\nc\n"),
        "a b\nc",
        "x",
        expect![
            "lines 1 to 2 fit `old` only by whitespace-normalized, and are far more than `old` says: read them, and give `old` as they are"
        ],
    );
    check(&format!("a{spaces}b"), "a b", "x", expect![[r#"whitespace-normalized 1→1 "x""#]]);
}

#[test]
fn blank_text_is_sought_exactly() {
    check("a\n\nb\n   \nc", "  \n", "x", expect![[r#"simple 4→4 "a\n\nb\n xc""#]]);
    check(
        "a\n\nb\n",
        "\t",
        "x",
        expect!["`old` was not found, nor anything like it: read the file again"],
    );
    check("a\n\n\nb\n", "\n\n\n", "\n", expect![[r#"simple 1-3→1 "a\nb\n""#]]);
    check_all("a  b  c", "  ", " ", expect![[r#"multi-occurrence 1→1 1→1 "a b c""#]]);
}

/// The library of another tool died of these.
#[test]
fn odd_sizes_are_no_panic() {
    for text in ["", "a", "a\n", "\n", "é", "\u{feff}", "\r", "\r\n", "a\\", "日\n本"] {
        for old in [
            "a\nb\nc\nd",
            "\n\n\n\n",
            "é\né\né\né\n",
            "\\",
            "\\n",
            " a",
            "a ",
            "日",
            "\u{feff}",
            "\r\n\r",
            "a\\nb\\nc",
            "s\n\ne",
            " \u{3000}",
            "本\n語\n\n日\n",
        ] {
            for replace_all in [false, true] {
                let replace = Replace { replace_all, ..Replace::new(old, "x\ny\r\nz") };
                drop(edit_text(text, &replace, &EditLimits::default()));
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
fn check_omission(old: &str, new: &str, expected: Expect) {
    let text = format!("top\n{old}\nend\n");
    let refused = |allow_omission| {
        let replace = Replace { allow_omission, ..Replace::new(old, new) };
        edit_text(&text, &replace, &EditLimits::default())
    };
    expected.assert_eq(&match refused(false) {
        Ok(_) => "taken".to_owned(),
        Err(error) => error.to_string(),
    });
    assert!(refused(true).is_ok());
}

#[test]
fn placeholders_are_refused() {
    check_omission(
        "a",
        "// rest of code...",
        expect![[
            r#"line 1 of `new` leaves text out ("// rest of code..."): write it in full, or edit a smaller part; set `allowOmission` if it is meant literally"#
        ]],
    );
    check_omission(
        "a",
        "b\n    // ... existing code ...\nc",
        expect![[
            r#"line 2 of `new` leaves text out ("// ... existing code ..."): write it in full, or edit a smaller part; set `allowOmission` if it is meant literally"#
        ]],
    );
    for placeholder in [
        "// ...rest of the methods",
        "// ... rest of methods ...",
        "# ... (existing code) ...",
        "# ... rest of function unchanged ...",
        "/* ... unchanged ... */",
        "<!-- ... existing markup ... -->",
        "{/* … remaining items … */}",
        "-- ... same as before ...",
        "(rest of code ...)",
        "(unchanged code ...)",
        "... existing code ...",
        "// [... existing code ...]",
        "% ... the rest of the file ...",
        "* ... omitted for brevity ...",
    ] {
        let replace = Replace::new("a", placeholder);
        let error = edit_text("a", &replace, &EditLimits::default()).expect_err(placeholder);
        assert_eq!(ironbridge_tools::Coded::code(&error), "omission", "{placeholder}");
    }
}

#[test]
fn what_is_no_placeholder_is_taken() {
    for text in [
        "// the rest of the bytes are padding",
        "f(...args) // spread",
        "let [head, ...rest] = list;",
        "...rest",
        "// waits... then goes on",
        "print('... existing code ...')",
        "// TODO: handle existing users",
        "# loading remaining items",
        "// existing files are kept, see above, and this is a comment that goes on and on to say a lot more than a \
         placeholder would ever say ...",
    ] {
        let edited = edit_text("a", &Replace::new("a", text), &EditLimits::default());
        assert!(edited.is_ok(), "{text}: {edited:?}");
    }
    check_omission(
        "a // ...\n// ... existing code ...",
        "b\n// ... existing code ...",
        expect!["taken"],
    );
}

#[test]
fn budgets_end_the_search() {
    let limits = EditLimits { line_comparisons: 2, distance_steps: 40, ..EditLimits::default() };
    let text = "s\none is here\ntwo is here\nthree is here\ne\n";
    let sought = "s\none is thefe\ntwo is thefe\nthree is thefe\ne";
    let replace = Replace::new(sought, "x");
    expect!["`old` was not found; the text is too large to compare all of it: read the part that is meant"].assert_eq(&shown(text, &replace, &limits));
    let limits = EditLimits { places: 2, places_named: 1, ..EditLimits::default() };
    let replace = Replace { replace_all: true, ..Replace::new("a", "b") };
    expect![[r#"multi-occurrence 1→1 1→1 "b b""#]].assert_eq(&shown("a a", &replace, &limits));
    expect!["`old` fits more than 2 places, the most that one edit replaces"]
        .assert_eq(&shown("a a a", &replace, &limits));
    expect!["several_matches by simple: 3 at [1]"].assert_eq(&shown(
        "a a a a",
        &Replace::new("a", "b"),
        &limits,
    ));
}
