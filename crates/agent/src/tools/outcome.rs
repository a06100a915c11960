//! Results as a model reads them.

use crate::engine::ToolOutcome;
use ironbridge_session::ResultStatus;
use ironbridge_tools::Failure;

/// A failure for the model: its message, and the facts that help.
pub(super) fn failed(failure: &Failure) -> ToolOutcome {
    if matches!(failure.code, "cancelled" | "deadline") {
        return ToolOutcome::new(ResultStatus::Aborted, failure.message.clone());
    }
    let mut text = format!("error ({}): {}", failure.code, failure.message);
    for (name, fact) in &failure.details {
        let fact = fact.as_str().map_or_else(|| fact.to_string(), str::to_owned);
        text.push_str(&format!("\n{name}: {fact}"));
    }
    ToolOutcome::failed(text)
}
