//! Holds the cases of `fixtures/translation` against the code, every cell of `docs/reference/translation.md`.
//!
//! `UPDATE_EXPECT=1` writes what is found into the files; read the difference before committing it.

use crate::matrix::cases::{Case, DIALECTS, Kind, SECTIONS, Said, Section, directions, way};
use crate::matrix::{page, pretty};
use crate::outcome::{Outcome, payloads};
use crate::well_formed;
use ironbridge_wire::{
    Changes, Dialect, Memo, Step, StreamTranslator, Target, read_reply, read_request,
    translate_reply, translate_request,
};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

fn dialect(name: &str) -> Dialect {
    Dialect::by_name(name).expect("the columns are dialects")
}

/// The document that a case's members are set in.
fn base(kind: Kind, dialect: Dialect) -> Value {
    match (kind, dialect) {
        (Kind::Request, Dialect::Chat | Dialect::Messages) => json!({
            "model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}],
        }),
        (Kind::Request, Dialect::Responses) => {
            json!({"model": "m", "max_output_tokens": 100, "input": "Hi"})
        }
        (Kind::Reply, Dialect::Chat) => json!({
            "id": "1", "object": "chat.completion", "created": 7, "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Hi"}}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
        }),
        (Kind::Reply, Dialect::Responses) => json!({
            "id": "resp_1", "object": "response", "created_at": 7, "model": "m",
            "status": "completed",
            "output": [{"type": "message", "id": "msg_1", "role": "assistant",
                "status": "completed", "content": [{"type": "output_text", "text": "Hi",
                    "annotations": []}]}],
            "usage": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7},
        }),
        (Kind::Reply, Dialect::Messages) => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "content": [{"type": "text", "text": "Hi"}],
            "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": 5, "output_tokens": 2},
        }),
        (Kind::Stream, _) => Value::Null,
    }
}

/// `base` with the members of `said` in place of its own; `null` takes a member out.
fn with(base: &Value, said: &Value) -> Value {
    let mut document = base.as_object().cloned().unwrap_or_default();
    for (key, value) in said.as_object().expect("a case gives members") {
        document.insert(key.clone(), value.clone());
    }
    document.retain(|_, value| !value.is_null() || base.get("stop_sequence").is_some());
    Value::Object(document)
}

/// What of a translation a case brought about: the members that differ from those of the plain document.
fn difference(translated: &Value, plain: &Value) -> Value {
    let (Value::Object(translated), Value::Object(plain)) = (translated, plain) else {
        return translated.clone();
    };
    let mut differs = Map::new();
    for (key, value) in translated {
        if plain.get(key) != Some(value) {
            differs.insert(key.clone(), value.clone());
        }
    }
    for key in plain.keys().filter(|key| !translated.contains_key(*key)) {
        differs.insert(key.clone(), Value::Null);
    }
    Value::Object(differs)
}

fn noted(changes: &Changes) -> Vec<String> {
    let line = |change: &ironbridge_wire::Change| {
        format!("{} {}: {}", change.carried.name(), change.path, change.why)
    };
    changes.iter().map(line).collect()
}

fn observation(arrives: &Value, changes: &Changes) -> Value {
    let mut found = json!({ "arrives": arrives });
    if !changes.is_empty() {
        found["changes"] = noted(changes).into();
    }
    found
}

fn request(said: &Value, from: Dialect, to: Dialect, target: &Target) -> Value {
    let plain = base(Kind::Request, from);
    let translate =
        |document: &Value| translate_request(document.to_string().as_bytes(), from, to, target);
    let plain_sent = translate(&plain).expect("the plain request is translated").body;
    match translate(&with(&plain, said)) {
        Ok(translated) => {
            observation(&difference(&translated.body, &plain_sent), &translated.changes)
        }
        Err(invalid) => {
            let line = |problem: &ironbridge_wire::Problem| {
                format!("refused {}: {}", problem.path, problem.message)
            };
            json!({"refused": invalid.problems.iter().map(line).collect::<Vec<_>>()})
        }
    }
}

fn reply(said: &Value, from: Dialect, to: Dialect) -> Value {
    let plain = base(Kind::Reply, from);
    let memo = Memo::new(true);
    let translate =
        |document: &Value| translate_reply(document.to_string().as_bytes(), from, to, &memo);
    let plain_sent = translate(&plain).expect("the plain reply is translated").body;
    match translate(&with(&plain, said)) {
        Ok(translated) => {
            observation(&difference(&translated.body, &plain_sent), &translated.changes)
        }
        Err(error) => json!({"failed": error.message}),
    }
}

/// The bytes of a stream whose payloads a case lists; a text stands for itself.
fn stream_bytes(said: &Value, from: Dialect) -> Vec<u8> {
    let mut bytes = Vec::new();
    for payload in said.as_array().expect("a stream is a list of payloads") {
        let data = match payload {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let name = payload["type"].as_str().filter(|_| from != Dialect::Chat);
        ironbridge_wire::sse::write(name, &data, &mut bytes);
    }
    bytes
}

fn stream(said: &Value, from: Dialect, to: Dialect) -> Value {
    let mut translator = StreamTranslator::new(from, to, Memo::new(true));
    let mut step = Step::default();
    translator.push(&stream_bytes(said, from), &mut step);
    translator.end(&mut step);
    let mut sent = step.body;
    sent.append(&mut step.last);
    let events = well_formed::check(to, &sent);
    let outcome = Outcome::of(to, &payloads(&events));
    observation(&outcome.to_json(), translator.changes())
}

fn observe(kind: Kind, case: &Case, from: &str, to: &str, said: &Value) -> Value {
    let target = case.document.get("target").cloned().unwrap_or_default();
    let target = Target {
        output_tokens_max: target["output_tokens_max"].as_u64(),
        max_completion_tokens: target["max_completion_tokens"] == true,
        adaptive_thinking: target["adaptive_thinking"] == true,
        never_reasons: target["never_reasons"] == true,
    };
    let (from, to) = (dialect(from), dialect(to));
    match kind {
        Kind::Request => request(said, from, to, &target),
        Kind::Reply => reply(said, from, to),
        Kind::Stream => stream(said, from, to),
    }
}

/// The cases of a section with what is found in the place of what is expected.
fn found(section: &Section) -> Vec<Case> {
    let mut cases = section.cases();
    for case in &mut cases {
        let mut expected = Map::new();
        for (from, to) in directions() {
            if let Some(Said::As(said)) = case.said(from) {
                expected.insert(way(from, to), observe(section.kind, case, from, to, said));
            }
        }
        case.document.insert("expected".to_owned(), Value::Object(expected));
    }
    cases
}

fn check(file: &str) {
    let section = SECTIONS.iter().find(|section| section.file == file).expect("a section");
    let found = found(section);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let documents = found.into_iter().map(|case| Value::Object(case.document)).collect();
        std::fs::write(section.path(), pretty::file(&Value::Array(documents))).unwrap();
        return;
    }
    let mut wrong = Vec::new();
    for (case, found) in section.cases().iter().zip(&found) {
        for (from, to) in directions() {
            let (expected, found) = (case.expected(from, to), found.expected(from, to));
            if expected != found {
                let show = |value: Option<&Value>| value.map_or_else(String::new, pretty::file);
                wrong.push(format!(
                    "{}, {from} to {to}: expected\n{}found\n{}",
                    case.feature,
                    show(expected),
                    show(found)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conversation() {
    check("conversation");
}

#[test]
fn media() {
    check("media");
}

#[test]
fn tools() {
    check("tools");
}

#[test]
fn reasoning() {
    check("reasoning");
}

#[test]
fn settings() {
    check("settings");
}

#[test]
fn replies() {
    check("replies");
}

#[test]
fn streams() {
    check("streams");
}

/// What a feature loses is lost where the case says so, and nowhere is a cell without a case.
#[test]
fn every_cell_has_a_case() {
    let mut missing = Vec::new();
    let mut features = HashSet::new();
    for section in &SECTIONS {
        for case in section.cases() {
            let name = format!("{}: {}", section.title, case.feature);
            assert!(features.insert(name.clone()), "{name} stands twice");
            let said = DIALECTS.map(|dialect| case.said(dialect));
            assert!(said.iter().flatten().any(|said| matches!(said, Said::As(_))), "{name}: never");
            for (dialect, said) in DIALECTS.iter().zip(&said) {
                match said {
                    None => missing.push(format!("{name}, {dialect}: neither a case nor why not")),
                    Some(Said::Never(why)) => assert!(why.len() > 5, "{name}, {dialect}: {why}"),
                    Some(Said::As(_)) => {
                        let ways = directions().filter(|(from, _)| from == dialect);
                        let unsaid = ways.filter(|(from, to)| case.expected(from, to).is_none());
                        missing.extend(unsaid.map(|(from, to)| format!("{name}, {from} to {to}")));
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(!page::page().contains("no case"));
}

/// What an encoder writes its own dialect's decoder takes, and knows every member of it.
#[test]
fn what_is_written_can_be_read() {
    let mut read = 0;
    for section in SECTIONS.iter().filter(|section| section.kind != Kind::Stream) {
        for case in section.cases() {
            for (from, to) in directions() {
                let Some(Said::As(said)) = case.said(from) else { continue };
                let name = format!("{}, {from} to {to}", case.feature);
                let (from, to) = (dialect(from), dialect(to));
                let document = with(&base(section.kind, from), said).to_string();
                read += 1;
                match section.kind {
                    Kind::Request => {
                        let target = Target::default();
                        let sent = translate_request(document.as_bytes(), from, to, &target);
                        let Ok(sent) = sent else { continue };
                        let (_, unknown) = read_request(sent.body, to).expect(&name);
                        assert!(unknown.is_empty(), "{name}: {unknown:?}");
                    }
                    Kind::Reply => {
                        let memo = Memo::new(true);
                        let sent = translate_reply(document.as_bytes(), from, to, &memo);
                        let Ok(sent) = sent else { continue };
                        read_reply(sent.body, to).expect(&name);
                    }
                    // These are checked as they are observed.
                    Kind::Stream => {}
                }
            }
        }
    }
    assert!(read > 400, "{read} documents");
}

/// The files have the one form that the update writes, so that its differences show what changed and nothing else.
#[test]
fn the_files_are_in_their_form() {
    for section in &SECTIONS {
        let text = std::fs::read_to_string(section.path()).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(text == pretty::file(&value), "{}: UPDATE_EXPECT=1 mends it", section.file);
    }
}

/// A checkout may write CRLF; the page must not.
#[test]
fn the_page_is_the_same_each_time() {
    let page = page::page();
    assert_eq!(page, page::page());
    assert!(!page.contains('\r') && page.ends_with('\n') && !page.ends_with("\n\n"));
}
