//! The three dialects as servers speak them, and what they have in common.

pub mod chat;
pub mod messages;
mod reply;
pub mod responses;

use std::fmt;

use serde_json::Value;

pub use reply::{Content, Finish, Part, Reply, Usage};

use crate::answer::Answer;
use crate::sse::Event;

/// A way to speak to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAI chat completions.
    Chat,
    /// Anthropic messages.
    Messages,
    /// OpenAI responses.
    Responses,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Chat, Self::Messages, Self::Responses];

    /// The dialect that a path belongs to, with or without a prefix such as `/v1`.
    pub fn of_path(path: &str) -> Option<Self> {
        let path = path.trim_end_matches('/');
        if path.ends_with("/chat/completions") {
            Some(Self::Chat)
        } else if path.ends_with("/messages") || path.ends_with("/messages/count_tokens") {
            Some(Self::Messages)
        } else if path.ends_with("/responses") {
            Some(Self::Responses)
        } else {
            None
        }
    }

    /// The path on the provider's own server.
    pub fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Messages => "/v1/messages",
            Self::Responses => "/v1/responses",
        }
    }

    /// Its name, which is also that of its folder of recorded streams.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Messages => "messages",
            Self::Responses => "responses",
        }
    }

    /// A reply of one text.
    pub fn text(self, text: impl Into<String>) -> Answer {
        match self {
            Self::Chat => chat::text(text).into(),
            Self::Messages => messages::text(text).into(),
            Self::Responses => responses::text(text).into(),
        }
    }

    /// A reply of one tool call.
    pub fn tool_call(self, id: &str, name: &str, arguments: &Value) -> Answer {
        match self {
            Self::Chat => chat::reply().tool_call(id, name, arguments).into(),
            Self::Messages => messages::reply().tool_call(id, name, arguments).into(),
            Self::Responses => responses::reply().tool_call(id, name, arguments).into(),
        }
    }

    /// An error in the dialect's shape.
    pub fn error(self, status: u16, kind: &str, message: &str) -> Answer {
        match self {
            Self::Chat | Self::Responses => chat::error(status, kind, message),
            Self::Messages => messages::error(status, kind, message),
        }
    }

    /// A 429 in the dialect's shape, with its rate-limit headers and `Retry-After` in seconds.
    pub fn rate_limited(self, retry_after_seconds: u64) -> Answer {
        match self {
            Self::Chat | Self::Responses => chat::rate_limited(retry_after_seconds),
            Self::Messages => messages::rate_limited(retry_after_seconds),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A model's reply that can be written in both forms.
pub(crate) trait Render: Send + Sync {
    /// The whole reply as one JSON value.
    fn plain(&self) -> Value;

    /// The reply as a stream. `usage_asked` is the request's `stream_options.include_usage`.
    fn events(&self, usage_asked: bool) -> Vec<Event>;
}

/// Splits a text as models do: a word with the space before it.
fn words(text: &str) -> Vec<&str> {
    let starts = text.match_indices(' ').map(|(offset, _)| offset).filter(|offset| *offset > 0);
    let mut pieces = Vec::new();
    let mut from = 0;
    for start in starts.chain([text.len()]) {
        pieces.push(text.get(from..start).unwrap_or_default());
        from = start;
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Splits JSON arguments into pieces of some characters that heed no JSON token.
fn fragments(arguments: &str) -> Vec<String> {
    const FRAGMENT_CHARACTERS: usize = 7;
    let characters: Vec<char> = arguments.chars().collect();
    characters.chunks(FRAGMENT_CHARACTERS).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_whole() {
        assert_eq!(words("You said: hi  there "), ["You", " said:", " hi", " ", " there", " "]);
        assert_eq!(words(" é"), [" é"]);
        assert!(words("").is_empty());
        assert_eq!(fragments("{\"a\":\"é✓\"}").concat(), "{\"a\":\"é✓\"}");
    }

    #[test]
    fn paths_name_their_dialect() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::of_path(dialect.path()), Some(dialect));
        }
        assert_eq!(Dialect::of_path("/v1/messages/count_tokens"), Some(Dialect::Messages));
        assert_eq!(Dialect::of_path("/v1/models"), None);
    }
}
