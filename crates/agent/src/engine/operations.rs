//! What front ends ask for.

use super::limits::QUEUE_MAX;
use super::{Effect, Engine, Phase};
use ironbridge_session::{Answer, EndReason, EntryBody, Event, Mode, Operation, UserPart};

impl Engine {
    pub(super) fn operation(&mut self, operation: Operation) {
        match operation {
            Operation::Prompt { parts } if self.is_idle() => self.begin_turn(parts),
            Operation::Prompt { parts } => self.enqueue(parts),
            Operation::Steer { parts } => self.steer(parts),
            Operation::ClearQueue => {
                self.queue.clear();
                self.steering.clear();
                self.tell_queue();
            }
            Operation::Interrupt => self.interrupt(),
            Operation::Answer { ask, answer } => self.answer(ask, answer),
            Operation::SetMode { mode } => self.set_mode(mode),
            Operation::Undo => self.undo(),
            Operation::Redo => self.redo(),
            Operation::Compact => self.compact(),
            Operation::Rename { title } => self.record(EntryBody::Title { title }),
        }
    }

    pub(super) fn notice(&mut self, text: &str) {
        self.tell(Event::Notice { text: text.to_owned() });
    }

    fn enqueue(&mut self, parts: Vec<UserPart>) {
        if self.queue.len() >= QUEUE_MAX {
            return self
                .notice(&format!("{QUEUE_MAX} prompts wait already; this one is not taken"));
        }
        self.queue.push_back(parts);
        self.tell_queue();
    }

    fn steer(&mut self, parts: Vec<UserPart>) {
        if self.is_idle() {
            return self.begin_turn(parts);
        }
        if !self.in_turn() {
            return self.enqueue(parts);
        }
        if self.steering.len() >= QUEUE_MAX {
            return self.notice("too much waits to be said already; this is not taken");
        }
        self.steering.push(parts);
    }

    /// Ends the turn now.
    pub(super) fn interrupt(&mut self) {
        let in_turn = self.in_turn();
        self.abandon();
        if in_turn {
            self.end_turn(EndReason::Interrupted, None);
        }
    }

    /// Gives up what is under way; what it has given so far stays.
    pub(super) fn abandon(&mut self) {
        match self.phase {
            Phase::Asking(_) => self.keep_partial_reply(),
            Phase::Acting(_) => self.abort_calls("the user"),
            Phase::Summarising(_) => self.abandon_summary(),
            // Files are put back all or none; that is not stopped half way.
            Phase::Idle | Phase::Waiting(_) | Phase::Restoring { .. } => {}
        }
    }

    fn answer(&mut self, ask: u64, answer: Answer) {
        match answer {
            Answer::Allow { scope } => self.allowed(ask, scope),
            Answer::Deny { message } => {
                self.denied(ask, message);
                self.replied(ask, None);
            }
            Answer::Say { text } => self.replied(ask, Some(text)),
            Answer::Cancel if self.is_asked(ask) => self.interrupt(),
            Answer::Cancel => {}
        }
    }

    fn set_mode(&mut self, mode: Mode) {
        if self.mode == mode {
            return;
        }
        self.mode = mode;
        self.record(EntryBody::Mode { mode });
        self.tell(Event::ModeChanged { mode });
        self.judge_asked_again();
    }

    fn undo(&mut self) {
        if !self.is_idle() {
            return self.notice("a turn is under way; interrupt it before undoing");
        }
        let Some(turn) = self.transcript.turns().next_back() else {
            return self.notice("there is nothing to undo");
        };
        let (turn, snapshot) = (turn.number, turn.snapshot);
        self.restore(turn, snapshot, false);
    }

    fn redo(&mut self) {
        if !self.is_idle() {
            return self.notice("a turn is under way; interrupt it before redoing");
        }
        let Some(turn) = self.transcript.undone() else {
            return self.notice("there is nothing to redo");
        };
        let (turn, snapshot) = (turn.number, turn.redo_snapshot);
        self.restore(turn, snapshot, true);
    }

    fn restore(&mut self, turn: u64, snapshot: Option<u64>, redo: bool) {
        self.phase = Phase::Restoring { turn, redo };
        match snapshot {
            Some(snapshot) => self.effects.push(Effect::Restore { turn, snapshot }),
            None => self.restored(turn, None, Vec::new()),
        }
    }

    /// The files of a turn are as they were before it, or after it again.
    pub(super) fn restored(&mut self, turn: u64, snapshot: Option<u64>, files: Vec<String>) {
        let Phase::Restoring { turn: awaited, redo } = self.phase else { return };
        if awaited != turn {
            return;
        }
        self.phase = Phase::Idle;
        let entry =
            if redo { EntryBody::Redo { turn } } else { EntryBody::Undo { turn, snapshot } };
        self.record(entry);
        self.tell(Event::TurnUndone { turn, undone: !redo, files });
        self.go_on_with_queue();
    }

    pub(super) fn restore_failed(&mut self, turn: u64, reason: &str) {
        if !matches!(self.phase, Phase::Restoring { turn: awaited, .. } if awaited == turn) {
            return;
        }
        self.phase = Phase::Idle;
        self.notice(&format!("the files were not put back, nothing was changed: {reason}"));
        self.go_on_with_queue();
    }

    pub(super) fn go_on_with_queue(&mut self) {
        if let Some(next) = self.queue.pop_front() {
            self.tell_queue();
            self.begin_turn(next);
        }
    }
}
