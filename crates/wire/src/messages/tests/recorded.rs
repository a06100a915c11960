//! Streams of the real server: they read without a failure, and come back as they were.

use super::events_of;
use crate::changes::Changes;
use crate::event::{Delta, Event, Opening};
use crate::stream::WriteStream;
use crate::usage::Usage;
use expect_test::{Expect, expect};
use std::collections::HashMap;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/recorded/messages");

/// The streams in a recording, each from `message_start` to `message_stop`; `None` where recordings are absent.
fn streams(name: &str) -> Option<Vec<Vec<u8>>> {
    let Ok(lines) = std::fs::read_to_string(Path::new(FOLDER).join(name)) else {
        println!("skipped: {FOLDER}/{name} is absent");
        return None;
    };
    let mut streams: Vec<Vec<u8>> = Vec::new();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let event: serde_json::Value = serde_json::from_str(line).expect("a recorded event");
        if event["type"] == "message_start" {
            streams.push(Vec::new());
        }
        let stream = streams.last_mut().expect("a recording begins with a start");
        crate::sse::write(event["type"].as_str(), line, stream);
    }
    Some(streams)
}

/// Holds events against the grammar of [`Event`].
pub(super) fn assert_well_formed(events: &[Event]) {
    let (mut opened, mut open, mut finished) = (0, Vec::new(), false);
    let tiers = events.iter().take_while(|event| matches!(event, Event::ServiceTier(_))).count();
    for (n, event) in events.iter().enumerate() {
        match event {
            Event::Start { .. } => assert_eq!(n, tiers, "the start comes first"),
            Event::Open { part, .. } => {
                assert!(!finished);
                assert_eq!(*part, opened, "parts are numbered in the order in which they open");
                opened += 1;
                open.push(*part);
            }
            Event::Delta { part, .. } => assert!(open.contains(part) && !finished),
            Event::Close { part } => {
                assert!(open.contains(part) && !finished);
                open.retain(|other| other != part);
            }
            Event::Finish(_) => {
                assert!(open.is_empty() && !finished);
                finished = true;
            }
            Event::End => assert!(finished && n + 1 == events.len()),
            Event::Failed(_) => assert_eq!(n + 1, events.len(), "nothing follows a failure"),
            Event::Usage(_) | Event::ServiceTier(_) | Event::Ping => {}
        }
    }
}

/// What a stream amounts to, in one line.
fn summary(events: &[Event]) -> String {
    let mut texts = String::new();
    let (mut thinking, mut seals, mut citations) = (String::new(), 0, 0);
    let mut calls: Vec<(usize, String, String)> = Vec::new();
    let mut native: HashMap<String, usize> = HashMap::new();
    let mut kinds = HashMap::new();
    let (mut usage, mut finish) = (Usage::default(), String::new());
    for event in events {
        match event {
            Event::Open { part, opening } => {
                kinds.insert(*part, opening.clone());
                match opening {
                    Opening::Call { name, .. } => calls.push((*part, name.clone(), String::new())),
                    Opening::Native { value, .. } => {
                        let kind = value["type"].as_str().expect("a type").to_owned();
                        *native.entry(kind).or_default() += 1;
                    }
                    Opening::Text | Opening::Thinking | Opening::Refusal => {}
                }
            }
            Event::Delta { part, delta } => match (delta, &kinds[part]) {
                (Delta::Text(text), Opening::Thinking) => thinking.push_str(text),
                (Delta::Text(text), _) => texts.push_str(text),
                (Delta::Seal(_), _) => seals += 1,
                (Delta::Citation { .. }, _) => citations += 1,
                (Delta::Arguments(text), _) => {
                    let call = calls.iter_mut().find(|call| call.0 == *part);
                    call.expect("a call").2.push_str(text);
                }
                (Delta::Native(_), _) => {}
            },
            Event::Usage(latest) => usage = *latest,
            Event::Finish(found) => finish = format!("{found:?}"),
            _ => {}
        }
    }
    let calls: Vec<String> =
        calls.into_iter().map(|(_, name, text)| format!("{name}({text})")).collect();
    let mut native: Vec<String> =
        native.into_iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    native.sort();
    let ends = |text: &str| {
        let (head, count): (String, usize) =
            (text.chars().take(24).collect(), text.chars().count());
        format!("{count} characters {head:?}")
    };
    format!(
        "text {}; thinking {}, {seals} seals; {citations} citations; calls [{}]; native [{}]; {finish}; \
         input {} output {}",
        ends(&texts),
        ends(&thinking),
        calls.join(", "),
        native.join(", "),
        usage.input_total(),
        usage.output
    )
}

fn check(name: &str, expected: Expect) {
    let Some(streams) = streams(name) else { return };
    let mut lines = String::new();
    for stream in streams {
        let events = events_of([stream.as_slice()]);
        assert_well_formed(&events);
        assert!(matches!(events.last(), Some(Event::End)), "{:?}", events.last());
        let bytes: Vec<&[u8]> = stream.chunks(7).collect();
        assert_eq!(events_of(bytes), events, "in other chunks");
        let mut read = events_of([again(events.clone()).as_slice()]);
        read.retain(|event| *event != Event::Ping);
        assert_eq!(read, spoken(events.clone()));
        lines.push_str(&summary(&events));
        lines.push('\n');
    }
    expected.assert_eq(&lines);
}

/// The stream that is written of the events.
fn again(events: Vec<Event>) -> Vec<u8> {
    let mut writer = super::super::StreamWriter::default();
    let (mut changes, mut out) = (Changes::new(), Vec::new());
    for event in events {
        writer.event(event, &mut changes, &mut out);
    }
    assert!(
        changes.is_empty(),
        "everything of this dialect has its place: {}",
        super::list(&changes)
    );
    out
}

/// The events that are left when they have been written and read, without the pings: one usage at the start and one at the end, members
/// of the finish after all parts, no empty blocks, a refusal in words as text.
fn spoken(events: Vec<Event>) -> Vec<Event> {
    let last = events.iter().rev().find_map(|event| match event {
        Event::Usage(usage) => Some(*usage),
        _ => None,
    });
    let mut empty: Vec<usize> = Vec::new();
    for pair in events.windows(2) {
        if let [
            Event::Open { part, opening: Opening::Text | Opening::Thinking },
            Event::Close { .. },
        ] = pair
        {
            empty.push(*part);
        }
    }
    let renumber = |part: &mut usize| *part -= empty.iter().filter(|gone| **gone < *part).count();
    let mut spoken = Vec::new();
    for mut event in events {
        match &mut event {
            Event::Usage(_) | Event::Ping => continue,
            Event::Open { part, opening } => {
                if empty.contains(part) {
                    continue;
                }
                renumber(part);
                if matches!(opening, Opening::Refusal) {
                    *opening = Opening::Text;
                }
            }
            Event::Delta { part, .. } => renumber(part),
            Event::Close { part } => {
                if empty.contains(part) {
                    continue;
                }
                renumber(part);
            }
            Event::Finish(_) => spoken.push(Event::Usage(last.unwrap_or_default())),
            Event::Start { .. } => {
                spoken.push(event);
                spoken.push(Event::Usage(Usage::default()));
                continue;
            }
            Event::ServiceTier(_) | Event::End | Event::Failed(_) => {}
        }
        spoken.push(event);
    }
    spoken
}

#[test]
fn every_recording_is_tested() {
    let Ok(folder) = std::fs::read_dir(FOLDER) else {
        println!("skipped: {FOLDER} is absent");
        return;
    };
    let source = include_str!("recorded.rs");
    for entry in folder {
        let name = entry.expect("a file").file_name().into_string().expect("a plain name");
        assert!(source.contains(&format!("\"{name}\"")), "{name} has no test");
    }
}

#[test]
fn recordings() {
    for (name, expected) in [
        (
            "anthropic-text.jsonl",
            expect![[r#"
            text 108 characters "Hello! I'm doing well, t"; thinking 0 characters "", 0 seals; 0 citations; calls []; native []; Stop; input 12 output 30
        "#]],
        ),
        (
            "anthropic-clear-thinking.1.jsonl",
            expect![[r#"
            text 13 characters "925 ÷ 5 = 185"; thinking 75 characters "The previous result was ", 1 seals; 0 citations; calls []; native []; Stop; input 69 output 53
        "#]],
        ),
        (
            "anthropic-json-output-format.1.jsonl",
            expect![[r#"
            text 1267 characters "{\"characters\":[{\"name\":\""; thinking 0 characters "", 0 seals; 0 citations; calls []; native []; Stop; input 313 output 305
        "#]],
        ),
        (
            "anthropic-json-tool.1.jsonl",
            expect![[r#"
            text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [json({"elements": [{"location": "San Francisco", "temperature": 58, "condition": "sunny"}]})]; native []; ToolCalls; input 849 output 47
        "#]],
        ),
        (
            "anthropic-message-delta-input-tokens.jsonl",
            expect![[r#"
            text 4 characters "pong"; thinking 0 characters "", 0 seals; 0 citations; calls []; native []; Stop; input 61 output 2
        "#]],
        ),
        (
            "anthropic-refusal.jsonl",
            expect![[r#"
            text 110 characters "This request triggered r"; thinking 0 characters "", 0 seals; 0 citations; calls []; native []; Refusal; input 18 output 5
        "#]],
        ),
        (
            "anthropic-tool-no-args.jsonl",
            expect![[r#"
            text 35 characters "I'll update the issue li"; thinking 0 characters "", 0 seals; 0 citations; calls [updateIssueList()]; native []; ToolCalls; input 565 output 48
        "#]],
        ),
    ] {
        check(name, expected);
    }
}

#[test]
fn recordings_with_blocks_of_this_dialect_alone() {
    for (name, expected) in [
        (
            "anthropic-code-execution-20250825.1.jsonl",
            expect![[r#"
            text 795 characters "I'll create a Python scr"; thinking 0 characters "", 0 seals; 0 citations; calls []; native [1 bash_code_execution_tool_result, 1 container, 1 text_editor_code_execution_tool_result, 2 server_tool_use]; Stop; input 8050 output 771
        "#]],
        ),
        (
            "anthropic-programmatic-tool-calling.1.jsonl",
            expect![[r###"
                text 157 characters "I'll help you simulate t"; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player1"})]; native [1 container, 1 server_tool_use]; ToolCalls; input 3369 output 725
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player2"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player1"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player2"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player1"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player2"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player1"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player2"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player1"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player2"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player1"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player2"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player1"})]; native [1 container]; ToolCalls; input 0 output 0
                text 0 characters ""; thinking 0 characters "", 0 seals; 0 citations; calls [rollDie({"player":"player2"})]; native [1 container]; ToolCalls; input 0 output 0
                text 675 characters "## Game Results\n\n**Playe"; thinking 0 characters "", 0 seals; 0 citations; calls []; native [1 code_execution_tool_result]; Stop; input 4551 output 197
            "###]],
        ),
        (
            "anthropic-tool-search-regex.1.jsonl",
            expect![[r#"
            text 85 characters "Great! I found a weather"; thinking 0 characters "", 0 seals; 0 citations; calls [get_temp_data({"location": "San Francisco, CA"})]; native [1 server_tool_use, 1 tool_search_tool_result]; ToolCalls; input 1681 output 163
            text 239 characters "Here's the current weath"; thinking 0 characters "", 0 seals; 0 citations; calls []; native []; Stop; input 1071 output 67
        "#]],
        ),
        (
            "anthropic-web-search-tool.1.jsonl",
            expect![[r#"
            text 2402 characters "Based on my search resul"; thinking 0 characters "", 0 seals; 14 citations; calls []; native [1 server_tool_use, 1 web_search_tool_result]; Stop; input 15665 output 795
        "#]],
        ),
    ] {
        check(name, expected);
    }
}
