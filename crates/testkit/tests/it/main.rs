//! The testkit, tested on the wire: every fault it promises is seen by a client that reads bytes.

mod anthropic_login;
mod bytes;
mod copilot;
mod cut_off;
mod dialects;
mod github;
mod recorded;
mod scripts;
mod silence;
mod sockets;

use ironbridge_testkit::client::{self, Collected, Request, Response};
use ironbridge_testkit::{Script, Upstream};
use serde_json::json;

/// A request that asks for a stream.
fn streaming(path: &str) -> Request {
    Request::post(path, &json!({"model": "any", "stream": true}))
}

/// Sends to an upstream; the head of its reply.
async fn send(upstream: &Upstream, request: &Request) -> Response {
    client::send(&upstream.base_url(), request).await.expect("the upstream answers")
}

/// Plays one answer to a streaming messages request; the head and the whole body.
async fn play(script: impl Into<Script>) -> (Response, Collected) {
    let upstream = Upstream::start(script).await;
    let mut response = send(&upstream, &streaming("/v1/messages")).await;
    let collected = response.collect().await;
    (response, collected)
}
