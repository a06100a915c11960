//! What a run prints: text, events, or one object.

use ironbridge_agent::Model;
use ironbridge_session::{CallStatus, EndReason, Event, Item, ItemBody, RunResult, Usage};
use ironbridge_upstream::Prices;
use serde_json::json;

use crate::arguments::Run;
use crate::error::Error;
use crate::output;

/// What is shown of a call's arguments, in characters.
const ARGUMENTS_CHARS_MAX: usize = 120;

/// What a run has printed and gathered so far.
pub(super) struct Shown {
    form: Form,
    prices: Option<Prices>,
    /// What the session had used before.
    before: Usage,
    /// Whether the turn, or what was asked instead of one, is over.
    over: bool,
    in_turn: bool,
    result: RunResult,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Object,
    Events,
}

impl Shown {
    pub(super) fn new(asked: &Run, model: &Model, session: &str, before: Usage) -> Self {
        let form = match (asked.json_stream, asked.json) {
            (true, _) => Form::Events,
            (false, true) => Form::Object,
            (false, false) => Form::Text,
        };
        let result = RunResult {
            session: session.to_owned(),
            reason: EndReason::Error,
            text: String::new(),
            turns: 0,
            usage: Usage::default(),
            cost: None,
            error: None,
        };
        Shown { form, prices: model.facts().prices, before, over: false, in_turn: false, result }
    }

    /// Takes in an event and prints what is due.
    pub(super) fn event(&mut self, event: &Event) -> Result<(), Error> {
        match event {
            Event::ItemCompleted { item: Item { body: ItemBody::AgentMessage { text }, .. } } => {
                self.result.text.clone_from(text);
            }
            Event::UsageUpdated { usage, .. } => self.result.usage = since(usage, &self.before),
            Event::TurnStarted { .. } => self.in_turn = true,
            Event::TurnUndone { turn, undone, files } => {
                let what = if *undone { "undone" } else { "done again" };
                let lines = std::iter::once(format!("turn {turn} is {what}"));
                self.result.text =
                    lines.chain(files.iter().cloned()).collect::<Vec<_>>().join("\n");
                self.result.reason = EndReason::Completed;
                self.over = true;
            }
            Event::ItemCompleted { item: Item { body: ItemBody::Compaction { summary }, .. } }
                if !self.in_turn =>
            {
                self.result.text.clone_from(summary);
                self.result.reason = EndReason::Completed;
                self.over = true;
            }
            // Without a turn it is the answer to what was asked.
            Event::Notice { text } if !self.in_turn => {
                self.result.error = Some(text.clone());
                self.over = true;
            }
            Event::TurnEnded { reason, error, model_calls, .. } => {
                self.over = true;
                self.result.reason = *reason;
                self.result.error.clone_from(error);
                self.result.turns = *model_calls;
            }
            _ => {}
        }
        match self.form {
            Form::Text => text(event),
            Form::Object => Ok(()),
            Form::Events => line(&json!(event)),
        }
    }

    /// Whether nothing more is to come.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Prints what comes last, and gives it.
    pub(super) fn end(mut self) -> Result<RunResult, Error> {
        self.result.cost = self.prices.map(|prices| cost(&prices, &self.result.usage));
        match self.form {
            Form::Text => {
                if !self.in_turn && !self.result.text.is_empty() {
                    output::result(&format!("{}\n", self.result.text))?;
                }
                if let Some(error) = &self.result.error {
                    output::message(&format!("error: {error}\n"));
                }
                let hint = hint(self.result.reason);
                if !hint.is_empty() {
                    output::message(&format!("hint: {hint}\n"));
                }
            }
            Form::Object | Form::Events => line(&json!(self.result))?,
        }
        Ok(self.result)
    }
}

/// What was used since `before`.
fn since(usage: &Usage, before: &Usage) -> Usage {
    Usage {
        input: usage.input.saturating_sub(before.input),
        cache_read: usage.cache_read.saturating_sub(before.cache_read),
        cache_write: usage.cache_write.saturating_sub(before.cache_write),
        output: usage.output.saturating_sub(before.output),
    }
}

fn line(value: &serde_json::Value) -> Result<(), Error> {
    output::result(&format!("{value}\n"))
}

/// What the model says goes to stdout, what is done to stderr.
fn text(event: &Event) -> Result<(), Error> {
    match event {
        Event::ItemCompleted { item } => match &item.body {
            ItemBody::AgentMessage { text } => {
                return output::result(&format!("{}\n", text.trim_end()));
            }
            ItemBody::ToolCall { tool, arguments, status, .. } => {
                output::message(&format!("{} {tool} {}\n", sign(*status), short(arguments)));
            }
            ItemBody::Compaction { .. } => {
                output::message("the beginning of the conversation was summarised\n");
            }
            ItemBody::UserMessage { .. } | ItemBody::Reasoning { .. } => {}
        },
        Event::Retrying { attempt, attempts_max, wait_ms, reason } => output::message(&format!(
            "warning: {reason}; retry {attempt} of {attempts_max} in {} s\n",
            Seconds(*wait_ms)
        )),
        _ => {}
    }
    Ok(())
}

/// Milliseconds, shown as seconds.
struct Seconds(u64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0 / 1000, self.0 % 1000 / 100)
    }
}

fn sign(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Pending | CallStatus::Running => "…",
        CallStatus::Done => "✓",
        CallStatus::Failed => "✗",
        CallStatus::Denied => "⊘",
        CallStatus::Aborted => "■",
    }
}

fn short(arguments: &str) -> String {
    let line = arguments.replace('\n', " ");
    if line.chars().count() <= ARGUMENTS_CHARS_MAX {
        return line;
    }
    let begin: String = line.chars().take(ARGUMENTS_CHARS_MAX).collect();
    format!("{begin}…")
}

fn hint(reason: EndReason) -> &'static str {
    match reason {
        EndReason::ApprovalNeeded => {
            "nobody can answer in a run: --mode yolo allows everything, --mode auto-accept changes of files"
        }
        EndReason::MaxTurns => {
            "the turn limit was reached; --max-turns sets another, --continue goes on"
        }
        EndReason::Completed
        | EndReason::Length
        | EndReason::Refused
        | EndReason::Interrupted
        | EndReason::Loop
        | EndReason::EmptyReply
        | EndReason::Error => "",
    }
}

fn cost(prices: &Prices, usage: &Usage) -> f64 {
    let usage = ironbridge_wire::Usage {
        input: usage.input,
        cache_read: Some(usage.cache_read),
        cache_write: Some(usage.cache_write),
        output: usage.output,
        ..ironbridge_wire::Usage::default()
    };
    prices.cost(&usage).dollars()
}
