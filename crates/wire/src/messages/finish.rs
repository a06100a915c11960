//! Why a reply ended, in this dialect's words.

use crate::changes::Changes;
use crate::pointer::Pointer;
use crate::reply::Finish;
use serde_json::Value;

/// The meaning of `stop_reason` and `stop_sequence`.
pub(super) fn read(reason: &str, sequence: Option<&str>) -> Finish {
    match reason {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence(sequence.map(str::to_owned)),
        "max_tokens" => Finish::Length,
        "model_context_window_exceeded" => Finish::ContextFull,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::Refusal,
        "pause_turn" => Finish::Pause,
        other => Finish::Other(other.to_owned()),
    }
}

/// What a reply held, as far as it bears on the reason why it ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) call: bool,
    pub(super) refusal: bool,
}

/// `stop_reason` and `stop_sequence`.
///
/// Clients run tools when, and only when, the reason is `tool_use`. Some chat servers say `stop` after tool calls, so
/// what the reply held decides between the two. OpenAI's models refuse in words and then `stop`.
pub(super) fn write(finish: &Finish, seen: Seen, changes: &mut Changes) -> (&'static str, Value) {
    let reason = match finish {
        Finish::Stop | Finish::ToolCalls if seen.call => "tool_use",
        Finish::Stop | Finish::ToolCalls if seen.refusal => "refusal",
        Finish::Stop | Finish::ToolCalls => "end_turn",
        Finish::StopSequence(_) => "stop_sequence",
        Finish::Length => "max_tokens",
        Finish::ContextFull => "model_context_window_exceeded",
        Finish::Refusal => "refusal",
        Finish::Pause => "pause_turn",
        Finish::Other(word) => {
            let why = format!("the finish reason `{word}` has no counterpart; sent as end_turn");
            changes.changed(&Pointer::root(), why);
            "end_turn"
        }
    };
    let sequence = match finish {
        Finish::StopSequence(Some(text)) => Value::from(text.as_str()),
        _ => Value::Null,
    };
    (reason, sequence)
}
