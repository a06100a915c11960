use serde_json::Value;

use super::Render;
use crate::answer::Answer;

/// What a model replies, before it is put into a dialect. Built through [`Reply`].
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// The model that the reply names.
    pub model: String,
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// Why it ended.
    pub finish: Finish,
    /// What it cost.
    pub usage: Usage,
}

/// One part of a reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Text.
    Text(String),
    /// Thinking: a `thinking` block (messages), `reasoning_content` (chat, without the signature),
    /// a reasoning item with a summary and encrypted content (responses).
    Thinking {
        /// The readable text, may be empty.
        text: String,
        /// The signature, or the encrypted content.
        signature: String,
    },
    /// A `redacted_thinking` block; in responses a reasoning item without a summary; not in chat.
    Redacted(String),
    /// A refusal: `refusal` (chat, responses), text and stop reason `refusal` (messages).
    Refusal(String),
    /// A tool call.
    ToolCall {
        /// The call's id.
        id: String,
        /// The tool.
        name: String,
        /// JSON text; it may be broken on purpose.
        arguments: String,
    },
}

/// Why a reply ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// As the parts say: tool calls, a refusal, or simply its end.
    Natural,
    /// `max_tokens` was reached.
    Length,
    /// This stop sequence was hit (only messages can name it).
    StopSequence(String),
    /// A content filter stopped it.
    ContentFilter,
    /// The stream ends in an error of the dialect. A plain reply ignores it.
    Error {
        /// The error's type.
        kind: String,
        /// The error's message.
        message: String,
    },
}

/// Token counts. `input` includes `cache_read` and `cache_write`; each dialect writes its own
/// classes (messages count the cached ones apart).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// All tokens of the prompt.
    pub input: u64,
    /// Of these, read from the cache.
    pub cache_read: u64,
    /// Of these, written to the cache.
    pub cache_write: u64,
    /// All tokens of the reply.
    pub output: u64,
    /// Of these, thinking.
    pub reasoning: u64,
}

impl Default for Usage {
    fn default() -> Self {
        Self { input: 20, cache_read: 0, cache_write: 0, output: 10, reasoning: 0 }
    }
}

/// A reply in one dialect; an [`Answer`] once [`Reply::stream`], [`Reply::plain`] or
/// [`Reply::as_asked`] says in which form.
#[derive(Debug, Clone)]
pub struct Reply<Style> {
    pub(super) content: Content,
    pub(super) style: Style,
}

impl<Style> Reply<Style> {
    pub(super) fn new(model: &str, style: Style) -> Self {
        let content = Content {
            model: model.to_owned(),
            parts: Vec::new(),
            finish: Finish::Natural,
            usage: Usage::default(),
        };
        Self { content, style }
    }

    /// Adds text.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.part(Part::Text(text.into()))
    }

    /// Adds thinking with its signature (or encrypted content).
    #[must_use]
    pub fn thinking(self, text: impl Into<String>, signature: impl Into<String>) -> Self {
        self.part(Part::Thinking { text: text.into(), signature: signature.into() })
    }

    /// Adds redacted thinking.
    #[must_use]
    pub fn redacted(self, data: impl Into<String>) -> Self {
        self.part(Part::Redacted(data.into()))
    }

    /// Adds a refusal.
    #[must_use]
    pub fn refusal(self, text: impl Into<String>) -> Self {
        self.part(Part::Refusal(text.into()))
    }

    /// Adds a tool call. Several in a row are parallel calls.
    #[must_use]
    pub fn tool_call(self, id: &str, name: &str, arguments: &Value) -> Self {
        self.raw_tool_call(id, name, &arguments.to_string())
    }

    /// Adds a tool call whose arguments are any text, JSON or not.
    #[must_use]
    pub fn raw_tool_call(self, id: &str, name: &str, arguments: &str) -> Self {
        self.part(Part::ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        })
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.content.parts.push(part);
        self
    }

    /// Says why it ended.
    #[must_use]
    pub fn finish(mut self, finish: Finish) -> Self {
        self.content.finish = finish;
        self
    }

    /// Ends the stream in an error of the dialect instead of its terminal event.
    #[must_use]
    pub fn fails(self, kind: &str, message: &str) -> Self {
        self.finish(Finish::Error { kind: kind.to_owned(), message: message.to_owned() })
    }

    /// Sets the token counts.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.content.usage = usage;
        self
    }

    /// Sets the model that the reply names.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.content.model = model.into();
        self
    }
}

#[expect(private_bounds, reason = "the styles are those of the three dialects and no others")]
impl<Style> Reply<Style>
where
    Self: Render + 'static,
{
    /// An answer that streams when the request asks for it.
    pub fn as_asked(self) -> Answer {
        Answer::reply(self)
    }

    /// An answer that always streams.
    pub fn stream(self) -> Answer {
        self.as_asked().stream()
    }

    /// An answer that never streams.
    pub fn plain(self) -> Answer {
        self.as_asked().plain()
    }
}

impl<Style> From<Reply<Style>> for Answer
where
    Reply<Style>: Render + 'static,
{
    fn from(reply: Reply<Style>) -> Self {
        reply.as_asked()
    }
}

impl Content {
    pub(super) fn has_tool_calls(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::ToolCall { .. }))
    }

    pub(super) fn has_refusal(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Refusal(_)))
    }
}
