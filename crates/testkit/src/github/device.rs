//! Login by device code: RFC 8628 as GitHub speaks it.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::api_error;
use super::{FakeGithub, host};
use crate::fake::{Fields, form};
use crate::{Answer, Received};

/// How many device codes are known at once; the oldest are forgotten first.
const DEVICE_CODES_MAX: usize = 256;

/// By how much an interval grows with each `slow_down`, in seconds (RFC 8628 §3.5).
const SLOW_DOWN_SECONDS: u64 = 5;

/// What the user does with the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// Enters it and agrees: the next poll has the token.
    Approves,
    /// Has not entered it yet.
    Waits,
    /// Enters it and presses "Cancel".
    Denies,
}

/// An answer to a poll that brings no token. Its status is 200 all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceFlowError {
    /// The user has not entered the code yet.
    AuthorizationPending,
    /// The poll came too early.
    SlowDown {
        /// What the interval is from now on: GitHub says it in the answer.
        interval_seconds: u64,
    },
    /// The device code is over.
    ExpiredToken,
    /// The user has pressed "Cancel".
    AccessDenied,
    /// There is no such device code.
    IncorrectDeviceCode,
    /// The grant type is another than that of RFC 8628 §3.4.
    UnsupportedGrantType,
    /// There is no such app.
    IncorrectClientCredentials,
    /// The app has not turned the device flow on.
    DeviceFlowDisabled,
}

impl DeviceFlowError {
    /// One of each.
    pub const ALL: [Self; 8] = [
        Self::AuthorizationPending,
        Self::SlowDown { interval_seconds: 10 },
        Self::ExpiredToken,
        Self::AccessDenied,
        Self::IncorrectDeviceCode,
        Self::UnsupportedGrantType,
        Self::IncorrectClientCredentials,
        Self::DeviceFlowDisabled,
    ];

    /// The error as GitHub answers it, in JSON.
    pub fn answer(self) -> Answer {
        Answer::json(200, &self.body())
    }

    fn body(self) -> Value {
        let (error, description) = match self {
            Self::AuthorizationPending => {
                ("authorization_pending", "The authorization request is still pending.")
            }
            Self::SlowDown { .. } => {
                ("slow_down", "Too many requests have been made in the same timeframe.")
            }
            Self::ExpiredToken => ("expired_token", "The `device_code` has expired."),
            Self::AccessDenied => ("access_denied", "The authorization request was denied."),
            Self::IncorrectDeviceCode => {
                ("incorrect_device_code", "The device_code provided is not valid.")
            }
            Self::UnsupportedGrantType => {
                ("unsupported_grant_type", "The grant type is not supported.")
            }
            Self::IncorrectClientCredentials => {
                ("incorrect_client_credentials", "The client_id passed is incorrect.")
            }
            Self::DeviceFlowDisabled => {
                ("device_flow_disabled", "Device Flow must be explicitly enabled for this App")
            }
        };
        let mut body = json!({
            "error": error, "error_description": description,
            "error_uri": "https://docs.github.com/developers/apps/authorizing-oauth-apps",
        });
        if let Self::SlowDown { interval_seconds } = self {
            body["interval"] = json!(interval_seconds);
        }
        body
    }
}

impl From<DeviceFlowError> for Answer {
    fn from(error: DeviceFlowError) -> Self {
        error.answer()
    }
}

/// The answer to a poll that brings this token. The fake's API accepts it only after
/// [`FakeGithub::accept_github_token`].
pub fn granted(token: &str) -> Answer {
    Answer::json(200, &grant(token))
}

fn grant(token: &str) -> Value {
    json!({"access_token": token, "token_type": "bearer", "scope": "read:user"})
}

/// The device codes and what the user does with them.
#[derive(Debug)]
pub(super) struct DeviceLogin {
    pub(super) user: User,
    pub(super) interval_seconds: u64,
    pub(super) expires_in_seconds: u64,
    /// Whether a poll may come too early.
    pub(super) times_polls: bool,
    codes: VecDeque<DeviceCode>,
    issued: u64,
}

#[derive(Debug)]
struct DeviceCode {
    text: String,
    expires_at: SystemTime,
    interval_seconds: u64,
    polled_at: Option<SystemTime>,
}

impl DeviceLogin {
    pub(super) fn new() -> Self {
        Self {
            user: User::Approves,
            interval_seconds: 5,
            expires_in_seconds: 900,
            times_polls: false,
            codes: VecDeque::new(),
            issued: 0,
        }
    }

    /// The reply with a new device code.
    pub(super) fn begin(&mut self, request: &Received, now: SystemTime) -> Answer {
        refusal(&Fields::of_body(request))
            .unwrap_or_else(|| as_asked(request, &self.new_code(host(request), now)))
    }

    fn new_code(&mut self, host: &str, now: SystemTime) -> Value {
        self.issued += 1;
        if self.codes.len() == DEVICE_CODES_MAX {
            self.codes.pop_front();
        }
        let text = format!("device-testkit-{}", self.issued);
        self.codes.push_back(DeviceCode {
            text: text.clone(),
            expires_at: now + Duration::from_secs(self.expires_in_seconds),
            interval_seconds: self.interval_seconds,
            polled_at: None,
        });
        json!({
            "device_code": text,
            "user_code": format!("TEST-{:04}", self.issued),
            "verification_uri": format!("http://{host}/login/device"),
            "expires_in": self.expires_in_seconds,
            "interval": self.interval_seconds,
        })
    }

    /// The answer to a poll. A code brings one token only.
    pub(super) fn poll(
        &mut self,
        request: &Received,
        now: SystemTime,
        issue: impl FnOnce() -> String,
    ) -> Answer {
        let body = match self.judge(&Fields::of_body(request), now) {
            Err(error) => error.body(),
            Ok(code) => {
                self.codes.retain(|known| known.text != code);
                grant(&issue())
            }
        };
        as_asked(request, &body)
    }

    fn judge(&mut self, fields: &Fields, now: SystemTime) -> Result<String, DeviceFlowError> {
        const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
        if fields.get("client_id") != Some(FakeGithub::CLIENT_ID) {
            return Err(DeviceFlowError::IncorrectClientCredentials);
        }
        if fields.get("grant_type") != Some(GRANT_TYPE) {
            return Err(DeviceFlowError::UnsupportedGrantType);
        }
        let text = fields.get("device_code").unwrap_or_default();
        let code = self.codes.iter_mut().find(|code| code.text == text);
        let code = code.ok_or(DeviceFlowError::IncorrectDeviceCode)?;
        if now >= code.expires_at {
            return Err(DeviceFlowError::ExpiredToken);
        }
        let since = code.polled_at.replace(now).and_then(|polled| now.duration_since(polled).ok());
        let interval = Duration::from_secs(code.interval_seconds);
        if self.times_polls && since.is_some_and(|since| since < interval) {
            code.interval_seconds += SLOW_DOWN_SECONDS;
            return Err(DeviceFlowError::SlowDown { interval_seconds: code.interval_seconds });
        }
        match self.user {
            User::Approves => Ok(text.to_owned()),
            User::Waits => Err(DeviceFlowError::AuthorizationPending),
            User::Denies => Err(DeviceFlowError::AccessDenied),
        }
    }
}

/// The refusal of a request for a device code. GitHub would take one without scope; here that is a
/// mistake.
fn refusal(fields: &Fields) -> Option<Answer> {
    if fields.get("client_id") != Some(FakeGithub::CLIENT_ID) {
        return Some(api_error(404, "Not Found"));
    }
    let scope = fields.get("scope");
    scope.is_none().then(|| api_error(422, "testkit: the scope is missing"))
}

/// A reply of the login in the form that the request accepts: GitHub answers with a form unless
/// `accept` says JSON.
fn as_asked(request: &Received, body: &Value) -> Answer {
    if request.headers.lists("accept", "application/json") {
        Answer::json(200, body)
    } else {
        Answer::bytes(200, "application/x-www-form-urlencoded; charset=utf-8", form(body))
    }
}
