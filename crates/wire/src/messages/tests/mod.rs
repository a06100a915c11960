//! Tests of the dialect.

mod read_blocks;
mod read_request;
mod recorded;
mod replies;
mod round_trip;
mod streams_in;
mod streams_out;
mod write_conversation;
mod write_reasoning;
mod write_request;
mod write_tools;

use crate::changes::Changes;
use crate::event::{Delta, Event, Opening};
use crate::part::{Body, Call, CallKind, Media, Part, ToolResult};
use crate::pointer::{At, Pointer};
use crate::stream::ReadStream;
use serde_json::Value;
use std::fmt::Write as _;

/// One line for each change.
fn list(changes: &Changes) -> String {
    let mut lines = String::new();
    for change in changes {
        let _ = writeln!(lines, "{} `{}`: {}", change.carried.name(), change.path, change.why);
    }
    lines
}

/// JSON, and below it the changes.
fn shown(body: &Value, changes: &Changes) -> String {
    format!("{body}\n{}", list(changes))
}

/// One line for a part.
fn part_line(part: &Part) -> String {
    let body = match &part.body {
        Body::Text { text, citations: None } => format!("text {text:?}"),
        Body::Text { text, citations: Some(citations) } => {
            format!("text {text:?} citing {citations}")
        }
        Body::Image { source, detail } => format!("image {} {detail:?}", media(source)),
        Body::Document { source, title, context, citations } => {
            format!("document {} {title:?} {context:?} {citations:?}", media(source))
        }
        Body::Audio { format, .. } => format!("audio {format}"),
        Body::Thinking { text, seal } => format!("thinking {text:?} {seal:?}"),
        Body::Call(Call { id, name, arguments, kind }) => {
            let custom = if *kind == CallKind::Custom { " custom" } else { "" };
            format!("call {id} {name} {arguments}{custom}")
        }
        Body::Result(ToolResult { call_id, parts, is_error, kind: _ }) => {
            let parts: Vec<String> = parts.iter().map(part_line).collect();
            let error = if *is_error { " error" } else { "" };
            format!("result {call_id}{error} [{}]", parts.join("; "))
        }
        Body::Refusal(text) => format!("refusal {text:?}"),
        Body::Native { dialect, value } => format!("native {dialect} {value}"),
    };
    let cache = part.cache.as_ref().map_or(String::new(), |cache| format!(" cache {cache}"));
    format!("{body}{cache} @{}", part.at)
}

fn media(source: &Media) -> String {
    match source {
        Media::Base64 { mime, data } => format!("{mime} base64 {data}"),
        Media::Url(url) => format!("url {url}"),
        Media::File(id) => format!("file {id}"),
        Media::Text(text) => format!("text {text:?}"),
    }
}

/// One line for an event.
fn event_line(event: &Event) -> String {
    match event {
        Event::Start { id, model, created } => format!("start {id} {model} {created}"),
        Event::Open { part, opening } => match opening {
            Opening::Text => format!("{part} open text"),
            Opening::Thinking => format!("{part} open thinking"),
            Opening::Refusal => format!("{part} open refusal"),
            Opening::Call { id, name, kind } => format!("{part} open call {id} {name} {kind:?}"),
            Opening::Native { dialect, value } => format!("{part} open native {dialect} {value}"),
        },
        Event::Delta { part, delta } => match delta {
            Delta::Text(text) => format!("{part} text {text:?}"),
            Delta::Seal(seal) => format!("{part} seal {seal:?}"),
            Delta::Arguments(text) => format!("{part} arguments {text}"),
            Delta::Citation { dialect, value } => format!("{part} citation {dialect} {value}"),
            Delta::Native(value) => format!("{part} native {value}"),
        },
        Event::Close { part } => format!("{part} close"),
        Event::Usage(usage) => format!(
            "usage input {} read {:?} write {:?} 1h {:?} output {} reasoning {:?}",
            usage.input,
            usage.cache_read,
            usage.cache_write,
            usage.cache_write_1h,
            usage.output,
            usage.reasoning
        ),
        Event::ServiceTier(tier) => format!("tier {tier}"),
        Event::Ping => "ping".to_owned(),
        Event::Finish(finish) => format!("finish {finish:?}"),
        Event::End => "end".to_owned(),
        Event::Failed(error) => format!("failed {:?}: {error}", error.kind),
    }
}

/// The events of a stream that comes in `chunks`.
fn events_of<'c>(chunks: impl IntoIterator<Item = &'c [u8]>) -> Vec<Event> {
    let mut decoder = crate::sse::Decoder::new();
    let mut reader = super::StreamReader::default();
    let mut out = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        while let Some(frame) = decoder.next() {
            reader.frame(&frame.expect("readable"), &mut out);
        }
    }
    if let Some(frame) = decoder.end() {
        reader.frame(&frame.expect("readable"), &mut out);
    }
    reader.end(&mut out);
    let over = out.iter().position(|event| matches!(event, Event::End | Event::Failed(_)));
    assert_eq!(over, Some(out.len() - 1), "one end, and nothing after it");
    out
}

fn at(path: &str) -> Pointer {
    path.split('/').skip(1).fold(Pointer::root(), |at, key| at.key(key))
}

fn placed<T>(value: T, path: &str) -> At<T> {
    At { value, at: at(path) }
}

fn text(words: &str, path: &str) -> Part {
    Part::text(words, at(path))
}

fn part(body: Body, path: &str) -> Part {
    Part::new(body, at(path))
}
