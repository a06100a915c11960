//! `ironbridge session list|export|rename|fork|remove`.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use ironbridge_agent::{Store, StoreError};
use serde_json::json;

use crate::arguments::{Global, SessionCommand};
use crate::error::Error;
use crate::{date, folders, logging, output};

/// In the data folder: sessions.
const FOLDER: &str = "sessions";

/// The sessions of this command line.
///
/// # Errors
/// There is no data folder.
pub(super) fn store(global: &Global) -> Result<Store, Error> {
    let data = folders::data_of(global)
        .ok_or_else(|| Error::usage("there is no data folder").hint("name one with --data-dir"))?;
    Ok(Store::new(data.join(FOLDER)))
}

/// The folder that sessions are begun in.
///
/// # Errors
/// There is none.
pub(super) fn here() -> Result<PathBuf, Error> {
    let here = std::env::current_dir()
        .map_err(|error| Error::failure("there is no current folder").caused_by(&error))?;
    Ok(here.canonicalize().unwrap_or(here))
}

/// Does what a command about sessions asks.
pub(crate) fn run(command: &SessionCommand, global: &Global) -> Result<(), Error> {
    logging::start_quietly(global);
    let store = store(global)?;
    match command {
        SessionCommand::List { all, json } => list(&store, *all, *json),
        SessionCommand::Export(id) => output::result(&store.read(id)?.to_markdown()),
        SessionCommand::Rename { session, title } => {
            let id = store.rename(session, title)?;
            output::message(&format!("session {id} is called {title}\n"));
            Ok(())
        }
        SessionCommand::Fork { session, turn } => {
            let (file, _) = store.fork(session, *turn)?;
            output::result(&format!("{}\n", file.id()))
        }
        SessionCommand::Remove(id) => {
            let id = store.remove(id)?;
            output::message(&format!("session {id} is gone\n"));
            Ok(())
        }
    }
}

fn list(store: &Store, all: bool, as_json: bool) -> Result<(), Error> {
    let here = here()?;
    let sessions = store.list((!all).then_some(here.as_path()))?;
    let mut text = String::new();
    for session in &sessions {
        if as_json {
            text.push_str(&format!("{}\n", json!(session)));
            continue;
        }
        let day = date::shown(UNIX_EPOCH + Duration::from_millis(session.changed_at));
        let project = if all { format!("  {}", session.project) } else { String::new() };
        let (id, turns, title) = (&session.id, session.turns, &session.title);
        text.push_str(&format!("{id}  {day}  {turns:>4} turns{project}  {title}\n"));
    }
    if sessions.is_empty() && !as_json {
        output::message("there are no sessions\n");
    }
    output::result(&text)
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::NotFound { .. } | StoreError::Ambiguous { .. } => {
                Error::usage(error.to_string()).hint("`ironbridge session list --all` shows them")
            }
            _ => Error::failure("the session cannot be had").caused_by(&error),
        }
    }
}
