//! `ask_user`: a question to the user. The engine puts it and takes the answer; the tool itself does nothing.

use super::{Effect, Running, Tool};
use crate::engine::Verdict;
use ironbridge_session::Choice;
use ironbridge_tools::Failure;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// The tool's name.
pub(crate) const ASK_TOOL: &str = "ask_user";
/// Answers to choose from (nanocoder).
const OPTIONS_MAX: usize = 6;

pub(super) fn tools() -> Vec<Tool> {
    let unasked = |_: &Running, _: &AskUser| {
        Err(Failure::new("not_asked", "the question was not put to anybody"))
    };
    vec![Tool::blocking(ASK_TOOL, Effect::Asks, unasked)]
}

/// Asks the user a question and gives the answer. Only for what cannot be found out and cannot be decided sensibly
/// without them.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AskUser {
    /// The question.
    question: String,
    /// Two to six answers to choose from.
    #[serde(default)]
    options: Vec<Choosable>,
    /// Whether another answer may be given. Default: true.
    #[serde(default = "yes")]
    allow_freeform: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Choosable {
    /// An answer.
    Label(String),
    /// An answer, and what speaks for and against it.
    Described {
        label: String,
        #[serde(default)]
        description: String,
    },
}

/// What is to be asked.
pub(crate) fn question(arguments: &Value) -> Verdict {
    let asked: AskUser = match serde_json::from_value(arguments.clone()) {
        Ok(asked) => asked,
        Err(error) => return Verdict::Deny { why: format!("the arguments do not fit: {error}") },
    };
    if asked.options.len() > OPTIONS_MAX {
        return Verdict::Deny { why: format!("a question has at most {OPTIONS_MAX} options") };
    }
    let choice = |option| match option {
        Choosable::Label(label) => Choice { label, description: String::new() },
        Choosable::Described { label, description } => Choice { label, description },
    };
    let options: Vec<Choice> = asked.options.into_iter().map(choice).collect();
    let free = asked.allow_freeform || options.is_empty();
    Verdict::Question { question: asked.question, options, free }
}
