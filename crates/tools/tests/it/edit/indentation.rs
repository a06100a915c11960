//! Re-indenting: what was found at another depth is replaced at that depth.

use expect_test::expect;

use super::{check, check_all};

#[test]
fn a_uniform_shift_is_applied() {
    check(
        "class A:\n    def f(self):\n        return 1\n",
        "def f(self):\n    return 1",
        "def f(self):\n    if x:\n        return 2\n\n    return 3",
        expect![[
            r#"line-trimmed 2-3→2-6 "class A:\n    def f(self):\n        if x:\n            return 2\n\n        return 3\n""#
        ]],
    );
    check(
        "  a\n  b\n",
        "    a\n    b\n",
        "    a\n      c\n    b\n",
        expect![[r#"line-trimmed 1-2→1-3 "  a\n    c\n  b\n""#]],
    );
    check(
        "\ta\n\t\tb\n",
        "a\n\tb",
        "a\n\tc\n\td",
        expect![[r#"line-trimmed 1-2→1-3 "\ta\n\t\tc\n\t\td\n""#]],
    );
    check_all(
        "  a\n  b\n    a\n    b\n",
        "a\nb",
        "a\nc",
        expect![[r#"line-trimmed 1-2→1-2 3-4→3-4 "  a\n  c\n    a\n    c\n""#]],
    );
}

#[test]
fn spaces_become_tabs_and_back() {
    check(
        "\tif x {\n\t\ty()\n\t}\n",
        "    if x {\n        y()\n    }",
        "    if x {\n        z()\n            .w()\n    }",
        expect![[r#"line-trimmed 1-3→1-4 "\tif x {\n\t\tz()\n\t\t\t.w()\n\t}\n""#]],
    );
    check(
        "    if x {\n        y()\n    }\n",
        "\tif x {\n\t\ty()\n\t}",
        "\tz()\n\t\tw()\n",
        expect![[r#"line-trimmed 1-3→1-2 "    z()\n        w()\n\n""#]],
    );
    check(
        "\t\tif x\n\t\t\ty\n",
        "if x\n  y",
        "if x\n  z\n    w",
        expect![[r#"line-trimmed 1-2→1-3 "\t\tif x\n\t\t\tz\n\t\t\t\tw\n""#]],
    );
}

#[test]
fn other_shifts_leave_new_as_it_is() {
    check("  a\n      b\n", "a\nb ", "c\n  d", expect![[r#"line-trimmed 1-2→1-2 "c\n  d\n""#]]);
    check("\t a\n \tb\n", "a\n b", "c\n d", expect![[r#"line-trimmed 1-2→1-2 "c\n d\n""#]]);
}

/// gemini-cli: what is written at the file's depth already is not indented twice.
#[test]
fn no_double_indentation() {
    check(
        "    a\n    b\n",
        "a\nb",
        "    a\n    c",
        expect![[r#"line-trimmed 1-2→1-2 "    a\n    c\n""#]],
    );
    check(
        "    a\n      b\n",
        "a\n  b",
        "    a\n      c\n",
        expect![[r#"line-trimmed 1-2→1-2 "    a\n      c\n\n""#]],
    );
    check(
        "    x  = 1\n",
        "x = 1",
        "    x = 2",
        expect![[r#"whitespace-normalized 1→1 "    x = 2\n""#]],
    );
    check(
        "\ta\n\tb\n",
        "  a\n  b",
        "\tc\n\t\td",
        expect![[r#"line-trimmed 1-2→1-2 "\tc\n\t\td\n""#]],
    );
}

#[test]
fn a_first_line_copied_without_its_indentation_keeps_it() {
    check(
        "    a \n    b\n",
        "a\n    b",
        "c\n    d",
        expect![[r#"line-trimmed 1-2→1-2 "    c\n    d\n""#]],
    );
    check(
        "x\n    f(a,\n      b )\n",
        "f(a, \n      b )",
        "g()",
        expect![[r#"line-trimmed 2-3→2 "x\n    g()\n""#]],
    );
}

#[test]
fn blocks_found_by_similarity_are_indented_by_their_equal_lines() {
    check(
        "    s {\n        value = 1\n    }\n",
        "s {\n    value = 2\n}",
        "s {\n    value = 3\n}",
        expect![[r#"block-anchor 1-3→1-3 "    s {\n        value = 3\n    }\n""#]],
    );
}

#[test]
fn blank_lines_stay_blank() {
    check(
        "  a\n\n  b\n",
        "a\n\nb",
        "c\n\n\nd\n",
        expect![[r#"line-trimmed 1-3→1-4 "  c\n\n\n  d\n\n""#]],
    );
    check("  a\n  b\n", "a\nb", "", expect![[r#"line-trimmed 1-2→1 "\n""#]]);
}
