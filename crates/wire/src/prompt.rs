//! The neutral request: what a client asks of a model, whatever the dialect.
//!
//! Settings that may have no counterpart elsewhere carry their place ([`At`]), so that an encoder that cannot express
//! one can say which.

use crate::part::Part;
use crate::pointer::{At, Pointer};
use serde_json::{Map, Value};

/// A request for one reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    /// The model as the client named it.
    pub model: String,
    /// The conversation in order, system texts where they stood. A leading system prompt is the first turn.
    pub turns: Vec<Turn>,
    /// The tools the model may call.
    pub tools: Vec<Tool>,
    /// Whether it must, may or must not call one.
    pub tool_choice: Option<At<ToolChoice>>,
    /// Whether it may call several at once; `None` leaves it to the provider (yes).
    pub parallel_tools: Option<At<bool>>,
    /// Whether the reply is to be streamed.
    pub stream: bool,
    /// Chat's `stream_options.include_usage`: whether the client wants the usage chunk.
    pub include_usage: bool,
    /// The most tokens to generate.
    pub max_tokens: Option<At<u64>>,
    /// How the next token is chosen.
    pub sampling: Sampling,
    /// Texts that end the reply.
    pub stop: Option<At<Vec<String>>>,
    /// Whether and how hard the model is to reason first.
    pub reasoning: Reasoning,
    /// The form of the reply: plain text unless given.
    pub format: Option<At<Format>>,
    /// OpenAI's `verbosity`: `low`, `medium`, `high`.
    pub verbosity: Option<At<String>>,
    /// An opaque id of the end user: `user`, `metadata.user_id`.
    pub user: Option<At<String>>,
    /// OpenAI's `safety_identifier`.
    pub safety_identifier: Option<At<String>>,
    /// Free labels of the request; without Anthropic's `user_id`, which is [`Prompt::user`].
    pub metadata: Option<At<Map<String, Value>>>,
    /// `auto`, `default`, `flex`, `priority`, `standard_only`.
    pub service_tier: Option<At<String>>,
    /// Whether the provider is to keep the reply.
    pub store: Option<At<bool>>,
    /// OpenAI's `prompt_cache_key`.
    pub cache_key: Option<At<String>>,
    /// OpenAI's `prompt_cache_retention`.
    pub cache_retention: Option<At<String>>,
}

/// One message of the conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Who speaks. Tool results are parts of user turns.
    pub role: Role,
    /// The speaker's name (chat only).
    pub name: Option<String>,
    /// What is said.
    pub parts: Vec<Part>,
    /// Where the message stood.
    pub at: Pointer,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The operator.
    System,
    /// The operator, in OpenAI's newer word.
    Developer,
    /// The user, or a tool that answers.
    User,
    /// The model.
    Assistant,
}

/// A tool on offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// The name it is called by; for native tools their type where they have no name.
    pub name: String,
    /// What it does, for the model.
    pub description: Option<String>,
    /// What is sent to it.
    pub kind: ToolKind,
    /// OpenAI's and Anthropic's `strict`.
    pub strict: Option<bool>,
    /// Anthropic's `cache_control`, as it was.
    pub cache: Option<Value>,
    /// Where it stood.
    pub at: Pointer,
}

/// What a tool takes.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolKind {
    /// JSON arguments that fit this JSON Schema (`None`: none was given).
    Function {
        /// The schema of the arguments.
        schema: Option<Value>,
    },
    /// Free text, perhaps by a grammar (OpenAI's custom tools).
    Custom {
        /// The `format` member, as it was.
        format: Option<Value>,
    },
    /// A tool that only `dialect`'s provider runs (web search, code execution, namespaces), as it was.
    Native {
        /// The dialect that has it.
        dialect: crate::Dialect,
        /// The whole definition.
        value: Value,
    },
}

/// Whether a tool is called.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolChoice {
    /// As the model likes.
    Auto,
    /// At least one.
    Any,
    /// None.
    None,
    /// This one.
    Tool {
        /// Its name.
        name: String,
        /// Whether it is a custom tool.
        custom: bool,
    },
    /// Another choice of one dialect, as it was.
    Native(Value),
}

/// How the next token is chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    /// 0 to 2 (OpenAI) or 0 to 1 (Anthropic).
    pub temperature: Option<At<f64>>,
    /// Nucleus, 0 to 1.
    pub top_p: Option<At<f64>>,
    /// Only the best so many (Anthropic).
    pub top_k: Option<At<u64>>,
    /// −2 to 2 (chat).
    pub frequency_penalty: Option<At<f64>>,
    /// −2 to 2 (chat).
    pub presence_penalty: Option<At<f64>>,
    /// A seed for repeatable replies (chat).
    pub seed: Option<At<i64>>,
    /// Whether log probabilities are wanted (chat).
    pub logprobs: Option<At<bool>>,
    /// How many alternatives with them.
    pub top_logprobs: Option<At<u64>>,
}

/// Whether and how hard the model is to reason.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reasoning {
    /// Anthropic's `thinking.type`.
    pub mode: Option<At<ReasoningMode>>,
    /// Anthropic's `thinking.budget_tokens`.
    pub budget_tokens: Option<At<u64>>,
    /// `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`: OpenAI's effort or Anthropic's `output_config.effort`.
    pub effort: Option<At<String>>,
    /// How the reasoning is shown: OpenAI's `summary` (`auto`, `concise`, `detailed`), Anthropic's `display`.
    pub summary: Option<At<String>>,
    /// Responses: `include` asked for `reasoning.encrypted_content`.
    pub encrypted: bool,
}

/// Whether the model reasons before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasoningMode {
    /// With a budget.
    Enabled,
    /// Not at all.
    Disabled,
    /// As much as it likes.
    Adaptive,
}

/// The form of the reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// Plain text.
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that fits a schema.
    Schema {
        /// OpenAI's name of the schema.
        name: Option<String>,
        /// OpenAI's description of it.
        description: Option<String>,
        /// The JSON Schema.
        schema: Value,
        /// Whether the provider must enforce it.
        strict: Option<bool>,
    },
    /// Another format of one dialect (grammars), as it was.
    Native(Value),
}
