//! A streamed reply as a server sends it.

use super::known::{EVENT, REPLY};
use super::read_items::{Items, Place, Saying, nonsense};
use super::read_reply::seconds;
use super::text_delta::TextDelta;
use super::{response, usage};
use crate::error::{ApiError, ErrorKind};
use crate::event::Event;
use crate::part::CallKind;
use crate::sse::Frame;
use crate::stream::ReadStream;
use crate::unknown::Unknown;
use serde_json::Value;

/// Reads a stream. See [`Event`] for what it gives.
#[derive(Default)]
pub(crate) struct StreamReader {
    items: Items,
    started: bool,
    over: bool,
    /// OpenAI sends `error` and then `response.failed`; the second says it all, unless the stream ends before.
    error: Option<ApiError>,
    /// The tier that was last given out.
    service_tier: Option<String>,
    unknown: Unknown,
}

impl ReadStream for StreamReader {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<Event>) {
        let data = frame.data.as_deref().map_or("", str::trim);
        // Some imitators end the stream as chat does.
        if self.over || data.is_empty() || data == "[DONE]" {
            return;
        }
        if self.started
            && let Some(event) = TextDelta::read(frame.event, data)
        {
            if let Err(error) = self.items.text(event.place(), Saying::Answer, &event.delta, out) {
                self.fail(error, out);
            }
            return;
        }
        let read = match serde_json::from_str::<Value>(data) {
            Ok(event @ Value::Object(_)) => self.event(&event, frame.event, out),
            Ok(_) => Err(unreadable(data, "is no object")),
            Err(error) => Err(unreadable(data, &format!("is not JSON ({error})"))),
        };
        if let Err(error) = read {
            self.fail(error, out);
        }
    }

    fn end(&mut self, out: &mut Vec<Event>) {
        if self.over {
            return;
        }
        let error = self.error.take().unwrap_or_else(|| {
            let message = "the upstream's stream ended before the reply was finished";
            ApiError::new(ErrorKind::BadGateway, message)
        });
        self.fail(error, out);
    }

    fn unknown(&mut self) -> &mut Unknown {
        &mut self.unknown
    }
}

/// An error that quotes the beginning of an event.
fn unreadable(data: &str, why: &str) -> ApiError {
    const QUOTE_CHARS_MAX: usize = 200;
    let quote: String = data.chars().take(QUOTE_CHARS_MAX).collect();
    let message = format!("an event of the upstream's stream {why}: {quote}");
    ApiError::new(ErrorKind::BadGateway, message)
}

impl StreamReader {
    fn fail(&mut self, error: ApiError, out: &mut Vec<Event>) {
        self.over = true;
        out.push(Event::Failed(error));
    }

    fn event(
        &mut self,
        event: &Value,
        name: Option<&str>,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        let kind = event.get("type").and_then(Value::as_str).or(name).unwrap_or_default();
        let whole = event.get("response").unwrap_or(&Value::Null);
        self.unknown.note(event, &EVENT);
        self.tier(whole, out);
        match kind {
            "response.created" | "response.in_progress" | "response.queued" => {
                self.start(whole, out);
            }
            "response.completed" | "response.incomplete" | "response.done" => {
                self.finish(whole, out)?;
            }
            "response.failed" | "response.cancelled" => {
                let error = response::failure_of(whole);
                let says_why = whole.get("error").is_some_and(|error| !error.is_null());
                return Err(if says_why { error } else { self.error.take().unwrap_or(error) });
            }
            "error" => self.error = Some(ApiError::of_value(event, ErrorKind::BadGateway)),
            "keepalive" | "ping" if self.started => out.push(Event::Ping),
            "" if event.get("error").is_some() => {
                return Err(ApiError::of_value(event, ErrorKind::BadGateway));
            }
            _ if self.started => self.content(kind, event, out)?,
            _ => {
                let mut content = Vec::new();
                self.content(kind, event, &mut content)?;
                if !content.is_empty() {
                    self.start(&Value::Null, out);
                    out.append(&mut content);
                }
            }
        }
        Ok(())
    }

    /// Until the end OpenAI repeats the client's wish, and `auto` is no tier.
    fn tier(&mut self, response: &Value, out: &mut Vec<Event>) {
        let tier = response.get("service_tier").and_then(Value::as_str);
        let tier = tier.filter(|tier| *tier != "auto");
        if tier.is_some_and(|tier| self.service_tier.as_deref() != Some(tier)) {
            self.service_tier = tier.map(str::to_owned);
            out.extend(self.service_tier.clone().map(Event::ServiceTier));
        }
    }

    fn start(&mut self, response: &Value, out: &mut Vec<Event>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let text = |key: &str| response.get(key).and_then(Value::as_str).unwrap_or_default();
        out.push(Event::Start {
            id: text("id").to_owned(),
            model: text("model").to_owned(),
            created: seconds(response.get("created_at")),
        });
    }

    /// An event of the output; unknown ones (searching, interpreting, images in parts) are repeated whole by their item.
    fn content(&mut self, kind: &str, event: &Value, out: &mut Vec<Event>) -> Result<(), ApiError> {
        let number = |key: &str| event.get(key).and_then(Value::as_u64).unwrap_or(0);
        let index = self.items.index_of(event);
        let place = Place { item: index, content: number("content_index") };
        let items = &mut self.items;
        match kind {
            "response.output_item.added" => items.added(index, member(event, "item")?, out),
            "response.output_item.done" => items.item_done(index, member(event, "item")?, out),
            "response.content_part.done" => {
                items.content_done(place, member(event, "part")?, out);
                Ok(())
            }
            "response.output_text.delta" => {
                items.text(place, Saying::Answer, text(event, "delta")?, out)
            }
            "response.refusal.delta" => {
                items.text(place, Saying::Refusal, text(event, "delta")?, out)
            }
            "response.output_text.done" => {
                items.text_done(place, Saying::Answer, text(event, "text")?, out);
                Ok(())
            }
            "response.refusal.done" => {
                items.text_done(place, Saying::Refusal, text(event, "refusal")?, out);
                Ok(())
            }
            "response.output_text.annotation.added" => {
                items.annotation(place, member(event, "annotation")?.clone(), out)
            }
            "response.reasoning_summary_text.delta" => {
                let section = ("summary", number("summary_index"));
                items.reasoning(index, section, text(event, "delta")?, out)
            }
            "response.reasoning_text.delta" => {
                let section = ("content", number("content_index"));
                items.reasoning(index, section, text(event, "delta")?, out)
            }
            "response.function_call_arguments.delta" => {
                items.arguments(index, CallKind::Function, text(event, "delta")?, out)
            }
            "response.custom_tool_call_input.delta" => {
                items.arguments(index, CallKind::Custom, text(event, "delta")?, out)
            }
            "response.function_call_arguments.done" => {
                items.arguments_done(index, CallKind::Function, text(event, "arguments")?, out)
            }
            "response.custom_tool_call_input.done" => {
                items.arguments_done(index, CallKind::Custom, text(event, "input")?, out)
            }
            // Those of the response itself are repeated by its items and its end.
            _ => {
                if !kind.starts_with("response.") {
                    self.unknown.note_event(kind);
                }
                Ok(())
            }
        }
    }

    fn finish(&mut self, whole: &Value, out: &mut Vec<Event>) -> Result<(), ApiError> {
        self.start(whole, out);
        // Some servers send nothing but the whole.
        if self.items.is_untouched() {
            self.unknown.note(whole, &REPLY);
            let output = whole.get("output").and_then(Value::as_array);
            for (index, item) in (0..).zip(output.into_iter().flatten()) {
                self.items.item_done(index, item, out)?;
            }
        }
        let finish = response::finish_of(whole, self.items.called, self.items.refused)?;
        self.items.finish(out)?;
        out.extend(usage::read(whole.get("usage")).map(Event::Usage));
        out.push(Event::Finish(finish));
        out.push(Event::End);
        self.over = true;
        Ok(())
    }
}

/// A member without which an event says nothing.
fn member<'e>(event: &'e Value, key: &str) -> Result<&'e Value, ApiError> {
    event.get(key).ok_or_else(|| lacks(event, key))
}

fn text<'e>(event: &'e Value, key: &str) -> Result<&'e str, ApiError> {
    member(event, key)?.as_str().ok_or_else(|| lacks(event, key))
}

fn lacks(event: &Value, key: &str) -> ApiError {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or("event");
    nonsense(&format!("a `{kind}` lacks its `{key}`"))
}
