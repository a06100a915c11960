//! What a turn consists of, as a front end shows it.

use crate::{Origin, ResultStatus};
use serde::{Deserialize, Serialize};

/// A thing to be shown. Each has a number, unique in its session; it starts, may grow, and completes or is discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number.
    pub id: u64,
    /// What it is.
    #[serde(flatten)]
    pub body: ItemBody,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ItemBody {
    /// What the user, or the engine in the user's place, said.
    UserMessage {
        /// The text; pictures are `[image]`.
        text: String,
        /// By whom.
        origin: Origin,
    },
    /// What the model says.
    AgentMessage {
        /// So far.
        text: String,
    },
    /// What the model thinks.
    Reasoning {
        /// So far.
        text: String,
    },
    /// A tool is called.
    ToolCall {
        /// The call's id.
        call: String,
        /// The tool's name.
        tool: String,
        /// The arguments: JSON text, whole once the item has started.
        arguments: String,
        /// How far it is.
        status: CallStatus,
        /// What it answered, once it has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<String>,
    },
    /// The conversation so far was replaced by a summary.
    Compaction {
        /// The summary.
        summary: String,
    },
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// It waits for its turn, or for an answer.
    Pending,
    /// It runs.
    Running,
    /// It did what was asked.
    Done,
    /// It failed.
    Failed,
    /// Somebody said no.
    Denied,
    /// It was broken off.
    Aborted,
}

impl From<ResultStatus> for CallStatus {
    fn from(status: ResultStatus) -> Self {
        match status {
            ResultStatus::Done => CallStatus::Done,
            ResultStatus::Failed => CallStatus::Failed,
            ResultStatus::Denied => CallStatus::Denied,
            ResultStatus::Aborted => CallStatus::Aborted,
        }
    }
}
