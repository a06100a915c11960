//! A refusal says what is there instead.

use expect_test::{Expect, expect};
use ironbridge_tools::Failure;
use ironbridge_tools::edit::{Replace, edit_text};
use ironbridge_tools::limits::EditLimits;

use super::check;

const TEXT: &str = "fn total(items: &[Item]) -> u64 {\n    let mut sum = 0;\n    for item in items {\n        \
                    sum += item.price * item.count;\n    }\n    sum\n}\n\nfn count(items: &[Item]) -> usize {\n    \
                    items.len()\n}\n";

#[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
fn check_each(cases: &[(&str, &str)], expected: Expect) {
    let told = |(content, old): &(&str, &str)| {
        let error = edit_text(content, &Replace::new(old, "new"), &EditLimits::default());
        format!("{}\n", error.expect_err("it is refused"))
    };
    expected.assert_eq(&cases.iter().map(told).collect::<String>());
}

#[test]
fn the_nearest_region_is_named() {
    check_each(
        &[
            (TEXT, "let mut total = 0;"),
            (TEXT, "    sum += item.price * item.amount;"),
            (TEXT, "for item of items {\n    total += item.price;\n}\nsum"),
            (TEXT, "fn count(items: &[Item]) -> u64 {\n    items.length\n}"),
            (TEXT, "items.len()\n}\n\nfn more() {"),
            (TEXT, "void nothing_like_this(int a) {}"),
            (TEXT, "struct Other;\n\nimpl Other {\n}"),
            ("größe = 1;\n  höhe = 2;\n", "höhe = 3"),
            ("a\r\nbeta = 1\r\n", "a\nbeta = 2\n"),
            ("", "anything"),
            ("short", "short\nand\nmuch\nlonger"),
            ("a\nlast line", "last line\nmore"),
        ],
        expect![[r#"
            `old` was not found; nearest is line 2 (72 % alike): line 2 differs from column 13 on, it has `let mut sum = 0;` where `old` has `let mut total = 0;`
            `old` was not found; nearest is line 4 (93 % alike): line 4 differs from column 34 on, it has `sum += item.price * item.count;` where `old` has `sum += item.price * item.amount;`
            `old` was not found; nearest is line 3 to 6 (82 % alike): line 3 differs from column 14 on, it has `for item in items {` where `old` has `for item of items {`
            `old` was not found; nearest is line 9 to 11 (87 % alike): line 9 differs from column 30 on, it has `fn count(items: &[Item]) -> usize {` where `old` has `fn count(items: &[Item]) -> u64 {`
            `old` was not found; nearest is line 10 to 12 (66 % alike): line 12 differs from column 1 on, it has `` where `old` has `fn more() {`
            `old` was not found, nor anything like it: read the file again
            `old` was not found, nor anything like it: read the file again
            `old` was not found; nearest is line 2 (87 % alike): line 2 differs from column 10 on, it has `höhe = 2;` where `old` has `höhe = 3`
            `old` was not found; nearest is line 1 to 2 (93 % alike): line 2 differs from column 8 on, it has `beta = 1` where `old` has `beta = 2`
            `old` was not found, nor anything like it: read the file again
            `old` was not found, nor anything like it: read the file again
            `old` was not found; nearest is line 2 (50 % alike): line 2 differs from column 1 on, it has `` where `old` has `more`
        "#]],
    );
}

#[test]
fn long_lines_are_cut_around_the_difference() {
    let text = format!("{}needle{}", "a".repeat(300), "b".repeat(600));
    let old = format!("{}noodle{}", "a".repeat(300), "b".repeat(600));
    check(
        &text,
        &old,
        "x",
        expect![
            "`old` was not found; nearest is line 1 (99 % alike): line 1 differs from column 302 on, it has `…aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaneedlebbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…` where `old` has `…aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaanoodlebbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…`"
        ],
    );
}

#[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
fn check_json(content: &str, replace: &Replace<'_>, expected: Expect) {
    let error = edit_text(content, replace, &EditLimits::default()).expect_err("it is refused");
    expected.assert_eq(&format!("{:#}", Failure::from(error).to_json()));
}

#[test]
fn facts_come_as_json() {
    check_json(
        TEXT,
        &Replace::new("items.size()", "x"),
        expect![[r#"
        {
          "error": {
            "code": "no_match",
            "message": "`old` was not found; nearest is line 10 (66 % alike): line 10 differs from column 11 on, it has `items.len()` where `old` has `items.size()`",
            "nearest": {
              "firstLine": 10,
              "lastLine": 10,
              "similarity": 0.667,
              "line": 10,
              "column": 11,
              "expected": "items.size()",
              "found": "items.len()"
            },
            "exhausted": false
          }
        }"#]],
    );
    check_json(
        "a\nb\na\n",
        &Replace::new("a", "x"),
        expect![[r#"
        {
          "error": {
            "code": "several_matches",
            "message": "`old` fits 2 places (lines 1, 3): add lines around it that only one of them has, or set `replaceAll` to change all that have its words",
            "strategy": "simple",
            "count": 2,
            "lines": [
              1,
              3
            ]
          }
        }"#]],
    );
    check_json(
        "a",
        &Replace::new("a", "// ... existing code ..."),
        expect![[r#"
        {
          "error": {
            "code": "omission",
            "message": "line 1 of `new` leaves text out (\"// ... existing code ...\"): write it in full, or edit a smaller part; set `allowOmission` if it is meant literally",
            "line": 1,
            "text": "// ... existing code ..."
          }
        }"#]],
    );
}
