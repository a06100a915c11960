//! A request as the token counters see it.

use globset::GlobMatcher;
use ironbridge_tokens::{
    Count, Counter, Detail, Family, ImageSize, Message, Part, Request, Tokenizer, Tool,
};
use ironbridge_wire::{Body, Media, Prompt, Role, Seal, ToolKind};
use std::sync::Arc;

/// What the tokens of a model are counted with.
#[derive(Clone)]
pub(crate) struct Estimator {
    provider: String,
    model: String,
    /// The model's own vocabulary, where the operator has named it.
    own: Option<Arc<dyn Tokenizer>>,
}

impl Estimator {
    /// The estimator for `model` of `provider`.
    pub(crate) fn new(
        provider: &str,
        model: &str,
        tokenizers: &[(GlobMatcher, Arc<dyn Tokenizer>)],
    ) -> Self {
        let own = tokenizers.iter().find(|(models, _)| models.is_match(model));
        Estimator {
            provider: provider.to_owned(),
            model: model.to_owned(),
            own: own.map(|(_, tokenizer)| tokenizer.clone()),
        }
    }

    /// The model that is counted for.
    pub(crate) fn model(&self) -> &str {
        &self.model
    }

    /// Estimates the input tokens of `prompt`, without what was learnt.
    pub(crate) fn estimate(&self, prompt: &Prompt, without_tool_preamble: bool) -> Count {
        let request = request(prompt, without_tool_preamble);
        let provider = Some(self.provider.as_str());
        match &self.own {
            Some(own) => {
                let family = Family::of(provider, &self.model);
                Counter::new(family, &self.model, own.as_ref()).count(&request)
            }
            None => Counter::for_model(provider, &self.model).count(&request),
        }
    }
}

fn request(prompt: &Prompt, without_tool_preamble: bool) -> Request<'_> {
    Request {
        messages: prompt.turns.iter().map(message).collect(),
        tools: prompt.tools.iter().map(tool).collect(),
        without_tool_preamble,
    }
}

fn message(turn: &ironbridge_wire::Turn) -> Message<'_> {
    let role = match turn.role {
        Role::System | Role::Developer => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    Message {
        role,
        name: turn.name.as_deref(),
        parts: turn.parts.iter().filter_map(part).collect(),
    }
}

fn part(part: &ironbridge_wire::Part) -> Option<Part<'_>> {
    Some(match &part.body {
        Body::Text { text, .. } => Part::Text(text),
        // Earlier thinking is not sent to the model again unless a tool loop is open; its seal never is text.
        Body::Thinking { text, seal: None | Some(Seal::Opaque(_)) } => Part::Text(text),
        Body::Thinking { .. } | Body::Native { .. } => return None,
        Body::Refusal(text) => Part::Text(text),
        Body::Image { source, detail } => {
            Part::Image { size: image_size(source), detail: look(detail.as_deref()) }
        }
        Body::Document { source, title, .. } => document(source, title.as_deref()),
        Body::Audio { data, .. } => {
            Part::Document { name: None, text: None, data_bytes: decoded_bytes(data) }
        }
        Body::Call(call) => {
            Part::ToolCall { id: &call.id, name: &call.name, arguments: &call.arguments }
        }
        Body::Result(result) => Part::ToolResult {
            call_id: &result.call_id,
            content: result.parts.iter().filter_map(self::part).collect(),
        },
    })
}

fn document<'a>(source: &'a Media, name: Option<&'a str>) -> Part<'a> {
    match source {
        Media::Text(text) => Part::Document { name, text: Some(text), data_bytes: 0 },
        Media::Base64 { data, .. } => {
            Part::Document { name, text: None, data_bytes: decoded_bytes(data) }
        }
        Media::Url(_) | Media::File(_) => Part::Document { name, text: None, data_bytes: 0 },
    }
}

fn image_size(source: &Media) -> Option<ImageSize> {
    match source {
        Media::Base64 { data, .. } => ImageSize::of(data),
        Media::Url(_) | Media::File(_) | Media::Text(_) => None,
    }
}

fn look(detail: Option<&str>) -> Detail {
    match detail {
        Some("low") => Detail::Low,
        Some("high") => Detail::High,
        _ => Detail::Auto,
    }
}

/// Four characters of base64 stand for three bytes.
fn decoded_bytes(base64: &str) -> u64 {
    (base64.len() / 4 * 3) as u64
}

fn tool(tool: &ironbridge_wire::Tool) -> Tool<'_> {
    let parameters = match &tool.kind {
        ToolKind::Function { schema } => schema.as_ref(),
        ToolKind::Custom { format } => format.as_ref(),
        ToolKind::Native { value, .. } => Some(value),
    };
    Tool { name: &tool.name, description: tool.description.as_deref(), parameters }
}
