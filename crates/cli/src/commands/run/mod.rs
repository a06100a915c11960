//! `ironbridge run [PROMPT]`: the agent without a terminal.

pub(crate) mod model;
mod shown;
mod stdin;

use std::path::Path;
use std::sync::Arc;

use ironbridge_agent::{
    Agent, AgentSettings, MODEL_CALLS_MAX, Model, Place, Project, ProjectRules, Secrets,
    SessionFile,
};
use ironbridge_session::{Mode, Operation, RunResult, Transcript, UserPart};

use crate::arguments::{Global, Run};
use crate::commands::session;
use crate::error::Error;
use crate::stop::Signals;
use crate::{environment, folders, logging, runtime};
use shown::Shown;

/// In the data folder: snapshots and long outputs.
pub(super) const STATE_FOLDER: &str = "tools";

/// Does a task and prints what came of it.
pub(crate) fn run(asked: &Run, global: &Global) -> Result<(), Error> {
    logging::start_quietly(global);
    let result = runtime::block_on(async { work(asked, global).await })?;
    match result.reason.exit_code() {
        0 => Ok(()),
        code => Err(Error::ended(code)),
    }
}

async fn work(asked: &Run, global: &Global) -> Result<RunResult, Error> {
    let mut signals = Signals::listen()
        .map_err(|error| Error::failure("cannot catch signals").caused_by(&error))?;
    let here = session::here()?;
    let model = model::find(asked.model.as_deref(), asked.proxy_env, global).await?;
    let prompt = stdin::prompt(asked.prompt.as_deref()).await?;
    let data = folders::data_of(global)
        .ok_or_else(|| Error::usage("there is no data folder").hint("name one with --data-dir"))?;
    let place = Place::new(&here, &data.join(STATE_FOLDER), folders::home_folder());
    let place =
        place.map_err(|error| Error::failure("cannot work in this folder").caused_by(&error))?;
    let (file, transcript) = open(asked, global, &here)?;
    let mut shown = Shown::new(asked, &model, file.id(), transcript.usage());
    let rules = ProjectRules::new(&data, &here);
    let settings = AgentSettings {
        rules: rules.read().map_err(|error| {
            Error::failure("cannot read what is allowed in this folder").caused_by(&error)
        })?,
        project_rules: Some(rules),
        ..settings(asked, model, place, file, transcript)
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

fn settings(
    asked: &Run,
    model: Model,
    place: Place,
    file: SessionFile,
    transcript: Transcript,
) -> AgentSettings {
    AgentSettings {
        project: Project::read(&place, folders::config().as_deref()),
        mode: Some(asked.mode.unwrap_or(Mode::AutoAccept)),
        model_calls_max: asked.turns_max.unwrap_or(MODEL_CALLS_MAX),
        context_max: asked.context_max,
        secrets: Secrets::new(environment::secrets()),
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
