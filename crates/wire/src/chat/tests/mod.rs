//! The chat dialect, case by case.

mod finish_and_usage;
mod read_calls;
mod read_messages;
mod read_request;
mod read_stream;
mod recorded;
mod reply;
mod thinking;
mod write_messages;
mod write_request;
mod write_stream;

use crate::changes::Changes;
use crate::event::{Delta, Event, Opening};
use crate::fields::Reading;
use crate::prompt::Prompt;
use crate::sse::Decoder;
use crate::stream::ReadStream;
use crate::writing::{Target, Writing};
use crate::{Invalid, chat};
use serde_json::Value;
use std::fmt::Write as _;

/// Reads a request, with what was not understood.
fn read(body: Value) -> Result<(Prompt, Changes), Invalid> {
    let reading = Reading::default();
    let prompt = chat::read_request(body, &reading);
    reading.finish(prompt)
}

/// A prompt written for a server, one member a line, and what it lost.
fn written(prompt: Prompt, target: Target) -> String {
    let mut writing = Writing { target, ..Writing::default() };
    let body = chat::write_request(prompt, &mut writing);
    let members = body.as_object().expect("a request is an object").iter();
    let lines: String = members.map(|(key, value)| format!("{key}: {value}\n")).collect();
    lines + &listed(&writing.changes)
}

/// Changes, one a line.
fn listed(changes: &Changes) -> String {
    let line = |change: &crate::Change| {
        format!("{} {}: {}\n", change.carried.name(), change.path, change.why)
    };
    changes.iter().map(line).collect()
}

/// The events of a stream, fed in chunks of `chunk_bytes`.
fn events(stream: &[u8], chunk_bytes: usize) -> Vec<Event> {
    let mut decoder = Decoder::new();
    let mut reader = chat::StreamReader::default();
    let mut events = Vec::new();
    for chunk in stream.chunks(chunk_bytes.max(1)) {
        decoder.push(chunk);
        while let Some(frame) = decoder.next() {
            reader.frame(&frame.expect("the stream is well-formed"), &mut events);
        }
    }
    if let Some(frame) = decoder.end() {
        reader.frame(&frame.expect("the stream is well-formed"), &mut events);
    }
    reader.end(&mut events);
    events
}

/// A stream of these chunks, each an event of its own.
fn stream(chunks: &[Value]) -> Vec<u8> {
    chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect::<String>().into_bytes()
}

/// Events, one a line.
fn lines(events: &[Event]) -> String {
    let mut lines = String::new();
    for event in events {
        let _ = match event {
            Event::Start { id, model, created } => {
                writeln!(lines, "start {id:?} {model:?} {created}")
            }
            Event::Open { part, opening } => match opening {
                Opening::Text => writeln!(lines, "{part} text"),
                Opening::Thinking => writeln!(lines, "{part} thinking"),
                Opening::Refusal => writeln!(lines, "{part} refusal"),
                Opening::Call { id, name, kind } => writeln!(lines, "{part} {kind:?} {id} {name}"),
                Opening::Native { dialect, value } => {
                    writeln!(lines, "{part} native {dialect} {value}")
                }
            },
            Event::Delta { part, delta } => match delta {
                Delta::Text(text) | Delta::Arguments(text) => writeln!(lines, "{part} + {text:?}"),
                Delta::Seal(seal) => writeln!(lines, "{part} {seal:?}"),
                Delta::Citation { dialect, value } => {
                    writeln!(lines, "{part} cites {dialect} {value}")
                }
                Delta::Native(value) => writeln!(lines, "{part} + {value}"),
            },
            Event::Close { part } => writeln!(lines, "{part} closed"),
            Event::Usage(usage) => writeln!(lines, "{usage:?}"),
            Event::ServiceTier(tier) => writeln!(lines, "tier {tier}"),
            Event::Ping => writeln!(lines, "ping"),
            Event::Finish(finish) => writeln!(lines, "finish {finish:?}"),
            Event::End => writeln!(lines, "end"),
            Event::Failed(error) => {
                writeln!(lines, "failed {:?} {:?}: {}", error.kind, error.code, error.message)
            }
        };
    }
    lines
}
