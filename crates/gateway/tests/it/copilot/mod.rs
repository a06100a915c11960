//! Copilot behind a running gateway: what it is sent, what it is told, and what becomes of its login.

mod account;
mod dialects;
mod embeddings;
mod headers;
mod initiator;
mod models;
mod refusals;

use crate::rig::{Reply, body};
use ironbridge_testkit::Dialect;
use ironbridge_testkit::client::Request;
use serde_json::json;

/// What Copilot's models say.
const TEXT: &str = "Hello from Copilot.";

/// A model that speaks messages and chat.
const CLAUDE: &str = "claude-sonnet-4.5";

/// A model that speaks chat alone.
const GEMINI: &str = "gemini-2.5-pro";

/// A small request for `model`.
fn asking(dialect: Dialect, model: &str, stream: bool) -> Request {
    let mut body = body(dialect, stream);
    body["model"] = json!(model);
    Request::post(dialect.path(), &body)
}

/// Status, code and message of a reply that is an error.
fn shown(reply: &Reply) -> String {
    let error = &reply.json()["error"];
    let text = |name: &str| error[name].as_str().unwrap_or("-").to_owned();
    format!("{} {} {}", reply.status(), text("code"), text("message"))
}
