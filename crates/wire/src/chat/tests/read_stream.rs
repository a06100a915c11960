//! Streams of servers, quirk by quirk.

use super::{events, lines, stream};
use crate::chat::calls::{CALLS_MAX, NAME_BYTES_MAX, PENDING_BYTES_MAX};
use crate::event::Event;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

pub(super) fn delta(delta: Value) -> Value {
    json!({"id": "r1", "model": "m", "created": 7, "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

pub(super) fn finish(word: &str) -> Value {
    json!({"id": "r1", "choices": [{"index": 0, "delta": {}, "finish_reason": word}]})
}

pub(super) fn call(call: Value) -> Value {
    delta(json!({"tool_calls": [call]}))
}

/// The events of these chunks after the start, without `[DONE]`.
pub(super) fn check(chunks: &[Value], expected: &Expect) {
    check_bytes(&stream(chunks), expected);
}

fn check_bytes(bytes: &[u8], expected: &Expect) {
    let text = lines(&events(bytes, bytes.len()));
    expected.assert_eq(text.strip_prefix("start \"r1\" \"m\" 7\n").unwrap_or(&text));
}

#[test]
fn text_and_the_end_mark() {
    check_bytes(
        b": OPENROUTER PROCESSING\n\ndata: {\"choices\":[],\"prompt_filter_results\":[]}\n\n\
          data: {\"id\":\"x\",\"model\":\"m\",\"created\":1,\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n\
          : still here\n\ndata:\n\n\
          data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n\
          data: {\"choices\":[{\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"\"}]}\n\n\
          data: {\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}]}\n\n\
          data: [DONE]\n\ndata: after the end\n\n",
        &expect![[r#"
            start "x" "m" 1
            ping
            ping
            0 text
            0 + "Hel"
            0 + "lo"
            0 closed
            finish Stop
            end
        "#]],
    );
}

#[test]
fn reasoning_under_every_name() {
    check(
        &[
            delta(json!({"reasoning_content": "a"})),
            delta(json!({"reasoning": "b", "reasoning_content": null})),
            delta(json!({"reasoning_text": "c"})),
            delta(
                json!({"reasoning": "d", "reasoning_details": [{"type": "reasoning.text", "text": "d"}]}),
            ),
            delta(json!({"reasoning_details": [{"type": "reasoning.summary", "summary": "e"}]})),
            delta(
                json!({"reasoning_details": [{"type": "reasoning.text", "signature": "s", "text": "", "index": 0}]}),
            ),
            delta(
                json!({"reasoning_details": [{"type": "reasoning.encrypted", "data": "d", "id": "rs_1"}]}),
            ),
            delta(
                json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "f"}]},
                                     {"type": "text", "text": "g"}, {"type": "reference", "reference_ids": [1]}]}),
            ),
            finish("stop"),
        ],
        &expect![[r#"
            0 thinking
            0 + "a"
            0 + "b"
            0 + "c"
            0 + "d"
            0 + "e"
            0 Opaque("{\"type\":\"reasoning.text\",\"signature\":\"s\",\"index\":0}")
            0 closed
            1 thinking
            1 Opaque("{\"type\":\"reasoning.encrypted\",\"data\":\"d\",\"id\":\"rs_1\"}")
            1 closed
            2 thinking
            2 + "f"
            2 closed
            3 text
            3 + "g"
            3 closed
            4 native chat {"type":"reference","reference_ids":[1]}
            4 closed
            finish Stop
            end
        "#]],
    );
}

#[test]
fn copilots_seal() {
    check(
        &[
            delta(json!({"reasoning_text": "why"})),
            delta(json!({"content": "", "reasoning_opaque": "seal"})),
            delta(json!({"content": "so"})),
            delta(json!({"reasoning_opaque": "alone", "tool_calls": [
                {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}}]})),
            finish("stop"),
        ],
        &expect![[r#"
            0 thinking
            0 + "why"
            0 Opaque("seal")
            0 closed
            1 text
            1 + "so"
            1 closed
            2 thinking
            2 Opaque("alone")
            2 closed
            3 Function c1 f
            3 + "{}"
            3 closed
            finish ToolCalls
            end
        "#]],
    );
}

#[test]
fn refusals_citations_pictures_sound() {
    check(
        &[
            delta(json!({"content": "x", "refusal": null})),
            delta(
                json!({"annotations": [{"type": "url_citation", "url_citation": {"url": "https://a"}}]}),
            ),
            delta(json!({"images": [{"type": "image_url", "image_url": {"url": "https://b"}}]})),
            delta(json!({"audio": {"id": "a", "data": "AA"}})),
            delta(json!({"audio": {"data": "BB"}})),
            delta(json!({"refusal": "no"})),
            delta(json!({"refusal": "!"})),
            finish("stop"),
        ],
        &expect![[r#"
            0 text
            0 + "x"
            0 cites chat {"type":"url_citation","url_citation":{"url":"https://a"}}
            0 closed
            1 native chat {"type":"image_url","image_url":{"url":"https://b"}}
            1 closed
            2 native chat {"type":"audio"}
            2 + {"id":"a","data":"AA"}
            2 + {"data":"BB"}
            2 closed
            3 refusal
            3 + "no"
            3 + "!"
            3 closed
            finish Refusal
            end
        "#]],
    );
}

#[test]
fn usage_in_odd_places() {
    let usage = |tokens: u64| json!({"prompt_tokens": 5, "completion_tokens": tokens, "total_tokens": 5 + tokens});
    let mut every = delta(json!({"content": "x"}));
    every["usage"] = usage(1);
    let mut last = finish("stop");
    last["x_groq"] = json!({"usage": usage(2)});
    check(
        &[
            every,
            last,
            finish("stop"),
            finish("length"),
            json!({"choices": [], "usage": usage(3)}),
            json!({"id": "late", "usage": usage(4)}),
        ],
        &expect![[r#"
            0 text
            0 + "x"
            Usage { input: 5, cache_read: None, cache_write: None, cache_write_1h: None, output: 1, reasoning: None }
            0 closed
            finish Stop
            Usage { input: 5, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None }
            Usage { input: 5, cache_read: None, cache_write: None, cache_write_1h: None, output: 3, reasoning: None }
            Usage { input: 5, cache_read: None, cache_write: None, cache_write_1h: None, output: 4, reasoning: None }
            end
        "#]],
    );
}

#[test]
fn a_whole_message_in_a_stream() {
    check(
        &[json!({"id": "r1", "model": "m", "created": 7, "choices": [
            {"index": 1, "message": {"content": "not this one"}, "finish_reason": "length"},
            {"index": 0, "message": {"role": "assistant", "content": "all"}, "finish_reason": "stop"}]})],
        &expect![[r#"
            0 text
            0 + "all"
            1 native chat {"type":"further choices"}
            1 closed
            0 closed
            finish Stop
            end
        "#]],
    );
}

#[test]
fn errors_of_the_server() {
    for (error, expected) in [
        (
            json!({"error": {"message": "too much", "type": "server_error", "code": "overloaded"}}),
            "failed Internal Some(\"overloaded\"): too much\n",
        ),
        (
            json!({"error": {"message": "slow", "code": 429}}),
            "failed RateLimit Some(\"429\"): slow\n",
        ),
        (json!({"error": "plain"}), "failed BadGateway None: plain\n"),
        (
            json!({"object": "error", "message": "vllm", "code": 400}),
            "failed InvalidRequest Some(\"400\"): vllm\n",
        ),
        (
            json!({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}),
            "failed Overloaded None: busy\n",
        ),
        (
            json!({"choices": [{"error": {"message": "cut"}}]}),
            "start \"\" \"\" 0\nfailed BadGateway None: cut\n",
        ),
    ] {
        assert_eq!(lines(&events(&stream(&[error]), 9)), expected);
    }
    check_bytes(
        b"event: error\ndata: {\"message\":\"gone\"}\n\n",
        &expect![[r#"
        failed BadGateway None: gone
    "#]],
    );
}

#[test]
fn what_cannot_be_read() {
    check_bytes(
        b"data: {\"choices\":[{\"del\n\n",
        &expect![[r#"
        failed BadGateway None: the upstream sent an event that is not JSON (EOF while parsing a string at line 1 column 17): {"choices":[{"del
    "#]],
    );
    check_bytes(
        b"data: 7\n\n",
        &expect![[r#"
        failed BadGateway None: the upstream sent an event that is not an object: 7
    "#]],
    );
    check(
        &[json!({"choices": 7})],
        &expect![[r#"
        failed BadGateway None: the upstream sent choices that are not an array: 7
    "#]],
    );
    check(
        &[delta(json!({"content": 7}))],
        &expect![[r#"
        failed BadGateway None: the upstream sent a content that is no text: 7
    "#]],
    );
    let long = format!("data: {}\n\n", "x".repeat(1000));
    let failed = lines(&events(long.as_bytes(), 100));
    assert_eq!(failed.matches('x').count(), 201, "an error quotes 200 characters ({failed})");
}

#[test]
fn what_makes_no_sense() {
    check(
        &[call(json!({"function": {"arguments": "{}"}}))],
        &expect![[r#"
        failed BadGateway None: the upstream sends arguments of a tool call that was never begun
    "#]],
    );
    check(
        &[call(json!({"index": 0, "id": "c1"})), finish("tool_calls")],
        &expect![[r#"
        failed BadGateway None: the upstream makes a tool call without a name
    "#]],
    );
    check(
        &[
            call(json!({"index": 0, "id": "c1", "function": {"name": "f"}})),
            call(json!({"index": 0, "function": {"name": "g"}})),
        ],
        &expect![[r#"
            0 Function c1 f
            failed BadGateway None: the upstream renames the tool call "f" to "g"
        "#]],
    );
    check(
        &[finish("stop"), delta(json!({"content": "late"}))],
        &expect![[r#"
        start "r1" "" 0
        finish Stop
        failed BadGateway None: the upstream sent more of the reply after its finish_reason
    "#]],
    );
    check(
        &[finish("error")],
        &expect![[r#"
        start "r1" "" 0
        failed BadGateway None: the upstream ended the reply with finish_reason error
    "#]],
    );
}

#[test]
fn an_end_without_a_finish() {
    check(
        &[],
        &expect![[r#"
        failed BadGateway None: the upstream ended the stream before the reply was finished
    "#]],
    );
    check(
        &[delta(json!({"content": "half"}))],
        &expect![[r#"
        0 text
        0 + "half"
        failed BadGateway None: the upstream ended the stream before the reply was finished
    "#]],
    );
    check_bytes(
        b"data: [DONE]\n\n",
        &expect![[r#"
        failed BadGateway None: the upstream ended the stream before the reply was finished
    "#]],
    );
}

fn failure(chunks: &[Value]) -> String {
    match events(&stream(chunks), 1 << 20).last() {
        Some(Event::Failed(error)) => error.message.clone(),
        other => panic!("not failed: {other:?}"),
    }
}

#[test]
fn limits() {
    let named = |index: usize| {
        call(json!({"index": index, "id": format!("c{index}"), "function": {"name": "f"}}))
    };
    let mut calls: Vec<Value> = (0..=CALLS_MAX).map(named).collect();
    assert_eq!(failure(&calls), "the upstream makes over 128 tool calls");
    calls.truncate(CALLS_MAX);
    calls.push(finish("tool_calls"));
    assert_eq!(events(&stream(&calls), 1 << 20).last(), Some(&Event::End));

    let long = "x".repeat(NAME_BYTES_MAX + 1);
    let over = "the upstream sends a tool call with an id or name over 16384 bytes";
    assert_eq!(failure(&[call(json!({"index": 0, "id": long}))]), over);
    assert_eq!(failure(&[call(json!({"index": 0, "function": {"name": long}}))]), over);
    let half = "x".repeat(NAME_BYTES_MAX / 2 + 1);
    let other_half = "y".repeat(NAME_BYTES_MAX / 2 + 1);
    assert_eq!(
        failure(
            &[half, other_half].map(|name| call(json!({"index": 0, "function": {"name": name}})))
        ),
        "the upstream names a tool in over 16384 bytes"
    );

    let pending =
        call(json!({"index": 0, "function": {"arguments": "x".repeat(PENDING_BYTES_MAX / 2 + 1)}}));
    assert_eq!(
        failure(&[pending.clone(), pending]),
        "the upstream sends over 1048576 bytes of arguments before the id of their tool call"
    );
}

/// Any chunk a server may send, sensible or not.
fn any_chunk() -> impl Strategy<Value = Value> {
    let text = || "[a-zé☃\"\\\\\n ]{0,6}";
    let piece = (proptest::option::of(0_u64..3), proptest::option::of("[a-c]{0,1}"), proptest::option::of("[fg]{0,1}"), text())
        .prop_map(|(index, id, name, arguments)| {
            call(json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}}))
        });
    prop_oneof![
        text().prop_map(|text| delta(json!({"content": text}))),
        text().prop_map(|text| delta(json!({"reasoning_content": text}))),
        text().prop_map(|text| delta(json!({"reasoning_opaque": text}))),
        text().prop_map(|text| delta(json!({"refusal": text}))),
        piece,
        prop_oneof![Just("stop"), Just("tool_calls"), Just("length")].prop_map(finish),
        Just(json!({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}})),
    ]
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_events(
        chunks in proptest::collection::vec(any_chunk(), 0..8),
        chunk_bytes in 1_usize..64,
    ) {
        let bytes = stream(&chunks);
        prop_assert_eq!(events(&bytes, chunk_bytes), events(&bytes, bytes.len()));
    }

    /// Start first and once, parts opened once and closed before the finish, one end.
    #[test]
    fn every_stream_is_well_formed(chunks in proptest::collection::vec(any_chunk(), 0..12)) {
        let events = events(&stream(&chunks), 1 << 20);
        let (mut open, mut opened, mut finished) = (Vec::new(), 0, false);
        let known_before = |event: &Event| matches!(event, Event::ServiceTier(_));
        for (index, event) in events.iter().skip_while(|event| known_before(event)).enumerate() {
            match event {
                Event::Start { .. } => prop_assert_eq!(index, 0),
                Event::Open { part, .. } => {
                    prop_assert_eq!(*part, opened);
                    prop_assert!(!finished);
                    opened += 1;
                    open.push(*part);
                }
                Event::Delta { part, .. } => prop_assert!(open.contains(part)),
                Event::Close { part } => {
                    prop_assert!(open.contains(part));
                    open.retain(|other| other != part);
                }
                Event::Finish(_) => {
                    prop_assert!(open.is_empty() && !finished);
                    finished = true;
                }
                Event::End => prop_assert!(finished && index + 1 == events.len()),
                Event::Failed(_) => prop_assert_eq!(index + 1, events.len()),
                Event::Usage(_) | Event::ServiceTier(_) | Event::Ping => prop_assert!(index > 0),
            }
        }
        prop_assert!(matches!(events.last(), Some(Event::End | Event::Failed(_))));
    }
}
