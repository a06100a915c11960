//! The neutral reply.

use crate::part::Part;
use crate::usage::Usage;

/// A whole reply of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The provider's id of it.
    pub id: String,
    /// The model that answered.
    pub model: String,
    /// When it was made, in seconds since 1970; 0 where the dialect does not say.
    pub created: u64,
    /// What it consists of, in order.
    pub parts: Vec<Part>,
    /// Why it ended.
    pub finish: Finish,
    /// What it used; `None` where the provider does not say.
    pub usage: Option<Usage>,
    /// The tier that served it.
    pub service_tier: Option<String>,
}

/// Why a reply ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Finish {
    /// The model was done.
    #[default]
    Stop,
    /// One of the client's stop texts came; which one, where the dialect says.
    StopSequence(Option<String>),
    /// The token limit of the request.
    Length,
    /// The model's context window was full.
    ContextFull,
    /// The model waits for tools.
    ToolCalls,
    /// The model or a filter declined.
    Refusal,
    /// A long turn was interrupted by the provider and may be continued (`pause_turn`).
    Pause,
    /// A reason that only one dialect has, in its word.
    Other(String),
}

impl Finish {
    /// The reason in one word, for records and metrics; the dialect's own word where only it has the reason.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Finish::Stop => "stop",
            Finish::StopSequence(_) => "stop_sequence",
            Finish::Length => "length",
            Finish::ContextFull => "context_full",
            Finish::ToolCalls => "tool_calls",
            Finish::Refusal => "refusal",
            Finish::Pause => "pause",
            Finish::Other(word) => word,
        }
    }
}
