//! The engine alone: inputs in any order, and what comes out.

mod any_order;
mod context;
mod turns;

use super::*;
use ironbridge_session::{Operation, check_view};
use ironbridge_wire::{CallKind, Delta, Event as Heard, Finish, Opening};
use serde_json::json;

/// An engine with two tools, `look` (reads) and `change`.
fn engine(can_ask: bool, model_calls_max: u64) -> Engine {
    engine_of(can_ask, model_calls_max, 0)
}

/// The same with a context of so many tokens; 0: not known.
fn engine_of(can_ask: bool, model_calls_max: u64, context_max: u64) -> Engine {
    let tool = |name: &str, reads| ToolSpec {
        name: name.to_owned(),
        description: String::new(),
        schema: json!({
            "type": "object",
            "properties": {"path": {"type": "string"}},
            "required": ["path"]
        }),
        reads,
    };
    let settings = EngineSettings {
        model: "m".to_owned(),
        mode: None,
        can_ask,
        model_calls_max,
        calls_max: usize::MAX,
        tools: [tool("look", true), tool("change", false)].into(),
        context_max,
        measure: Measure::of_model(Some("openai"), "gpt-4o"),
        seed: 1,
    };
    Engine::new(settings, Transcript::default())
}

/// An engine with its effects as lines, for expectations.
struct Bench {
    engine: Engine,
    now: u64,
}

impl Bench {
    fn new() -> Self {
        Bench { engine: engine(true, 10), now: 0 }
    }

    fn with(engine: Engine) -> Self {
        Bench { engine, now: 0 }
    }

    fn give(&mut self, input: Input) -> Vec<String> {
        self.now += 1000;
        let effects = self.engine.handle(self.now, input);
        assert_eq!(check_view(&self.engine.transcript().view()), Ok(()));
        effects.iter().map(told).filter(|line| !line.is_empty()).collect()
    }

    fn prompt(&mut self, text: &str) -> Vec<String> {
        let parts = vec![UserPart::text(text)];
        self.give(Input::Operation(Operation::Prompt { parts }))
    }

    fn request(&self) -> u64 {
        self.engine.numbers.request
    }

    /// A whole reply: a text, and calls as `(id, tool, arguments)`.
    fn reply(&mut self, text: &str, calls: &[(&str, &str, &str)]) -> Vec<String> {
        let mut lines = Vec::new();
        for event in reply_events(text, calls) {
            let request = self.request();
            lines.extend(self.give(Input::Model { request, event }));
        }
        lines
    }

    fn fail(&mut self, kind: FailureKind, retry_after_ms: Option<u64>) -> Vec<String> {
        let failure = ModelFailure { kind, message: "no luck".to_owned(), retry_after_ms };
        let request = self.request();
        self.give(Input::ModelFailed { request, failure })
    }

    /// The number of the call with this id.
    fn call(&self, wanted: usize) -> u64 {
        self.engine.numbers.ask - wanted as u64
    }
}

fn reply_events(text: &str, calls: &[(&str, &str, &str)]) -> Vec<Heard> {
    let mut events = Vec::new();
    if !text.is_empty() {
        events.push(Heard::Open { part: 0, opening: Opening::Text });
        events.push(Heard::Delta { part: 0, delta: Delta::Text(text.to_owned()) });
        events.push(Heard::Close { part: 0 });
    }
    for (index, (id, name, arguments)) in calls.iter().enumerate() {
        let (id, name) = ((*id).to_owned(), (*name).to_owned());
        let opening = Opening::Call { id, name, kind: CallKind::Function };
        let delta = Delta::Arguments((*arguments).to_owned());
        let part = index + 1;
        events.extend([
            Heard::Open { part, opening },
            Heard::Delta { part, delta },
            Heard::Close { part },
        ]);
    }
    let finish = if calls.is_empty() { Finish::Stop } else { Finish::ToolCalls };
    events.extend([Heard::Finish(finish), Heard::End]);
    events
}

/// An effect in a few words; nothing for what says the same as another.
fn told(effect: &Effect) -> String {
    match effect {
        Effect::Tell(event) => match event {
            Event::Retrying { attempt, wait_ms, .. } => format!("retry {attempt} in {wait_ms}"),
            Event::ItemDiscarded { item } => format!("discard {item}"),
            Event::ApprovalRequested { approval } => format!("ask {}", approval.subject),
            Event::ApprovalResolved { allowed, .. } => format!("resolved {allowed}"),
            Event::TurnEnded { reason, error, .. } => {
                let error = error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
                format!("end {}{error}", reason.name())
            }
            Event::Notice { text } => format!("notice {text}"),
            Event::ItemCompleted { item: Item { body: ItemBody::Compaction { summary }, .. } } => {
                format!("summary {summary}")
            }
            Event::QueueChanged { waiting } => format!("queue {waiting:?}"),
            _ => String::new(),
        },
        Effect::Record(entry) => match &entry.body {
            EntryBody::Result(result) => {
                format!("result {} {:?}: {}", result.call, result.status, result.text)
            }
            EntryBody::User { origin: Origin::Engine, parts, .. } => {
                format!("nudge {}", UserPart::texts(parts))
            }
            _ => String::new(),
        },
        Effect::Checkpoint { turn } => format!("checkpoint {turn}"),
        Effect::Ask(request) => format!("model {} messages", request.messages.len()),
        Effect::Summarise { .. } => "summarise".to_owned(),
        Effect::CancelAsk => "cancel model".to_owned(),
        Effect::Wait { .. } | Effect::Allow { .. } => String::new(),
        Effect::Judge { run, mode } => format!("judge {} in {}", run.tool, mode.name()),
        Effect::Run { run, by_person } => {
            format!(
                "run {} {}{}",
                run.tool,
                run.arguments,
                if *by_person { " by person" } else { "" }
            )
        }
        Effect::CancelRuns => "cancel tools".to_owned(),
        Effect::Restore { turn, snapshot } => format!("restore {turn} from {snapshot}"),
    }
}
