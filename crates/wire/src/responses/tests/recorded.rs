//! Streams recorded from OpenAI, Azure, LM Studio and xAI. What is expected was taken from the items that the servers
//! repeat whole, by a script of another language; digests stand for long texts.

use super::{read_chunks, stream_of};
use crate::event::{Delta, Event, Opening};
use expect_test::{Expect, expect};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

/// Reads each stream of a recording (some hold several, one after another) and shows what it amounts to.
fn check(name: &str, expected: Expect) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recorded/responses");
    let Ok(recording) = std::fs::read_to_string(folder.join(name)) else {
        println!("skipped: {} is absent", folder.join(name).display());
        return;
    };
    let mut lines = String::new();
    let mut stream = String::new();
    for line in recording.lines() {
        if line.contains("\"type\":\"response.created\"") && !stream.is_empty() {
            lines += &show(&stream);
            stream.clear();
        }
        stream += line;
        stream.push('\n');
    }
    lines += &show(&stream);
    expected.assert_eq(&lines);
}

fn show(stream: &str) -> String {
    let bytes = stream_of(stream);
    let events = read_chunks([bytes.as_slice()]);
    let cut_anywhere = read_chunks(bytes.chunks(7));
    assert_eq!(events, cut_anywhere, "chunks do not matter");
    let mut parts: Vec<(String, String)> = Vec::new();
    let mut lines = String::new();
    for event in events {
        match event {
            Event::Open { part, opening } => {
                assert_eq!(part, parts.len(), "parts are numbered as they open");
                parts.push(match opening {
                    Opening::Native { value, .. } => {
                        ("native".to_owned(), value["type"].as_str().unwrap_or("").to_owned())
                    }
                    Opening::Call { id, name, kind } => {
                        (format!("{kind:?} {id} {name}"), String::new())
                    }
                    other => (format!("{other:?}"), String::new()),
                });
            }
            Event::Delta { part, delta } => match delta {
                Delta::Text(more) | Delta::Arguments(more) => parts[part].1 += &more,
                Delta::Seal(_) => parts[part].0 += " sealed",
                Delta::Citation { value, .. } => {
                    assert_eq!(value["type"], Value::from("url_citation"));
                    parts[part].0 += " cited";
                }
                Delta::Native(_) => panic!("no recorded item has native deltas"),
            },
            Event::Finish(_) | Event::Usage(_) => {
                let _ = writeln!(lines, "{event:?}");
            }
            Event::Failed(error) => {
                let _ = writeln!(lines, "Failed {:?}: {}", error.kind, error.message);
            }
            Event::Start { .. }
            | Event::Close { .. }
            | Event::ServiceTier(_)
            | Event::Ping
            | Event::End => {}
        }
    }
    let shown: String =
        parts.iter().map(|(kind, text)| format!("{kind}: {}\n", digest(text))).collect();
    shown + &lines
}

/// Short texts as they are; of long ones the count of characters and the beginning of their SHA-256.
fn digest(text: &str) -> String {
    const SHORT_CHARS: usize = 60;
    let chars = text.chars().count();
    if chars <= SHORT_CHARS {
        return text.to_owned();
    }
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{chars} characters {hex}")
}

#[test]
fn azure() {
    check(
        "azure-text.1.jsonl",
        expect![[r#"
        Text: Hello
        Usage(Usage { input: 11, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 11, reasoning: Some(0) })
        Finish(Stop)
    "#]],
    );
    check(
        "azure-tool-call.1.jsonl",
        expect![[r#"
        Function call_H5DxLSFnsGhiROnUiDHmgyc8 weather: {"location":"San Francisco"}
        Usage(Usage { input: 45, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 24, reasoning: Some(0) })
        Finish(ToolCalls)
    "#]],
    );
}

#[test]
fn lm_studio() {
    check(
        "lmstudio-basic.1.jsonl",
        expect![[r#"
        Text: 1384 characters 00850cbcc539
        Usage(Usage { input: 1, cache_read: Some(30), cache_write: None, cache_write_1h: None, output: 282, reasoning: Some(0) })
        Finish(Stop)
    "#]],
    );
    check(
        "lmstudio-tool-call.1.jsonl",
        expect![[r#"
        Thinking: 242 characters ea86985de664
        Text: 67 characters 04ed194b7d36
        Function call_2025306790300011 weather: {"location":"San Francisco"}
        Usage(Usage { input: 180, cache_read: Some(2), cache_write: None, cache_write_1h: None, output: 61, reasoning: Some(48) })
        Finish(ToolCalls)
    "#]],
    );
}

#[test]
fn openai() {
    check(
        "openai-apply-patch-tool.1.jsonl",
        expect![[r#"
        native: apply_patch_call
        Usage(Usage { input: 642, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 67, reasoning: Some(0) })
        Finish(Stop)
    "#]],
    );
    check(
        "openai-custom-tool.1.jsonl",
        expect![[r#"
        Custom call_custom_sql_001 write_sql: SELECT * FROM users WHERE age > 25
        Usage(Usage { input: 50, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 20, reasoning: Some(0) })
        Finish(ToolCalls)
    "#]],
    );
    check(
        "openai-error.1.jsonl",
        expect![[r#"
        Failed Billing: You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.
    "#]],
    );
    check(
        "openai-phase.1.jsonl",
        expect![[r#"
        Text: 153 characters 84b364251681
        Text: 1485 characters 378c168d25b6
        Usage(Usage { input: 4040, cache_read: Some(3072), cache_write: None, cache_write_1h: None, output: 463, reasoning: Some(64) })
        Finish(Stop)
    "#]],
    );
    check(
        "openai-reasoning-encrypted-content.1.jsonl",
        expect![[r#"
        Thinking sealed: 163 characters e8c4cd892aec
        Function call_AB6AaRZ1FYZB2RwS6A5vbdqn calculator: {"a":12,"b":7,"op":"add"}
        Usage(Usage { input: 134, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 28, reasoning: Some(0) })
        Finish(ToolCalls)
        Function call_Q6pW65MUgW9vF59BmItYGos3 calculator: {"a":19,"b":3,"op":"multiply"}
        Usage(Usage { input: 221, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 26, reasoning: Some(0) })
        Finish(ToolCalls)
        Function call_Zl5vIMnD7dVAjgU6FkhmiCZh calculator: {"a":57,"b":10,"op":"multiply"}
        Usage(Usage { input: 260, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 26, reasoning: Some(0) })
        Finish(ToolCalls)
        Text: The final result is **570**.
        Usage(Usage { input: 299, cache_read: Some(0), cache_write: None, cache_write_1h: None, output: 12, reasoning: Some(0) })
        Finish(Stop)
    "#]],
    );
    check(
        "openai-web-search-tool.1.jsonl",
        expect![[r#"
        native: web_search_call
        native: web_search_call
        native: web_search_call
        native: web_search_call
        native: web_search_call
        native: web_search_call
        Text cited cited cited cited cited cited cited cited cited cited cited cited: 3645 characters d24e6afa4689
        Usage(Usage { input: 27361, cache_read: Some(3712), cache_write: None, cache_write_1h: None, output: 4416, reasoning: Some(3712) })
        Finish(Stop)
    "#]],
    );
}

#[test]
fn xai() {
    check(
        "xai-text-with-reasoning-streaming.1.jsonl",
        expect![[r#"
        Thinking: 766 characters 88bee32a92a8
        Text: 2849 characters 2a7a28eb233e
        Usage(Usage { input: 24, cache_read: Some(192), cache_write: None, cache_write_1h: None, output: 923, reasoning: Some(323) })
        Finish(Stop)
    "#]],
    );
}
