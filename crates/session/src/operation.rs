//! What a front end asks of the agent.

use crate::{Answer, Mode, UserPart};
use serde::{Deserialize, Serialize};

/// What a front end asks of the agent. Operations are taken in the order they come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// Something new is asked. Begins a turn; while one is under way it waits in the queue for its end.
    Prompt {
        /// What is asked.
        parts: Vec<UserPart>,
    },
    /// Something is said to the turn under way: the model hears it at its next step. Without a turn it is a prompt.
    Steer {
        /// What is said.
        parts: Vec<UserPart>,
    },
    /// What waits in the queue is taken back.
    ClearQueue,
    /// The turn ends now. What waits in the queue goes on waiting, until the next prompt.
    Interrupt,
    /// A question is answered.
    Answer {
        /// The question's number.
        ask: u64,
        /// The answer.
        #[serde(flatten)]
        answer: Answer,
    },
    /// Another mode holds from the next call on.
    SetMode {
        /// The mode.
        mode: Mode,
    },
    /// The last turn is taken back, in the conversation and in the files it changed.
    Undo,
    /// What was taken back last is done again.
    Redo,
    /// The conversation is summarised now.
    Compact,
    /// The session has another title.
    Rename {
        /// The title.
        title: String,
    },
}
