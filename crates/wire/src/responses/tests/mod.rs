//! The dialect by examples: what is read from each document and stream, and what is written of each neutral one.

#![expect(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")]

mod chunks;
mod recorded;
mod replies;
mod requests_read;
mod requests_written;
mod settings_written;
mod streams_read;
mod streams_written;

use super::{StreamReader, StreamWriter};
use crate::changes::Changes;
use crate::event::Event;
use crate::part::Part;
use crate::sse::Decoder;
use crate::stream::{ReadStream, WriteStream};
use serde_json::Value;
use std::fmt::Write as _;

/// One line per change.
fn show_changes(changes: &Changes) -> String {
    let mut lines = String::new();
    for change in changes {
        let _ = writeln!(lines, "! {} {}: {}", change.carried.name(), change.path, change.why);
    }
    lines
}

/// One line per part: where it stood and what it is.
fn show_parts(parts: &[Part]) -> String {
    let mut lines = String::new();
    for Part { body, cache, at } in parts {
        let _ = write!(lines, "  {at} {body:?}");
        let _ = match cache {
            Some(cache) => writeln!(lines, " cache {cache}"),
            None => writeln!(lines),
        };
    }
    lines
}

/// One line per member of an object, in order.
fn show_members(value: &Value) -> String {
    let mut lines = String::new();
    for (key, value) in value.as_object().expect("an object") {
        let _ = writeln!(lines, "{key}: {value}");
    }
    lines
}

/// The events of a stream cut as `chunks` has it, to its end.
fn read_chunks<'c>(chunks: impl IntoIterator<Item = &'c [u8]>) -> Vec<Event> {
    let (mut decoder, mut reader, mut events) = (Decoder::new(), StreamReader::default(), vec![]);
    for chunk in chunks {
        decoder.push(chunk);
        while let Some(frame) = decoder.next() {
            reader.frame(&frame.expect("readable frames"), &mut events);
        }
    }
    if let Some(frame) = decoder.end() {
        reader.frame(&frame.expect("a readable frame"), &mut events);
    }
    reader.end(&mut events);
    events
}

/// The bytes of a stream of `events`, and what could not be said.
fn write_events(events: impl IntoIterator<Item = Event>) -> (Vec<u8>, Changes) {
    let (mut writer, mut changes, mut out) = (StreamWriter::default(), Changes::new(), Vec::new());
    for event in events {
        writer.event(event, &mut changes, &mut out);
    }
    (out, changes)
}

/// A stream whose events have these payloads, one per line.
fn stream_of(payloads: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for payload in payloads.lines().map(str::trim).filter(|line| !line.is_empty()) {
        crate::sse::write(None, payload, &mut bytes);
    }
    bytes
}
