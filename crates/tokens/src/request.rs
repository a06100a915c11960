//! What is counted: a request in the shape that counting needs, borrowed from the caller's own.

use serde_json::Value;

use crate::image::{Detail, ImageSize};

/// A request to a chat model, of any dialect. System texts are messages with role `system`.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// In the order they are sent.
    pub messages: Vec<Message<'a>>,
    /// The functions that are offered.
    pub tools: Vec<Tool<'a>>,
    /// Set when the tools' fixed preamble is not charged: Claude Code with tools of MCP servers, that
    /// is, an `anthropic-beta` that starts with `claude-code` and a tool named `mcp__…`.
    pub without_tool_preamble: bool,
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// `system`, `user`, `assistant`, `tool` …; what the assistant said is output, all else input.
    pub role: &'a str,
    /// The participant's name, where a dialect has one.
    pub name: Option<&'a str>,
    /// In the order they are sent.
    pub parts: Vec<Part<'a>>,
}

/// A part of a message. What the model does not read as text (signatures, encrypted reasoning) is left
/// out by the caller.
#[derive(Clone, Debug)]
pub enum Part<'a> {
    /// Text, or thinking that is sent back as text.
    Text(&'a str),
    /// An image, by its size; never by its base64.
    Image {
        /// [`ImageSize::of`] the data; `None` for a URL, which counts as [`UNKNOWN_SIZE`].
        ///
        /// [`UNKNOWN_SIZE`]: crate::UNKNOWN_SIZE
        size: Option<ImageSize>,
        /// OpenAI's `detail`.
        detail: Detail,
    },
    /// A call the assistant made.
    ToolCall {
        /// The call's id.
        id: &'a str,
        /// The function's name.
        name: &'a str,
        /// JSON, as sent.
        arguments: &'a str,
    },
    /// What a call gave.
    ToolResult {
        /// The call's id.
        call_id: &'a str,
        /// Text and images.
        content: Vec<Part<'a>>,
    },
    /// A file.
    Document {
        /// Title or file name.
        name: Option<&'a str>,
        /// Its text, when it is a text.
        text: Option<&'a str>,
        /// Else its size in bytes (decoded), as of a PDF; 0 if there is none or it is unknown.
        data_bytes: u64,
    },
}

/// A function that is offered.
#[derive(Clone, Copy, Debug)]
pub struct Tool<'a> {
    /// The function's name.
    pub name: &'a str,
    /// What it is for.
    pub description: Option<&'a str>,
    /// The JSON schema of its arguments.
    pub parameters: Option<&'a Value>,
}
