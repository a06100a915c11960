//! One id, model and time on all chunks; the role first; calls numbered from 0, each opened once with id and name; one
//! finish; then nothing but the usage and `[DONE]`. After an error there is no `[DONE]`.

use crate::outcome::Sent;
use serde_json::Value;

pub(super) fn check(sent: &[Sent]) {
    let Some((last, chunks)) = sent.split_last() else { panic!("nothing was sent") };
    assert!(sent.iter().all(|event| event.name.is_none()), "chat events have no names");
    let chunks: Vec<Value> = chunks.iter().map(|event| parse(&event.data)).collect();
    if last.data != "[DONE]" {
        let error = parse(&last.data);
        assert!(error["error"]["message"].is_string(), "the stream ends with neither: {error}");
        assert!(error["error"]["type"].is_string(), "an error has a type: {error}");
    }
    let Some(first) = chunks.first() else { return };
    assert_eq!(first["choices"][0]["delta"]["role"], "assistant", "the role comes first");
    let mut calls = 0;
    let mut finished = false;
    let mut over = false;
    for chunk in &chunks {
        assert_eq!(chunk["object"], "chat.completion.chunk");
        for key in ["id", "model", "created"] {
            assert_eq!(chunk[key], first[key], "{key} stays the same");
        }
        assert!(!over, "nothing follows the usage chunk: {chunk}");
        let choices = chunk["choices"].as_array().expect("choices are an array");
        let [choice] = choices.as_slice() else {
            assert!(choices.is_empty() && finished, "the usage chunk comes last: {chunk}");
            assert!(chunk["usage"]["total_tokens"].is_u64(), "and has a usage: {chunk}");
            over = true;
            continue;
        };
        assert!(!finished, "no choice follows the finish: {chunk}");
        assert_eq!(choice["index"], 0);
        assert!(choice["delta"].is_object());
        calls = check_calls(choice, calls);
        finished = choice["finish_reason"].is_string();
    }
    assert!(finished || last.data != "[DONE]", "a whole stream has a finish_reason");
}

fn check_calls(choice: &Value, mut calls: u64) -> u64 {
    for call in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
        let index = call["index"].as_u64().expect("a call has an index");
        if index == calls {
            calls += 1;
            let called = call.get("function").or_else(|| call.get("custom"));
            assert!(call["id"].as_str().is_some_and(|id| !id.is_empty()), "{call}");
            assert!(call["type"].is_string(), "{call}");
            assert!(called.is_some_and(|called| called["name"].is_string()), "{call}");
        } else {
            // Strict clients take a second id as a second call.
            assert!(index < calls && call.get("id").is_none(), "{call}");
        }
    }
    calls
}

fn parse(data: &str) -> Value {
    serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"))
}
