use super::{events_of, list};
use crate::Dialect;
use crate::changes::Changes;
use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use crate::part::CallKind;
use crate::reply::Finish;
use crate::seal::Seal;
use crate::stream::WriteStream;
use crate::usage::Usage;
use expect_test::{Expect, expect};
use serde_json::json;

fn written(events: Vec<Event>) -> (String, Changes) {
    let mut writer = super::super::StreamWriter::default();
    let (mut changes, mut out) = (Changes::new(), Vec::new());
    for event in events {
        writer.event(event, &mut changes, &mut out);
    }
    (String::from_utf8(out).expect("UTF-8"), changes)
}

/// What is written, without the event names (which are asserted to be those of the data).
fn data_of(stream: &str) -> String {
    let mut lines = String::new();
    for frame in stream.split_terminator("\n\n") {
        let (name, data) = frame.split_once('\n').expect("two lines");
        let name = name.strip_prefix("event: ").expect("a name");
        let data = data.strip_prefix("data: ").expect("data");
        let value: serde_json::Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(value["type"], name);
        lines.push_str(data);
        lines.push('\n');
    }
    lines
}

fn check(events: Vec<Event>, expected: Expect) {
    let (stream, changes) = written(events);
    expected.assert_eq(&format!("{}{}", data_of(&stream), list(&changes)));
}

fn start() -> Event {
    Event::Start { id: "chatcmpl-1".to_owned(), model: "m".to_owned(), created: 5 }
}

/// What parts are written as, between start and end.
fn parts(parts: Vec<Vec<Event>>, expected: Expect) {
    let mut events = vec![start()];
    events.extend(parts.into_iter().flatten());
    let (stream, changes) = written(events);
    let data = data_of(&stream);
    let (_, data) = data.split_once('\n').expect("a start");
    expected.assert_eq(&format!("{data}{}", list(&changes)));
}

fn part(part: usize, opening: Opening, deltas: Vec<Delta>) -> Vec<Event> {
    let deltas = deltas.into_iter().map(|delta| Event::Delta { part, delta });
    std::iter::once(Event::Open { part, opening })
        .chain(deltas)
        .chain([Event::Close { part }])
        .collect()
}

fn said(text: &str) -> Delta {
    Delta::Text(text.to_owned())
}

fn call(kind: CallKind) -> Opening {
    Opening::Call { id: "c1".to_owned(), name: "f".to_owned(), kind }
}

#[test]
fn a_whole_stream() {
    let usage = Usage { input: 3, cache_read: Some(1), output: 2, ..Usage::default() };
    let mut events = vec![start()];
    events.extend(part(0, Opening::Text, vec![said("Hi"), said(" there")]));
    events.push(Event::Ping);
    events.extend([Event::Finish(Finish::Stop), Event::Usage(usage), Event::End, Event::Ping]);
    let (stream, _) = written(events.clone());
    assert!(stream.starts_with("event: message_start\ndata: {\"type\":\"message_start\","));
    check(
        events,
        expect![[r#"
        {"type":"message_start","message":{"id":"chatcmpl-1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}
        {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
        {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}
        {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" there"}}
        {"type":"content_block_stop","index":0}
        {"type":"ping"}
        {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":3,"output_tokens":2,"cache_read_input_tokens":1}}
        {"type":"message_stop"}
    "#]],
    );
}

#[test]
fn usage_that_is_known_early() {
    let usage = Usage { input: 3, ..Usage::default() };
    check(
        vec![Event::Usage(usage), start()],
        expect![[r#"
        {"type":"message_start","message":{"id":"chatcmpl-1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":0}}}
    "#]],
    );
}

#[test]
fn thinking() {
    let encrypted = Seal::Encrypted { id: "rs_1".to_owned(), content: "gA".to_owned() };
    let thinking = |n, deltas| part(n, Opening::Thinking, deltas);
    parts(
        vec![
            thinking(0, vec![said("hm"), Delta::Seal(Seal::Signature("Eq".to_owned()))]),
            thinking(1, vec![Delta::Seal(Seal::Redacted("r".to_owned()))]),
            thinking(2, vec![said("hm"), Delta::Seal(encrypted.clone())]),
            thinking(3, vec![Delta::Seal(encrypted)]),
            thinking(4, vec![Delta::Seal(Seal::Signature("Eq".to_owned()))]),
            thinking(5, vec![said("hm")]),
            thinking(6, vec![]),
            part(7, Opening::Text, vec![said("so")]),
        ],
        expect![[r#"
            {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
            {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}
            {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Eq"}}
            {"type":"content_block_stop","index":0}
            {"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"r"}}
            {"type":"content_block_stop","index":1}
            {"type":"content_block_start","index":2,"content_block":{"type":"thinking","thinking":"","signature":""}}
            {"type":"content_block_delta","index":2,"delta":{"type":"thinking_delta","thinking":"hm"}}
            {"type":"content_block_delta","index":2,"delta":{"type":"signature_delta","signature":"ironbridge:encrypted:rs_1:gA"}}
            {"type":"content_block_stop","index":2}
            {"type":"content_block_start","index":3,"content_block":{"type":"redacted_thinking","data":"ironbridge:encrypted:rs_1:gA"}}
            {"type":"content_block_stop","index":3}
            {"type":"content_block_start","index":4,"content_block":{"type":"thinking","thinking":"","signature":""}}
            {"type":"content_block_delta","index":4,"delta":{"type":"signature_delta","signature":"Eq"}}
            {"type":"content_block_stop","index":4}
            {"type":"content_block_start","index":5,"content_block":{"type":"thinking","thinking":"","signature":""}}
            {"type":"content_block_delta","index":5,"delta":{"type":"thinking_delta","thinking":"hm"}}
            {"type":"content_block_stop","index":5}
            {"type":"content_block_start","index":6,"content_block":{"type":"text","text":""}}
            {"type":"content_block_delta","index":6,"delta":{"type":"text_delta","text":"so"}}
            {"type":"content_block_stop","index":6}
        "#]],
    );
}

#[test]
fn calls() {
    let arguments = |text: &str| Delta::Arguments(text.to_owned());
    parts(
        vec![
            part(0, call(CallKind::Function), vec![arguments("{\"a\":"), arguments("1}")]),
            part(1, call(CallKind::Function), vec![]),
            part(2, call(CallKind::Custom), vec![arguments("*** \"x\"\n"), arguments("é")]),
            part(3, call(CallKind::Custom), vec![]),
        ],
        expect![[r#"
            {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{}}}
            {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}
            {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"1}"}}
            {"type":"content_block_stop","index":0}
            {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{}}}
            {"type":"content_block_stop","index":1}
            {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{}}}
            {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"input\":\""}}
            {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"*** \\\"x\\\"\\n"}}
            {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"é"}}
            {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\"}"}}
            {"type":"content_block_stop","index":2}
            {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{}}}
            {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"input\":\""}}
            {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"\"}"}}
            {"type":"content_block_stop","index":3}
            changed ``: a custom tool's call goes on as a function's
            changed ``: a custom tool's call goes on as a function's
        "#]],
    );
}

#[test]
fn a_custom_call_is_json() {
    let deltas = ["a\"b", "\\", "\n\u{1}🦀"].map(|text| Delta::Arguments(text.to_owned()));
    let mut events = vec![start()];
    events.extend(part(0, call(CallKind::Custom), deltas.to_vec()));
    events.extend([Event::Finish(Finish::ToolCalls), Event::End]);
    let arguments: String = events_of([written(events).0.as_bytes()])
        .into_iter()
        .filter_map(|event| match event {
            Event::Delta { delta: Delta::Arguments(text), .. } => Some(text),
            _ => None,
        })
        .collect();
    let value: serde_json::Value = serde_json::from_str(&arguments).expect("JSON");
    assert_eq!(value, json!({ "input": "a\"b\\\n\u{1}🦀" }));
}

#[test]
fn texts_and_citations() {
    let citation =
        |dialect, kind: &str| Delta::Citation { dialect, value: json!({ "type": kind }) };
    parts(
        vec![
            part(0, Opening::Text, vec![]),
            part(
                1,
                Opening::Text,
                vec![said(""), said("x"), citation(Dialect::Messages, "page_location")],
            ),
            part(2, Opening::Text, vec![said("y"), citation(Dialect::Chat, "url_citation")]),
            part(
                3,
                Opening::Text,
                vec![said("z"), Delta::Native(json!({ "type": "sparkle_delta" }))],
            ),
        ],
        expect![[r#"
            {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
            {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}
            {"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"type":"page_location"}}}
            {"type":"content_block_stop","index":0}
            {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}
            {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"y"}}
            {"type":"content_block_stop","index":1}
            {"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}
            {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"z"}}
            {"type":"content_block_stop","index":2}
            dropped ``: citations of another dialect
            dropped ``: only the provider it came from knows it
        "#]],
    );
}

#[test]
fn blocks_of_one_dialect() {
    let native = |dialect, kind: &str| Opening::Native { dialect, value: json!({ "type": kind }) };
    let delta = || vec![Delta::Native(json!({ "type": "x_delta" }))];
    parts(
        vec![
            part(0, native(Dialect::Messages, "server_tool_use"), delta()),
            part(1, native(Dialect::Responses, "web_search_call"), delta()),
            part(2, Opening::Text, vec![said("x")]),
        ],
        expect![[r#"
            {"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use"}}
            {"type":"content_block_delta","index":0,"delta":{"type":"x_delta"}}
            {"type":"content_block_stop","index":0}
            {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}
            {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"x"}}
            {"type":"content_block_stop","index":1}
            dropped ``: only the provider it came from knows it
        "#]],
    );
}

#[test]
fn members_of_the_finish() {
    let native = |value| Opening::Native { dialect: Dialect::Messages, value };
    let mut events = vec![start()];
    events.extend(part(0, native(json!({ "type": "container", "id": "c" })), vec![]));
    let edits = json!({ "type": "context_management", "applied_edits": [1] });
    events.extend(part(1, native(edits), vec![]));
    events.extend([Event::Finish(Finish::Stop), Event::End]);
    check(
        events,
        expect![[r#"
        {"type":"message_start","message":{"id":"chatcmpl-1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}
        {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null,"container":{"id":"c"}},"usage":{"input_tokens":0,"output_tokens":0},"context_management":{"applied_edits":[1]}}
        {"type":"message_stop"}
    "#]],
    );
}

#[test]
fn reasons_of_the_end() {
    let reason = |opening: Option<Opening>, finish: Finish| {
        let mut events = vec![start()];
        events.extend(opening.into_iter().flat_map(|opening| part(0, opening, vec![said("x")])));
        events.extend([Event::Finish(finish), Event::End]);
        let (stream, _) = written(events);
        let delta = stream.split("event: message_delta\ndata: ").nth(1).expect("a finish");
        let delta = delta.split("\n\n").next().expect("a line");
        let value: serde_json::Value = serde_json::from_str(delta).expect("JSON");
        value["delta"].to_string()
    };
    let function = || Some(call(CallKind::Function));
    expect![[r#"{"stop_reason":"tool_use","stop_sequence":null}"#]]
        .assert_eq(&reason(function(), Finish::Stop));
    expect![[r#"{"stop_reason":"end_turn","stop_sequence":null}"#]]
        .assert_eq(&reason(None, Finish::ToolCalls));
    expect![[r#"{"stop_reason":"refusal","stop_sequence":null}"#]]
        .assert_eq(&reason(Some(Opening::Refusal), Finish::Stop));
    expect![[r#"{"stop_reason":"stop_sequence","stop_sequence":"END"}"#]]
        .assert_eq(&reason(None, Finish::StopSequence(Some("END".to_owned()))));
    expect![[r#"{"stop_reason":"max_tokens","stop_sequence":null}"#]]
        .assert_eq(&reason(function(), Finish::Length));
}

#[test]
fn failures() {
    let failed = || Event::Failed(ApiError::new(ErrorKind::Overloaded, "busy"));
    check(
        vec![failed(), failed(), start()],
        expect![[r#"
        {"type":"error","error":{"type":"overloaded_error","message":"busy"}}
    "#]],
    );
    let open = Event::Open { part: 0, opening: Opening::Text };
    let delta = Event::Delta { part: 0, delta: said("x") };
    check(
        vec![start(), open, delta, failed(), Event::End],
        expect![[r#"
        {"type":"message_start","message":{"id":"chatcmpl-1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}
        {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
        {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}
        {"type":"error","error":{"type":"overloaded_error","message":"busy"}}
    "#]],
    );
    check(
        vec![start(), Event::End],
        expect![[r#"
        {"type":"message_start","message":{"id":"chatcmpl-1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}
        {"type":"error","error":{"type":"api_error","message":"the reply ended without a finish"}}
    "#]],
    );
}

#[test]
fn a_start_is_never_missing() {
    let mut events = part(0, Opening::Text, vec![said("x")]);
    events.extend([Event::Finish(Finish::Stop), Event::End]);
    let (stream, _) = written(events);
    assert!(stream.starts_with("event: message_start\n"));
    let (stream, _) = written(vec![Event::Finish(Finish::Stop), Event::End]);
    assert!(stream.starts_with("event: message_start\n"));
}
