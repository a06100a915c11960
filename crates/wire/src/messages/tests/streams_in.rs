use super::{event_line, events_of};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A stream of these events, each under its own name.
fn stream(events: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for event in events {
        crate::sse::write(event["type"].as_str(), &event.to_string(), &mut bytes);
    }
    bytes
}

fn lines(bytes: &[u8]) -> String {
    events_of([bytes]).iter().map(|event| event_line(event) + "\n").collect()
}

fn check(events: &[Value], expected: Expect) {
    expected.assert_eq(&lines(&stream(events)));
}

/// What comes between the start and the finish.
fn inside(events: &[Value], expected: Expect) {
    let mut all = vec![start()];
    all.extend_from_slice(events);
    all.extend([finish("end_turn"), stop()]);
    let lines = lines(&stream(&all));
    let lines = lines.strip_prefix("start msg_1 claude 0\n").expect("a start");
    expected.assert_eq(lines.strip_suffix("finish Stop\nend\n").unwrap_or(lines));
}

fn start() -> Value {
    json!({ "type": "message_start", "message": { "id": "msg_1", "model": "claude" } })
}

fn block(index: u64, block: Value) -> Value {
    json!({ "type": "content_block_start", "index": index, "content_block": block })
}

fn delta(index: u64, delta: Value) -> Value {
    json!({ "type": "content_block_delta", "index": index, "delta": delta })
}

fn close(index: u64) -> Value {
    json!({ "type": "content_block_stop", "index": index })
}

fn finish(reason: &str) -> Value {
    json!({ "type": "message_delta", "delta": { "stop_reason": reason, "stop_sequence": null } })
}

fn stop() -> Value {
    json!({ "type": "message_stop" })
}

#[test]
fn a_whole_stream() {
    check(
        &[
            json!({ "type": "message_start", "message": {
                "id": "msg_1", "model": "claude", "content": [],
                "usage": { "input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 1 },
            } }),
            block(0, json!({ "type": "text", "text": "" })),
            json!({ "type": "ping" }),
            delta(0, json!({ "type": "text_delta", "text": "Hi" })),
            close(0),
            json!({ "type": "message_delta",
                "delta": { "stop_reason": "stop_sequence", "stop_sequence": "END" },
                "usage": { "output_tokens": 7, "input_tokens": 0 } }),
            stop(),
        ],
        expect![[r#"
            start msg_1 claude 0
            usage input 10 read Some(5) write None 1h None output 1 reasoning None
            0 open text
            ping
            0 text "Hi"
            0 close
            usage input 10 read Some(5) write None 1h None output 7 reasoning None
            finish StopSequence(Some("END"))
            end
        "#]],
    );
}

#[test]
fn texts() {
    inside(
        &[
            block(
                0,
                json!({ "type": "text", "text": "a", "citations": [{ "type": "page_location" }] }),
            ),
            delta(0, json!({ "type": "text_delta", "text": "" })),
            delta(0, json!({ "type": "citations_delta", "citation": { "type": "char_location" } })),
            delta(0, json!({ "type": "sparkle_delta", "sparkle": 1 })),
            close(0),
        ],
        expect![[r#"
            0 open text
            0 text "a"
            0 citation messages {"type":"page_location"}
            0 citation messages {"type":"char_location"}
            0 native {"type":"sparkle_delta","sparkle":1}
            0 close
        "#]],
    );
}

#[test]
fn thinking() {
    inside(
        &[
            block(0, json!({ "type": "thinking", "thinking": "", "signature": "" })),
            delta(0, json!({ "type": "thinking_delta", "thinking": "hm" })),
            delta(0, json!({ "type": "signature_delta", "signature": "Eq" })),
            close(0),
            block(1, json!({ "type": "redacted_thinking", "data": "r" })),
            close(1),
            block(
                2,
                json!({ "type": "thinking", "thinking": "x", "signature": "ironbridge:opaque:o" }),
            ),
            close(2),
            block(3, json!({ "type": "thinking", "thinking": "" })),
            close(3),
        ],
        expect![[r#"
            0 open thinking
            0 text "hm"
            0 seal Signature("Eq")
            0 close
            1 open thinking
            1 seal Redacted("r")
            1 close
            2 open thinking
            2 text "x"
            2 seal Opaque("o")
            2 close
            3 open thinking
            3 close
        "#]],
    );
}

#[test]
fn calls() {
    inside(
        &[
            block(0, json!({ "type": "tool_use", "id": "t1", "name": "f", "input": {} })),
            delta(0, json!({ "type": "input_json_delta", "partial_json": "" })),
            delta(0, json!({ "type": "input_json_delta", "partial_json": "{\"a\"" })),
            delta(0, json!({ "type": "input_json_delta", "partial_json": ":1}" })),
            close(0),
            block(1, json!({ "type": "tool_use", "id": "t2", "name": "f", "input": {} })),
            close(1),
            block(2, json!({ "type": "tool_use", "id": "t3", "name": "f", "input": { "a": 1 } })),
            close(2),
            block(3, json!({ "type": "tool_use", "id": "t4", "name": "f", "input": { "a": 1 } })),
            delta(3, json!({ "type": "input_json_delta", "partial_json": "{\"a\":1}" })),
            close(3),
        ],
        expect![[r#"
            0 open call t1 f Function
            0 arguments {"a"
            0 arguments :1}
            0 close
            1 open call t2 f Function
            1 close
            2 open call t3 f Function
            2 arguments {"a":1}
            2 close
            3 open call t4 f Function
            3 arguments {"a":1}
            3 close
        "#]],
    );
}

#[test]
fn blocks_of_this_dialect_alone() {
    inside(
        &[
            block(
                0,
                json!({ "type": "server_tool_use", "id": "s", "name": "web_search", "input": {} }),
            ),
            delta(0, json!({ "type": "input_json_delta", "partial_json": "{}" })),
            close(0),
            block(1, json!({ "type": "compaction", "content": null })),
            delta(1, json!({ "type": "compaction_delta", "content": "x" })),
            close(1),
        ],
        expect![[r#"
            0 open native messages {"type":"server_tool_use","id":"s","name":"web_search","input":{}}
            0 native {"type":"input_json_delta","partial_json":"{}"}
            0 close
            1 open native messages {"type":"compaction","content":null}
            1 native {"type":"compaction_delta","content":"x"}
            1 close
        "#]],
    );
}

#[test]
fn what_the_finish_brings() {
    check(
        &[
            start(),
            json!({ "type": "message_delta",
                "delta": { "stop_reason": "refusal", "container": { "id": "c" },
                           "stop_details": { "type": "refusal", "explanation": "No." } },
                "context_management": { "applied_edits": [{ "type": "clear" }] },
                "usage": { "output_tokens": 3 } }),
            json!({ "type": "message_delta", "delta": {}, "usage": { "output_tokens": 4 } }),
            json!({ "type": "ping" }),
            stop(),
        ],
        expect![[r#"
            start msg_1 claude 0
            0 open native messages {"type":"container","id":"c"}
            0 close
            1 open native messages {"type":"context_management","applied_edits":[{"type":"clear"}]}
            1 close
            2 open refusal
            2 text "No."
            2 close
            usage input 0 read None write None 1h None output 3 reasoning None
            finish Refusal
            usage input 0 read None write None 1h None output 4 reasoning None
            ping
            end
        "#]],
    );
}

#[test]
fn usage_without_a_finish_is_only_usage() {
    inside(
        &[json!({ "type": "message_delta", "delta": { "stop_reason": null },
            "usage": { "input_tokens": 3, "output_tokens": 4 } })],
        expect![[r#"
            usage input 3 read None write None 1h None output 4 reasoning None
        "#]],
    );
}

#[test]
fn a_message_that_comes_whole_in_its_start() {
    check(
        &[
            json!({ "type": "message_start", "message": {
                "id": "msg_1", "model": "claude", "stop_reason": "tool_use",
                "content": [
                    { "type": "text", "text": "so" },
                    { "type": "tool_use", "id": "t", "name": "f", "input": { "a": 1 } },
                ],
            } }),
            stop(),
        ],
        expect![[r#"
            start msg_1 claude 0
            0 open text
            0 text "so"
            0 close
            1 open call t f Function
            1 arguments {"a":1}
            1 close
            finish ToolCalls
            end
        "#]],
    );
}

#[test]
fn what_imitators_leave_out_or_add() {
    // No end of the block, no event names, a comment, OpenAI's end mark, an unknown event.
    let bytes = b": hello\n\n\
        data: {\"type\":\"message_start\",\"message\":{}}\n\n\
        event: keepalive\ndata: {}\n\n\
        event: ping\n\n\
        data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\"}}\n\n\
        event: content_block_delta\ndata: {\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}\n\n\
        data:\n\n\
        data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n\
        data: {\"type\":\"message_stop\"}\n\n\
        data: [DONE]\n\n\
        data: nonsense\n\n";
    expect![[r#"
        ping
        start   0
        ping
        0 open text
        0 text "x"
        0 close
        finish Stop
        end
    "#]]
    .assert_eq(&lines(bytes));
}

#[test]
fn errors_of_the_upstream() {
    let error =
        |kind: &str| json!({ "type": "error", "error": { "type": kind, "message": "busy" } });
    check(
        &[error("overloaded_error")],
        expect![[r#"
        failed Overloaded: busy
    "#]],
    );
    check(
        &[start(), error("rate_limit_error"), stop()],
        expect![[r#"
        start msg_1 claude 0
        failed RateLimit: busy
    "#]],
    );
    expect![[r#"
        failed BadGateway: bad
    "#]]
    .assert_eq(&lines(b"event: error\ndata: {\"message\":\"bad\"}\n\n"));
    expect![[r#"
        failed BadGateway: odd
    "#]]
    .assert_eq(&lines(b"data: {\"error\":{\"message\":\"odd\",\"code\":500}}\n\n"));
}

#[test]
fn streams_that_break() {
    check(
        &[],
        expect![[r#"
        failed BadGateway: the upstream's stream ended before the reply was finished
    "#]],
    );
    check(
        &[start()],
        expect![[r#"
        start msg_1 claude 0
        failed BadGateway: the upstream's stream ended before the reply was finished
    "#]],
    );
    check(
        &[start(), finish("end_turn")],
        expect![[r#"
        start msg_1 claude 0
        finish Stop
        failed BadGateway: the upstream's stream ended before the reply was finished
    "#]],
    );
    check(
        &[start(), stop()],
        expect![[r#"
        start msg_1 claude 0
        failed BadGateway: the upstream's stream makes no sense: message_stop without a stop_reason
    "#]],
    );
    expect![[r#"
        failed BadGateway: the upstream sent an event that is not JSON (EOF while parsing a value at line 1 column 8): {"type":
    "#]].assert_eq(&lines(b"data: {\"type\":\n\n"));
    let long = format!("data: {}\n\n", "x".repeat(300));
    let told = lines(long.as_bytes());
    assert!(told.contains(&"x".repeat(200)) && !told.contains(&"x".repeat(201)), "{told}");
    expect![[r#"
        failed BadGateway: the upstream's stream makes no sense: an event is no object: 5
    "#]]
    .assert_eq(&lines(b"data: 5\n\n"));
}

#[test]
fn an_order_of_messages_that_makes_no_sense() {
    let open_text = block(0, json!({ "type": "text", "text": "" }));
    for (events, expected) in [
        (
            vec![start(), start()],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: message_start in the middle of the reply"
            ],
        ),
        (
            vec![open_text.clone()],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: content_block_start before message_start"
            ],
        ),
        (
            vec![stop()],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: message_stop before message_start"
            ],
        ),
        (
            vec![finish("end_turn")],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: message_delta before message_start"
            ],
        ),
    ] {
        let told = lines(&stream(&events));
        expected.assert_eq(told.lines().last().expect("an end"));
    }
}

#[test]
fn an_order_of_blocks_that_makes_no_sense() {
    let open_text = block(0, json!({ "type": "text", "text": "" }));
    for (events, expected) in [
        (
            vec![start(), open_text.clone(), open_text.clone()],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: block 0 is opened twice"
            ],
        ),
        (
            vec![start(), delta(3, json!({ "type": "text_delta" }))],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: a delta for block 3, which is not open"
            ],
        ),
        (
            vec![start(), close(3)],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: an end of block 3, which is not open"
            ],
        ),
        (
            vec![start(), finish("end_turn"), open_text.clone()],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: content_block_start after the reply was finished"
            ],
        ),
        (
            vec![start(), json!({ "type": "content_block_stop" })],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: content_block_stop without an index"
            ],
        ),
        (
            vec![start(), open_text, delta(0, json!({ "type": "thinking_delta" }))],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: a thinking_delta for block 0 of another kind"
            ],
        ),
        (
            vec![start(), block(0, json!({ "type": "tool_use", "name": "f" }))],
            expect![
                "failed BadGateway: the upstream's stream makes no sense: a tool_use without id or name"
            ],
        ),
    ] {
        let told = lines(&stream(&events));
        expected.assert_eq(told.lines().last().expect("an end"));
    }
}

#[test]
fn what_a_stream_may_hold_is_bounded() {
    let name = "x".repeat(16 * 1024 + 1);
    let call = block(0, json!({ "type": "tool_use", "id": "t", "name": name, "input": {} }));
    let told = lines(&stream(&[start(), call]));
    expect![
        "failed BadGateway: the upstream's stream makes no sense: an id or name of over 16384 bytes"
    ]
    .assert_eq(told.lines().last().expect("an end"));
    let mut events = vec![start()];
    events.extend((0..129).map(|index| block(index, json!({ "type": "text" }))));
    let told = lines(&stream(&events));
    expect![
        "failed BadGateway: the upstream's stream makes no sense: over 128 blocks are open at once"
    ]
    .assert_eq(told.lines().last().expect("an end"));
}

fn rich() -> Vec<u8> {
    stream(&[
        start(),
        block(0, json!({ "type": "thinking", "thinking": "" })),
        delta(0, json!({ "type": "thinking_delta", "thinking": "größer 🦀" })),
        delta(0, json!({ "type": "signature_delta", "signature": "Eq" })),
        close(0),
        block(1, json!({ "type": "tool_use", "id": "t", "name": "f", "input": {} })),
        delta(1, json!({ "type": "input_json_delta", "partial_json": "{\"a\":\"é\"}" })),
        close(1),
        finish("tool_use"),
        stop(),
    ])
}

#[test]
fn any_cut_gives_the_same_events() {
    let bytes = rich();
    let whole = events_of([bytes.as_slice()]);
    for at in 0..=bytes.len() {
        let (left, right) = bytes.split_at(at);
        assert_eq!(events_of([left, right]), whole, "cut at {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_chunks_give_the_same_events(sizes in prop::collection::vec(1usize..90, 1..20)) {
        let bytes = rich();
        let mut chunks = Vec::new();
        let mut rest = bytes.as_slice();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, tail) = rest.split_at((*size).min(rest.len()));
            chunks.push(chunk);
            rest = tail;
        }
        prop_assert_eq!(events_of(chunks), events_of([bytes.as_slice()]));
    }

    /// Whatever an upstream sends, the reader ends the stream once and keeps to the order of events.
    #[test]
    fn any_order_of_events_is_read_to_one_end(picks in prop::collection::vec((0usize..9, 0u64..3), 0..24)) {
        let kinds = |pick: usize, index: u64| match pick {
            0 => start(),
            1 => block(index, json!({ "type": "text", "text": "a" })),
            2 => block(index, json!({ "type": "tool_use", "id": "t", "name": "f", "input": { "a": 1 } })),
            3 => delta(index, json!({ "type": "text_delta", "text": "x" })),
            4 => delta(index, json!({ "type": "input_json_delta", "partial_json": "1" })),
            5 | 6 => close(index),
            7 => finish("end_turn"),
            _ => stop(),
        };
        let mut events = vec![start()];
        events.extend(picks.into_iter().map(|(pick, index)| kinds(pick, index)));
        let read = events_of([stream(&events).as_slice()]);
        super::recorded::assert_well_formed(&read);
    }
}
