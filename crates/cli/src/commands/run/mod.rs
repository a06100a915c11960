//! `ironbridge run [PROMPT]`: the agent without a terminal.

mod earlier_config;
pub(crate) mod model;
mod shown;
mod stdin;

use std::path::Path;
use std::sync::Arc;

use ironbridge_agent::{
    Agent, AgentSettings, MODEL_CALLS_MAX, Model, Place, Project, ProjectRules, Registry, Secrets,
    SessionFile,
};
use ironbridge_session::{AllowRule, Mode, Operation, RunResult, Transcript, UserPart};

use crate::arguments::{Global, Run};
use crate::commands::session;
use crate::error::Error;
use crate::log_file::LogFile;
use crate::preferences::Preferences;
use crate::stop::Signals;
use crate::{environment, folders, logging, runtime};
use earlier_config::EarlierConfig;
use shown::Shown;

/// In the data folder: snapshots and long outputs.
pub(super) const STATE_FOLDER: &str = "tools";

/// Does a task and prints what came of it.
pub(crate) fn run(asked: &Run, global: &Global) -> Result<(), Error> {
    let secrets = Secrets::new(environment::secrets());
    let log = start_log(global, secrets.clone());
    let result = runtime::block_on(async { work(asked, global, secrets, log).await })?;
    match result.reason.exit_code() {
        0 => Ok(()),
        code => Err(Error::ended(code)),
    }
}

/// Logs into the data folder where that can be written, and warnings to stderr.
fn start_log(global: &Global, secrets: Secrets) -> Option<LogFile> {
    let log = folders::data_of(global).and_then(|data| LogFile::open(&data, secrets).ok());
    match &log {
        Some(log) => logging::start_with_file(global, log.clone()),
        None => logging::start_quietly(global),
    }
    log
}

async fn work(
    asked: &Run,
    global: &Global,
    secrets: Secrets,
    log: Option<LogFile>,
) -> Result<RunResult, Error> {
    let mut signals = Signals::listen()
        .map_err(|error| Error::failure("cannot catch signals").caused_by(&error))?;
    let here = session::here()?;
    let earlier = EarlierConfig::read(&here)?;
    let mut preferences = Preferences::read(global);
    let mode = asked.mode.or(earlier.mode).unwrap_or(Mode::AutoAccept);
    let named = asked.model.clone().or_else(|| earlier.model(mode, &preferences));
    let model = model::find(named.as_deref(), asked.proxy_env, &earlier.providers, global).await?;
    if let Some(named) = asked.model.as_deref().filter(|model| *model != model::OFFLINE) {
        preferences.remember_model(named);
    }
    let prompt = stdin::prompt(asked.prompt.as_deref()).await?;
    let data = folders::data_of(global)
        .ok_or_else(|| Error::usage("there is no data folder").hint("name one with --data-dir"))?;
    let place = Place::new(&here, &data.join(STATE_FOLDER), folders::home_folder());
    let place =
        place.map_err(|error| Error::failure("cannot work in this folder").caused_by(&error))?;
    let (file, transcript) = open(asked, global, &here)?;
    if let Some(log) = &log {
        log.name_session(file.id());
    }
    let mut shown = Shown::new(asked, &model, file.id(), transcript.usage());
    let rules = ProjectRules::new(&data, &here);
    let settings = AgentSettings {
        rules: [earlier.rules.clone(), allowed(&rules)?].concat(),
        project_rules: Some(rules),
        secrets,
        mode: Some(mode),
        ..settings(asked, &earlier, model, place, file, transcript)
    };
    let (agent, handle, mut events) = Agent::new(settings);
    let front_end = async move {
        handle.submit(operation(prompt)).await;
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                _ = signals.next() => {
                    handle.submit(Operation::Interrupt).await;
                    continue;
                }
            };
            let Some(event) = event else {
                return Err(Error::failure("the agent ended before its turn"));
            };
            shown.event(&event)?;
            if shown.is_over() {
                return shown.end();
            }
        }
    };
    // The front end drops the handle when its turn has ended, and with that the agent ends.
    let (result, ()) = tokio::join!(front_end, agent.run());
    result
}

/// What a prompt asks for: `/undo`, `/redo` and `/compact` by themselves are operations.
fn operation(prompt: String) -> Operation {
    match prompt.trim() {
        "/undo" => Operation::Undo,
        "/redo" => Operation::Redo,
        "/compact" => Operation::Compact,
        _ => Operation::Prompt { parts: vec![UserPart::text(prompt)] },
    }
}

/// What is allowed in this folder.
fn allowed(rules: &ProjectRules) -> Result<Vec<AllowRule>, Error> {
    rules.read().map_err(|error| {
        Error::failure("cannot read what is allowed in this folder").caused_by(&error)
    })
}

fn settings(
    asked: &Run,
    earlier: &EarlierConfig,
    model: Model,
    place: Place,
    file: SessionFile,
    transcript: Transcript,
) -> AgentSettings {
    AgentSettings {
        project: Project::read(&place, folders::config().as_deref()),
        registry: Registry::of(&place)
            .keep(|tool| !earlier.disabled_tools.contains(&tool.spec.name)),
        system: earlier.system.clone(),
        model_calls_max: asked.turns_max.or(earlier.turns_max).unwrap_or(MODEL_CALLS_MAX),
        context_max: asked.context_max.or_else(|| earlier.window(model.provider(), model.name())),
        file: Some(file),
        transcript,
        ..AgentSettings::new(model, Arc::new(place))
    }
}

/// The session to write into: a new one, or the one to go on with.
fn open(asked: &Run, global: &Global, here: &Path) -> Result<(SessionFile, Transcript), Error> {
    let store = session::store(global)?;
    if let Some(id) = &asked.resume {
        return Ok(store.open(id)?);
    }
    if asked.go_on {
        let last = store.list(Some(here))?.into_iter().next();
        let last = last.ok_or_else(|| {
            Error::usage("this folder has no session to go on with")
                .hint("leave out --continue to begin one")
        })?;
        return Ok(store.open(&last.id)?);
    }
    Ok(store.create(here)?)
}
