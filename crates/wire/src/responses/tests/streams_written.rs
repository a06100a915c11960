use super::{read_chunks, show_changes, write_events};
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use crate::part::CallKind;
use crate::reply::Finish;
use crate::seal::Seal;
use crate::sse::Decoder;
use crate::usage::Usage;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

/// Writes a stream and shows each payload without its type's twin, its number and, of a response, what never changes.
fn check(events: Vec<Event>, expected: Expect) {
    let (bytes, changes) = write_events(events);
    let mut decoder = Decoder::new();
    decoder.push(&bytes);
    let (mut lines, mut number) = (String::new(), 0);
    while let Some(frame) = decoder.next() {
        let frame = frame.expect("a readable frame");
        let Some(data) = frame.data else {
            lines += std::str::from_utf8(frame.raw).expect("UTF-8").trim_end();
            lines.push('\n');
            continue;
        };
        let mut event: Value = serde_json::from_str(&data).expect("JSON");
        assert_eq!(event["type"].as_str(), frame.event, "the name stands in both places");
        assert_eq!(event["sequence_number"], json!(number), "numbers follow one another");
        number += 1;
        let members = event.as_object_mut().expect("an object");
        members.retain(|key, _| key != "sequence_number" && key != "type");
        if let Some(Value::Object(response)) = members.get_mut("response") {
            const TELLING: [&str; 6] =
                ["id", "status", "error", "incomplete_details", "output", "usage"];
            response.retain(|key, value| TELLING.contains(&key.as_str()) && !value.is_null());
        }
        lines += &format!("{} {event}\n", frame.event.expect("a name"));
    }
    expected.assert_eq(&(lines + &show_changes(&changes)));
}

fn start() -> Event {
    Event::Start { id: "msg_1".to_owned(), model: "m".to_owned(), created: 5 }
}

fn part(part: usize, opening: Opening, deltas: Vec<Delta>) -> Vec<Event> {
    let mut events = vec![Event::Open { part, opening }];
    events.extend(deltas.into_iter().map(|delta| Event::Delta { part, delta }));
    events.push(Event::Close { part });
    events
}

fn text(text: &str) -> Delta {
    Delta::Text(text.to_owned())
}

fn call(kind: CallKind) -> Opening {
    Opening::Call { id: "c1".to_owned(), name: "f".to_owned(), kind }
}

fn stream(parts: Vec<Vec<Event>>, finish: Finish) -> Vec<Event> {
    let mut events = vec![start()];
    events.extend(parts.into_iter().flatten());
    let usage = Usage { input: 3, output: 2, ..Usage::default() };
    events.extend([Event::Finish(finish), Event::Usage(usage), Event::End]);
    events
}

#[test]
fn texts_share_a_message() {
    let mut events = stream(
        vec![
            part(0, Opening::Text, vec![text("Hel"), text("lo")]),
            part(1, Opening::Text, vec![text("you")]),
            part(2, Opening::Refusal, vec![text("no")]),
        ],
        Finish::Refusal,
    );
    events.insert(2, Event::Ping);
    check(
        events,
        expect![[r#"
        response.created {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
        response.in_progress {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
        response.output_item.added {"output_index":0,"item":{"id":"msg_0_msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}
        response.content_part.added {"item_id":"msg_0_msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}
        : ping
        response.output_text.delta {"item_id":"msg_0_msg_1","output_index":0,"content_index":0,"logprobs":[],"delta":"Hel"}
        response.output_text.delta {"item_id":"msg_0_msg_1","output_index":0,"content_index":0,"logprobs":[],"delta":"lo"}
        response.output_text.done {"item_id":"msg_0_msg_1","output_index":0,"content_index":0,"text":"Hello","logprobs":[]}
        response.content_part.done {"item_id":"msg_0_msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Hello","annotations":[],"logprobs":[]}}
        response.content_part.added {"item_id":"msg_0_msg_1","output_index":0,"content_index":1,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}
        response.output_text.delta {"item_id":"msg_0_msg_1","output_index":0,"content_index":1,"logprobs":[],"delta":"you"}
        response.output_text.done {"item_id":"msg_0_msg_1","output_index":0,"content_index":1,"text":"you","logprobs":[]}
        response.content_part.done {"item_id":"msg_0_msg_1","output_index":0,"content_index":1,"part":{"type":"output_text","text":"you","annotations":[],"logprobs":[]}}
        response.content_part.added {"item_id":"msg_0_msg_1","output_index":0,"content_index":2,"part":{"type":"refusal","refusal":""}}
        response.refusal.delta {"item_id":"msg_0_msg_1","output_index":0,"content_index":2,"delta":"no"}
        response.refusal.done {"item_id":"msg_0_msg_1","output_index":0,"content_index":2,"refusal":"no"}
        response.content_part.done {"item_id":"msg_0_msg_1","output_index":0,"content_index":2,"part":{"type":"refusal","refusal":"no"}}
        response.output_item.done {"output_index":0,"item":{"id":"msg_0_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hello","annotations":[],"logprobs":[]},{"type":"output_text","text":"you","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"no"}]}}
        response.completed {"response":{"id":"resp_msg_1","status":"completed","output":[{"id":"msg_0_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hello","annotations":[],"logprobs":[]},{"type":"output_text","text":"you","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"no"}]}],"usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":5}}}
    "#]],
    );
}

#[test]
fn reasoning_calls_and_text() {
    check(
        stream(
            vec![
                part(
                    0,
                    Opening::Thinking,
                    vec![text("hm"), text("m"), Delta::Seal(Seal::Signature("sig".to_owned()))],
                ),
                part(1, Opening::Thinking, vec![Delta::Seal(Seal::Redacted("data".to_owned()))]),
                part(2, Opening::Text, vec![text("a")]),
                part(
                    3,
                    call(CallKind::Function),
                    vec![Delta::Arguments("{\"a\"".to_owned()), Delta::Arguments(":1}".to_owned())],
                ),
                part(4, call(CallKind::Function), vec![]),
                part(5, call(CallKind::Custom), vec![Delta::Arguments("patch".to_owned())]),
                part(6, Opening::Text, vec![text("b")]),
            ],
            Finish::ToolCalls,
        ),
        expect![[r#"
            response.created {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
            response.in_progress {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
            response.output_item.added {"output_index":0,"item":{"id":"rs_0_msg_1","type":"reasoning","summary":[]}}
            response.reasoning_summary_part.added {"item_id":"rs_0_msg_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}
            response.reasoning_summary_text.delta {"item_id":"rs_0_msg_1","output_index":0,"summary_index":0,"delta":"hm"}
            response.reasoning_summary_text.delta {"item_id":"rs_0_msg_1","output_index":0,"summary_index":0,"delta":"m"}
            response.reasoning_summary_text.done {"item_id":"rs_0_msg_1","output_index":0,"summary_index":0,"text":"hmm"}
            response.reasoning_summary_part.done {"item_id":"rs_0_msg_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":"hmm"}}
            response.output_item.done {"output_index":0,"item":{"id":"rs_0_msg_1","type":"reasoning","summary":[{"type":"summary_text","text":"hmm"}],"encrypted_content":"ironbridge:signature:sig"}}
            response.output_item.added {"output_index":1,"item":{"id":"rs_1_msg_1","type":"reasoning","summary":[]}}
            response.output_item.done {"output_index":1,"item":{"id":"rs_1_msg_1","type":"reasoning","summary":[],"encrypted_content":"ironbridge:redacted:data"}}
            response.output_item.added {"output_index":2,"item":{"id":"msg_2_msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}
            response.content_part.added {"item_id":"msg_2_msg_1","output_index":2,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}
            response.output_text.delta {"item_id":"msg_2_msg_1","output_index":2,"content_index":0,"logprobs":[],"delta":"a"}
            response.output_text.done {"item_id":"msg_2_msg_1","output_index":2,"content_index":0,"text":"a","logprobs":[]}
            response.content_part.done {"item_id":"msg_2_msg_1","output_index":2,"content_index":0,"part":{"type":"output_text","text":"a","annotations":[],"logprobs":[]}}
            response.output_item.done {"output_index":2,"item":{"id":"msg_2_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]}]}}
            response.output_item.added {"output_index":3,"item":{"id":"fc_3_msg_1","type":"function_call","status":"in_progress","arguments":"","call_id":"c1","name":"f"}}
            response.function_call_arguments.delta {"item_id":"fc_3_msg_1","output_index":3,"delta":"{\"a\""}
            response.function_call_arguments.delta {"item_id":"fc_3_msg_1","output_index":3,"delta":":1}"}
            response.function_call_arguments.done {"item_id":"fc_3_msg_1","output_index":3,"name":"f","arguments":"{\"a\":1}"}
            response.output_item.done {"output_index":3,"item":{"id":"fc_3_msg_1","type":"function_call","status":"completed","arguments":"{\"a\":1}","call_id":"c1","name":"f"}}
            response.output_item.added {"output_index":4,"item":{"id":"fc_4_msg_1","type":"function_call","status":"in_progress","arguments":"","call_id":"c1","name":"f"}}
            response.function_call_arguments.delta {"item_id":"fc_4_msg_1","output_index":4,"delta":"{}"}
            response.function_call_arguments.done {"item_id":"fc_4_msg_1","output_index":4,"name":"f","arguments":"{}"}
            response.output_item.done {"output_index":4,"item":{"id":"fc_4_msg_1","type":"function_call","status":"completed","arguments":"{}","call_id":"c1","name":"f"}}
            response.output_item.added {"output_index":5,"item":{"id":"ctc_5_msg_1","type":"custom_tool_call","status":"in_progress","call_id":"c1","name":"f","input":""}}
            response.custom_tool_call_input.delta {"item_id":"ctc_5_msg_1","output_index":5,"delta":"patch"}
            response.custom_tool_call_input.done {"item_id":"ctc_5_msg_1","output_index":5,"input":"patch"}
            response.output_item.done {"output_index":5,"item":{"id":"ctc_5_msg_1","type":"custom_tool_call","status":"completed","call_id":"c1","name":"f","input":"patch"}}
            response.output_item.added {"output_index":6,"item":{"id":"msg_6_msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}
            response.content_part.added {"item_id":"msg_6_msg_1","output_index":6,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}
            response.output_text.delta {"item_id":"msg_6_msg_1","output_index":6,"content_index":0,"logprobs":[],"delta":"b"}
            response.output_text.done {"item_id":"msg_6_msg_1","output_index":6,"content_index":0,"text":"b","logprobs":[]}
            response.content_part.done {"item_id":"msg_6_msg_1","output_index":6,"content_index":0,"part":{"type":"output_text","text":"b","annotations":[],"logprobs":[]}}
            response.output_item.done {"output_index":6,"item":{"id":"msg_6_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"b","annotations":[],"logprobs":[]}]}}
            response.completed {"response":{"id":"resp_msg_1","status":"completed","output":[{"id":"rs_0_msg_1","type":"reasoning","summary":[{"type":"summary_text","text":"hmm"}],"encrypted_content":"ironbridge:signature:sig"},{"id":"rs_1_msg_1","type":"reasoning","summary":[],"encrypted_content":"ironbridge:redacted:data"},{"id":"msg_2_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]}]},{"id":"fc_3_msg_1","type":"function_call","status":"completed","arguments":"{\"a\":1}","call_id":"c1","name":"f"},{"id":"fc_4_msg_1","type":"function_call","status":"completed","arguments":"{}","call_id":"c1","name":"f"},{"id":"ctc_5_msg_1","type":"custom_tool_call","status":"completed","call_id":"c1","name":"f","input":"patch"},{"id":"msg_6_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"b","annotations":[],"logprobs":[]}]}],"usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":5}}}
        "#]],
    );
}

#[test]
fn what_has_no_place() {
    let native = |dialect, value| Opening::Native { dialect, value };
    let citation = |value| Delta::Citation { dialect: Dialect::Messages, value };
    check(
        stream(
            vec![
                part(
                    0,
                    native(Dialect::Messages, json!({"type": "server_tool_use"})),
                    vec![Delta::Native(json!({}))],
                ),
                part(1, native(Dialect::Responses, json!({"type": "web_search_call"})), vec![]),
                part(
                    2,
                    Opening::Text,
                    vec![
                        text("x"),
                        citation(json!({"type": "char_location"})),
                        citation(json!({"type": "page_location"})),
                        citation(
                            json!({"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 1}),
                        ),
                    ],
                ),
            ],
            Finish::StopSequence(Some("END".to_owned())),
        ),
        expect![[r#"
            response.created {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
            response.in_progress {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
            response.output_item.added {"output_index":0,"item":{"type":"web_search_call"}}
            response.output_item.done {"output_index":0,"item":{"type":"web_search_call"}}
            response.output_item.added {"output_index":1,"item":{"id":"msg_1_msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}
            response.content_part.added {"item_id":"msg_1_msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}
            response.output_text.delta {"item_id":"msg_1_msg_1","output_index":1,"content_index":0,"logprobs":[],"delta":"x"}
            response.output_text.annotation.added {"item_id":"msg_1_msg_1","output_index":1,"content_index":0,"annotation":{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":1},"annotation_index":0}
            response.output_text.done {"item_id":"msg_1_msg_1","output_index":1,"content_index":0,"text":"x","logprobs":[]}
            response.content_part.done {"item_id":"msg_1_msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"x","annotations":[{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":1}],"logprobs":[]}}
            response.output_item.done {"output_index":1,"item":{"id":"msg_1_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"x","annotations":[{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":1}],"logprobs":[]}]}}
            response.completed {"response":{"id":"resp_msg_1","status":"completed","output":[{"type":"web_search_call"},{"id":"msg_1_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"x","annotations":[{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":1}],"logprobs":[]}]}],"usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":5}}}
            ! dropped /content/0: the responses dialect has no such block
            ! dropped /content/2: its citations have no counterpart in the responses dialect
            ! dropped /stop_sequence: which text ended the reply has no place in the responses dialect
        "#]],
    );
}

#[test]
fn a_reply_cut_by_its_limit_is_incomplete() {
    check(
        stream(vec![part(0, Opening::Text, vec![text("x")])], Finish::Length),
        expect![[r#"
        response.created {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
        response.in_progress {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
        response.output_item.added {"output_index":0,"item":{"id":"msg_0_msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}
        response.content_part.added {"item_id":"msg_0_msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}
        response.output_text.delta {"item_id":"msg_0_msg_1","output_index":0,"content_index":0,"logprobs":[],"delta":"x"}
        response.output_text.done {"item_id":"msg_0_msg_1","output_index":0,"content_index":0,"text":"x","logprobs":[]}
        response.content_part.done {"item_id":"msg_0_msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"x","annotations":[],"logprobs":[]}}
        response.output_item.done {"output_index":0,"item":{"id":"msg_0_msg_1","type":"message","status":"incomplete","role":"assistant","content":[{"type":"output_text","text":"x","annotations":[],"logprobs":[]}]}}
        response.incomplete {"response":{"id":"resp_msg_1","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"id":"msg_0_msg_1","type":"message","status":"incomplete","role":"assistant","content":[{"type":"output_text","text":"x","annotations":[],"logprobs":[]}]}],"usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":5}}}
    "#]],
    );
}

#[test]
fn failures() {
    let error = || ApiError::new(ErrorKind::RateLimit, "slow down");
    check(
        vec![Event::Failed(error())],
        expect![[r#"
        response.created {"response":{"id":"resp_failed","status":"in_progress","output":[]}}
        response.in_progress {"response":{"id":"resp_failed","status":"in_progress","output":[]}}
        response.failed {"response":{"id":"resp_failed","status":"failed","error":{"code":"rate_limit_exceeded","message":"slow down"},"output":[]}}
    "#]],
    );
    let mut open = stream(
        vec![
            part(0, call(CallKind::Function), vec![]),
            vec![Event::Open { part: 1, opening: Opening::Text }],
        ],
        Finish::Stop,
    );
    open.truncate(4);
    open.push(Event::Failed(error().with_code("own_code")));
    check(
        open,
        expect![[r#"
        response.created {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
        response.in_progress {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
        response.output_item.added {"output_index":0,"item":{"id":"fc_0_msg_1","type":"function_call","status":"in_progress","arguments":"","call_id":"c1","name":"f"}}
        response.function_call_arguments.delta {"item_id":"fc_0_msg_1","output_index":0,"delta":"{}"}
        response.function_call_arguments.done {"item_id":"fc_0_msg_1","output_index":0,"name":"f","arguments":"{}"}
        response.output_item.done {"output_index":0,"item":{"id":"fc_0_msg_1","type":"function_call","status":"completed","arguments":"{}","call_id":"c1","name":"f"}}
        response.output_item.added {"output_index":1,"item":{"id":"msg_1_msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}
        response.content_part.added {"item_id":"msg_1_msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}
        response.failed {"response":{"id":"resp_msg_1","status":"failed","error":{"code":"own_code","message":"slow down"},"output":[{"id":"fc_0_msg_1","type":"function_call","status":"completed","arguments":"{}","call_id":"c1","name":"f"}]}}
    "#]],
    );
    check(
        vec![start(), Event::End],
        expect![[r#"
        response.created {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
        response.in_progress {"response":{"id":"resp_msg_1","status":"in_progress","output":[]}}
        response.failed {"response":{"id":"resp_msg_1","status":"failed","error":{"code":"server_error","message":"the reply ended without saying why"},"output":[]}}
    "#]],
    );
    for (kind, code) in [
        (ErrorKind::Billing, "insufficient_quota"),
        (ErrorKind::InvalidRequest, "invalid_prompt"),
        (ErrorKind::Overloaded, "server_error"),
    ] {
        let (bytes, _) = write_events([start(), Event::Failed(ApiError::new(kind, "x"))]);
        let bytes = String::from_utf8(bytes).expect("UTF-8");
        assert!(bytes.contains(&format!("\"code\":\"{code}\"")), "{kind:?}: {bytes}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let events = stream(
        vec![
            part(0, Opening::Thinking, vec![text("hm"), Delta::Seal(Seal::Opaque("o".to_owned()))]),
            part(1, Opening::Text, vec![text("a")]),
            part(2, call(CallKind::Custom), vec![Delta::Arguments("patch".to_owned())]),
        ],
        Finish::ToolCalls,
    );
    let (bytes, changes) = write_events(events);
    let lines: String =
        read_chunks([bytes.as_slice()]).iter().map(|event| format!("{event:?}\n")).collect();
    expect![[r#"
        ServiceTier("default")
        Start { id: "resp_msg_1", model: "m", created: 5 }
        Open { part: 0, opening: Thinking }
        Delta { part: 0, delta: Text("hm") }
        Delta { part: 0, delta: Seal(Encrypted { id: "rs_0_msg_1", content: "ironbridge:opaque:o" }) }
        Close { part: 0 }
        Open { part: 1, opening: Text }
        Delta { part: 1, delta: Text("a") }
        Close { part: 1 }
        Open { part: 2, opening: Call { id: "c1", name: "f", kind: Custom } }
        Delta { part: 2, delta: Arguments("patch") }
        Close { part: 2 }
        Usage(Usage { input: 3, cache_read: Some(0), cache_write: Some(0), cache_write_1h: None, output: 2, reasoning: Some(0) })
        Finish(ToolCalls)
        End
    "#]].assert_eq(&lines);
    assert!(changes.is_empty(), "{changes:?}");
}
