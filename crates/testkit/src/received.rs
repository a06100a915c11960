use bytes::Bytes;
use serde_json::Value;

use crate::dialect::Dialect;
use crate::http::Headers;

/// A request as the upstream received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its place among all requests, from 0.
    pub order: u64,
    /// The connection it came on, from 0.
    pub connection: u64,
    /// `GET`, `POST` …
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// What follows `?`, or nothing.
    pub query: String,
    /// Names in lower case, in the order of the wire.
    pub headers: Headers,
    /// The whole body.
    pub body: Bytes,
    /// What became of the answer.
    pub outcome: Outcome,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is being sent, or waits at a gate.
    Running,
    /// All that was planned was sent, faults included.
    Sent,
    /// The peer closed or reset the connection before that.
    AbortedByPeer,
}

impl Received {
    /// The first value of a header; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// The body as JSON, `null` when it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The dialect that the path belongs to.
    pub fn dialect(&self) -> Option<Dialect> {
        Dialect::of_path(&self.path)
    }

    /// Whether the body says `"stream": true`.
    pub fn asks_for_stream(&self) -> bool {
        self.json().get("stream") == Some(&Value::Bool(true))
    }

    /// Whether the body says `"stream_options": {"include_usage": true}`.
    pub fn asks_for_usage(&self) -> bool {
        self.json().pointer("/stream_options/include_usage") == Some(&Value::Bool(true))
    }

    /// The request id that the answer bears, in [`Received::request_id_header`].
    pub fn upstream_id(&self) -> String {
        format!("req_testkit_{}", self.order)
    }

    /// The header that bears the id: Anthropic's own name, or everybody else's.
    pub fn request_id_header(&self) -> &'static str {
        match self.dialect() {
            Some(Dialect::Messages) => "request-id",
            _ => "x-request-id",
        }
    }
}
