//! What the agent does, as updates of a session.

use super::asking::difference;
use super::bounds::RUNNING_OUTPUT_BYTES_MAX;
use super::changes::Changes;
use super::options;
use super::preview;
use super::tools::{kind, locations, plan, status, title};
use ironbridge_agent::Place;
use ironbridge_session::{CallStatus, Event, Item, ItemBody};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// What one session has told so far.
pub(super) struct Telling {
    place: Arc<Place>,
    changes: Arc<Changes>,
    /// Items that are not complete yet.
    open: HashMap<u64, Open>,
}

/// An item that grows.
enum Open {
    /// So many bytes of it were told, as this kind of chunk.
    Text {
        update: &'static str,
        told: usize,
    },
    Call {
        call: String,
        arguments: Value,
        printed: String,
    },
}

const MESSAGE: &str = "agent_message_chunk";
const THOUGHT: &str = "agent_thought_chunk";

impl Telling {
    pub(super) fn new(place: Arc<Place>, changes: Arc<Changes>) -> Self {
        Telling { place, changes, open: HashMap::new() }
    }

    /// The updates that an event is.
    pub(super) fn event(&mut self, event: &Event) -> Vec<Value> {
        match event {
            Event::ItemStarted { item } => self.started(item).into_iter().collect(),
            Event::ItemUpdated { item } => self.updated(item).into_iter().collect(),
            Event::ItemDelta { item, text } => self.grown(*item, text).into_iter().collect(),
            Event::ItemCompleted { item } => self.completed(item),
            Event::ItemDiscarded { item } => self.discarded(*item).into_iter().collect(),
            Event::Retrying { attempt, attempts_max, wait_ms, reason } => {
                let seconds = wait_ms.div_ceil(1_000);
                let text = format!("{reason}; retry {attempt} of {attempts_max} in {seconds} s\n");
                vec![chunk(THOUGHT, &text, None)]
            }
            Event::UsageUpdated { context, context_max, .. } if *context_max > 0 => {
                vec![
                    json!({ "sessionUpdate": "usage_update", "used": context, "size": context_max }),
                ]
            }
            Event::ModeChanged { mode } => vec![
                json!({ "sessionUpdate": "current_mode_update", "currentModeId": mode.name() }),
                json!({ "sessionUpdate": "config_option_update", "configOptions": options::options(*mode) }),
            ],
            Event::TurnUndone { turn, undone, files } => {
                let what = if *undone { "undone" } else { "done again" };
                let lines = std::iter::once(format!("Turn {turn} is {what}."));
                let lines: Vec<String> =
                    lines.chain(files.iter().map(|file| format!("- {file}"))).collect();
                vec![chunk(MESSAGE, &lines.join("\n"), None)]
            }
            Event::Notice { text } => vec![chunk(MESSAGE, text, None)],
            _ => Vec::new(),
        }
    }

    /// The arguments of a call that is not complete yet.
    pub(super) fn arguments(&self, wanted: &str) -> Value {
        let found = self.open.values().find_map(|open| match open {
            Open::Call { call, arguments, .. } if call == wanted => Some(arguments.clone()),
            _ => None,
        });
        found.unwrap_or_else(|| json!({}))
    }

    fn started(&mut self, item: &Item) -> Option<Value> {
        let update = match &item.body {
            ItemBody::AgentMessage { .. } => MESSAGE,
            ItemBody::Reasoning { .. } => THOUGHT,
            ItemBody::ToolCall { call, tool, arguments, status: now, .. } => {
                let arguments = serde_json::from_str(arguments).unwrap_or_else(|_| json!({}));
                let update = call_begun(call, tool, &arguments, *now, &self.place.cwd());
                let open = Open::Call { call: call.clone(), arguments, printed: String::new() };
                self.open.insert(item.id, open);
                return Some(update);
            }
            ItemBody::UserMessage { .. } | ItemBody::Compaction { .. } => return None,
        };
        self.open.insert(item.id, Open::Text { update, told: 0 });
        self.text(item)
    }

    fn updated(&mut self, item: &Item) -> Option<Value> {
        match &item.body {
            ItemBody::ToolCall { call, status: now, .. } => Some(json!({
                "sessionUpdate": "tool_call_update", "toolCallId": call, "status": status(*now),
            })),
            _ => self.text(item),
        }
    }

    /// What of a text was not told yet.
    fn text(&mut self, item: &Item) -> Option<Value> {
        let (ItemBody::AgentMessage { text } | ItemBody::Reasoning { text }) = &item.body else {
            return None;
        };
        let Open::Text { update, told } = self.open.get_mut(&item.id)? else { return None };
        let rest = text.get(*told..).filter(|rest| !rest.is_empty())?;
        *told = text.len();
        Some(chunk(update, rest, Some(item.id)))
    }

    fn grown(&mut self, id: u64, text: &str) -> Option<Value> {
        match self.open.get_mut(&id)? {
            Open::Text { update, told } => {
                *told += text.len();
                Some(chunk(update, text, Some(id)))
            }
            Open::Call { call, printed, .. } => {
                printed.push_str(text);
                let cut = printed.len().saturating_sub(RUNNING_OUTPUT_BYTES_MAX);
                let cut = (cut..=printed.len()).find(|at| printed.is_char_boundary(*at));
                printed.drain(..cut.unwrap_or(0));
                Some(json!({
                    "sessionUpdate": "tool_call_update",
                    "toolCallId": call,
                    "content": [content(printed)],
                }))
            }
        }
    }

    fn completed(&mut self, item: &Item) -> Vec<Value> {
        let rest = self.text(item);
        let open = self.open.remove(&item.id);
        match &item.body {
            ItemBody::ToolCall { call, tool, arguments, status: now, output } => {
                let arguments = match open {
                    Some(Open::Call { arguments, .. }) => arguments,
                    _ => serde_json::from_str(arguments).unwrap_or_else(|_| json!({})),
                };
                let diff = self.changed(tool, &arguments, *now);
                let output = output.as_deref().unwrap_or_default();
                let plan = plan(tool, &arguments).filter(|_| *now == CallStatus::Done);
                std::iter::once(call_ended(call, *now, output, diff)).chain(plan).collect()
            }
            ItemBody::Compaction { .. } => {
                vec![chunk(THOUGHT, "The conversation so far was summarised.\n", Some(item.id))]
            }
            _ => rest.into_iter().collect(),
        }
    }

    /// A chunk cannot be taken back: what was told of a reply that is asked for again is said to be void.
    fn discarded(&mut self, id: u64) -> Option<Value> {
        match self.open.remove(&id)? {
            Open::Text { update, told } if told > 0 => Some(chunk(
                update,
                "\n[The reply broke off here and is asked for again.]\n\n",
                Some(id),
            )),
            Open::Text { .. } => None,
            Open::Call { call, .. } => Some(call_ended(&call, CallStatus::Aborted, "", None)),
        }
    }

    /// What the call has made of a file.
    fn changed(&self, tool: &str, arguments: &Value, now: CallStatus) -> Option<Value> {
        if now != CallStatus::Done || kind(tool) != "edit" {
            return None;
        }
        let path = clean(&self.place.cwd().join(arguments.get("path")?.as_str()?));
        let old = self.changes.take(&path)?;
        let new = preview::after(tool, arguments, old.as_deref())?;
        Some(difference(&path, old.as_deref(), &new))
    }
}

/// A call that is new to the editor.
pub(super) fn call_begun(
    call: &str,
    tool: &str,
    arguments: &Value,
    now: CallStatus,
    cwd: &Path,
) -> Value {
    json!({
        "sessionUpdate": "tool_call",
        "toolCallId": call,
        "title": title(tool, arguments),
        "kind": kind(tool),
        "status": status(now),
        "locations": locations(arguments, cwd),
        "rawInput": arguments,
    })
}

/// A call that is over.
pub(super) fn call_ended(call: &str, now: CallStatus, output: &str, diff: Option<Value>) -> Value {
    let text = (!output.is_empty()).then(|| content(output));
    json!({
        "sessionUpdate": "tool_call_update",
        "toolCallId": call,
        "status": status(now),
        "content": diff.into_iter().chain(text).collect::<Vec<_>>(),
        "rawOutput": { "output": output },
    })
}

/// A piece of text of that kind.
pub(super) fn chunk(update: &str, text: &str, item: Option<u64>) -> Value {
    let mut chunk = json!({ "sessionUpdate": update, "content": { "type": "text", "text": text } });
    if let Some(item) = item {
        chunk["messageId"] = item.to_string().into();
    }
    chunk
}

fn content(text: &str) -> Value {
    json!({ "type": "content", "content": { "type": "text", "text": text } })
}

/// Without `.` and `..`, as the tools name files.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    clean
}
