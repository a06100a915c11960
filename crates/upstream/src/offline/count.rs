//! What the built-in model counts: everything by o200k_base and OpenAI's rules for messages.

use ironbridge_tokens::{
    Counter, Detail, Encoding, Family, ImageSize, Message, Part as Counted, Request,
    Tool as Offered,
};
use ironbridge_wire::{Body, Media, Part, Prompt, Role, Tool, ToolKind};

/// A model that o200k_base and the rules of GPT-4o count exactly.
const COUNTED_AS: &str = "gpt-4o";

/// The tokens of a text.
pub(super) fn text(text: &str) -> u64 {
    Encoding::O200kBase.count(text) as u64
}

/// The longest beginning of `text` that has at most `tokens_max` tokens and ends between characters.
pub(super) fn cut(text: &str, tokens_max: u64) -> &str {
    let most = usize::try_from(tokens_max).unwrap_or(usize::MAX);
    if Encoding::O200kBase.count_up_to(text, most).is_some() {
        return text;
    }
    let tokens = Encoding::O200kBase.encode(text);
    (0..=most.min(tokens.len()))
        .rev()
        .find_map(|kept| {
            let bytes = Encoding::O200kBase.decode(tokens.get(..kept)?).ok()?;
            text.get(..bytes.len())
        })
        .unwrap_or_default()
}

/// The tokens of a whole request.
pub(super) fn input(prompt: &Prompt) -> u64 {
    let request = Request {
        messages: prompt
            .turns
            .iter()
            .map(|turn| Message {
                role: role(turn.role),
                name: turn.name.as_deref(),
                parts: turn.parts.iter().filter_map(counted).collect(),
            })
            .collect(),
        tools: prompt.tools.iter().map(offered).collect(),
        without_tool_preamble: false,
    };
    Counter::new(Family::OpenAi, COUNTED_AS, &Encoding::O200kBase).count(&request).tokens
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::Developer => "developer",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn counted(part: &Part) -> Option<Counted<'_>> {
    Some(match &part.body {
        Body::Text { text, .. } | Body::Thinking { text, .. } | Body::Refusal(text) => {
            Counted::Text(text)
        }
        Body::Image { source, detail } => Counted::Image {
            size: match source {
                Media::Base64 { data, .. } => ImageSize::of(data),
                Media::Url(_) | Media::File(_) | Media::Text(_) => None,
            },
            detail: match detail.as_deref() {
                Some("low") => Detail::Low,
                Some("high") => Detail::High,
                _ => Detail::Auto,
            },
        },
        Body::Document { source, title, .. } => Counted::Document {
            name: title.as_deref(),
            text: match source {
                Media::Text(text) => Some(text),
                Media::Base64 { .. } | Media::Url(_) | Media::File(_) => None,
            },
            data_bytes: match source {
                Media::Base64 { data, .. } => data.len() as u64 / 4 * 3,
                Media::Url(_) | Media::File(_) | Media::Text(_) => 0,
            },
        },
        Body::Call(call) => {
            Counted::ToolCall { id: &call.id, name: &call.name, arguments: &call.arguments }
        }
        Body::Result(result) => Counted::ToolResult {
            call_id: &result.call_id,
            content: result.parts.iter().filter_map(counted).collect(),
        },
        Body::Audio { .. } | Body::Native { .. } => return None,
    })
}

fn offered(tool: &Tool) -> Offered<'_> {
    Offered {
        name: &tool.name,
        description: tool.description.as_deref(),
        parameters: match &tool.kind {
            ToolKind::Function { schema } => schema.as_ref(),
            ToolKind::Custom { .. } | ToolKind::Native { .. } => None,
        },
    }
}
