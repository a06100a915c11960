//! All tools: those of the tool engine, and reading pages of the web, which needs the network's crate.

use std::sync::Arc;
use std::time::Duration;

use ironbridge_tools::{Coded, Control, Effect, Failure, Stopped, Tool, Workspace};
use ironbridge_upstream::fetch::{Fetch, FetchError, FetchSettings, Fetched, Fetcher};
use serde_json::{Map, Value, json};
use tokio::sync::Notify;

use crate::error::Error;
use crate::runtime;

/// Every tool, in the order of `docs/reference/tools.md`.
///
/// `allowed_hosts` may be asked by `fetch` although they are private.
pub(crate) fn tools(allowed_hosts: &[String]) -> Vec<Tool> {
    let mut tools = ironbridge_tools::tools();
    let settings =
        FetchSettings { allowed_hosts: allowed_hosts.to_vec(), ..FetchSettings::default() };
    tools.push(Tool::new(
        "fetch",
        Effect::Connects,
        move |_: &Workspace, asked: &Fetch, control: &Control| fetch(&settings, asked, control),
    ));
    tools
}

fn fetch(settings: &FetchSettings, asked: &Fetch, control: &Control) -> Result<Fetched, Refused> {
    let fetcher = Fetcher::new(settings.clone()).map_err(Refused::Unusable)?;
    let cancelled = Arc::new(Notify::new());
    let wake = Arc::clone(&cancelled);
    let _registration = control.cancel_token().on_cancel(move || wake.notify_one());
    let remaining = control.remaining().unwrap_or(Duration::MAX);
    let fetched = runtime::block_on(async {
        Ok(tokio::select! {
            fetched = fetcher.fetch(asked) => fetched.map_err(Refused::Fetch),
            () = cancelled.notified() => Err(Refused::Stopped(Stopped::Cancelled)),
            () = tokio::time::sleep(remaining) => Err(Refused::Stopped(Stopped::DeadlinePassed)),
        })
    });
    fetched.map_err(|error| Refused::Unusable(error.render()))?
}

/// Why a page was not read, with the codes that tools have.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("{0}")]
    Unusable(String),
}

impl Coded for Refused {
    fn codes() -> &'static [(&'static str, &'static str)] {
        FetchError::CODES
    }

    fn code(&self) -> &'static str {
        match self {
            Refused::Fetch(error) => error.code(),
            Refused::Stopped(stopped) => stopped.code(),
            Refused::Unusable(_) => "internal",
        }
    }

    fn details(&self) -> Map<String, Value> {
        let details = match self {
            Refused::Fetch(FetchError::Status { status, text, .. }) => {
                json!({ "status": status, "text": text })
            }
            Refused::Fetch(FetchError::NotText { media, .. }) => json!({ "mediaType": media }),
            _ => return Map::new(),
        };
        details.as_object().cloned().unwrap_or_default()
    }
}

/// The tool of that name, else a failure that names the nearest.
pub(crate) fn find(tools: Vec<Tool>, name: &str) -> Result<Tool, Error> {
    let nearest = tools
        .iter()
        .map(|tool| (strsim::damerau_levenshtein(tool.name, name), tool.name))
        .min()
        .filter(|(distance, _)| *distance <= 2)
        .map(|(_, name)| name);
    tools.into_iter().find(|tool| tool.name == name).ok_or_else(|| {
        let unknown = Error::usage(format!("there is no tool {name}"));
        match nearest {
            Some(nearest) => unknown.hint(format!("is it {nearest}?")),
            None => unknown.hint("`ironbridge tool` lists them"),
        }
    })
}

/// A failure as it is printed.
pub(crate) fn printed(failure: &Failure) -> String {
    format!("{}\n", failure.to_json())
}
