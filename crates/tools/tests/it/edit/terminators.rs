//! Line ends: the model's do not matter, the file's stay.

use expect_test::expect;

use super::{check, check_all};

#[test]
fn the_matrix() {
    check("a\nb\nc\n", "a\nb", "x\ny", expect![[r#"simple 1-2→1-2 "x\ny\nc\n""#]]);
    check("a\nb\nc\n", "a\r\nb", "x\r\ny", expect![[r#"simple 1-2→1-2 "x\ny\nc\n""#]]);
    check("a\nb\nc\n", "a\nb", "x\r\ny", expect![[r#"simple 1-2→1-2 "x\ny\nc\n""#]]);
    check("a\nb\nc\n", "a\r\nb", "x\ny", expect![[r#"simple 1-2→1-2 "x\ny\nc\n""#]]);
    check("a\r\nb\r\nc\r\n", "a\nb", "x\ny", expect![[r#"simple 1-2→1-2 "x\r\ny\r\nc\r\n""#]]);
    check("a\r\nb\r\nc\r\n", "a\r\nb", "x\r\ny", expect![[r#"simple 1-2→1-2 "x\r\ny\r\nc\r\n""#]]);
    check("a\r\nb\r\nc\r\n", "a\nb", "x\r\ny", expect![[r#"simple 1-2→1-2 "x\r\ny\r\nc\r\n""#]]);
    check("a\r\nb\r\nc\r\n", "a\r\nb", "x\ny", expect![[r#"simple 1-2→1-2 "x\r\ny\r\nc\r\n""#]]);
    check("a\rb\rc\r", "a\nb", "x\ny\nz", expect![[r#"simple 1-2→1-3 "x\ry\rz\rc\r""#]]);
    check("a\rb\rc\r", "a\rb", "x\r\ny", expect![[r#"simple 1-2→1-2 "x\ry\rc\r""#]]);
    check("a\r\nb\r\nc\r\n", "b", "x\ny", expect![[r#"simple 2→2-3 "a\r\nx\r\ny\r\nc\r\n""#]]);
    check("a\r\nb\r\nc", "c", "x\ny\n", expect![[r#"simple 3→3-4 "a\r\nb\r\nx\r\ny\r\n""#]]);
    check_all(
        "a\r\nb\r\na\r\nb\r\n",
        "a\nb\n",
        "x\ny\nz\n",
        expect![[r#"multi-occurrence 1-2→1-3 3-4→4-6 "x\r\ny\r\nz\r\nx\r\ny\r\nz\r\n""#]],
    );
    check_all(
        "a\r\na\n",
        "a\n",
        "b\nc\n",
        expect![[r#"multi-occurrence 1→1-2 2→3-4 "b\r\nc\r\nb\nc\n""#]],
    );
}

#[test]
fn each_line_keeps_its_own() {
    check(
        "a\r\nb\nc\r\nd\n",
        "a\nb\nc\nd",
        "a\nB\nc\nd",
        expect![[r#"simple 1-4→1-4 "a\r\nB\nc\r\nd\n""#]],
    );
    check(
        "a\r\nb\nc\r\nd\n",
        "a\nb\nc\n",
        "a\nc\n",
        expect![[r#"simple 1-3→1-2 "a\r\nc\r\nd\n""#]],
    );
    check(
        "a\r\nb\nc\r\nd\n",
        "a\nb\nc\nd\n",
        "a\nb\nx\ny\nc\nd\n",
        expect![[r#"simple 1-4→1-6 "a\r\nb\nx\ny\nc\r\nd\n""#]],
    );
    check("a\nb\r\nc\n", "b", "x\ny", expect![[r#"simple 2→2-3 "a\nx\r\ny\r\nc\n""#]]);
    check("a\r\nb\nc", "c", "x\ny", expect![[r#"simple 3→3-4 "a\r\nb\nx\ny""#]]);
    check("a\nb\r\n", "a\nb\n", "b\na\n", expect![[r#"simple 1-2→1-2 "b\na\r\n""#]]);
    check("a\r\nb\n", "a\nb\n", "x\ny\nz\n", expect![[r#"simple 1-2→1-3 "x\r\ny\nz\n""#]]);
}

#[test]
fn strategies_see_no_carriage_return() {
    check(
        "  a\r\n\tb\r\nc\r\n",
        "a\nb\n",
        "x\ny\n",
        expect![[r#"line-trimmed 1-2→1-2 "x\r\ny\r\nc\r\n""#]],
    );
    check(
        "s\r\nvalue = 1\r\ne\r\n",
        "s\nvalue = 2\ne\n",
        "s\ne\n",
        expect![[r#"block-anchor 1-3→1-2 "s\r\ne\r\n""#]],
    );
    check(
        "a  b\r\nc  d\r\n",
        "a b\nc d",
        "x\ny",
        expect![[r#"whitespace-normalized 1-2→1-2 "x\r\ny\r\n""#]],
    );
    check(
        "say(\"a\")\r\nb\r\n",
        "say(\\\"a\\\")\\nb",
        "x\ny",
        expect![[r#"escape-normalized 1-2→1-2 "x\r\ny\r\n""#]],
    );
    check(
        "x\r\na b\r\n",
        "\n\na b\n\n",
        "\n\nc\nd\n\n",
        expect![[r#"whitespace-normalized 2→2-3 "x\r\nc\r\nd\r\n""#]],
    );
}

#[test]
fn line_ends_can_be_what_is_replaced() {
    check_all("a\r\nb\r\n", "\r\n", "\n", expect![[r#"multi-occurrence 1→1 2→2 "a\nb\n""#]]);
    check_all("a\nb\r\n", "\n", "\r\n", expect![[r#"multi-occurrence 1→1 2→2 "a\r\nb\r\n""#]]);
    check("a\r\nb", "a\r\n", "a\n", expect![[r#"simple 1→1 "a\nb""#]]);
    check("a\r\nb", "\n", " ", expect![[r#"simple 1→1 "a b""#]]);
    check(
        "a\r\nb",
        "\r",
        "x",
        expect!["`old` was not found, nor anything like it: read the file again"],
    );
}

#[test]
fn a_lone_carriage_return_is_a_character() {
    check("10%\r20%\nend\n", "20%", "30%", expect![[r#"simple 1→1 "10%\r30%\nend\n""#]]);
    check("10%\r20%\nend\n", "10%\r20%", "x\r30%", expect![[r#"simple 1→1 "x\r30%\nend\n""#]]);
    check("a\r\r\nb\n", "a\r\nb", "x\ny", expect![[r#"line-trimmed 1-2→1-2 "x\r\ny\n""#]]);
}

#[test]
fn a_text_of_one_line_takes_those_of_new() {
    check("a", "a", "x\r\ny", expect![[r#"simple 1→1-2 "x\r\ny""#]]);
    check("  a", "a", "x\ny\r\nz", expect![[r#"simple 1→1-3 "  x\ny\r\nz""#]]);
}

#[test]
fn a_byte_order_mark_stays() {
    check("\u{feff}a\nb\n", "a", "x", expect![[r#"simple 1→1 "\u{feff}x\nb\n""#]]);
    check("\u{feff}a\nb\n", "\u{feff}a", "\u{feff}x", expect![[r#"simple 1→1 "\u{feff}x\nb\n""#]]);
    check(
        "\u{feff}  a\r\nb\r\n",
        "a\nb",
        "x\ny",
        expect![[r#"simple 1-2→1-2 "\u{feff}  x\r\ny\r\n""#]],
    );
    check("\u{feff}a", "a", "", expect![[r#"simple 1→1 "\u{feff}""#]]);
}

#[test]
fn the_final_line_end_stays_as_it_is() {
    check("a\nb", "a\nb\n", "x\n", expect![[r#"line-trimmed 1-2→1 "x""#]]);
    check(" a\nb", "a\nb\n", "x\n", expect![[r#"line-trimmed 1-2→1 " x""#]]);
    check(" a\nb\n", "a\nb", "x", expect![[r#"simple 1-2→1 " x\n""#]]);
    check(" a\nb\n", "a\nb\n", "x", expect![[r#"simple 1-2→1 " x""#]]);
}
