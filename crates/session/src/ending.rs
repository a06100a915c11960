//! Why a turn ended, and what a headless run says last.

use crate::Usage;
use serde::{Deserialize, Serialize};

/// Why a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The model was done.
    Completed,
    /// The model reached the most tokens it may generate.
    Length,
    /// The model or a filter declined.
    Refused,
    /// The limit of model calls was reached while there was more to do.
    MaxTurns,
    /// A call needs an approval, and nobody is there to give it.
    ApprovalNeeded,
    /// The user broke it off.
    Interrupted,
    /// The same calls gave the same results again and again.
    Loop,
    /// The model said nothing, whatever it was told.
    EmptyReply,
    /// The provider failed, or the session could not be written.
    Error,
}

impl EndReason {
    /// Its name in events and in the last line of a run.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            EndReason::Completed => "completed",
            EndReason::Length => "length",
            EndReason::Refused => "refused",
            EndReason::MaxTurns => "max_turns",
            EndReason::ApprovalNeeded => "approval_needed",
            EndReason::Interrupted => "interrupted",
            EndReason::Loop => "loop",
            EndReason::EmptyReply => "empty_reply",
            EndReason::Error => "error",
        }
    }

    /// The exit code of a run that ended so.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            EndReason::Completed => 0,
            EndReason::MaxTurns | EndReason::ApprovalNeeded => 3,
            EndReason::Interrupted => 130,
            EndReason::Length
            | EndReason::Refused
            | EndReason::Loop
            | EndReason::EmptyReply
            | EndReason::Error => 1,
        }
    }
}

/// The last line of `ironbridge run --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// The session's id.
    pub session: String,
    /// Why it ended.
    pub reason: EndReason,
    /// The model's last text.
    pub text: String,
    /// How often the model was asked.
    pub turns: u64,
    /// What that used.
    pub usage: Usage,
    /// What it cost, in US dollars; `null`: nobody bills, or the price is not known.
    pub cost: Option<f64>,
    /// What went wrong; `null`: nothing.
    pub error: Option<String>,
}
