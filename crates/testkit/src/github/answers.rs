//! What GitHub and Copilot answer when something is wrong.

use serde_json::json;

use crate::Answer;

/// An error of GitHub's API: 401 `Bad credentials`, 404 `Not Found` …
pub fn api_error(status: u16, message: &str) -> Answer {
    let documentation = "https://docs.github.com/rest";
    Answer::json(
        status,
        &json!({
            "message": message, "documentation_url": documentation, "status": status.to_string(),
        }),
    )
}

/// The 403 to a request for a Copilot token by a user who has no Copilot. The envelope is that which
/// `copilotToken.ts` of microsoft/vscode-copilot-chat reads.
pub fn no_copilot() -> Answer {
    Answer::json(
        403,
        &json!({
            "can_signup_for_limited": false,
            "error_details": {
                "message": "No access to GitHub Copilot found. You are currently logged in as octocat.",
                "notification_id": "no_copilot_access",
                "title": "No Copilot access",
                "url": "https://github.com/settings/copilot",
            },
            "message": "Resource not accessible by integration",
        }),
    )
}

/// Copilot's 401 to a token that is over: text, not JSON (ericc-ch/copilot-api#104,
/// Gitlawb/openclaude#1746).
pub fn token_expired() -> Answer {
    text(401, "IDE token expired: unauthorized: token expired\n")
}

/// Copilot's 402 (github/copilot-cli#3431).
pub fn quota_exceeded() -> Answer {
    error(402, "You have no quota", "quota_exceeded")
}

/// Copilot's 403 to an app or user that may not use it: text, not JSON.
pub fn forbidden() -> Answer {
    text(403, "Access to this endpoint is forbidden. Please review our Terms of Service.\n")
}

/// Copilot's 429 with `Retry-After` (github/copilot-cli#2696, #2760).
pub fn rate_limited(retry_after_seconds: u64) -> Answer {
    let message = "Sorry, you've hit a rate limit that restricts the number of Copilot model \
                   requests you can make within a specific time period.";
    error(429, message, "user_global_rate_limited").retry_after(retry_after_seconds)
}

/// A page instead of an API, as proxies and outages bring it.
pub fn html(status: u16) -> Answer {
    let page = "<!DOCTYPE html><html><head><title>Unicorn!</title></head><body></body></html>";
    Answer::bytes(status, "text/html; charset=utf-8", page)
}

/// No body at all.
pub fn empty(status: u16) -> Answer {
    Answer::bytes(status, "application/json; charset=utf-8", "")
}

/// Copilot's errors have their JSON in `text/plain` (caozhiyuan/copilot-api#154).
pub(super) fn error(status: u16, message: &str, code: &str) -> Answer {
    let body = json!({"error": {"message": message, "code": code}});
    text(status, &format!("{body}\n"))
}

pub(super) fn text(status: u16, text: &str) -> Answer {
    Answer::bytes(status, "text/plain; charset=utf-8", text.to_owned())
        .header("x-github-request-id", "7E57:7E57:7E57:7E57:7E57")
}
