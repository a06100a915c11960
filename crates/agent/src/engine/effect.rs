//! What is to be done.

use ironbridge_session::{AllowRule, Entry, Event, Message, Mode, Scope};
use serde_json::Value;
use std::sync::Arc;

/// One thing to be done outside, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell the front ends.
    Tell(Event),
    /// Append to the session's file. A failure is [`Input::WriteFailed`](super::Input::WriteFailed).
    Record(Entry),
    /// Keep the files as they are now, for undo.
    Checkpoint {
        /// The turn that begins.
        turn: u64,
    },
    /// Ask the model.
    Ask(ModelRequest),
    /// Ask the model for a summary, without tools. Its events bear the request's number, like those of any other.
    Summarise {
        /// Its number.
        request: u64,
        /// What a summary is, for the system prompt.
        system: &'static str,
        /// What is to be summarised.
        text: String,
    },
    /// The request under way is no longer wanted.
    CancelAsk,
    /// Tell the input [`Timer`](super::Input::Timer) after so long.
    Wait {
        /// The timer's number.
        timer: u64,
        /// Milliseconds.
        wait_ms: u64,
    },
    /// Say whether a call may run.
    Judge {
        /// The call.
        run: RunCall,
        /// By which mode.
        mode: Mode,
    },
    /// Run a call.
    Run {
        /// The call.
        run: RunCall,
        /// Whether a person has just allowed it: then it runs without the sandbox.
        by_person: bool,
    },
    /// End all calls that run.
    CancelRuns,
    /// Hold these rules from now on.
    Allow {
        /// The rules.
        rules: Vec<AllowRule>,
        /// For how long.
        scope: Scope,
    },
    /// Put the files back as they were at a snapshot.
    Restore {
        /// The turn that is taken back, or done again.
        turn: u64,
        /// The snapshot.
        snapshot: u64,
    },
}

/// What a model is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRequest {
    /// Its number; its events bear it.
    pub request: u64,
    /// The conversation; shared with the transcript.
    pub messages: Vec<Arc<Message>>,
    /// What may be done by now: in mode `plan` no tool is offered that could only be refused.
    pub mode: Mode,
}

/// A call that is to be judged or run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunCall {
    /// Its number; its progress and its end bear it.
    pub call: u64,
    /// The tool.
    pub tool: String,
    /// The arguments; they fit the tool's schema.
    pub arguments: Value,
}
