//! Reads the `messages` of a request.

use super::content::{read_content, required_object};
use super::thinking::{Returned, TEXT_KEYS};
use crate::fields::{Fields, Reading};
use crate::part::{Body, Call, CallKind, Part, ToolResult};
use crate::pointer::{At, Pointer};
use crate::prompt::{Role, Turn};
use serde_json::Value;
use std::collections::HashSet;

/// Reads the messages, each as one turn.
pub(super) fn read_messages(messages: Vec<At<Value>>, reading: &Reading) -> Vec<Turn> {
    let mut conversation = Conversation { reading, custom: HashSet::new(), legacy: Vec::new() };
    messages.into_iter().filter_map(|message| conversation.turn(message)).collect()
}

/// What later messages need to know of earlier ones.
struct Conversation<'r> {
    reading: &'r Reading,
    /// Ids of calls of custom tools, whose results do not say so.
    custom: HashSet<String>,
    /// Name and made-up id of each `function_call`, the form before `tool_calls`, which has no ids.
    legacy: Vec<(String, String)>,
}

impl<'r> Conversation<'r> {
    fn turn(&mut self, message: At<Value>) -> Option<Turn> {
        let mut fields = Fields::of(message.value, message.at.clone(), self.reading)?;
        let role = fields.peek_str("role").map(str::to_owned);
        fields.required_string("role");
        let (role, parts) = match role.as_deref()? {
            "system" => (Role::System, self.spoken(&mut fields)),
            "developer" => (Role::Developer, self.spoken(&mut fields)),
            "user" => (Role::User, self.spoken(&mut fields)),
            "assistant" => (Role::Assistant, self.answered(&mut fields)),
            "tool" => (Role::User, vec![self.tool_result(&mut fields)]),
            "function" => (Role::User, vec![self.function_result(&mut fields)]),
            other => {
                let message = format!(
                    "expected system, developer, user, assistant, tool or function, found {other:?}"
                );
                self.reading.problem(&fields.path("role"), message);
                return None;
            }
        };
        let name = fields.string("name").map(|found| found.value);
        let mut turn = Turn { role, name, parts, at: message.at };
        // LiteLLM and OpenRouter take Anthropic's mark on the message, for its last part.
        if let Some(mark) = fields.take("cache_control")
            && let Some(last) = turn.parts.last_mut()
        {
            last.cache = Some(mark.value);
        }
        fields.finish();
        Some(turn)
    }

    /// The content of a message that must have one.
    fn spoken(&self, fields: &mut Fields<'r>) -> Vec<Part> {
        match fields.take("content") {
            Some(content) => read_content(content, self.reading),
            None => {
                self.reading.problem(&fields.path("content"), "required, but missing");
                Vec::new()
            }
        }
    }

    /// The model's own message: reasoning, content, refusal, calls.
    fn answered(&mut self, fields: &mut Fields<'r>) -> Vec<Part> {
        let mut parts = self.reasoning(fields);
        if let Some(content) = fields.take("content") {
            let content = read_content(content, self.reading);
            let blank =
                |part: &Part| matches!(&part.body, Body::Text { text, .. } if text.is_empty());
            parts.extend(content.into_iter().filter(|part| !blank(part)));
        }
        if let Some(refusal) = fields.string("refusal") {
            parts.push(Part::new(Body::Refusal(refusal.value), refusal.at));
        }
        for call in fields.array("tool_calls").unwrap_or_default() {
            parts.extend(self.call(call));
        }
        if let Some(mut call) = fields.object("function_call") {
            let at = call.at().clone();
            let name = call.required_string("name");
            let arguments = call.required_string("arguments");
            call.finish();
            let id = format!("call_{}", self.legacy.len());
            self.legacy.push((name.clone(), id.clone()));
            let kind = CallKind::Function;
            parts.push(Part::new(Body::Call(Call { id, name, arguments, kind }), at));
        }
        parts
    }

    fn reasoning(&self, fields: &mut Fields<'r>) -> Vec<Part> {
        let mut returned = Returned::default();
        for key in TEXT_KEYS {
            // Servers that send the same text under two names get it back under two names.
            if let Some(found) = fields.string(key)
                && returned.text.is_empty()
            {
                returned.text = found.value;
            }
        }
        returned.opaque = fields.string("reasoning_opaque").map(|found| found.value);
        let details = fields.array("reasoning_details").unwrap_or_default();
        returned.details = details.into_iter().map(|detail| detail.value).collect();
        let at = fields.path("reasoning_content");
        let (parts, fits) = returned.into_parts(&at);
        if !fits {
            self.reading.unknown(fields.path("reasoning_opaque"));
        }
        parts
    }

    fn call(&mut self, found: At<Value>) -> Option<Part> {
        let mut fields = Fields::of(found.value, found.at.clone(), self.reading)?;
        let id = fields.required_string("id");
        let (key, kind, text) = match fields.peek_str("type") {
            Some("custom") => ("custom", CallKind::Custom, "input"),
            // Servers that imitate OpenAI leave the type out; functions are meant.
            Some("function") | None => ("function", CallKind::Function, "arguments"),
            Some(other) => {
                let message = format!("expected function or custom, found {other:?}");
                self.reading.problem(&fields.path("type"), message);
                return None;
            }
        };
        fields.string("type");
        let mut called = required_object(&mut fields, key)?;
        let name = called.required_string("name");
        let arguments = called.required_string(text);
        called.finish();
        fields.finish();
        if kind == CallKind::Custom {
            self.custom.insert(id.clone());
        }
        Some(Part::new(Body::Call(Call { id, name, arguments, kind }), found.at))
    }

    fn tool_result(&mut self, fields: &mut Fields<'r>) -> Part {
        let call_id = fields.required_string("tool_call_id");
        let custom = self.custom.contains(&call_id);
        let kind = if custom { CallKind::Custom } else { CallKind::Function };
        self.result(fields, call_id, kind)
    }

    /// The form before `tool_calls` names the function; the last call of it is meant.
    fn function_result(&mut self, fields: &mut Fields<'r>) -> Part {
        let name = fields.required_string("name");
        let call = self.legacy.iter().rev().find(|(called, _)| *called == name);
        let call_id = call.map_or_else(|| format!("call_{name}"), |(_, id)| id.clone());
        self.result(fields, call_id, CallKind::Function)
    }

    fn result(&self, fields: &mut Fields<'r>, call_id: String, kind: CallKind) -> Part {
        let at: Pointer = fields.at().clone();
        let parts = self.spoken(fields);
        Part::new(Body::Result(ToolResult { call_id, parts, is_error: false, kind }), at)
    }
}
