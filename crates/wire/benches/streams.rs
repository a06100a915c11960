//! A streamed reply of 100 content chunks from one dialect to another, one SSE event for each push.
//!
//! `cargo xtask bench pure` runs it; issue 3 §3 asks for 150 µs for each stream on one core. The events have the members and
//! lengths that the servers of OpenAI and Anthropic send, with ids of the real length and words for tokens.

#![forbid(unsafe_code)]

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use ironbridge_wire::{Dialect, Memo, Step, StreamTranslator};
use serde_json::json;

const CHUNKS: usize = 100;

/// The words of a reply come round and round; with a line break and a quote, which JSON escapes.
const WORDS: [&str; 12] = [
    "The",
    " borrow",
    " checker",
    " says",
    ":",
    "\n\n",
    "`x`",
    " does",
    " not",
    " live",
    " \"long",
    " enough\"",
];

const DIRECTIONS: [Direction; 9] = [
    Direction(Dialect::Chat, Dialect::Messages),
    Direction(Dialect::Chat, Dialect::Responses),
    Direction(Dialect::Messages, Dialect::Chat),
    Direction(Dialect::Messages, Dialect::Responses),
    Direction(Dialect::Responses, Dialect::Chat),
    Direction(Dialect::Responses, Dialect::Messages),
    Direction(Dialect::Chat, Dialect::Chat),
    Direction(Dialect::Messages, Dialect::Messages),
    Direction(Dialect::Responses, Dialect::Responses),
];

#[derive(Clone, Copy)]
struct Direction(Dialect, Dialect);

impl std::fmt::Display for Direction {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} to {}", self.0, self.1)
    }
}

fn main() {
    divan::main();
}

#[divan::bench(args = DIRECTIONS)]
fn hundred_chunks(bencher: Bencher, Direction(from, to): Direction) {
    let events = events(from);
    let bytes: usize = events.iter().map(String::len).sum();
    let translate = || {
        let mut translator = StreamTranslator::new(from, to, Memo::default());
        let mut sent = 0;
        let mut step = Step::default();
        for event in &events {
            step.body.clear();
            translator.push(event.as_bytes(), &mut step);
            sent += usize::from(!step.body.is_empty());
        }
        translator.end(&mut step);
        (sent, translator, step)
    };
    let (sent, translator, step) = translate();
    assert!(sent >= CHUNKS, "each chunk is sent on as it comes");
    assert!(translator.tally().ended && !step.last.is_empty(), "the reply comes whole");
    assert_eq!(translator.changes().header(), "0; ");
    bencher.counter(BytesCount::new(bytes)).counter(ItemsCount::new(CHUNKS)).bench_local(translate);
}

fn events(dialect: Dialect) -> Vec<String> {
    let words = WORDS.into_iter().cycle().take(CHUNKS);
    match dialect {
        Dialect::Chat => chat(words),
        Dialect::Messages => messages(words),
        Dialect::Responses => responses(words),
    }
}

/// As api.openai.com sends chat chunks: with the tier, the fingerprint, empty members and the padding in each.
fn chat(words: impl Iterator<Item = &'static str>) -> Vec<String> {
    let chunk = |delta: serde_json::Value, finish: Option<&str>| {
        let chunk = json!({
            "id": "chatcmpl-CfNxmTNTHYWoCiO2wQLdNBxzpqkEs",
            "object": "chat.completion.chunk",
            "created": 1_763_712_000,
            "model": "gpt-4o-2024-08-06",
            "service_tier": "default",
            "system_fingerprint": "fp_cbf1785567",
            "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}],
            "usage": null,
            "obfuscation": "8kQ2vW7",
        });
        format!("data: {chunk}\n\n")
    };
    let mut events =
        vec![chunk(json!({"role": "assistant", "content": "", "refusal": null}), None)];
    events.extend(words.map(|word| chunk(json!({"content": word}), None)));
    events.push(chunk(json!({}), Some("stop")));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

/// As api.anthropic.com sends them.
fn messages(words: impl Iterator<Item = &'static str>) -> Vec<String> {
    let event = |data: serde_json::Value| {
        format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or_default())
    };
    let usage = json!({
        "input_tokens": 21, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        "output_tokens": 1, "service_tier": "standard",
    });
    let mut events = vec![
        event(json!({"type": "message_start", "message": {
            "model": "claude-sonnet-4-5-20250929", "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
            "type": "message", "role": "assistant", "content": [], "stop_reason": null,
            "stop_sequence": null, "usage": usage,
        }})),
        event(json!({"type": "content_block_start", "index": 0,
            "content_block": {"type": "text", "text": ""}})),
        event(json!({"type": "ping"})),
    ];
    events.extend(words.map(|word| {
        event(json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "text_delta", "text": word}}))
    }));
    events.push(event(json!({"type": "content_block_stop", "index": 0})));
    events.push(event(json!({"type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": 100}})));
    events.push(event(json!({"type": "message_stop"})));
    events
}

/// As api.openai.com sends response events: the padding in each delta, the whole text three times at the end.
fn responses(words: impl Iterator<Item = &'static str> + Clone) -> Vec<String> {
    const ITEM: &str = "msg_68f1c5a2b7e48190a2f3c1d0e9b8a7c60d4e5f6a7b8c9d0e";
    let text: String = words.clone().collect();
    let part = |text: &str| json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text});
    let item = |status: &str, content: serde_json::Value| {
        json!({"id": ITEM, "type": "message", "status": status, "content": content,
            "role": "assistant"})
    };
    let response = |status: &str, output: serde_json::Value, usage: serde_json::Value| {
        json!({
            "id": "resp_68f1c5a1e2d08190b4a5c6d7e8f90a1b0d4e5f6a7b8c9d0e", "object": "response",
            "created_at": 1_763_712_000, "status": status, "background": false, "error": null,
            "incomplete_details": null, "instructions": null, "max_output_tokens": null,
            "max_tool_calls": null, "model": "gpt-4o-2024-08-06", "output": output,
            "parallel_tool_calls": true, "previous_response_id": null, "prompt_cache_key": null,
            "reasoning": {"effort": null, "summary": null}, "safety_identifier": null,
            "service_tier": "default", "store": true, "temperature": 1.0,
            "text": {"format": {"type": "text"}, "verbosity": "medium"}, "tool_choice": "auto",
            "tools": [], "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled",
            "usage": usage, "user": null, "metadata": {},
        })
    };
    let begun = |status: &str| response(status, json!([]), json!(null));
    let delta = |word: &str| {
        json!({"type": "response.output_text.delta", "item_id": ITEM, "output_index": 0,
            "content_index": 0, "delta": word, "logprobs": [], "obfuscation": "8kQ2vW7qL1"})
    };
    let usage = json!({"input_tokens": 21, "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 101, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 122});
    let whole = item("completed", json!([part(&text)]));
    let mut events = vec![
        json!({"type": "response.created", "response": begun("in_progress")}),
        json!({"type": "response.in_progress", "response": begun("in_progress")}),
        json!({"type": "response.output_item.added", "output_index": 0,
            "item": item("in_progress", json!([]))}),
        json!({"type": "response.content_part.added", "item_id": ITEM, "output_index": 0,
            "content_index": 0, "part": part("")}),
    ];
    events.extend(words.map(delta));
    events.extend([
        json!({"type": "response.output_text.done", "item_id": ITEM, "output_index": 0,
            "content_index": 0, "text": text, "logprobs": []}),
        json!({"type": "response.content_part.done", "item_id": ITEM, "output_index": 0,
            "content_index": 0, "part": part(&text)}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": whole}),
        json!({"type": "response.completed",
            "response": response("completed", json!([whole]), usage)}),
    ]);
    let framed = |(number, mut event): (usize, serde_json::Value)| {
        event["sequence_number"] = json!(number);
        format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
    };
    events.into_iter().enumerate().map(framed).collect()
}
