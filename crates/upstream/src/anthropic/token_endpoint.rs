//! The endpoint that exchanges codes and refresh tokens for access tokens.

use super::beta::OAUTH_BETA;
use super::document::AnthropicTokens;
use crate::api_client::{ApiAnswer, ApiCallError, ApiClient};
use crate::scrub::scrubbed;
use crate::secret::Secret;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// How long an access token is good when the answer does not say: short enough that it is renewed in time.
const LIFE_DEFAULT: Duration = Duration::from_secs(3600);

/// The longest life that is believed.
const LIFE_MAX: Duration = Duration::from_secs(366 * 86_400);

/// How much of a server's own words an error repeats, in characters.
const REASON_CHARS_MAX: usize = 200;

/// Why the endpoint gave no tokens. No message holds a token or a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// What was shown is not accepted, and will not be: a 400.
    #[error("Anthropic does not accept it: {reason}")]
    Invalid {
        /// The server's own words.
        reason: String,
    },
    /// Any other refusal; a later try may do better.
    #[error("Anthropic's login server answered {status}: {reason}")]
    Refused {
        /// The status.
        status: u16,
        /// The server's own words.
        reason: String,
    },
    /// The answer is a success, but holds no token.
    #[error("Anthropic's login server answered without a token: {reason}")]
    Unreadable {
        /// What is wrong.
        reason: String,
    },
    /// There was no answer.
    #[error("Anthropic's login server gave no answer: {0}")]
    Unanswered(#[from] ApiCallError),
}

/// Exchanges what `request` shows; `shown` are the secrets in it, and `now` the moment before it is sent, from which a
/// token's life counts: it is then renewed rather too early than too late.
pub(super) async fn exchange(
    client: &ApiClient,
    token_url: &Uri,
    request: &Value,
    shown: &[Secret],
    now: SystemTime,
) -> Result<AnthropicTokens, TokenError> {
    let mut headers = HeaderMap::new();
    headers.insert("anthropic-beta", HeaderValue::from_static(OAUTH_BETA));
    let answer = client.call(Method::POST, token_url, headers, Some(request)).await?;
    if answer.status.is_success() {
        return tokens(&answer, now);
    }
    let reason = scrubbed(&reason(&answer), shown);
    Err(match answer.status {
        StatusCode::BAD_REQUEST => TokenError::Invalid { reason },
        status => TokenError::Refused { status: status.as_u16(), reason },
    })
}

fn tokens(answer: &ApiAnswer, now: SystemTime) -> Result<AnthropicTokens, TokenError> {
    let unreadable = |reason: &str| TokenError::Unreadable { reason: reason.to_owned() };
    let reply = answer.json().ok_or_else(|| unreadable("it is not JSON"))?;
    let text = |name: &str| reply.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let access = text("access_token").ok_or_else(|| unreadable("it has no access_token"))?;
    if HeaderValue::from_str(access).is_err() {
        return Err(unreadable("no header can carry its access_token"));
    }
    let life = reply.get("expires_in").and_then(Value::as_f64);
    let life = life.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let scopes: Vec<String> =
        text("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    Ok(AnthropicTokens {
        access: Secret::new(access),
        refresh: text("refresh_token").map(Secret::new),
        expires_at: now + life.unwrap_or(LIFE_DEFAULT).min(LIFE_MAX),
        scopes,
        is_max: None,
    })
}

/// What the server says is wrong, in the form of RFC 6749 §5.2 or in that of Anthropic's API.
fn reason(answer: &ApiAnswer) -> String {
    let reply = answer.json().unwrap_or_default();
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let error = reply.get("error");
    let code = text(error).or_else(|| text(error.and_then(|error| error.get("type"))));
    let words = text(reply.get("error_description"))
        .or_else(|| text(error.and_then(|error| error.get("message"))));
    let said: Vec<String> = [code, words].into_iter().flatten().collect();
    if said.is_empty() {
        return "it does not say why".to_owned();
    }
    said.join(", ").chars().filter(|char| !char.is_control()).take(REASON_CHARS_MAX).collect()
}
