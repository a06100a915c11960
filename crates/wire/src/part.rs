//! What a message is made of.

use crate::dialect::Dialect;
use crate::pointer::Pointer;
use crate::seal::Seal;
use serde_json::Value;

/// One piece of a message, of a tool result or of a reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is.
    pub body: Body,
    /// Anthropic's `cache_control` of the block, as it was.
    pub cache: Option<Value>,
    /// Where it stood; the root for parts of a reply.
    pub at: Pointer,
}

impl Part {
    /// A part without a cache mark.
    #[must_use]
    pub const fn new(body: Body, at: Pointer) -> Self {
        Part { body, cache: None, at }
    }

    /// A plain text.
    #[must_use]
    pub fn text(text: impl Into<String>, at: Pointer) -> Self {
        Part::new(Body::Text { text: text.into(), citations: None }, at)
    }
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Text.
    Text {
        /// The text.
        text: String,
        /// Citations (messages) or annotations (responses, chat) of the dialect it came from, as they were.
        citations: Option<Value>,
    },
    /// A picture.
    Image {
        /// Where its bytes are.
        source: Media,
        /// OpenAI's `detail`: `low`, `high`, `auto`.
        detail: Option<String>,
    },
    /// A PDF or another document.
    Document {
        /// Where its bytes are.
        source: Media,
        /// The file's name or title.
        title: Option<String>,
        /// Anthropic's `context` of a document.
        context: Option<String>,
        /// Anthropic's `citations` setting of a document, as it was.
        citations: Option<Value>,
    },
    /// Sound for the model to hear.
    Audio {
        /// `wav`, `mp3`.
        format: String,
        /// Base64.
        data: String,
    },
    /// The model's visible reasoning, or the seal of reasoning that it keeps to itself.
    Thinking {
        /// The text or its summary; empty when the provider hides it.
        text: String,
        /// What the provider wants to see again with it.
        seal: Option<Seal>,
    },
    /// The model asks for a tool to be run by the client.
    Call(Call),
    /// What a tool answered.
    Result(ToolResult),
    /// The model declines, in words.
    Refusal(String),
    /// A block that only `dialect` has (server tools, containers, compaction), as it was.
    Native {
        /// The dialect it belongs to.
        dialect: Dialect,
        /// The whole block.
        value: Value,
    },
}

/// A tool call of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The id that the result will name (`call_…`, `toolu_…`).
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// JSON text for a function (empty text stands for `{}`), free text for a custom tool.
    pub arguments: String,
    /// Which kind of tool it calls.
    pub kind: CallKind,
}

/// Which kind of tool is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallKind {
    /// A function with JSON arguments.
    #[default]
    Function,
    /// An OpenAI custom tool with free text.
    Custom,
}

/// The answer of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// The id of the call it answers.
    pub call_id: String,
    /// Text, images and documents.
    pub parts: Vec<Part>,
    /// Whether the tool failed.
    pub is_error: bool,
    /// Which kind of tool was called.
    pub kind: CallKind,
}

/// Where the bytes of an image or a document are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// In the message itself.
    Base64 {
        /// `image/png`, `application/pdf` …
        mime: String,
        /// The bytes in base64.
        data: String,
    },
    /// At an address that the provider fetches.
    Url(String),
    /// In the provider's file store, by id.
    File(String),
    /// A document of plain text, in the message itself.
    Text(String),
}

impl Media {
    /// `data:` URLs become [`Media::Base64`], all others [`Media::Url`].
    #[must_use]
    pub fn from_url(url: String) -> Self {
        let Some((head, data)) = url.strip_prefix("data:").and_then(|rest| rest.split_once(','))
        else {
            return Media::Url(url);
        };
        match head.strip_suffix(";base64") {
            Some(mime) => Media::Base64 { mime: mime.to_owned(), data: data.to_owned() },
            None => Media::Url(url),
        }
    }

    /// The picture in a native part of a reply: an element of chat's `images`, or an `image_generation_call` of
    /// responses.
    pub(crate) fn of_native(part: &Value) -> Option<Self> {
        if let Some(url) = part.pointer("/image_url/url") {
            return url.as_str().map(|url| Media::from_url(url.to_owned()));
        }
        let text =
            |key: &str| part.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let data = text("result").filter(|_| text("type") == Some("image_generation_call"))?;
        let format = text("output_format").unwrap_or("png");
        Some(Media::Base64 { mime: format!("image/{format}"), data: data.to_owned() })
    }

    /// The URL form: `data:…;base64,…` for bytes; `None` for file ids and plain text.
    #[must_use]
    pub fn to_url(&self) -> Option<String> {
        match self {
            Media::Base64 { mime, data } => Some(format!("data:{mime};base64,{data}")),
            Media::Url(url) => Some(url.clone()),
            Media::File(_) | Media::Text(_) => None,
        }
    }
}
