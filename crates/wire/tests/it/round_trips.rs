//! What a client gets in one turn and sends back in the next must reach the upstream as the upstream gave it.

use ironbridge_wire::{
    Dialect, Memo, Step, StreamTranslator, Target, sse, translate_reply, translate_request,
};
use serde_json::{Value, json};

use crate::outcome::{events, payloads};
use crate::well_formed;

/// A whole reply of `upstream` as a client of `client` gets it.
fn reply(reply: &Value, upstream: Dialect, client: Dialect, memo: &Memo) -> Value {
    let translated = translate_reply(reply.to_string().as_bytes(), upstream, client, memo).unwrap();
    assert!(translated.changes.is_empty(), "{:?}", translated.changes);
    translated.body
}

/// The client's next request as the upstream gets it, nothing lost.
fn request(document: &Value, client: Dialect, upstream: Dialect) -> Value {
    let body = document.to_string();
    let sent = translate_request(body.as_bytes(), client, upstream, &Target::default()).unwrap();
    assert!(sent.changes.is_empty(), "{:?}", sent.changes);
    sent.body
}

/// The next request of a client that sends back the items or the message it got.
fn next_request(got: &Value, client: Dialect) -> Value {
    let user = json!({"role": "user", "content": "Go on"});
    match client {
        Dialect::Chat => json!({"model": "m", "max_tokens": 99,
            "messages": [{"role": "user", "content": "Hi"}, got["choices"][0]["message"], user]}),
        Dialect::Messages => json!({"model": "m", "max_tokens": 99, "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": got["content"]}, user]}),
        Dialect::Responses => {
            let mut input = vec![json!({"role": "user", "content": "Hi"})];
            input.extend(got["output"].as_array().unwrap().iter().cloned());
            input.push(user);
            json!({"model": "m", "max_output_tokens": 99, "input": input})
        }
    }
}

fn thinking() -> Value {
    json!([
        {"type": "thinking", "thinking": "First.", "signature": "c2ln:MQ=="},
        {"type": "redacted_thinking", "data": "cmVk"},
        {"type": "thinking", "thinking": "Second.", "signature": "c2lnMg=="},
        {"type": "text", "text": "So."},
    ])
}

fn message(content: &Value) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
        "content": content, "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": 5, "output_tokens": 2}})
}

/// The assistant's blocks in a messages request: one plain text may stand for one text block.
fn blocks(sent: &Value) -> Value {
    match &sent["messages"][1]["content"] {
        Value::String(text) => json!([{"type": "text", "text": text}]),
        blocks => blocks.clone(),
    }
}

#[test]
fn signed_and_redacted_thinking_comes_back_through_a_client_of_another_dialect() {
    for client in [Dialect::Chat, Dialect::Responses] {
        let got = reply(&message(&thinking()), Dialect::Messages, client, &Memo::new(true));
        let sent = request(&next_request(&got, client), client, Dialect::Messages);
        assert_eq!(blocks(&sent), thinking(), "{client}");
    }
}

#[test]
fn encrypted_reasoning_comes_back_through_a_client_of_another_dialect() {
    let reasoning = json!({"type": "reasoning", "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "ZW5j"});
    let hidden = json!({"type": "reasoning", "id": "rs_2", "summary": [],
        "encrypted_content": "aGlk"});
    let response = json!({"id": "resp_1", "object": "response", "created_at": 7, "model": "m",
        "status": "completed", "output": [reasoning, hidden, {"type": "message", "id": "msg_1",
            "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "So.", "annotations": []}]}]});
    for client in [Dialect::Chat, Dialect::Messages] {
        let got = reply(&response, Dialect::Responses, client, &Memo::new(true));
        let sent = request(&next_request(&got, client), client, Dialect::Responses);
        assert_eq!(sent["input"][1], reasoning, "{client}");
        assert_eq!(sent["input"][2], hidden, "{client}");
        assert_eq!(sent["input"][3]["content"][0]["text"], "So.", "{client}");
    }
}

#[test]
fn opaque_reasoning_comes_back_through_a_client_of_another_dialect() {
    let completion = json!({"id": "1", "object": "chat.completion", "created": 7, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant",
            "content": "So.", "reasoning_text": "Hm.", "reasoning_opaque": "b3A="}}]});
    for client in [Dialect::Responses, Dialect::Messages] {
        let got = reply(&completion, Dialect::Chat, client, &Memo::new(true));
        let sent = request(&next_request(&got, client), client, Dialect::Chat);
        let message = &sent["messages"][1];
        assert_eq!(message["reasoning_content"], "Hm.", "{client}");
        assert_eq!(message["reasoning_opaque"], "b3A=", "{client}");
        assert_eq!(message["content"], "So.", "{client}");
    }
}

/// A client's stream as its SDK adds it up, only as far as these tests need it.
fn streamed(upstream: Dialect, client: Dialect, sent: &[Value], memo: Memo) -> Vec<Value> {
    let mut bytes = Vec::new();
    for payload in sent {
        let name = payload["type"].as_str().filter(|_| upstream != Dialect::Chat);
        sse::write(name, &payload.to_string(), &mut bytes);
    }
    let mut translator = StreamTranslator::new(upstream, client, memo);
    let mut step = Step::default();
    translator.push(&bytes, &mut step);
    translator.end(&mut step);
    step.body.append(&mut step.last);
    well_formed::check(client, &step.body);
    payloads(&events(&step.body))
}

fn thinking_stream() -> Vec<Value> {
    let mut sent = vec![json!({"type": "message_start", "message": message(&json!([]))})];
    sent[0]["message"]["stop_reason"] = Value::Null;
    for (index, block) in thinking().as_array().unwrap().iter().enumerate() {
        let mut start = block.clone();
        let deltas = match block["type"].as_str().unwrap() {
            "thinking" => {
                start["thinking"] = json!("");
                start["signature"] = json!("");
                vec![
                    json!({"type": "thinking_delta", "thinking": block["thinking"]}),
                    json!({"type": "signature_delta", "signature": block["signature"]}),
                ]
            }
            "text" => {
                start["text"] = json!("");
                vec![json!({"type": "text_delta", "text": block["text"]})]
            }
            _ => Vec::new(),
        };
        sent.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
        for delta in deltas {
            sent.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        sent.push(json!({"type": "content_block_stop", "index": index}));
    }
    sent.push(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn",
        "stop_sequence": null}, "usage": {"output_tokens": 2}}));
    sent.push(json!({"type": "message_stop"}));
    sent
}

#[test]
fn streamed_thinking_comes_back_through_a_responses_client() {
    let events =
        streamed(Dialect::Messages, Dialect::Responses, &thinking_stream(), Memo::new(true));
    let response = &events.last().unwrap()["response"];
    let sent =
        request(&next_request(response, Dialect::Responses), Dialect::Responses, Dialect::Messages);
    assert_eq!(blocks(&sent), thinking());
}

#[test]
fn streamed_thinking_comes_back_through_a_chat_client() {
    let chunks = streamed(Dialect::Messages, Dialect::Chat, &thinking_stream(), Memo::new(true));
    let joined = |key: &str| -> String {
        let deltas = chunks.iter().map(|chunk| &chunk["choices"][0]["delta"][key]);
        deltas.filter_map(Value::as_str).collect()
    };
    let got = json!({"choices": [{"message": {"role": "assistant", "content": joined("content"),
        "reasoning_content": joined("reasoning_content"),
        "reasoning_opaque": joined("reasoning_opaque")}}]});
    let sent = request(&next_request(&got, Dialect::Chat), Dialect::Chat, Dialect::Messages);
    assert_eq!(blocks(&sent), thinking());
}

const LONG: &str = "mcp__a_server_with_a_very_long_name__a_tool_with_an_even_longer_name_than_that";

/// The memo of a request that offers a custom tool `run` and a function with a long name.
fn offered(client: Dialect, upstream: Dialect) -> (Value, Memo) {
    let function = json!({"type": "function", "name": LONG, "parameters": {"type": "object"}});
    let document = match client {
        Dialect::Responses => json!({"model": "m", "input": "Hi", "max_output_tokens": 99,
            "tools": [{"type": "custom", "name": "run"}, function]}),
        Dialect::Chat => json!({"model": "m", "max_tokens": 99,
            "messages": [{"role": "user", "content": "Hi"}],
            "tools": [{"type": "custom", "custom": {"name": "run"}},
                {"type": "function", "function": function}]}),
        Dialect::Messages => json!({"model": "m", "max_tokens": 99,
            "messages": [{"role": "user", "content": "Hi"}],
            "tools": [{"name": LONG, "input_schema": {"type": "object"}}]}),
    };
    let body = document.to_string();
    let sent = translate_request(body.as_bytes(), client, upstream, &Target::default()).unwrap();
    (sent.body, sent.memo)
}

/// The name under which the upstream knows the long one.
fn upstream_name(sent: &Value) -> String {
    let tools = sent["tools"].as_array().unwrap();
    let last = tools.last().unwrap();
    let name = last.get("function").unwrap_or(last)["name"].as_str().unwrap();
    assert!(name.len() <= 128);
    name.to_owned()
}

fn calls_of_messages(name: &str) -> Value {
    message(&json!([
        {"type": "tool_use", "id": "toolu_1", "name": "run", "input": {"input": "ls \"a\"\n"}},
        {"type": "tool_use", "id": "toolu_2", "name": name, "input": {"a": 1}},
    ]))
}

fn calls_of_chat(name: &str) -> Value {
    json!({"id": "1", "object": "chat.completion", "created": 7, "model": "m",
    "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant",
        "content": null, "tool_calls": [
            {"id": "call_1", "type": "function",
                "function": {"name": "run", "arguments": "{\"input\":\"ls \\\"a\\\"\\n\"}"}},
            {"id": "call_2", "type": "function",
                "function": {"name": name, "arguments": "{\"a\":1}"}},
        ]}}]})
}

#[test]
fn custom_tools_and_names_are_restored_for_a_responses_client() {
    for upstream in [Dialect::Chat, Dialect::Messages] {
        let (sent, memo) = offered(Dialect::Responses, upstream);
        let name = upstream_name(&sent);
        let calls = match upstream {
            Dialect::Messages => calls_of_messages(&name),
            _ => calls_of_chat(&name),
        };
        let got = reply(&calls, upstream, Dialect::Responses, &memo);
        assert_eq!(got["output"][0]["type"], "custom_tool_call", "{upstream}");
        assert_eq!(got["output"][0]["input"], "ls \"a\"\n", "{upstream}");
        assert_eq!(got["output"][1]["type"], "function_call", "{upstream}");
        assert_eq!(got["output"][1]["name"], LONG, "{upstream}");
        assert_eq!(got["output"][1]["arguments"], "{\"a\":1}", "{upstream}");
    }
}

#[test]
fn custom_tools_and_names_are_restored_for_a_chat_client() {
    let (sent, memo) = offered(Dialect::Chat, Dialect::Messages);
    let got =
        reply(&calls_of_messages(&upstream_name(&sent)), Dialect::Messages, Dialect::Chat, &memo);
    let calls = &got["choices"][0]["message"]["tool_calls"];
    assert_eq!(calls[0]["custom"], json!({"name": "run", "input": "ls \"a\"\n"}));
    assert_eq!(calls[1]["function"], json!({"name": LONG, "arguments": "{\"a\":1}"}));
}

#[test]
fn names_are_restored_in_a_stream() {
    let (sent, memo) = offered(Dialect::Messages, Dialect::Chat);
    let name = upstream_name(&sent);
    assert_eq!(name.len(), 64);
    let chunk = |delta: Value, reason: Value| {
        json!({"id": "1", "created": 7, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    };
    let call = json!({"tool_calls": [{"index": 0, "id": "call_1", "type": "function",
        "function": {"name": name, "arguments": "{}"}}]});
    let sent = [chunk(call, Value::Null), chunk(json!({}), json!("tool_calls"))];
    let events = streamed(Dialect::Chat, Dialect::Messages, &sent, memo);
    assert_eq!(events[1]["content_block"]["name"], LONG);
}

#[test]
fn custom_tools_are_restored_in_a_stream() {
    let (_, memo) = offered(Dialect::Responses, Dialect::Messages);
    let start = json!({"type": "tool_use", "id": "toolu_1", "name": "run", "input": {}});
    let delta = |json: &str| {
        json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": json}})
    };
    let sent = [
        json!({"type": "message_start", "message": message(&json!([]))}),
        json!({"type": "content_block_start", "index": 0, "content_block": start}),
        delta("{\"inp"),
        delta("ut\":\"ls \\\"a"),
        delta("\\\"\\n\"}"),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"},
            "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ];
    let events = streamed(Dialect::Messages, Dialect::Responses, &sent, memo);
    let output = &events.last().unwrap()["response"]["output"];
    assert_eq!(output[0]["type"], "custom_tool_call");
    assert_eq!(output[0]["input"], "ls \"a\"\n");
}

/// A name that was a custom tool's in the history and is a function's now is called as a function; one that is no
/// longer offered is called as the history has it.
#[test]
fn a_call_is_of_the_kind_that_is_offered() {
    let document = json!({"model": "m", "max_output_tokens": 99, "input": [
        {"type": "custom_tool_call", "call_id": "c1", "name": "now_function", "input": "a"},
        {"type": "custom_tool_call_output", "call_id": "c1", "output": "A"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "no_longer", "input": "b"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "B"},
    ], "tools": [
        {"type": "function", "name": "now_function", "parameters": {"type": "object"}},
        {"type": "custom", "name": "still_custom"},
    ]});
    let called = |name: &str, id: &str| json!({"type": "tool_use", "id": id, "name": name, "input": {"input": "x"}});
    let answer = message(&json!([
        called("now_function", "t1"),
        called("no_longer", "t2"),
        called("still_custom", "t3"),
    ]));
    let body = document.to_string();
    let (client, upstream) = (Dialect::Responses, Dialect::Messages);
    let sent = translate_request(body.as_bytes(), client, upstream, &Target::default()).unwrap();
    let got = reply(&answer, upstream, client, &sent.memo);
    let kinds: Vec<&str> =
        got["output"].as_array().unwrap().iter().filter_map(|item| item["type"].as_str()).collect();
    assert_eq!(kinds, ["function_call", "custom_tool_call", "custom_tool_call"]);
    assert_eq!(got["output"][0]["arguments"], r#"{"input":"x"}"#);
    assert_eq!(got["output"][1]["input"], "x");
}
