//! The effects, one by one.

use super::Agent;
use crate::engine::{Input, ModelRequest, RunCall, ToolOutcome, Verdict};
use crate::model::Asked;
use crate::secrets::SECRET_MASK;
use crate::shorten::shorten;
use crate::tools::{Effect, Place, Running, patches};
use crate::{permission, project};
use ironbridge_session::{
    AllowRule, Entry, EntryBody, Event, Message, Mode, Origin, Scope, UserPart,
};
use ironbridge_tools::snapshot::Outcome;
use ironbridge_tools::{Control, Failure};
use ironbridge_upstream::Initiator;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The most of a result that a model is sent, in characters; the whole is in a file.
const RESULT_CHARS_MAX: usize = 20_000;
/// How long a snapshot may wait for others before a turn goes on without it.
const SNAPSHOT_TIME: Duration = Duration::from_secs(10);
/// How long files may take to be put back.
const RESTORE_TIME: Duration = Duration::from_secs(120);
/// What a call is told that would write a mask in the place of a secret.
const MASKED: &str = "not run: the arguments have a secret that was masked in what you read, so this would put the mask \
                      in the secret's place. Change the text around it, with string_replace.";
/// In the state folder: results that were too long to be sent whole.
const OUTPUTS_FOLDER: &str = "agent-outputs";

impl Agent {
    pub(super) fn record(&mut self, entry: &Entry) {
        if matches!(entry.body, EntryBody::Compaction { .. }) {
            self.place.tell_again();
        }
        let Some(file) = &mut self.file else { return };
        if let Err(error) = file.append(entry) {
            let reason = error.to_string();
            tracing::error!(reason, "the session cannot be written");
            // Once: what follows from it is not written either.
            self.file = None;
            self.due.push_back(Input::WriteFailed { reason });
        }
    }

    /// Waited for: what is changed after it can be had back.
    pub(super) async fn checkpoint(&mut self, turn: u64) {
        let place = self.place.clone();
        let take = move || {
            let control = Control::within(SNAPSHOT_TIME);
            let label = format!("turn {turn}");
            place.snapshots.take(&place.workspace, &label, SystemTime::now(), &[], &control)
        };
        match tokio::task::spawn_blocking(take).await {
            Ok(Ok(snapshot)) => self.due.push_back(Input::Checkpointed { turn, snapshot }),
            Ok(Err(error)) => tracing::warn!(%error, "this turn cannot be undone"),
            Err(error) => tracing::warn!(%error, "this turn cannot be undone"),
        }
    }

    pub(super) fn ask(&mut self, wanted: ModelRequest) {
        let ModelRequest { request, messages, mode } = wanted;
        let initiator = match messages.last().map(AsRef::as_ref) {
            Some(Message::User { origin: Origin::User | Origin::Steer, .. }) => Initiator::User,
            _ => Initiator::Agent,
        };
        let changes = |effect| matches!(effect, Effect::Writes | Effect::Commits);
        let offered = |effect: Effect| mode != Mode::Plan || !changes(effect);
        let tools = self.registry.iter().filter(|tool| offered(tool.effect));
        let tools = tools.map(|tool| tool.spec.clone()).collect();
        let system = self.system.prompt(&self.place, mode, &self.project);
        self.send(request, Asked { system, tools, messages, initiator });
    }

    pub(super) fn summarise(&mut self, request: u64, system: &str, text: String) {
        let parts = vec![UserPart::text(text)];
        let messages = vec![Arc::new(Message::User { parts, origin: Origin::Engine })];
        let (system, tools, initiator) = (system.to_owned(), Vec::new(), Initiator::Agent);
        self.send(request, Asked { system, tools, messages, initiator });
    }

    fn send(&mut self, request: u64, asked: Asked) {
        let (model, inputs) = (self.model.clone(), self.inputs.clone());
        let asking = self.tasks.spawn(async move {
            let hear = |event| {
                let inputs = inputs.clone();
                async move { drop(inputs.send(Input::Model { request, event }).await) }
            };
            if let Err(failure) = model.ask(asked, hear).await {
                let _ = inputs.send(Input::ModelFailed { request, failure }).await;
            }
        });
        self.asking = Some(asking);
    }

    pub(super) fn wait(&mut self, timer: u64, wait_ms: u64) {
        let inputs = self.inputs.clone();
        self.tasks.spawn(async move {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            let _ = inputs.send(Input::Timer(timer)).await;
        });
    }

    pub(super) fn judge(&mut self, run: RunCall, mode: Mode) {
        let (call, inputs) = (run.call, self.inputs.clone());
        let (policy, place) = (self.policy.clone(), self.place.clone());
        let Some(effect) = self.registry.find(&run.tool).map(|tool| tool.effect) else {
            let why = format!("there is no tool {}", run.tool);
            self.due.push_back(Input::Judged { call, verdict: Verdict::Deny { why } });
            return;
        };
        let is_free = matches!(effect, Effect::Reads | Effect::Harmless);
        if is_free || mode == Mode::Yolo && effect != Effect::Asks {
            self.due.push_back(Input::Judged { call, verdict: Verdict::Allow });
            return;
        }
        self.tasks.spawn(async move {
            let work = move || permission::judge(&run, effect, mode, &policy, &place);
            let verdict = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
                Verdict::Deny { why: format!("it could not be judged: {error}") }
            });
            let _ = inputs.send(Input::Judged { call, verdict }).await;
        });
    }

    /// Holds rules from now on, and keeps those for the project.
    pub(super) async fn allow(&mut self, rules: Vec<AllowRule>, scope: Scope) {
        if scope == Scope::Project
            && let Some(Err(error)) = self.project_rules.as_ref().map(|kept| kept.add(&rules))
        {
            let text = format!("this is allowed for the session only, it cannot be kept: {error}");
            let _ = self.events.send(Event::Notice { text }).await;
        }
        self.rules.extend(rules);
        self.policy = Arc::new(permission::policy(&self.rules));
    }

    pub(super) fn run_tool(&mut self, run: RunCall, by_person: bool) {
        let RunCall { call, tool, arguments } = run;
        let Some(tool) = self.registry.find(&tool).cloned() else { return };
        let only_reads = matches!(tool.effect, Effect::Reads | Effect::Harmless);
        if !only_reads && arguments.to_string().contains(SECRET_MASK) {
            let outcome = ToolOutcome::failed(MASKED);
            self.due.push_back(Input::ToolDone { call, outcome });
            return;
        }
        let (progress, secrets) = (self.inputs.clone(), self.secrets.clone());
        let running = Running {
            arguments,
            place: self.place.clone(),
            control: Control::cancelled_by(self.runs.clone()),
            // What does not fit is left out of the show; the result has it.
            progress: Arc::new(move |text| {
                let text = secrets.masked(&text).unwrap_or(text);
                drop(progress.try_send(Input::ToolProgress { call, text }));
            }),
            unconfined: by_person || self.engine.mode() == Mode::Yolo,
        };
        let (inputs, place) = (self.inputs.clone(), self.place.clone());
        let (paths, secrets) = (paths(&running.arguments), self.secrets.clone());
        self.calls.spawn(async move {
            let mut outcome = tool.run(running).await;
            if let Some(masked) = secrets.masked(&outcome.text) {
                outcome.text = masked;
            }
            let outcome = bounded(outcome, call, &place);
            let nested = move || project::nested(&place, &paths);
            if let Ok(Some(text)) = tokio::task::spawn_blocking(nested).await {
                let text = secrets.masked(&text).unwrap_or(text);
                let _ = inputs.send(Input::Note { text }).await;
            }
            let _ = inputs.send(Input::ToolDone { call, outcome }).await;
        });
    }

    pub(super) fn restore(&mut self, turn: u64, snapshot: u64) {
        let (place, inputs) = (self.place.clone(), self.inputs.clone());
        let work = move || {
            let control = Control::within(RESTORE_TIME);
            let (store, workspace) = (&place.snapshots, &place.workspace);
            match store.restore(workspace, snapshot, &[], SystemTime::now(), &control) {
                Ok(restored) => {
                    let line = |(path, outcome): &(std::path::PathBuf, Outcome)| {
                        let shown = workspace.scope().shown(path).display();
                        format!("{shown}: {}", said(*outcome))
                    };
                    let files = restored.files.iter().map(line).collect();
                    Input::Restored { turn, snapshot: restored.before, files }
                }
                Err(error) => {
                    let reason = Failure::from(error).message;
                    Input::RestoreFailed { turn, reason }
                }
            }
        };
        self.tasks.spawn(async move {
            let input = tokio::task::spawn_blocking(work)
                .await
                .unwrap_or_else(|error| Input::RestoreFailed { turn, reason: error.to_string() });
            let _ = inputs.send(input).await;
        });
    }
}

/// The files that a call names.
fn paths(arguments: &Value) -> Vec<String> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let named = ["path", "destination"].into_iter().filter_map(text);
    named.chain(patches::paths(text("patch").unwrap_or_default())).map(str::to_owned).collect()
}

fn said(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Restored => "restored",
        Outcome::Removed => "removed, it was new",
        Outcome::Unchanged => "unchanged",
        Outcome::NotOurs => "left alone, it was made by somebody else",
        Outcome::NoCopy => "left alone, there is no copy of what it was",
        Outcome::WouldBeLost => "left alone, what is there now would be lost",
        Outcome::InTheWay => "left alone, something else is in its place",
    }
}

/// A result of a bounded size; what is too long is kept whole in a file that the model may read.
fn bounded(mut outcome: ToolOutcome, call: u64, place: &Place) -> ToolOutcome {
    if outcome.text.chars().count() <= RESULT_CHARS_MAX {
        return outcome;
    }
    let short = shorten(&outcome.text, RESULT_CHARS_MAX);
    let kept = place.workspace.state_folder(OUTPUTS_FOLDER).and_then(|folder| {
        let file = folder.join(format!("{}-{call}.txt", super::now()));
        std::fs::write(&file, &outcome.text).map(|()| file)
    });
    outcome.text = match kept {
        Ok(file) => format!("{short}\n[the whole is in {}]", file.display()),
        Err(_) => short,
    };
    outcome
}
