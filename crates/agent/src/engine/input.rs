//! What comes in.

use ironbridge_session::{AllowRule, Choice, Operation, ResultStatus, Usage, UserPart};
use ironbridge_wire::Event;

/// One thing that happened outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A front end asks for something.
    Operation(Operation),
    /// The reply to a request grows.
    Model {
        /// The request's number.
        request: u64,
        /// By what.
        event: Event,
    },
    /// A request got no reply.
    ModelFailed {
        /// Its number.
        request: u64,
        /// Why.
        failure: ModelFailure,
    },
    /// A wait is over.
    Timer(u64),
    /// Whether a call may run.
    Judged {
        /// Its number.
        call: u64,
        /// Whether.
        verdict: Verdict,
    },
    /// A running tool prints.
    ToolProgress {
        /// The call's number.
        call: u64,
        /// What.
        text: String,
    },
    /// A tool is done.
    ToolDone {
        /// The call's number.
        call: u64,
        /// With what.
        outcome: ToolOutcome,
    },
    /// The model is to hear this at its next step, from the engine.
    Note {
        /// What.
        text: String,
    },
    /// The files of a turn can be had again.
    Checkpointed {
        /// The turn.
        turn: u64,
        /// The snapshot.
        snapshot: u64,
    },
    /// Files were put back.
    Restored {
        /// The turn that was taken back, or done again.
        turn: u64,
        /// The snapshot that takes this back.
        snapshot: Option<u64>,
        /// What became of which file.
        files: Vec<String>,
    },
    /// Files could not be put back; nothing was changed.
    RestoreFailed {
        /// The turn.
        turn: u64,
        /// Why.
        reason: String,
    },
    /// An entry could not be written.
    WriteFailed {
        /// Why.
        reason: String,
    },
}

/// Why a request got no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFailure {
    /// Which class it is of.
    pub kind: FailureKind,
    /// For the user.
    pub message: String,
    /// How long the provider asks to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// What may be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The network, or a 5xx: the same request may do better in a moment.
    Transient,
    /// 429: the same, later.
    Limited,
    /// The request does not fit the model's context.
    ContextFull,
    /// Nothing that would help: a wrong key, a wrong request, no such model.
    Fatal,
}

/// Whether a call may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Allow,
    /// Somebody must say so.
    Ask {
        /// What is to be done.
        subject: String,
        /// Why it is asked.
        why: String,
        /// What would become of the file.
        diff: Option<String>,
        /// What a wider answer allows.
        rules: Vec<AllowRule>,
    },
    /// It is a question to the user, whose answer is the result.
    Question {
        /// What is asked.
        question: String,
        /// What may be answered.
        options: Vec<Choice>,
        /// Whether anything else may be, too.
        free: bool,
    },
    /// It must not.
    Deny {
        /// What the model is told.
        why: String,
    },
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolOutcome {
    /// What the model is told.
    pub text: String,
    /// How it went.
    pub status: ResultStatus,
    /// Pictures for the model.
    pub images: Vec<UserPart>,
    /// What a model used that the tool asked.
    pub usage: Option<Usage>,
}

impl ToolOutcome {
    /// It did what was asked.
    #[must_use]
    pub fn done(text: impl Into<String>) -> Self {
        ToolOutcome::new(ResultStatus::Done, text)
    }

    /// It failed.
    #[must_use]
    pub fn failed(text: impl Into<String>) -> Self {
        ToolOutcome::new(ResultStatus::Failed, text)
    }

    /// It went so.
    #[must_use]
    pub fn new(status: ResultStatus, text: impl Into<String>) -> Self {
        ToolOutcome { text: text.into(), status, images: Vec::new(), usage: None }
    }
}
