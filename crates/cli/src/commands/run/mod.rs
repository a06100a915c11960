//! `ironbridge run [PROMPT]`: the agent without a terminal.

mod model;
mod shown;
mod stdin;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ironbridge_agent::{
    Agent, AgentSettings, Model, Place, Registry, SessionFile, Store, instructions,
};
use ironbridge_session::{Mode, Operation, RunResult, Transcript, UserPart};

use crate::arguments::{Global, Run};
use crate::error::Error;
use crate::stop::Signals;
use crate::{folders, logging, runtime};
use shown::Shown;

/// How often a model is asked at most, unless told otherwise (nanocoder: 200).
const TURNS: u64 = 200;
/// In the data folder: snapshots and long outputs.
const STATE_FOLDER: &str = "tools";
/// In the data folder: sessions.
const SESSIONS_FOLDER: &str = "sessions";

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
    let here = std::env::current_dir()
        .map_err(|error| Error::failure("there is no current folder").caused_by(&error))?;
    let here = here.canonicalize().unwrap_or(here);
    let model = model::find(asked, global).await?;
    let prompt = stdin::prompt(asked.prompt.as_deref()).await?;
    let data = folders::data_of(global)
        .ok_or_else(|| Error::usage("there is no data folder").hint("name one with --data-dir"))?;
    let place = Place::new(&here, &data.join(STATE_FOLDER), folders::home_folder());
    let place =
        place.map_err(|error| Error::failure("cannot work in this folder").caused_by(&error))?;
    let (file, transcript) = session(asked, &data, &here)?;
    let mut shown = Shown::new(asked, &model, file.id(), transcript.usage());
    let (agent, handle, mut events) = Agent::new(settings(asked, model, place, file, transcript));
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

/// What a prompt asks for: `/undo` and `/redo` by themselves are operations.
fn operation(prompt: String) -> Operation {
    match prompt.trim() {
        "/undo" => Operation::Undo,
        "/redo" => Operation::Redo,
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
        instructions: instructions(&place),
        model,
        place: Arc::new(place),
        registry: Registry::built_in(),
        mode: Some(asked.mode.unwrap_or(Mode::AutoAccept)),
        can_ask: false,
        model_calls_max: asked.turns_max.unwrap_or(TURNS),
        rules: Vec::new(),
        file: Some(file),
        transcript,
    }
}

/// The session to write into: a new one, or the one to go on with.
fn session(asked: &Run, data: &Path, here: &Path) -> Result<(SessionFile, Transcript), Error> {
    let store = Store::new(sessions_folder(data));
    let failed = |error: ironbridge_agent::StoreError| {
        Error::failure("cannot keep the session").caused_by(&error)
    };
    if let Some(id) = &asked.resume {
        let opened = store.open(id);
        return opened.map_err(|error| Error::usage("cannot resume").caused_by(&error));
    }
    if asked.go_on {
        let last = store.list(Some(here)).map_err(failed)?.into_iter().next();
        let last = last.ok_or_else(|| {
            Error::usage("this folder has no session to go on with")
                .hint("leave out --continue to begin one")
        })?;
        return store.open(&last.id).map_err(failed);
    }
    store.create(here).map_err(failed)
}

fn sessions_folder(data: &Path) -> PathBuf {
    data.join(SESSIONS_FOLDER)
}
