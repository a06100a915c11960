//! The response object, as a whole reply and inside the events of a stream.

use super::usage;
use crate::changes::Changes;
use crate::error::{ApiError, ErrorKind};
use crate::pointer::Pointer;
use crate::reply::Finish;
use crate::usage::Usage;
use serde_json::{Value, json};

/// What is known of a response from its beginning.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) created: u64,
}

impl Head {
    /// Gives the id of another dialect the prefix by which clients know responses.
    pub(super) fn new(id: &str, model: String, created: u64) -> Self {
        let id = if id.starts_with("resp_") { id.to_owned() } else { format!("resp_{id}") };
        Head { id, model, created }
    }
}

/// How far a response has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Status {
    InProgress,
    Completed,
    Incomplete(String),
    Failed(ApiError),
}

impl Status {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Status::InProgress => "in_progress",
            Status::Completed => "completed",
            Status::Incomplete(_) => "incomplete",
            Status::Failed(_) => "failed",
        }
    }

    /// The status that says why a reply ended. `refused` tells that the refusal stands in words in the output: then the
    /// response is complete, as OpenAI has it. What the status cannot say is noted.
    pub(super) fn of(finish: &Finish, refused: bool, changes: &mut Changes) -> Self {
        let root = Pointer::root();
        match finish {
            Finish::Stop | Finish::ToolCalls | Finish::StopSequence(None) => Status::Completed,
            Finish::StopSequence(Some(_)) => {
                let why = "which text ended the reply has no place in the responses dialect";
                changes.dropped(&root.key("stop_sequence"), why);
                Status::Completed
            }
            Finish::Length => Status::Incomplete("max_output_tokens".to_owned()),
            Finish::ContextFull => {
                changes.changed(&root.key("stop_reason"), "goes on as `max_output_tokens`");
                Status::Incomplete("max_output_tokens".to_owned())
            }
            Finish::Refusal if refused => Status::Completed,
            Finish::Refusal => Status::Incomplete("content_filter".to_owned()),
            Finish::Pause => {
                let why = "the responses dialect cannot say that the turn may be continued";
                changes.dropped(&root.key("stop_reason"), why);
                Status::Completed
            }
            Finish::Other(reason) => {
                changes.changed(&root, format!("ended for `{reason}`, which is no reason here"));
                Status::Incomplete(reason.clone())
            }
        }
    }
}

/// The response object with every member that the SDKs and the Open Responses schema require. The client's settings are
/// not known here: they stand at the API's defaults, since that schema takes no `null` for them.
pub(super) fn response(
    head: &Head,
    status: &Status,
    output: &[Value],
    usage: Option<&Usage>,
    service_tier: Option<&str>,
) -> Value {
    let details = match status {
        Status::Incomplete(reason) => json!({"reason": reason}),
        Status::InProgress | Status::Completed | Status::Failed(_) => Value::Null,
    };
    let error = match status {
        Status::Failed(error) => json!({"code": error_code(error), "message": error.message}),
        Status::InProgress | Status::Completed | Status::Incomplete(_) => Value::Null,
    };
    // Anthropic's `standard` is OpenAI's `default`.
    let tier = service_tier.filter(|tier| *tier != "standard").unwrap_or("default");
    json!({
        "id": head.id,
        "object": "response",
        "created_at": head.created,
        "completed_at": null,
        "status": status.name(),
        "background": false,
        "error": error,
        "incomplete_details": details,
        "instructions": null,
        "max_output_tokens": null,
        "max_tool_calls": null,
        "model": head.model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "prompt_cache_key": null,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "reasoning": {"effort": null, "summary": null},
        "safety_identifier": null,
        "service_tier": tier,
        "store": false,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage.map(usage::write),
        "user": null,
        "metadata": {},
    })
}

/// The code of an error inside a response; Codex tells by it whether to try again.
fn error_code(error: &ApiError) -> &str {
    if let Some(code) = &error.code {
        return code;
    }
    match error.kind {
        ErrorKind::RateLimit => "rate_limit_exceeded",
        ErrorKind::Billing => "insufficient_quota",
        ErrorKind::InvalidRequest
        | ErrorKind::TooLarge
        | ErrorKind::Unprocessable
        | ErrorKind::UnsupportedMediaType => "invalid_prompt",
        ErrorKind::Authentication
        | ErrorKind::Permission
        | ErrorKind::NotFound
        | ErrorKind::MethodNotAllowed
        | ErrorKind::Timeout
        | ErrorKind::Conflict
        | ErrorKind::ClientClosed
        | ErrorKind::Internal
        | ErrorKind::BadGateway
        | ErrorKind::Unavailable
        | ErrorKind::GatewayTimeout
        | ErrorKind::Overloaded => "server_error",
    }
}

/// Why a response that a server sent ended.
///
/// # Errors
/// When it says that it failed or was cancelled, or that it is not finished.
pub(super) fn finish_of(response: &Value, called: bool, refused: bool) -> Result<Finish, ApiError> {
    let status = response.get("status").and_then(Value::as_str).unwrap_or("completed");
    match status {
        "completed" if called => Ok(Finish::ToolCalls),
        "completed" if refused => Ok(Finish::Refusal),
        "completed" => Ok(Finish::Stop),
        "incomplete" => {
            let reason = response.pointer("/incomplete_details/reason").and_then(Value::as_str);
            Ok(match reason {
                Some("max_output_tokens" | "max_tokens") | None => Finish::Length,
                Some("content_filter") => Finish::Refusal,
                Some(other) => Finish::Other(other.to_owned()),
            })
        }
        _ => Err(failure_of(response)),
    }
}

/// The error of a response that failed.
pub(super) fn failure_of(response: &Value) -> ApiError {
    if let Some(error) = response.get("error").filter(|error| !error.is_null()) {
        let code = error.get("code").and_then(Value::as_str).unwrap_or_default();
        let client = code.starts_with("invalid_") || code == "context_length_exceeded";
        let kind = if client { ErrorKind::InvalidRequest } else { ErrorKind::BadGateway };
        return ApiError::of_value(error, kind);
    }
    let status = response.get("status").and_then(Value::as_str).unwrap_or("failed");
    let message = format!("the upstream's response is `{status}` and does not say why");
    ApiError::new(ErrorKind::BadGateway, message)
}
