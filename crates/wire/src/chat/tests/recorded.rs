//! The recorded streams of real servers, with what a reader of our own in Python found in them.

use super::{chat, events};
use crate::changes::Changes;
use crate::event::{Delta, Event, Opening};
use crate::in_order::InOrder;
use crate::reply::Finish;
use crate::stream::WriteStream;
use crate::usage::Usage;
use expect_test::expect;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::PathBuf;

/// The recorded stream `name` as bytes; `None`, and a note, where the recordings are not at hand.
fn recorded(name: &str) -> Option<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recorded/chat");
    let Ok(file) = std::fs::read_to_string(folder.join(name)) else {
        println!("skipped: no recorded stream {name}");
        return None;
    };
    if name.ends_with(".sse") {
        return Some(file.into_bytes());
    }
    let events = file.lines().filter(|line| !line.trim().is_empty());
    Some(events.map(|line| format!("data: {line}\n\n")).collect::<String>().into_bytes())
}

/// What a stream amounts to.
#[derive(Debug, Default, PartialEq)]
struct Sum {
    text: String,
    thinking: String,
    calls: Vec<(String, String, String)>,
    finish: Option<Finish>,
    usage: Option<Usage>,
    whole: bool,
}

fn sum(events: &[Event]) -> Sum {
    let mut sum = Sum::default();
    let mut parts: Vec<&Opening> = Vec::new();
    let mut calls = std::collections::HashMap::new();
    for event in events {
        match event {
            Event::Open { part, opening } => {
                assert_eq!(*part, parts.len(), "parts are numbered as they open");
                parts.push(opening);
                if let Opening::Call { id, name, .. } = opening {
                    calls.insert(*part, sum.calls.len());
                    sum.calls.push((id.clone(), name.clone(), String::new()));
                }
            }
            Event::Delta { part, delta: Delta::Text(text) } => match parts[*part] {
                Opening::Text => sum.text += text,
                Opening::Thinking => sum.thinking += text,
                other => panic!("text in {other:?}"),
            },
            Event::Delta { part, delta: Delta::Arguments(text) } => {
                sum.calls[calls[part]].2 += text;
            }
            Event::Usage(usage) => sum.usage = Some(*usage),
            Event::Finish(finish) => sum.finish = Some(finish.clone()),
            Event::End => sum.whole = true,
            Event::Failed(error) => panic!("{error}"),
            Event::Delta { .. }
            | Event::Start { .. }
            | Event::Close { .. }
            | Event::ServiceTier(_)
            | Event::Ping => {}
        }
    }
    sum
}

/// Bytes and the beginning of the SHA-256 of `text`.
fn digest(text: &str) -> String {
    let mut digest = format!("{} ", text.len());
    for byte in Sha256::digest(text.as_bytes()).iter().take(6) {
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

const NAMES: [&str; 14] = [
    "alibaba-reasoning.jsonl",
    "alibaba-tool-call.jsonl",
    "anthropic-fallback-tool-call.sse",
    "azure-model-router.1.jsonl",
    "deepseek-reasoning.jsonl",
    "deepseek-tool-call.jsonl",
    "groq-reasoning.jsonl",
    "groq-tool-call.jsonl",
    "mistral-incremental-tool-call.jsonl",
    "mistral-reasoning.jsonl",
    "moonshotai-stream.jsonl",
    "openai-text.jsonl",
    "xai-text.jsonl",
    "xai-tool-call-long.jsonl",
];

#[test]
fn each_stream_is_read() {
    let mut actual = String::new();
    for name in NAMES {
        let Some(bytes) = recorded(name) else { return };
        let Sum { text, thinking, calls, finish, usage, whole } = sum(&events(&bytes, 4096));
        assert!(whole, "{name}");
        let _ = writeln!(
            actual,
            "{name}\n  text {} thinking {}\n  {calls:?} {finish:?}\n  {usage:?}",
            digest(&text),
            digest(&thinking),
        );
    }
    expect![[r#"
        alibaba-reasoning.jsonl
          text 842 7c7a59b12a79 thinking 3301 0aa0c3bc04e9
          [] Some(Stop)
          Some(Usage { input: 24, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 1355, reasoning: Some(1084) })
        alibaba-tool-call.jsonl
          text 0 e3b0c44298fc thinking 0 e3b0c44298fc
          [("call_eee11723464a4b9eb8cee71d", "weather", "{\"location\": \"San Francisco\"}")] Some(ToolCalls)
          Some(Usage { input: 295, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 22, reasoning: None })
        anthropic-fallback-tool-call.sse
          text 11 3f1e3d85c76a thinking 0 e3b0c44298fc
          [("toolu_sanitized", "read_file", "{\"path\": \"a.txt\"}")] Some(ToolCalls)
          None
        azure-model-router.1.jsonl
          text 19 53f836c9fbda thinking 0 e3b0c44298fc
          [] Some(Stop)
          Some(Usage { input: 15, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 78, reasoning: Some(64) })
        deepseek-reasoning.jsonl
          text 42 238e36f474e5 thinking 606 01a5d04ca7e8
          [] Some(Stop)
          Some(Usage { input: 18, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 219, reasoning: Some(205) })
        deepseek-tool-call.jsonl
          text 0 e3b0c44298fc thinking 191 e9e5190a993c
          [("call_00_ioIn7yN9p1ZOMNpDLwd4MgAF", "weather", "{\"location\": \"San Francisco\"}")] Some(ToolCalls)
          Some(Usage { input: 19, cache_read: Some(320), cache_write: None, cache_write_1h: None, output: 83, reasoning: Some(39) })
        groq-reasoning.jsonl
          text 347 c19609678caf thinking 2972 a8661d5bd141
          [] Some(Stop)
          Some(Usage { input: 17, cache_read: None, cache_write: None, cache_write_1h: None, output: 1107, reasoning: Some(963) })
        groq-tool-call.jsonl
          text 0 e3b0c44298fc thinking 0 e3b0c44298fc
          [("tk85n1k4m", "weather", "{}")] Some(ToolCalls)
          Some(Usage { input: 210, cache_read: None, cache_write: None, cache_write_1h: None, output: 15, reasoning: None })
        mistral-incremental-tool-call.jsonl
          text 0 e3b0c44298fc thinking 0 e3b0c44298fc
          [("chatcmpl-tool-9f149c74c42f265b", "webSearchTool", "{\"query\": \"current Berlin weather\"}")] Some(ToolCalls)
          Some(Usage { input: 43, cache_read: Some(128), cache_write: None, cache_write_1h: None, output: 14, reasoning: None })
        mistral-reasoning.jsonl
          text 9 e93dff0d1076 thinking 60 3ee98375cfe6
          [] Some(Stop)
          Some(Usage { input: 10, cache_read: None, cache_write: None, cache_write_1h: None, output: 46, reasoning: None })
        moonshotai-stream.jsonl
          text 6 334d016f755c thinking 16 7e3fc13c32e8
          [] Some(Stop)
          Some(Usage { input: 9, cache_read: None, cache_write: None, cache_write_1h: None, output: 12, reasoning: Some(7) })
        openai-text.jsonl
          text 1730 53b2d9e583d0 thinking 0 e3b0c44298fc
          [] Some(Stop)
          Some(Usage { input: 16, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 300, reasoning: Some(0) })
        xai-text.jsonl
          text 5 185f8db32271 thinking 20 77ca8189f8c5
          [] Some(Stop)
          Some(Usage { input: 1, cache_read: Some(11), cache_write: None, cache_write_1h: None, output: 291, reasoning: Some(290) })
        xai-tool-call-long.jsonl
          text 0 e3b0c44298fc thinking 1069 7df9a5068fc5
          [("call_79382389", "weather", "{\"location\":\"San Francisco\"}")] Some(ToolCalls)
          Some(Usage { input: 1, cache_read: Some(306), cache_write: None, cache_write_1h: None, output: 253, reasoning: Some(227) })
    "#]].assert_eq(&actual);
}

/// What our writer makes of a stream says the same to our reader.
#[test]
fn each_stream_survives_being_written() {
    for name in NAMES {
        let Some(bytes) = recorded(name) else { return };
        let read = events(&bytes, 4096);
        let (mut in_order, mut ordered) = (InOrder::default(), Vec::new());
        for event in read.clone() {
            in_order.event(event, &mut ordered);
        }
        let mut writer = chat::StreamWriter::new(true);
        let (mut written, mut changes) = (Vec::new(), Changes::new());
        for event in ordered {
            writer.event(event, &mut changes, &mut written);
        }
        assert!(changes.is_empty(), "{name}: {changes:?}");
        assert_eq!(sum(&events(&written, 4096)), sum(&read), "{name}");
    }
}

#[test]
fn any_cut_into_chunks_gives_the_same_events() {
    for name in
        ["mistral-reasoning.jsonl", "alibaba-tool-call.jsonl", "anthropic-fallback-tool-call.sse"]
    {
        let Some(bytes) = recorded(name) else { return };
        let whole = events(&bytes, bytes.len());
        for chunk_bytes in 1..200 {
            assert_eq!(events(&bytes, chunk_bytes), whole, "{name} in chunks of {chunk_bytes}");
        }
    }
}

/// A stream cut anywhere before its finish has failed; nothing is made up.
#[test]
fn a_cut_stream_has_failed() {
    let Some(bytes) = recorded("deepseek-tool-call.jsonl") else { return };
    let finish =
        bytes.windows(28).rposition(|window| window == b"\"finish_reason\":\"tool_calls\"");
    let finish = finish.expect("the recording has a finish");
    for end in (0..finish).step_by(97) {
        let cut = events(&bytes[..end], 4096);
        assert!(matches!(cut.last(), Some(Event::Failed(_))), "cut at {end}");
        assert!(
            !cut.iter().any(|event| matches!(event, Event::Finish(_) | Event::End)),
            "cut at {end}"
        );
    }
}
