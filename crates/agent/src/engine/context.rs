//! How full the context is, and making room in it.
//!
//! Looked at before every request, also within a turn. Old outputs of tools are forgotten first: that costs no request
//! and loses no decision. Then the oldest messages are replaced by a summary.

use super::limits::{
    FORGOTTEN_TOKENS_MIN, KEPT_OUTPUT_TOKENS, KEPT_TOKENS, OVERFLOWS_MAX, REPLY_TOKENS,
    SAVED_TOKENS_MIN,
};
use super::{Engine, Phase};
use crate::tools::SKILL_TOOL;
use ironbridge_session::{EntryBody, Event, Message, Transcript};

/// What is known of how full the context is.
#[derive(Debug, Default)]
pub(super) struct Context {
    baseline: Option<Baseline>,
    /// A request of so many tokens was refused as too long, whatever the catalogue says.
    refused: Option<u64>,
}

/// What the first messages of the transcript are as a request, in tokens: as the provider said, or as was counted.
#[derive(Clone, Copy, Debug)]
struct Baseline {
    tokens: u64,
    messages: usize,
}

impl Context {
    /// Takes in what was written.
    pub(super) fn recorded(&mut self, body: &EntryBody, transcript: &Transcript) {
        match body {
            EntryBody::Assistant { usage: Some(usage), .. } if usage.input_total() > 0 => {
                let tokens = usage.input_total().saturating_add(usage.output);
                self.baseline = Some(Baseline { tokens, messages: transcript.messages().count() });
            }
            EntryBody::Undo { .. }
            | EntryBody::Redo { .. }
            | EntryBody::Compaction { .. }
            | EntryBody::Pruned { .. } => self.baseline = None,
            _ => {}
        }
    }

    /// What is sent from now on is counted anew.
    pub(super) fn forget(&mut self) {
        self.baseline = None;
    }
}

impl Engine {
    /// What a request may have so that a reply has room, in tokens; `None`: not known.
    pub(super) fn usable(&self) -> Option<u64> {
        let known = Some(self.settings.context_max).filter(|max| *max > 0);
        let max = match (known, self.context.refused) {
            (Some(known), Some(refused)) => known.min(refused),
            (known, refused) => known.or(refused)?,
        };
        Some(max - REPLY_TOKENS.min(max / 4))
    }

    /// What the next request has, in tokens.
    fn used(&mut self) -> u64 {
        let measure = self.settings.measure;
        let messages = self.transcript.messages().count();
        let tokens = match self.context.baseline {
            Some(baseline) if baseline.messages == messages => baseline.tokens,
            Some(baseline) if baseline.messages < messages => {
                let later = self.transcript.messages().skip(baseline.messages);
                baseline.tokens + measure.messages(later)
            }
            _ => {
                let view = self.transcript.view();
                measure.fixed() + measure.messages(view.iter().map(AsRef::as_ref))
            }
        };
        self.context.baseline = Some(Baseline { tokens, messages });
        tokens
    }

    /// Before a request: makes room where a reply would have none. False: a summary is awaited first.
    pub(super) fn make_room(&mut self) -> bool {
        let Some(usable) = self.usable() else { return true };
        if self.used() <= usable {
            return true;
        }
        self.forget_outputs(usable);
        if self.used() <= usable {
            return true;
        }
        !self.summarise(true, KEPT_TOKENS.min(usable / 4))
    }

    /// The provider has refused the request as too long. False: there is nothing more to leave out.
    pub(super) fn give_way(&mut self) -> bool {
        self.turn.overflows += 1;
        if self.turn.overflows > OVERFLOWS_MAX {
            return false;
        }
        let used = self.used();
        self.context.refused = Some(self.context.refused.map_or(used, |refused| refused.min(used)));
        let usable = self.usable().unwrap_or(used);
        self.forget_outputs(usable) || self.cut(KEPT_TOKENS.min(usable / 4)).is_some()
    }

    /// Forgets the outputs of tools but the newest, if that saves enough; none that the model has not seen yet, and nothing
    /// that a skill says.
    fn forget_outputs(&mut self, usable: u64) -> bool {
        let kept_max = KEPT_OUTPUT_TOKENS.min(usable / 3);
        let measure = self.settings.measure;
        let (mut seen, mut saved, mut calls) = (0, 0, Vec::new());
        let messages: Vec<&Message> = self.transcript.messages().skip(self.summarised()).collect();
        let is_reply = |message: &&Message| matches!(message, Message::Assistant { .. });
        let unseen = messages.iter().rev().take_while(|message| !is_reply(message)).count();
        for (back, message) in messages.into_iter().rev().enumerate() {
            let Message::Result(result) = message else { continue };
            if self.transcript.is_pruned(&result.call) || result.tool == SKILL_TOOL {
                continue;
            }
            let tokens = measure.messages(std::iter::once(message));
            seen += tokens;
            if back >= unseen && seen > kept_max && tokens >= FORGOTTEN_TOKENS_MIN {
                saved += tokens;
                calls.push(result.call.clone());
            }
        }
        if calls.is_empty() || saved < SAVED_TOKENS_MIN.min(usable / 8) {
            return false;
        }
        let text =
            format!("{} old outputs of tools are no longer sent, to save context", calls.len());
        self.record(EntryBody::Pruned { calls });
        self.tell(Event::Notice { text });
        true
    }

    /// How many messages a summary stands for already.
    pub(super) fn summarised(&self) -> usize {
        self.transcript.compacted().map_or(0, |compacted| compacted.messages)
    }

    /// Where the messages begin that a summary leaves: the newest, `kept_max` tokens of them; never within the results of
    /// a reply, and with all results that the model has not seen yet. `None`: there is nothing before them.
    pub(super) fn cut(&self, kept_max: u64) -> Option<usize> {
        let messages: Vec<&Message> = self.transcript.messages().collect();
        let first = self.summarised() + 1;
        let (mut kept, mut at) = (0, messages.len());
        while let Some(message) = at.checked_sub(1).and_then(|index| messages.get(index)) {
            kept += self.settings.measure.messages(std::iter::once(*message));
            if kept > kept_max {
                break;
            }
            at -= 1;
        }
        let may_begin = |at: &usize| {
            messages.get(*at).is_some_and(|message| !matches!(message, Message::Result(_)))
        };
        let forward = (at..messages.len()).find(may_begin);
        let cut = forward.or_else(|| (0..at).rev().find(may_begin))?;
        (cut >= first).then_some(cut)
    }

    /// A person asks for a summary.
    pub(super) fn compact(&mut self) {
        if !matches!(self.phase, Phase::Idle) {
            return self.notice("a turn is under way; interrupt it before summarising");
        }
        let quarter = self.settings.measure.messages(self.transcript.messages()) / 4;
        if !self.summarise(false, KEPT_TOKENS.min(quarter)) {
            self.notice("there is nothing to summarise yet");
        }
    }
}
