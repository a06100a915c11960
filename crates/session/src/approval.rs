//! Questions to the user, and the answers.

use serde::{Deserialize, Serialize};

/// A call that may not go on until somebody says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The question's number; the answer names it.
    pub ask: u64,
    /// The id of the call.
    pub call: String,
    /// The tool's name.
    pub tool: String,
    /// What is to be done: a command, a path, an address.
    pub subject: String,
    /// Why it is asked.
    pub why: String,
    /// What would become of the file, as a unified difference, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// What would be allowed for longer by an answer with a wider scope.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<AllowRule>,
}

/// A question of the model's to the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its number; the answer names it.
    pub ask: u64,
    /// The id of the call.
    pub call: String,
    /// What is asked.
    pub question: String,
    /// What may be answered.
    pub options: Vec<Choice>,
    /// Whether anything else may be, too.
    pub free: bool,
}

/// One of several answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The answer.
    pub label: String,
    /// What speaks for and against it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// Something that is allowed for longer than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowRule {
    /// `bash`, `edit`, `fetch`, `external_directory`, or a tool's name.
    pub permission: String,
    /// What may be done: a command with `*`, a path, a host.
    pub pattern: String,
}

/// How long an answer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// For this call.
    #[default]
    Once,
    /// Until the session ends; a resumed session remembers.
    Session,
    /// For all sessions of the project.
    Project,
}

/// What somebody said to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It may be done.
    Allow {
        /// For how long that holds.
        #[serde(default)]
        scope: Scope,
    },
    /// It must not; the model is told so and goes on.
    Deny {
        /// What the model is told besides.
        #[serde(default)]
        message: Option<String>,
    },
    /// What the user says to a question of the model's.
    Say {
        /// What.
        text: String,
    },
    /// The turn is to end.
    Cancel,
}
