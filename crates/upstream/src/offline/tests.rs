use super::*;
use expect_test::{Expect, expect};
use ironbridge_wire::sse::Decoder;
use serde_json::json;

fn ask(endpoint: Endpoint, body: &Value) -> (StatusCode, Vec<Bytes>) {
    let call = Call::new(endpoint, "", Bytes::from(body.to_string()));
    let mut answer = answer(&call);
    let mut chunks = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        while let Some(chunk) = answer.body.next().await {
            chunks.push(chunk.unwrap());
        }
    });
    (answer.status, chunks)
}

fn document(endpoint: Endpoint, body: &Value) -> Value {
    serde_json::from_slice(&ask(endpoint, body).1.concat()).unwrap()
}

/// The text or calls, why it ended, and the tokens, of the same conversation in all three dialects.
fn check(messages: Value, more: Value, expected: Expect) {
    let mut body = json!({"model": "m", "messages": messages});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    let reply = document(Endpoint::Chat, &body);
    let choice = &reply["choices"][0];
    let mut lines = Vec::new();
    if let Some(text) = choice["message"]["content"].as_str() {
        lines.push(format!("{text:?}"));
    }
    for call in choice["message"]["tool_calls"].as_array().into_iter().flatten() {
        let function = &call["function"];
        lines.push(format!("{}({})", function["name"], function["arguments"]));
    }
    lines.push(format!("{} {}", choice["finish_reason"], reply["usage"]["completion_tokens"]));
    expected.assert_eq(&lines.join("\n"));
}

fn user(text: &str) -> Value {
    json!([{"role": "user", "content": text}])
}

fn tools(names: &[&str]) -> Value {
    let tool = |name: &&str| json!({"type": "function", "function": {"name": name}});
    names.iter().map(tool).collect()
}

#[test]
fn it_repeats_the_last_user_text() {
    check(
        user("hi\nthere"),
        json!({}),
        expect![[r#"
            "You said: hi\nthere"
            "stop" 6"#]],
    );
    check(
        json!([
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "…"},
            {"role": "user", "content": [
                {"type": "text", "text": "see"},
                {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
                {"type": "text", "text": "this"},
            ]},
            {"role": "system", "content": "be nice"},
        ]),
        json!({}),
        expect![[r#"
            "You said: see\n[image]\nthis"
            "stop" 9"#]],
    );
    check(
        json!([{"role": "system", "content": "alone"}]),
        json!({}),
        expect![[r#"
            "You said: "
            "stop" 4"#]],
    );
}

#[test]
fn lines_that_call_offered_tools_become_calls() {
    let text = "please\ncall read {\"path\": \"a\"}\ncall  read {}\ncall nobody {}\ncall read {x}\ncall run {\"n\":1}\ncall run {} \n call run {}\ncall run []";
    check(
        user(text),
        json!({"tools": tools(&["read", "run"])}),
        expect![[r#"
            "read"("{\"path\": \"a\"}")
            "run"("{\"n\":1}")
            "tool_calls" 13"#]],
    );
    check(
        user("call read {}\ncall run {}"),
        json!({"tools": tools(&["read", "run"]), "parallel_tool_calls": false}),
        expect![[r#"
            "read"("{}")
            "tool_calls" 2"#]],
    );
    check(
        user("call read {}"),
        json!({"tools": tools(&["read"]), "tool_choice": "none"}),
        expect![[r#"
            "You said: call read {}"
            "stop" 6"#]],
    );
    check(
        user("call read {}"),
        json!({}),
        expect![[r#"
            "You said: call read {}"
            "stop" 6"#]],
    );
}

#[test]
fn results_of_tools_are_told() {
    let long = "é".repeat(300);
    let call = |id: &str, name: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}});
    let messages = json!([
        {"role": "user", "content": "call a {}\ncall b {}"},
        {"role": "assistant", "content": null, "tool_calls": [call("1", "a"), call("2", "b")]},
        {"role": "tool", "tool_call_id": "2", "content": long},
        {"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "x"}, {"type": "text", "text": "y"}]},
        {"role": "system", "content": "in between"},
    ]);
    let body = json!({"model": "m", "messages": messages, "tools": tools(&["a", "b"])});
    let reply = document(Endpoint::Chat, &body);
    let text = reply["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(text, format!("Tool b returned: {}\nTool a returned: x\ny", "é".repeat(200)));
}

#[test]
fn limits_end_the_reply_with_their_reason() {
    check(
        user("one two three"),
        json!({"max_tokens": 5}),
        expect![[r#"
            "You said: one two"
            "length" 5"#]],
    );
    check(
        user("🦀🦀"),
        json!({"max_completion_tokens": 5}),
        expect![[r#"
            "You said:"
            "length" 3"#]],
    );
    check(
        user("one two three"),
        json!({"stop": ["three", " two"]}),
        expect![[r#"
            "You said: one"
            "stop" 4"#]],
    );
    check(
        user("call a {}\ncall a {\"long\":\"argument\"}"),
        json!({"tools": tools(&["a"]), "max_tokens": 4}),
        expect![[r#"
            "a"("{}")
            "length" 2"#]],
    );
    let body = json!({"model": "m", "max_tokens": 9, "stop_sequences": ["said"],
        "messages": [{"role": "user", "content": "hi"}]});
    let reply = document(Endpoint::Messages, &body);
    assert_eq!(
        (&reply["stop_reason"], &reply["stop_sequence"]),
        (&"stop_sequence".into(), &"said".into())
    );
    let body = json!({"model": "m", "max_output_tokens": 2, "input": "hi"});
    let reply = document(Endpoint::Responses, &body);
    assert_eq!(reply["incomplete_details"]["reason"], "max_output_tokens");
}

/// Event name or `-`, and what of the data matters.
fn frames(chunks: &[Bytes]) -> String {
    let mut lines = Vec::new();
    for chunk in chunks {
        let mut decoder = Decoder::new();
        decoder.push(chunk);
        while let Some(frame) = decoder.next() {
            let frame = frame.unwrap();
            let data = frame.data.unwrap_or_default();
            let data: Value = serde_json::from_str(&data).unwrap_or(data.as_ref().into());
            let delta = [
                "/delta/text",
                "/delta/partial_json",
                "/delta",
                "/choices/0/delta/content",
                "/choices/0/delta/tool_calls/0/function/arguments",
                "/choices/0/finish_reason",
            ]
            .into_iter()
            .find_map(|pointer| data.pointer(pointer)?.as_str());
            lines.push(format!("{} {}", frame.event.unwrap_or("-"), delta.unwrap_or_default()));
        }
        lines.push("--".to_owned());
    }
    lines.join("\n")
}

#[test]
fn a_messages_stream_comes_word_by_word() {
    let body = json!({"model": "m", "max_tokens": 99, "stream": true,
        "messages": [{"role": "user", "content": "hi  you"}]});
    let (status, chunks) = ask(Endpoint::Messages, &body);
    assert_eq!(status, StatusCode::OK);
    expect![[r#"
        message_start 
        --
        content_block_start 
        content_block_delta You
        --
        content_block_delta  said:
        --
        content_block_delta  hi
        --
        content_block_delta   you
        --
        content_block_stop 
        --
        message_delta 
        message_stop 
        --"#]]
    .assert_eq(&frames(&chunks));
    let text = String::from_utf8(chunks.concat()).unwrap();
    assert!(!text.contains("\"input_tokens\":0"), "the input is known from the start: {text}");
}

#[test]
fn a_chat_stream_ends_with_usage_where_it_was_asked_for() {
    let body = json!({"model": "m", "stream": true, "stream_options": {"include_usage": true},
        "messages": user("call a {\"b\": 1}"), "tools": tools(&["a"])});
    let (_, chunks) = ask(Endpoint::Chat, &body);
    let text = String::from_utf8(chunks.concat()).unwrap();
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    assert!(text.contains("\"completion_tokens\":") && text.contains("\"tool_calls\""), "{text}");
    let body = json!({"model": "m", "stream": true, "messages": user("hi")});
    let text = String::from_utf8(ask(Endpoint::Chat, &body).1.concat()).unwrap();
    assert!(!text.contains("completion_tokens"), "{text}");
}

#[test]
fn a_responses_stream_completes() {
    let body = json!({"model": "m", "stream": true, "input": "hi"});
    let text = String::from_utf8(ask(Endpoint::Responses, &body).1.concat()).unwrap();
    assert!(text.starts_with("event: response.created\n"), "{text}");
    assert!(text.contains("\"delta\":\" said:\"") && text.contains("event: response.completed\n"));
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    for endpoint in [Endpoint::Chat, Endpoint::Responses, Endpoint::Messages] {
        let body = json!({"model": "m", "max_tokens": 50, "stream": true, "input": "x",
            "messages": user("x")});
        assert_eq!(ask(endpoint, &body), ask(endpoint, &body), "{endpoint:?}");
    }
}

#[test]
fn mistakes_are_a_400_in_the_dialects_form_with_their_place() {
    let wrong = json!({"model": 1, "messages": "x", "input": 7});
    for (endpoint, pointer) in [
        (Endpoint::Chat, "/model"),
        (Endpoint::Messages, "/model"),
        (Endpoint::Responses, "/model"),
        (Endpoint::CountTokens, "/model"),
        (Endpoint::Embeddings, "/model"),
    ] {
        let (status, chunks) = ask(endpoint, &wrong);
        let body: Value = serde_json::from_slice(&chunks.concat()).unwrap();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(body["error"]["type"], "invalid_request_error", "{body}");
        assert!(body["error"]["message"].as_str().unwrap().contains(pointer), "{body}");
        let anthropic = endpoint.dialect() == Some(Dialect::Messages);
        assert_eq!(body["type"] == "error", anthropic, "{body}");
    }
    let (status, _) = ask(
        Endpoint::Responses,
        &json!({"model": "m", "input": "x", "previous_response_id": "resp_1"}),
    );
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[test]
fn tokens_of_a_conversation_are_counted() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "hello world"}]});
    // Three for the message, one for the role, two for the text, three for the answer to come.
    assert_eq!(document(Endpoint::CountTokens, &body), json!({"input_tokens": 9}));
    let chat = document(Endpoint::Chat, &body);
    assert_eq!(chat["usage"]["prompt_tokens"], 9);
}

#[test]
fn embeddings_are_unit_vectors_of_any_size() {
    let body = json!({"model": "m", "input": ["a", "b", "a"]});
    let reply = document(Endpoint::Embeddings, &body);
    let vectors = embeddings::EmbeddingReply::read(&reply).unwrap().vectors;
    assert_eq!((vectors.len(), vectors[0].len()), (3, 1536));
    assert!(vectors[0] == vectors[2] && vectors[0] != vectors[1]);
    let length: f32 = vectors[0].iter().map(|number| number * number).sum();
    assert!((length - 1.0).abs() < 1e-4, "{length}");
    assert_eq!(reply["usage"]["prompt_tokens"], 3);

    let base64 =
        json!({"model": "m", "input": [1, 2], "encoding_format": "base64", "dimensions": 3});
    let reply = document(Endpoint::Embeddings, &base64);
    assert_eq!(reply["data"][0]["embedding"].as_str().unwrap().len(), 16);
    let (status, _) =
        ask(Endpoint::Embeddings, &json!({"model": "m", "input": "a", "dimensions": 9999}));
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[test]
fn it_lists_itself_and_the_catalogue() {
    let list = document(Endpoint::Models, &json!({}));
    let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|model| &model["id"]).collect();
    assert_eq!(ids[0], "offline");
    assert!(ids.contains(&&json!("gpt-5")) && ids.contains(&&json!("claude-sonnet-4-5")));
}

#[test]
fn words_together_are_the_text() {
    for text in ["", " ", "a", " a", "a ", "a\n\nb  c ", "ä\u{3000}ö"] {
        assert_eq!(reply::words(text).collect::<String>(), text);
        assert!(reply::words(text).all(|word| !word.is_empty()));
    }
    let words: Vec<_> = reply::words(" a\n\nb  ").collect();
    assert_eq!(words, [" a", "\n\nb", "  "]);
}

#[test]
fn claude_codes_tool_loop_goes_round() {
    let mut body = json!({"model": "claude-x", "max_tokens": 100,
    "tools": [{"name": "Bash", "input_schema": {"type": "object"}}, {"type": "web_search_20250305", "name": "web_search"}],
    "messages": [
        {"role": "user", "content": [
            {"type": "text", "text": "<system-reminder>x</system-reminder>"},
            {"type": "text", "text": "call Bash {\"command\":\"ls\"}\ncall web_search {}"},
        ]},
        {"role": "system", "content": "agents: none"},
    ]});
    let reply = document(Endpoint::Messages, &body);
    assert_eq!(reply["stop_reason"], "tool_use");
    let blocks = reply["content"].as_array().unwrap().clone();
    assert_eq!(blocks.len(), 1, "a tool that the provider runs is not the client's");
    assert_eq!(blocks[0]["input"], json!({"command": "ls"}));
    let id = blocks[0]["id"].as_str().unwrap();
    assert!(id.starts_with("toolu_") && id.len() == 30, "{id}");
    let result = json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id,
        "content": [{"type": "text", "text": "a.rs"}], "cache_control": {"type": "ephemeral"}}]});
    let messages = body["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "content": blocks}));
    messages.push(result);
    let reply = document(Endpoint::Messages, &body);
    assert_eq!(reply["content"][0]["text"], "Tool Bash returned: a.rs");
}

#[test]
fn codexs_tool_loop_goes_round() {
    let mut body = json!({"model": "gpt-5", "input": [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "be brief"}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "call exec_command {\"cmd\":\"ls\"}\ncall patch {\"input\":\"*** Begin\"}"}]},
    ],
    "tools": [
        {"type": "function", "name": "exec_command", "parameters": {"type": "object"}},
        {"type": "custom", "name": "patch"},
        {"type": "web_search"},
    ]});
    let reply = document(Endpoint::Responses, &body);
    let calls = reply["output"].as_array().unwrap().clone();
    assert_eq!(
        (&calls[0]["type"], &calls[0]["arguments"]),
        (&"function_call".into(), &"{\"cmd\":\"ls\"}".into())
    );
    assert_eq!(
        (&calls[1]["type"], &calls[1]["input"]),
        (&"custom_tool_call".into(), &"*** Begin".into())
    );
    let input = body["input"].as_array_mut().unwrap();
    let answers = [("function_call_output", "a.rs"), ("custom_tool_call_output", "done")];
    for (call, (kind, output)) in calls.iter().zip(answers) {
        input.push(call.clone());
        input.push(json!({"type": kind, "call_id": call["call_id"], "output": output}));
    }
    let reply = document(Endpoint::Responses, &body);
    let text = &reply["output"][0]["content"][0]["text"];
    assert_eq!(text, "Tool exec_command returned: a.rs\nTool patch returned: done");
}

/// Streamed and whole say the same, by the readers that the gateway uses for any provider.
#[test]
fn streams_are_well_formed_and_say_what_whole_replies_say() {
    use ironbridge_wire::{Memo, Step, StreamTranslator, translate_reply};
    for dialect in Dialect::ALL {
        for text in ["hi there", "call a {\"b\": 1}\ncall a {}", ""] {
            let mut body = json!({"model": "m", "max_tokens": 40,
                "stream_options": {"include_usage": true}});
            body["tools"] = match dialect {
                Dialect::Chat => tools(&["a"]),
                Dialect::Responses => json!([{"type": "function", "name": "a"}]),
                Dialect::Messages => json!([{"name": "a", "input_schema": {"type": "object"}}]),
            };
            let field = if dialect == Dialect::Responses { "input" } else { "messages" };
            body[field] = user(text);
            let whole = ask(Endpoint::of(dialect), &body).1.concat();
            body["stream"] = true.into();
            let stream = ask(Endpoint::of(dialect), &body).1.concat();
            for to in Dialect::ALL {
                let expected =
                    translate_reply(&whole, dialect, to, &Memo::default()).unwrap().tally;
                let mut memo = Memo::default();
                memo.include_usage = true;
                let mut translator = StreamTranslator::new(dialect, to, memo);
                let mut step = Step::default();
                translator.push(&stream, &mut step);
                translator.end(&mut step);
                let tally = translator.tally();
                assert!(
                    tally.ended && tally.failed.is_none(),
                    "{dialect} {to} {text:?}: {tally:?}"
                );
                assert_eq!(tally.usage, expected.usage, "{dialect} {to} {text:?}");
                assert_eq!(tally.finish, expected.finish, "{dialect} {to} {text:?}");
                assert_eq!(tally.calls, expected.calls, "{dialect} {to} {text:?}");
            }
        }
    }
}
