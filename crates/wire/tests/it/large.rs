//! Large inputs: what they cost grows with their size and is bounded. No times are asserted; a step that grew with the
//! square of its input would make these tests run into nextest's limit.

use ironbridge_wire::{
    Dialect, Memo, REPLY_BYTES_MAX, Step, StreamTranslator, Target, sse, translate_request,
};
use serde_json::{Value, json};

use crate::outcome::{Outcome, events, payloads};

fn chunk(delta: &Value) -> String {
    json!({"id": "1", "created": 7, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
    .to_string()
}

fn finish(reason: &str) -> String {
    json!({"id": "1", "created": 7, "model": "m",
        "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    .to_string()
}

fn translate(payloads: impl Iterator<Item = String>, to: Dialect) -> (Vec<u8>, Option<String>) {
    let mut translator = StreamTranslator::new(Dialect::Chat, to, Memo::new(true));
    let mut step = Step::default();
    let mut frame = Vec::new();
    for payload in payloads {
        frame.clear();
        sse::write(None, &payload, &mut frame);
        translator.push(&frame, &mut step);
    }
    translator.end(&mut step);
    step.body.append(&mut step.last);
    (step.body, translator.tally().failed.as_ref().map(|error| error.message.clone()))
}

#[test]
fn ten_thousand_small_deltas() {
    const DELTAS: usize = 10_000;
    for to in [Dialect::Responses, Dialect::Messages] {
        let text = (0..DELTAS).map(|_| chunk(&json!({"content": "ab "})));
        let (sent, failed) = translate(text.chain([finish("stop")]), to);
        assert_eq!(failed, None);
        let outcome = Outcome::of(to, &payloads(&events(&sent)));
        assert_eq!(outcome.texts, ["ab ".repeat(DELTAS)]);
    }
}

#[test]
fn ten_thousand_interleaved_argument_deltas() {
    const DELTAS: usize = 10_000;
    const CALLS: usize = 4;
    let opened = (0..CALLS).map(|index| {
        chunk(&json!({"tool_calls": [{"index": index, "id": format!("call_{index}"),
            "type": "function", "function": {"name": "f", "arguments": "["}}]}))
    });
    let grown = (0..DELTAS).map(|number| {
        chunk(&json!({"tool_calls": [{"index": number % CALLS,
            "function": {"arguments": "1,"}}]}))
    });
    let closed = (0..CALLS).map(|index| {
        chunk(&json!({"tool_calls": [{"index": index, "function": {"arguments": "1]"}}]}))
    });
    let all: Vec<String> =
        opened.chain(grown).chain(closed).chain([finish("tool_calls")]).collect();
    for to in [Dialect::Responses, Dialect::Messages] {
        let (sent, failed) = translate(all.iter().cloned(), to);
        assert_eq!(failed, None);
        let outcome = Outcome::of(to, &payloads(&events(&sent)));
        assert_eq!(outcome.calls.len(), CALLS);
        for call in outcome.calls {
            assert_eq!(call.value().as_array().unwrap().len(), DELTAS / CALLS + 1);
        }
    }
}

#[test]
fn an_image_of_four_megabytes_and_a_history_of_thousands_of_turns() {
    const IMAGE_BYTES: usize = 4 * 1024 * 1024;
    const TURNS: usize = 2000;
    let data = "A".repeat(IMAGE_BYTES);
    let mut messages = vec![json!({"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{data}")}}]})];
    for number in 0..TURNS {
        let id = format!("call_{number}");
        messages.push(json!({"role": "assistant", "content": "Next.", "tool_calls": [
            {"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}}]}));
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": "done"}));
    }
    let request = json!({"model": "m", "max_tokens": 9, "messages": messages,
        "tools": [{"type": "function", "function": {"name": "f"}}]})
    .to_string();
    let sent = |to| {
        translate_request(request.as_bytes(), Dialect::Chat, to, &Target::default()).unwrap().body
    };
    let to_messages = sent(Dialect::Messages);
    assert_eq!(to_messages["messages"].as_array().unwrap().len(), 2 * TURNS + 1);
    let image = &to_messages["messages"][0]["content"][0]["source"]["data"];
    assert_eq!(image.as_str().map(str::len), Some(IMAGE_BYTES));
    let to_responses = sent(Dialect::Responses);
    assert_eq!(to_responses["input"].as_array().unwrap().len(), 3 * TURNS + 1);
}

#[test]
fn a_reply_without_end_is_cut_off() {
    let text = "x".repeat(1024 * 1024);
    let payload = chunk(&json!({"content": text}));
    let pieces = REPLY_BYTES_MAX / text.len() + 1;
    let (sent, failed) = translate((0..pieces).map(|_| payload.clone()), Dialect::Chat);
    assert_eq!(failed.as_deref(), Some("the upstream's reply is over 67108864 bytes"));
    assert!(sent.len() < REPLY_BYTES_MAX + 2 * text.len());
}
