//! The fuzz target of the agent: replies of models, in which calls may be written any which way.

use ironbridge_agent::engine::{Effect, Engine, EngineSettings, Input, Measure, ToolSpec};
use ironbridge_session::{EntryBody, Mode, Operation, ReplyPart, Transcript, UserPart};
use ironbridge_wire::{Delta, Event, Finish, Opening};
use serde_json::json;

/// One fuzz target: its name, which is its folder under `fuzz/corpus`, and its body.
pub type FuzzTarget = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[FuzzTarget] = &[("agent_calls", agent_calls)];

/// A reply's text: nothing panics, every call is of a tool or of a form that can be nothing else, and no cut changes what
/// is read.
pub fn agent_calls(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let whole = replied(&text, usize::MAX);
    let cut = replied(&text, data.len() % 7 + 1);
    assert_eq!(whole, cut, "a cut changes what is read");
    let ids: Vec<&str> = whole.iter().filter_map(call).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(ids.len(), unique.len(), "an id is there twice");
}

fn call(part: &ReplyPart) -> Option<&str> {
    match part {
        ReplyPart::Call { id, .. } => Some(id),
        ReplyPart::Text { .. } | ReplyPart::Thinking { .. } => None,
    }
}

/// What is kept of a reply that comes in chunks of so many characters.
fn replied(text: &str, chunk_chars: usize) -> Vec<ReplyPart> {
    let mut engine = engine();
    let parts = vec![UserPart::text("go")];
    let effects = engine.handle(1, Input::Operation(Operation::Prompt { parts }));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Ask(request) => Some(request.request),
        _ => None,
    });
    let request = asked.expect("a prompt asks the model");
    let mut events = vec![Event::Open { part: 0, opening: Opening::Text }];
    let chars: Vec<char> = text.chars().collect();
    for chunk in chars.chunks(chunk_chars.min(chars.len().max(1))) {
        events.push(Event::Delta { part: 0, delta: Delta::Text(chunk.iter().collect()) });
    }
    events.extend([Event::Close { part: 0 }, Event::Finish(Finish::Stop), Event::End]);
    let mut kept = Vec::new();
    for event in events {
        for effect in engine.handle(2, Input::Model { request, event }) {
            if let Effect::Record(entry) = effect
                && let EntryBody::Assistant { parts, .. } = entry.body
            {
                kept = parts;
            }
        }
    }
    kept
}

fn engine() -> Engine {
    let tool = |name: &str| ToolSpec {
        name: name.to_owned(),
        description: String::new(),
        schema: json!({
            "type": "object",
            "properties": {
                "path": {"type": "string"},
                "content": {"type": "string"},
                "count": {"type": "integer"},
                "all": {"type": "boolean"},
                "files": {"type": "array", "items": {"type": "string"}}
            }
        }),
        reads: true,
    };
    let settings = EngineSettings {
        model: "m".to_owned(),
        mode: Some(Mode::Normal),
        can_ask: true,
        model_calls_max: 3,
        calls_max: usize::MAX,
        tools: [tool("read_file"), tool("write_file"), tool("mcp__a-b.c")].into(),
        context_max: 0,
        measure: Measure::of_model(None, "m"),
        seed: 1,
    };
    Engine::new(settings, Transcript::default())
}
