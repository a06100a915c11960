//! The dialects as they are written: one snapshot for each feature.

use expect_test::{Expect, expect};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Answer, Finish, Upstream, Usage, chat, messages, responses};
use serde_json::{Value, json};

use crate::send;

/// The stream of the answer, an event a line: its name, and of its data what the snapshot is about.
async fn check(answer: impl Into<Answer>, pointers: &[&str], expected: Expect) {
    let body = json!({"stream": true, "stream_options": {"include_usage": true}});
    let upstream = Upstream::start(answer.into()).await;
    let request = Request::post("/v1/chat/completions", &body);
    let decoded = send(&upstream, &request).await.collect().await.events();
    assert_eq!(decoded.unfinished, "");
    let mut lines = String::new();
    for event in &decoded.events {
        let mut line = event.name.clone().unwrap_or_default();
        match event.json() {
            Some(json) => {
                for found in pointers.iter().filter_map(|pointer| json.pointer(pointer)) {
                    line.push_str(&format!(" {found}"));
                }
            }
            None => line.push_str(&event.data),
        }
        lines.push_str(line.trim());
        lines.push('\n');
    }
    expected.assert_eq(&lines);
}

async fn plain(answer: Answer) -> Value {
    let upstream = Upstream::start(answer.plain()).await;
    send(&upstream, &Request::post("/", &json!({}))).await.collect().await.json()
}

fn usage() -> Usage {
    Usage { input: 100, cache_read: 60, cache_write: 10, output: 9, reasoning: 4 }
}

#[tokio::test]
async fn chat_interleaves_parallel_calls_with_late_ids_and_text_after() {
    let reply = chat::reply()
        .thinking("mull", "")
        .tool_call("call_a", "read", &json!({"p": 1234}))
        .tool_call("call_b", "list", &json!({}))
        .text("after")
        .interleaved()
        .late_ids()
        .usage(usage());
    check(reply, &["/choices/0/delta", "/choices/0/finish_reason", "/usage"], expect![[r#"
        {"role":"assistant","content":""} null null
        {"reasoning_content":"mull"} null null
        {"tool_calls":[{"index":0,"function":{"arguments":"{\"p\":12"}}]} null null
        {"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]} null null
        {"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"read","arguments":""}}]} null null
        {"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"list","arguments":""}}]} null null
        {"tool_calls":[{"index":0,"function":{"arguments":"34}"}}]} null null
        {"content":"after"} null null
        {} "tool_calls" null
        {"prompt_tokens":100,"completion_tokens":9,"total_tokens":109,"prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":4}}
        [DONE]
    "#]]).await;
}

#[tokio::test]
async fn chat_places_usage_where_it_is_told() {
    let pointers = ["/choices", "/usage/total_tokens", "/error"];
    let reply = || chat::reply().refusal("no");
    check(
        reply().usage_place(chat::UsagePlace::WithFinish),
        &pointers,
        expect![[r#"
        [{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]
        [{"index":0,"delta":{"refusal":"no"},"logprobs":null,"finish_reason":null}]
        [{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}] 30
        [DONE]
    "#]],
    )
    .await;
    check(
        reply().usage_place(chat::UsagePlace::Nowhere).without_done(),
        &pointers,
        expect![[r#"
        [{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]
        [{"index":0,"delta":{"refusal":"no"},"logprobs":null,"finish_reason":null}]
        [{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]
    "#]],
    )
    .await;
    check(
        reply().fails("server_error", "gone"),
        &pointers,
        expect![[r#"
        [{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]
        [{"index":0,"delta":{"refusal":"no"},"logprobs":null,"finish_reason":null}]
        {"message":"gone","type":"server_error","param":null,"code":null}
    "#]],
    )
    .await;
}

#[tokio::test]
async fn messages_stream_every_kind_of_block() {
    let reply = messages::reply()
        .thinking("let me", "sig")
        .redacted("opaque")
        .tool_call("toolu_1", "read", &json!({"path": "a"}))
        .text("hi")
        .usage(usage());
    let pointers = ["/index", "/content_block", "/delta", "/usage", "/message/usage"];
    check(reply, &pointers, expect![[r#"
        message_start {"input_tokens":30,"cache_creation_input_tokens":10,"cache_read_input_tokens":60,"output_tokens":1,"service_tier":"standard"}
        ping
        content_block_start 0 {"type":"thinking","thinking":"","signature":""}
        content_block_delta 0 {"type":"thinking_delta","thinking":"let"}
        content_block_delta 0 {"type":"thinking_delta","thinking":" me"}
        content_block_delta 0 {"type":"signature_delta","signature":"sig"}
        content_block_stop 0
        content_block_start 1 {"type":"redacted_thinking","data":"opaque"}
        content_block_stop 1
        content_block_start 2 {"type":"tool_use","id":"toolu_1","name":"read","input":{}}
        content_block_delta 2 {"type":"input_json_delta","partial_json":""}
        content_block_delta 2 {"type":"input_json_delta","partial_json":"{\"path\""}
        content_block_delta 2 {"type":"input_json_delta","partial_json":":\"a\"}"}
        content_block_stop 2
        content_block_start 3 {"type":"text","text":""}
        content_block_delta 3 {"type":"text_delta","text":"hi"}
        content_block_stop 3
        message_delta {"stop_reason":"tool_use","stop_sequence":null} {"output_tokens":9}
        message_stop
    "#]]).await;
    check(
        messages::text("a").fails("overloaded_error", "later"),
        &["/error"],
        expect![[r#"
        message_start
        ping
        content_block_start
        content_block_delta
        content_block_stop
        error {"type":"overloaded_error","message":"later"}
    "#]],
    )
    .await;
}

#[tokio::test]
async fn responses_stream_every_kind_of_item() {
    let reply = responses::reply()
        .thinking("let me", "secret")
        .redacted("opaque")
        .tool_call("call_1", "read", &json!({"path": "a"}))
        .text("hi there")
        .refusal("no")
        .usage(usage());
    let pointers = ["/sequence_number", "/output_index", "/delta", "/item", "/response/usage"];
    check(reply, &pointers, expect![[r#"
        response.created 0 null
        response.in_progress 1 null
        response.output_item.added 2 0 {"id":"rs_testkit_0","type":"reasoning","summary":[],"encrypted_content":null}
        response.reasoning_summary_part.added 3 0
        response.reasoning_summary_text.delta 4 0 "let"
        response.reasoning_summary_text.delta 5 0 " me"
        response.reasoning_summary_text.done 6 0
        response.reasoning_summary_part.done 7 0
        response.output_item.done 8 0 {"id":"rs_testkit_0","type":"reasoning","encrypted_content":"secret","summary":[{"type":"summary_text","text":"let me"}]}
        response.output_item.added 9 1 {"id":"rs_testkit_1","type":"reasoning","summary":[],"encrypted_content":null}
        response.output_item.done 10 1 {"id":"rs_testkit_1","type":"reasoning","summary":[],"encrypted_content":"opaque"}
        response.output_item.added 11 2 {"id":"fc_testkit_2","type":"function_call","status":"in_progress","arguments":"","call_id":"call_1","name":"read"}
        response.function_call_arguments.delta 12 2 "{\"path\""
        response.function_call_arguments.delta 13 2 ":\"a\"}"
        response.function_call_arguments.done 14 2
        response.output_item.done 15 2 {"id":"fc_testkit_2","type":"function_call","status":"completed","arguments":"{\"path\":\"a\"}","call_id":"call_1","name":"read"}
        response.output_item.added 16 3 {"id":"msg_testkit_3","type":"message","status":"in_progress","role":"assistant","content":[]}
        response.content_part.added 17 3
        response.output_text.delta 18 3 "hi"
        response.output_text.delta 19 3 " there"
        response.output_text.done 20 3
        response.content_part.done 21 3
        response.output_item.done 22 3 {"id":"msg_testkit_3","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"hi there"}]}
        response.output_item.added 23 4 {"id":"msg_testkit_4","type":"message","status":"in_progress","role":"assistant","content":[]}
        response.content_part.added 24 4
        response.refusal.delta 25 4 "no"
        response.refusal.done 26 4
        response.content_part.done 27 4
        response.output_item.done 28 4 {"id":"msg_testkit_4","type":"message","status":"completed","role":"assistant","content":[{"type":"refusal","refusal":"no"}]}
        response.completed 29 {"input_tokens":100,"input_tokens_details":{"cached_tokens":60},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":109}
    "#]]).await;
    let failed = responses::text("a").fails("server_error", "gone");
    check(
        failed,
        &["/response/status", "/response/error"],
        expect![[r#"
        response.created "in_progress" null
        response.in_progress "in_progress" null
        response.output_item.added
        response.content_part.added
        response.output_text.delta
        response.output_text.done
        response.content_part.done
        response.output_item.done
        response.failed "failed" {"code":"server_error","message":"gone"}
    "#]],
    )
    .await;
}

#[tokio::test]
async fn plain_replies_say_what_the_streams_say() {
    let whole = plain(
        chat::reply().thinking("t", "").text("a").tool_call("c", "n", &json!({"k": 1})).plain(),
    )
    .await;
    assert_eq!(
        whole["choices"][0]["message"],
        json!({"role": "assistant", "content": "a", "refusal": null, "reasoning_content": "t",
            "tool_calls": [{"id": "c", "type": "function",
                "function": {"name": "n", "arguments": "{\"k\":1}"}}]})
    );
    let whole = plain(messages::reply().refusal("no").usage(usage()).plain()).await;
    assert_eq!(whole["stop_reason"], "refusal");
    assert_eq!(whole["usage"]["input_tokens"], 30);
    let whole = plain(responses::text("a").finish(Finish::Length).plain()).await;
    assert_eq!(whole["status"], "incomplete");
    assert_eq!(whole["incomplete_details"], json!({"reason": "max_output_tokens"}));
    assert_eq!(whole["output"][0]["content"][0]["text"], "a");
}

#[tokio::test]
async fn finish_reasons_are_those_of_the_dialect() {
    let cases = [
        (Finish::Natural, ["stop", "end_turn", "completed"]),
        (Finish::Length, ["length", "max_tokens", "incomplete"]),
        (Finish::StopSequence("END".into()), ["stop", "stop_sequence", "completed"]),
        (Finish::ContentFilter, ["content_filter", "refusal", "incomplete"]),
    ];
    for (finish, expected) in cases {
        let chat = plain(chat::text("a").finish(finish.clone()).plain()).await;
        let messages = plain(messages::text("a").finish(finish.clone()).plain()).await;
        let responses = plain(responses::text("a").finish(finish.clone()).plain()).await;
        let found =
            [&chat["choices"][0]["finish_reason"], &messages["stop_reason"], &responses["status"]];
        assert_eq!(found.map(|reason| reason.as_str().unwrap()), expected, "{finish:?}");
    }
}
