//! The device flow (RFC 8628) as a machine that knows no network and no clock: what an answer means, and what to do
//! next. It ends by an answer or by its own time; it cannot go on for ever.

use super::github_error::words;
use super::settings::{is_loopback, is_web};
use crate::api_client::{ApiAnswer, ApiCallError};
use crate::secret::Secret;
use crate::verdict::retry_after;
use http::uri::Scheme;
use http::{StatusCode, Uri};
use serde_json::Value;
use std::time::{Duration, Instant, SystemTime};

/// The longest that a login is waited for, whatever the server allows; GitHub allows 15 min.
const EXPIRES_IN_MAX: Duration = Duration::from_secs(1800);

/// The same where the server does not say.
const EXPIRES_IN_UNTOLD: Duration = Duration::from_secs(900);

/// The pause between two questions where the server does not say (RFC 8628 §3.2).
const INTERVAL_UNTOLD: Duration = Duration::from_secs(5);

/// How much `slow_down` adds to the pause, for good (RFC 8628 §3.5).
const SLOW_DOWN_BY: Duration = Duration::from_secs(5);

/// The longest pause.
const INTERVAL_MAX: Duration = Duration::from_secs(60);

/// The longest code that is shown, in characters; GitHub's have 9.
const USER_CODE_CHARS_MAX: usize = 64;

/// What the user must be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// To be typed in there.
    pub user_code: String,
    /// Where; `https`, except on this machine.
    pub verification_uri: String,
    /// For how long, counted from the answer; at most 30 min.
    pub expires_in: Duration,
    /// How often GitHub is asked whether it was done.
    pub interval: Duration,
    pub(super) device_code: Secret,
}

/// What goes on during a login, for showing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginProgress {
    /// The code is there and waits for the user.
    Code(DeviceCode),
    /// The user has not entered it yet.
    Pending,
    /// GitHub wants to be asked less often: every so often from now on.
    SlowDown {
        /// The new pause.
        interval: Duration,
    },
    /// GitHub gave no usable answer; it is asked again.
    Retrying {
        /// Why.
        reason: String,
        /// When.
        after: Duration,
    },
}

/// Why a login did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The user did not enter the code in time.
    #[error("the code has expired before it was entered")]
    Expired,
    /// The user said no.
    #[error("the login was refused on GitHub's page")]
    Denied,
    /// The app may not log in this way.
    #[error("the app behind the client id has the device flow switched off")]
    Disabled,
    /// GitHub knows no app of this client id.
    #[error("GitHub knows no app with this client id")]
    IncorrectClient,
    /// Another refusal.
    #[error("GitHub refused the login: {code}{}", described(description))]
    Refused {
        /// GitHub's code, or the status.
        code: String,
        /// What it says.
        description: Option<String>,
    },
    /// The flow could not begin: there was no usable answer to the request for a code.
    #[error("GitHub gave no code for the login: {reason}")]
    NoCode {
        /// Why.
        reason: String,
    },
}

impl DeviceError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            DeviceError::Expired => "begin again and enter the code sooner",
            DeviceError::Denied => "begin again and choose to authorise",
            DeviceError::Disabled => {
                "switch it on in the settings of the app, or set the client id of another app"
            }
            DeviceError::IncorrectClient => {
                "check the client id, and `enterprise_host` if the app is of a company's own GitHub"
            }
            DeviceError::Refused { .. } => "begin again; if it stays so, check the client id",
            DeviceError::NoCode { .. } => {
                "check the network and the proxy (`--proxy-env`), then begin again"
            }
        }
    }
}

fn described(description: &Option<String>) -> String {
    description.as_ref().map(|description| format!(" ({description})")).unwrap_or_default()
}

/// What GitHub said to the question whether the user was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PollAnswer {
    Token(Secret),
    Pending,
    SlowDown {
        interval: Option<Duration>,
    },
    Failed(DeviceError),
    /// Nothing that says yes or no: no answer, a 5xx, a page of HTML.
    None {
        reason: String,
        retry_after: Option<Duration>,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask again after this time.
    Ask {
        after: Duration,
        progress: LoginProgress,
    },
    Done(Secret),
    Failed(DeviceError),
}

/// One login under way.
#[derive(Clone, Debug)]
pub(super) struct DeviceFlow {
    begun: Instant,
    expires_in: Duration,
    interval: Duration,
    /// Questions in a row without a usable answer.
    unanswered: u32,
}

impl DeviceCode {
    /// The code of an answer to the request for one.
    pub(super) fn of(answer: &ApiAnswer) -> Result<Self, DeviceError> {
        let status = answer.status;
        let no_code = |reason: &str| DeviceError::NoCode { reason: reason.to_owned() };
        let reply = answer.json().unwrap_or_default();
        if let Some(code) = reply["error"].as_str().filter(|_| !in_trouble(status)) {
            return Err(refusal(code, &reply, &[]));
        }
        match status {
            // GitHub says "not found" of a client id that it does not know, with or without an error code.
            StatusCode::NOT_FOUND => return Err(DeviceError::IncorrectClient),
            status if status.is_success() => {}
            status => return Err(no_code(&format!("it answered {status}"))),
        }
        let text = |name: &str| reply[name].as_str().filter(|text| !text.trim().is_empty());
        let device_code = text("device_code").ok_or_else(|| no_code("no `device_code` came"))?;
        let user_code =
            text("user_code").filter(|code| code.chars().count() <= USER_CODE_CHARS_MAX);
        let user_code = user_code.ok_or_else(|| no_code("no usable `user_code` came"))?;
        let page = text("verification_uri").filter(|page| may_be_opened(page));
        let page = page.ok_or_else(|| no_code("no usable `verification_uri` came"))?;
        let expires_in = seconds(&reply, "expires_in").unwrap_or(EXPIRES_IN_UNTOLD);
        let interval = seconds(&reply, "interval").unwrap_or(INTERVAL_UNTOLD);
        Ok(DeviceCode {
            user_code: words(user_code, &[]),
            verification_uri: page.to_owned(),
            expires_in: expires_in.min(EXPIRES_IN_MAX),
            interval: interval.min(INTERVAL_MAX),
            device_code: Secret::new(device_code),
        })
    }
}

impl PollAnswer {
    pub(super) fn of(
        answered: Result<ApiAnswer, ApiCallError>,
        device_code: &Secret,
        now: SystemTime,
    ) -> Self {
        let answer = match answered {
            Ok(answer) => answer,
            Err(error) => return PollAnswer::None { reason: error.to_string(), retry_after: None },
        };
        let reply = answer.json().unwrap_or_default();
        if let Some(token) = reply["access_token"].as_str().filter(|token| !token.is_empty()) {
            return PollAnswer::Token(Secret::new(token));
        }
        let silent =
            |reason| PollAnswer::None { reason, retry_after: retry_after(&answer.headers, now) };
        match reply["error"].as_str() {
            _ if in_trouble(answer.status) => silent(format!("GitHub answered {}", answer.status)),
            Some("authorization_pending") => PollAnswer::Pending,
            Some("slow_down") => PollAnswer::SlowDown { interval: seconds(&reply, "interval") },
            Some(code) => {
                PollAnswer::Failed(refusal(code, &reply, std::slice::from_ref(device_code)))
            }
            None if answer.status.is_success() => {
                silent("GitHub's answer is neither a token nor an error".to_owned())
            }
            None => {
                let code = answer.status.to_string();
                PollAnswer::Failed(DeviceError::Refused { code, description: None })
            }
        }
    }
}

impl DeviceFlow {
    /// Begins with the code just received. The first question is asked after `code.interval`.
    pub(super) fn new(code: &DeviceCode, now: Instant) -> Self {
        DeviceFlow {
            begun: now,
            expires_in: code.expires_in,
            interval: code.interval,
            unanswered: 0,
        }
    }

    /// What an answer that came at `now` leads to. The last question is asked just as the code expires, since the user
    /// may have entered it in the last moment; whatever then comes is the end.
    pub(super) fn next(&mut self, answer: PollAnswer, now: Instant) -> Step {
        let left = self.expires_in.saturating_sub(now.saturating_duration_since(self.begun));
        let step = match answer {
            PollAnswer::Token(token) => return Step::Done(token),
            PollAnswer::Failed(error) => return Step::Failed(error),
            PollAnswer::Pending => self.answered(LoginProgress::Pending, left),
            PollAnswer::SlowDown { interval } => {
                let slower = self.interval + SLOW_DOWN_BY;
                self.interval = interval.unwrap_or(slower).max(slower).min(INTERVAL_MAX);
                self.answered(LoginProgress::SlowDown { interval: self.interval }, left)
            }
            PollAnswer::None { reason, retry_after } => {
                let after = self.interval * 2_u32.pow(self.unanswered.min(6));
                let after = retry_after.unwrap_or_default().max(after).min(INTERVAL_MAX).min(left);
                self.unanswered += 1;
                Step::Ask { after, progress: LoginProgress::Retrying { reason, after } }
            }
        };
        if left.is_zero() { Step::Failed(DeviceError::Expired) } else { step }
    }

    fn answered(&mut self, progress: LoginProgress, left: Duration) -> Step {
        self.unanswered = 0;
        Step::Ask { after: self.interval.min(left), progress }
    }
}

/// An error code of RFC 8628 §3.5 or of GitHub ("Authorizing OAuth apps", error codes for the device flow).
fn refusal(code: &str, reply: &Value, secrets: &[Secret]) -> DeviceError {
    match code {
        "expired_token" | "token_expired" => DeviceError::Expired,
        "access_denied" => DeviceError::Denied,
        "device_flow_disabled" => DeviceError::Disabled,
        "incorrect_client_credentials" | "Not Found" => DeviceError::IncorrectClient,
        code => DeviceError::Refused {
            code: words(code, secrets),
            description: reply["error_description"].as_str().map(|text| words(text, secrets)),
        },
    }
}

/// Whether an answer speaks of the server's state and not of the login, whatever its body says.
fn in_trouble(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

fn seconds(reply: &Value, name: &str) -> Option<Duration> {
    let seconds = reply[name].as_u64().filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds))
}

/// Whether a page may be shown to the user as GitHub's, or opened.
fn may_be_opened(page: &str) -> bool {
    let Ok(uri) = page.parse::<Uri>() else { return false };
    let (Some(host), Some(authority)) = (uri.host(), uri.authority()) else { return false };
    let safe = uri.scheme() == Some(&Scheme::HTTPS) || (is_web(&uri) && is_loopback(host));
    safe && !authority.as_str().contains('@')
}

#[cfg(test)]
mod tests;
