//! The tool `watch`: waits for changes, for a while.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::{Change, ChangeKind};
use super::failure::WatchError;
use super::watcher::{WatchOptions, Watcher};
use crate::{Control, Workspace};

/// Waits for changes of a file or beneath a folder, and tells them.
///
/// What `.gitignore`, `.ignore` and `.git/info/exclude` name is not watched. A rename is the delete of one path and the
/// create of another. Without `first` it collects for the whole time; a deadline ends the time and is no error.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WatchInput {
    /// The file or folder. Default: the project.
    #[serde(default)]
    pub path: Option<String>,
    /// How long to wait, in seconds. Default: 10.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// Return with the first changes. Default: no.
    #[serde(default)]
    pub first: bool,
    /// Return with so many changes. Default: 1,000.
    #[serde(default)]
    pub limit: Option<u64>,
}

/// What was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WatchOutput {
    /// In the order they were told; paths relative to `path` of the input.
    pub changes: Vec<Change>,
    /// Why it returned.
    pub end: WatchEnd,
}

/// Why the tool returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum WatchEnd {
    /// The time was up.
    Time,
    /// There was a change, and one was asked for.
    First,
    /// There are as many changes as were asked for; further ones were left out.
    Limit,
    /// What was watched is gone.
    Ended,
}

/// Runs the tool.
///
/// # Errors
///
/// As [`Watcher::start`], and when `control` is cancelled.
pub fn watch(
    workspace: &Workspace,
    input: &WatchInput,
    control: &Control,
) -> Result<WatchOutput, WatchError> {
    let limits = &workspace.limits().watch;
    let limit = usize::try_from(input.limit.unwrap_or(limits.changes)).unwrap_or(usize::MAX);
    let time = match input.seconds {
        // A negative time is none, one too long for the clock is the longest.
        Some(seconds) => Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX),
        None => Duration::from_secs(limits.wait_seconds),
    };
    if control.cancel_token().is_cancelled() {
        control.check()?;
    }
    let (sender, inbox) = mpsc::channel();
    let waker = sender.clone();
    let _registration = control.cancel_token().on_cancel(move || {
        // The call may be over.
        let _: Result<(), _> = waker.send(Vec::new());
    });
    let path = input.path.as_deref().unwrap_or(".");
    let _watcher = Watcher::start(workspace, path, WatchOptions::default(), move |changes| {
        // The call may be over.
        let _: Result<(), _> = sender.send(changes.to_vec());
    })?;
    let until = Instant::now().checked_add(time);
    let until = [until, control.deadline()].into_iter().flatten().min();
    let mut changes: Vec<Change> = Vec::new();
    let end = loop {
        let batch = match until {
            Some(until) => inbox.recv_timeout(until.saturating_duration_since(Instant::now())),
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        if control.cancel_token().is_cancelled() {
            control.check()?;
        }
        let Ok(batch) = batch else { break WatchEnd::Time };
        changes.extend(batch);
        if changes.len() >= limit {
            changes.truncate(limit);
            break WatchEnd::Limit;
        }
        if changes.last().is_some_and(|change| change.kind == ChangeKind::Ended) {
            break WatchEnd::Ended;
        }
        if input.first && !changes.is_empty() {
            break WatchEnd::First;
        }
    };
    Ok(WatchOutput { changes, end })
}
