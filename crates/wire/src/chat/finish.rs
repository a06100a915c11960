//! Why a reply ended, in chat's words.

use crate::changes::Changes;
use crate::error::{ApiError, ErrorKind};
use crate::pointer::Pointer;
use crate::reply::Finish;
use serde_json::Value;

/// What a reply held, as far as its finish depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held {
    /// At least one tool call.
    pub(super) calls: bool,
    /// A refusal in words.
    pub(super) refusal: bool,
}

/// Reads the `finish_reason` of `choice`.
///
/// A reply with tool calls waits for tools even where the server says `stop` (Ollama, Copilot), and one with a refusal
/// was refused. Which stop text hit is in vLLM's `stop_reason` and SGLang's `matched_stop`.
///
/// # Errors
/// Where the word says that the server failed: the reply is then not whole.
pub(super) fn read_finish(word: &str, choice: &Value, held: Held) -> Result<Finish, ApiError> {
    let hit = || {
        let text = choice.get("stop_reason").or_else(|| choice.get("matched_stop"))?;
        text.as_str().map(str::to_owned)
    };
    Ok(match word {
        "stop" | "tool_calls" | "function_call" if held.calls => Finish::ToolCalls,
        "stop" if held.refusal => Finish::Refusal,
        "stop" => hit().map_or(Finish::Stop, |text| Finish::StopSequence(Some(text))),
        "tool_calls" | "function_call" => Finish::Stop,
        "length" => Finish::Length,
        "model_length" => Finish::ContextFull,
        "content_filter" => Finish::Refusal,
        "error" => {
            return Err(ApiError::new(
                ErrorKind::BadGateway,
                "the upstream ended the reply with finish_reason error",
            ));
        }
        "insufficient_system_resource" => {
            return Err(ApiError::new(
                ErrorKind::Unavailable,
                "the upstream broke off the reply for want of resources",
            ));
        }
        other => Finish::Other(other.to_owned()),
    })
}

/// The `finish_reason` and, where one hit, the stop text for vLLM's `stop_reason`.
pub(super) fn write_finish(
    finish: Finish,
    changes: &mut Changes,
) -> (&'static str, Option<String>) {
    match finish {
        Finish::Stop => ("stop", None),
        Finish::StopSequence(text) => ("stop", text),
        Finish::Length => ("length", None),
        Finish::ContextFull => {
            changes.changed(&Pointer::root(), "a full context window is said as length");
            ("length", None)
        }
        Finish::ToolCalls => ("tool_calls", None),
        Finish::Refusal => ("content_filter", None),
        Finish::Pause => {
            changes.changed(&Pointer::root(), "a paused turn is said as stop");
            ("stop", None)
        }
        Finish::Other(word) => {
            changes.changed(
                &Pointer::root(),
                format!("the finish reason {word:?} has no counterpart and is said as stop"),
            );
            ("stop", None)
        }
    }
}
