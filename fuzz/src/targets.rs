//! What must hold for any input: nothing panics, any cut into chunks gives the same result, and what
//! is written for a dialect can be read as that dialect.

use ironbridge_wire::sse::{Decoder, SseError};
use ironbridge_wire::{
    Dialect, HEADER_BYTES_MAX, Memo, Problem, Step, StreamTranslator, Target, embeddings, json,
    read_count_tokens_request, read_request, translate_request,
};

/// One fuzz target: its name, which is its folder under `fuzz/corpus`, and its body.
pub type FuzzTarget = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[FuzzTarget] = &[
    ("sse_decode", sse_decode),
    ("request_chat", request_chat),
    ("request_responses", request_responses),
    ("request_messages", request_messages),
    ("request_count", request_count),
    ("request_embeddings", request_embeddings),
    ("stream_chat", stream_chat),
    ("stream_responses", stream_responses),
    ("stream_messages", stream_messages),
];

/// The SSE decoder.
pub fn sse_decode(data: &[u8]) {
    let whole = frames(data, data.len().max(1));
    let cut = frames(data, chunk_bytes(data));
    assert_eq!(whole.events, cut.events, "a cut changes the events");
    assert_eq!(whole.error, cut.error, "a cut changes the error");
    for read in [whole, cut] {
        if read.error.is_none() {
            assert_eq!(read.raw, data, "the frames' own bytes are the stream's");
        }
    }
}

/// Requests of chat completions, to each dialect.
pub fn request_chat(data: &[u8]) {
    request(data, Dialect::Chat);
}

/// Requests of responses, to each dialect.
pub fn request_responses(data: &[u8]) {
    request(data, Dialect::Responses);
}

/// Requests of messages, to each dialect.
pub fn request_messages(data: &[u8]) {
    request(data, Dialect::Messages);
}

/// Streams of chat completions, to each dialect.
pub fn stream_chat(data: &[u8]) {
    stream(data, Dialect::Chat);
}

/// Streams of responses, to each dialect.
pub fn stream_responses(data: &[u8]) {
    stream(data, Dialect::Responses);
}

/// Streams of messages, to each dialect.
pub fn stream_messages(data: &[u8]) {
    stream(data, Dialect::Messages);
}

/// A chunk size that differs from input to input, so that seeds are plain files without a header.
fn chunk_bytes(data: &[u8]) -> usize {
    data.len() % 7 + 1
}

#[derive(Default)]
struct Frames {
    /// (event, data) of every frame that has one of them.
    events: Vec<(Option<String>, Option<String>)>,
    raw: Vec<u8>,
    error: Option<SseError>,
}

fn frames(data: &[u8], chunk_bytes: usize) -> Frames {
    let mut read = Frames::default();
    let mut decoder = Decoder::new();
    for chunk in data.chunks(chunk_bytes) {
        decoder.push(chunk);
        while let Some(frame) = decoder.next() {
            if !read.take(frame) {
                return read;
            }
        }
    }
    if let Some(frame) = decoder.end() {
        read.take(frame);
    }
    read
}

impl Frames {
    /// False when the stream cannot be read further.
    fn take(&mut self, frame: Result<ironbridge_wire::sse::Frame<'_>, SseError>) -> bool {
        match frame {
            Ok(frame) => {
                self.raw.extend_from_slice(frame.raw);
                if frame.event.is_some() || frame.data.is_some() {
                    let data = frame.data.map(std::borrow::Cow::into_owned);
                    self.events.push((frame.event.map(str::to_owned), data));
                }
                true
            }
            Err(error) => {
                self.error = Some(error);
                false
            }
        }
    }
}

/// Requests to count tokens: what may be sent may be counted.
pub fn request_count(data: &[u8]) {
    let Ok(document) = json::parse(data) else { return };
    let counted = read_count_tokens_request(document.clone());
    if read_request(document, Dialect::Messages).is_ok() {
        counted.expect("a request that can be sent can be counted");
    }
}

/// Requests for embeddings.
pub fn request_embeddings(data: &[u8]) {
    let Ok(document) = json::parse(data) else { return };
    if let Err(invalid) = embeddings::read_request(document) {
        assert!(!invalid.problems.is_empty(), "refused without a reason");
    }
}

fn request(data: &[u8], from: Dialect) {
    if let Ok(members) = json::members(data) {
        assert_eq!(members.with(&[]), data, "setting nothing leaves the client's bytes");
    }
    // Towards the same dialect the client's bytes are sent, never what was written from the model.
    for to in Dialect::ALL.into_iter().filter(|to| *to != from) {
        let Ok(translated) = translate_request(data, from, to, &Target::default()) else {
            continue;
        };
        let header = translated.changes.header();
        assert!(header.is_ascii() && header.len() <= HEADER_BYTES_MAX, "{header}");
        let written = translated.body.to_string();
        let again = json::parse(written.as_bytes()).expect("what is written is strict JSON");
        // A request without anything to answer stays one: the upstream is the one to refuse it.
        let nothing_said = |problem: &Problem| problem.message.contains("at least one");
        if let Err(invalid) = read_request(again, to)
            && !invalid.problems.iter().all(nothing_said)
        {
            panic!("{from} to {to} wrote what {to} does not read: {invalid:?}\n{written}");
        }
    }
}

fn stream(data: &[u8], from: Dialect) {
    for to in Dialect::ALL {
        let (whole, failed) = translate(data, from, to, data.len().max(1));
        let (cut, cut_failed) = translate(data, from, to, chunk_bytes(data));
        assert_eq!(text(&whole), text(&cut), "{from} to {to}: a cut changes the bytes");
        assert_eq!(failed, cut_failed, "{from} to {to}: a cut changes the outcome");
        if from == to {
            if !failed {
                assert!(data.starts_with(&whole), "{from}: not passed through as it came");
            }
            continue;
        }
        let (_, failed_again) = translate(&whole, to, to, whole.len().max(1));
        assert_eq!(failed, failed_again, "{from} to {to} wrote\n{}", text(&whole));
    }
}

/// Everything sent to the client, and whether the stream failed.
fn translate(data: &[u8], from: Dialect, to: Dialect, chunk_bytes: usize) -> (Vec<u8>, bool) {
    let mut memo = Memo::default();
    memo.include_usage = true;
    let mut translator = StreamTranslator::new(from, to, memo);
    let mut sent = Step::default();
    for chunk in data.chunks(chunk_bytes) {
        translator.push(chunk, &mut sent);
    }
    translator.end(&mut sent);
    assert!(translator.is_over(), "{from} to {to}: an ended stream is over");
    let mut bytes = sent.body;
    bytes.extend_from_slice(&sent.last);
    (bytes, translator.tally().failed.is_some())
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
