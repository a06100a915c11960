//! A streamed reply put together again, as if it had come in one piece.

use crate::event::{Delta, Event, Opening};
use crate::part::{Body, Call, Part};
use crate::pointer::Pointer;
use crate::reply::Reply;
use serde_json::Value;

/// Gathers the events of one stream into a [`Reply`]: text with its citations, thinking with its seal, calls, blocks
/// that only one dialect has.
///
/// A stream that broke gives what came until then. What it holds is what the events hold, so whoever bounds the stream
/// ([`REPLY_BYTES_MAX`](crate::REPLY_BYTES_MAX)) bounds it. Not put back are deltas of a kind that is newer than the
/// reader, in a part that has a kind of its own.
#[derive(Debug, Default)]
pub struct Assembly {
    reply: Reply,
    /// The number that each part has in the stream.
    numbers: Vec<usize>,
    /// The JSON text of the native part that is open, for dialects that stream it.
    native_json: String,
}

impl Assembly {
    /// Takes one event.
    pub fn see(&mut self, event: &Event) {
        match event {
            Event::Start { id, model, created } => {
                self.reply.id.clone_from(id);
                self.reply.model.clone_from(model);
                self.reply.created = *created;
            }
            Event::Open { part, opening } => {
                self.numbers.push(*part);
                self.reply.parts.push(Part::new(opened(opening), Pointer::root()));
            }
            Event::Delta { part, delta } => {
                let position = self.numbers.iter().rposition(|number| number == part);
                if let Some(part) = position.and_then(|at| self.reply.parts.get_mut(at)) {
                    grow(&mut part.body, delta, &mut self.native_json);
                }
            }
            Event::Close { part } => self.close(*part),
            Event::Usage(usage) => self.reply.usage = Some(*usage),
            Event::ServiceTier(tier) => self.reply.service_tier = Some(tier.clone()),
            Event::Finish(finish) => self.reply.finish = finish.clone(),
            Event::Ping | Event::End | Event::Failed(_) => {}
        }
    }

    fn close(&mut self, part: usize) {
        let json = std::mem::take(&mut self.native_json);
        let position = self.numbers.iter().rposition(|number| *number == part);
        if let Some(part) = position.and_then(|at| self.reply.parts.get_mut(at))
            && let Body::Native { value, .. } = &mut part.body
            && let Ok(input) = serde_json::from_str::<Value>(&json)
        {
            value["input"] = input;
        }
    }

    /// What has come so far.
    #[must_use]
    pub fn into_reply(self) -> Reply {
        self.reply
    }
}

fn opened(opening: &Opening) -> Body {
    match opening {
        Opening::Text => Body::Text { text: String::new(), citations: None },
        Opening::Thinking => Body::Thinking { text: String::new(), seal: None },
        Opening::Refusal => Body::Refusal(String::new()),
        Opening::Call { id, name, kind } => Body::Call(Call {
            id: id.clone(),
            name: name.clone(),
            arguments: String::new(),
            kind: *kind,
        }),
        Opening::Native { dialect, value } => {
            Body::Native { dialect: *dialect, value: value.clone() }
        }
    }
}

fn grow(body: &mut Body, delta: &Delta, native_json: &mut String) {
    match (body, delta) {
        (
            Body::Text { text, .. } | Body::Thinking { text, .. } | Body::Refusal(text),
            Delta::Text(more),
        ) => text.push_str(more),
        (Body::Thinking { seal, .. }, Delta::Seal(found)) => *seal = Some(found.clone()),
        (Body::Call(call), Delta::Arguments(more)) => call.arguments.push_str(more),
        (Body::Text { citations, .. }, Delta::Citation { value, .. }) => {
            let citations = citations.get_or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = citations {
                list.push(value.clone());
            }
        }
        (Body::Native { value, .. }, Delta::Native(delta)) => {
            grow_native(value, delta, native_json);
        }
        _ => {}
    }
}

/// A native part grows by the members of its delta: texts are appended, lists made longer, all else replaced. JSON that
/// comes in pieces is put in at its end.
fn grow_native(value: &mut Value, delta: &Value, native_json: &mut String) {
    let (Value::Object(value), Value::Object(delta)) = (value, delta) else { return };
    for (key, more) in delta {
        match (key.as_str(), more, value.get_mut(key)) {
            ("type", ..) => {}
            ("partial_json", Value::String(more), _) => native_json.push_str(more),
            (_, Value::String(more), Some(Value::String(text))) => text.push_str(more),
            (_, Value::Array(more), Some(Value::Array(list))) => list.extend(more.iter().cloned()),
            _ => {
                value.insert(key.clone(), more.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Dialect, Memo, Step, StreamTranslator, read_reply, write_reply};
    use serde_json::{Value, json};

    /// Streams frames through the same dialect and gives the reply that was put together, in that dialect.
    fn check(dialect: Dialect, frames: &[Value], expected: Value) {
        let stream: String = frames
            .iter()
            .map(|frame| match frame["type"].as_str() {
                Some(kind) => format!("event: {kind}\ndata: {frame}\n\n"),
                None => format!("data: {frame}\n\n"),
            })
            .collect();
        for size in [1, 7, stream.len()] {
            let mut translator = StreamTranslator::new(dialect, dialect, Memo::new(true));
            translator.keep_reply();
            let mut step = Step::default();
            for chunk in stream.as_bytes().chunks(size) {
                translator.push(chunk, &mut step);
            }
            translator.end(&mut step);
            let reply = translator.take_reply().expect("is kept");
            let written = write_reply(reply.clone(), dialect, &mut crate::Changes::new());
            assert_eq!(written["content"], expected, "in chunks of {size}");
            let whole = read_reply(written, dialect).expect("is a reply");
            assert_eq!(whole.parts.len(), reply.parts.len());
        }
    }

    #[test]
    fn thinking_citations_calls_and_native_blocks_come_back_whole() {
        let start = |index, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
        let delta = |index, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
        let stop = |index| json!({"type": "content_block_stop", "index": index});
        let cited = json!({"type": "char_location", "cited_text": "b", "document_index": 0});
        check(
            Dialect::Messages,
            &[
                json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant",
                    "model": "claude", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}}),
                start(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
                delta(0, json!({"type": "thinking_delta", "thinking": "Let me "})),
                delta(0, json!({"type": "thinking_delta", "thinking": "see."})),
                delta(0, json!({"type": "signature_delta", "signature": "c2ln"})),
                stop(0),
                start(1, json!({"type": "text", "text": ""})),
                delta(1, json!({"type": "text_delta", "text": "a"})),
                delta(1, json!({"type": "citations_delta", "citation": cited})),
                delta(1, json!({"type": "text_delta", "text": "b"})),
                stop(1),
                start(
                    2,
                    json!({"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}}),
                ),
                delta(2, json!({"type": "input_json_delta", "partial_json": "{\"query\":"})),
                delta(2, json!({"type": "input_json_delta", "partial_json": "\"x\"}"})),
                stop(2),
                start(3, json!({"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}})),
                delta(3, json!({"type": "input_json_delta", "partial_json": "{\"command\":"})),
                delta(3, json!({"type": "input_json_delta", "partial_json": "\"ls\"}"})),
                stop(3),
                json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null},
                    "usage": {"output_tokens": 9}}),
                json!({"type": "message_stop"}),
            ],
            json!([
                {"type": "thinking", "thinking": "Let me see.", "signature": "c2ln"},
                {"type": "text", "text": "ab", "citations": [cited]},
                {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "x"}},
                {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}},
            ]),
        );
    }
}
