//! One message, read and written.

use super::{INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// The id of a request, as JSON: a number or a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Id(String);

impl Id {
    /// The id that this JSON is, if it is one.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        (value.is_string() || value.is_number()).then(|| Id(value.to_string()))
    }

    /// The number it is, if it is one of ours.
    pub(super) fn number(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// It as JSON.
    pub(crate) fn json(&self) -> &str {
        &self.0
    }
}

/// An error as it is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message} ({code})")]
pub(crate) struct RpcError {
    /// The kind: one of the constants of [`super`], or the protocol's own.
    pub(crate) code: i64,
    /// What is wrong and how to mend it.
    pub(crate) message: String,
    /// Facts beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Value>,
}

impl RpcError {
    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        RpcError { code, message: message.into(), data: None }
    }

    pub(crate) fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }
}

/// The parameters of a request or a notification; none are an empty object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Option<Box<RawValue>>);

impl Params {
    /// Them as a type.
    ///
    /// # Errors
    /// [`INVALID_PARAMS`], which says where they do not fit.
    pub(crate) fn read<P: DeserializeOwned>(&self) -> Result<P, RpcError> {
        let text = self.0.as_deref().map_or("{}", RawValue::get);
        serde_json::from_str(text)
            .map_err(|error| RpcError::new(INVALID_PARAMS, format!("the parameters: {error}")))
    }
}

/// A message of the other side.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// It asks.
    Request {
        /// Under this id.
        id: Id,
        /// For this.
        method: String,
        /// With this.
        params: Params,
    },
    /// It tells.
    Notification {
        /// What.
        method: String,
        /// With this.
        params: Params,
    },
    /// It answers a request of ours.
    Answer {
        /// Which.
        id: Id,
        /// How.
        outcome: Result<Box<RawValue>, RpcError>,
    },
    /// It is no message, and this is to be answered.
    Unreadable {
        /// To which request, where that could be read.
        id: Option<Id>,
        /// What is wrong.
        error: RpcError,
    },
}

#[derive(Deserialize)]
#[serde(expecting = "a message")]
struct Envelope<'a> {
    #[serde(default)]
    jsonrpc: Option<String>,
    #[serde(default, deserialize_with = "given")]
    id: Option<Value>,
    #[serde(default)]
    method: Option<String>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "given_raw")]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<RpcError>,
}

/// A member that is there, also when it is `null`.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// The same, as it was written.
fn given_raw<'de: 'a, 'a, D: Deserializer<'de>>(from: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

/// Reads a message.
pub(crate) fn read(line: &[u8]) -> Incoming {
    let invalid = |id: Option<Id>, why: &str| Incoming::Unreadable {
        id,
        error: RpcError::new(INVALID_REQUEST, why),
    };
    let first = line.iter().find(|byte| !byte.is_ascii_whitespace());
    let envelope: Envelope<'_> = match serde_json::from_slice(line) {
        Ok(envelope) if first == Some(&b'{') => envelope,
        // serde would take a list for the members in their order.
        Ok(_) => return invalid(None, "a message is an object; batches are not taken"),
        // Either it is no JSON, or JSON of another form.
        Err(error) => return unreadable(line, &error),
    };
    let Envelope { jsonrpc, id, method, params, result, error } = envelope;
    let null = id.as_ref().is_some_and(Value::is_null);
    let readable = id.as_ref().and_then(Id::of);
    if jsonrpc.as_deref() != Some("2.0") {
        return invalid(readable, "`jsonrpc` must be \"2.0\"");
    }
    if id.is_some() && !null && readable.is_none() {
        return invalid(None, "`id` must be a text or a number");
    }
    let params = Params(params.map(RawValue::to_owned));
    match (method, readable) {
        (Some(_), None) if null => invalid(None, "`id` must be a text or a number"),
        (Some(method), Some(id)) => Incoming::Request { id, method, params },
        (Some(method), None) => Incoming::Notification { method, params },
        (None, Some(id)) => match (result, error) {
            (_, Some(error)) => Incoming::Answer { id, outcome: Err(error) },
            (Some(result), None) => Incoming::Answer { id, outcome: Ok(result.to_owned()) },
            (None, None) => invalid(Some(id), "a message has a `method`, a `result` or an `error`"),
        },
        (None, None) => invalid(None, "a message has a `method` or an `id`"),
    }
}

fn unreadable(line: &[u8], error: &serde_json::Error) -> Incoming {
    match serde_json::from_slice::<Value>(line) {
        Ok(value) => {
            let id = value.get("id").and_then(Id::of);
            let why = if value.is_array() {
                "batches are not taken".to_owned()
            } else {
                error.to_string()
            };
            let error = RpcError::new(INVALID_REQUEST, format!("no message: {why}"));
            Incoming::Unreadable { id, error }
        }
        Err(error) => {
            let error = RpcError::new(PARSE_ERROR, format!("no JSON: {error}"));
            Incoming::Unreadable { id: None, error }
        }
    }
}

/// The answer to a request, as a line without its end. `None`: to a message whose id could not be read.
pub(crate) fn answer(id: Option<&Id>, outcome: &Result<String, RpcError>) -> String {
    let id = id.map_or("null", Id::json);
    match outcome {
        Ok(result) => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#),
        Err(error) => {
            let error = serde_json::to_string(error).unwrap_or_default();
            format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#)
        }
    }
}

/// A request (with an id) or a notification of ours, as a line without its end.
///
/// # Errors
/// When the parameters are no JSON.
pub(super) fn call(
    id: Option<u64>,
    method: &str,
    params: &impl Serialize,
) -> Result<String, serde_json::Error> {
    let params = serde_json::to_string(params)?;
    let method = serde_json::to_string(method)?;
    let id = id.map_or_else(String::new, |id| format!(r#""id":{id},"#));
    Ok(format!(r#"{{"jsonrpc":"2.0",{id}"method":{method},"params":{params}}}"#))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(line: &str, expected: Expect) {
        let seen = match read(line.as_bytes()) {
            Incoming::Request { id, method, params } => {
                format!("{} {method} {}", id.json(), params.read::<Value>().unwrap())
            }
            Incoming::Notification { method, .. } => format!("tells {method}"),
            Incoming::Answer { id, outcome } => match outcome {
                Ok(result) => format!("{} answered {result}", id.json()),
                Err(error) => format!("{} failed: {error}", id.json()),
            },
            Incoming::Unreadable { id, error } => answer(id.as_ref(), &Err(error)),
        };
        expected.assert_eq(&seen);
    }

    #[test]
    fn messages_are_told_apart() {
        check(
            r#"{"jsonrpc":"2.0","id":"a","method":"x","params":{"b":1},"more":[]}"#,
            expect![[r#""a" x {"b":1}"#]],
        );
        check(r#"{"id":7,"jsonrpc":"2.0","method":"x"}"#, expect!["7 x {}"]);
        check(r#"{"jsonrpc":"2.0","method":"x"}"#, expect!["tells x"]);
        check(r#"{"jsonrpc":"2.0","id":3,"result":null}"#, expect!["3 answered null"]);
        check(
            r#"{"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"no"}}"#,
            expect!["3 failed: no (-1)"],
        );
    }

    #[test]
    fn what_is_no_message_is_answered_as_such() {
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"#,
            expect![[
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON: EOF while parsing a value at line 1 column 33"}}"#
            ]],
        );
        check(
            "no json",
            expect![[
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON: expected ident at line 1 column 2"}}"#
            ]],
        );
        check(
            "\u{1}",
            expect![[
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON: expected value at line 1 column 1"}}"#
            ]],
        );
        check(
            "[]",
            expect![[
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"a message is an object; batches are not taken"}}"#
            ]],
        );
        check(
            "3",
            expect![[
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no message: invalid type: integer `3`, expected a message at line 1 column 1"}}"#
            ]],
        );
        check(
            r#"[{"jsonrpc":"2.0","id":1,"method":"x"}]"#,
            expect![[
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no message: batches are not taken"}}"#
            ]],
        );
    }

    #[test]
    fn what_lacks_a_member_is_answered_to_its_id() {
        check(
            r#"{"id":1,"method":"x"}"#,
            expect![[
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"`jsonrpc` must be \"2.0\""}}"#
            ]],
        );
        check(
            r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#,
            expect![[
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"`id` must be a text or a number"}}"#
            ]],
        );
        check(
            r#"{"jsonrpc":"2.0","id":{},"method":"x"}"#,
            expect![[
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"`id` must be a text or a number"}}"#
            ]],
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":5}"#,
            expect![[
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"no message: invalid type: integer `5`, expected a string at line 1 column 34"}}"#
            ]],
        );
        check(
            r#"{"jsonrpc":"2.0","id":1}"#,
            expect![[
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"a message has a `method`, a `result` or an `error`"}}"#
            ]],
        );
        check(
            r#"{"jsonrpc":"2.0"}"#,
            expect![[
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"a message has a `method` or an `id`"}}"#
            ]],
        );
    }
}
