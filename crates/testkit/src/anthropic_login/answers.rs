//! What Anthropic's OAuth server answers when something is wrong.

use serde_json::json;

use crate::Answer;

/// An error of RFC 6749 §5.2.
pub fn oauth_error(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({"error": error, "error_description": description}))
}

/// The 400 to a refresh token that is over: only a new login helps
/// (ex-machina-co/opencode-anthropic-auth#169).
pub fn invalid_grant() -> Answer {
    oauth_error(400, "invalid_grant", "Refresh token not found or invalid")
}
