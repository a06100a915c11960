//! What a stream said, taken from its raw JSON by rules of its own: nothing here goes through the crate under test.

mod chat;
mod messages;
mod responses;

use ironbridge_wire::Dialect;
use serde_json::{Value, json};

/// What a streamed reply amounted to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// The texts, each block apart.
    pub(crate) texts: Vec<String>,
    pub(crate) thinking: String,
    /// Signatures, redacted data, encrypted contents.
    pub(crate) seals: Vec<String>,
    pub(crate) refusal: String,
    pub(crate) calls: Vec<CallSeen>,
    /// The address of each web page that is cited.
    pub(crate) citations: Vec<String>,
    /// `stop`, `length`, `tools`, `refusal`, or the dialect's own word.
    pub(crate) stop: Option<String>,
    /// Which stop text hit.
    pub(crate) stop_text: Option<String>,
    pub(crate) usage: Option<UsageSeen>,
    /// The tier that served it, where it is not the usual one.
    pub(crate) tier: Option<String>,
    /// The types of blocks and items that only this dialect has.
    pub(crate) native: Vec<String>,
    /// The message of the error that ended the stream.
    pub(crate) failed: Option<String>,
}

/// A tool call that the client is to run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CallSeen {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: String,
    pub(crate) custom: bool,
}

impl CallSeen {
    /// The arguments as JSON, `{}` where there are none; a custom tool's as a string.
    pub(crate) fn value(&self) -> Value {
        if self.custom {
            return Value::from(self.arguments.as_str());
        }
        let text = if self.arguments.trim().is_empty() { "{}" } else { &self.arguments };
        serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
    }
}

/// Token counts, all input together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UsageSeen {
    pub(crate) input: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_write: u64,
    /// Of `cache_write`, those that live an hour.
    pub(crate) cache_write_1h: u64,
    pub(crate) output: u64,
    pub(crate) reasoning: u64,
}

impl Outcome {
    /// Reads the payloads of a stream.
    pub(crate) fn of(dialect: Dialect, payloads: &[Value]) -> Self {
        match dialect {
            Dialect::Chat => chat::read(payloads),
            Dialect::Responses => responses::read(payloads),
            Dialect::Messages => messages::read(payloads),
        }
    }

    pub(crate) fn text(&self) -> String {
        self.texts.concat()
    }

    /// The outcome as the cases have it: what is empty is left out.
    pub(crate) fn to_json(&self) -> Value {
        let calls = self
            .calls
            .iter()
            .map(|call| json!({"id": call.id, "name": call.name, "input": call.value()}));
        let usage = self.usage.map(|usage| {
            json!({"input": usage.input, "cache_read": usage.cache_read,
                "cache_write": usage.cache_write, "cache_write_1h": usage.cache_write_1h, "output": usage.output,
                "reasoning": usage.reasoning})
        });
        let mut all = json!({
            "texts": self.texts, "thinking": self.thinking, "seals": self.seals,
            "refusal": self.refusal, "calls": calls.collect::<Vec<_>>(),
            "citations": self.citations, "native": self.native, "stop": self.stop,
            "stop_text": self.stop_text, "usage": usage, "tier": self.tier, "failed": self.failed,
        });
        if let Value::Object(members) = &mut all {
            members.retain(|_, value| match value {
                Value::Null => false,
                Value::String(text) => !text.is_empty(),
                Value::Array(list) => !list.is_empty(),
                Value::Object(counts) => {
                    counts.retain(|_, count| *count != 0);
                    true
                }
                _ => true,
            });
        }
        all
    }
}

/// One event of a stream: its name, and its data if it has any.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sent {
    pub(crate) name: Option<String>,
    pub(crate) data: String,
}

/// Cuts a stream that ends its lines with LF. Comments are left out.
pub(crate) fn events(stream: &[u8]) -> Vec<Sent> {
    let stream = std::str::from_utf8(stream).expect("a stream is UTF-8");
    let mut sent = Vec::new();
    for event in stream.split("\n\n").filter(|event| !event.is_empty()) {
        let line = |field: &str| {
            event
                .lines()
                .find_map(|line| line.strip_prefix(field))
                .map(|rest| rest.trim().to_owned())
        };
        if let Some(data) = line("data:") {
            sent.push(Sent { name: line("event:"), data });
        }
    }
    sent
}

/// The payloads that are JSON: all but `[DONE]`.
pub(crate) fn payloads(events: &[Sent]) -> Vec<Value> {
    let json = events.iter().filter(|event| event.data != "[DONE]");
    json.map(|event| serde_json::from_str(&event.data).expect("every payload is JSON")).collect()
}

/// A tier that says more than that nothing was asked for.
fn tier(value: &Value, pointer: &str) -> Option<String> {
    let tier = text(value, pointer);
    (!matches!(tier, "" | "auto" | "default" | "standard")).then(|| tier.to_owned())
}

/// A member as text, empty where it is none.
fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn count(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
