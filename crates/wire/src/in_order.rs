//! Makes parts follow one another.
//!
//! Chat servers interleave the deltas of parallel tool calls; the messages dialect has one open block at a time and
//! the responses clients want items in order. The part that opened first flows on, the others wait in the order in
//! which they opened; what waits is bounded by [`WAITING_BYTES_MAX`].

use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use std::collections::VecDeque;

/// The most bytes of events that wait for another part to close.
pub const WAITING_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Delays the events of later parts until the earlier ones are closed.
#[derive(Debug, Default)]
pub(crate) struct InOrder {
    open: Option<usize>,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    failed: bool,
}

#[derive(Debug)]
struct Waiting {
    part: usize,
    events: Vec<Event>,
    closed: bool,
}

impl InOrder {
    pub(crate) fn event(&mut self, event: Event, out: &mut Vec<Event>) {
        if self.failed {
            return;
        }
        match event {
            Event::Open { part, .. } if self.open.is_none() => {
                self.open = Some(part);
                out.push(event);
            }
            Event::Open { part, .. } => {
                self.waiting.push_back(Waiting { part, events: Vec::new(), closed: false });
                self.wait(part, event, out);
            }
            Event::Delta { part, .. } | Event::Close { part } if self.open != Some(part) => {
                self.wait(part, event, out);
            }
            Event::Close { .. } => {
                out.push(event);
                self.open = None;
                self.release(out);
            }
            Event::Finish(_) => {
                self.release_all(out);
                out.push(event);
            }
            other => out.push(other),
        }
    }

    fn wait(&mut self, part: usize, event: Event, out: &mut Vec<Event>) {
        let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.part == part) else {
            return;
        };
        waiting.closed |= matches!(event, Event::Close { .. });
        self.waiting_bytes += bytes_of(&event);
        waiting.events.push(event);
        if self.waiting_bytes > WAITING_BYTES_MAX {
            self.failed = true;
            out.push(Event::Failed(ApiError::new(
                ErrorKind::BadGateway,
                format!(
                    "the upstream interleaves over {WAITING_BYTES_MAX} bytes of parallel tool calls"
                ),
            )));
        }
    }

    /// Lets the parts flow that waited for the one that closed.
    fn release(&mut self, out: &mut Vec<Event>) {
        while let Some(next) = self.waiting.pop_front() {
            self.waiting_bytes =
                self.waiting_bytes.saturating_sub(next.events.iter().map(bytes_of).sum());
            out.extend(next.events);
            if !next.closed {
                self.open = Some(next.part);
                return;
            }
        }
    }

    /// At the finish a well-formed stream has closed every part; one that has not is closed here.
    fn release_all(&mut self, out: &mut Vec<Event>) {
        while let Some(part) = self.open.take() {
            out.push(Event::Close { part });
            self.release(out);
        }
    }
}

/// What an event costs while it waits: itself and the text that it holds.
fn bytes_of(event: &Event) -> usize {
    size_of::<Event>() + held_by(event)
}

/// The bytes of text and JSON that an event holds.
pub(crate) fn held_by(event: &Event) -> usize {
    match event {
        Event::Delta { delta: Delta::Text(text) | Delta::Arguments(text), .. } => text.len(),
        Event::Delta { delta: Delta::Seal(seal), .. } => seal.pack().len(),
        Event::Delta { delta: Delta::Native(value) | Delta::Citation { value, .. }, .. }
        | Event::Open { opening: Opening::Native { value, .. }, .. } => value.to_string().len(),
        Event::Open { opening: Opening::Call { id, name, .. }, .. } => id.len() + name.len(),
        Event::ServiceTier(tier) => tier.len(),
        Event::Open { opening: Opening::Text | Opening::Thinking | Opening::Refusal, .. }
        | Event::Start { .. }
        | Event::Close { .. }
        | Event::Usage(_)
        | Event::Ping
        | Event::Finish(_)
        | Event::End
        | Event::Failed(_) => 0,
    }
}

#[cfg(test)]
mod tests;
