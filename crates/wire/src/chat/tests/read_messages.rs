//! The conversation of a request.

use super::read;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn check(messages: Value, expected: &Expect) {
    let mut actual = String::new();
    match read(json!({"model": "m", "messages": messages})) {
        Ok((prompt, changes)) => {
            for turn in prompt.turns {
                let name = turn.name.map(|name| format!(" ({name})")).unwrap_or_default();
                let _ = writeln!(actual, "{:?}{name} {}", turn.role, turn.at);
                for part in turn.parts {
                    let cache = part.cache.map(|mark| format!(" cache {mark}")).unwrap_or_default();
                    let _ = writeln!(actual, "  {:?} {}{cache}", part.body, part.at);
                }
            }
            actual.push_str(&super::listed(&changes));
        }
        Err(invalid) => {
            for problem in invalid.problems {
                let _ = writeln!(actual, "{}: {}", problem.path, problem.message);
            }
        }
    }
    expected.assert_eq(&actual);
}

#[test]
fn roles() {
    check(
        json!([
            {"role": "system", "content": "s"},
            {"role": "developer", "content": [{"type": "text", "text": "d", "cache_control": {"type": "ephemeral"}}]},
            {"role": "user", "content": "u", "name": "ann", "cache_control": {"type": "ephemeral"}},
            {"role": "assistant", "content": "a"},
            {"role": "system", "content": "in the middle"},
        ]),
        &expect![[r#"
            System /messages/0
              Text { text: "s", citations: None } /messages/0/content
            Developer /messages/1
              Text { text: "d", citations: None } /messages/1/content/0 cache {"type":"ephemeral"}
            User (ann) /messages/2
              Text { text: "u", citations: None } /messages/2/content cache {"type":"ephemeral"}
            Assistant /messages/3
              Text { text: "a", citations: None } /messages/3/content
            System /messages/4
              Text { text: "in the middle", citations: None } /messages/4/content
        "#]],
    );
}

#[test]
fn content_parts() {
    check(
        json!([{"role": "user", "content": [
            {"type": "text", "text": "t"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
            {"type": "image_url", "image_url": "https://example.com/b.png"},
            {"type": "input_audio", "input_audio": {"format": "wav", "data": "AAAA"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}},
            {"type": "file", "file": {"file_data": "AAAA"}},
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "video_url", "video_url": {"url": "https://example.com/v.mp4"}},
        ]}]),
        &expect![[r#"
            User /messages/0
              Text { text: "t", citations: None } /messages/0/content/0
              Image { source: Base64 { mime: "image/png", data: "AAAA" }, detail: Some("low") } /messages/0/content/1
              Image { source: Url("https://example.com/a.png"), detail: None } /messages/0/content/2
              Image { source: Url("https://example.com/b.png"), detail: None } /messages/0/content/3
              Audio { format: "wav", data: "AAAA" } /messages/0/content/4
              Document { source: Base64 { mime: "application/pdf", data: "AAAA" }, title: Some("a.pdf"), context: None, citations: None } /messages/0/content/5
              Document { source: Base64 { mime: "application/pdf", data: "AAAA" }, title: None, context: None, citations: None } /messages/0/content/6
              Document { source: File("file-1"), title: None, context: None, citations: None } /messages/0/content/7
              Native { dialect: Chat, value: Object {"type": String("video_url"), "video_url": Object {"url": String("https://example.com/v.mp4")}} } /messages/0/content/8
        "#]],
    );
}

#[test]
fn the_models_own_message() {
    check(
        json!([{"role": "assistant", "reasoning_content": "think", "reasoning_opaque": "seal", "refusal": "no",
            "content": [{"type": "thinking", "thinking": [{"type": "text", "text": "mistral"}]},
                        {"type": "text", "text": ""}, {"type": "text", "text": "t"}, {"type": "refusal", "refusal": "r"}],
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}},
                {"id": "c2", "function": {"name": "g", "arguments": ""}},
                {"id": "c3", "type": "custom", "custom": {"name": "h", "input": "free"}},
            ], "audio": {"id": "x"}}]),
        &expect![[r#"
            Assistant /messages/0
              Thinking { text: "think", seal: Some(Opaque("seal")) } /messages/0/reasoning_content
              Thinking { text: "mistral", seal: None } /messages/0/content/0
              Text { text: "t", citations: None } /messages/0/content/2
              Refusal("r") /messages/0/content/3
              Refusal("no") /messages/0/refusal
              Call(Call { id: "c1", name: "f", arguments: "{\"a\":1}", kind: Function }) /messages/0/tool_calls/0
              Call(Call { id: "c2", name: "g", arguments: "", kind: Function }) /messages/0/tool_calls/1
              Call(Call { id: "c3", name: "h", arguments: "free", kind: Custom }) /messages/0/tool_calls/2
            dropped /messages/0/audio: no counterpart in the other dialect
        "#]],
    );
}

#[test]
fn tool_results() {
    check(
        json!([
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "type": "custom", "custom": {"name": "h", "input": ""}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "one"},
            {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "two"},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}], "name": "f"},
        ]),
        &expect![[r#"
            Assistant /messages/0
              Call(Call { id: "c1", name: "h", arguments: "", kind: Custom }) /messages/0/tool_calls/0
            User /messages/1
              Result(ToolResult { call_id: "c1", parts: [Part { body: Text { text: "one", citations: None }, cache: None, at: Pointer("/messages/1/content") }], is_error: false, kind: Custom }) /messages/1
            User (f) /messages/2
              Result(ToolResult { call_id: "c2", parts: [Part { body: Text { text: "two", citations: None }, cache: None, at: Pointer("/messages/2/content/0") }, Part { body: Image { source: Url("https://example.com/a.png"), detail: None }, cache: None, at: Pointer("/messages/2/content/1") }], is_error: false, kind: Function }) /messages/2
        "#]],
    );
}

#[test]
fn functions_before_there_were_tools() {
    check(
        json!([
            {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "one"},
            {"role": "function", "name": "g", "content": "two"},
        ]),
        &expect![[r#"
            Assistant /messages/0
              Call(Call { id: "call_0", name: "f", arguments: "{}", kind: Function }) /messages/0/function_call
            User /messages/1
              Result(ToolResult { call_id: "call_0", parts: [Part { body: Text { text: "one", citations: None }, cache: None, at: Pointer("/messages/1/content") }], is_error: false, kind: Function }) /messages/1
            User /messages/2
              Result(ToolResult { call_id: "call_g", parts: [Part { body: Text { text: "two", citations: None }, cache: None, at: Pointer("/messages/2/content") }], is_error: false, kind: Function }) /messages/2
        "#]],
    );
}

#[test]
fn reasoning_under_other_names() {
    check(
        json!([
            {"role": "assistant", "content": "a", "reasoning": "r", "reasoning_content": "r"},
            {"role": "assistant", "content": "a", "reasoning_text": "r"},
            {"role": "assistant", "content": "a", "reasoning": "both", "reasoning_details": [
                {"type": "reasoning.text", "text": "bo", "index": 0},
                {"type": "reasoning.text", "text": "th", "signature": "sig", "index": 0},
                {"type": "reasoning.encrypted", "data": "enc", "id": "rs_1"},
                {"type": "reasoning.summary", "summary": ""}]},
        ]),
        &expect![[r#"
            Assistant /messages/0
              Thinking { text: "r", seal: None } /messages/0/reasoning_content
              Text { text: "a", citations: None } /messages/0/content
            Assistant /messages/1
              Thinking { text: "r", seal: None } /messages/1/reasoning_content
              Text { text: "a", citations: None } /messages/1/content
            Assistant /messages/2
              Thinking { text: "both", seal: Some(Opaque("{\"type\":\"reasoning.text\",\"signature\":\"sig\",\"index\":0}")) } /messages/2/reasoning_content
              Thinking { text: "", seal: Some(Opaque("{\"type\":\"reasoning.encrypted\",\"data\":\"enc\",\"id\":\"rs_1\"}")) } /messages/2/reasoning_content
              Text { text: "a", citations: None } /messages/2/content
        "#]],
    );
}

#[test]
fn mistakes() {
    check(
        json!([
            7,
            {"content": "x"},
            {"role": "bot", "content": "x"},
            {"role": "", "content": "x"},
            {"role": "user"},
            {"role": "user", "content": 7},
            {"role": "user", "content": ["a", {}, {"type": "text"}, {"type": "image_url"}, {"type": "file", "file": {}},
                {"type": "input_audio"}, {"type": "file", "file": {"file_id": "a", "file_data": "b"}}]},
            {"role": "assistant", "tool_calls": [{}, {"type": "other"}, {"id": "a", "function": {}}]},
            {"role": "assistant", "function_call": {}},
            {"role": "tool", "content": "x"},
            {"role": "function", "content": "x"},
        ]),
        &expect![[r#"
            /messages/0: expected an object, found a number
            /messages/1/role: required, but missing
            /messages/2/role: expected system, developer, user, assistant, tool or function, found "bot"
            /messages/3/role: expected system, developer, user, assistant, tool or function, found ""
            /messages/4/content: required, but missing
            /messages/5/content: expected a string or an array, found a number
            /messages/6/content/0: expected an object, found a string
            /messages/6/content/1/type: required, but missing
            /messages/6/content/2/text: required, but missing
            /messages/6/content/3/image_url: required, but missing
            /messages/6/content/4/file: expected either file_id or file_data
            /messages/6/content/5/input_audio: required, but missing
            /messages/6/content/6/file: expected either file_id or file_data
            /messages/7/tool_calls/0/id: required, but missing
            /messages/7/tool_calls/0/function: required, but missing
            /messages/7/tool_calls/1/id: required, but missing
            /messages/7/tool_calls/1/type: expected function or custom, found "other"
            /messages/7/tool_calls/2/function/name: required, but missing
            /messages/7/tool_calls/2/function/arguments: required, but missing
            /messages/8/function_call/name: required, but missing
            /messages/8/function_call/arguments: required, but missing
            /messages/9/tool_call_id: required, but missing
            /messages/10/name: required, but missing
        "#]],
    );
}
