//! Changes in a tree, pushed as they happen.

use std::sync::Arc;

use ironbridge_tools::Failure;
use ironbridge_tools::watch::{WatchOptions, Watcher};
use serde::Deserialize;

use crate::answer::Answer;
use crate::error::CallError;
use crate::operation::Call;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WatchInput {
    path: String,
    hidden: Option<bool>,
    respect_ignore: Option<bool>,
    partial: Option<bool>,
}

/// The watches are in place when it ends; each event is a list of changes.
pub(crate) fn start(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: WatchInput = call.input()?;
    let events = call.events.cloned().ok_or_else(|| CallError::input("there is nobody to tell"))?;
    let default = WatchOptions::default();
    let options = WatchOptions {
        hidden: input.hidden.unwrap_or(default.hidden),
        respect_ignore: input.respect_ignore.unwrap_or(default.respect_ignore),
        partial: input.partial.unwrap_or(default.partial),
    };
    let watcher = Watcher::start(&call.workspace()?, &input.path, options, move |changes| {
        // The list of changes always has a form in JSON.
        if let Ok(answer) = Answer::json(&changes) {
            events.push(answer);
        }
    })?;
    Ok(Answer { handle: Some(Arc::new(watcher)), ..Answer::default() })
}
