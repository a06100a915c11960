//! What carries out the engine's effects: a tokio task that owns the engine, asks the model, runs the tools, writes the
//! session's file and tells the front end.
//!
//! One loop takes operations and the answers of tasks, in the order they come, and does what the engine says. Tasks are
//! tracked: when the loop ends, those that wait end with it, and tools that block are told to stop.

mod effects;

use crate::engine::{Effect, Engine, EngineSettings, Input};
use crate::model::Model;
use crate::permission;
use crate::project::{self, Project};
use crate::rules::ProjectRules;
use crate::secrets::Secrets;
use crate::store::SessionFile;
use crate::system_prompt::SystemText;
use crate::tools::{self, Place, Profile, Registry, explore_tool};
use ironbridge_session::{AllowRule, Event, Item, ItemBody, Mode, Operation, Transcript, UserPart};
use ironbridge_tools::Cancel;
use ironbridge_tools::policy::Policy;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

/// Events that wait for a front end; beyond that the agent waits.
pub const EVENTS_MAX: usize = 256;
/// Operations that wait for the agent.
pub const OPERATIONS_MAX: usize = 64;
/// Answers of tasks that wait for the loop; beyond that tasks wait, and with them the provider's stream.
const INPUTS_MAX: usize = 256;

/// How long calls may take to end once the agent does: a command has two seconds between being asked and being killed.
const CALLS_END_WAIT: Duration = Duration::from_secs(4);

/// How often the model is asked in one turn, unless told otherwise (nanocoder: 200).
pub const MODEL_CALLS_MAX: u64 = 200;

/// What an agent is made of.
#[derive(Debug)]
pub struct AgentSettings {
    /// The model to ask.
    pub model: Model,
    /// The project.
    pub place: Arc<Place>,
    /// The tools; those for skills, questions and sub-agents come besides where they are of use.
    pub registry: Registry,
    /// Which of the tools; `None`: those for a model of this size.
    pub profile: Option<Profile>,
    /// Whether there are sub-agents.
    pub explores: bool,
    /// The mode at the start; `None`: the one the session had, else `normal`.
    pub mode: Option<Mode>,
    /// Whether somebody answers questions.
    pub can_ask: bool,
    /// How often the model is asked in one turn at most.
    pub model_calls_max: u64,
    /// What the model's context holds, in tokens; `None`: what is known of the model. Somebody who sets it knows better.
    pub context_max: Option<u64>,
    /// What is allowed for all sessions of the project, and where more of it is kept.
    pub rules: Vec<AllowRule>,
    /// Where rules for all sessions are kept; `None`: nowhere, they hold for the session.
    pub project_rules: Option<ProjectRules>,
    /// What is masked in what tools give.
    pub secrets: Secrets,
    /// What the project tells in files.
    pub project: Project,
    /// What stands in place of the system prompt, and after it.
    pub system: SystemText,
    /// The session's file; `None`: nothing is kept.
    pub file: Option<SessionFile>,
    /// What the file told; empty for a new session.
    pub transcript: Transcript,
}

impl AgentSettings {
    /// An agent that asks `model` about the project at `place`, with the built-in tools, nobody to ask, and nothing kept.
    #[must_use]
    pub fn new(model: Model, place: Arc<Place>) -> Self {
        AgentSettings {
            registry: Registry::of(&place),
            model,
            place,
            profile: None,
            explores: true,
            mode: None,
            can_ask: false,
            model_calls_max: MODEL_CALLS_MAX,
            context_max: None,
            rules: Vec::new(),
            project_rules: None,
            secrets: Secrets::default(),
            project: Project::default(),
            system: SystemText::default(),
            file: None,
            transcript: Transcript::default(),
        }
    }
}

/// An agent that is about to run.
pub struct Agent {
    engine: Engine,
    model: Model,
    place: Arc<Place>,
    registry: Registry,
    policy: Arc<Policy>,
    rules: Vec<AllowRule>,
    project_rules: Option<ProjectRules>,
    secrets: Arc<Secrets>,
    project: Project,
    system: SystemText,
    file: Option<SessionFile>,
    events: mpsc::Sender<Event>,
    operations: mpsc::Receiver<Operation>,
    inputs: mpsc::Sender<Input>,
    heard: mpsc::Receiver<Input>,
    /// What came of effects that were done at once.
    due: VecDeque<Input>,
    /// What waits: replies, verdicts, times.
    tasks: JoinSet<()>,
    /// Calls that run.
    calls: JoinSet<()>,
    asking: Option<AbortHandle>,
    runs: Cancel,
}

/// The way to a running agent.
#[derive(Clone, Debug)]
pub struct Handle {
    operations: mpsc::Sender<Operation>,
}

impl Handle {
    /// Asks for something. Waits while many operations wait; `false`: the agent has ended.
    pub async fn submit(&self, operation: Operation) -> bool {
        self.operations.send(operation).await.is_ok()
    }
}

impl Agent {
    /// An agent, the way to it, and what it tells. The front end must take the events: with
    /// [`EVENTS_MAX`] of them waiting the agent waits, too.
    #[must_use]
    pub fn new(mut settings: AgentSettings) -> (Self, Handle, mpsc::Receiver<Event>) {
        let (events, told) = mpsc::channel(EVENTS_MAX);
        let (to, operations) = mpsc::channel(OPERATIONS_MAX);
        let (inputs, heard) = mpsc::channel(INPUTS_MAX);
        let mut rules = std::mem::take(&mut settings.rules);
        rules.extend_from_slice(settings.transcript.rules());
        let mode = settings.mode.or(settings.transcript.mode()).unwrap_or_default();
        let profile = settings.profile.unwrap_or_else(|| Profile::of_model(settings.model.name()));
        settings.registry = toolset(&mut settings, profile);
        let tools = settings.registry.specs();
        let system = settings.system.prompt(&settings.place, mode, &settings.project);
        let engine_settings = EngineSettings {
            model: settings.model.name().to_owned(),
            mode: settings.mode,
            can_ask: settings.can_ask,
            model_calls_max: settings.model_calls_max,
            calls_max: profile.calls_max(),
            measure: settings.model.measure().with_fixed(&system, &tools),
            tools,
            context_max: settings.context_max.unwrap_or(settings.model.facts().context_tokens),
            seed: now(),
        };
        let agent = Agent {
            engine: Engine::new(engine_settings, settings.transcript),
            model: settings.model,
            place: settings.place,
            registry: settings.registry,
            policy: Arc::new(permission::policy(&rules)),
            rules,
            project_rules: settings.project_rules,
            secrets: Arc::new(settings.secrets),
            project: settings.project,
            system: settings.system,
            file: settings.file,
            events,
            operations,
            inputs,
            heard,
            due: VecDeque::new(),
            tasks: JoinSet::new(),
            calls: JoinSet::new(),
            asking: None,
            runs: Cancel::new(),
        };
        (agent, Handle { operations: to }, told)
    }

    /// Works until the last [`Handle`] is gone; a turn that is under way then is interrupted.
    pub async fn run(mut self) {
        let session = self.file.as_ref().map(|file| file.id().to_owned()).unwrap_or_default();
        let (model, mode) = (self.model.name().to_owned(), self.engine.mode());
        let _ = self.events.send(Event::SessionStarted { session, model, mode }).await;
        let mut open = true;
        while open || !self.engine.is_idle() {
            let input = tokio::select! {
                operation = self.operations.recv(), if open => match operation {
                    Some(operation) => Input::Operation(self.prepared(operation).await),
                    None => {
                        open = false;
                        Input::Operation(Operation::Interrupt)
                    }
                },
                Some(input) = self.heard.recv() => input,
                Some(_) = self.tasks.join_next(), if !self.tasks.is_empty() => continue,
                Some(_) = self.calls.join_next(), if !self.calls.is_empty() => continue,
            };
            self.take(input).await;
        }
        self.runs.cancel();
        // A command that was told to end must not outlive the process that would have killed it.
        let ended = async { while self.calls.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(CALLS_END_WAIT, ended).await;
    }

    /// What a person says with the project's command in place of its name, and with the files it mentions.
    async fn prepared(&self, operation: Operation) -> Operation {
        let (parts, is_prompt) = match operation {
            Operation::Prompt { parts } => (parts, true),
            Operation::Steer { parts } => (parts, false),
            other => return other,
        };
        let (commands, place) = (self.project.commands.clone(), self.place.clone());
        let (kept, cwd, secrets) = (parts.clone(), self.place.cwd(), self.secrets.clone());
        let expand = move || {
            let expanded = |part: UserPart| match part {
                UserPart::Text { text } => {
                    UserPart::text(project::expanded(&commands, &text, &cwd).unwrap_or(text))
                }
                picture @ UserPart::Image { .. } => picture,
            };
            project::with_mentions(&place, &secrets, parts.into_iter().map(expanded).collect())
        };
        let parts = tokio::task::spawn_blocking(expand).await.unwrap_or(kept);
        if is_prompt { Operation::Prompt { parts } } else { Operation::Steer { parts } }
    }

    /// Gives the engine an input and does what it says, and what follows from that.
    async fn take(&mut self, input: Input) {
        self.due.push_back(input);
        while let Some(input) = self.due.pop_front() {
            for effect in self.engine.handle(now(), input) {
                self.perform(effect).await;
            }
        }
    }

    async fn perform(&mut self, effect: Effect) {
        match effect {
            // A front end that has gone does not stop the work.
            Effect::Tell(event) => {
                log(&event);
                let _ = self.events.send(event).await;
            }
            Effect::Record(entry) => self.record(&entry),
            Effect::Checkpoint { turn } => self.checkpoint(turn).await,
            Effect::Ask(request) => self.ask(request),
            Effect::Summarise { request, system, text } => self.summarise(request, system, text),
            Effect::CancelAsk => {
                if let Some(asking) = self.asking.take() {
                    asking.abort();
                }
            }
            Effect::Wait { timer, wait_ms } => self.wait(timer, wait_ms),
            Effect::Judge { run, mode } => self.judge(run, mode),
            Effect::Run { run, by_person } => self.run_tool(run, by_person),
            Effect::CancelRuns => {
                self.runs.cancel();
                self.runs = Cancel::new();
            }
            Effect::Allow { rules, scope } => self.allow(rules, scope).await,
            Effect::Restore { turn, snapshot } => self.restore(turn, snapshot),
        }
    }
}

/// What happens in a session, for the log: no text of anybody's.
fn log(event: &Event) {
    match event {
        Event::TurnStarted { turn } => tracing::info!(turn, "a turn begins"),
        Event::TurnEnded { turn, reason, model_calls, .. } => {
            tracing::info!(turn, reason = reason.name(), model_calls, "a turn has ended");
        }
        Event::Retrying { attempt, wait_ms, reason, .. } => {
            tracing::info!(attempt, wait_ms, reason, "the provider is asked again");
        }
        Event::ItemCompleted {
            item: Item { body: ItemBody::ToolCall { tool, status, .. }, .. },
        } => {
            tracing::info!(tool, ?status, "a call is done");
        }
        _ => {}
    }
}

/// The tools for these settings.
fn toolset(settings: &mut AgentSettings, profile: Profile) -> Registry {
    let mut registry = std::mem::take(&mut settings.registry);
    if settings.explores {
        let explore = explore_tool(settings.model.clone(), &registry, &settings.project);
        registry.add(explore);
    }
    if !settings.project.skills.is_empty() {
        registry.add(project::skill_tool(&settings.project.skills));
    }
    let can_ask = settings.can_ask;
    registry.with_profile(profile).keep(|tool| can_ask || tool.effect != tools::Effect::Asks)
}

impl Drop for Agent {
    /// A sub-agent that is no longer awaited is dropped where it is; its tools must not go on.
    fn drop(&mut self) {
        self.runs.cancel();
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
