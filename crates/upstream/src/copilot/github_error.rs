//! Why GitHub gave no answer that helps, told apart by what the user can do about it.

use crate::api_client::{ApiAnswer, ApiCallError};
use crate::scrub::scrubbed;
use crate::secret::Secret;
use crate::verdict::retry_after;
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest message of GitHub's that is repeated, in characters.
const MESSAGE_CHARS_MAX: usize = 300;

/// What GitHub calls the reasons for which somebody has no Copilot at all.
const NO_SUBSCRIPTION: [&str; 3] = ["no_copilot_access", "not_signed_up", "subscription_ended"];

/// Why a call to GitHub with a login did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GithubError {
    /// No answer.
    #[error("the call to GitHub failed: {0}")]
    Unreachable(#[from] ApiCallError),
    /// A 5xx: GitHub is in trouble.
    #[error("GitHub is in trouble ({status}){}", told(message))]
    Server {
        /// The status.
        status: u16,
        /// What it says, if it says something.
        message: Option<String>,
    },
    /// 401: the GitHub token is revoked, expired or wrong.
    #[error("GitHub does not accept the login any more (401){}", told(message))]
    LoginRefused {
        /// What it says.
        message: Option<String>,
    },
    /// 403, and GitHub says that the user has no Copilot.
    #[error("this GitHub account has no Copilot (403){}", told(message))]
    NoSubscription {
        /// What it says.
        message: Option<String>,
    },
    /// 403 for another reason: the organisation's policy, a blocked feature, a suspended account.
    #[error("GitHub forbids this account the use of Copilot (403){}", told(message))]
    Forbidden {
        /// What it says.
        message: Option<String>,
    },
    /// 404: GitHub shows neither the account nor its app anything of Copilot.
    #[error("GitHub knows no Copilot for this login (404){}", told(message))]
    NotFound {
        /// What it says.
        message: Option<String>,
    },
    /// 429, or a 403 that speaks of a rate.
    #[error("GitHub was asked too often ({status}{}){}", rest(*retry_after), told(message))]
    RateLimited {
        /// 403 or 429.
        status: u16,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
        /// What it says.
        message: Option<String>,
    },
    /// Another status that is no success.
    #[error("GitHub answered {status}, which is not expected{}", told(message))]
    Unexpected {
        /// The status.
        status: u16,
        /// What it says.
        message: Option<String>,
    },
    /// A success that does not hold what it should.
    #[error("GitHub's answer cannot be used: {reason}")]
    Unreadable {
        /// What is missing or wrong.
        reason: &'static str,
    },
    /// Copilot refused a token that GitHub had issued a moment before; a further one would not be better.
    #[error("Copilot refuses a token that GitHub has only just issued")]
    FreshTokenRefused,
    /// The fetching was stopped, because the account is no more used or the process ends.
    #[error("the fetching of a Copilot token was stopped")]
    Stopped,
}

impl GithubError {
    /// What an answer that is no success means; `None` for a success. `secrets` are not repeated.
    pub(super) fn of(answer: &ApiAnswer, secrets: &[Secret]) -> Option<Self> {
        let status = answer.status.as_u16();
        let body = answer.json().unwrap_or_default();
        let details = &body["error_details"];
        let message = details["message"].as_str().or(body["message"].as_str());
        let limited = status == 429 || (status == 403 && speaks_of_a_rate(answer, message));
        let reason = details["notification_id"].as_str().unwrap_or_default();
        let message = message.map(|message| words(message, secrets));
        Some(match status {
            200..=299 => return None,
            401 => GithubError::LoginRefused { message },
            403 | 429 if limited => {
                let retry_after = patience(answer);
                GithubError::RateLimited { status, retry_after, message }
            }
            403 if NO_SUBSCRIPTION.contains(&reason) => GithubError::NoSubscription { message },
            403 => GithubError::Forbidden { message },
            404 => GithubError::NotFound { message },
            500..=599 => GithubError::Server { status, message },
            _ => GithubError::Unexpected { status, message },
        })
    }

    /// Whether the same call may do better in a moment.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            GithubError::Unreachable(error) => error.is_transient(),
            GithubError::Server { .. } => true,
            // A proxy of a hotel answers 200 with a page.
            GithubError::Unreadable { .. } => true,
            GithubError::LoginRefused { .. }
            | GithubError::NoSubscription { .. }
            | GithubError::Forbidden { .. }
            | GithubError::NotFound { .. }
            | GithubError::RateLimited { .. }
            | GithubError::Unexpected { .. }
            | GithubError::FreshTokenRefused
            | GithubError::Stopped => false,
        }
    }

    /// What the user can do about it; `provider` is the one whose login it is.
    #[must_use]
    pub fn hint(&self, provider: &str) -> Option<String> {
        let hint = match self {
            GithubError::Unreachable(error) if error.is_transient() => {
                "check the network, and the proxy if there is one (`--proxy-env`)"
            }
            GithubError::Unreachable(_) => {
                "check `enterprise_host` and `api_url`, and the proxy if there is one (`--proxy-env`)"
            }
            GithubError::Server { .. } => "see https://www.githubstatus.com; it is tried again",
            GithubError::LoginRefused { .. } => {
                return Some(format!("log in again: `ironbridge auth {provider}`"));
            }
            GithubError::NoSubscription { .. } => {
                return Some(format!(
                    "see https://github.com/settings/copilot, or log in as the user who has Copilot: \
                     `ironbridge auth {provider}`"
                ));
            }
            GithubError::Forbidden { .. } => {
                "an organisation's policy or a suspension may be the cause: see \
                 https://github.com/settings/copilot or ask its administrator"
            }
            GithubError::NotFound { .. } => {
                return Some(format!(
                    "the account has no Copilot, or the token is not from a login for Copilot (a personal \
                     access token is not): `ironbridge auth {provider}`; with GitHub Enterprise check \
                     `enterprise_host`"
                ));
            }
            GithubError::RateLimited { .. } => "wait; it is tried again when GitHub allows it",
            GithubError::Unreadable { .. } => {
                "something between here and GitHub may answer in its place: check proxy and `api_url`"
            }
            GithubError::FreshTokenRefused => {
                "check the account type and the base URL of the provider, and https://www.githubstatus.com"
            }
            GithubError::Unexpected { .. } | GithubError::Stopped => return None,
        };
        Some(hint.to_owned())
    }
}

fn told(message: &Option<String>) -> String {
    message.as_ref().map(|message| format!(": {message}")).unwrap_or_default()
}

fn rest(retry_after: Option<Duration>) -> String {
    retry_after.map(|rest| format!(", asks for {} s of rest", rest.as_secs())).unwrap_or_default()
}

/// A server's words as they may be shown: one line, not too long, no control characters, none of `secrets`.
pub(super) fn words(text: &str, secrets: &[Secret]) -> String {
    let line = scrubbed(text, secrets).replace(char::is_control, " ");
    line.trim().chars().take(MESSAGE_CHARS_MAX).collect()
}

/// GitHub says by 403 as well that it was asked too often (its documentation, "Rate limits for the REST API").
fn speaks_of_a_rate(answer: &ApiAnswer, message: Option<&str>) -> bool {
    answer.headers.contains_key("retry-after")
        || answer.headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0")
        || message.is_some_and(|message| message.to_ascii_lowercase().contains("rate limit"))
}

/// `retry-after`, else the time to `x-ratelimit-reset`; by the server's own clock if it shows it.
fn patience(answer: &ApiAnswer) -> Option<Duration> {
    let now = server_time(answer).unwrap_or_else(SystemTime::now);
    retry_after(&answer.headers, now).or_else(|| {
        let reset: u64 = answer.headers.get("x-ratelimit-reset")?.to_str().ok()?.parse().ok()?;
        let reset = UNIX_EPOCH.checked_add(Duration::from_secs(reset))?;
        Some(reset.duration_since(now).unwrap_or_default())
    })
}

/// What the server's clock showed when it answered.
pub(super) fn server_time(answer: &ApiAnswer) -> Option<SystemTime> {
    httpdate::parse_http_date(answer.headers.get(http::header::DATE)?.to_str().ok()?).ok()
}

/// The object of a success.
pub(super) fn object(answer: &ApiAnswer) -> Result<Value, GithubError> {
    let reason = "it is not a JSON object";
    answer.json().filter(Value::is_object).ok_or(GithubError::Unreadable { reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use expect_test::{Expect, expect};
    use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

    fn check(status: u16, headers: &[(&'static str, &'static str)], body: &str, expected: Expect) {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let answer = ApiAnswer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter(headers),
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        let error = GithubError::of(&answer, &[Secret::new("gho_secret")]).unwrap();
        let waits = match &error {
            GithubError::RateLimited { retry_after, .. } => format!(" {retry_after:?}"),
            _ => String::new(),
        };
        let hint = error.hint("work").unwrap_or_else(|| "-".to_owned());
        let transient = error.is_transient();
        expected.assert_eq(&format!("{error}{waits} transient={transient}\nhint: {hint}"));
    }

    #[test]
    fn refusals_are_told_apart() {
        check(
            401,
            &[],
            r#"{"message":"Bad credentials"}"#,
            expect![[r#"
            GitHub does not accept the login any more (401): Bad credentials transient=false
            hint: log in again: `ironbridge auth work`"#]],
        );
        let none = r#"{"error_details":{"message":"No access to GitHub Copilot found. You are currently logged in as octocat.","notification_id":"no_copilot_access"},"message":"Resource not accessible by integration"}"#;
        check(
            403,
            &[],
            none,
            expect![[r#"
            this GitHub account has no Copilot (403): No access to GitHub Copilot found. You are currently logged in as octocat. transient=false
            hint: see https://github.com/settings/copilot, or log in as the user who has Copilot: `ironbridge auth work`"#]],
        );
        let blocked = r#"{"error_details":{"message":"blocked by policy","notification_id":"feature_flag_blocked"}}"#;
        check(
            403,
            &[],
            blocked,
            expect![[r#"
            GitHub forbids this account the use of Copilot (403): blocked by policy transient=false
            hint: an organisation's policy or a suspension may be the cause: see https://github.com/settings/copilot or ask its administrator"#]],
        );
        check(
            404,
            &[],
            r#"{"message":"Not Found"}"#,
            expect![[r#"
            GitHub knows no Copilot for this login (404): Not Found transient=false
            hint: the account has no Copilot, or the token is not from a login for Copilot (a personal access token is not): `ironbridge auth work`; with GitHub Enterprise check `enterprise_host`"#]],
        );
        check(
            418,
            &[],
            "",
            expect![[r#"
            GitHub answered 418, which is not expected transient=false
            hint: -"#]],
        );
    }

    #[test]
    fn rates_say_how_long_to_wait() {
        check(
            429,
            &[("retry-after", "7")],
            "",
            expect![[r#"
            GitHub was asked too often (429, asks for 7 s of rest) Some(7s) transient=false
            hint: wait; it is tried again when GitHub allows it"#]],
        );
        let reset = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "784111837"),
            ("date", "Sun, 06 Nov 1994 08:50:00 GMT"),
        ];
        check(
            403,
            &reset,
            r#"{"message":"API rate limit exceeded"}"#,
            expect![[r#"
            GitHub was asked too often (403, asks for 37 s of rest): API rate limit exceeded Some(37s) transient=false
            hint: wait; it is tried again when GitHub allows it"#]],
        );
        check(
            403,
            &[],
            r#"{"message":"You have exceeded a secondary rate limit."}"#,
            expect![[r#"
                GitHub was asked too often (403): You have exceeded a secondary rate limit. None transient=false
                hint: wait; it is tried again when GitHub allows it"#]],
        );
    }

    #[test]
    fn trouble_passes_and_words_are_cleaned() {
        check(
            502,
            &[],
            "<html>Bad gateway</html>",
            expect![[r#"
            GitHub is in trouble (502) transient=true
            hint: see https://www.githubstatus.com; it is tried again"#]],
        );
        let long = format!(r#"{{"message":"gho_secret\u001b[2J{}"}}"#, "x".repeat(400));
        check(
            503,
            &[],
            &long,
            expect![[r#"
            GitHub is in trouble (503): **** [2Jxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx transient=true
            hint: see https://www.githubstatus.com; it is tried again"#]],
        );
    }
}
