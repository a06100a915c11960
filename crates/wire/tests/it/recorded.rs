//! The recorded streams of real servers, through every way. What they said is taken from their raw JSON by
//! [`crate::outcome`], never through the crate.

use crate::outcome::{Outcome, events, payloads};
use crate::well_formed;
use ironbridge_wire::{Carried, Changes, Dialect, Memo, Step, StreamTranslator, sse};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

struct Recording {
    name: String,
    /// The stream as the server would send it.
    bytes: Vec<u8>,
}

/// The recordings of a dialect; none, and a line that says so, where the folder is absent.
fn recordings(dialect: Dialect) -> Vec<Recording> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recorded").join(dialect.name());
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is absent", folder.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 10, "the folder holds the recordings");
    files.iter().flat_map(|file| recordings_in(file, dialect)).collect()
}

/// The streams of a file; some hold a whole conversation, one reply after another.
fn recordings_in(file: &Path, dialect: Dialect) -> Vec<Recording> {
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    if file.extension().is_some_and(|extension| extension == "sse") {
        return vec![Recording { name, bytes: text.into_bytes() }];
    }
    let mut found: Vec<Recording> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let payload: Value = serde_json::from_str(line).unwrap();
        let event = payload["type"].as_str().filter(|_| dialect != Dialect::Chat);
        let begins = matches!(event, Some("message_start" | "response.created"));
        if begins || found.is_empty() {
            let name = format!("{name}, stream {}", found.len());
            found.push(Recording { name, bytes: Vec::new() });
        }
        sse::write(event, line, &mut found.last_mut().unwrap().bytes);
    }
    if let (Dialect::Chat, Some(last)) = (dialect, found.last_mut()) {
        sse::write(None, "[DONE]", &mut last.bytes);
    }
    found
}

/// What a client of `to` gets when the stream comes in `chunks`.
fn translate<'c>(
    from: Dialect,
    to: Dialect,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> (Vec<u8>, Changes) {
    let mut translator = StreamTranslator::new(from, to, Memo::new(true));
    let mut step = Step::default();
    for chunk in chunks {
        translator.push(chunk, &mut step);
    }
    translator.end(&mut step);
    assert!(translator.is_over());
    step.body.append(&mut step.last);
    (step.body, translator.changes().clone())
}

fn others(dialect: Dialect) -> impl Iterator<Item = Dialect> {
    Dialect::ALL.into_iter().filter(move |to| *to != dialect)
}

fn passes_unchanged(dialect: Dialect) {
    for Recording { name, bytes } in recordings(dialect) {
        let (sent, changes) = translate(dialect, dialect, [bytes.as_slice()]);
        assert!(sent == bytes, "{name} is passed through byte for byte");
        assert!(changes.is_empty(), "{name}: {changes:?}");
    }
}

#[test]
fn chat_passes_unchanged() {
    passes_unchanged(Dialect::Chat);
}

#[test]
fn responses_passes_unchanged() {
    passes_unchanged(Dialect::Responses);
}

#[test]
fn messages_passes_unchanged() {
    passes_unchanged(Dialect::Messages);
}

fn translates(dialect: Dialect) {
    for recording in recordings(dialect) {
        let said = Outcome::of(dialect, &payloads(&events(&recording.bytes)));
        for to in others(dialect) {
            let (sent, changes) = translate(dialect, to, [recording.bytes.as_slice()]);
            let arrived = Outcome::of(to, &payloads(&well_formed::check(to, &sent)));
            let name = format!("{} to {to}", recording.name);
            compare(&name, to, &said, &arrived);
            let lost = said.native.len().saturating_sub(arrived.native.len());
            let noted = changes.iter().filter(|change| change.carried == Carried::Dropped).count();
            assert!(noted >= lost, "{name}: {:?} lost, {changes:?} noted", said.native);
        }
    }
}

/// Texts of several blocks are joined by blank lines where the other dialect has one text.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn compare(name: &str, to: Dialect, said: &Outcome, arrived: &Outcome) {
    if let Some(error) = &said.failed {
        let failed = arrived.failed.as_deref().unwrap_or_default();
        assert!(failed.contains(error.as_str()), "{name}: {error} arrives as {failed}");
        return;
    }
    assert_eq!(arrived.failed, None, "{name}");
    if said.texts.len() == 1 {
        assert_eq!(arrived.texts, said.texts, "{name}");
    }
    assert_eq!(squeezed(&arrived.text()), squeezed(&said.text()), "{name}");
    assert_eq!(squeezed(&arrived.thinking), squeezed(&said.thinking), "{name}");
    assert_eq!(arrived.stop, said.stop, "{name}");
    let seals = arrived.seals.concat();
    for seal in said.seals.iter().filter(|seal| !seal.is_empty()) {
        assert!(seals.contains(seal.as_str()), "{name}: a seal is lost");
    }
    assert_eq!(arrived.calls.len(), said.calls.len(), "{name}");
    for (arrived, said) in arrived.calls.iter().zip(&said.calls) {
        assert_eq!(arrived.name, said.name, "{name}");
        if !said.id.is_empty() {
            assert_eq!(arrived.id, said.id, "{name}");
        }
        let as_function = said.custom && to == Dialect::Messages;
        let value = if as_function { json!({"input": said.value()}) } else { said.value() };
        assert_eq!(arrived.value(), value, "{name}");
    }
    if let Some(usage) = said.usage {
        assert_eq!(arrived.usage, Some(usage), "{name}");
    }
}

#[test]
fn chat_translates() {
    translates(Dialect::Chat);
}

#[test]
fn responses_translates() {
    translates(Dialect::Responses);
}

#[test]
fn messages_translates() {
    translates(Dialect::Messages);
}

/// A stream of seeded numbers (Knuth's MMIX constants).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

fn cuts_change_nothing(dialect: Dialect) {
    /// Streams up to this size are cut at every offset, larger ones at seeded offsets.
    const EVERY_OFFSET_BYTES_MAX: usize = 4096;
    /// How far the cuts of one run lie apart; as many runs have a cut at every offset between them.
    const STRIDE: usize = 64;
    for Recording { name, bytes } in recordings(dialect) {
        for to in Dialect::ALL {
            let (whole, changes) = translate(dialect, to, [bytes.as_slice()]);
            let check = |cut: (Vec<u8>, Changes), at: &str| {
                assert!(cut.0 == whole, "{name} to {to}, {at}: the bytes differ");
                assert_eq!(cut.1, changes, "{name} to {to}, {at}");
            };
            check(translate(dialect, to, bytes.chunks(1)), "byte by byte");
            if bytes.len() <= EVERY_OFFSET_BYTES_MAX {
                for first in 0..STRIDE.min(bytes.len()) {
                    let (head, tail) = bytes.split_at(first);
                    let chunks = std::iter::once(head).chain(tail.chunks(STRIDE));
                    check(translate(dialect, to, chunks), &format!("cut from {first} on"));
                }
            }
            let mut seeded = Seeded(1);
            let mut chunks = Vec::new();
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (head, tail) = rest.split_at(1 + seeded.below(700.min(rest.len())));
                chunks.push(head);
                rest = tail;
            }
            check(translate(dialect, to, chunks), "in seeded chunks");
        }
    }
}

#[test]
fn chat_in_any_chunks() {
    cuts_change_nothing(Dialect::Chat);
}

#[test]
fn responses_in_any_chunks() {
    cuts_change_nothing(Dialect::Responses);
}

#[test]
fn messages_in_any_chunks() {
    cuts_change_nothing(Dialect::Messages);
}
