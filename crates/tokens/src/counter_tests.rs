use serde_json::{Value, json};

use super::*;
use crate::image::{Detail, ImageSize};
use crate::{Characters, Encoding};

fn text<'a>(role: &'a str, name: Option<&'a str>, text: &'a str) -> Message<'a> {
    Message { role, name, parts: vec![Part::Text(text)] }
}

fn count(model: &str, request: &Request<'_>) -> Count {
    Counter::for_model(None, model).count(request)
}

/// The example of OpenAI's cookbook ("How to count tokens with tiktoken"), with the numbers that the API
/// reported for it.
#[test]
fn messages_cost_what_the_api_reports() {
    let help = "New synergies will help drive top-line growth.";
    let late = "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.";
    let request = Request {
        messages: vec![
            text(
                "system",
                None,
                "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
            ),
            text("system", Some("example_user"), help),
            text(
                "system",
                Some("example_assistant"),
                "Things working well together will increase revenue.",
            ),
            text("system", Some("example_user"), late),
            text(
                "system",
                Some("example_assistant"),
                "Let's talk later when we're less busy about how to do better.",
            ),
            text(
                "user",
                None,
                "This late pivot means we don't have time to boil the ocean for the client deliverable.",
            ),
        ],
        ..Request::default()
    };
    for (model, tokens) in [("gpt-4o", 124), ("gpt-4-0613", 129), ("gpt-3.5-turbo", 129)] {
        let expected = Count { tokens, input: tokens, output: 0, exactness: Exactness::Exact };
        assert_eq!(count(model, &request), expected, "{model}");
    }
}

fn weather_tool() -> Value {
    json!({ "properties": {
        "location": {
            "type": "string",
            "description": "The city and state, e.g. San Francisco, CA",
        },
        "unit": {
            "type": "string",
            "description": "The unit of temperature to return",
            "enum": ["celsius", "fahrenheit"],
        },
    }})
}

/// The cookbook's example with a function, again with the reported numbers.
#[test]
fn functions_cost_what_the_api_reports() {
    let parameters = weather_tool();
    let request = Request {
        messages: vec![
            text(
                "system",
                None,
                "You are a helpful assistant that can answer to questions about the weather.",
            ),
            text("user", None, "What's the weather like in San Francisco?"),
        ],
        tools: vec![Tool {
            name: "get_current_weather",
            description: Some("Get the current weather in a given location"),
            parameters: Some(&parameters),
        }],
        ..Request::default()
    };
    for (model, tokens) in [("gpt-4o", 101), ("gpt-4", 105), ("gpt-3.5-turbo", 105)] {
        let found = count(model, &request);
        assert_eq!((found.tokens, found.exactness), (tokens, Exactness::Estimate), "{model}");
    }
}

fn tool_tokens(parameters: &Value) -> u64 {
    let tool = Tool { name: "f", description: None, parameters: Some(parameters) };
    count("gpt-4o", &Request { tools: vec![tool], ..Request::default() }).tokens
}

#[test]
fn schemas_are_walked() {
    let of = |text: &str| Encoding::O200kBase.count(text) as u64;
    let empty = tool_tokens(&json!({}));
    assert_eq!(empty, 7 + of("f:") + 12);
    for (parameters, more) in [
        (json!({ "$schema": "x", "additionalProperties": false, "properties": {} }), 0),
        (json!("no schema"), 0),
        (json!({ "type": "object" }), of("type:object")),
        (json!({ "required": ["a", "b"] }), of("required:[\"a\",\"b\"]")),
        (json!({ "properties": { "a": true } }), 6),
        (json!({ "properties": { "a": {} } }), 6 + of("a:string:")),
        (
            json!({ "properties": { "a": { "type": ["x"], "minimum": 1 } } }),
            6 + of("a:string:") + of("minimum:1"),
        ),
        (
            json!({ "properties": { "a": { "description": "Ends in a dot." } } }),
            6 + of("a:string:Ends in a dot"),
        ),
        (
            json!({ "properties": { "a": { "enum": ["x", 1] } } }),
            6 + of("a:string:") - 3 + 3 + of("x") + 3 + of("1"),
        ),
        (
            json!({ "properties": { "a": { "type": "array", "items": { "type": "string", "$schema": "" } } } }),
            6 + of("a:array:") + of("type:string"),
        ),
        (
            json!({ "properties": { "a": { "type": "array", "items": {
                "properties": { "b": {} }, "additionalProperties": true,
            } } } }),
            6 + of("a:array:") + 6 + of("b:string:"),
        ),
    ] {
        assert_eq!(tool_tokens(&parameters), empty + more, "{parameters}");
    }
}

/// A hostile schema is bounded in depth.
#[test]
fn deep_items_end() {
    let mut schema = json!({ "type": "string" });
    for _ in 0..90 {
        schema = json!({ "items": schema });
    }
    assert!(tool_tokens(&schema) > 90);
}

const CALL: Part<'static> =
    Part::ToolCall { id: "call_1", name: "read", arguments: "{\"path\":\"a\"}" };

fn tool_loop(image: Option<ImageSize>) -> Request<'static> {
    Request {
        messages: vec![
            text("user", None, "Read the file, please."),
            Message {
                role: "assistant",
                name: None,
                parts: vec![Part::Text("Reading."), CALL, CALL],
            },
            Message {
                role: "user",
                name: None,
                parts: vec![
                    Part::ToolResult { call_id: "call_1", content: vec![Part::Text("ok")] },
                    Part::ToolResult {
                        call_id: "call_1",
                        content: vec![Part::Image { size: image, detail: Detail::Auto }],
                    },
                ],
            },
        ],
        ..Request::default()
    }
}

/// Worked out by hand from the tables of the references, o200k tokens in all cases.
#[test]
fn families_differ_in_their_overheads() {
    let of = |text: &str| Encoding::O200kBase.count(text) as u64;
    let call = of("call_1") + of("read") + of("{\"path\":\"a\"}");
    let user = of("user") + of("Read the file, please.");
    let assistant = of("assistant") + of("Reading.") + 2 * call;
    let results = 2 * (of("tool") + of("call_1")) + of("ok");
    let size = Some(ImageSize { width: 1_024, height: 1_024 });
    for (model, input, output, factor, image) in [
        ("gpt-4o", 3 + 3 + user + 2 * 3 + results, 3 + 3 + assistant + 2 * 7 + 12, 1.0, 765),
        (
            "claude-sonnet-4",
            3 + 3 + user + 2 * 3 + results,
            3 + 3 + assistant + 2 * 7 + 12,
            1.15,
            1_399,
        ),
        ("grok-3", 3 + 3 + user + 2 * 3 + results, 3 + 3 + assistant + 2 * 7 + 12, 1.03, 765),
        ("llama-3", 6 + user + 2 * 6 + results, 6 + assistant, 1.0, 765),
        ("command-r", user + results, assistant, 1.0, 765),
    ] {
        let tokens = scale(input + output, factor) + image;
        let output = scale(output, factor);
        let expected =
            Count { tokens, input: tokens - output, output, exactness: Exactness::Estimate };
        assert_eq!(count(model, &tool_loop(size)), expected, "{model}");
        assert_eq!(count(model, &tool_loop(None)), expected, "{model}, an image of unknown size");
    }
}

#[test]
fn tools_cost_their_json_and_a_preamble_elsewhere() {
    let parameters = json!({ "type": "object" });
    let tool = Tool { name: "f", description: Some("Does."), parameters: Some(&parameters) };
    let json = r#"{"type":"function","function":{"name":"f","description":"Does.","parameters":{"type":"object"}}}"#;
    let json = Encoding::O200kBase.count(json) as u64;
    for (model, without_tool_preamble, tokens) in [
        ("claude-sonnet-4", false, scale(json + 346, 1.15)),
        ("claude-sonnet-4", true, scale(json, 1.15)),
        ("grok-3", false, scale(json + 480, 1.03)),
        ("llama-3", false, json + 12),
        ("command-r", false, json + 12),
    ] {
        let request = Request { messages: Vec::new(), tools: vec![tool], without_tool_preamble };
        assert_eq!(count(model, &request).tokens, tokens, "{model} {without_tool_preamble}");
    }
}

#[test]
fn documents_cost_their_text_or_their_pages() {
    let document = |text, data_bytes| Request {
        messages: vec![Message {
            role: "",
            name: None,
            parts: vec![Part::Document { name: Some("a.pdf"), text, data_bytes }],
        }],
        ..Request::default()
    };
    let fixed = count("gpt-4o", &document(None, 0)).tokens;
    assert_eq!(fixed, 3 + 3 + Encoding::O200kBase.count("a.pdf") as u64);
    assert_eq!(count("gpt-4o", &document(Some("hello world"), 9_999_999)).tokens, fixed + 2);
    assert_eq!(count("gpt-4o", &document(None, 100_001)).tokens, fixed + 3 * 2_250);
}

#[test]
fn nothing_costs_nothing_and_the_tokenizer_is_the_callers_choice() {
    assert_eq!(count("gpt-4o", &Request::default()).tokens, 0);
    let counter = Counter::new(Family::OpenAi, "gpt-4o", &Characters);
    assert_eq!(counter.tokenizer().name(), "characters");
    let request = Request { messages: vec![text("user", None, "12345678")], ..Request::default() };
    let expected = Count { tokens: 9, input: 9, output: 0, exactness: Exactness::Estimate };
    assert_eq!(counter.count(&request), expected);
}
