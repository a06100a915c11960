//! The models of Copilot's API.

use serde_json::{Value, json};

/// Seven models that differ in what a client must heed:
///
/// - `claude-sonnet-4.5`: native messages, and chat;
/// - `gpt-5.3-codex`: responses only;
/// - `gpt-5-mini`: chat and responses;
/// - `gpt-4o`: says nothing of its endpoints, as older models do, and so has chat;
/// - `gemini-2.5-pro`: chat;
/// - `grok-code-fast-1`: not enabled in the user's policy, so that its use is refused;
/// - `text-embedding-3-small`: embeddings, and not for the picker.
pub fn default_models() -> Vec<Value> {
    let mut old = model("gpt-4o", "Azure OpenAI", &[]);
    if let Some(old) = old.as_object_mut() {
        old.remove("supported_endpoints");
    }
    let mut disabled = model("grok-code-fast-1", "xAI", &["/chat/completions"]);
    disabled["policy"] = json!({"state": "unconfigured", "terms": "Enable access to Grok"});
    vec![
        model("claude-sonnet-4.5", "Anthropic", &["/chat/completions", "/v1/messages"]),
        model("gpt-5.3-codex", "OpenAI", &["/responses"]),
        model("gpt-5-mini", "Azure OpenAI", &["/chat/completions", "/responses"]),
        old,
        model("gemini-2.5-pro", "Google", &["/chat/completions"]),
        disabled,
        embedding_model("text-embedding-3-small"),
    ]
}

/// A model of 128,000 tokens, 16,384 of them for the output, with tools and vision, as Copilot lists
/// it. Tests change what they are about: `model["capabilities"]["limits"]["max_output_tokens"] = …`.
pub fn model(id: &str, vendor: &str, endpoints: &[&str]) -> Value {
    json!({
        "id": id, "name": id, "object": "model", "vendor": vendor, "version": id,
        "preview": false, "model_picker_enabled": true,
        "policy": {"state": "enabled", "terms": ""},
        "billing": {"is_premium": true, "multiplier": 1, "restricted_to": []},
        "supported_endpoints": endpoints,
        "capabilities": {
            "family": id, "object": "model_capabilities", "tokenizer": "o200k_base", "type": "chat",
            "limits": {
                "max_context_window_tokens": 128_000, "max_output_tokens": 16_384,
                "max_prompt_tokens": 111_616, "vision": {"max_prompt_images": 5},
            },
            "supports": {
                "streaming": true, "tool_calls": true, "parallel_tool_calls": true, "vision": true,
            },
        },
    })
}

fn embedding_model(id: &str) -> Value {
    json!({
        "id": id, "name": id, "object": "model", "vendor": "Azure OpenAI", "version": id,
        "preview": false, "model_picker_enabled": false,
        "capabilities": {
            "family": id, "object": "model_capabilities", "tokenizer": "cl100k_base",
            "type": "embeddings", "limits": {"max_inputs": 512}, "supports": {"dimensions": true},
        },
    })
}

/// Whether Copilot serves a model at a path.
pub(super) fn serves(model: &Value, path: &str) -> bool {
    if model["capabilities"]["type"] == "embeddings" {
        return path == "/embeddings";
    }
    match model["supported_endpoints"].as_array() {
        Some(paths) => paths.iter().any(|served| served == path),
        None => path == "/chat/completions",
    }
}
