//! What this dialect says comes back as it was.

use super::list;
use crate::translate::{read_request, write_request};
use crate::{Dialect, Target};
use serde_json::{Value, json};

fn check(body: Value) {
    let (prompt, unknown) = read_request(body.clone(), Dialect::Messages).expect("valid");
    assert!(unknown.is_empty(), "{}", list(&unknown));
    let written =
        write_request(prompt, Dialect::Messages, &Target::default()).expect("can be written");
    assert!(written.changes.is_empty(), "{}", list(&written.changes));
    assert_eq!(written.body, body);
}

#[test]
fn a_plain_request() {
    check(
        json!({ "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": "hi" }] }),
    );
}

#[test]
fn a_request_with_everything() {
    let cache = json!({ "type": "ephemeral", "ttl": "1h" });
    check(json!({
        "model": "claude",
        "max_tokens": 64000,
        "system": [
            { "type": "text", "text": "a" },
            { "type": "text", "text": "b", "cache_control": cache },
        ],
        "messages": [
            { "role": "user", "content": [
                { "type": "text", "text": "look" },
                { "type": "image",
                  "source": { "type": "base64", "media_type": "image/png", "data": "iVBO" } },
                { "type": "image", "source": { "type": "url", "url": "https://x/y.png" } },
                { "type": "image", "source": { "type": "file", "file_id": "file_1" } },
                { "type": "document",
                  "source": { "type": "base64", "media_type": "application/pdf", "data": "JVBE" },
                  "title": "T", "context": "C", "citations": { "enabled": true },
                  "cache_control": cache },
                { "type": "document",
                  "source": { "type": "text", "media_type": "text/plain", "data": "words" } },
                { "type": "container_upload", "file_id": "file_2" },
            ] },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "hm", "signature": "Eq==" },
                { "type": "redacted_thinking", "data": "xyz" },
                { "type": "text", "text": "so", "citations": [
                    { "type": "char_location", "cited_text": "words", "document_index": 1 },
                ] },
                { "type": "server_tool_use", "id": "s", "name": "web_search", "input": {} },
                { "type": "tool_use", "id": "t1", "name": "f", "input": { "b": 1, "a": [1.5, "é"] } },
                { "type": "tool_use", "id": "t2", "name": "g", "input": {}, "cache_control": cache },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "t1", "content": "done" },
                { "type": "tool_result", "tool_use_id": "t2", "content": [
                    { "type": "text", "text": "no" },
                    { "type": "image", "source": { "type": "url", "url": "https://x" } },
                    { "type": "tool_reference", "tool_name": "f" },
                ], "is_error": true, "cache_control": cache },
                { "type": "text", "text": "go on" },
            ] },
        ],
        "tools": [
            { "name": "f", "description": "d", "input_schema": { "type": "object" }, "strict": true,
              "cache_control": cache },
            { "name": "g", "input_schema": { "type": "object", "properties": {} } },
            { "type": "web_search_20250305", "name": "web_search", "max_uses": 2 },
        ],
        "tool_choice": { "type": "auto", "disable_parallel_tool_use": true },
        "thinking": { "type": "enabled", "budget_tokens": 2048, "display": "omitted" },
        "output_config": {
            "effort": "high",
            "format": { "type": "json_schema", "schema": { "type": "object" } },
        },
        "top_p": 0.96,
        "stop_sequences": ["a", "b"],
        "metadata": { "user_id": "u1" },
        "service_tier": "auto",
        "stream": true,
    }));
}

#[test]
fn thinking_that_the_model_measures_itself() {
    check(json!({
        "model": "m", "max_tokens": 9,
        "messages": [{ "role": "user", "content": "hi" }],
        "thinking": { "type": "adaptive", "display": "summarized" },
        "output_config": { "effort": "max" },
    }));
    check(json!({
        "model": "m", "max_tokens": 9,
        "messages": [{ "role": "user", "content": "hi" }],
        "thinking": { "type": "disabled" },
    }));
}

#[test]
fn choices_of_tools() {
    for choice in [
        json!({ "type": "any" }),
        json!({ "type": "none" }),
        json!({ "type": "tool", "name": "f", "disable_parallel_tool_use": true }),
    ] {
        check(json!({
            "model": "m", "max_tokens": 9,
            "messages": [{ "role": "user", "content": "hi" }],
            "tools": [{ "name": "f", "input_schema": { "type": "object" } }],
            "tool_choice": choice,
            "temperature": 0.2,
            "top_k": 3,
        }));
    }
}
