use super::super::read_items::{NAME_BYTES_MAX, OPEN_CALLS_MAX, PENDING_BYTES_MAX};
use super::{read_chunks, stream_of};
use crate::event::Event;
use expect_test::{Expect, expect};
use serde_json::json;
use std::fmt::Write as _;

/// Reads a stream of `payloads` after `response.created`, to its end.
fn check(payloads: &str, expected: Expect) {
    let created =
        r#"{"type":"response.created","response":{"id":"resp_1","model":"m","created_at":5}}"#;
    check_bytes(&stream_of(&format!("{created}\n{payloads}")), expected);
}

fn check_bytes(bytes: &[u8], expected: Expect) {
    let mut lines = String::new();
    for event in read_chunks([bytes]) {
        let _ = match event {
            Event::Failed(error) => {
                writeln!(lines, "Failed {:?} {:?}: {}", error.kind, error.code, error.message)
            }
            event => writeln!(lines, "{event:?}"),
        };
    }
    expected.assert_eq(&lines);
}

const DONE: &str = r#"{"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":3,"output_tokens":2}}}"#;

#[test]
fn text_with_annotations() {
    check(
        &format!(
            r#"
            {{"type":"response.in_progress","response":{{"id":"resp_1"}}}}
            {{"type":"response.output_item.added","output_index":0,"item":{{"id":"msg_1","type":"message","content":[]}}}}
            {{"type":"response.content_part.added","output_index":0,"content_index":0,"part":{{"type":"output_text","text":""}}}}
            {{"type":"keepalive","sequence_number":3}}
            {{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hel"}}
            {{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":""}}
            {{"type":"response.output_text.annotation.added","output_index":0,"content_index":0,"annotation":{{"type":"url_citation","n":1}}}}
            {{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"Hello"}}
            {{"type":"response.content_part.done","output_index":0,"content_index":0,"part":{{"type":"output_text","text":"Hello!","annotations":[{{"n":1}},{{"n":2}}]}}}}
            {{"type":"response.output_item.done","output_index":0,"item":{{"id":"msg_1","type":"message","content":[{{"type":"output_text","text":"Hello!","annotations":[{{"n":1}},{{"n":2}}]}},{{"type":"output_text","text":"Late"}}]}}}}
            {{"type":"response.output_item.done","output_index":0,"item":{{"id":"msg_1","type":"message","content":[]}}}}
            {DONE}
            {{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"after the end"}}"#
        ),
        expect![[r#"
            Start { id: "resp_1", model: "m", created: 5 }
            Ping
            Open { part: 0, opening: Text }
            Delta { part: 0, delta: Text("Hel") }
            Delta { part: 0, delta: Citation { dialect: Responses, value: Object {"type": String("url_citation"), "n": Number(1)} } }
            Delta { part: 0, delta: Text("lo") }
            Delta { part: 0, delta: Text("!") }
            Delta { part: 0, delta: Citation { dialect: Responses, value: Object {"n": Number(2)} } }
            Close { part: 0 }
            Open { part: 1, opening: Text }
            Delta { part: 1, delta: Text("Late") }
            Close { part: 1 }
            Usage(Usage { input: 3, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })
            Finish(Stop)
            End
        "#]],
    );
}

#[test]
fn refusals() {
    check(
        &format!(
            r#"
            {{"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"I can"}}
            {{"type":"response.refusal.done","output_index":0,"content_index":0,"refusal":"I cannot"}}
            {DONE}"#
        ),
        expect![[r#"
            Start { id: "resp_1", model: "m", created: 5 }
            Open { part: 0, opening: Refusal }
            Delta { part: 0, delta: Text("I can") }
            Delta { part: 0, delta: Text("not") }
            Close { part: 0 }
            Usage(Usage { input: 3, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })
            Finish(Refusal)
            End
        "#]],
    );
}

#[test]
fn reasoning_in_sections_with_its_seal() {
    check(
        &format!(
            r#"
            {{"type":"response.output_item.added","output_index":0,"item":{{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"half"}}}}
            {{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"a"}}
            {{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"b"}}
            {{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":""}}
            {{"type":"response.output_item.done","output_index":0,"item":{{"id":"rs_1","type":"reasoning","summary":[{{"text":"a"}},{{"text":"bc"}}],"encrypted_content":"whole"}}}}
            {{"type":"response.output_item.added","output_index":1,"item":{{"id":"rs_2","type":"reasoning","summary":[]}}}}
            {{"type":"response.output_item.done","output_index":1,"item":{{"id":"rs_2","type":"reasoning","summary":[]}}}}
            {{"type":"response.output_item.done","output_index":2,"item":{{"id":"rs_3","type":"reasoning","summary":[],"encrypted_content":"hidden"}}}}
            {{"type":"response.reasoning_text.delta","output_index":3,"content_index":0,"delta":"raw"}}
            {DONE}"#
        ),
        expect![[r#"
            Start { id: "resp_1", model: "m", created: 5 }
            Open { part: 0, opening: Thinking }
            Delta { part: 0, delta: Text("a") }
            Delta { part: 0, delta: Text("\n\nb") }
            Delta { part: 0, delta: Text("c") }
            Delta { part: 0, delta: Seal(Encrypted { id: "rs_1", content: "whole" }) }
            Close { part: 0 }
            Open { part: 1, opening: Thinking }
            Delta { part: 1, delta: Seal(Encrypted { id: "rs_3", content: "hidden" }) }
            Close { part: 1 }
            Open { part: 2, opening: Thinking }
            Delta { part: 2, delta: Text("raw") }
            Close { part: 2 }
            Usage(Usage { input: 3, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })
            Finish(Stop)
            End
        "#]],
    );
}

#[test]
fn calls_with_deltas_without_and_ahead_of_their_item() {
    check(
        &format!(
            r#"
            {{"type":"response.output_item.added","output_index":0,"item":{{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":""}}}}
            {{"type":"response.output_item.added","output_index":1,"item":{{"id":"fc_2","type":"function_call","call_id":"c2","name":"g","arguments":""}}}}
            {{"type":"response.function_call_arguments.delta","item_id":"fc_1","delta":"{{\"a\""}}
            {{"type":"response.function_call_arguments.done","item_id":"fc_2","arguments":"{{}}"}}
            {{"type":"response.function_call_arguments.delta","output_index":0,"delta":":1}}"}}
            {{"type":"response.function_call_arguments.done","output_index":0,"arguments":"{{\"a\":1}}"}}
            {{"type":"response.output_item.done","output_index":0,"item":{{"id":"other","type":"function_call","call_id":"c1","name":"f","arguments":"{{\"a\":1}}"}}}}
            {{"type":"response.custom_tool_call_input.delta","output_index":2,"delta":"SELECT"}}
            {{"type":"response.output_item.added","output_index":2,"item":{{"id":"ctc_1","type":"custom_tool_call","name":"sql","input":""}}}}
            {{"type":"response.custom_tool_call_input.done","output_index":2,"input":"SELECT 1"}}
            {{"type":"response.output_item.done","output_index":3,"item":{{"type":"function_call","name":"h","arguments":""}}}}
            {DONE}"#
        ),
        expect![[r#"
            Start { id: "resp_1", model: "m", created: 5 }
            Open { part: 0, opening: Call { id: "c1", name: "f", kind: Function } }
            Open { part: 1, opening: Call { id: "c2", name: "g", kind: Function } }
            Delta { part: 0, delta: Arguments("{\"a\"") }
            Delta { part: 1, delta: Arguments("{}") }
            Delta { part: 0, delta: Arguments(":1}") }
            Close { part: 0 }
            Open { part: 2, opening: Call { id: "ctc_1", name: "sql", kind: Custom } }
            Delta { part: 2, delta: Arguments("SELECT") }
            Delta { part: 2, delta: Arguments(" 1") }
            Open { part: 3, opening: Call { id: "call_3", name: "h", kind: Function } }
            Close { part: 3 }
            Close { part: 1 }
            Close { part: 2 }
            Usage(Usage { input: 3, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })
            Finish(ToolCalls)
            End
        "#]],
    );
}

#[test]
fn items_that_only_this_dialect_has() {
    check(
        &format!(
            r#"
            {{"type":"response.output_item.added","output_index":0,"item":{{"id":"ws_1","type":"web_search_call","status":"in_progress"}}}}
            {{"type":"response.web_search_call.searching","output_index":0,"item_id":"ws_1"}}
            {{"type":"response.output_item.done","output_index":0,"item":{{"id":"ws_1","type":"web_search_call","status":"completed"}}}}
            {{"type":"response.output_item.added","output_index":1,"item":{{"id":"x","type":"shell_call"}}}}
            {DONE}"#
        ),
        expect![[r#"
            Start { id: "resp_1", model: "m", created: 5 }
            Open { part: 0, opening: Native { dialect: Responses, value: Object {"id": String("ws_1"), "type": String("web_search_call"), "status": String("completed")} } }
            Close { part: 0 }
            Open { part: 1, opening: Native { dialect: Responses, value: Object {"id": String("x"), "type": String("shell_call")} } }
            Close { part: 1 }
            Usage(Usage { input: 3, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })
            Finish(Stop)
            End
        "#]],
    );
}

#[test]
fn servers_that_send_only_the_whole() {
    check_bytes(
        &stream_of(
            r#"{"type":"response.completed","response":{"id":"resp_2","model":"m","status":"incomplete",
                "incomplete_details":{"reason":"max_output_tokens"},
                "output":[{"type":"message","content":[{"type":"output_text","text":"hi"}]}]}}"#
                .replace('\n', " ")
                .as_str(),
        ),
        expect![[r#"
            Start { id: "resp_2", model: "m", created: 0 }
            Open { part: 0, opening: Text }
            Delta { part: 0, delta: Text("hi") }
            Close { part: 0 }
            Finish(Length)
            End
        "#]],
    );
}

#[test]
fn content_before_the_response_and_names_only_in_the_event_field() {
    check_bytes(
        b"event: response.output_text.delta\ndata: {\"delta\":\"hi\"}\n\n: comment\n\ndata: [DONE]\n\n\
          event: response.incomplete\ndata: {\"response\":{\"status\":\"incomplete\"}}\n\n",
        expect![[r#"
            Start { id: "", model: "", created: 0 }
            Open { part: 0, opening: Text }
            Delta { part: 0, delta: Text("hi") }
            Close { part: 0 }
            Finish(Length)
            End
        "#]],
    );
}

#[test]
fn an_index_used_again_begins_another_item() {
    check(
        &format!(
            r#"
            {{"type":"response.output_item.added","output_index":0,"item":{{"id":"msg_1","type":"message"}}}}
            {{"type":"response.output_text.delta","output_index":0,"delta":"a"}}
            {{"type":"response.output_item.added","output_index":0,"item":{{"id":"msg_1","type":"message"}}}}
            {{"type":"response.output_text.delta","output_index":0,"delta":"b"}}
            {{"type":"response.output_item.added","output_index":0,"item":{{"id":"msg_2","type":"message"}}}}
            {{"type":"response.output_text.delta","output_index":0,"delta":"c"}}
            {DONE}"#
        ),
        expect![[r#"
            Start { id: "resp_1", model: "m", created: 5 }
            Open { part: 0, opening: Text }
            Delta { part: 0, delta: Text("a") }
            Delta { part: 0, delta: Text("b") }
            Close { part: 0 }
            Open { part: 1, opening: Text }
            Delta { part: 1, delta: Text("c") }
            Close { part: 1 }
            Usage(Usage { input: 3, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })
            Finish(Stop)
            End
        "#]],
    );
}

#[test]
fn errors_in_every_form() {
    let quota = r#"{"type":"error","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"no money"}}"#;
    check(
        quota,
        expect![[r#"
        Start { id: "resp_1", model: "m", created: 5 }
        Failed Billing Some("insufficient_quota"): no money
    "#]],
    );
    check(
        &format!(
            r#"{quota}
            {{"type":"response.failed","response":{{"status":"failed","error":{{"code":"server_error","message":"broken"}}}}}}"#
        ),
        expect![[r#"
            Start { id: "resp_1", model: "m", created: 5 }
            Failed Internal Some("server_error"): broken
        "#]],
    );
    check(
        &format!(
            r#"{quota}
            {{"type":"response.failed","response":{{"status":"failed","error":null}}}}"#
        ),
        expect![[r#"
            Start { id: "resp_1", model: "m", created: 5 }
            Failed Billing Some("insufficient_quota"): no money
        "#]],
    );
    check(
        r#"{"type":"response.cancelled","response":{"status":"cancelled"}}"#,
        expect![[r#"
        Start { id: "resp_1", model: "m", created: 5 }
        Failed BadGateway None: the upstream's response is `cancelled` and does not say why
    "#]],
    );
    check(
        r#"{"type":"error","code":"rate_limit_exceeded","message":"slow down","param":null}"#,
        expect![[r#"
            Start { id: "resp_1", model: "m", created: 5 }
            Failed RateLimit Some("rate_limit_exceeded"): slow down
        "#]],
    );
    check(
        r#"{"error":{"message":"odd","code":500}}"#,
        expect![[r#"
        Start { id: "resp_1", model: "m", created: 5 }
        Failed BadGateway Some("500"): odd
    "#]],
    );
    check(
        r#"{"type":"response.completed","response":{"status":"failed","error":{"code":"server_error","message":"late"}}}"#,
        expect![[r#"
            Start { id: "resp_1", model: "m", created: 5 }
            Failed Internal Some("server_error"): late
        "#]],
    );
    check(
        r#"{"type":"response.output_text.delta","output_index":0,"delta":"cut"}"#,
        expect![[r#"
        Start { id: "resp_1", model: "m", created: 5 }
        Open { part: 0, opening: Text }
        Delta { part: 0, delta: Text("cut") }
        Failed BadGateway None: the upstream's stream ended before the reply was finished
    "#]],
    );
}

/// How the stream of `payloads` fails after `response.created`.
fn check_failure(payloads: &[&str], expected: Expect) {
    let events = read_chunks([stream_of(&payloads.join("\n")).as_slice()]);
    expected.assert_eq(&match events.last() {
        Some(Event::Failed(error)) => error.message.clone(),
        other => format!("{other:?}"),
    });
}

#[test]
fn unreadable_events() {
    check_failure(
        &["{not json"],
        expect![
            "an event of the upstream's stream is not JSON (key must be a string at line 1 column 2): {not json"
        ],
    );
    check_failure(&["[1]"], expect!["an event of the upstream's stream is no object: [1]"]);
    check_failure(
        &[&format!("\"{}", "é".repeat(300))],
        expect![[
            r#"an event of the upstream's stream is not JSON (EOF while parsing a string at line 1 column 601): "ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé"#
        ]],
    );
    check_failure(
        &[r#"{"type":"response.output_text.delta","output_index":0}"#],
        expect![
            "the upstream's stream makes no sense: a `response.output_text.delta` lacks its `delta`"
        ],
    );
    check_failure(
        &[r#"{"type":"response.output_item.added","output_index":0}"#],
        expect![
            "the upstream's stream makes no sense: a `response.output_item.added` lacks its `item`"
        ],
    );
}

#[test]
fn events_that_contradict_each_other() {
    let message = r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[]}}"#;
    let text = r#"{"type":"response.output_text.delta","output_index":0,"delta":"x"}"#;
    let ended = r#"{"type":"response.content_part.done","output_index":0,"part":{"type":"output_text","text":"x"}}"#;
    let arguments =
        r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":"x"}"#;
    let reasoning = r#"{"type":"response.reasoning_text.delta","output_index":0,"delta":"x"}"#;
    let annotation =
        r#"{"type":"response.output_text.annotation.added","output_index":0,"annotation":{}}"#;
    let nameless = r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"c"}}"#;
    check_failure(
        &[message, text],
        expect!["the upstream's stream makes no sense: text came for item 0, which takes none"],
    );
    check_failure(
        &[message, arguments],
        expect![
            "the upstream's stream makes no sense: arguments came for item 0, which takes none"
        ],
    );
    check_failure(
        &[message, reasoning],
        expect![
            "the upstream's stream makes no sense: reasoning came for item 0, which takes none"
        ],
    );
    check_failure(
        &[message, annotation],
        expect![
            "the upstream's stream makes no sense: an annotation came for item 0, which takes none"
        ],
    );
    check_failure(
        &[text, ended, text],
        expect!["the upstream's stream makes no sense: text came for item 0, which takes none"],
    );
    check_failure(
        &[text, ended, annotation],
        expect![
            "the upstream's stream makes no sense: an annotation came for item 0, which takes none"
        ],
    );
    check_failure(
        &[arguments, DONE],
        expect!["the upstream's stream makes no sense: a tool call ends that never began"],
    );
    check_failure(
        &[nameless],
        expect!["the upstream's stream makes no sense: the tool call at 0 has no name"],
    );
}

#[test]
fn limits() {
    let added = |index: usize, name: &str| {
        json!({"type": "response.output_item.added", "output_index": index,
            "item": {"type": "function_call", "call_id": "c", "name": name}})
        .to_string()
    };
    let many: Vec<String> = (0..=OPEN_CALLS_MAX).map(|index| added(index, "f")).collect();
    check_failure(
        &many.iter().map(String::as_str).collect::<Vec<_>>(),
        expect!["the upstream's stream makes no sense: over 128 tool calls are open at once"],
    );
    check_failure(
        &[&added(0, &"n".repeat(NAME_BYTES_MAX + 1))],
        expect![
            "the upstream's stream makes no sense: the tool call at 0 has an id or name over 16384 bytes"
        ],
    );
    let delta = json!({"type": "response.function_call_arguments.delta", "output_index": 0,
        "delta": "x".repeat(PENDING_BYTES_MAX / 2 + 1)})
    .to_string();
    check_failure(
        &[&delta, &delta],
        expect![
            "the upstream's stream makes no sense: over 1048576 bytes of arguments came before the call at 0"
        ],
    );
}
