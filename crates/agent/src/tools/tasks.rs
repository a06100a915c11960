//! `write_tasks`: the model's list of what is to be done.
//!
//! The list is nothing but the newest call: it is in the transcript, front ends show it from there, and a summary repeats
//! it.

use super::{Effect, Running, Tool};
use crate::engine::ToolOutcome;
use ironbridge_tools::Failure;
use schemars::JsonSchema;
use serde::Deserialize;

/// The tool's name; a summary of the conversation looks for its calls.
pub(crate) const TASKS_TOOL: &str = "write_tasks";
/// Tasks of a list.
const TASKS_MAX: usize = 100;

pub(super) fn tools() -> Vec<Tool> {
    vec![Tool::blocking(TASKS_TOOL, Effect::Harmless, write_tasks)]
}

/// Writes the whole list of tasks anew, for work of several steps. One at most is in progress; call it again whenever
/// one is begun or done.
#[derive(Deserialize, JsonSchema)]
struct WriteTasks {
    /// All tasks, in order.
    tasks: Vec<Task>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct Task {
    /// What is to be done, in a few words.
    title: String,
    /// How far it is.
    #[serde(default)]
    status: Status,
    /// More about it.
    #[serde(default)]
    description: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Status {
    #[default]
    Pending,
    InProgress,
    Completed,
}

fn write_tasks(_running: &Running, input: &WriteTasks) -> Result<ToolOutcome, Failure> {
    let wrong = |why: String| Err(Failure::new("invalid_input", why));
    if input.tasks.len() > TASKS_MAX {
        return wrong(format!("a list has at most {TASKS_MAX} tasks"));
    }
    if input.tasks.iter().any(|task| task.title.trim().is_empty()) {
        return wrong("every task has a title".to_owned());
    }
    let count = |status| input.tasks.iter().filter(|task| task.status == status).count();
    if count(Status::InProgress) > 1 {
        return wrong("at most one task is in progress".to_owned());
    }
    let line = |task: &Task| {
        let sign = match task.status {
            Status::Pending => "[ ]",
            Status::InProgress => "[>]",
            Status::Completed => "[x]",
        };
        let more = task.description.as_deref().map(|more| format!(": {more}")).unwrap_or_default();
        format!("{sign} {}{more}", task.title)
    };
    let lines: Vec<String> = input.tasks.iter().map(line).collect();
    let done = count(Status::Completed);
    Ok(ToolOutcome::done(format!("{done} of {} done\n{}", lines.len(), lines.join("\n"))))
}
