use super::{list, part_line};
use crate::Dialect;
use crate::translate::read_request;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

/// Reads the blocks of one message.
fn blocks(role: &str, blocks: Value, expected: Expect) {
    let body = json!({
        "model": "m", "max_tokens": 9, "messages": [{ "role": role, "content": blocks }],
    });
    expected.assert_eq(&match read_request(body, Dialect::Messages) {
        Ok((prompt, changes)) => {
            let parts: Vec<String> = prompt.turns[0].parts.iter().map(part_line).collect();
            format!("{}\n{}", parts.join("\n"), list(&changes))
        }
        Err(invalid) => invalid.to_string().replace("; /", "\n/"),
    });
}

#[test]
fn text_blocks() {
    blocks(
        "user",
        json!([
            { "type": "text", "text": "a", "citations": [] },
            { "type": "text", "text": "", "citations": [{ "type": "char_location" }] },
            { "type": "text", "text": "c", "cache_control": { "type": "ephemeral" }, "odd": 1 },
        ]),
        expect![[r#"
            text "a" @/messages/0/content/0
            text "" citing [{"type":"char_location"}] @/messages/0/content/1
            text "c" cache {"type":"ephemeral"} @/messages/0/content/2
            dropped `/messages/0/content/2/odd`: no counterpart in the other dialect
        "#]],
    );
}

#[test]
fn images() {
    blocks(
        "user",
        json!([
            { "type": "image",
              "source": { "type": "base64", "media_type": "image/png", "data": "iVBO" } },
            { "type": "image", "source": { "type": "url", "url": "https://x/y.png" } },
            { "type": "image", "source": { "type": "file", "file_id": "file_1" } },
            { "type": "image", "source": { "type": "hologram", "x": 1 } },
        ]),
        expect![[r#"
            image image/png base64 iVBO None @/messages/0/content/0
            image url https://x/y.png None @/messages/0/content/1
            image file file_1 None @/messages/0/content/2
            native messages {"type":"image","source":{"type":"hologram","x":1}} @/messages/0/content/3
        "#]],
    );
}

#[test]
fn documents() {
    blocks(
        "user",
        json!([
            { "type": "document", "title": "T", "context": "C", "citations": { "enabled": true },
              "source": { "type": "base64", "media_type": "application/pdf", "data": "JVBE" } },
            { "type": "document",
              "source": { "type": "text", "media_type": "text/plain", "data": "words" } },
            { "type": "document", "source": { "type": "url", "url": "https://x/y.pdf" } },
            { "type": "document", "source": { "type": "file", "file_id": "file_1" } },
            { "type": "document", "source": { "type": "content", "content": "one" } },
            { "type": "document", "source": { "type": "content", "content": [
                { "type": "text", "text": "a" }, { "type": "text", "text": "b" },
            ] } },
            { "type": "document", "source": { "type": "content", "content": [{ "type": "image" }] } },
            { "type": "document", "source": { "type": "hologram" } },
            { "type": "search_result", "source": "https://x", "title": "T",
              "content": [{ "type": "text", "text": "found" }], "citations": { "enabled": false } },
        ]),
        expect![[r#"
            document application/pdf base64 JVBE Some("T") Some("C") Some(Object {"enabled": Bool(true)}) @/messages/0/content/0
            document text "words" None None None @/messages/0/content/1
            document url https://x/y.pdf None None None @/messages/0/content/2
            document file file_1 None None None @/messages/0/content/3
            document text "one" None None None @/messages/0/content/4
            document text "a\nb" None None None @/messages/0/content/5
            native messages {"type":"document","source":{"type":"content","content":[{"type":"image"}]}} @/messages/0/content/6
            native messages {"type":"document","source":{"type":"hologram"}} @/messages/0/content/7
            document text "found" Some("T") Some("https://x") Some(Object {"enabled": Bool(false)}) @/messages/0/content/8
            changed `/messages/0/content/4`: the chunks of a document go on as one text
            changed `/messages/0/content/5`: the chunks of a document go on as one text
            changed `/messages/0/content/8`: a search result goes on as a document
        "#]],
    );
}

#[test]
fn calls_and_thinking() {
    blocks(
        "assistant",
        json!([
            { "type": "thinking", "thinking": "hm", "signature": "Eq==" },
            { "type": "thinking", "thinking": "hm", "signature": "" },
            { "type": "thinking", "thinking": "hm" },
            { "type": "thinking", "thinking": "", "signature": "ironbridge:encrypted:rs_1:gAA" },
            { "type": "redacted_thinking", "data": "xyz" },
            { "type": "redacted_thinking", "data": "ironbridge:opaque:o" },
            { "type": "tool_use", "id": "t1", "name": "f", "input": { "b": 1, "a": [1.0, "é"] } },
            { "type": "tool_use", "id": "t2", "name": "g", "input": {}, "caller": { "type": "direct" },
              "cache_control": { "type": "ephemeral" } },
            { "type": "tool_use", "id": "t3", "name": "g", "input": {}, "caller": { "type": "code" } },
        ]),
        expect![[r#"
            thinking "hm" Some(Signature("Eq==")) @/messages/0/content/0
            thinking "hm" None @/messages/0/content/1
            thinking "hm" None @/messages/0/content/2
            thinking "" Some(Encrypted { id: "rs_1", content: "gAA" }) @/messages/0/content/3
            thinking "" Some(Redacted("xyz")) @/messages/0/content/4
            thinking "" Some(Opaque("o")) @/messages/0/content/5
            call t1 f {"b":1,"a":[1.0,"é"]} @/messages/0/content/6
            call t2 g {} cache {"type":"ephemeral"} @/messages/0/content/7
            call t3 g {} @/messages/0/content/8
            dropped `/messages/0/content/8/caller`: no counterpart in the other dialect
        "#]],
    );
}

#[test]
fn tool_results() {
    blocks(
        "user",
        json!([
            { "type": "tool_result", "tool_use_id": "t1" },
            { "type": "tool_result", "tool_use_id": "t2", "content": "done", "is_error": false },
            { "type": "tool_result", "tool_use_id": "t3", "is_error": true, "content": [
                { "type": "text", "text": "no" },
                { "type": "image", "source": { "type": "url", "url": "https://x" },
                  "cache_control": { "type": "ephemeral" } },
                { "type": "tool_reference", "tool_name": "f" },
            ], "cache_control": { "type": "ephemeral" } },
        ]),
        expect![[r#"
            result t1 [] @/messages/0/content/0
            result t2 [text "done" @/messages/0/content/1/content] @/messages/0/content/1
            result t3 error [text "no" @/messages/0/content/2/content/0; image url https://x None cache {"type":"ephemeral"} @/messages/0/content/2/content/1; native messages {"type":"tool_reference","tool_name":"f"} @/messages/0/content/2/content/2] cache {"type":"ephemeral"} @/messages/0/content/2
        "#]],
    );
}

#[test]
fn blocks_of_this_dialect_alone_are_kept_whole() {
    blocks(
        "assistant",
        json!([
            { "type": "server_tool_use", "id": "s", "name": "web_search", "input": {} },
            { "type": "web_search_tool_result", "tool_use_id": "s", "content": [] },
            { "type": "compaction", "content": "x", "cache_control": { "type": "ephemeral" } },
            { "type": "of_tomorrow", "type_": 1 },
        ]),
        expect![[r#"
            native messages {"type":"server_tool_use","id":"s","name":"web_search","input":{}} @/messages/0/content/0
            native messages {"type":"web_search_tool_result","tool_use_id":"s","content":[]} @/messages/0/content/1
            native messages {"type":"compaction","content":"x","cache_control":{"type":"ephemeral"}} @/messages/0/content/2
            native messages {"type":"of_tomorrow","type_":1} @/messages/0/content/3
        "#]],
    );
}
