//! What a conversation is made of.

use crate::Usage;
use serde::{Deserialize, Serialize};

/// One message of a conversation, as it is kept and as a view gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The user, or the engine in the user's place.
    User {
        /// What is said.
        parts: Vec<UserPart>,
        /// By whom.
        origin: Origin,
    },
    /// The model.
    Assistant {
        /// What it said and which tools it calls, in order.
        parts: Vec<ReplyPart>,
    },
    /// A tool.
    Result(ToolResult),
}

/// Who speaks in the user's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The user, with a prompt that begins a turn.
    #[default]
    User,
    /// The user, while a turn was under way.
    Steer,
    /// The engine: a nudge after an empty reply, what a mistake was.
    Engine,
}

impl Origin {
    /// Whether a prompt begins a turn.
    #[must_use]
    pub fn begins_turn(&self) -> bool {
        *self == Origin::User
    }
}

/// A piece of what a user says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum UserPart {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// A picture.
    Image {
        /// Its type, `image/png`.
        mime: String,
        /// Its bytes in base64.
        data: String,
    },
}

impl UserPart {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        UserPart::Text { text: text.into() }
    }

    /// The texts of a prompt, joined by line ends; a picture is `[image]`.
    #[must_use]
    pub fn texts(parts: &[UserPart]) -> String {
        let text = |part: &UserPart| match part {
            UserPart::Text { text } => text.clone(),
            UserPart::Image { .. } => "[image]".to_owned(),
        };
        parts.iter().map(text).collect::<Vec<_>>().join("\n")
    }
}

/// A piece of what the model says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReplyPart {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// Reasoning that is shown, or only sealed.
    Thinking {
        /// The text; empty where the provider hides it.
        text: String,
        /// What the provider wants to see again with it, packed ([`wire`'s `Seal::pack`]).
        ///
        /// [`wire`'s `Seal::pack`]: https://docs.rs/ironbridge-wire
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal: Option<String>,
    },
    /// A tool is called.
    Call {
        /// The id that the result names; unique in its session.
        id: String,
        /// The tool's name, as the model wrote it.
        name: String,
        /// The arguments, JSON text as the model wrote it.
        arguments: String,
    },
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The id of the call.
    pub call: String,
    /// The tool's name.
    pub tool: String,
    /// What the model is told.
    pub text: String,
    /// How it went.
    #[serde(default)]
    pub status: ResultStatus,
    /// Pictures that were read, as in a prompt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<UserPart>,
    /// What a model used that the tool asked: a sub-agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// How a call went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultStatus {
    /// It did what was asked.
    #[default]
    Done,
    /// It failed, or was no proper call.
    Failed,
    /// A person or a rule said no.
    Denied,
    /// It was broken off, or never begun because something before it was.
    Aborted,
}

impl ResultStatus {
    /// Whether the model is told that it failed.
    #[must_use]
    pub fn is_error(self) -> bool {
        self != ResultStatus::Done
    }
}
