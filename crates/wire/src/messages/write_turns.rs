//! Turns to `system` and `messages`.
//!
//! Anthropic wants users and assistants to alternate, the results of all calls of an assistant's turn at the front of
//! the next user message, and no system texts in between. So neighbours of one role are merged, and late system texts
//! become a marked part of the user's, as Claude Code itself marks its own.

use super::write_block::{
    DocumentSettings, document_block, image_block, input_of, native_block, text_block, with_cache,
};
use super::write_name::{call_id, tool_name};
use crate::part::{Body, Call, CallKind, Part, ToolResult};
use crate::pointer::Pointer;
use crate::prompt::{Role, Turn};
use crate::seal::Seal;
use crate::writing::Writing;
use serde_json::{Value, json};

/// The conversation as this dialect has it.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    system: Vec<Value>,
    messages: Vec<Message>,
    /// The tools that are called in it, each once (names as sent).
    pub(super) called: Vec<String>,
}

#[derive(Debug)]
struct Message {
    assistant: bool,
    /// Tool results, which stand first.
    results: Vec<Value>,
    blocks: Vec<Value>,
    /// Where the last of the blocks stood.
    last: Pointer,
}

impl Message {
    fn push(&mut self, block: Value, at: Pointer) {
        self.blocks.push(block);
        self.last = at;
    }

    fn begins_with_thinking(&self) -> bool {
        let first = self.blocks.first().and_then(|block| block.get("type")?.as_str());
        matches!(first, Some("thinking" | "redacted_thinking"))
    }
}

impl Conversation {
    pub(super) fn write(turns: Vec<Turn>, writing: &mut Writing) -> Self {
        let mut conversation = Conversation::default();
        let is_system = |turn: &Turn| matches!(turn.role, Role::System | Role::Developer);
        let leading = turns.iter().take_while(|turn| is_system(turn)).count();
        // A conversation needs a message, so the last of the system texts is one where nothing else is.
        let leading = if leading == turns.len() { leading.saturating_sub(1) } else { leading };
        let alone = leading + 1 == turns.len();
        for (index, mut turn) in turns.into_iter().enumerate() {
            if turn.name.take().is_some() {
                writing
                    .changes
                    .dropped(&turn.at.key("name"), "messages have no name of the speaker");
            }
            match turn.role {
                Role::System | Role::Developer if index < leading => {
                    for part in turn.parts {
                        conversation.system.extend(system_block(part, writing));
                    }
                }
                Role::System | Role::Developer => {
                    conversation.late_system(turn, !alone, writing);
                }
                Role::User => conversation.turn(turn, false, writing),
                Role::Assistant => conversation.turn(turn, true, writing),
            }
        }
        conversation.trim_prefill(writing);
        conversation
    }

    fn turn(&mut self, turn: Turn, assistant: bool, writing: &mut Writing) {
        if turn.parts.is_empty() {
            writing.changes.dropped(&turn.at, "a message must hold something");
        }
        for part in turn.parts {
            self.part(part, assistant, writing);
        }
    }

    fn message(&mut self, assistant: bool) -> &mut Message {
        if self.messages.last().is_none_or(|last| last.assistant != assistant) {
            self.messages.push(Message {
                assistant,
                results: Vec::new(),
                blocks: Vec::new(),
                last: Pointer::root(),
            });
        }
        self.messages.last_mut().expect("one was pushed if there was none")
    }

    fn part(&mut self, part: Part, assistant: bool, writing: &mut Writing) {
        let Part { body, cache, at } = part;
        if let Body::Result(result) = body {
            let block = with_cache(result_block(result, writing), cache);
            let message = self.message(false);
            message.results.push(block);
            if !message.blocks.is_empty() {
                writing.changes.changed(&at, "tool results stand first in their message");
            }
            return;
        }
        if let Body::Call(call) = body {
            let block = with_cache(self.call_block(&call, &at, writing), cache);
            self.message(true).push(block, at);
            return;
        }
        if let Some(block) = content_block(body, &at, writing) {
            self.message(assistant).push(with_cache(block, cache), at);
        }
    }

    fn call_block(&mut self, call: &Call, at: &Pointer, writing: &mut Writing) -> Value {
        let name = tool_name(&call.name, &mut writing.memo);
        if call.kind == CallKind::Custom && !writing.memo.is_custom(&call.name) {
            writing.memo.custom_as_function(&call.name);
            writing.changes.changed(at, "a custom tool's call goes on as a function's");
        }
        if !self.called.contains(&name) {
            self.called.push(name.clone());
        }
        let input = input_of(call, at, &mut writing.changes);
        json!({ "type": "tool_use", "id": call_id(&call.id), "name": name, "input": input })
    }

    fn late_system(&mut self, turn: Turn, marked: bool, writing: &mut Writing) {
        let why = if marked { "goes on as a marked user text" } else { "goes on as a user text" };
        writing.changes.changed(&turn.at, why);
        for part in turn.parts {
            let at = part.at.clone();
            let Some(mut block) = system_block(part, writing) else { continue };
            if let (true, Some(Value::String(text))) = (marked, block.get_mut("text")) {
                *text = format!("<system-reminder>\n{text}\n</system-reminder>");
            }
            self.message(false).push(block, at);
        }
    }

    /// A reply that the assistant has begun may not end in white space.
    fn trim_prefill(&mut self, writing: &mut Writing) {
        let Some(last) = self.messages.last_mut().filter(|last| last.assistant) else { return };
        let Some(Value::String(text)) = last.blocks.last_mut().and_then(|b| b.get_mut("text"))
        else {
            return;
        };
        if text.ends_with(char::is_whitespace) {
            text.truncate(text.trim_end().len());
            let at = last.last.clone();
            writing
                .changes
                .changed(&at, "white space at the end of the assistant's last text is cut");
        }
    }

    /// Whether the model is to go on with a tool loop, or with a reply, that begins without sealed thinking.
    ///
    /// With a thinking budget Anthropic demands that such a turn of the assistant begins with a thinking block
    /// (docs.anthropic.com/en/docs/build-with-claude/extended-thinking, "preserving thinking blocks").
    pub(super) fn goes_on_without_thinking(&self) -> bool {
        match self.messages.as_slice() {
            [.., last] if last.assistant => !last.begins_with_thinking(),
            [.., before, last] if !last.results.is_empty() => !before.begins_with_thinking(),
            _ => false,
        }
    }

    /// The `system` member: a string where one plain text says all.
    pub(super) fn system(&mut self) -> Option<Value> {
        let blocks = std::mem::take(&mut self.system);
        (!blocks.is_empty()).then(|| content(blocks))
    }

    /// The `messages` member.
    pub(super) fn messages(self) -> Value {
        let messages = self.messages.into_iter().map(|message| {
            let role = if message.assistant { "assistant" } else { "user" };
            let mut blocks = message.results;
            blocks.extend(message.blocks);
            json!({ "role": role, "content": content(blocks) })
        });
        Value::Array(messages.collect())
    }
}

/// Blocks as a `content`: one text that is nothing but text becomes a string.
fn content(mut blocks: Vec<Value>) -> Value {
    if let [Value::Object(block)] = blocks.as_mut_slice()
        && block.len() == 2
        && block.get("type").is_some_and(|kind| kind == "text")
        && let Some(text) = block.get_mut("text")
    {
        return text.take();
    }
    Value::Array(blocks)
}

fn system_block(part: Part, writing: &mut Writing) -> Option<Value> {
    let Part { body, cache, at } = part;
    match body {
        Body::Text { text, citations } => {
            let block = text_block(&text, citations, &at, &mut writing.changes)?;
            Some(with_cache(block, cache))
        }
        Body::Image { .. }
        | Body::Document { .. }
        | Body::Audio { .. }
        | Body::Thinking { .. }
        | Body::Call(_)
        | Body::Result(_)
        | Body::Refusal(_)
        | Body::Native { .. } => {
            writing.changes.dropped(&at, "a system text holds text only");
            None
        }
    }
}

/// A block of a message or of a tool result.
fn content_block(body: Body, at: &Pointer, writing: &mut Writing) -> Option<Value> {
    let changes = &mut writing.changes;
    match body {
        Body::Text { text, citations } => text_block(&text, citations, at, changes),
        Body::Image { source, detail } => {
            if detail.is_some_and(|detail| detail != "auto") {
                changes.dropped(at, "images have no detail setting");
            }
            image_block(source, at, changes)
        }
        Body::Document { source, title, context, citations } => {
            let settings = DocumentSettings { title, context, citations };
            document_block(source, settings, at, changes)
        }
        Body::Audio { .. } => {
            changes.dropped(at, "no audio input");
            None
        }
        Body::Thinking { text, seal } => thinking_block(&text, seal, at, writing),
        Body::Refusal(text) => {
            let block = text_block(&text, None, at, changes)?;
            changes.changed(at, "a refusal goes on as text");
            Some(block)
        }
        Body::Native { dialect, value } => native_block(dialect, value, at, changes),
        Body::Call(_) | Body::Result(_) => {
            changes.dropped(at, "calls and results do not stand inside a result");
            None
        }
    }
}

fn thinking_block(
    text: &str,
    seal: Option<Seal>,
    at: &Pointer,
    writing: &mut Writing,
) -> Option<Value> {
    match seal {
        Some(Seal::Signature(signature)) => {
            Some(json!({ "type": "thinking", "thinking": text, "signature": signature }))
        }
        Some(Seal::Redacted(data)) => Some(json!({ "type": "redacted_thinking", "data": data })),
        None | Some(Seal::Encrypted { .. } | Seal::Opaque(_)) => {
            writing.changes.dropped(at, "thinking without Anthropic's own signature is refused");
            None
        }
    }
}

fn result_block(result: ToolResult, writing: &mut Writing) -> Value {
    let mut blocks = Vec::with_capacity(result.parts.len());
    for Part { body, cache, at } in result.parts {
        // A tool that prints nothing is no loss.
        if matches!(&body, Body::Text { text, .. } if text.is_empty()) {
            continue;
        }
        if let Some(block) = content_block(body, &at, writing) {
            blocks.push(with_cache(block, cache));
        }
    }
    let mut block = json!({ "type": "tool_result", "tool_use_id": call_id(&result.call_id) });
    if !blocks.is_empty() {
        block["content"] = content(blocks);
    }
    if result.is_error {
        block["is_error"] = true.into();
    }
    block
}
