//! Reads a stream.
//!
//! A text, a reasoning or a refusal is open until something else comes; calls are open until the reply ends
//! ([`super::calls`]). Of several alternatives (`n` > 1) only the first is read; the others are one native part, so that
//! whoever writes the reply says that they are lost. Chunks without choices are read for their usage; other objects without choices are no part of a reply (Azure's filter results) and say nothing.

use super::calls::{Calls, Piece, nonsense};
use super::content::thinking_text;
use super::finish::{Held, read_finish};
use super::known::REPLY;
use super::text_chunk::TextChunk;
use super::thinking::{TEXT_KEYS, detail_seal, detail_text};
use super::usage::read_usage;
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use crate::repeated::Repeated;
use crate::seal::Seal;
use crate::sse::Frame;
use crate::stream::ReadStream;
use crate::unknown::Unknown;
use serde_json::{Value, json};
use std::borrow::Cow;

/// The most of an unreadable event that an error quotes, in characters.
const QUOTED_CHARS_MAX: usize = 200;

/// Reads the frames of a chat server.
#[derive(Debug, Default)]
pub(crate) struct StreamReader {
    /// The id of the reply, once it has begun.
    id: Option<String>,
    /// The tier that was last given out.
    service_tier: Option<String>,
    /// The number of the next part.
    parts: usize,
    open: Option<(usize, Kind)>,
    calls: Calls,
    /// Whether a second alternative has been seen.
    alternatives: bool,
    refused: bool,
    finished: bool,
    over: bool,
    unknown: Unknown,
    /// The last chunk of mere text.
    repeated: Repeated,
}

/// Which part that is no call is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Refusal,
    /// Sound, in pieces.
    Audio,
}

impl ReadStream for StreamReader {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<Event>) {
        if self.over {
            return;
        }
        if let Err(error) = self.read(frame, out) {
            self.over = true;
            out.push(Event::Failed(error));
        }
    }

    fn end(&mut self, out: &mut Vec<Event>) {
        if self.over {
            return;
        }
        // Many servers leave `[DONE]` out.
        out.push(if self.finished {
            Event::End
        } else {
            Event::Failed(nonsense("ended the stream before the reply was finished"))
        });
        self.over = true;
    }

    fn unknown(&mut self) -> &mut Unknown {
        &mut self.unknown
    }
}

impl StreamReader {
    fn read(&mut self, frame: &Frame<'_>, out: &mut Vec<Event>) -> Result<(), ApiError> {
        let data = frame.data.as_deref().map_or("", str::trim);
        if data.is_empty() {
            let says_it_lives = frame.comment || frame.data.is_some();
            if self.id.is_some() && says_it_lives {
                out.push(Event::Ping);
            }
            return Ok(());
        }
        if data == "[DONE]" {
            self.end(out);
            return Ok(());
        }
        if let Some((part, text)) = self.more_text(frame, data) {
            let delta = (!text.is_empty()).then_some(Delta::Text(text));
            out.extend(delta.map(|delta| Event::Delta { part, delta }));
            return Ok(());
        }
        self.repeated.forget();
        let chunk: Value = serde_json::from_str(data).map_err(|error| {
            nonsense(format!("sent an event that is not JSON ({error}): {}", quoted(data)))
        })?;
        if !chunk.is_object() {
            return Err(nonsense(format!("sent an event that is not an object: {}", quoted(data))));
        }
        if frame.event == Some("error") || is_error(&chunk) {
            return Err(read_error(&chunk));
        }
        self.unknown.note(&chunk, &REPLY);
        self.chunk(&chunk, out)
    }

    /// The open part and what it grows by, where a chunk brings nothing but more of an open text.
    fn more_text(&mut self, frame: &Frame<'_>, data: &str) -> Option<(usize, String)> {
        let Some((part, Kind::Text)) = self.open else { return None };
        if self.finished || frame.event == Some("error") {
            return None;
        }
        if let Some(text) = self.repeated.text(data) {
            return Some((part, text.to_owned()));
        }
        let chunk = TextChunk::read(data)?;
        if !chunk.repeats_tier(self.service_tier.as_deref()) {
            return None;
        }
        let text = chunk.into_text();
        if let Cow::Borrowed(text) = &text {
            self.repeated.remember(data, text);
        }
        Some((part, text.into_owned()))
    }

    /// Reads a chunk, or a whole reply, which has messages in the place of deltas.
    pub(super) fn chunk(&mut self, chunk: &Value, out: &mut Vec<Event>) -> Result<(), ApiError> {
        let choices = match chunk.get("choices") {
            Some(Value::Array(choices)) => choices.as_slice(),
            None | Some(Value::Null) => &[],
            Some(other) => {
                let other = quoted(&other.to_string());
                return Err(nonsense(format!("sent choices that are not an array: {other}")));
            }
        };
        let usage = read_usage(chunk);
        if choices.is_empty() && usage.is_none() {
            return Ok(());
        }
        self.tier(chunk, out);
        self.start(chunk, out);
        // Copilot cuts one reply into several choices of the same index.
        let index = |choice: &Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0);
        for choice in choices.iter().filter(|choice| index(choice) == 0) {
            self.delta(choice, out)?;
        }
        if choices.iter().any(|choice| index(choice) != 0) {
            self.alternative(out);
        }
        let finished =
            choices.iter().filter(|choice| index(choice) == 0).rev().find_map(|choice| {
                let word = choice.get("finish_reason")?.as_str()?;
                (!word.is_empty()).then_some((word, choice))
            });
        if let Some((word, choice)) = finished {
            self.finish(word, choice, out)?;
        }
        if let Some(usage) = usage {
            out.push(Event::Usage(usage));
        }
        Ok(())
    }

    /// Notes once that there are further alternatives. What is open stays so.
    fn alternative(&mut self, out: &mut Vec<Event>) {
        if self.finished || std::mem::replace(&mut self.alternatives, true) {
            return;
        }
        let part = self.number();
        let value = json!({"type": "further choices"});
        let opening = Opening::Native { dialect: Dialect::Chat, value };
        out.extend([Event::Open { part, opening }, Event::Close { part }]);
    }

    /// OpenAI repeats the tier with every chunk.
    fn tier(&mut self, chunk: &Value, out: &mut Vec<Event>) {
        let tier = chunk.get("service_tier").and_then(Value::as_str);
        if tier.is_some_and(|tier| self.service_tier.as_deref() != Some(tier)) {
            self.service_tier = tier.map(str::to_owned);
            out.extend(self.service_tier.clone().map(Event::ServiceTier));
        }
    }

    fn start(&mut self, chunk: &Value, out: &mut Vec<Event>) {
        if self.id.is_some() {
            return;
        }
        let text =
            |key: &str| chunk.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, model) = (text("id"), text("model"));
        let created = chunk.get("created").and_then(Value::as_u64).unwrap_or(0);
        self.id = Some(id.clone());
        out.push(Event::Start { id, model, created });
    }

    fn delta(&mut self, choice: &Value, out: &mut Vec<Event>) -> Result<(), ApiError> {
        if is_error(choice) {
            return Err(read_error(choice));
        }
        let present = |key: &str| choice.get(key).filter(|value| !value.is_null());
        let Some(delta) = present("delta").or_else(|| present("message")) else { return Ok(()) };
        self.reasoning(delta, out)?;
        match delta.get("content") {
            Some(Value::String(text)) => self.grow(Kind::Text, text, out)?,
            Some(Value::Array(parts)) => {
                for part in parts {
                    self.content_part(part, out)?;
                }
            }
            None | Some(Value::Null) => {}
            Some(other) => {
                let other = quoted(&other.to_string());
                return Err(nonsense(format!("sent a content that is no text: {other}")));
            }
        }
        if let Some(refusal) = delta.get("refusal").and_then(Value::as_str) {
            self.refused |= !refusal.is_empty();
            self.grow(Kind::Refusal, refusal, out)?;
        }
        for value in list(delta, "annotations") {
            let part = self.ensure(Kind::Text, out)?;
            let delta = Delta::Citation { dialect: Dialect::Chat, value: value.clone() };
            out.push(Event::Delta { part, delta });
        }
        for image in list(delta, "images") {
            self.native(image.clone(), out)?;
        }
        if let Some(audio) = delta.get("audio").filter(|audio| audio.is_object()) {
            let part = self.ensure(Kind::Audio, out)?;
            out.push(Event::Delta { part, delta: Delta::Native(audio.clone()) });
        }
        let whole = present("delta").is_none();
        for call in list(delta, "tool_calls") {
            self.call(Piece::of_tool_call(call, whole), out)?;
        }
        if let Some(call) = delta.get("function_call").filter(|call| call.is_object()) {
            self.call(Piece::of_function_call(call), out)?;
        }
        Ok(())
    }

    /// Reasoning, under whichever names. Servers that send a text under several send the same one.
    fn reasoning(&mut self, delta: &Value, out: &mut Vec<Event>) -> Result<(), ApiError> {
        let texts = TEXT_KEYS.iter().filter_map(|key| delta.get(key)?.as_str());
        let text = texts.clone().find(|text| !text.is_empty());
        self.grow(Kind::Thinking, text.unwrap_or(""), out)?;
        for detail in list(delta, "reasoning_details") {
            if text.is_none() {
                self.grow(Kind::Thinking, detail_text(detail), out)?;
            }
            if let Some(seal) = detail_seal(detail) {
                self.seal(seal, out)?;
            }
        }
        match delta.get("reasoning_opaque").and_then(Value::as_str) {
            Some(opaque) if !opaque.is_empty() => self.seal(Seal::Opaque(opaque.to_owned()), out),
            _ => Ok(()),
        }
    }

    /// A seal ends the thinking that is open, or is all there is of one.
    fn seal(&mut self, seal: Seal, out: &mut Vec<Event>) -> Result<(), ApiError> {
        let part = self.ensure(Kind::Thinking, out)?;
        out.push(Event::Delta { part, delta: Delta::Seal(seal) });
        self.close(out);
        Ok(())
    }

    /// A part of a content that is an array: Mistral's text and thinking, others as they are.
    fn content_part(&mut self, part: &Value, out: &mut Vec<Event>) -> Result<(), ApiError> {
        let text = part.get("text").and_then(Value::as_str);
        match (part.get("type").and_then(Value::as_str), text) {
            (Some("text"), Some(text)) => self.grow(Kind::Text, text, out),
            (Some("thinking"), _) => {
                let text = part.get("thinking").map(thinking_text).unwrap_or_default();
                self.grow(Kind::Thinking, &text, out)
            }
            _ => self.native(part.clone(), out),
        }
    }

    fn native(&mut self, value: Value, out: &mut Vec<Event>) -> Result<(), ApiError> {
        self.unfinished()?;
        self.close(out);
        let part = self.number();
        let opening = Opening::Native { dialect: Dialect::Chat, value };
        out.extend([Event::Open { part, opening }, Event::Close { part }]);
        Ok(())
    }

    fn call(&mut self, piece: Piece, out: &mut Vec<Event>) -> Result<(), ApiError> {
        self.unfinished()?;
        let before = self.parts;
        let mut opened = Vec::new();
        let id = self.id.as_deref().unwrap_or_default();
        self.calls.piece(piece, id, &mut self.parts, &mut opened)?;
        if self.parts > before {
            self.close(out);
        }
        out.append(&mut opened);
        Ok(())
    }

    fn grow(&mut self, kind: Kind, text: &str, out: &mut Vec<Event>) -> Result<(), ApiError> {
        if !text.is_empty() {
            let part = self.ensure(kind, out)?;
            out.push(Event::Delta { part, delta: Delta::Text(text.to_owned()) });
        }
        Ok(())
    }

    /// The open part of that kind; another one is closed, and a new one opened, where need be.
    fn ensure(&mut self, kind: Kind, out: &mut Vec<Event>) -> Result<usize, ApiError> {
        self.unfinished()?;
        if let Some((part, open)) = self.open
            && open == kind
        {
            return Ok(part);
        }
        self.close(out);
        let part = self.number();
        self.open = Some((part, kind));
        let opening = match kind {
            Kind::Text => Opening::Text,
            Kind::Thinking => Opening::Thinking,
            Kind::Refusal => Opening::Refusal,
            Kind::Audio => {
                Opening::Native { dialect: Dialect::Chat, value: json!({"type": "audio"}) }
            }
        };
        out.push(Event::Open { part, opening });
        Ok(part)
    }

    fn number(&mut self) -> usize {
        self.parts += 1;
        self.parts - 1
    }

    fn close(&mut self, out: &mut Vec<Event>) {
        if let Some((part, _)) = self.open.take() {
            out.push(Event::Close { part });
        }
    }

    fn unfinished(&self) -> Result<(), ApiError> {
        if self.finished {
            return Err(nonsense("sent more of the reply after its finish_reason"));
        }
        Ok(())
    }

    /// Some servers say it again in a later chunk; the first time counts.
    pub(super) fn finish(
        &mut self,
        word: &str,
        choice: &Value,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        if self.finished {
            return Ok(());
        }
        self.close(out);
        let id = self.id.as_deref().unwrap_or_default();
        self.calls.finish(id, &mut self.parts, out)?;
        let held = Held { calls: !self.calls.is_empty(), refusal: self.refused };
        out.push(Event::Finish(read_finish(word, choice, held)?));
        self.finished = true;
        Ok(())
    }

    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }
}

fn list<'v>(object: &'v Value, key: &str) -> &'v [Value] {
    object.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a chunk, a reply or a choice says that the server failed: OpenAI's `error`, vLLM's `object: "error"`,
/// Anthropic's `type: "error"`.
pub(super) fn is_error(value: &Value) -> bool {
    let says = |key: &str| value.get(key).is_some_and(|kind| kind == "error");
    value.get("error").is_some_and(|error| !error.is_null()) || says("object") || says("type")
}

/// An error inside a reply. OpenRouter's `code` is the HTTP status that it stands for.
pub(super) fn read_error(value: &Value) -> ApiError {
    let code = value.pointer("/error/code").or_else(|| value.get("code")).and_then(Value::as_u64);
    let status =
        code.and_then(|code| u16::try_from(code).ok()).filter(|code| (400..600).contains(code));
    ApiError::of_value(value, status.map_or(ErrorKind::BadGateway, ErrorKind::of_status))
}

/// The beginning of what could not be read.
pub(super) fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_CHARS_MAX).collect()
}
