//! `agent`: a sub-agent that looks into something in a context of its own and gives back what it found.
//!
//! It only reads, so several run at once, nothing of theirs is asked or undone, and the session's own context holds
//! nothing but the answer. What it uses counts for the session. It has no sub-agents.

use super::{Effect, Registry, Running, Tool};
use crate::driver::{Agent, AgentSettings};
use crate::engine::ToolOutcome;
use crate::model::Model;
use crate::project::Project;
use crate::system_prompt::SystemText;
use ironbridge_session::{
    CallStatus, EndReason, Event, Item, ItemBody, Mode, Operation, ResultStatus, Usage, UserPart,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// How often a sub-agent asks its model at most.
const MODEL_CALLS_MAX: u64 = 50;

const TASK: &str = "\
You are looked to by another agent for one task, and cannot ask back. You can only read and search. Answer with what \
was asked for and nothing else: paths with lines, names, and short quotations where they matter. Say what you did not \
find.";

/// Hands a task to a sub-agent that can read and search the project but change nothing, and gives its answer. It knows
/// nothing of this conversation: tell it all it needs. Good for searches through many files; several may run at once.
#[derive(Deserialize, JsonSchema)]
struct Explore {
    /// The task in a few words, for the user.
    description: String,
    /// The task, whole: what to find out, where, and what the answer is to have.
    #[serde(default)]
    prompt: Option<String>,
}

/// The tool `agent`, whose sub-agents ask `model` and have those tools of `registry` that only read.
pub(crate) fn explore_tool(model: Model, registry: &Registry, project: &Project) -> Tool {
    let registry = registry.clone().keep(|tool| tool.effect == Effect::Reads);
    let project = Project { commands: Vec::new(), ..project.clone() };
    Tool::waiting("agent", Effect::Reads, move |input: Explore, running: Running| {
        let settings = AgentSettings {
            registry: registry.clone(),
            project: project.clone(),
            mode: Some(Mode::Plan),
            model_calls_max: MODEL_CALLS_MAX,
            explores: false,
            system: SystemText { replace: None, append: Some(TASK.to_owned()) },
            ..AgentSettings::new(model.clone(), running.place.clone())
        };
        work(settings, input.prompt.unwrap_or(input.description), running)
    })
}

async fn work(settings: AgentSettings, prompt: String, running: Running) -> ToolOutcome {
    let (agent, handle, mut events) = Agent::new(settings);
    handle.submit(Operation::Prompt { parts: vec![UserPart::text(prompt)] }).await;
    let front_end = async move {
        // With the handle the sub-agent ends.
        let _handle = handle;
        let (mut text, mut used) = (String::new(), Usage::default());
        while let Some(event) = events.recv().await {
            match event {
                Event::ItemCompleted { item: Item { body, .. } } => match body {
                    ItemBody::AgentMessage { text: said } => text = said,
                    ItemBody::ToolCall { tool, status, .. } => {
                        let sign = if status == CallStatus::Done { "✓" } else { "✗" };
                        (running.progress)(format!("{sign} {tool}\n"));
                    }
                    _ => {}
                },
                Event::UsageUpdated { usage, .. } => used = usage,
                Event::TurnEnded { reason, error, .. } => {
                    return ended(text, reason, error, used);
                }
                _ => {}
            }
        }
        ended(text, EndReason::Error, Some("it ended before its turn".to_owned()), used)
    };
    let (outcome, ()) = tokio::join!(front_end, Box::pin(agent.run()));
    outcome
}

fn ended(text: String, reason: EndReason, error: Option<String>, used: Usage) -> ToolOutcome {
    let outcome = if reason == EndReason::Completed {
        ToolOutcome::done(text)
    } else {
        let why = error.map(|error| format!(" ({error})")).unwrap_or_default();
        let so_far = if text.is_empty() { text } else { format!("; so far it says:\n{text}") };
        let text = format!("the sub-agent ended early: {}{why}{so_far}", reason.name());
        ToolOutcome::new(ResultStatus::Failed, text)
    };
    ToolOutcome { usage: Some(used), ..outcome }
}
