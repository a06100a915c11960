//! The three protocols, by name.

use std::fmt;

/// A protocol in which a client asks a model for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// OpenAI chat completions: `POST /v1/chat/completions`.
    Chat,
    /// OpenAI responses: `POST /v1/responses`.
    Responses,
    /// Anthropic messages: `POST /v1/messages`.
    Messages,
}

impl Dialect {
    /// Every dialect, in the order in which documents list them.
    pub const ALL: [Dialect; 3] = [Dialect::Chat, Dialect::Responses, Dialect::Messages];

    /// The lower-case name used in configuration, records and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Chat => "chat",
            Dialect::Responses => "responses",
            Dialect::Messages => "messages",
        }
    }

    /// The dialect of that [`name`](Self::name).
    #[must_use]
    pub fn by_name(name: &str) -> Option<Dialect> {
        Dialect::ALL.into_iter().find(|dialect| dialect.name() == name)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
