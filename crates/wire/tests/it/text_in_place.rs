//! Most events of a stream are pieces of text, and are read in place rather than as a tree: with the same outcome.
//!
//! A member that is there twice makes an event nothing that could be read in place, and says the same in a tree, where
//! the later counts. So each event is sent once as it is, and once with such a member.

use ironbridge_wire::{Dialect, Memo, Step, StreamTranslator};
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};

const DIALECTS: [Dialect; 3] = [Dialect::Chat, Dialect::Responses, Dialect::Messages];

/// What comes before the events at hand, a piece of text, and what ends the stream.
fn stream(dialect: Dialect) -> (Vec<Value>, Value, Vec<Value>) {
    match dialect {
        Dialect::Chat => {
            let text = json!({"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m",
                "service_tier": "default", "system_fingerprint": "fp", "usage": null, "obfuscation": "x",
                "choices": [{"index": 0, "delta": {"content": "a\n"}, "logprobs": null, "finish_reason": null}]});
            let end = json!({"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
            (vec![text.clone()], text, vec![end])
        }
        Dialect::Messages => {
            let start = json!({"type": "message_start", "message": {"id": "m1", "model": "m", "content": []}});
            let open = json!({"type": "content_block_start", "index": 0,
                "content_block": {"type": "text", "text": ""}});
            let text = json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "text_delta", "text": "a\n"}});
            let close = json!({"type": "content_block_stop", "index": 0});
            let finish = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}});
            (vec![start, open], text, vec![close, finish, json!({"type": "message_stop"})])
        }
        Dialect::Responses => {
            let start = json!({"type": "response.created", "response": {"id": "r1", "model": "m"}});
            let open = json!({"type": "response.output_item.added", "output_index": 0,
                "item": {"id": "i1", "type": "message", "content": []}});
            let text = json!({"type": "response.output_text.delta", "sequence_number": 4, "item_id": "i1",
                "output_index": 0, "content_index": 0, "delta": "a\n", "logprobs": [], "obfuscation": "x"});
            let end = json!({"type": "response.completed",
                "response": {"id": "r1", "status": "completed", "output": []}});
            (vec![start, open], text, vec![end])
        }
    }
}

/// A member that is changed, by its pointer, and what it becomes; `None` takes it away.
type Edit = (&'static str, Option<Value>);

fn edit() -> impl Strategy<Value = Edit> {
    let place = prop_oneof![
        Just("/new"),
        Just("/type"),
        Just("/object"),
        Just("/index"),
        Just("/delta"),
        Just("/delta/type"),
        Just("/delta/text"),
        Just("/delta/new"),
        Just("/item_id"),
        Just("/output_index"),
        Just("/content_index"),
        Just("/logprobs"),
        Just("/usage"),
        Just("/error"),
        Just("/service_tier"),
        Just("/choices/0/index"),
        Just("/choices/0/new"),
        Just("/choices/0/logprobs"),
        Just("/choices/0/finish_reason"),
        Just("/choices/0/delta/role"),
        Just("/choices/0/delta/content"),
        Just("/choices/0/delta/refusal"),
        Just("/choices/0/delta/reasoning"),
    ];
    let value = prop_oneof![
        Just(json!(null)),
        Just(json!("")),
        Just(json!("é\"\u{1}")),
        Just(json!("error")),
        Just(json!("stop")),
        Just(json!("thinking_delta")),
        Just(json!(0)),
        Just(json!(1)),
        Just(json!(-1.5)),
        Just(json!([])),
        Just(json!({"prompt_tokens": 3})),
        Just(json!({"type": "text_delta", "text": "b"})),
    ];
    (place, proptest::option::weighted(0.8, value))
}

fn edited(event: &Value, edits: &[Edit]) -> Value {
    let mut event = event.clone();
    for (place, value) in edits {
        let (parent, key) = place.rsplit_once('/').unwrap_or_default();
        let Some(Value::Object(members)) = event.pointer_mut(parent) else { continue };
        match value {
            Some(value) => members.insert(key.to_owned(), value.clone()),
            None => members.remove(key),
        };
    }
    event
}

/// The event as JSON, with its first member twice, `null` before.
fn with_a_member_twice(event: &Value) -> String {
    let first = event.as_object().and_then(|members| members.keys().next());
    let twice = |key: &String| event.to_string().replacen('{', &format!("{{\"{key}\":null,"), 1);
    first.map_or_else(|| event.to_string(), twice)
}

fn outcome(events: &[String], from: Dialect, to: Dialect) -> String {
    let mut translator = StreamTranslator::new(from, to, Memo::default());
    let mut step = Step::default();
    for event in events {
        translator.push(format!("data: {event}\n\n").as_bytes(), &mut step);
    }
    translator.end(&mut step);
    let (body, last) = (String::from_utf8_lossy(&step.body), String::from_utf8_lossy(&step.last));
    format!("{body}\n---\n{last}\n{:?}\n{:?}", translator.changes(), translator.tally())
}

proptest! {
    #[test]
    fn reading_in_place_changes_nothing(
        (from, to) in (0..3_usize, 1..3_usize),
        edits in proptest::collection::vec(proptest::collection::vec(edit(), 0..3), 1..5),
        named in any::<bool>(),
    ) {
        let (from, to) = (DIALECTS[from], DIALECTS[(from + to) % 3]);
        let (before, text, after) = stream(from);
        let pieces: Vec<Value> = edits.iter().map(|edits| edited(&text, edits)).collect();
        let framed = |write: fn(&Value) -> String| -> Vec<String> {
            let plain = |event: &Value| event.to_string();
            let name = |json: String, event: &Value| match event["type"].as_str() {
                // The name of the frame, as it would stand before the data.
                Some(kind) if named && !kind.contains(['\u{1}', '\n']) => format!("{json}\nevent: {kind}"),
                _ => json,
            };
            let pieces = pieces.iter().map(|event| name(write(event), event));
            before.iter().map(plain).chain(pieces).chain(after.iter().map(plain)).collect()
        };
        let in_place = outcome(&framed(Value::to_string), from, to);
        let as_tree = outcome(&framed(with_a_member_twice), from, to);
        prop_assert_eq!(in_place, as_tree);
    }
}
