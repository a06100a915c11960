//! Whole replies, read and written.

use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::part::{Body, Call, CallKind, Media, Part};
use crate::pointer::Pointer;
use crate::reply::{Finish, Reply};
use crate::seal::Seal;
use crate::usage::Usage;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn check_read(body: Value, expected: &Expect) {
    let mut actual = String::new();
    match super::chat::read_reply(body) {
        Ok(reply) => {
            let Reply { id, model, created, parts, finish, usage, service_tier } = reply;
            let _ = writeln!(actual, "{id:?} {model:?} {created} {service_tier:?}");
            for part in parts {
                let _ = writeln!(actual, "{:?}", part.body);
            }
            let _ = writeln!(actual, "{finish:?} {usage:?}");
        }
        Err(error) => {
            let _ = writeln!(actual, "{:?} {:?}: {error}", error.kind, error.code);
        }
    }
    expected.assert_eq(&actual);
}

fn answered(message: Value) -> Value {
    json!({"id": "r", "model": "m", "created": 7, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
}

#[test]
fn text() {
    check_read(
        json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "gpt-5",
            "service_tier": "default", "system_fingerprint": null,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello", "refusal": null,
                "annotations": [{"type": "url_citation", "url_citation": {"url": "https://example.com", "title": "t",
                    "start_index": 0, "end_index": 5}}]}, "logprobs": null, "finish_reason": "stop"},
                {"index": 1, "message": {"content": "another"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}}),
        &expect![[r#"
            "chatcmpl-1" "gpt-5" 1700000000 Some("default")
            Text { text: "Hello", citations: Some(Array [Object {"type": String("url_citation"), "url_citation": Object {"url": String("https://example.com"), "title": String("t"), "start_index": Number(0), "end_index": Number(5)}}]) }
            Native { dialect: Chat, value: Object {"type": String("further choices")} }
            Stop Some(Usage { input: 3, cache_read: None, cache_write: None, cache_write_1h: None, output: 1, reasoning: None })
        "#]],
    );
}

#[test]
fn reasoning_and_calls() {
    check_read(
        answered(
            json!({"reasoning_content": "why", "reasoning_opaque": "seal", "content": null, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}},
            {"type": "function", "function": {"name": "g", "arguments": {"b": 2}}},
            {"id": "c3", "type": "custom", "custom": {"name": "h", "input": "free"}}]}),
        ),
        &expect![[r#"
            "r" "m" 7 None
            Thinking { text: "why", seal: Some(Opaque("seal")) }
            Call(Call { id: "c1", name: "f", arguments: "{\"a\":1}", kind: Function })
            Call(Call { id: "call_r_2", name: "g", arguments: "{\"b\":2}", kind: Function })
            Call(Call { id: "c3", name: "h", arguments: "free", kind: Custom })
            ToolCalls None
        "#]],
    );
    check_read(
        answered(json!({"content": "", "function_call": {"name": "f", "arguments": "{}"}})),
        &expect![[r#"
            "r" "m" 7 None
            Call(Call { id: "call_r_0", name: "f", arguments: "{}", kind: Function })
            ToolCalls None
        "#]],
    );
}

#[test]
fn refusals_pictures_and_other_parts() {
    check_read(
        answered(json!({"content": null, "refusal": "I cannot"})),
        &expect![[r#"
        "r" "m" 7 None
        Refusal("I cannot")
        Refusal None
    "#]],
    );
    check_read(
        answered(json!({
            "content": [{"type": "thinking", "thinking": "t"}, {"type": "text", "text": "x"}, {"type": "reference", "ids": [1]}],
            "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
            "audio": {"id": "a", "data": "AAAA"},
        })),
        &expect![[r#"
            "r" "m" 7 None
            Thinking { text: "t", seal: None }
            Text { text: "x", citations: None }
            Native { dialect: Chat, value: Object {"type": String("reference"), "ids": Array [Number(1)]} }
            Image { source: Base64 { mime: "image/png", data: "AAAA" }, detail: None }
            Native { dialect: Chat, value: Object {"id": String("a"), "data": String("AAAA")} }
            Stop None
        "#]],
    );
}

/// Copilot gives Claude's text and its calls as two choices of one index.
#[test]
fn one_reply_in_several_choices() {
    check_read(
        json!({"choices": [
            {"message": {"content": "I look"}, "finish_reason": "stop"},
            {"message": {"tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}]},
             "finish_reason": "tool_calls"}]}),
        &expect![[r#"
            "" "" 0 None
            Text { text: "I look", citations: None }
            Call(Call { id: "c1", name: "f", arguments: "{}", kind: Function })
            ToolCalls None
        "#]],
    );
}

#[test]
fn a_whole_reply_needs_no_reason_to_end() {
    check_read(
        json!({"choices": [{"message": {"content": "x"}}]}),
        &expect![[r#"
        "" "" 0 None
        Text { text: "x", citations: None }
        Stop None
    "#]],
    );
    check_read(
        json!({"choices": [{"message": {"content": "x"}, "finish_reason": "length"}]}),
        &expect![[r#"
            "" "" 0 None
            Text { text: "x", citations: None }
            Length None
        "#]],
    );
}

#[test]
fn what_is_no_reply() {
    check_read(
        json!({"error": {"message": "too fast", "type": "rate_limit_error", "code": "slow_down"}}),
        &expect![[r#"
            RateLimit Some("slow_down"): too fast
        "#]],
    );
    check_read(
        json!({"error": {"message": "upstream", "code": 503}}),
        &expect![[r#"
        Unavailable Some("503"): upstream
    "#]],
    );
    check_read(
        json!({"object": "error", "message": "vllm", "code": 400}),
        &expect![[r#"
        InvalidRequest Some("400"): vllm
    "#]],
    );
    check_read(
        json!({"choices": [{"error": {"message": "cut"}, "message": {"content": "x"}}]}),
        &expect![[r#"
            BadGateway None: cut
        "#]],
    );
    check_read(
        json!({"choices": []}),
        &expect![[r#"
        BadGateway None: the upstream answered with no chat completion: {"choices":[]}
    "#]],
    );
    check_read(
        json!({"choices": 7}),
        &expect![[r#"
        BadGateway None: the upstream answered with no chat completion: {"choices":7}
    "#]],
    );
    check_read(
        json!("hello"),
        &expect![[r#"
        BadGateway None: the upstream answered with no chat completion: "hello"
    "#]],
    );
    check_read(
        answered(json!({"content": 7})),
        &expect![[r#"
        BadGateway None: the upstream sent a content that is no text: 7
    "#]],
    );
    check_read(
        answered(json!({"tool_calls": [{"id": "c1", "function": {"arguments": "{}"}}]})),
        &expect![[r#"
            BadGateway None: the upstream makes a tool call without a name
        "#]],
    );
    check_read(
        json!({"choices": [{"message": {"content": "x"}, "finish_reason": "error"}]}),
        &expect![[r#"
            BadGateway None: the upstream ended the reply with finish_reason error
        "#]],
    );
}

fn check_written(bodies: Vec<Body>, finish: Finish, expected: &Expect) {
    let part = |(index, body)| Part::new(body, Pointer::root().index(index));
    let reply = Reply {
        id: "r".to_owned(),
        model: "m".to_owned(),
        created: 7,
        parts: bodies.into_iter().enumerate().map(part).collect(),
        finish,
        ..Reply::default()
    };
    let mut changes = Changes::new();
    let body = super::chat::write_reply(reply, &mut changes);
    let choice = &body["choices"][0];
    expected.assert_eq(&format!("{choice:#}\n{}", super::listed(&changes)));
}

fn said(text: &str, citations: Option<Value>) -> Body {
    Body::Text { text: text.to_owned(), citations }
}

fn call(kind: CallKind, arguments: &str) -> Body {
    let (id, name, arguments) = ("c".to_owned(), "f".to_owned(), arguments.to_owned());
    Body::Call(Call { id, name, arguments, kind })
}

#[test]
fn the_whole_document() {
    let reply = Reply {
        id: "r".to_owned(),
        model: "m".to_owned(),
        created: 7,
        parts: vec![Part::text("hi", Pointer::root())],
        finish: Finish::StopSequence(Some("END".to_owned())),
        usage: Some(Usage { input: 3, output: 1, ..Usage::default() }),
        service_tier: Some("default".to_owned()),
    };
    let body = super::chat::write_reply(reply, &mut Changes::new());
    expect![[r#"
        {
          "id": "r",
          "object": "chat.completion",
          "created": 7,
          "model": "m",
          "choices": [
            {
              "index": 0,
              "message": {
                "role": "assistant",
                "content": "hi",
                "refusal": null
              },
              "logprobs": null,
              "finish_reason": "stop",
              "stop_reason": "END"
            }
          ],
          "usage": {
            "prompt_tokens": 3,
            "completion_tokens": 1,
            "total_tokens": 4
          },
          "service_tier": "default"
        }"#]]
    .assert_eq(&format!("{body:#}"));
}

#[test]
fn texts_calls_and_thinking() {
    check_written(
        vec![
            Body::Thinking { text: "why".to_owned(), seal: Some(Seal::Signature("s".to_owned())) },
            said("I look", None),
            said(" it up.", None),
            call(CallKind::Function, ""),
            call(CallKind::Custom, "free"),
            said("Done.", None),
        ],
        Finish::ToolCalls,
        &expect![[r#"
            {
              "index": 0,
              "message": {
                "role": "assistant",
                "content": "I look it up.\n\nDone.",
                "refusal": null,
                "reasoning_content": "why",
                "reasoning_opaque": "ironbridge:signature:s",
                "tool_calls": [
                  {
                    "id": "c",
                    "type": "function",
                    "function": {
                      "name": "f",
                      "arguments": "{}"
                    }
                  },
                  {
                    "id": "c",
                    "type": "custom",
                    "custom": {
                      "name": "f",
                      "input": "free"
                    }
                  }
                ]
              },
              "logprobs": null,
              "finish_reason": "tool_calls"
            }
        "#]],
    );
}

#[test]
fn what_holds_no_text() {
    check_written(
        vec![call(CallKind::Function, "{}")],
        Finish::ToolCalls,
        &expect![[r#"
        {
          "index": 0,
          "message": {
            "role": "assistant",
            "content": null,
            "refusal": null,
            "tool_calls": [
              {
                "id": "c",
                "type": "function",
                "function": {
                  "name": "f",
                  "arguments": "{}"
                }
              }
            ]
          },
          "logprobs": null,
          "finish_reason": "tool_calls"
        }
    "#]],
    );
    check_written(
        vec![Body::Refusal("no".to_owned())],
        Finish::Refusal,
        &expect![[r#"
        {
          "index": 0,
          "message": {
            "role": "assistant",
            "content": null,
            "refusal": "no"
          },
          "logprobs": null,
          "finish_reason": "content_filter"
        }
    "#]],
    );
    check_written(
        Vec::new(),
        Finish::Pause,
        &expect![[r#"
        {
          "index": 0,
          "message": {
            "role": "assistant",
            "content": "",
            "refusal": null
          },
          "logprobs": null,
          "finish_reason": "stop"
        }
        changed : a paused turn is said as stop
    "#]],
    );
}

#[test]
fn citations() {
    let flat = json!({"type": "url_citation", "url": "https://a", "title": "A", "start_index": 1, "end_index": 2});
    let nested = json!({"type": "url_citation", "url_citation": {"url": "https://b"}});
    let page = json!({"type": "page_location", "cited_text": "c"});
    check_written(
        vec![
            said("né", Some(json!([flat, page]))),
            said("two", Some(json!([nested]))),
            said("3", Some(page)),
        ],
        Finish::Stop,
        &expect![[r#"
            {
              "index": 0,
              "message": {
                "role": "assistant",
                "content": "nétwo3",
                "refusal": null,
                "annotations": [
                  {
                    "type": "url_citation",
                    "url_citation": {
                      "start_index": 1,
                      "end_index": 2,
                      "url": "https://a",
                      "title": "A"
                    }
                  },
                  {
                    "type": "url_citation",
                    "url_citation": {
                      "start_index": 2,
                      "end_index": 2,
                      "url": "https://b",
                      "title": ""
                    }
                  }
                ]
              },
              "logprobs": null,
              "finish_reason": "stop"
            }
            dropped /0: chat cites only web pages, by their place in the text
            dropped /2: chat cites only web pages, by their place in the text
        "#]],
    );
}

#[test]
fn what_chat_replies_do_not_have() {
    let native = |dialect, kind: &str| Body::Native { dialect, value: json!({"type": kind}) };
    let image = |source| Body::Image { source, detail: None };
    check_written(
        vec![
            native(Dialect::Messages, "server_tool_use"),
            native(Dialect::Chat, "image_url"),
            image(Media::Url("https://example.com/a.png".to_owned())),
            image(Media::File("file_1".to_owned())),
            Body::Audio { format: "wav".to_owned(), data: "A".to_owned() },
        ],
        Finish::Stop,
        &expect![[r#"
            {
              "index": 0,
              "message": {
                "role": "assistant",
                "content": "",
                "refusal": null,
                "images": [
                  {
                    "type": "image_url"
                  },
                  {
                    "type": "image_url",
                    "image_url": {
                      "url": "https://example.com/a.png"
                    }
                  }
                ]
              },
              "logprobs": null,
              "finish_reason": "stop"
            }
            dropped /0: server_tool_use of messages has no counterpart in chat
            dropped /3: the picture lies in another provider's store
            dropped /4: chat replies have no such part
        "#]],
    );
}
