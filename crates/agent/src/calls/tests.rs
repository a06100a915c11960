use super::*;
use expect_test::{Expect, expect};
use serde_json::json;

fn tools() -> Vec<ToolSpec> {
    let tool = |name: &str, parameters: serde_json::Value| ToolSpec {
        name: name.to_owned(),
        description: String::new(),
        schema: json!({"type": "object", "properties": parameters}),
        reads: true,
    };
    let text = json!({"type": "string"});
    vec![
        tool("read_file", json!({"path": text, "start_line": {"type": "integer"}})),
        tool("write_file", json!({"path": text, "content": text})),
        tool("mcp__git-hub.list", json!({"names": {"type": "array"}})),
        tool("stop", json!({})),
    ]
}

fn shown(pieces: &[Piece]) -> String {
    let line = |piece: &Piece| match piece {
        Piece::Text(text) => format!("text {text:?}\n"),
        Piece::Thinking(text) => format!("thinking {text:?}\n"),
        Piece::Call { name, arguments } => format!("call {name} {arguments}\n"),
        Piece::Broken(why) => format!("broken {why}\n"),
    };
    pieces.iter().map(line).collect()
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&shown(&read_all(text, &tools())));
}

/// These texts are no calls.
fn check_text(text: &str) {
    assert_eq!(read_all(text, &tools()), [Piece::Text(text.to_owned())], "{text}");
}

#[test]
fn xml_child_tags() {
    check(
        "I look.\n<read_file>\n<path>src/a.rs</path>\n<start_line>10</start_line>\n</read_file>\nThen more.",
        expect![[r#"
            text "I look.\n"
            call read_file {"path":"src/a.rs","start_line":10}
            text "\nThen more."
        "#]],
    );
    // "=" in the text, which made the earlier agent drop the call; tags inside a value; a name with "-" and ".".
    check(
        "<write_file><path>a.html</path><content>\n<a href=\"x\">a = b</a>\n<path>no</path></content>\n</content></write_file>",
        expect![[r#"
            call write_file {"path":"a.html","content":"<a href=\"x\">a = b</a>\n<path>no</path></content>"}
        "#]],
    );
    check(
        "<mcp__git-hub.list><names>[\"a\", 'b',]</names></mcp__git-hub.list><stop></stop>",
        expect![[r#"
            call mcp__git-hub.list {"names":["a","b"]}
            call stop {}
        "#]],
    );
    check(
        "<read_file><path>a",
        expect![[r#"
            broken the call of read_file was cut: </… is missing. Write the whole call again.
        "#]],
    );
}

#[test]
fn qwen_parameters() {
    check(
        "<tool_call>\n<function=write_file>\n<parameter=path>\na.py\n</parameter>\n<parameter=content>\nx = 1\n\nprint(x)\n</parameter>\n</function>\n</tool_call>",
        expect![[r#"
            call write_file {"path":"a.py","content":"x = 1\n\nprint(x)"}
        "#]],
    );
    check(
        "<function=read_file><parameter=path>a</parameter><parameter=start_line>3</parameter></function>",
        expect![[r#"
            call read_file {"path":"a","start_line":3}
        "#]],
    );
}

#[test]
fn llama_functions() {
    check(
        "<function=read_file>{\"path\": \"a }} b\"}</function> and <function=",
        expect![[r#"
            call read_file {"path":"a }} b"}
            text " and <function="
        "#]],
    );
    check(
        "<function=read_file>{'path': 'a',}</function>",
        expect![[r#"
            call read_file {"path":"a"}
        "#]],
    );
}

#[test]
fn hermes_and_mistral() {
    check(
        "<tool_call>\n{\"arguments\": {\"path\": \"</tool_call>\"}, \"name\": \"read_file\"}\n</tool_call>\n<tool_call>{\"name\": \"nothing\", \"arguments\": {}}</tool_call>",
        expect![[r#"
            call read_file {"path":"</tool_call>"}
            text "\n"
            call nothing {}
        "#]],
    );
    check(
        "<tool_call>{\"name\": \"read_file\", \"arguments\": {\"path\": \"a\"",
        expect![[r#"
            call read_file {"path":"a"}
        "#]],
    );
    check(
        "<tool_call>{\"tool\": 1}</tool_call>",
        expect![[r#"
            broken the <tool_call> holds no JSON object with "name" and "arguments". Write it again.
        "#]],
    );
    check(
        "[TOOL_CALLS] [{\"name\": \"stop\", \"arguments\": {}}, {\"name\": \"read_file\", \"arguments\": {\"path\": \"a\"}}]",
        expect![[r#"
            call stop {}
            call read_file {"path":"a"}
        "#]],
    );
    check(
        "[TOOL_CALLS]read_file[ARGS]{\"path\": \"a\"}",
        expect![[r#"
            call read_file {"path":"a"}
        "#]],
    );
}

#[test]
fn json_bare_and_fenced() {
    check(
        "{\"name\": \"read_file\", \"parameters\": {\"path\": \"a\", \"deep\": {\"x\": [1]}}}",
        expect![[r#"
            call read_file {"path":"a","deep":{"x":[1]}}
        "#]],
    );
    check(
        "Now:\n```json\n{\"tool_calls\": [{\"function\": {\"name\": \"stop\", \"arguments\": \"{}\"}}]}\n```\nand\n```\n<stop></stop>\n```\n",
        expect![[r#"
            text "Now:\n"
            call stop {}
            text "and\n"
            call stop {}
        "#]],
    );
    check(
        "{\"tool\": \"read_file\", \"input\": {\"path\": \"a\"",
        expect![[r#"
            call read_file {"path":"a"}
        "#]],
    );
}

#[test]
fn what_is_quoted_or_an_example_or_no_tool_is_text() {
    check_text("Use <read_file><path>a</path></read_file> to read.");
    check_text("> <stop></stop>\n");
    check_text("    <stop></stop>\n");
    check_text("`<stop></stop>` stops.\n");
    check_text("```rust\nlet a = 1; // <stop></stop>\n<stop></stop>\n```\n");
    check_text("<div>\n<p>a</p>\n</div>\n");
    check_text("{\"name\": \"ironbridge\", \"version\": 1}\n");
    check_text("{\"name\": \"nothing\", \"arguments\": {}}\n");
    check_text("[1, 2]\n[TOOL_CALLS\n");
    check_text("<read_file> is a tool.\n");
    check_text("``` \n{\"name\": \"other\", \"arguments\": {}}\n```\n");
    check_text("x < y\n<");
}

#[test]
fn thinking_is_no_text() {
    check(
        "<think>\nhm <stop></stop>\n</think>\n\nHello",
        expect![[r#"
            thinking "hm <stop></stop>"
            text "Hello"
        "#]],
    );
    check(
        "<think>never ends",
        expect![[r#"
        thinking "never ends"
    "#]],
    );
}

/// Pieces with neighbouring texts joined.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (out.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(more)) => before.push_str(&more),
            (_, piece) => out.push(piece),
        }
    }
    out
}

fn in_chunks(text: &str, cuts: &[usize]) -> Vec<Piece> {
    let (mut reader, mut out) = (CallReader::default(), Vec::new());
    let mut from = 0;
    for cut in cuts.iter().copied().filter(|cut| text.is_char_boundary(*cut)) {
        if let Some(chunk) = text.get(from..cut) {
            reader.push(chunk, &tools(), &mut out);
            from = cut;
        }
    }
    reader.push(text.get(from..).unwrap_or_default(), &tools(), &mut out);
    reader.end(&tools(), &mut out);
    joined(out)
}

const PARTS: [&str; 24] = [
    "text ",
    "\n",
    "<read_file>",
    "</read_file>",
    "<path>",
    "</path>",
    "a = b",
    "<tool_call>",
    "</tool_call>",
    "{\"name\": \"read_file\", \"arguments\": {\"path\": \"x\"}}",
    "<function=read_file>",
    "<parameter=path>",
    "</parameter>",
    "</function>",
    "```json\n",
    "```\n",
    "[TOOL_CALLS]",
    "{",
    "}",
    "<think>",
    "</think>",
    "ü✓",
    "    ",
    "> ",
];

proptest::proptest! {
    #![proptest_config(crate::property_config())]

    #[test]
    fn any_cut_gives_the_same_pieces(
        parts in proptest::collection::vec(0_usize..PARTS.len(), 0..14),
        cuts in proptest::collection::vec(0_usize..300, 0..40),
    ) {
        let text: String = parts.iter().map(|part| PARTS[*part]).collect();
        let mut cuts = cuts;
        cuts.sort_unstable();
        let whole = joined(read_all(&text, &tools()));
        proptest::prop_assert_eq!(in_chunks(&text, &cuts), whole.clone());
        let bytes: Vec<usize> = (1..text.len()).collect();
        proptest::prop_assert_eq!(in_chunks(&text, &bytes), whole);
    }

    #[test]
    fn no_text_panics(text in ".{0,120}") {
        let _ = read_all(&text, &tools());
    }
}
