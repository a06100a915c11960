//! Reading a small request with every check: strict JSON, then each member's type and range.
//!
//! `cargo xtask bench pure` runs it; issue 3 §3 asks for 500,000 small validations a second on one core. What is read is
//! what translation and `validatePayload` read: no check is left out and the findings are collected.

#![forbid(unsafe_code)]

use divan::Bencher;
use divan::counter::ItemsCount;
use ironbridge_wire::{Dialect, json, read_request};

const DIALECTS: [Dialect; 3] = [Dialect::Chat, Dialect::Responses, Dialect::Messages];

fn main() {
    divan::main();
}

/// The least that each dialect's own documentation sends.
#[divan::bench(args = DIALECTS)]
fn smallest(bencher: Bencher, dialect: Dialect) {
    let body = match dialect {
        Dialect::Chat => r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello!"}]}"#,
        Dialect::Responses => r#"{"model":"gpt-4o","input":"Hello!"}"#,
        Dialect::Messages => {
            r#"{"model":"claude-sonnet-4-5","max_tokens":1024,"messages":[{"role":"user","content":"Hello!"}]}"#
        }
    };
    bench(bencher, dialect, body, 0);
}

/// What a chat window sends: a system text, a few turns, sampling, a stream.
#[divan::bench(args = DIALECTS)]
fn four_turns(bencher: Bencher, dialect: Dialect) {
    let turns = r#"{"role":"user","content":"What is the capital of France?"},{"role":"assistant","content":"Paris."},{"role":"user","content":"And of Italy?"}"#;
    let body = match dialect {
        Dialect::Chat => format!(
            r#"{{"model":"gpt-4o","messages":[{{"role":"system","content":"You are a helpful assistant."}},{turns}],"temperature":0.7,"max_tokens":256,"stream":true,"stream_options":{{"include_usage":true}}}}"#
        ),
        Dialect::Responses => format!(
            r#"{{"model":"gpt-4o","instructions":"You are a helpful assistant.","input":[{turns}],"temperature":0.7,"max_output_tokens":256,"stream":true}}"#
        ),
        Dialect::Messages => format!(
            r#"{{"model":"claude-sonnet-4-5","system":"You are a helpful assistant.","messages":[{turns}],"temperature":0.7,"max_tokens":256,"stream":true}}"#
        ),
    };
    bench(bencher, dialect, &body, 0);
}

/// Three mistakes, each found and told with its pointer.
#[divan::bench(args = DIALECTS)]
fn three_mistakes(bencher: Bencher, dialect: Dialect) {
    let body = match dialect {
        Dialect::Chat | Dialect::Messages => {
            r#"{"model":7,"max_tokens":1024,"messages":[{"role":"user","content":"Hello!"}],"temperature":9,"stream":"yes"}"#
        }
        Dialect::Responses => r#"{"model":7,"input":"Hello!","temperature":9,"stream":"yes"}"#,
    };
    bench(bencher, dialect, body, 3);
}

fn bench(bencher: Bencher, dialect: Dialect, body: &str, mistakes: usize) {
    let read = || json::parse(body.as_bytes()).and_then(|document| read_request(document, dialect));
    let found = read().map_or_else(|invalid| invalid.problems.len(), |_| 0);
    assert_eq!(found, mistakes, "{:?}", read());
    bencher.counter(ItemsCount::new(1_usize)).bench_local(read);
}
