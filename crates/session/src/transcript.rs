//! The fold of a session's entries, and the view of it that a model is sent.
//!
//! The engine's own history is one of these, to which each entry is applied as it is written; so a session that is
//! resumed is the one that was. Repairs happen in the view alone: the entries stay what they are.

mod markdown;
mod view;

pub use view::check_view;

use crate::{
    AllowRule, EndReason, Entry, EntryBody, Message, Mode, Origin, Parent, ReplyPart, Usage,
    UserPart,
};
use std::collections::HashSet;
use std::sync::Arc;

/// A session as its entries tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    id: String,
    project: String,
    parent: Option<Parent>,
    title: Option<String>,
    mode: Option<Mode>,
    rules: Vec<AllowRule>,
    messages: Vec<Kept>,
    turns: Vec<Turn>,
    /// Turns from this number on are taken back.
    undone_from: Option<u64>,
    compacted: Option<Compacted>,
    pruned: HashSet<String>,
    usage: Usage,
    context_tokens: u64,
    began_at: u64,
    changed_at: u64,
    last_turn: u64,
}

/// A message and its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    turn: u64,
    message: Arc<Message>,
}

/// One turn: a prompt and all that followed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Its number, from 1; never given twice.
    pub number: u64,
    /// What was asked.
    pub prompt: String,
    /// The snapshot of the files as they were when it began.
    pub snapshot: Option<u64>,
    /// Why it ended; `None`: it is under way, or was cut short by the end of the process.
    pub ended: Option<EndReason>,
    /// The snapshot that brings back what undoing it took away.
    pub redo_snapshot: Option<u64>,
}

/// A summary in place of the oldest messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// How many messages it stands for.
    pub messages: usize,
    /// The summary.
    pub summary: String,
}

impl Transcript {
    /// Takes in one more entry.
    pub fn apply(&mut self, entry: &Entry) {
        if self.began_at == 0 {
            self.began_at = entry.at;
        }
        self.changed_at = self.changed_at.max(entry.at);
        match &entry.body {
            EntryBody::Session { version: _, id, project, parent } => {
                self.id.clone_from(id);
                self.project.clone_from(project);
                self.parent.clone_from(parent);
            }
            EntryBody::User { turn, parts, origin } => self.user(*turn, parts, *origin),
            EntryBody::Assistant { parts, model: _, usage } => {
                self.push(Message::Assistant { parts: parts.clone() });
                if let Some(usage) = usage {
                    self.usage.add(usage);
                    self.context_tokens = usage.input_total() + usage.output;
                }
            }
            EntryBody::Result(result) => {
                if let Some(usage) = &result.usage {
                    self.usage.add(usage);
                }
                self.push(Message::Result(result.clone()));
            }
            EntryBody::Checkpoint { turn, snapshot } => {
                self.change_turn(*turn, |turn| turn.snapshot = Some(*snapshot));
            }
            EntryBody::TurnEnd { turn, reason, error: _ } => {
                self.change_turn(*turn, |turn| turn.ended = Some(*reason));
            }
            EntryBody::Undo { turn, snapshot } => {
                self.undone_from = Some(*turn);
                self.change_turn(*turn, |turn| turn.redo_snapshot = *snapshot);
            }
            EntryBody::Redo { turn } => {
                let later = self.turns.iter().map(|turn| turn.number).find(|number| number > turn);
                self.undone_from = later;
            }
            EntryBody::Compaction { messages, summary, usage } => {
                let (messages, summary) = (*messages, summary.clone());
                self.compacted = Some(Compacted { messages, summary });
                if let Some(usage) = usage {
                    self.usage.add(usage);
                }
            }
            EntryBody::Pruned { calls } => self.pruned.extend(calls.iter().cloned()),
            EntryBody::Allowed { rules } => self.rules.extend(rules.iter().cloned()),
            EntryBody::Mode { mode } => self.mode = Some(*mode),
            EntryBody::Title { title } => self.title = Some(title.clone()),
            EntryBody::Unknown => {}
        }
    }

    /// A prompt after an undo ends what was taken back for good: it can no longer be redone.
    fn user(&mut self, turn: u64, parts: &[UserPart], origin: Origin) {
        if origin.begins_turn() {
            if let Some(from) = self.undone_from.take() {
                self.messages.retain(|kept| kept.turn < from);
                self.turns.retain(|turn| turn.number < from);
                // A summary of what is gone for good would be told of messages that come later.
                self.compacted.take_if(|compacted| compacted.messages > self.messages.len());
            }
            let (prompt, snapshot) = (UserPart::texts(parts), None);
            self.turns.push(Turn {
                number: turn,
                prompt,
                snapshot,
                ended: None,
                redo_snapshot: None,
            });
            self.last_turn = self.last_turn.max(turn);
        }
        self.push(Message::User { parts: parts.to_vec(), origin });
    }

    fn push(&mut self, message: Message) {
        let turn = self.turns.last().map_or(0, |turn| turn.number);
        self.messages.push(Kept { turn, message: Arc::new(message) });
    }

    fn change_turn(&mut self, number: u64, change: impl FnOnce(&mut Turn)) {
        if let Some(turn) = self.turns.iter_mut().rev().find(|turn| turn.number == number) {
            change(turn);
        }
    }

    /// What a model is sent: see the [module](self). Each call has exactly one result, right after its reply and in the
    /// order of the calls; no reply is empty. Messages that are sent as they are kept are shared, not copied.
    #[must_use]
    pub fn view(&self) -> Vec<Arc<Message>> {
        view::of(self)
    }

    /// The session as a document for people: what was said, called and answered, without what was undone.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        markdown::of(self)
    }

    /// All messages that are not undone, compacted or not.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.kept().map(|message| &**message)
    }

    fn kept(&self) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        let holds = |kept: &&Kept| self.undone_from.is_none_or(|from| kept.turn < from);
        self.messages.iter().filter(holds).map(|kept| &kept.message)
    }

    /// The turns that hold, in order.
    pub fn turns(&self) -> impl DoubleEndedIterator<Item = &Turn> {
        let holds = |turn: &&Turn| self.undone_from.is_none_or(|from| turn.number < from);
        self.turns.iter().filter(holds)
    }

    /// The turn that redoing would bring back.
    #[must_use]
    pub fn undone(&self) -> Option<&Turn> {
        let from = self.undone_from?;
        self.turns.iter().find(|turn| turn.number >= from)
    }

    /// The number of the next turn.
    #[must_use]
    pub fn next_turn(&self) -> u64 {
        self.last_turn + 1
    }

    /// The session's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The project's folder.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Where it was forked from.
    #[must_use]
    pub fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    /// Its title: as it was named, else the begin of the first prompt.
    #[must_use]
    pub fn title(&self) -> String {
        const TITLE_CHARS_MAX: usize = 80;
        if let Some(title) = &self.title {
            return title.clone();
        }
        let prompt = self.turns.first().map_or("", |turn| turn.prompt.as_str());
        let line = prompt.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        line.trim().chars().take(TITLE_CHARS_MAX).collect()
    }

    /// The mode that was set last.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        self.mode
    }

    /// What was allowed for the session.
    #[must_use]
    pub fn rules(&self) -> &[AllowRule] {
        &self.rules
    }

    /// What the whole session used, undone turns included: they were paid for.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// What the context held at the last model call, in tokens.
    #[must_use]
    pub fn context_tokens(&self) -> u64 {
        self.context_tokens
    }

    /// The summary that stands for the oldest messages.
    #[must_use]
    pub fn compacted(&self) -> Option<&Compacted> {
        self.compacted.as_ref()
    }

    /// When it began and when it was last written to, in milliseconds since 1970.
    #[must_use]
    pub fn times(&self) -> (u64, u64) {
        (self.began_at, self.changed_at)
    }

    /// The ids of all calls so far, undone or not.
    pub fn call_ids(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().flat_map(|kept| calls(&kept.message)).map(|(id, _)| id)
    }

    /// Whether the output of this call is no longer sent.
    #[must_use]
    pub fn is_pruned(&self, call: &str) -> bool {
        self.pruned.contains(call)
    }
}

/// The ids and names of a message's calls.
fn calls(message: &Message) -> impl Iterator<Item = (&str, &str)> {
    let parts = match message {
        Message::Assistant { parts } => parts.as_slice(),
        Message::User { .. } | Message::Result(_) => &[],
    };
    parts.iter().filter_map(|part| match part {
        ReplyPart::Call { id, name, .. } => Some((id.as_str(), name.as_str())),
        ReplyPart::Text { .. } | ReplyPart::Thinking { .. } => None,
    })
}

#[cfg(test)]
mod tests;
