//! The input: one text, or the items of a conversation gathered into turns.

use super::items::SECTION_BREAK;
use super::{read_content, stored};
use crate::dialect::Dialect;
use crate::fields::{Fields, Reading, elements, kind};
use crate::part::{Body, Call, CallKind, Part, ToolResult};
use crate::pointer::{At, Pointer};
use crate::prompt::{Role, Turn};
use crate::seal::Seal;
use serde_json::Value;

/// Reads `input` and appends its turns.
pub(super) fn read(fields: &mut Fields<'_>, turns: &mut Vec<Turn>) {
    let reading = fields.reading();
    let Some(At { value, at }) = fields.take("input") else {
        reading.problem(&fields.path("input"), "required, but missing");
        return;
    };
    match value {
        Value::String(text) => {
            let parts = vec![Part::text(text, at.clone())];
            turns.push(Turn { role: Role::User, name: None, parts, at });
        }
        Value::Array(items) => {
            let mut conversation = Conversation { turns, growing: None, reading };
            for item in elements(items, &at) {
                conversation.item(item);
            }
        }
        other => {
            let message = format!("expected a string or an array, found {}", kind(&other));
            reading.problem(&at, message);
        }
    }
}

/// Gathers neighbouring items of one side into one turn: the model's reasoning, words and calls; the tools' outputs.
struct Conversation<'t, 'r> {
    turns: &'t mut Vec<Turn>,
    /// Which side the last turn belongs to, if it may grow.
    growing: Option<Side>,
    reading: &'r Reading,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Model,
    Tools,
}

impl Conversation<'_, '_> {
    fn item(&mut self, item: At<Value>) {
        let At { value, at } = item;
        if stored::is_reference(&value) {
            self.native(value, &at);
            return;
        }
        let Some(mut fields) = Fields::of(value, at.clone(), self.reading) else { return };
        let has_role = fields.peek("role").is_some();
        match fields.peek_str("type") {
            Some("message") => self.message(&mut fields),
            None if has_role => self.message(&mut fields),
            Some("reasoning") => self.reasoning(&mut fields),
            Some("function_call") => self.call(&mut fields, CallKind::Function, "arguments"),
            Some("custom_tool_call") => self.call(&mut fields, CallKind::Custom, "input"),
            Some("function_call_output") => self.output(&mut fields, CallKind::Function),
            Some("custom_tool_call_output") => self.output(&mut fields, CallKind::Custom),
            Some(_) => {
                self.native(fields.into_value(), &at);
                return;
            }
            None => {
                fields.required_string("type");
                return;
            }
        }
        // Ids and states say what a server once made of the item; they mean nothing to another.
        for key in ["type", "id", "status"] {
            fields.ignore(key);
        }
        fields.finish();
    }

    fn message(&mut self, fields: &mut Fields<'_>) {
        let role = match fields.required_string("role").as_str() {
            "user" => Some(Role::User),
            "assistant" => Some(Role::Assistant),
            "system" => Some(Role::System),
            "developer" => Some(Role::Developer),
            "" => None,
            other => {
                let message = format!(
                    "expected `user`, `assistant`, `system` or `developer`, found `{other}`"
                );
                self.reading.problem(&fields.path("role"), message);
                None
            }
        };
        let Some(content) = fields.take("content") else {
            self.reading.problem(&fields.path("content"), "required, but missing");
            return;
        };
        let parts = read_content::parts(content, self.reading);
        match role {
            None => {}
            Some(Role::Assistant) => self.add(Side::Model, fields.at(), parts),
            Some(role) => {
                self.growing = None;
                if !parts.is_empty() {
                    self.turns.push(Turn { role, name: None, parts, at: fields.at().clone() });
                }
            }
        }
    }

    fn reasoning(&mut self, fields: &mut Fields<'_>) {
        let mut sections = Vec::new();
        for key in ["summary", "content"] {
            for At { value, at } in fields.array(key).unwrap_or_default() {
                let Some(mut section) = Fields::of(value, at, self.reading) else { continue };
                sections.push(section.required_string("text"));
                section.ignore("type");
                section.finish();
            }
        }
        sections.retain(|section| !section.is_empty());
        let text = sections.join(SECTION_BREAK);
        let id = fields.string("id").map(|found| found.value).unwrap_or_default();
        let encrypted = fields.string("encrypted_content").map(|found| found.value);
        let seal = encrypted
            .filter(|content| !content.is_empty())
            .map(|content| Seal::unpack(&content).unwrap_or(Seal::Encrypted { id, content }));
        if !text.is_empty() || seal.is_some() {
            let part = Part::new(Body::Thinking { text, seal }, fields.at().clone());
            self.add(Side::Model, fields.at(), vec![part]);
        }
    }

    fn call(&mut self, fields: &mut Fields<'_>, kind: CallKind, arguments: &str) {
        let call = Call {
            id: fields.required_string("call_id"),
            name: fields.required_string("name"),
            arguments: fields.required_string(arguments),
            kind,
        };
        let part = Part::new(Body::Call(call), fields.at().clone());
        self.add(Side::Model, fields.at(), vec![part]);
    }

    fn output(&mut self, fields: &mut Fields<'_>, kind: CallKind) {
        let call_id = fields.required_string("call_id");
        let Some(output) = fields.take("output") else {
            self.reading.problem(&fields.path("output"), "required, but missing");
            return;
        };
        let parts = read_content::parts(output, self.reading);
        let result = ToolResult { call_id, parts, is_error: false, kind };
        let part = Part::new(Body::Result(result), fields.at().clone());
        self.add(Side::Tools, fields.at(), vec![part]);
    }

    /// An item that only this dialect has: what a tool answered stands with the outputs, all else with the model.
    fn native(&mut self, value: Value, at: &Pointer) {
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        let answer = kind.ends_with("_output") || kind == "mcp_approval_response";
        let side = if answer { Side::Tools } else { Side::Model };
        let body = Body::Native { dialect: Dialect::Responses, value };
        let part = Part::new(body, at.clone());
        self.add(side, at, vec![part]);
    }

    fn add(&mut self, side: Side, at: &Pointer, parts: Vec<Part>) {
        if parts.is_empty() {
            return;
        }
        match self.turns.last_mut() {
            Some(turn) if self.growing == Some(side) => turn.parts.extend(parts),
            _ => {
                let role = match side {
                    Side::Model => Role::Assistant,
                    Side::Tools => Role::User,
                };
                self.turns.push(Turn { role, name: None, parts, at: at.clone() });
            }
        }
        self.growing = Some(side);
    }
}
