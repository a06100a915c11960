//! Each strategy finds what it is for, and no earlier one takes it away.

use expect_test::expect;

use super::{check, check_all};

#[test]
fn simple() {
    check("one two three", "two", "2", expect![[r#"simple 1→1 "one 2 three""#]]);
    check("one two three", "one", "", expect![[r#"simple 1→1 " two three""#]]);
    check("a\nb\nc\n", "b\n", "", expect![[r#"simple 2→2 "a\nc\n""#]]);
    check("a\nb\nc\n", "a\nb", "x", expect![[r#"simple 1-2→1 "x\nc\n""#]]);
    check("a\nb\nc", "c", "c\nd\n", expect![[r#"simple 3→3-4 "a\nb\nc\nd\n""#]]);
    check("a\nb", "a\nb", "", expect![[r#"simple 1-2→1 """#]]);
    check("foo", "f", "g", expect![[r#"simple 1→1 "goo""#]]);
    check("\n", "\n", "x", expect![[r#"simple 1→1 "x""#]]);
    check("日本語", "本", "木", expect![[r#"simple 1→1 "日木語""#]]);
    check("x = \"a\\tb\"", "\\t", "\t", expect![[r#"simple 1→1 "x = \"a\tb\"""#]]);
    check("    deep\n", "deep", "x\ny", expect![[r#"simple 1→1-2 "    x\ny\n""#]]);
}

#[test]
fn new_text_is_literal() {
    check(
        "price: 5",
        "5",
        "$1 $& $$ $` $' ${x}",
        expect![[r#"simple 1→1 "price: $1 $& $$ $` $' ${x}""#]],
    );
    check("price: 5", "5", "\\1 \\n \\0", expect![[r#"simple 1→1 "price: \\1 \\n \\0""#]]);
    check("a  b c", "a b c", "$&", expect![[r#"whitespace-normalized 1→1 "$&""#]]);
    check_all("a a", "a", "$&$1", expect![[r#"multi-occurrence 1→1 1→1 "$&$1 $&$1""#]]);
}

#[test]
fn multi_occurrence() {
    check_all("a b a b a", "a", "x", expect![[r#"multi-occurrence 1→1 1→1 1→1 "x b x b x""#]]);
    check_all("aaa", "aa", "b", expect![[r#"simple 1→1 "ba""#]]);
    check_all("one", "one", "two", expect![[r#"simple 1→1 "two""#]]);
    check_all("a\na\n", "a\n", "", expect![[r#"multi-occurrence 1→1 2→1 """#]]);
    check_all(
        "foo\n foo\n",
        "foo",
        "foofoo",
        expect![[r#"multi-occurrence 1→1 2→2 "foofoo\n foofoo\n""#]],
    );
    check_all("ééé", "é", "e", expect![[r#"multi-occurrence 1→1 1→1 1→1 "eee""#]]);
}

#[test]
fn line_trimmed() {
    check("  a\n\tb\nc\n", "a\nb", "x\ny", expect![[r#"line-trimmed 1-2→1-2 "x\ny\nc\n""#]]);
    check(
        "fn f() {  \n  x();\n}\n",
        "fn f() {\n  x();\n}",
        "fn f() {}",
        expect![[r#"line-trimmed 1-3→1 "fn f() {}\n""#]],
    );
    check("a \nb\n", "a\nb\n", "c\n", expect![[r#"line-trimmed 1-2→1 "c\n""#]]);
    check("a \nb", "a\nb\n", "c\n", expect![[r#"line-trimmed 1-2→1 "c""#]]);
    check("a \nb", "a\nb\n", "c", expect![[r#"line-trimmed 1-2→1 "c""#]]);
    check("  a\n\n  b\n", "a\n\nb", "x", expect![[r#"line-trimmed 1-3→1 "  x\n""#]]);
    check("  a\n   \n  b\n", "a\n\nb", "x", expect![[r#"line-trimmed 1-3→1 "  x\n""#]]);
    check(
        "x\n  a\n  b\nab\n",
        "a\nb",
        "c\nd",
        expect![[r#"line-trimmed 2-3→2-3 "x\n  c\n  d\nab\n""#]],
    );
    check("\u{a0}a\n\u{3000}b\n", "a\nb", "c\nd", expect![[r#"line-trimmed 1-2→1-2 "c\nd\n""#]]);
    check("a\u{feff} \nb", "a\nb", "c", expect![[r#"line-trimmed 1-2→1 "c""#]]);
    check_all(
        " a\n b\n  a\n  b\n",
        "a\nb",
        "c\nd",
        expect![[r#"line-trimmed 1-2→1-2 3-4→3-4 " c\n d\n  c\n  d\n""#]],
    );
    check_all(" a\n a\n a\n", "a\na", "c", expect![[r#"line-trimmed 1-2→1 " c\n a\n""#]]);
}

#[test]
fn block_anchor() {
    check(
        "fn a() {\n    let x = compute(1);\n    store(x);\n}\nrest\n",
        "fn a() {\n    let x = compute(2);\n    store(x);\n}",
        "fn a() {}",
        expect![[r#"block-anchor 1-4→1 "fn a() {}\nrest\n""#]],
    );
    check(
        "start\nalpha beta\n\ngamma delta\nend\n",
        "start\nalpha beta!\n\ngamma delta!\nend\n",
        "new\n",
        expect![[r#"block-anchor 1-5→1 "new\n""#]],
    );
    check(
        "{\none line here\ntwo lines here\nthree lines here\nfour lines here\n}",
        "{\none line here\ntwo lines here\nthree lines here\n}",
        "x",
        expect![[r#"block-anchor 1-6→1 "x""#]],
    );
    // The nearest closing brace is not the block's own.
    check(
        "fn f() {\n    if x {\n        call(1);\n    }\n}\n",
        "fn f() {\n    if x {\n        call(2);\n    }\n}",
        "fn f() {}",
        expect![[r#"block-anchor 1-5→1 "fn f() {}\n""#]],
    );
    // Of two blocks the far better one.
    check(
        "begin\nalpha = 1\nbeta = 2\nend\nbegin\nalpha = 1\nbeta is 29\nend\n",
        "begin\nalpha = 1\nbeta = 3\nend",
        "x",
        expect![[r#"block-anchor 1-4→1 "x\nbegin\nalpha = 1\nbeta is 29\nend\n""#]],
    );
    check(
        "  s\n    möhre\n  e\n",
        "s\n  möhren\ne",
        "s\n  rübe\ne",
        expect![[r#"block-anchor 1-3→1-3 "  s\n    rübe\n  e\n""#]],
    );
}

#[test]
fn whitespace_normalized() {
    check(
        "if (a  &&  b) go();",
        "a && b",
        "a || b",
        expect![[r#"whitespace-normalized 1→1 "if (a || b) go();""#]],
    );
    check(
        "if (a && b) go();",
        "a  &&\tb",
        "c",
        expect![[r#"whitespace-normalized 1→1 "if (c) go();""#]],
    );
    check(
        "  x  =  1;\n",
        "x = 1;",
        "x = 2;",
        expect![[r#"whitespace-normalized 1→1 "  x = 2;\n""#]],
    );
    check(
        "  x  =  1;\n",
        "  x = 1;",
        "  x = 2;\n  y = 3;",
        expect![[r#"whitespace-normalized 1→1-2 "  x = 2;\n  y = 3;\n""#]],
    );
    check(
        "    x  =  1;\n",
        "  x = 1;",
        "  x = 2;\n  y = 3;",
        expect![[r#"whitespace-normalized 1→1-2 "    x = 2;\n    y = 3;\n""#]],
    );
    check(
        "call(a,  b);\n",
        "call(a,\n    b);",
        "call();",
        expect![[r#"whitespace-normalized 1→1 "call();\n""#]],
    );
    check(
        "  a  b\n  c   d\n",
        "a b\nc d\n",
        "e\nf\n",
        expect![[r#"whitespace-normalized 1-2→1-2 "  e\n  f\n""#]],
    );
    check(
        "p a  b\nc   d q\n",
        "a b\nc d",
        "e",
        expect![[r#"whitespace-normalized 1-2→1 "p e q\n""#]],
    );
    check(
        "a  b\n\nc\n",
        "a b\nc",
        "x",
        expect![
            "`old` was not found; nearest is line 2 to 3 (50 % alike): line 2 differs from column 1 on, it has `` where `old` has `a b`"
        ],
    );
    check("über  alles", "über alles", "x", expect![[r#"whitespace-normalized 1→1 "x""#]]);
    check("a\u{a0}b c", "a b c", "x", expect![[r#"whitespace-normalized 1→1 "x""#]]);
    check_all(
        "f( x )  + g\nf( x ) + g\n",
        "f( x )   + g",
        "h",
        expect![[r#"whitespace-normalized 1→1 2→2 "h\nh\n""#]],
    );
}

#[test]
fn indentation_flexible() {
    // By lines alone there are two; only one is indented as `old` is.
    check(
        "  if a:\n  b\n  if a:\n      b\n",
        " if a:\n     b",
        " if a:\n     c",
        expect![[r#"indentation-flexible 3-4→3-4 "  if a:\n  b\n  if a:\n      c\n""#]],
    );
    check(
        "a\n  b\n\na\n    b \n",
        "\ta\n\t  b",
        "\tx\n\t  y",
        expect![[r#"indentation-flexible 1-2→1-2 "x\n  y\n\na\n    b \n""#]],
    );
    check("x\n\tx\n", " x\n  x", "y", expect![[r#"line-trimmed 1-2→1 "y\n""#]]);
}

#[test]
fn escape_normalized() {
    check(
        "console.log(\"x\");",
        "console.log(\\\"x\\\");",
        "done();",
        expect![[r#"escape-normalized 1→1 "done();""#]],
    );
    check("a\n\tb\n", "a\\n\\tb", "c", expect![[r#"escape-normalized 1-2→1 "c\n""#]]);
    check("cost: $5", "cost: \\$5", "free", expect![[r#"escape-normalized 1→1 "free""#]]);
    check("it's `so`", "it\\'s \\`so\\`", "x", expect![[r#"escape-normalized 1→1 "x""#]]);
    check("path = C:\\dir", "path = C:\\\\dir", "x", expect![[r#"escape-normalized 1→1 "x""#]]);
    check("one\ntwo", "one\\\ntwo", "x", expect![[r#"escape-normalized 1-2→1 "x""#]]);
    check("say \\\"hi\\\"\n", "say \"hi\"", "x", expect![[r#"escape-normalized 1→1 "x\n""#]]);
    check(
        "p\nsay \\\"hi\\\" \\$\nq\n",
        "say \"hi\" $",
        "x",
        expect![[r#"escape-normalized 2→2 "p\nx\nq\n""#]],
    );
    check("back \\ slash\\", "back \\ slash\\\\", "x", expect![[r#"escape-normalized 1→1 "x""#]]);
    check(
        "text\n",
        "\\n",
        "x",
        expect!["`old` was not found, nor anything like it: read the file again"],
    );
    check_all("\"a\" \"a\"", "\\\"a\\\"", "b", expect![[r#"escape-normalized 1→1 1→1 "b b""#]]);
}

#[test]
fn trimmed_boundary() {
    check(
        "x\n  foo(1,\n  2)\ny\n",
        "\n\nfoo(1,\n  2)\n\n",
        "\n\nbar\n\n",
        expect![[r#"trimmed-boundary 2-3→2 "x\n  bar\ny\n""#]],
    );
    check(
        "\tif a:\n  b\n",
        "\n\n  if a:\n  b\n\n",
        "\n\n  c\n\n",
        expect![[r#"trimmed-boundary 1-2→1 "\tc\n""#]],
    );
    check("p a:\n  b q\n", "\n a:\n  b\n\n", "x", expect![[r#"trimmed-boundary 1-2→1 "p x q\n""#]]);
    check(
        "xa\n  b\n",
        "\n\n a\n  b",
        "x",
        expect![
            "`old` was not found; nearest is line 1 to 2 (75 % alike): line 1 differs from column 1 on, it has `xa` where `old` has `a`"
        ],
    );
    check(
        "a\n  bx\n",
        "a\n  b\n\n",
        "x",
        expect![
            "`old` was not found; nearest is line 1 to 3 (75 % alike): line 2 differs from column 4 on, it has `bx` where `old` has `b`"
        ],
    );
    check(
        "q a\nb\nq a\nb\n",
        "\n\na\nb\n\n",
        "x",
        expect!["several_matches by trimmed-boundary: 2 at [1, 3]"],
    );
    check_all(
        "q a\nb\nq a\nb\n",
        "\n\na\nb\n\n",
        "x",
        expect![[r#"trimmed-boundary 1-2→1 3-4→2 "q x\nq x\n""#]],
    );
}

#[test]
fn a_piece_does_not_continue_a_word() {
    check("call(foo());\n", " call(foo());  ", "x();", expect![[r#"line-trimmed 1→1 "x();\n""#]]);
    check(
        "xfoo\n",
        " foo",
        "bar",
        expect![
            "`old` was not found; nearest is line 1 (100 % alike): line 1 differs from column 2 on, it has `xfoo` where `old` has ` foo`"
        ],
    );
    check(
        "foox\n",
        "foo ",
        "bar",
        expect![
            "`old` was not found; nearest is line 1 (100 % alike): line 1 differs from column 1 on, it has `foox` where `old` has `foo `"
        ],
    );
    check("foo\n", "foo\t", "bar", expect![[r#"line-trimmed 1→1 "bar\n""#]]);
    check(
        "a\n\tb c\n",
        "\n\n  b c\n",
        "\n\n  d\n  e\n",
        expect![[r#"whitespace-normalized 2→2-3 "a\n\td\n\te\n""#]],
    );
}

#[test]
fn context_aware() {
    let text = "begin\nkept line\nsomething else entirely\nend\n";
    check(
        text,
        "begin\nkept line\n1234567890\nend",
        "x",
        expect![[r#"context-aware 1-4→1 "x\n""#]],
    );
    check(
        text,
        "begin\n0987654321\n1234567890\nend",
        "x",
        expect![
            "`old` was not found; nearest is line 1 to 4 (50 % alike): line 2 differs from column 1 on, it has `kept line` where `old` has `0987654321`"
        ],
    );
    check(
        "begin\n\nkept\nqqqqqqqqq\n\nend\n",
        "begin\n\nkept\nzzzzzzzzz\n\nend\n",
        "begin\nend\n",
        expect![[r#"context-aware 1-6→1-2 "begin\nend\n""#]],
    );
    check_all(
        text,
        "begin\nkept line\n1234567890\nend",
        "x",
        expect![
            "`old` was not found; nearest is line 1 to 4 (75 % alike): line 3 differs from column 1 on, it has `something else entirely` where `old` has `1234567890`"
        ],
    );
}
