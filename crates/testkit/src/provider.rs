//! The endpoints beside the dialects: models, embeddings, and a whole provider made of all.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::dialect::{Dialect, messages};
use crate::received::Received;

/// A model list in OpenAI's shape.
pub fn openai_models(ids: &[&str]) -> Answer {
    let model =
        |id| json!({"id": id, "object": "model", "created": 1_767_225_600, "owned_by": "testkit"});
    let data: Vec<Value> = ids.iter().map(model).collect();
    Answer::json(200, &json!({"object": "list", "data": data}))
}

/// A model list in Anthropic's shape, one page.
pub fn anthropic_models(ids: &[&str]) -> Answer {
    let model = |id: &&str| {
        json!({
            "type": "model", "id": id, "display_name": id,
            "created_at": "2026-01-01T00:00:00Z",
        })
    };
    let data: Vec<Value> = ids.iter().map(model).collect();
    let (first, last) = (ids.first(), ids.last());
    Answer::json(200, &json!({"data": data, "has_more": false, "first_id": first, "last_id": last}))
}

/// Embeddings in OpenAI's shape, one vector each.
pub fn embeddings(vectors: &[Vec<f32>]) -> Answer {
    let data: Vec<Value> = vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector}))
        .collect();
    Answer::json(
        200,
        &json!({
            "object": "list", "model": "embedding-testkit", "data": data,
            "usage": {"prompt_tokens": 8, "total_tokens": 8},
        }),
    )
}

/// What a friendly provider answers on every path: `text` in each dialect, two models, one unit
/// vector per input, 42 tokens, and a 404 in the fitting shape elsewhere.
pub(crate) fn answer(request: &Received, text: &str) -> Answer {
    let anthropic = request.header("anthropic-version").is_some();
    let path = request.path.trim_end_matches('/');
    if path.ends_with("/count_tokens") {
        return messages::count_tokens(42);
    }
    if let Some(dialect) = request.dialect() {
        return dialect.text(text);
    }
    if path.ends_with("/models") {
        let list = if anthropic { anthropic_models } else { openai_models };
        return list(&["testkit-small", "testkit-large"]);
    }
    if path.ends_with("/embeddings") {
        let inputs = request.json().get("input").and_then(Value::as_array).map_or(1, Vec::len);
        return embeddings(&vec![vec![1.0, 0.0, 0.0]; inputs]);
    }
    if path.is_empty() {
        return Answer::bytes(200, "text/plain", "testkit");
    }
    let dialect = if anthropic { Dialect::Messages } else { Dialect::Chat };
    let kind = if anthropic { "not_found_error" } else { "invalid_request_error" };
    dialect.error(404, kind, &format!("no such path: {path}"))
}
