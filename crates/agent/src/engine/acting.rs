//! The calls of a reply: judged, run, answered. Readers at once, all others alone, all in the order of the calls.

use super::limits::{CALLS_PER_REPLY_MAX, READERS_MAX};
use super::loops::Repeated;
use super::{Effect, Engine, Phase, RunCall, ToolOutcome, Verdict, names};
use crate::arguments;
use ironbridge_session::{
    AllowRule, Approval, CallStatus, EndReason, EntryBody, Event, Item, ItemBody, Origin, Question,
    ReplyPart, ResultStatus, Scope, ToolResult, UserPart,
};
use ironbridge_wire::Finish;
use serde_json::Value;

/// The calls of one reply.
#[derive(Debug)]
pub(super) struct Acting {
    calls: Vec<Acted>,
}

/// One of them.
#[derive(Debug)]
struct Acted {
    /// Its number for the driver.
    call: u64,
    /// Its id for the model.
    id: String,
    item: u64,
    tool: String,
    /// As the model wrote them.
    arguments: String,
    /// What they say, or why they say nothing.
    read: Result<Value, String>,
    reads: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// For its turn.
    Waiting,
    /// For the verdict.
    Judging,
    /// For an answer.
    Asked { ask: u64, rules: Vec<AllowRule> },
    /// For the user's answer to the model's own question.
    Questioned { ask: u64 },
    /// For its end.
    Running { since: u64 },
    /// For nothing.
    Done { text: String },
}

impl State {
    fn is_active(&self) -> bool {
        matches!(
            self,
            State::Judging | State::Asked { .. } | State::Questioned { .. } | State::Running { .. }
        )
    }
}

impl Acted {
    fn shown(&self, status: CallStatus, output: Option<String>) -> Item {
        let (call, tool) = (self.id.clone(), self.tool.clone());
        let arguments = self.arguments.clone();
        Item { id: self.item, body: ItemBody::ToolCall { call, tool, arguments, status, output } }
    }

    fn run(&self) -> RunCall {
        let arguments = self.read.clone().unwrap_or(Value::Null);
        RunCall { call: self.call, tool: self.tool.clone(), arguments }
    }
}

impl Acting {
    /// The calls of a reply; `None`: it has none. Shows them.
    pub(super) fn of(reply: &[ReplyPart], finish: &Finish, engine: &mut Engine) -> Option<Self> {
        let mut calls = Vec::new();
        for part in reply {
            let ReplyPart::Call { id, name, arguments } = part else { continue };
            engine.numbers.ask += 1;
            let mut acted = Acted {
                call: engine.numbers.ask,
                id: id.clone(),
                item: engine.next_item(),
                tool: name.clone(),
                arguments: arguments.clone(),
                read: Ok(Value::Null),
                reads: false,
                state: State::Waiting,
            };
            acted.read = engine.read_call(&mut acted, calls.len(), finish);
            engine.tell(Event::ItemStarted { item: acted.shown(CallStatus::Pending, None) });
            calls.push(acted);
        }
        (!calls.is_empty()).then_some(Acting { calls })
    }

    fn find(&mut self, call: u64) -> Option<&mut Acted> {
        self.calls.iter_mut().find(|acted| acted.call == call)
    }

    fn asked(&self, ask: u64) -> Option<usize> {
        self.calls.iter().position(
            |acted| matches!(acted.state, State::Asked { ask: number, .. } if number == ask),
        )
    }

    /// The next call that may begin now.
    fn next(&self) -> Option<usize> {
        let next = self.calls.iter().position(|acted| matches!(acted.state, State::Waiting))?;
        let mut active = self.calls.iter().filter(|acted| acted.state.is_active()).peekable();
        if active.peek().is_none() {
            return Some(next);
        }
        let begins_reading = self.calls.get(next).is_some_and(|acted| acted.reads);
        let (mut count, mut all_read) = (0, true);
        for acted in active {
            count += 1;
            all_read &= acted.reads;
        }
        (begins_reading && all_read && count < READERS_MAX).then_some(next)
    }
}

impl Engine {
    /// What a call's arguments say; else what the model is told.
    fn read_call(
        &self,
        acted: &mut Acted,
        before: usize,
        finish: &Finish,
    ) -> Result<Value, String> {
        let most = self.settings.calls_max.min(CALLS_PER_REPLY_MAX);
        if before >= most {
            let calls = if most == 1 { "one call".to_owned() } else { format!("{most} calls") };
            return Err(format!("not run: a reply may have at most {calls}; see the result first"));
        }
        let Some(spec) = self.settings.tools.iter().find(|spec| spec.name == acted.tool) else {
            return Err(self.unknown_tool(&acted.tool));
        };
        acted.reads = spec.reads;
        arguments::read(&acted.arguments, &spec.schema, &spec.name).map_err(|why| {
            if matches!(finish, Finish::Length | Finish::ContextFull) {
                format!("not run: the reply was cut at the token limit within this call; {why}")
            } else {
                why
            }
        })
    }

    fn unknown_tool(&self, name: &str) -> String {
        let known = || self.settings.tools.iter().map(|spec| spec.name.as_str());
        let nearest = names::nearest(name, known());
        if nearest.is_empty() {
            let all: Vec<&str> = known().collect();
            return format!("there is no tool `{name}`; there are: {}", all.join(", "));
        }
        format!("there is no tool `{name}`; did you mean {}?", nearest.join(" or "))
    }

    /// Begins what may begin; when all is done, the model goes on.
    pub(super) fn advance(&mut self) {
        loop {
            let Phase::Acting(acting) = &mut self.phase else { return };
            let Some(next) = acting.next() else {
                if acting.calls.iter().all(|acted| matches!(acted.state, State::Done { .. })) {
                    self.acted();
                }
                return;
            };
            let Some(acted) = acting.calls.get_mut(next) else { return };
            match &acted.read {
                Err(why) => {
                    let outcome = ToolOutcome::failed(why.clone());
                    self.finish(next, outcome);
                }
                Ok(_) => {
                    acted.state = State::Judging;
                    let (run, mode) = (acted.run(), self.mode);
                    self.effects.push(Effect::Judge { run, mode });
                }
            }
        }
    }

    /// Every call has its result.
    fn acted(&mut self) {
        let Phase::Acting(acting) = std::mem::replace(&mut self.phase, Phase::Idle) else { return };
        let texts = acting.calls.iter().flat_map(|acted| {
            let result = match &acted.state {
                State::Done { text } => text.as_str(),
                _ => "",
            };
            [acted.tool.as_str(), acted.arguments.as_str(), result]
        });
        match self.turn.repeats.see(texts) {
            Repeated::Fine => {}
            Repeated::Tell => {
                let text = "You have made the same calls with the same results several times. Do something else, or \
                            say what keeps you from going on.";
                self.say(vec![UserPart::text(text)], Origin::Engine);
            }
            Repeated::End => {
                let error = "the model made the same calls with the same results again and again";
                return self.end_turn(EndReason::Loop, Some(error.to_owned()));
            }
        }
        self.ask_on();
    }

    /// A verdict has come. For a call that is asked about it comes again when rules or the mode have changed.
    pub(super) fn judged(&mut self, call: u64, verdict: Verdict) {
        let Phase::Acting(acting) = &mut self.phase else { return };
        let Some(index) = acting.calls.iter().position(|acted| acted.call == call) else { return };
        let Some(acted) = acting.calls.get_mut(index) else { return };
        let asked = match &acted.state {
            State::Judging => None,
            State::Asked { ask, .. } => Some(*ask),
            State::Waiting
            | State::Questioned { .. }
            | State::Running { .. }
            | State::Done { .. } => return,
        };
        match (verdict, asked) {
            (Verdict::Allow, asked) => {
                self.resolve(asked, true);
                self.run(index, false);
            }
            (Verdict::Deny { why }, asked) => {
                self.resolve(asked, false);
                self.refuse(index, why);
            }
            (Verdict::Ask { .. } | Verdict::Question { .. }, Some(_)) => {}
            (Verdict::Question { question, options, free }, None) if self.settings.can_ask => {
                self.numbers.ask += 1;
                let (ask, call) = (self.numbers.ask, acted.id.clone());
                acted.state = State::Questioned { ask };
                let question = Question { ask, call, question, options, free };
                self.tell(Event::QuestionAsked { question });
            }
            (Verdict::Question { .. }, None) => {
                let text = "nobody is there to answer; decide yourself, and say what you decided";
                self.finish(index, ToolOutcome::failed(text));
                self.advance();
            }
            (Verdict::Ask { subject, why, diff, rules }, None) if self.settings.can_ask => {
                self.numbers.ask += 1;
                let ask = self.numbers.ask;
                let (call, tool) = (acted.id.clone(), acted.tool.clone());
                acted.state = State::Asked { ask, rules: rules.clone() };
                let approval = Approval { ask, call, tool, subject, why, diff, rules };
                self.tell(Event::ApprovalRequested { approval });
            }
            (Verdict::Ask { subject, why, .. }, None) => {
                let tool = acted.tool.clone();
                self.abort_calls(
                    "the end of the run: an approval is needed and nobody can give it",
                );
                let error = format!("{tool} needs an approval ({why}): {subject}");
                self.end_turn(EndReason::ApprovalNeeded, Some(error));
            }
        }
    }

    fn resolve(&mut self, asked: Option<u64>, allowed: bool) {
        if let Some(ask) = asked {
            self.tell(Event::ApprovalResolved { ask, allowed });
        }
    }

    fn run(&mut self, index: usize, by_person: bool) {
        let Phase::Acting(acting) = &mut self.phase else { return };
        let Some(acted) = acting.calls.get_mut(index) else { return };
        acted.state = State::Running { since: self.now };
        let (run, item) = (acted.run(), acted.shown(CallStatus::Running, None));
        let changes = !acted.reads;
        if changes && !std::mem::replace(&mut self.turn.checkpointed, true) {
            self.effects.push(Effect::Checkpoint { turn: self.turn.number });
        }
        self.tell(Event::ItemUpdated { item });
        self.effects.push(Effect::Run { run, by_person });
    }

    fn refuse(&mut self, index: usize, why: String) {
        self.finish(index, ToolOutcome::new(ResultStatus::Denied, why));
        self.advance();
    }

    pub(super) fn is_asked(&self, ask: u64) -> bool {
        let Phase::Acting(acting) = &self.phase else { return false };
        acting.calls.iter().any(|acted| match acted.state {
            State::Asked { ask: number, .. } | State::Questioned { ask: number } => number == ask,
            _ => false,
        })
    }

    /// A question was answered with yes.
    pub(super) fn allowed(&mut self, ask: u64, scope: Scope) {
        let Phase::Acting(acting) = &mut self.phase else { return };
        let Some(index) = acting.asked(ask) else { return };
        let state = acting.calls.get_mut(index).map(|acted| &acted.state);
        let rules = match state {
            Some(State::Asked { rules, .. }) if scope != Scope::Once => rules.clone(),
            _ => Vec::new(),
        };
        self.tell(Event::ApprovalResolved { ask, allowed: true });
        self.run(index, true);
        if !rules.is_empty() {
            self.record(EntryBody::Allowed { rules: rules.clone() });
            self.effects.push(Effect::Allow { rules, scope });
            self.judge_asked_again();
        }
    }

    /// A question was answered with no: the model is told, and goes on.
    pub(super) fn denied(&mut self, ask: u64, message: Option<String>) {
        let Phase::Acting(acting) = &self.phase else { return };
        let Some(index) = acting.asked(ask) else { return };
        self.tell(Event::ApprovalResolved { ask, allowed: false });
        let said = message.map(|message| format!(": {message}")).unwrap_or_default();
        self.refuse(index, format!("the user said no to this call{said}"));
    }

    /// The model's question was answered; `None`: with nothing.
    pub(super) fn replied(&mut self, ask: u64, text: Option<String>) {
        let Phase::Acting(acting) = &self.phase else { return };
        let is_it = |acted: &Acted| matches!(acted.state, State::Questioned { ask: number } if number == ask);
        let Some(index) = acting.calls.iter().position(is_it) else { return };
        self.tell(Event::QuestionClosed { ask });
        let outcome = match text {
            Some(text) => ToolOutcome::done(text),
            None => ToolOutcome::new(ResultStatus::Denied, "the user gave no answer"),
        };
        self.finish(index, outcome);
        self.advance();
    }

    /// Rules or the mode have changed: some questions may have answered themselves.
    pub(super) fn judge_asked_again(&mut self) {
        let Phase::Acting(acting) = &self.phase else { return };
        let asked = acting.calls.iter().filter(|a| matches!(a.state, State::Asked { .. }));
        let mode = self.mode;
        let again: Vec<Effect> =
            asked.map(|acted| Effect::Judge { run: acted.run(), mode }).collect();
        self.effects.extend(again);
    }

    pub(super) fn tool_progress(&mut self, call: u64, text: String) {
        let Phase::Acting(acting) = &mut self.phase else { return };
        let running =
            acting.find(call).filter(|acted| matches!(acted.state, State::Running { .. }));
        if let Some(item) = running.map(|acted| acted.item) {
            self.tell(Event::ItemDelta { item, text });
        }
    }

    pub(super) fn tool_done(&mut self, call: u64, outcome: ToolOutcome) {
        let Phase::Acting(acting) = &self.phase else { return };
        let is_it =
            |acted: &Acted| acted.call == call && matches!(acted.state, State::Running { .. });
        let Some(index) = acting.calls.iter().position(is_it) else { return };
        self.finish(index, outcome);
        self.advance();
    }

    /// Writes down a result.
    fn finish(&mut self, index: usize, outcome: ToolOutcome) {
        let Phase::Acting(acting) = &mut self.phase else { return };
        let Some(acted) = acting.calls.get_mut(index) else { return };
        acted.state = State::Done { text: outcome.text.clone() };
        let item = acted.shown(outcome.status.into(), Some(outcome.text.clone()));
        let result = ToolResult {
            call: acted.id.clone(),
            tool: acted.tool.clone(),
            text: outcome.text,
            status: outcome.status,
            images: outcome.images,
            usage: outcome.usage,
        };
        self.record(EntryBody::Result(result));
        self.tell(Event::ItemCompleted { item });
    }

    /// Ends all calls that are not done: each gets a result that says so.
    pub(super) fn abort_calls(&mut self, by: &str) {
        let Phase::Acting(acting) = &self.phase else { return };
        let (now, mut questions) = (self.now, Vec::new());
        let open: Vec<(usize, String, Option<u64>)> = acting
            .calls
            .iter()
            .enumerate()
            .filter_map(|(index, acted)| match &acted.state {
                State::Done { .. } => None,
                State::Running { since } => {
                    let seconds = now.saturating_sub(*since) / 1000;
                    Some((index, format!("aborted by {by} after {seconds} s"), None))
                }
                State::Asked { ask, .. } => {
                    Some((index, format!("not run: ended by {by}"), Some(*ask)))
                }
                State::Questioned { ask } => {
                    questions.push(*ask);
                    Some((index, "the user gave no answer".to_owned(), None))
                }
                State::Waiting | State::Judging => {
                    Some((index, format!("not run: ended by {by}"), None))
                }
            })
            .collect();
        self.effects.push(Effect::CancelRuns);
        for ask in questions {
            self.tell(Event::QuestionClosed { ask });
        }
        for (index, text, asked) in open {
            self.resolve(asked, false);
            self.finish(index, ToolOutcome::new(ResultStatus::Aborted, text));
        }
        self.phase = Phase::Idle;
    }
}
