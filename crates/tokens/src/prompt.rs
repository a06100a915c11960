//! A prompt of `wire` as what is counted, so that whoever reads a dialect counts alike.

use ironbridge_wire as wire;
use ironbridge_wire::{Body, Media, Prompt, Role, Seal, ToolKind};

use crate::image::{Detail, ImageSize};
use crate::request::{Message, Part, Request, Tool};

impl<'a> Request<'a> {
    /// A request of any dialect, as `ironbridge_wire::read_request` gives it. What the model does not read as text is left
    /// out: sealed thinking, and parts that only their own provider understands.
    #[must_use]
    pub fn of_prompt(prompt: &'a Prompt) -> Self {
        Self {
            messages: prompt.turns.iter().map(message).collect(),
            tools: prompt.tools.iter().map(tool).collect(),
            without_tool_preamble: false,
        }
    }
}

fn message(turn: &wire::Turn) -> Message<'_> {
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

fn part(part: &wire::Part) -> Option<Part<'_>> {
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

fn tool(tool: &wire::Tool) -> Tool<'_> {
    let parameters = match &tool.kind {
        ToolKind::Function { schema } => schema.as_ref(),
        ToolKind::Custom { format } => format.as_ref(),
        ToolKind::Native { value, .. } => Some(value),
    };
    Tool { name: &tool.name, description: tool.description.as_deref(), parameters }
}
