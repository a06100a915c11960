//! A reply as it grows, and what follows from it when it is whole.

use super::acting::Acting;
use super::limits::EMPTY_REPLIES_MAX;
use super::{Effect, Engine, Phase};
use crate::calls::{CallReader, Piece};
use ironbridge_session::{
    EndReason, EntryBody, Event as Told, Item, ItemBody, Message, Origin, ReplyPart, Usage,
    UserPart,
};
use ironbridge_wire::{Delta, Event, Finish, Opening};

/// A reply as it grows.
#[derive(Debug)]
pub(super) struct Building {
    pub(super) request: u64,
    parts: Vec<(usize, Growing)>,
    usage: Option<Usage>,
    finish: Option<Finish>,
}

/// A part of it.
#[derive(Debug)]
struct Growing {
    kind: Kind,
    /// The item that shows it; none as long as it says nothing.
    item: Option<u64>,
    text: String,
    /// What in a text is no text.
    reader: CallReader,
    written: Written,
}

/// What a model wrote into its text.
#[derive(Debug, Default)]
struct Written {
    /// Tools and arguments.
    calls: Vec<(String, String)>,
    thoughts: Vec<String>,
    /// What was to be calls, for the model.
    broken: Vec<String>,
}

#[derive(Debug)]
enum Kind {
    Text,
    Thinking {
        seal: Option<String>,
    },
    Call {
        id: String,
        name: String,
    },
    /// What only the provider understands, and nobody here needs.
    Other,
}

impl Building {
    pub(super) fn new(request: u64) -> Self {
        Building { request, parts: Vec::new(), usage: None, finish: None }
    }

    fn part(&mut self, number: usize) -> Option<&mut Growing> {
        self.parts.iter_mut().find(|(part, _)| *part == number).map(|(_, growing)| growing)
    }

    fn open(&mut self, part: usize, opening: Opening) {
        let kind = match opening {
            Opening::Text | Opening::Refusal => Kind::Text,
            Opening::Thinking => Kind::Thinking { seal: None },
            Opening::Call { id, name, kind: _ } => Kind::Call { id, name },
            Opening::Native { .. } => Kind::Other,
        };
        let growing = Growing {
            kind,
            item: None,
            text: String::new(),
            reader: CallReader::default(),
            written: Written::default(),
        };
        self.parts.push((part, growing));
    }

    /// The items that show it.
    fn items(&self) -> impl Iterator<Item = u64> {
        self.parts.iter().filter_map(|(_, growing)| growing.item)
    }
}

impl Growing {
    fn shown(&self, item: u64) -> Item {
        let text = self.text.clone();
        let body = match self.kind {
            Kind::Thinking { .. } => ItemBody::Reasoning { text },
            Kind::Text | Kind::Call { .. } | Kind::Other => ItemBody::AgentMessage { text },
        };
        Item { id: item, body }
    }
}

/// What a provider says that a request used.
pub(super) fn used(usage: &ironbridge_wire::Usage) -> Usage {
    Usage {
        input: usage.input,
        cache_read: usage.cache_read.unwrap_or(0),
        cache_write: usage.cache_write.unwrap_or(0),
        output: usage.output,
    }
}

impl Engine {
    /// The reply to `request` grows. One that is no longer awaited is not heard.
    pub(super) fn model_event(&mut self, request: u64, event: Event) {
        let building = match &mut self.phase {
            Phase::Asking(building) if building.request == request => building,
            Phase::Summarising(_) => return self.summary_event(request, event),
            _ => return,
        };
        match event {
            Event::Open { part, opening } => building.open(part, opening),
            Event::Delta { part, delta } => self.grow(part, delta),
            Event::Usage(usage) => building.usage = Some(used(&usage)),
            Event::Finish(finish) => building.finish = Some(finish),
            Event::End => self.reply_done(),
            Event::Failed(error) => self.model_failed(request, &super::retry::of_stream(&error)),
            Event::Start { .. } | Event::Close { .. } | Event::ServiceTier(_) | Event::Ping => {}
        }
    }

    fn grow(&mut self, part: usize, delta: Delta) {
        let Phase::Asking(building) = &mut self.phase else { return };
        let Some(growing) = building.part(part) else { return };
        let more = match delta {
            Delta::Text(text) | Delta::Arguments(text) => text,
            Delta::Seal(sealed) => {
                if let Kind::Thinking { seal } = &mut growing.kind {
                    *seal = Some(sealed.pack());
                }
                return;
            }
            Delta::Citation { .. } | Delta::Native(_) => return,
        };
        let mut pieces = Vec::new();
        match growing.kind {
            Kind::Text => growing.reader.push(&more, &self.settings.tools, &mut pieces),
            Kind::Thinking { .. } => pieces.push(Piece::Text(more)),
            Kind::Call { .. } | Kind::Other => growing.text.push_str(&more),
        }
        self.show(part, pieces);
    }

    /// Takes in pieces of a part, and tells what of them is to be shown.
    fn show(&mut self, part: usize, pieces: Vec<Piece>) {
        for piece in pieces {
            let Phase::Asking(building) = &mut self.phase else { return };
            let Some(growing) = building.part(part) else { return };
            let text = match piece {
                Piece::Text(text) => text,
                Piece::Thinking(text) => {
                    growing.written.thoughts.push(text);
                    continue;
                }
                Piece::Call { name, arguments } => {
                    growing.written.calls.push((name, arguments));
                    continue;
                }
                Piece::Broken(why) => {
                    growing.written.broken.push(why);
                    continue;
                }
            };
            growing.text.push_str(&text);
            // Blank lines before and between calls are nothing to be shown.
            if growing.item.is_none() && growing.text.trim().is_empty() {
                continue;
            }
            if let Some(item) = growing.item {
                self.tell(Told::ItemDelta { item, text });
                continue;
            }
            self.numbers.item += 1;
            growing.item = Some(self.numbers.item);
            let item = growing.shown(self.numbers.item);
            self.tell(Told::ItemStarted { item });
        }
    }

    /// No more text comes: what still might have become a call is decided.
    fn end_texts(&mut self) {
        let Phase::Asking(building) = &mut self.phase else { return };
        let mut ends = Vec::new();
        for (part, growing) in &mut building.parts {
            let mut pieces = Vec::new();
            growing.reader.end(&self.settings.tools, &mut pieces);
            ends.push((*part, pieces));
        }
        for (part, pieces) in ends {
            self.show(part, pieces);
        }
    }

    /// The reply is whole.
    fn reply_done(&mut self) {
        self.end_texts();
        let Phase::Asking(building) = std::mem::replace(&mut self.phase, Phase::Idle) else {
            return;
        };
        self.turn.retries = 0;
        let Building { request: _, parts, usage, finish } = building;
        let broken = parts.iter().find_map(|(_, growing)| growing.written.broken.first().cloned());
        let reply = self.reply_parts(parts);
        let says = |part: &ReplyPart| match part {
            ReplyPart::Text { text } => !text.trim().is_empty(),
            ReplyPart::Call { .. } => true,
            ReplyPart::Thinking { .. } => false,
        };
        let finish = finish.unwrap_or_default();
        let said_something = reply.iter().any(says);
        let only_thought = !said_something && !reply.is_empty();
        let calls = Acting::of(&reply, &finish, self);
        // An empty reply is written down too: it was paid for, and the view leaves it out.
        let model = self.settings.model.clone();
        self.record(EntryBody::Assistant { parts: reply, model, usage });
        self.tell_usage();
        match broken {
            Some(why) if calls.is_none() => return self.ask_again(&why),
            None if !said_something && !matches!(finish, Finish::Refusal) => {
                return self.reply_was_empty(only_thought);
            }
            _ => self.turn.empty_replies = 0,
        }
        if let Some(acting) = calls {
            self.phase = Phase::Acting(acting);
            return self.advance();
        }
        if !self.steering.is_empty() {
            return self.ask_on();
        }
        let reason = match finish {
            Finish::Length | Finish::ContextFull => EndReason::Length,
            Finish::Refusal => EndReason::Refused,
            Finish::Pause => return self.ask_on(),
            Finish::Stop | Finish::StopSequence(_) | Finish::ToolCalls | Finish::Other(_) => {
                EndReason::Completed
            }
        };
        self.end_turn(reason, None);
    }

    /// The parts as they are kept, each with an id of its own; completes their items.
    fn reply_parts(&mut self, parts: Vec<(usize, Growing)>) -> Vec<ReplyPart> {
        let mut reply = Vec::with_capacity(parts.len());
        // A model that calls natively and writes the same call down means it once.
        let native = parts.iter().any(|(_, growing)| matches!(growing.kind, Kind::Call { .. }));
        for (_, growing) in parts {
            if let Some(item) = growing.item {
                let item = growing.shown(item);
                self.tell(Told::ItemCompleted { item });
            }
            let (text, written) = (growing.text, growing.written);
            match growing.kind {
                Kind::Text => {
                    let thought = |text| ReplyPart::Thinking { text, seal: None };
                    reply.extend(written.thoughts.into_iter().map(thought));
                    if !text.trim().is_empty() {
                        reply.push(ReplyPart::Text { text: text.trim_end().to_owned() });
                    }
                    for (name, arguments) in written.calls.into_iter().filter(|_| !native) {
                        let id = self.own_id(String::new(), &reply);
                        reply.push(ReplyPart::Call { id, name, arguments });
                    }
                }
                Kind::Thinking { seal } => reply.push(ReplyPart::Thinking { text, seal }),
                Kind::Call { id, name } => {
                    let id = self.own_id(id, &reply);
                    reply.push(ReplyPart::Call { id, name, arguments: text });
                }
                Kind::Other => {}
            }
        }
        reply
    }

    /// The provider's id for a call, or another where it has none or gives the same twice.
    fn own_id(&mut self, id: String, reply: &[ReplyPart]) -> String {
        let in_reply = |wanted: &str| {
            reply.iter().any(|part| matches!(part, ReplyPart::Call { id, .. } if id == wanted))
        };
        let taken = |id: &str| in_reply(id) || self.transcript.call_ids().any(|other| other == id);
        self.numbers.call += 1;
        if !id.is_empty() && !taken(&id) {
            return id;
        }
        let mut number = self.numbers.call;
        loop {
            let own = format!("call_{number}");
            if !taken(&own) {
                self.numbers.call = number;
                return own;
            }
            number += 1;
        }
    }

    pub(super) fn tell_usage(&mut self) {
        let (usage, context) = (self.transcript.usage(), self.transcript.context_tokens());
        let context_max = self.settings.context_max;
        self.tell(Told::UsageUpdated { usage, context, context_max });
    }

    /// The model said nothing: it is told so.
    fn reply_was_empty(&mut self, only_thought: bool) {
        // The empty reply itself stands last.
        let before = self.transcript.messages().rev().nth(1);
        let after_tools = matches!(before, Some(Message::Result(_)));
        let nudge = if only_thought {
            "You thought, but gave no answer. Answer now, or call a tool."
        } else if after_tools {
            "You gave no answer to the results of your tools. Go on with the task, or say what you found."
        } else {
            "Your reply was empty. Answer, or call a tool."
        };
        self.ask_again(nudge);
    }

    /// The reply was of no use: the model is told why and asked again, a bounded number of times in a row.
    fn ask_again(&mut self, why: &str) {
        self.turn.empty_replies += 1;
        if self.turn.empty_replies > EMPTY_REPLIES_MAX {
            let error = "the model gave no answer, though it was asked again".to_owned();
            return self.end_turn(EndReason::EmptyReply, Some(error));
        }
        self.say(vec![UserPart::text(why)], Origin::Engine);
        self.ask_on();
    }

    /// The reply under way is given up; what was shown of it is taken back.
    pub(super) fn discard_reply(&mut self) {
        let Phase::Asking(building) = std::mem::replace(&mut self.phase, Phase::Idle) else {
            return;
        };
        for item in building.items() {
            self.tell(Told::ItemDiscarded { item });
        }
    }

    /// The reply under way is broken off by the user; the text so far stays.
    pub(super) fn keep_partial_reply(&mut self) {
        self.end_texts();
        let Phase::Asking(mut building) = std::mem::replace(&mut self.phase, Phase::Idle) else {
            return;
        };
        self.effects.push(Effect::CancelAsk);
        let is_text = |growing: &Growing| matches!(growing.kind, Kind::Text);
        let (kept, lost): (Vec<_>, Vec<_>) =
            std::mem::take(&mut building.parts).into_iter().partition(|(_, part)| is_text(part));
        for item in lost.iter().filter_map(|(_, growing)| growing.item) {
            self.tell(Told::ItemDiscarded { item });
        }
        // A call that nobody waits for any more is none.
        let mut parts = self.reply_parts(kept);
        parts.retain(|part| !matches!(part, ReplyPart::Call { .. }));
        if !parts.is_empty() {
            let (model, usage) = (self.settings.model.clone(), building.usage);
            self.record(EntryBody::Assistant { parts, model, usage });
        }
    }
}
