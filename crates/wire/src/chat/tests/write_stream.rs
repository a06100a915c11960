//! Streams for a chat client.

use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use crate::part::CallKind;
use crate::reply::Finish;
use crate::seal::Seal;
use crate::stream::WriteStream;
use crate::usage::Usage;
use expect_test::{Expect, expect};
use serde_json::json;

fn write(events: Vec<Event>, include_usage: bool) -> (String, Changes) {
    let mut writer = super::chat::StreamWriter::new(include_usage);
    let (mut out, mut changes) = (Vec::new(), Changes::new());
    for event in events {
        writer.event(event, &mut changes, &mut out);
    }
    (String::from_utf8(out).expect("JSON is UTF-8"), changes)
}

/// The deltas and what else is in the stream, without what every chunk repeats.
fn check(events: Vec<Event>, expected: &Expect) {
    let (stream, changes) = write(events, false);
    let mut actual = String::new();
    for frame in stream.split_terminator("\n\n") {
        let chunk = frame
            .strip_prefix("data: ")
            .and_then(|data| serde_json::from_str::<serde_json::Value>(data).ok());
        let line = match chunk.as_ref().and_then(|chunk| chunk["choices"][0].as_object()) {
            Some(choice) if choice["finish_reason"].is_null() => choice["delta"].to_string(),
            Some(choice) => serde_json::Value::Object(choice.clone()).to_string(),
            None => frame.to_owned(),
        };
        actual += &format!("{line}\n");
    }
    expected.assert_eq(&(actual + &super::listed(&changes)));
}

fn start() -> Event {
    Event::Start { id: "r".to_owned(), model: "m".to_owned(), created: 7 }
}

fn open(part: usize, opening: Opening) -> Event {
    Event::Open { part, opening }
}

fn more(part: usize, text: &str) -> Event {
    Event::Delta { part, delta: Delta::Text(text.to_owned()) }
}

fn seal(part: usize, seal: Seal) -> Event {
    Event::Delta { part, delta: Delta::Seal(seal) }
}

fn close(part: usize) -> Event {
    Event::Close { part }
}

fn call(kind: CallKind) -> Opening {
    Opening::Call { id: "c".to_owned(), name: "f".to_owned(), kind }
}

fn arguments(part: usize, text: &str) -> Event {
    Event::Delta { part, delta: Delta::Arguments(text.to_owned()) }
}

#[test]
fn whole_chunks() {
    let usage = Usage { input: 3, output: 1, ..Usage::default() };
    let events = || {
        vec![
            start(),
            open(0, Opening::Text),
            more(0, "hi"),
            close(0),
            Event::Finish(Finish::Stop),
            Event::Usage(usage),
            Event::End,
        ]
    };
    expect![[r#"
        data: {"id":"r","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"r","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"hi"},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"r","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}

        data: {"id":"r","object":"chat.completion.chunk","created":7,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}

        data: [DONE]

    "#]].assert_eq(&write(events(), true).0);
    expect![[r#"
        data: {"id":"r","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

        data: {"id":"r","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"hi"},"logprobs":null,"finish_reason":null}]}

        data: {"id":"r","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

        data: [DONE]

    "#]].assert_eq(&write(events(), false).0);
}

#[test]
fn usage_that_never_came() {
    let events = vec![start(), Event::Finish(Finish::Length), Event::End];
    expect![[r#"
        data: {"id":"r","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"r","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}],"usage":null}

        data: [DONE]

    "#]].assert_eq(&write(events, true).0);
}

#[test]
fn thinking_texts_and_calls() {
    check(
        vec![
            start(),
            open(0, Opening::Thinking),
            more(0, "why"),
            seal(0, Seal::Signature("s1".to_owned())),
            close(0),
            open(1, Opening::Text),
            more(1, "I look"),
            close(1),
            open(2, Opening::Text),
            more(2, " it up."),
            close(2),
            open(3, call(CallKind::Function)),
            arguments(3, "{\"a\""),
            arguments(3, ":1}"),
            close(3),
            open(4, call(CallKind::Function)),
            close(4),
            open(5, call(CallKind::Custom)),
            arguments(5, "free"),
            close(5),
            open(6, Opening::Thinking),
            more(6, "and"),
            seal(6, Seal::Signature("s2".to_owned())),
            close(6),
            open(7, Opening::Text),
            more(7, "Done"),
            more(7, "."),
            close(7),
            Event::Finish(Finish::ToolCalls),
            Event::End,
        ],
        &expect![[r#"
            {"role":"assistant","content":""}
            {"reasoning_content":"why"}
            {"content":"I look"}
            {"content":" it up."}
            {"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]}
            {"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}
            {"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}
            {"tool_calls":[{"index":1,"id":"c","type":"function","function":{"name":"f","arguments":""}}]}
            {"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}
            {"tool_calls":[{"index":2,"id":"c","type":"custom","custom":{"name":"f","input":""}}]}
            {"tool_calls":[{"index":2,"custom":{"input":"free"}}]}
            {"reasoning_content":"\n\nand"}
            {"content":"\n\nDone"}
            {"content":"."}
            {"reasoning_opaque":"ironbridge:list:[[3,\"ironbridge:signature:s1\"],[3,\"ironbridge:signature:s2\"]]"}
            {"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}
            data: [DONE]
        "#]],
    );
}

#[test]
fn refusals_pings_and_stop_texts() {
    check(
        vec![
            start(),
            Event::Ping,
            open(0, Opening::Refusal),
            more(0, "no"),
            close(0),
            Event::Finish(Finish::StopSequence(Some("END".to_owned()))),
            Event::End,
        ],
        &expect![[r#"
            {"role":"assistant","content":""}
            : ping
            {"refusal":"no"}
            {"index":0,"delta":{},"logprobs":null,"finish_reason":"stop","stop_reason":"END"}
            data: [DONE]
        "#]],
    );
}

#[test]
fn citations_and_foreign_parts() {
    let cites = |part, value| Event::Delta {
        part,
        delta: Delta::Citation { dialect: Dialect::Responses, value },
    };
    let url = |start: u64| json!({"type": "url_citation", "url": "https://a", "title": "A", "start_index": start, "end_index": 2});
    let native = |dialect, kind: &str| Opening::Native { dialect, value: json!({"type": kind}) };
    check(
        vec![
            start(),
            open(0, Opening::Text),
            more(0, "né"),
            cites(0, url(0)),
            cites(0, json!({"type": "page_location"})),
            close(0),
            open(1, native(Dialect::Messages, "server_tool_use")),
            Event::Delta { part: 1, delta: Delta::Native(json!({})) },
            close(1),
            open(2, native(Dialect::Chat, "image_url")),
            close(2),
            open(3, Opening::Text),
            more(3, "two"),
            cites(3, url(1)),
            arguments(3, "out of place"),
            close(3),
            Event::Finish(Finish::Pause),
            Event::End,
        ],
        &expect![[r#"
            {"role":"assistant","content":""}
            {"content":"né"}
            {"annotations":[{"type":"url_citation","url_citation":{"start_index":0,"end_index":2,"url":"https://a","title":"A"}}]}
            {"images":[{"type":"image_url"}]}
            {"content":"\n\ntwo"}
            {"annotations":[{"type":"url_citation","url_citation":{"start_index":5,"end_index":6,"url":"https://a","title":"A"}}]}
            {"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}
            data: [DONE]
            dropped : chat cites only web pages, by their place in the text
            dropped : server_tool_use of messages has no counterpart in chat
            dropped : a delta that does not fit its part
            changed : a paused turn is said as stop
        "#]],
    );
}

#[test]
fn failures() {
    let failed =
        || Event::Failed(ApiError::new(ErrorKind::Overloaded, "too much").with_code("busy"));
    check(
        vec![start(), open(0, Opening::Text), more(0, "hal"), failed()],
        &expect![[r#"
        {"role":"assistant","content":""}
        {"content":"hal"}
        data: {"error":{"message":"too much","type":"server_error","param":null,"code":"busy"}}
    "#]],
    );
    check(
        vec![failed()],
        &expect![[r#"
        data: {"error":{"message":"too much","type":"server_error","param":null,"code":"busy"}}
    "#]],
    );
}
