//! What the agent tells a front end.

use crate::{Approval, EndReason, Item, Mode, Question, Usage};
use serde::{Deserialize, Serialize};

/// What the agent tells a front end, in the order it happens. `run --json-stream` prints one a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The session is there. Comes first and once.
    SessionStarted {
        /// Its id.
        session: String,
        /// The model that is asked.
        model: String,
        /// How much may be done without asking.
        mode: Mode,
    },
    /// A turn begins.
    TurnStarted {
        /// Its number, from 1.
        turn: u64,
    },
    /// An item is there.
    ItemStarted {
        /// As it is so far.
        item: Item,
    },
    /// An item is further: a call runs by now.
    ItemUpdated {
        /// As it is so far.
        item: Item,
    },
    /// An item grows: text of the model, or what a running tool prints.
    ItemDelta {
        /// The item's number.
        item: u64,
        /// What is added.
        text: String,
    },
    /// An item is whole, and as it will stay. Whoever missed its deltas is right with this alone.
    ItemCompleted {
        /// The whole item.
        item: Item,
    },
    /// An item is not part of the session after all: its reply was cut and is asked for again.
    ItemDiscarded {
        /// The item's number.
        item: u64,
    },
    /// Somebody must answer.
    ApprovalRequested {
        /// The question.
        approval: Approval,
    },
    /// A question is settled: by an answer, another mode, or the end of the turn. Every front end drops it.
    ApprovalResolved {
        /// Its number.
        ask: u64,
        /// Whether the call may go on.
        allowed: bool,
    },
    /// The model asks the user.
    QuestionAsked {
        /// What.
        question: Question,
    },
    /// A question of the model's is answered, or nobody waits for the answer any more.
    QuestionClosed {
        /// Its number.
        ask: u64,
    },
    /// The provider failed and will be asked again. An interrupt ends the wait.
    Retrying {
        /// Which retry this will be, from 1.
        attempt: u32,
        /// How many there will be at most.
        attempts_max: u32,
        /// The wait, in milliseconds.
        wait_ms: u64,
        /// What failed.
        reason: String,
    },
    /// A model call is over.
    UsageUpdated {
        /// Of the whole session.
        usage: Usage,
        /// What the context held at the last call, in tokens.
        context: u64,
        /// What it may hold, in tokens; 0: not known.
        context_max: u64,
    },
    /// Another mode holds.
    ModeChanged {
        /// The mode.
        mode: Mode,
    },
    /// Another list of prompts waits.
    QueueChanged {
        /// Their texts, the next one first.
        waiting: Vec<String>,
    },
    /// The last turn was taken back, or done again.
    TurnUndone {
        /// Its number.
        turn: u64,
        /// `false`: it is done again.
        undone: bool,
        /// What became of which file, one line each.
        files: Vec<String>,
    },
    /// Something the user should know.
    Notice {
        /// What.
        text: String,
    },
    /// The turn is over.
    TurnEnded {
        /// Its number.
        turn: u64,
        /// Why.
        reason: EndReason,
        /// What went wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// How often the model was asked.
        model_calls: u64,
    },
}
