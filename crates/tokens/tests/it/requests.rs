//! One request as five models count it, the whole way from names to numbers.

use expect_test::{Expect, expect};
use ironbridge_tokens::{Calibration, Counter, Detail, ImageSize, Message, Part, Request, Tool};
use serde_json::json;

fn check(model: &str, expected: &Expect) {
    let schema = json!({
        "type": "object",
        "properties": {
            "path": { "type": "string", "description": "Where the file is." },
            "lines": { "type": "array", "items": { "type": "integer" } },
        },
        "required": ["path"],
        "additionalProperties": false,
    });
    let screenshot = ImageSize::of("iVBORw0KGgoAAAANSUhEUgAABQAAAALQCAYAAAAB");
    let request = Request {
        messages: vec![
            Message { role: "system", name: None, parts: vec![Part::Text("You help with code.")] },
            Message {
                role: "user",
                name: Some("ada"),
                parts: vec![
                    Part::Text("What does main.rs do, and what is in this picture?"),
                    Part::Image { size: screenshot, detail: Detail::Auto },
                ],
            },
            Message {
                role: "assistant",
                name: None,
                parts: vec![Part::ToolCall {
                    id: "call_7",
                    name: "read",
                    arguments: r#"{"path":"src/main.rs"}"#,
                }],
            },
            Message {
                role: "tool",
                name: None,
                parts: vec![Part::ToolResult {
                    call_id: "call_7",
                    content: vec![Part::Text("fn main() {\n    println!(\"hi\");\n}\n")],
                }],
            },
        ],
        tools: vec![Tool {
            name: "read",
            description: Some("Reads a file of the project."),
            parameters: Some(&schema),
        }],
        ..Request::default()
    };
    let counter = Counter::for_model(None, model);
    let count = counter.count(&request);
    let line = format!(
        "{} = {} + {}, {} by {}",
        count.tokens,
        count.input,
        count.output,
        count.exactness.name(),
        counter.tokenizer().name(),
    );
    expected.assert_eq(&line);
}

#[test]
fn one_request_five_models() {
    check("gpt-5", &expect!["1052 = 1015 + 37, estimate by o200k_base"]);
    check("gpt-4", &expect!["1254 = 1214 + 40, estimate by cl100k_base"]);
    check("claude-sonnet-4.5", &expect!["1801 = 1758 + 43, estimate by anthropic"]);
    check("llama-3.3-70b", &expect!["1255 = 1237 + 18, estimate by o200k_base (stand-in)"]);
    check("grok-code-fast-1", &expect!["1755 = 1717 + 38, estimate by grok"]);
    check("command-r", &expect!["1230 = 1218 + 12, estimate by o200k_base (stand-in)"]);
}

/// What a gateway does with it: estimate, hear what was reported, estimate better.
#[test]
fn estimates_come_closer_to_the_reports() {
    let mut calibration = Calibration::default();
    let request = Request {
        messages: vec![Message {
            role: "user",
            name: None,
            parts: vec![Part::Text("word ".repeat(200).leak())],
        }],
        ..Request::default()
    };
    let counter = Counter::for_model(Some("anthropic"), "claude-sonnet-4.5");
    let estimated = counter.count(&request).tokens;
    let reported = estimated * 5 / 4;
    calibration.learn_tokens("claude-sonnet-4.5", estimated, reported);
    assert_eq!(calibration.correct("claude-sonnet-4.5", estimated), reported);
}
