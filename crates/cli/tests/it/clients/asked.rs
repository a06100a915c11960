//! What a request says, read from any dialect: so that a scripted upstream can tell its client what
//! has reached it.

use ironbridge_testkit::{Dialect, Received};
use serde_json::{Value, json};

/// A request as an upstream of one dialect received it.
pub(super) struct Asked {
    pub(super) dialect: Dialect,
    body: Value,
}

impl Asked {
    /// `None`: the path belongs to no dialect.
    pub(super) fn read(request: &Received) -> Option<Self> {
        Some(Self { dialect: request.dialect()?, body: request.json() })
    }

    /// What follows the first `-` of the model's name.
    pub(super) fn scene(&self) -> &str {
        let model = self.body["model"].as_str().unwrap_or_default();
        model.split_once('-').map_or(model, |(_, scene)| scene)
    }

    pub(super) fn model(&self) -> String {
        self.body["model"].as_str().unwrap_or_default().to_owned()
    }

    /// Everything a test may ask for, as one JSON object.
    pub(super) fn summary(&self) -> Value {
        json!({
            "dialect": self.dialect.name(),
            "system": self.system(),
            "user": self.user(),
            "output_tokens_max": self.first(&["max_completion_tokens", "max_tokens", "max_output_tokens"]),
            "temperature": self.body["temperature"],
            "tools": self.tools(),
            "parallel": self.parallel(),
            "images": self.images(),
            "documents": self.documents(),
        })
    }

    fn first(&self, fields: &[&str]) -> Value {
        fields.iter().find_map(|field| self.body.get(*field)).cloned().unwrap_or_default()
    }

    /// The messages or items of the conversation.
    fn history(&self) -> &[Value] {
        let field = if self.dialect == Dialect::Responses { "input" } else { "messages" };
        self.body[field].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn system(&self) -> String {
        let apart = [&self.body["system"], &self.body["instructions"]];
        let inside = self
            .history()
            .iter()
            .filter(|message| matches!(message["role"].as_str(), Some("system" | "developer")));
        let texts = apart.into_iter().chain(inside.map(|message| &message["content"])).map(text_of);
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn user(&self) -> String {
        let last = self.history().iter().rfind(|message| message["role"] == "user");
        last.map_or_else(|| text_of(&self.body["input"]), |message| text_of(&message["content"]))
    }

    fn tools(&self) -> Vec<String> {
        let tools = self.body["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
        let name = |tool: &Value| {
            tool["function"]["name"].as_str().or(tool["name"].as_str()).map(str::to_owned)
        };
        tools.iter().filter_map(name).collect()
    }

    pub(super) fn offers(&self, tool: &str) -> bool {
        self.tools().iter().any(|name| name == tool)
    }

    fn parallel(&self) -> bool {
        self.body["parallel_tool_calls"] != false
            && self.body["tool_choice"]["disable_parallel_tool_use"] != true
    }

    /// Whether a schema for the output stands where the dialect has it.
    pub(super) fn has_schema(&self) -> bool {
        let place = match self.dialect {
            Dialect::Chat => "/response_format/json_schema/schema",
            Dialect::Messages => "/output_config/format/schema",
            Dialect::Responses => "/text/format/schema",
        };
        self.body.pointer(place).is_some_and(Value::is_object)
    }

    /// The stop sequences; `None` where the dialect has none.
    pub(super) fn stops(&self) -> Value {
        self.first(&["stop", "stop_sequences"])
    }

    /// Whether the server is to hold the conversation (a beta of messages).
    pub(super) fn has_thread(&self) -> bool {
        self.body["thread"].is_object()
    }

    /// How many tool calls stand in the history.
    pub(super) fn calls(&self) -> usize {
        let mut calls = 0;
        visit(&self.body, &mut |object| {
            let is_call = match self.dialect {
                Dialect::Chat => object["type"] == "function" && object["id"].is_string(),
                Dialect::Messages => object["type"] == "tool_use",
                Dialect::Responses => object["type"] == "function_call",
            };
            calls += usize::from(is_call);
        });
        calls
    }

    /// The texts of all tool results.
    pub(super) fn results(&self) -> Vec<String> {
        let mut results = Vec::new();
        visit(&self.body, &mut |object| {
            let is_result = match self.dialect {
                Dialect::Chat => object["role"] == "tool",
                Dialect::Messages => object["type"] == "tool_result",
                Dialect::Responses => object["type"] == "function_call_output",
            };
            if is_result {
                results.push(text_of(object.get("output").unwrap_or(&object["content"])));
            }
        });
        results
    }

    /// The signature or encrypted content of a thinking that came back.
    pub(super) fn signature(&self) -> Option<String> {
        let mut found = None;
        visit(&self.body, &mut |object| {
            let signature = match object["type"].as_str() {
                Some("thinking") => &object["signature"],
                Some("reasoning") => &object["encrypted_content"],
                _ => return,
            };
            found = signature.as_str().map(str::to_owned).or(found.take());
        });
        found
    }

    /// Every document as a data URL.
    fn documents(&self) -> Vec<String> {
        let mut documents = Vec::new();
        visit(&self.body, &mut |object| match object["type"].as_str() {
            Some("file") => documents.extend(owned(&object["file"]["file_data"])),
            Some("input_file") => documents.extend(owned(&object["file_data"])),
            Some("document") => documents.extend(data_url(&object["source"])),
            _ => {}
        });
        documents
    }

    /// Every image as a data URL or URL.
    fn images(&self) -> Vec<String> {
        let mut images = Vec::new();
        visit(&self.body, &mut |object| match object["type"].as_str() {
            Some("image_url") => images.extend(owned(&object["image_url"]["url"])),
            Some("input_image") => images.extend(owned(&object["image_url"])),
            Some("image") => images.extend(data_url(&object["source"])),
            _ => {}
        });
        images
    }
}

fn owned(text: &Value) -> Option<String> {
    text.as_str().map(str::to_owned)
}

/// A base64 source of messages as other dialects write it.
fn data_url(source: &Value) -> Option<String> {
    let (kind, data) = (source["media_type"].as_str()?, source["data"].as_str()?);
    Some(format!("data:{kind};base64,{data}"))
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// Calls `see` for every object in the value.
fn visit(value: &Value, see: &mut impl FnMut(&Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit(item, see)),
        Value::Object(fields) => {
            see(value);
            fields.values().for_each(|field| visit(field, see));
        }
        _ => {}
    }
}
