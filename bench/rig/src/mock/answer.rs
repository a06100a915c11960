//! The texts of the mock's answers, in each dialect.

use std::time::Duration;

use crate::case::Dialect;

/// The answer to `GET /v1/models` and to every other GET.
pub(super) const MODELS: &str = r#"{"object":"list","data":[{"id":"mock","object":"model","created":1700000000,"owned_by":"mock"}]}"#;
/// The answer to a path that is not served.
pub(super) const NOT_FOUND: &str =
    r#"{"error":{"message":"no such path","type":"invalid_request_error"}}"#;
/// The answer to a body that cannot be read.
pub(super) const NOT_JSON: &str =
    r#"{"error":{"message":"the body is not JSON with a model","type":"invalid_request_error"}}"#;

/// How an answer is cut, by the model's name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    /// Chunks with text in a stream.
    pub(super) chunks: usize,
    /// The time between two of them.
    pub(super) pause: Duration,
    /// Bytes of a plain answer, roughly.
    pub(super) reply_bytes: usize,
}

impl Shape {
    /// Reads `mock-c100-d20-r1000`; what is not said is 100 chunks, no pause, 1,000 bytes.
    pub(super) fn of_model(model: &str) -> Self {
        let mut shape = Self { chunks: 100, pause: Duration::ZERO, reply_bytes: 1000 };
        for part in model.split('-').skip(1) {
            let Some((kind, Ok(number))) =
                part.split_at_checked(1).map(|(kind, digits)| (kind, digits.parse::<u32>()))
            else {
                continue;
            };
            match kind {
                "c" => shape.chunks = number as usize,
                "d" => shape.pause = Duration::from_millis(number.into()),
                "r" => shape.reply_bytes = number as usize,
                _ => {}
            }
        }
        shape
    }
}

/// The frames of a stream.
#[derive(Debug)]
pub(super) struct Frames {
    /// Sent first, one by one.
    pub(super) opening: Vec<String>,
    /// What stands before a chunk's text. It is followed by a mark.
    pub(super) chunk_head: String,
    /// What stands after it.
    pub(super) chunk_tail: &'static str,
    /// How many chunks there are.
    pub(super) chunks: usize,
    /// Sent last, one by one.
    pub(super) closing: Vec<String>,
}

/// A plain answer.
pub(super) fn plain(dialect: Dialect, model: &str, bytes: usize) -> String {
    let text = "lorem ".repeat(bytes.saturating_sub(280) / 6 + 1);
    match dialect {
        Dialect::Chat => format!(
            r#"{{"id":"chatcmpl-mock","object":"chat.completion","created":1700000000,"model":"{model}","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}}}}"#
        ),
        Dialect::Messages => format!(
            r#"{{"id":"msg_mock","type":"message","role":"assistant","model":"{model}","content":[{{"type":"text","text":"{text}"}}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":12,"output_tokens":34}}}}"#
        ),
    }
}

/// A stream of `chunks` chunks.
pub(super) fn stream(dialect: Dialect, model: &str, chunks: usize) -> Frames {
    match dialect {
        Dialect::Chat => chat_stream(model, chunks),
        Dialect::Messages => messages_stream(model, chunks),
    }
}

fn chat_stream(model: &str, chunks: usize) -> Frames {
    let head = format!(
        r#"data: {{"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1700000000,"model":"{model}","choices":["#
    );
    let choice = |delta: &str, finish: &str| {
        format!(r#"{head}{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#) + "\n\n"
    };
    let usage = format!(
        r#"{head}],"usage":{{"prompt_tokens":12,"completion_tokens":{chunks},"total_tokens":{}}}}}"#,
        chunks + 12
    ) + "\n\n";
    Frames {
        opening: vec![choice(r#"{"role":"assistant","content":""}"#, "null")],
        chunk_head: format!(r#"{head}{{"index":0,"delta":{{"content":""#),
        chunk_tail: concat!(r#" lorem ipsum "},"finish_reason":null}]}"#, "\n\n"),
        chunks,
        closing: vec![choice("{}", r#""stop""#), usage, "data: [DONE]\n\n".to_owned()],
    }
}

fn messages_stream(model: &str, chunks: usize) -> Frames {
    let event = |name: &str, members: &str| {
        format!(r#"event: {name}"#)
            + "\n"
            + &format!(r#"data: {{"type":"{name}"{members}}}"#)
            + "\n\n"
    };
    Frames {
        opening: vec![
            event(
                "message_start",
                &format!(
                    r#","message":{{"id":"msg_mock","type":"message","role":"assistant","model":"{model}","content":[],"stop_reason":null,"stop_sequence":null,"usage":{{"input_tokens":12,"output_tokens":1}}}}"#
                ),
            ),
            event("content_block_start", r#","index":0,"content_block":{"type":"text","text":""}"#),
        ],
        chunk_head: "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"".to_owned(),
        chunk_tail: " lorem ipsum \"}}\n\n",
        chunks,
        closing: vec![
            event("content_block_stop", r#","index":0"#),
            event(
                "message_delta",
                &format!(
                    r#","delta":{{"stop_reason":"end_turn","stop_sequence":null}},"usage":{{"output_tokens":{chunks}}}"#
                ),
            ),
            event("message_stop", ""),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_name_says_the_shape() {
        let shape = |chunks, pause, reply_bytes| Shape {
            chunks,
            pause: Duration::from_millis(pause),
            reply_bytes,
        };
        assert_eq!(Shape::of_model("mock"), shape(100, 0, 1000));
        assert_eq!(Shape::of_model("mock-c64-d20-r5"), shape(64, 20, 5));
        assert_eq!(Shape::of_model("mock-x-é-c"), shape(100, 0, 1000));
    }

    #[test]
    fn every_frame_holds_json() {
        for dialect in [Dialect::Chat, Dialect::Messages] {
            let plain = plain(dialect, "mock", 1000);
            serde_json::from_str::<serde_json::Value>(&plain).unwrap();
            let frames = stream(dialect, "mock", 3);
            let chunk = format!("{}@0;{}", frames.chunk_head, frames.chunk_tail);
            for frame in frames.opening.iter().chain([&chunk]).chain(&frames.closing) {
                assert!(frame.ends_with("\n\n"), "{frame}");
                let data = frame.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
                if data != "[DONE]" {
                    serde_json::from_str::<serde_json::Value>(data).unwrap();
                }
            }
        }
    }
}
