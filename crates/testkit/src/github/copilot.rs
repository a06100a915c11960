//! Copilot's own API.

use serde_json::{Value, json};

use super::answers::{error, text, token_expired};
use super::models::serves;
use crate::dialect::{Dialect, chat, messages, responses};
use crate::fake::Standing;
use crate::{Answer, Received, provider};

/// What every model says.
const TEXT: &str = "Hello from Copilot.";

/// The refusal of a request without a valid token, or without the editor that Copilot insists on
/// (alvinunreal/tmuxai#144, openclaw/openclaw#71538).
pub(super) fn refusal(
    request: &Received,
    standing: impl FnOnce(&str) -> Standing,
) -> Option<Answer> {
    let header = request.header("authorization").unwrap_or_default();
    let Some(token) = header.strip_prefix("Bearer ") else {
        return Some(text(400, "bad request: Authorization header is badly formatted\n"));
    };
    match standing(token) {
        Standing::Valid if request.header("editor-version").is_none() => {
            Some(text(400, "bad request: missing Editor-Version header for IDE auth\n"))
        }
        Standing::Valid => None,
        Standing::Over => Some(token_expired()),
        Standing::Unknown => {
            Some(text(401, "unauthorized: AuthenticateToken authentication failed\n"))
        }
    }
}

pub(super) fn models(models: &[Value]) -> Answer {
    Answer::json(200, &json!({"object": "list", "data": models}))
}

/// One text in the dialect of the path, streamed when asked for.
pub(super) fn reply(models: &[Value], request: &Received) -> Answer {
    let (dialect, path) = match request.dialect() {
        Some(dialect @ Dialect::Messages) => (dialect, "/v1/messages"),
        Some(dialect @ Dialect::Responses) => (dialect, "/responses"),
        _ => (Dialect::Chat, "/chat/completions"),
    };
    let body = request.json();
    let id = body["model"].as_str().unwrap_or_default();
    model_refusal(models, id, path).unwrap_or_else(|| match dialect {
        Dialect::Chat => chat::text(TEXT).model(id).into(),
        Dialect::Messages => messages::text(TEXT).model(id).into(),
        Dialect::Responses => responses::text(TEXT).model(id).into(),
    })
}

/// One vector per input. A bare string is a bad request (ericc-ch/copilot-api#59, #100), and so is
/// an input of tokens (aaamoon/copilot-gpt4-service#288).
pub(super) fn embeddings(models: &[Value], request: &Received) -> Answer {
    let body = request.json();
    let id = body["model"].as_str().unwrap_or_default();
    if let Some(refusal) = model_refusal(models, id, "/embeddings") {
        return refusal;
    }
    let input = body["input"].as_array();
    match input.filter(|input| input.iter().all(Value::is_string)) {
        Some(input) => provider::embeddings(&vec![vec![1.0, 0.0, 0.0]; input.len()]),
        None => text(400, "Bad Request\n"),
    }
}

/// The refusal of a model that is not served at a path (caozhiyuan/copilot-api#102, #154). One that
/// the user has not enabled is refused like one that does not exist.
fn model_refusal(models: &[Value], id: &str, path: &str) -> Option<Answer> {
    let enabled =
        |model: &&Value| model["policy"]["state"].as_str().is_none_or(|state| state == "enabled");
    let Some(model) = models.iter().filter(enabled).find(|model| model["id"] == id) else {
        let error = json!({
            "message": "The requested model is not supported.", "code": "model_not_supported",
            "param": "model", "type": "invalid_request_error",
        });
        return Some(text(400, &format!("{}\n", json!({"error": error}))));
    };
    if !serves(model, path) {
        let message = format!("model \"{id}\" is not accessible via the {path} endpoint");
        return Some(error(400, &message, "unsupported_api_for_model"));
    }
    None
}
