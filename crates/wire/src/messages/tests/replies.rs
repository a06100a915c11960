use super::{list, part_line, shown};
use crate::changes::Changes;
use crate::part::{Body, Call, CallKind, Media, Part};
use crate::pointer::Pointer;
use crate::reply::{Finish, Reply};
use crate::seal::Seal;
use crate::translate::{read_reply, write_reply};
use crate::usage::Usage;
use crate::{Dialect, ErrorKind};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn read(body: Value, expected: Expect) {
    expected.assert_eq(&match read_reply(body, Dialect::Messages) {
        Ok(reply) => {
            let parts: String =
                reply.parts.iter().map(|part| format!("{}\n", part_line(part))).collect();
            format!(
                "{} {} {:?} {:?}\n{parts}{:?}\n",
                reply.id, reply.model, reply.finish, reply.service_tier, reply.usage
            )
        }
        Err(error) => format!("{:?} {error}", error.kind),
    });
}

#[test]
fn a_whole_reply() {
    read(
        json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
            "content": [
                { "type": "thinking", "thinking": "hm", "signature": "Eq" },
                { "type": "redacted_thinking", "data": "r" },
                { "type": "text", "text": "so", "citations": [{ "type": "page_location" }] },
                { "type": "tool_use", "id": "t", "name": "f", "input": { "a": 1 },
                  "caller": { "type": "code_execution" } },
                { "type": "server_tool_use", "id": "s", "name": "web_search", "input": {} },
            ],
            "stop_reason": "tool_use", "stop_sequence": null,
            "container": { "id": "c", "expires_at": "2026" },
            "context_management": { "applied_edits": [{ "type": "clear" }] },
            "usage": {
                "input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 30,
                "cache_creation_input_tokens": 40, "service_tier": "standard",
                "cache_creation": { "ephemeral_5m_input_tokens": 25, "ephemeral_1h_input_tokens": 15 },
                "output_tokens_details": { "thinking_tokens": 5 },
            },
        }),
        expect![[r#"
            msg_1 claude ToolCalls Some("default")
            thinking "hm" Some(Signature("Eq")) @/content/0
            thinking "" Some(Redacted("r")) @/content/1
            text "so" citing [{"type":"page_location"}] @/content/2
            call t f {"a":1} @/content/3
            native messages {"type":"server_tool_use","id":"s","name":"web_search","input":{}} @/content/4
            native messages {"type":"container","id":"c","expires_at":"2026"} @/container
            native messages {"type":"context_management","applied_edits":[{"type":"clear"}]} @/context_management
            Some(Usage { input: 10, cache_read: Some(30), cache_write: Some(40), cache_write_1h: Some(15), output: 20, reasoning: Some(5) })
        "#]],
    );
}

#[test]
fn usage_in_other_forms() {
    let with = |usage: Value| json!({ "content": [], "stop_reason": "end_turn", "usage": usage });
    read(
        with(json!({ "input_tokens": 1, "output_tokens": 2 })),
        expect![[r#"
          Stop None
        Some(Usage { input: 1, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })
    "#]],
    );
    read(
        with(
            json!({ "cache_creation": { "ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4 } }),
        ),
        expect![[r#"
              Stop None
            Some(Usage { input: 0, cache_read: None, cache_write: Some(7), cache_write_1h: Some(4), output: 0, reasoning: None })
        "#]],
    );
    read(
        with(json!({ "input_tokens": -1, "output_tokens": "2", "cache_read_input_tokens": null })),
        expect![[r#"
              Stop None
            Some(Usage { input: 0, cache_read: None, cache_write: None, cache_write_1h: None, output: 0, reasoning: None })
        "#]],
    );
    read(
        with(Value::Null),
        expect![[r#"
          Stop None
        None
    "#]],
    );
}

#[test]
fn reasons_of_the_end() {
    let with = |reason: Value, sequence: Value| json!({ "content": [], "stop_reason": reason, "stop_sequence": sequence });
    for (reason, finish) in [
        ("end_turn", Finish::Stop),
        ("max_tokens", Finish::Length),
        ("tool_use", Finish::ToolCalls),
        ("pause_turn", Finish::Pause),
        ("refusal", Finish::Refusal),
        ("model_context_window_exceeded", Finish::ContextFull),
        ("stop_sequence", Finish::StopSequence(None)),
        ("of_tomorrow", Finish::Other("of_tomorrow".to_owned())),
    ] {
        let reply = read_reply(with(reason.into(), Value::Null), Dialect::Messages);
        assert_eq!(reply.expect("a reply").finish, finish);
    }
    let stopped = read_reply(with("stop_sequence".into(), "END".into()), Dialect::Messages);
    let expected = Finish::StopSequence(Some("END".to_owned()));
    assert_eq!(stopped.expect("a reply").finish, expected);
    // Servers that imitate the dialect may give none.
    let call = json!({ "type": "tool_use", "id": "t", "name": "f", "input": {} });
    let reply = read_reply(json!({ "content": [call] }), Dialect::Messages);
    assert_eq!(reply.expect("a reply").finish, Finish::ToolCalls);
    let reply = read_reply(with(Value::Null, Value::Null), Dialect::Messages);
    assert_eq!(reply.expect("a reply").finish, Finish::Stop);
}

#[test]
fn a_refusal_in_words() {
    let details = json!({ "type": "refusal", "category": "cyber", "explanation": "No." });
    read(
        json!({ "content": [], "stop_reason": "refusal", "stop_details": details }),
        expect![[r#"
              Refusal None
            refusal "No." @/stop_details
            None
        "#]],
    );
}

#[test]
fn what_is_no_reply() {
    let error = json!({ "type": "overloaded_error", "message": "busy" });
    read(json!({ "type": "error", "error": error }), expect!["Overloaded busy"]);
    read(json!({ "error": { "message": "odd" } }), expect!["BadGateway odd"]);
    read(
        json!({ "choices": [] }),
        expect!["BadGateway the upstream's reply is not a message: it has no content"],
    );
    read(
        json!([1]),
        expect!["BadGateway the upstream's reply is not a message: it has no content"],
    );
    read(
        json!({ "content": [{ "type": "text" }, 1] }),
        expect![
            "BadGateway the upstream's reply is not a message: /content/0/text: required, but missing; /content/1: expected an object, found a number"
        ],
    );
    let error = read_reply(json!(null), Dialect::Messages).expect_err("nothing");
    assert_eq!(error.kind, ErrorKind::BadGateway);
}

fn reply(bodies: Vec<Body>) -> Reply {
    let parts = bodies
        .into_iter()
        .enumerate()
        .map(|(index, body)| Part::new(body, Pointer::root().key("parts").index(index)))
        .collect();
    Reply { id: "id".to_owned(), model: "m".to_owned(), parts, ..Reply::default() }
}

fn write(reply: Reply, expected: Expect) {
    let mut changes = Changes::new();
    let body = write_reply(reply, Dialect::Messages, &mut changes);
    expected.assert_eq(&shown(&body, &changes));
}

fn call(arguments: &str, kind: CallKind) -> Body {
    let (id, name) = ("c".to_owned(), "f".to_owned());
    Body::Call(Call { id, name, arguments: arguments.to_owned(), kind })
}

fn thinking(text: &str, seal: Option<Seal>) -> Body {
    Body::Thinking { text: text.to_owned(), seal }
}

fn said(text: &str, citations: Option<Value>) -> Body {
    Body::Text { text: text.to_owned(), citations }
}

#[test]
fn a_reply_is_written() {
    write(
        Reply {
            usage: Some(Usage {
                input: 1,
                cache_read: Some(2),
                cache_write: Some(7),
                cache_write_1h: Some(3),
                output: 4,
                reasoning: Some(5),
            }),
            service_tier: Some("default".to_owned()),
            finish: Finish::ToolCalls,
            ..reply(vec![
                thinking("hm", Some(Seal::Signature("Eq".to_owned()))),
                said("so", Some(json!([{ "type": "char_location" }]))),
                call(r#"{"a":1}"#, CallKind::Function),
            ])
        },
        expect![[r#"
            {"id":"id","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"Eq"},{"type":"text","text":"so","citations":[{"type":"char_location"}]},{"type":"tool_use","id":"c","name":"f","input":{"a":1}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":4,"cache_read_input_tokens":2,"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":3},"output_tokens_details":{"thinking_tokens":5},"service_tier":"standard"}}
        "#]],
    );
    write(
        reply(vec![]),
        expect![[r#"
            {"id":"id","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}
        "#]],
    );
}

/// The content and the finish of a reply of one part.
fn one(body: Body, expected: Expect) {
    let mut changes = Changes::new();
    let written = write_reply(reply(vec![body]), Dialect::Messages, &mut changes);
    let (content, reason) = (&written["content"], &written["stop_reason"]);
    expected.assert_eq(&format!("{content} {reason}\n{}", list(&changes)));
}

#[test]
fn thinking_with_every_seal() {
    let encrypted = || Seal::Encrypted { id: "rs_1".to_owned(), content: "gA".to_owned() };
    one(
        thinking("hm", None),
        expect![[r#"
        [{"type":"thinking","thinking":"hm","signature":""}] "end_turn"
    "#]],
    );
    one(
        thinking("", None),
        expect![[r#"
        [] "end_turn"
    "#]],
    );
    one(
        thinking("", Some(Seal::Signature("Eq".to_owned()))),
        expect![[r#"
        [{"type":"thinking","thinking":"","signature":"Eq"}] "end_turn"
    "#]],
    );
    one(
        thinking("", Some(Seal::Redacted("r".to_owned()))),
        expect![[r#"
        [{"type":"redacted_thinking","data":"r"}] "end_turn"
    "#]],
    );
    one(
        thinking("hm", Some(Seal::Redacted("r".to_owned()))),
        expect![[r#"
        [{"type":"thinking","thinking":"hm","signature":"ironbridge:redacted:r"}] "end_turn"
    "#]],
    );
    one(
        thinking("hm", Some(encrypted())),
        expect![[r#"
        [{"type":"thinking","thinking":"hm","signature":"ironbridge:encrypted:rs_1:gA"}] "end_turn"
    "#]],
    );
    one(
        thinking("", Some(encrypted())),
        expect![[r#"
        [{"type":"redacted_thinking","data":"ironbridge:encrypted:rs_1:gA"}] "end_turn"
    "#]],
    );
    one(
        thinking("hm", Some(Seal::Opaque("o".to_owned()))),
        expect![[r#"
        [{"type":"thinking","thinking":"hm","signature":"ironbridge:opaque:o"}] "end_turn"
    "#]],
    );
}

#[test]
fn calls() {
    one(
        call("", CallKind::Function),
        expect![[r#"
        [{"type":"tool_use","id":"c","name":"f","input":{}}] "tool_use"
    "#]],
    );
    one(
        call("{", CallKind::Function),
        expect![[r#"
        [{"type":"tool_use","id":"c","name":"f","input":{"raw_arguments":"{"}}] "tool_use"
        changed `/parts/0`: the arguments are not JSON and go on as text
    "#]],
    );
    one(
        call("free \"text\"", CallKind::Custom),
        expect![[r#"
        [{"type":"tool_use","id":"c","name":"f","input":{"input":"free \"text\""}}] "tool_use"
        changed `/parts/0`: a custom tool's call goes on as a function's
    "#]],
    );
}

#[test]
fn texts_and_what_has_no_place() {
    one(
        said("", None),
        expect![[r#"
        [] "end_turn"
    "#]],
    );
    one(
        said("\n", None),
        expect![[r#"
        [{"type":"text","text":"\n"}] "end_turn"
    "#]],
    );
    one(
        said("x", Some(json!([{ "type": "url_citation" }]))),
        expect![[r#"
        [{"type":"text","text":"x"}] "end_turn"
        dropped `/parts/0`: citations of another dialect
    "#]],
    );
    one(
        Body::Refusal("No.".to_owned()),
        expect![[r#"
        [{"type":"text","text":"No."}] "refusal"
    "#]],
    );
    one(
        Body::Audio { format: "wav".to_owned(), data: "UklG".to_owned() },
        expect![[r#"
        [] "end_turn"
        dropped `/parts/0`: a reply holds text, thinking and calls only
    "#]],
    );
    one(
        Body::Image { source: Media::Url("u".to_owned()), detail: None },
        expect![[r#"
        [] "end_turn"
        dropped `/parts/0`: a reply holds text, thinking and calls only
    "#]],
    );
    let value = json!({ "type": "x" });
    one(
        Body::Native { dialect: Dialect::Messages, value: value.clone() },
        expect![[r#"
        [{"type":"x"}] "end_turn"
    "#]],
    );
    one(
        Body::Native { dialect: Dialect::Responses, value },
        expect![[r#"
        [] "end_turn"
        dropped `/parts/0`: only the provider it came from knows it
    "#]],
    );
}

#[test]
fn finishes_are_written() {
    for (finish, reason) in [
        (Finish::Stop, "end_turn"),
        (Finish::ToolCalls, "end_turn"),
        (Finish::Length, "max_tokens"),
        (Finish::ContextFull, "model_context_window_exceeded"),
        (Finish::Refusal, "refusal"),
        (Finish::Pause, "pause_turn"),
        (Finish::StopSequence(None), "stop_sequence"),
        (Finish::StopSequence(Some("END".to_owned())), "stop_sequence"),
        (Finish::Other("odd".to_owned()), "end_turn"),
    ] {
        let other = matches!(finish, Finish::Other(_));
        let sequence = matches!(&finish, Finish::StopSequence(Some(_)));
        let mut changes = Changes::new();
        let reply = Reply { finish, ..reply(vec![]) };
        let body = write_reply(reply, Dialect::Messages, &mut changes);
        assert_eq!(body["stop_reason"], reason);
        assert_eq!(body["stop_sequence"], if sequence { json!("END") } else { Value::Null });
        assert_eq!(changes.len(), usize::from(other));
    }
    // A chat server that says `stop` after calls means them all the same.
    one(
        call("{}", CallKind::Function),
        expect![[r#"
        [{"type":"tool_use","id":"c","name":"f","input":{}}] "tool_use"
    "#]],
    );
}

#[test]
fn tiers() {
    for (tier, written) in
        [("default", json!("standard")), ("priority", json!("priority")), ("flex", Value::Null)]
    {
        let mut changes = Changes::new();
        let reply = Reply { service_tier: Some(tier.to_owned()), ..reply(vec![]) };
        let body = write_reply(reply, Dialect::Messages, &mut changes);
        assert_eq!(body["usage"]["service_tier"], written);
        assert_eq!(changes.len(), usize::from(written.is_null()));
    }
}

#[test]
fn what_is_written_is_read_back() {
    let body = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
        "content": [
            { "type": "thinking", "thinking": "hm", "signature": "Eq" },
            { "type": "redacted_thinking", "data": "r" },
            { "type": "text", "text": "so", "citations": [{ "type": "page_location" }] },
            { "type": "server_tool_use", "id": "s", "name": "web_search", "input": {} },
            { "type": "tool_use", "id": "t", "name": "f", "input": { "a": 1 } },
        ],
        "stop_reason": "tool_use", "stop_sequence": null,
        "usage": { "input_tokens": 10, "output_tokens": 20, "service_tier": "batch" },
        "container": { "id": "c", "expires_at": "2026" },
        "context_management": { "applied_edits": [{ "type": "clear" }] },
    });
    let mut changes = Changes::new();
    let reply = read_reply(body.clone(), Dialect::Messages).expect("a reply");
    assert_eq!(write_reply(reply, Dialect::Messages, &mut changes), body);
    assert!(changes.is_empty(), "{}", list(&changes));
}
