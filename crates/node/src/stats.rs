//! The machine and this process in figures, since the last question.

use std::sync::{Mutex, PoisonError};

use ironbridge_tools::Failure;
use ironbridge_tools::system::Monitor;

use crate::answer::Answer;
use crate::operation::Call;

/// One monitor for all JavaScript threads: percentages are of the time since anybody asked.
pub(crate) fn stats(call: &mut Call<'_>) -> Result<Answer, Failure> {
    static MONITOR: Mutex<Option<Monitor>> = Mutex::new(None);
    let workspace = call.workspace()?;
    let children = usize::try_from(workspace.limits().system.children).unwrap_or(usize::MAX);
    let mut slot = MONITOR.lock().unwrap_or_else(PoisonError::into_inner);
    let mut monitor = match slot.take() {
        Some(monitor) => monitor,
        None => Monitor::new(children)?,
    };
    let stats = monitor.stats()?;
    *slot = Some(monitor);
    Answer::json(&stats)
}
