//! The items of a streamed response as they grow.
//!
//! A part opens with its first text, so that announcements without content leave nothing behind. What has been given
//! out of a part is kept until it closes: the `done` events repeat it whole, and whatever the deltas left out is given
//! out then. Servers differ in which of the events they send; LM Studio sends calls without deltas.

use super::items::{self, SECTION_BREAK};
use super::read_reply::call_id;
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use crate::part::CallKind;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The most tool calls that are open at once.
pub(super) const OPEN_CALLS_MAX: usize = 128;
/// The most bytes of a call's id and of its name.
pub(super) const NAME_BYTES_MAX: usize = 16 * 1024;
/// The most bytes of arguments that wait for the call they belong to.
pub(super) const PENDING_BYTES_MAX: usize = 1024 * 1024;

/// Which text of a message a delta belongs to.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) item: u64,
    pub(super) content: u64,
}

/// What a text says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Saying {
    #[default]
    Answer,
    Refusal,
}

/// Which section of a reasoning item a delta belongs to: of the summary, or of the reasoning itself.
pub(super) type Section = (&'static str, u64);

#[derive(Debug, Default)]
pub(super) struct Items {
    items: BTreeMap<u64, Item>,
    /// Output indexes by item id, for servers that leave the index out. Not the other way round: behind GitHub Copilot
    /// the id of an item differs from event to event.
    indexes: HashMap<String, u64>,
    latest: u64,
    parts: usize,
    /// Whether a tool was called.
    pub(super) called: bool,
    /// Whether the model declined in words.
    pub(super) refused: bool,
}

#[derive(Debug)]
enum Item {
    Message(BTreeMap<u64, Content>),
    Reasoning {
        growing: Growing,
        section: Option<Section>,
    },
    /// `growing.text` holds the arguments, also before the part is open.
    Call {
        growing: Growing,
        kind: CallKind,
    },
    Native(Value),
    Done,
}

#[derive(Debug, Default)]
struct Content {
    growing: Growing,
    saying: Saying,
    annotations: usize,
}

/// A part and what has been given out of it.
#[derive(Debug, Default)]
struct Growing {
    part: Option<usize>,
    text: String,
    closed: bool,
}

impl Growing {
    /// The number of the part, which opens if it has not.
    fn open(&mut self, opening: Opening, parts: &mut usize, out: &mut Vec<Event>) -> usize {
        *self.part.get_or_insert_with(|| {
            let part = *parts;
            *parts += 1;
            out.push(Event::Open { part, opening });
            part
        })
    }

    /// What `whole` has beyond that which was given out; nothing where the two do not agree.
    fn missing<'w>(&self, whole: &'w str) -> &'w str {
        if self.closed { "" } else { whole.strip_prefix(self.text.as_str()).unwrap_or("") }
    }

    fn close(&mut self, out: &mut Vec<Event>) {
        if !std::mem::replace(&mut self.closed, true)
            && let Some(part) = self.part
        {
            out.push(Event::Close { part });
        }
        self.text = String::new();
    }
}

impl Items {
    /// Whether no item has been announced or begun.
    pub(super) fn is_untouched(&self) -> bool {
        self.items.is_empty()
    }

    /// The output index of an event; without one that of its item id, else that of the latest item.
    pub(super) fn index_of(&self, event: &Value) -> u64 {
        event.get("output_index").and_then(Value::as_u64).unwrap_or_else(|| {
            let id = event.get("item_id").and_then(Value::as_str);
            id.and_then(|id| self.indexes.get(id)).copied().unwrap_or(self.latest)
        })
    }

    /// An item is announced.
    pub(super) fn added(
        &mut self,
        index: u64,
        item: &Value,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        self.latest = index;
        let id = item.get("id").and_then(Value::as_str).unwrap_or_default();
        let known = self.indexes.insert(id.to_owned(), index) == Some(index);
        match self.items.remove(&index) {
            Some(same @ (Item::Message(_) | Item::Reasoning { .. } | Item::Call { .. }))
                if known =>
            {
                self.items.insert(index, same);
                return Ok(());
            }
            // Arguments may come before the call they belong to.
            Some(Item::Call { growing, kind }) if growing.part.is_none() => {
                self.items.insert(index, Item::Call { growing, kind });
                return self.open_call(index, item, out);
            }
            Some(mut earlier) => earlier.end(&mut self.parts, out)?,
            None => {}
        }
        let begun = match item.get("type").and_then(Value::as_str) {
            Some("message") => Item::Message(BTreeMap::new()),
            Some("reasoning") => Item::Reasoning { growing: Growing::default(), section: None },
            Some("function_call") => Item::call(CallKind::Function),
            Some("custom_tool_call") => Item::call(CallKind::Custom),
            _ => Item::Native(item.clone()),
        };
        let is_call = matches!(begun, Item::Call { .. });
        self.items.insert(index, begun);
        if is_call && item.get("name").is_some() {
            self.open_call(index, item, out)
        } else {
            Ok(())
        }
    }

    /// Opens the call at `index` and gives out the arguments that waited for it.
    fn open_call(
        &mut self,
        index: u64,
        item: &Value,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        let open = self.items.values().filter(|item| matches!(item, Item::Call { .. })).count();
        if open > OPEN_CALLS_MAX {
            return Err(nonsense(&format!("over {OPEN_CALLS_MAX} tool calls are open at once")));
        }
        let Some(Item::Call { growing, kind }) = self.items.get_mut(&index) else { return Ok(()) };
        if growing.part.is_some() {
            return Ok(());
        }
        let name = item.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = call_id(item, self.parts);
        if name.is_empty() {
            return Err(nonsense(&format!("the tool call at {index} has no name")));
        }
        if name.len() > NAME_BYTES_MAX || id.len() > NAME_BYTES_MAX {
            let message =
                format!("the tool call at {index} has an id or name over {NAME_BYTES_MAX} bytes");
            return Err(nonsense(&message));
        }
        self.called = true;
        let part = growing.open(Opening::Call { id, name, kind: *kind }, &mut self.parts, out);
        if !growing.text.is_empty() {
            out.push(Event::Delta { part, delta: Delta::Arguments(growing.text.clone()) });
        }
        Ok(())
    }

    /// A message grows.
    pub(super) fn text(
        &mut self,
        place: Place,
        saying: Saying,
        delta: &str,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        let item = self.items.entry(place.item).or_insert_with(|| Item::Message(BTreeMap::new()));
        let Item::Message(contents) = item else {
            return Err(out_of_order("text", place.item));
        };
        let content = contents.entry(place.content).or_default();
        if content.growing.closed {
            return Err(out_of_order("text", place.item));
        }
        self.refused |= saying == Saying::Refusal && !delta.is_empty();
        content.grow(saying, delta, &mut self.parts, out);
        Ok(())
    }

    /// The text of a message is repeated whole.
    pub(super) fn text_done(
        &mut self,
        place: Place,
        saying: Saying,
        whole: &str,
        out: &mut Vec<Event>,
    ) {
        let item = self.items.entry(place.item).or_insert_with(|| Item::Message(BTreeMap::new()));
        if let Item::Message(contents) = item {
            let content = contents.entry(place.content).or_default();
            self.refused |= saying == Saying::Refusal && !whole.is_empty();
            content.grow(saying, content.growing.missing(whole), &mut self.parts, out);
        }
    }

    /// A content of a message is repeated whole with its annotations, and ends.
    pub(super) fn content_done(&mut self, place: Place, content: &Value, out: &mut Vec<Event>) {
        let Some((saying, whole)) = said(content) else { return };
        self.text_done(place, saying, whole, out);
        if let Some(Item::Message(contents)) = self.items.get_mut(&place.item)
            && let Some(begun) = contents.get_mut(&place.content)
        {
            let annotations = content.get("annotations").and_then(Value::as_array);
            let late = annotations.into_iter().flatten().skip(begun.annotations);
            if !begun.growing.closed {
                for annotation in late {
                    begun.annotate(annotation.clone(), &mut self.parts, out);
                }
            }
            begun.growing.close(out);
        }
    }

    /// A message is annotated.
    pub(super) fn annotation(
        &mut self,
        place: Place,
        annotation: Value,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        let item = self.items.entry(place.item).or_insert_with(|| Item::Message(BTreeMap::new()));
        let Item::Message(contents) = item else {
            return Err(out_of_order("an annotation", place.item));
        };
        let content = contents.entry(place.content).or_default();
        if content.growing.closed {
            return Err(out_of_order("an annotation", place.item));
        }
        content.annotate(annotation, &mut self.parts, out);
        Ok(())
    }

    /// Reasoning grows. Sections become one text with a blank line between them.
    pub(super) fn reasoning(
        &mut self,
        index: u64,
        section: Section,
        delta: &str,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        let item = self
            .items
            .entry(index)
            .or_insert_with(|| Item::Reasoning { growing: Growing::default(), section: None });
        let Item::Reasoning { growing, section: current } = item else {
            return Err(out_of_order("reasoning", index));
        };
        if delta.is_empty() {
            return Ok(());
        }
        let fresh = current.replace(section) != Some(section);
        let gap = if fresh && !growing.text.is_empty() { SECTION_BREAK } else { "" };
        let part = growing.open(Opening::Thinking, &mut self.parts, out);
        let delta = format!("{gap}{delta}");
        growing.text.push_str(&delta);
        out.push(Event::Delta { part, delta: Delta::Text(delta) });
        Ok(())
    }

    /// The arguments of a call grow, or wait until it is known which call they are for.
    pub(super) fn arguments(
        &mut self,
        index: u64,
        kind: CallKind,
        delta: &str,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        let item = self.items.entry(index).or_insert_with(|| Item::call(kind));
        let Item::Call { growing, .. } = item else {
            return Err(out_of_order("arguments", index));
        };
        growing.text.push_str(delta);
        match growing.part {
            Some(part) if !delta.is_empty() => {
                out.push(Event::Delta { part, delta: Delta::Arguments(delta.to_owned()) });
            }
            Some(_) => {}
            None if growing.text.len() > PENDING_BYTES_MAX => {
                return Err(nonsense(&format!(
                    "over {PENDING_BYTES_MAX} bytes of arguments came before the call at {index}"
                )));
            }
            None => {}
        }
        Ok(())
    }

    /// The arguments of a call are repeated whole.
    pub(super) fn arguments_done(
        &mut self,
        index: u64,
        kind: CallKind,
        whole: &str,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        let missing = match self.items.get(&index) {
            Some(Item::Call { growing, .. }) => growing.missing(whole).to_owned(),
            None => whole.to_owned(),
            Some(_) => return Ok(()),
        };
        self.arguments(index, kind, &missing, out)
    }

    /// An item is repeated whole and ends.
    pub(super) fn item_done(
        &mut self,
        index: u64,
        item: &Value,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        if matches!(self.items.get(&index), Some(Item::Done)) {
            return Ok(());
        }
        if !self.items.contains_key(&index) {
            self.added(index, item, out)?;
        }
        let whole = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
        match self.items.get_mut(&index) {
            Some(Item::Message(_)) => {
                let contents = item.get("content").and_then(Value::as_array);
                for (content, value) in (0..).zip(contents.into_iter().flatten()) {
                    self.content_done(Place { item: index, content }, value, out);
                }
            }
            Some(Item::Reasoning { growing, .. }) => {
                seal_reasoning(growing, item, &mut self.parts, out);
            }
            Some(Item::Call { kind, .. }) => {
                let (kind, key) = match *kind {
                    CallKind::Function => (CallKind::Function, "arguments"),
                    CallKind::Custom => (CallKind::Custom, "input"),
                };
                self.open_call(index, item, out)?;
                self.arguments_done(index, kind, whole(key), out)?;
            }
            Some(Item::Native(value)) => *value = item.clone(),
            Some(Item::Done) | None => {}
        }
        if let Some(mut ended) = self.items.insert(index, Item::Done) {
            ended.end(&mut self.parts, out)?;
        }
        Ok(())
    }

    /// The response ends: so does whatever is open.
    pub(super) fn finish(&mut self, out: &mut Vec<Event>) -> Result<(), ApiError> {
        for item in self.items.values_mut() {
            item.end(&mut self.parts, out)?;
        }
        Ok(())
    }
}

impl Item {
    fn call(kind: CallKind) -> Self {
        Item::Call { growing: Growing::default(), kind }
    }

    fn end(&mut self, parts: &mut usize, out: &mut Vec<Event>) -> Result<(), ApiError> {
        match self {
            Item::Message(contents) => {
                contents.values_mut().for_each(|content| content.growing.close(out));
            }
            Item::Reasoning { growing, .. } => growing.close(out),
            Item::Call { growing, .. } if growing.part.is_none() => {
                return Err(nonsense("a tool call ends that never began"));
            }
            Item::Call { growing, .. } => growing.close(out),
            Item::Native(value) => {
                let opening =
                    Opening::Native { dialect: Dialect::Responses, value: std::mem::take(value) };
                let mut whole = Growing::default();
                whole.open(opening, parts, out);
                whole.close(out);
            }
            Item::Done => {}
        }
        *self = Item::Done;
        Ok(())
    }
}

impl Content {
    fn grow(&mut self, saying: Saying, delta: &str, parts: &mut usize, out: &mut Vec<Event>) {
        if delta.is_empty() {
            return;
        }
        if self.growing.part.is_none() {
            self.saying = saying;
        }
        let opening = match self.saying {
            Saying::Answer => Opening::Text,
            Saying::Refusal => Opening::Refusal,
        };
        let part = self.growing.open(opening, parts, out);
        self.growing.text.push_str(delta);
        out.push(Event::Delta { part, delta: Delta::Text(delta.to_owned()) });
    }

    fn annotate(&mut self, annotation: Value, parts: &mut usize, out: &mut Vec<Event>) {
        let part = self.growing.open(Opening::Text, parts, out);
        self.annotations += 1;
        let delta = Delta::Citation { dialect: Dialect::Responses, value: annotation };
        out.push(Event::Delta { part, delta });
    }
}

/// Completes reasoning from its whole item, and seals it.
fn seal_reasoning(growing: &mut Growing, item: &Value, parts: &mut usize, out: &mut Vec<Event>) {
    let whole = items::reasoning_text(item);
    let missing = growing.missing(&whole);
    if !missing.is_empty() {
        let part = growing.open(Opening::Thinking, parts, out);
        out.push(Event::Delta { part, delta: Delta::Text(missing.to_owned()) });
    }
    if let Some(seal) = items::own_seal(item) {
        let part = growing.open(Opening::Thinking, parts, out);
        out.push(Event::Delta { part, delta: Delta::Seal(seal) });
    }
}

/// What a content of a message says; `None` for what is no text (reasoning shown by LM Studio).
fn said(content: &Value) -> Option<(Saying, &str)> {
    let text = |key: &str| content.get(key).and_then(Value::as_str).unwrap_or_default();
    match content.get("type").and_then(Value::as_str) {
        Some("output_text") => Some((Saying::Answer, text("text"))),
        Some("refusal") => Some((Saying::Refusal, text("refusal"))),
        _ => None,
    }
}

fn out_of_order(what: &str, index: u64) -> ApiError {
    nonsense(&format!("{what} came for item {index}, which takes none"))
}

/// An error for a stream that contradicts itself.
pub(super) fn nonsense(message: &str) -> ApiError {
    ApiError::new(ErrorKind::BadGateway, format!("the upstream's stream makes no sense: {message}"))
}
