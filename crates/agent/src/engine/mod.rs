//! The turn loop as a pure state machine: state and input give state and effects.
//!
//! ```text
//!             prompt                       reply with calls
//!   Idle ───────────────▶ Asking ─────────────────────────▶ Acting
//!    ▲                    │ ▲  ▲                              │
//!    │   reply, interrupt │ │  └──────── all results ─────────┘
//!    ├────────────────────┘ │ timer
//!    │                      ▼
//!    └───── interrupt ── Waiting (a retry), Summarising (before Asking, when the context is full)
//! ```
//!
//! It knows no clock, socket, file or thread: the time comes in with each input, and what needs the world is an effect
//! whose answer is an input. Every request, call, wait and question has a number; an answer to what is no longer awaited
//! is dropped. So a turn ends at once when it is interrupted, whatever hangs.

mod acting;
mod ask;
mod context;
mod effect;
mod input;
mod limits;
mod loops;
mod measure;
mod names;
mod operations;
mod reply;
mod retry;
mod settings;
mod summary;

pub use effect::{Effect, ModelRequest, RunCall};
pub use input::{FailureKind, Input, ModelFailure, ToolOutcome, Verdict};
pub use limits::{
    CALLS_PER_REPLY_MAX, EMPTY_REPLIES_MAX, QUEUE_MAX, READERS_MAX, REPEATS_MAX, RETRIES_MAX,
};
pub use measure::Measure;
pub(crate) use retry::kind_of;
pub use settings::{EngineSettings, ToolSpec};

use acting::Acting;
use context::Context;
use ironbridge_session::{
    EndReason, Entry, EntryBody, Event, Item, ItemBody, Mode, Origin, Transcript, UserPart,
};
use loops::Repeats;
use reply::Building;
use std::collections::VecDeque;
use summary::Summarising;

/// The agent of one session, without anything that touches the world. See the [module](self).
#[derive(Debug)]
pub struct Engine {
    settings: EngineSettings,
    transcript: Transcript,
    mode: Mode,
    phase: Phase,
    /// Prompts that wait for the end of the turn.
    queue: VecDeque<Vec<UserPart>>,
    /// What the model hears at its next step.
    steering: Vec<Vec<UserPart>>,
    /// What it hears then from the engine.
    notes: Vec<String>,
    numbers: Numbers,
    context: Context,
    turn: Counts,
    now: u64,
    effects: Vec<Effect>,
}

/// What is awaited.
#[derive(Debug)]
enum Phase {
    Idle,
    /// A reply.
    Asking(Building),
    /// The end of a wait, by its number.
    Waiting(u64),
    /// Results of tools.
    Acting(Acting),
    /// A summary.
    Summarising(Summarising),
    /// Files that are put back, by the number of the turn; and whether the turn is done again.
    Restoring {
        turn: u64,
        redo: bool,
    },
}

/// The last number given out of each kind.
#[derive(Debug, Default)]
struct Numbers {
    item: u64,
    request: u64,
    timer: u64,
    ask: u64,
    call: u64,
}

/// What one turn has had so far.
#[derive(Debug, Default)]
struct Counts {
    number: u64,
    model_calls: u64,
    retries: u32,
    overflows: u32,
    empty_replies: u32,
    /// Whether its files can be had back.
    checkpointed: bool,
    repeats: Repeats,
}

impl Engine {
    /// The agent of a session that is new, or resumed: `transcript` is what its file told.
    #[must_use]
    pub fn new(settings: EngineSettings, transcript: Transcript) -> Self {
        let mode = settings.mode.or(transcript.mode()).unwrap_or_default();
        Engine {
            settings,
            mode,
            numbers: Numbers { call: transcript.call_ids().count() as u64, ..Numbers::default() },
            transcript,
            phase: Phase::Idle,
            queue: VecDeque::new(),
            steering: Vec::new(),
            notes: Vec::new(),
            context: Context::default(),
            turn: Counts::default(),
            now: 0,
            effects: Vec::new(),
        }
    }

    /// What happened so far, as the session's file has it.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// How much may be done without asking.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether no turn is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle)
    }

    /// Whether a turn is under way: a summary may be made without one.
    fn in_turn(&self) -> bool {
        match &self.phase {
            Phase::Idle | Phase::Restoring { .. } => false,
            Phase::Asking(_) | Phase::Waiting(_) | Phase::Acting(_) => true,
            Phase::Summarising(summarising) => summarising.in_turn,
        }
    }

    /// Takes one input at `now`, milliseconds since 1970, and gives what is to be done, in this order.
    pub fn handle(&mut self, now: u64, input: Input) -> Vec<Effect> {
        self.now = now;
        match input {
            Input::Operation(operation) => self.operation(operation),
            Input::Model { request, event } => self.model_event(request, event),
            Input::ModelFailed { request, failure } => self.model_failed(request, &failure),
            Input::Timer(timer) => self.timer(timer),
            Input::Judged { call, verdict } => self.judged(call, verdict),
            Input::ToolProgress { call, text } => self.tool_progress(call, text),
            Input::ToolDone { call, outcome } => self.tool_done(call, outcome),
            Input::Note { text } => self.notes.push(text),
            Input::Checkpointed { turn, snapshot } => {
                self.record(EntryBody::Checkpoint { turn, snapshot });
            }
            Input::Restored { turn, snapshot, files } => self.restored(turn, snapshot, files),
            Input::RestoreFailed { turn, reason } => self.restore_failed(turn, &reason),
            Input::WriteFailed { reason } => self.write_failed(&reason),
        }
        std::mem::take(&mut self.effects)
    }

    /// The session could not be written: going on would promise what a resumed session cannot keep.
    fn write_failed(&mut self, reason: &str) {
        let text = format!("the session cannot be saved: {reason}");
        if self.in_turn() {
            self.abandon();
            self.end_turn(EndReason::Error, Some(text));
        } else {
            self.abandon();
            self.tell(Event::Notice { text });
        }
    }

    fn tell(&mut self, event: Event) {
        self.effects.push(Effect::Tell(event));
    }

    /// Writes an entry and takes it in.
    fn record(&mut self, body: EntryBody) {
        let entry = Entry { at: self.now, body };
        self.transcript.apply(&entry);
        self.context.recorded(&entry.body, &self.transcript);
        self.effects.push(Effect::Record(entry));
    }

    fn next_item(&mut self) -> u64 {
        self.numbers.item += 1;
        self.numbers.item
    }

    fn begin_turn(&mut self, parts: Vec<UserPart>) {
        let number = self.transcript.next_turn();
        self.turn = Counts { number, ..Counts::default() };
        self.tell(Event::TurnStarted { turn: number });
        self.say(parts, Origin::User);
        self.ask();
    }

    /// Writes down what is said in the user's place.
    fn say(&mut self, parts: Vec<UserPart>, origin: Origin) {
        let text = UserPart::texts(&parts);
        let item = Item { id: self.next_item(), body: ItemBody::UserMessage { text, origin } };
        self.record(EntryBody::User { turn: self.turn.number, parts, origin });
        self.tell(Event::ItemCompleted { item });
    }

    fn end_turn(&mut self, reason: EndReason, error: Option<String>) {
        self.phase = Phase::Idle;
        let Counts { number: turn, model_calls, .. } = self.turn;
        self.record(EntryBody::TurnEnd { turn, reason, error: error.clone() });
        self.tell(Event::TurnEnded { turn, reason, error, model_calls });
        self.steering_to_queue();
        if reason == EndReason::Completed
            && let Some(next) = self.queue.pop_front()
        {
            self.tell_queue();
            self.begin_turn(next);
        }
    }

    /// What was said too late for this turn waits for the next.
    fn steering_to_queue(&mut self) {
        if self.steering.is_empty() {
            return;
        }
        for parts in std::mem::take(&mut self.steering).into_iter().rev() {
            self.queue.push_front(parts);
        }
        self.tell_queue();
    }

    fn tell_queue(&mut self) {
        let waiting = self.queue.iter().map(|parts| UserPart::texts(parts)).collect();
        self.tell(Event::QueueChanged { waiting });
    }
}

#[cfg(test)]
mod tests;
