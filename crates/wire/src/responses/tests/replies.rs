use super::super::{read_reply, write_reply};
use super::{show_changes, show_members, show_parts};
use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::part::{Body, Call, CallKind, Media, Part};
use crate::pointer::Pointer;
use crate::reply::{Finish, Reply};
use crate::seal::Seal;
use crate::usage::Usage;
use expect_test::{Expect, expect};
use serde_json::json;

fn check_read(document: &str, expected: Expect) {
    let document = serde_json::from_str(document).expect("JSON");
    expected.assert_eq(&match read_reply(document) {
        Ok(reply) => format!(
            "{} {} {}\n{}{:?} {:?} {:?}\n",
            reply.id,
            reply.model,
            reply.created,
            show_parts(&reply.parts),
            reply.finish,
            reply.usage,
            reply.service_tier
        ),
        Err(error) => format!("{:?} {:?}: {}\n", error.kind, error.code, error.message),
    });
}

/// Shows what differs between replies: status, reason and output.
fn check_written(parts: Vec<Body>, finish: Finish, expected: Expect) {
    let at = Pointer::root().key("content");
    let parts = parts.into_iter().enumerate().map(|(n, body)| Part::new(body, at.index(n)));
    let reply =
        Reply { id: "msg_1".to_owned(), parts: parts.collect(), finish, ..Reply::default() };
    let mut changes = Changes::new();
    let body = write_reply(reply, &mut changes);
    let mut lines = format!("{} {}\n", body["status"], body["incomplete_details"]);
    for item in body["output"].as_array().expect("a list") {
        lines += &format!("{item}\n");
    }
    expected.assert_eq(&(lines + &show_changes(&changes)));
}

fn text(text: &str) -> Body {
    Body::Text { text: text.to_owned(), citations: None }
}

#[test]
fn replies_are_read() {
    check_read(
        r#"{"id":"resp_1","object":"response","created_at":1741257730.5,"status":"completed","model":"gpt","service_tier":"default",
            "output":[
                {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"xyz"},
                {"type":"reasoning","id":"rs_2","summary":[]},
                {"type":"message","content":[
                    {"type":"output_text","text":"a","annotations":[]},
                    {"type":"output_text","text":"b","annotations":[{"type":"url_citation"}]},
                    {"type":"output_hologram"}]},
                {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
                {"type":"custom_tool_call","id":"ctc_1","name":"p","input":"patch"},
                {"type":"function_call","name":"nameless","arguments":""},
                {"type":"web_search_call","id":"ws_1"}],
            "usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":60,"cache_write_tokens":30},
                "output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":107}}"#,
        expect![[r#"
            resp_1 gpt 1741257730
              /output/0 Thinking { text: "hm", seal: Some(Encrypted { id: "rs_1", content: "xyz" }) }
              /output/2/content/0 Text { text: "a", citations: None }
              /output/2/content/1 Text { text: "b", citations: Some(Array [Object {"type": String("url_citation")}]) }
              /output/2/content/2 Native { dialect: Responses, value: Object {"type": String("output_hologram")} }
              /output/3 Call(Call { id: "c1", name: "f", arguments: "{}", kind: Function })
              /output/4 Call(Call { id: "ctc_1", name: "p", arguments: "patch", kind: Custom })
              /output/5 Call(Call { id: "call_6", name: "nameless", arguments: "", kind: Function })
              /output/6 Native { dialect: Responses, value: Object {"type": String("web_search_call"), "id": String("ws_1")} }
            ToolCalls Some(Usage { input: 10, cache_read: Some(60), cache_write: Some(30), cache_write_1h: None, output: 7, reasoning: Some(3) }) Some("default")
        "#]],
    );
    check_read(
        r#"{"output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]}"#,
        expect![[r#"
              0
              /output/0/content/0 Refusal("no")
            Refusal None None
        "#]],
    );
}

#[test]
fn reasons_to_end() {
    let incomplete = |reason: &str| {
        format!(
            r#"{{"output":[],"status":"incomplete","incomplete_details":{{"reason":"{reason}"}}}}"#
        )
    };
    check_read(
        &incomplete("max_output_tokens"),
        expect![[r#"
          0
        Length None None
    "#]],
    );
    check_read(
        &incomplete("content_filter"),
        expect![[r#"
          0
        Refusal None None
    "#]],
    );
    check_read(
        &incomplete("steered"),
        expect![[r#"
          0
        Other("steered") None None
    "#]],
    );
    check_read(
        r#"{"output":[],"status":"incomplete"}"#,
        expect![[r#"
          0
        Length None None
    "#]],
    );
}

#[test]
fn usage_of_imitators() {
    check_read(
        r#"{"output":[],"usage":{"prompt_tokens":5,"completion_tokens":6}}"#,
        expect![[r#"
          0
        Stop Some(Usage { input: 5, cache_read: None, cache_write: None, cache_write_1h: None, output: 6, reasoning: None }) None
    "#]],
    );
    check_read(
        r#"{"output":[],"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":9},"cache_creation_input_tokens":1}}"#,
        expect![[r#"
              0
            Stop Some(Usage { input: 0, cache_read: Some(9), cache_write: Some(1), cache_write_1h: None, output: 0, reasoning: None }) None
        "#]],
    );
    check_read(
        r#"{"output":[],"usage":null}"#,
        expect![[r#"
          0
        Stop None None
    "#]],
    );
}

#[test]
fn failures() {
    check_read(
        r#"{"output":[],"status":"failed","error":{"code":"rate_limit_exceeded","message":"slow down"}}"#,
        expect![[r#"
            RateLimit Some("rate_limit_exceeded"): slow down
        "#]],
    );
    check_read(
        r#"{"output":[],"status":"failed","error":{"code":"invalid_prompt","message":"bad"}}"#,
        expect![[r#"
            InvalidRequest Some("invalid_prompt"): bad
        "#]],
    );
    check_read(
        r#"{"output":[],"status":"cancelled","error":null}"#,
        expect![[r#"
        BadGateway None: the upstream's response is `cancelled` and does not say why
    "#]],
    );
    check_read(
        r#"{"output":[],"status":"queued"}"#,
        expect![[r#"
        BadGateway None: the upstream's response is `queued` and does not say why
    "#]],
    );
    check_read(
        r#"{"error":{"message":"no","type":"server_error"}}"#,
        expect![[r#"
        Internal None: no
    "#]],
    );
    check_read(
        r#"{"choices":[]}"#,
        expect![[r#"
        BadGateway None: the upstream's reply is no response: it has no `output`
    "#]],
    );
    check_read(
        r#"{"output":[{"type":"function_call","call_id":"c"}]}"#,
        expect![[r#"
        BadGateway None: the upstream's reply has a tool call without a name at /output/0
    "#]],
    );
}

#[test]
fn a_whole_response_has_all_that_sdks_require() {
    let usage = Usage {
        input: 10,
        cache_read: Some(60),
        cache_write: Some(30),
        cache_write_1h: None,
        output: 7,
        reasoning: Some(3),
    };
    let reply = Reply {
        id: "chatcmpl-1".to_owned(),
        model: "m".to_owned(),
        created: 1_700_000_000,
        parts: vec![Part::text("hi", Pointer::root())],
        finish: Finish::Stop,
        usage: Some(usage),
        service_tier: Some("standard".to_owned()),
    };
    let mut changes = Changes::new();
    let body = write_reply(reply, &mut changes);
    expect![[r#"
        id: "resp_chatcmpl-1"
        object: "response"
        created_at: 1700000000
        completed_at: null
        status: "completed"
        background: false
        error: null
        incomplete_details: null
        instructions: null
        max_output_tokens: null
        max_tool_calls: null
        model: "m"
        output: [{"id":"msg_0_chatcmpl-1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"hi","annotations":[],"logprobs":[]}]}]
        parallel_tool_calls: true
        previous_response_id: null
        prompt_cache_key: null
        presence_penalty: 0.0
        frequency_penalty: 0.0
        reasoning: {"effort":null,"summary":null}
        safety_identifier: null
        service_tier: "default"
        store: false
        temperature: 1.0
        text: {"format":{"type":"text"}}
        tool_choice: "auto"
        tools: []
        top_logprobs: 0
        top_p: 1.0
        truncation: "disabled"
        usage: {"input_tokens":100,"input_tokens_details":{"cached_tokens":60,"cache_write_tokens":30},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":107}
        user: null
        metadata: {}
    "#]].assert_eq(&show_members(&body));
}

#[test]
fn parts_become_items() {
    let call = |kind| {
        Body::Call(Call {
            id: "c".to_owned(),
            name: "f".to_owned(),
            arguments: String::new(),
            kind,
        })
    };
    let thought = |seal| Body::Thinking { text: "hm".to_owned(), seal };
    check_written(
        vec![
            thought(None),
            thought(Some(Seal::Encrypted { id: "rs_9".to_owned(), content: "xyz".to_owned() })),
            thought(Some(Seal::Encrypted { id: String::new(), content: "xyz".to_owned() })),
            thought(Some(Seal::Signature("sig".to_owned()))),
            Body::Thinking { text: String::new(), seal: Some(Seal::Redacted("data".to_owned())) },
            text("a"),
            Body::Text {
                text: "b".to_owned(),
                citations: Some(
                    json!([{"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 1, "end_index": 2}}, {"type": "char_location"}]),
                ),
            },
            call(CallKind::Function),
            call(CallKind::Custom),
            Body::Native { dialect: Dialect::Responses, value: json!({"type": "web_search_call"}) },
            Body::Native { dialect: Dialect::Messages, value: json!({"type": "server_tool_use"}) },
            Body::Image { source: Media::Url("https://i".to_owned()), detail: None },
            text("c"),
        ],
        Finish::ToolCalls,
        expect![[r#"
            "completed" null
            {"id":"rs_0_msg_1","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]}
            {"id":"rs_9","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"xyz"}
            {"id":"rs_2_msg_1","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"xyz"}
            {"id":"rs_3_msg_1","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"ironbridge:signature:sig"}
            {"id":"rs_4_msg_1","type":"reasoning","summary":[],"encrypted_content":"ironbridge:redacted:data"}
            {"id":"msg_5_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]},{"type":"output_text","text":"b","annotations":[{"type":"url_citation","start_index":1,"end_index":2,"url":"u","title":"t"}],"logprobs":[]}]}
            {"id":"fc_6_msg_1","type":"function_call","status":"completed","arguments":"{}","call_id":"c","name":"f"}
            {"id":"ctc_7_msg_1","type":"custom_tool_call","status":"completed","call_id":"c","name":"f","input":""}
            {"type":"web_search_call"}
            {"id":"msg_9_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"c","annotations":[],"logprobs":[]}]}
            ! dropped /content/6: its citations have no counterpart in the responses dialect
            ! dropped /content/10: the responses dialect has no such block
            ! dropped /content/11: a picture that is not in the reply itself
        "#]],
    );
}

#[test]
fn reasons_become_states() {
    check_written(
        vec![text("a")],
        Finish::Length,
        expect![[r#"
        "incomplete" {"reason":"max_output_tokens"}
        {"id":"msg_0_msg_1","type":"message","status":"incomplete","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]}]}
    "#]],
    );
    check_written(
        vec![],
        Finish::ContextFull,
        expect![[r#"
        "incomplete" {"reason":"max_output_tokens"}
        ! changed /stop_reason: goes on as `max_output_tokens`
    "#]],
    );
    check_written(
        vec![],
        Finish::StopSequence(None),
        expect![[r#"
        "completed" null
    "#]],
    );
    check_written(
        vec![],
        Finish::StopSequence(Some("END".to_owned())),
        expect![[r#"
        "completed" null
        ! dropped /stop_sequence: which text ended the reply has no place in the responses dialect
    "#]],
    );
    check_written(
        vec![],
        Finish::Refusal,
        expect![[r#"
        "incomplete" {"reason":"content_filter"}
    "#]],
    );
    check_written(
        vec![Body::Refusal("no".to_owned())],
        Finish::Refusal,
        expect![[r#"
        "completed" null
        {"id":"msg_0_msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"refusal","refusal":"no"}]}
    "#]],
    );
    check_written(
        vec![],
        Finish::Pause,
        expect![[r#"
        "completed" null
        ! dropped /stop_reason: the responses dialect cannot say that the turn may be continued
    "#]],
    );
    check_written(
        vec![],
        Finish::Other("odd".to_owned()),
        expect![[r#"
        "incomplete" {"reason":"odd"}
        ! changed : ended for `odd`, which is no reason here
    "#]],
    );
}
