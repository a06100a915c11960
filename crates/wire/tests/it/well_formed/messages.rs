//! Event names that equal the types; `message_start` first; blocks numbered from 0, one open at a time, each closed;
//! one `message_delta` with a reason, then `message_stop`. Or an `error`, and nothing after it.

use crate::outcome::Sent;
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Before,
    Between,
    Open,
    Finished,
    Over,
}

pub(super) fn check(sent: &[Sent]) {
    let mut phase = Phase::Before;
    let mut blocks = 0;
    let mut kind = String::new();
    for event in sent {
        let data: Value = serde_json::from_str(&event.data)
            .unwrap_or_else(|error| panic!("{error}: {}", event.data));
        let name = data["type"].as_str().expect("every event has a type");
        assert_eq!(event.name.as_deref(), Some(name), "the event's name is its type");
        assert_ne!(phase, Phase::Over, "nothing follows the end: {data}");
        phase = match (phase, name) {
            (phase, "ping") => phase,
            (_, "error") => {
                assert!(data["error"]["type"].is_string() && data["error"]["message"].is_string());
                Phase::Over
            }
            (Phase::Before, "message_start") => {
                check_start(&data["message"]);
                Phase::Between
            }
            (Phase::Between, "content_block_start") => {
                assert_eq!(data["index"], blocks, "{data}");
                blocks += 1;
                data["content_block"]["type"].as_str().expect("has a type").clone_into(&mut kind);
                Phase::Open
            }
            (Phase::Open, "content_block_delta") => {
                assert_eq!(data["index"], blocks - 1, "{data}");
                check_delta(&kind, &data["delta"]);
                Phase::Open
            }
            (Phase::Open, "content_block_stop") => {
                assert_eq!(data["index"], blocks - 1, "{data}");
                Phase::Between
            }
            (Phase::Between, "message_delta") => {
                assert!(data["delta"]["stop_reason"].is_string(), "{data}");
                assert!(data["usage"]["output_tokens"].is_u64(), "{data}");
                Phase::Finished
            }
            (Phase::Finished, "message_stop") => Phase::Over,
            (phase, name) => panic!("{name} comes in phase {phase:?}"),
        };
    }
    assert_eq!(phase, Phase::Over, "the stream has an end");
}

fn check_start(message: &Value) {
    for key in ["id", "model"] {
        assert!(message[key].is_string(), "{message}");
    }
    assert_eq!((&message["type"], &message["role"]), (&"message".into(), &"assistant".into()));
    assert_eq!(message["content"], Value::Array(Vec::new()));
    assert!(message["usage"]["input_tokens"].is_u64() && message["stop_reason"].is_null());
}

fn check_delta(kind: &str, delta: &Value) {
    let fits = match kind {
        "text" => &["text_delta", "citations_delta"][..],
        "thinking" => &["thinking_delta", "signature_delta"],
        "tool_use" => &["input_json_delta"],
        _ => return,
    };
    let name = delta["type"].as_str().expect("a delta has a type");
    assert!(fits.contains(&name), "{name} in a {kind} block");
}
