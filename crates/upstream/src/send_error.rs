//! Why a provider did not answer.

use crate::call::Endpoint;
use crate::credential::CredentialError;
use ironbridge_wire::{ApiError, ErrorKind};
use std::fmt;
use std::time::Duration;

/// A request that got no answer, and from whom.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("provider `{provider}`: {failure}")]
pub struct SendError {
    /// The provider's name.
    pub provider: String,
    /// What went wrong, the last time.
    pub failure: Failure,
    /// How often the request was sent, or a connection for it begun, the last time included; 0 where it failed before
    /// that, for want of a credential or an endpoint.
    pub tries: u32,
}

/// What went wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection: the name is unknown, or nobody listens there.
    #[error("cannot connect: {reason}")]
    Connect {
        /// The chain of causes.
        reason: String,
    },
    /// The server's certificate or its TLS is not acceptable.
    #[error("no secure connection: {reason}")]
    Tls {
        /// The chain of causes.
        reason: String,
    },
    /// The proxy did not connect us.
    #[error("the proxy does not connect: {reason}")]
    Proxy {
        /// The chain of causes.
        reason: String,
    },
    /// One of the four time-outs.
    #[error("no {step} within {} s", after.as_secs_f64())]
    Timeout {
        /// What did not come.
        step: Step,
        /// How long was waited.
        after: Duration,
    },
    /// The connection ended before an answer began.
    #[error("the connection was closed before the answer: {reason}")]
    Closed {
        /// The chain of causes.
        reason: String,
    },
    /// What came is not HTTP.
    #[error("the answer is not HTTP: {reason}")]
    Protocol {
        /// The chain of causes.
        reason: String,
    },
    /// It points elsewhere; redirects are not followed, since they would carry the key to another host.
    #[error("answered with a redirect ({status}), which is not followed: check its base_url")]
    Redirect {
        /// The 3xx.
        status: u16,
    },
    /// The body is encoded in a way that was not asked for and is not known.
    #[error("answered in the content-encoding `{encoding}`, which was not asked for")]
    Encoding {
        /// The encoding.
        encoding: String,
    },
    /// There is no credential to send.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The credential was told to rest for this model, and still does; nothing was sent.
    #[error("it asked to be left alone for another {} s", seconds_up(*rest))]
    Cooling {
        /// How long still.
        rest: Duration,
    },
    /// This kind of provider has no such endpoint.
    #[error("has no endpoint `{}`", endpoint.name())]
    Unsupported {
        /// The endpoint.
        endpoint: Endpoint,
    },
    /// The request cannot be put into HTTP.
    #[error("the request cannot be sent: {reason}")]
    Invalid {
        /// Why.
        reason: String,
    },
    /// The list of models is not one.
    #[error("the list of models cannot be read: {reason}")]
    Models {
        /// Why.
        reason: String,
    },
}

/// What a time-out waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A connection, TLS included.
    Connect,
    /// The head of the answer.
    Headers,
    /// The first event with content.
    FirstContent,
    /// The next bytes of the body.
    Idle,
    /// The whole list of models.
    Models,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Connect => "connection",
            Step::Headers => "answer",
            Step::FirstContent => "content",
            Step::Idle => "further bytes",
            Step::Models => "list of models",
        })
    }
}

impl SendError {
    /// Whether the same provider may do better in a moment.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match &self.failure {
            Failure::Connect { .. } | Failure::Proxy { .. } | Failure::Closed { .. } => true,
            Failure::Timeout { step, .. } => *step == Step::Connect,
            Failure::Tls { .. }
            | Failure::Protocol { .. }
            | Failure::Redirect { .. }
            | Failure::Encoding { .. }
            | Failure::Credential(_)
            | Failure::Cooling { .. }
            | Failure::Unsupported { .. }
            | Failure::Invalid { .. }
            | Failure::Models { .. } => false,
        }
    }

    /// Whether the provider may have got the request, and may bill it.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        match &self.failure {
            Failure::Timeout { step, .. } => *step != Step::Connect,
            Failure::Closed { .. }
            | Failure::Protocol { .. }
            | Failure::Redirect { .. }
            | Failure::Encoding { .. }
            | Failure::Models { .. } => true,
            Failure::Connect { .. }
            | Failure::Tls { .. }
            | Failure::Proxy { .. }
            | Failure::Credential(_)
            | Failure::Cooling { .. }
            | Failure::Unsupported { .. }
            | Failure::Invalid { .. } => false,
        }
    }

    /// Whether another target may do better: always, unless the request itself is at fault.
    #[must_use]
    pub fn try_other(&self) -> bool {
        !matches!(self.failure, Failure::Invalid { .. })
    }

    /// How long to wait before asking again helps, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.failure {
            Failure::Cooling { rest } => Some(rest),
            _ => None,
        }
    }

    /// What the client is told: 504 for a time-out, 429 for a rest, 404 for a missing endpoint, 502 for all else.
    #[must_use]
    pub fn to_api_error(&self) -> ApiError {
        let (kind, code) = match &self.failure {
            Failure::Timeout { .. } => (ErrorKind::GatewayTimeout, "upstream_timeout"),
            Failure::Connect { .. } | Failure::Proxy { .. } => {
                (ErrorKind::BadGateway, "upstream_unreachable")
            }
            Failure::Tls { .. } => (ErrorKind::BadGateway, "upstream_tls"),
            Failure::Closed { .. } => (ErrorKind::BadGateway, "upstream_closed"),
            Failure::Protocol { .. } | Failure::Encoding { .. } | Failure::Models { .. } => {
                (ErrorKind::BadGateway, "upstream_protocol")
            }
            Failure::Redirect { .. } => (ErrorKind::BadGateway, "upstream_redirect"),
            Failure::Credential(_) => (ErrorKind::BadGateway, CREDENTIALS_EXHAUSTED),
            Failure::Cooling { .. } => (ErrorKind::RateLimit, "provider_cooling_down"),
            Failure::Unsupported { .. } => (ErrorKind::NotFound, "unsupported_endpoint"),
            Failure::Invalid { .. } => (ErrorKind::InvalidRequest, "invalid_request"),
        };
        ApiError::new(kind, self.to_string()).with_code(code)
    }
}

/// Whole seconds, rounded up: what `retry-after` holds, so that nobody comes back too early.
#[must_use]
pub fn seconds_up(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// The code of the error that stands in for an upstream's 401: the client's own key is not at fault.
pub const CREDENTIALS_EXHAUSTED: &str = "upstream_credentials_exhausted";

/// The code of the error that stands in for an upstream's 402.
pub const QUOTA_EXHAUSTED: &str = "upstream_quota_exhausted";

/// The code of the error that stands in for an upstream's 403.
pub const FORBIDDEN: &str = "upstream_forbidden";

/// What the client is told when every target refused the operator's credential; `status` is the last upstream's: 401
/// (the credential is bad), 402 (its quota or credit is used up) or 403 (it may not do this).
///
/// Only the 402 keeps its status: of a 401 or 403 a client would think that its own key is meant.
#[must_use]
pub fn credentials_exhausted(status: u16, provider: &str) -> ApiError {
    let (kind, code, what) = match status {
        402 => (
            ErrorKind::Billing,
            QUOTA_EXHAUSTED,
            "says that the gateway's quota or credit is used up (402)".to_owned(),
        ),
        403 => (
            ErrorKind::BadGateway,
            FORBIDDEN,
            "does not let the gateway's account do this (403)".to_owned(),
        ),
        _ => (
            ErrorKind::BadGateway,
            CREDENTIALS_EXHAUSTED,
            format!("refused the gateway's credential ({status})"),
        ),
    };
    let message = format!(
        "provider `{provider}` {what} and no other target is left; your own key is not at fault"
    );
    ApiError::new(kind, message).with_code(code)
}

/// What the client is told when a stream began, but no content came within the time for it.
#[must_use]
pub fn first_content_timeout(provider: &str, after: Duration) -> ApiError {
    SendError {
        provider: provider.to_owned(),
        failure: Failure::Timeout { step: Step::FirstContent, after },
        tries: 1,
    }
    .to_api_error()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(failure: Failure, expected: Expect) {
        let error = SendError { provider: "p".to_owned(), failure, tries: 1 };
        let api = error.to_api_error();
        expected.assert_eq(&format!(
            "{} {} {} retry={} other={}",
            api.status(),
            api.code.as_deref().unwrap_or_default(),
            api.message,
            error.retryable(),
            error.try_other()
        ));
    }

    #[test]
    fn each_failure_has_its_status_and_code() {
        let reason = || "why".to_owned();
        check(
            Failure::Connect { reason: reason() },
            expect![
                "502 upstream_unreachable provider `p`: cannot connect: why retry=true other=true"
            ],
        );
        check(
            Failure::Tls { reason: reason() },
            expect![
                "502 upstream_tls provider `p`: no secure connection: why retry=false other=true"
            ],
        );
        check(
            Failure::Timeout { step: Step::Connect, after: Duration::from_secs(10) },
            expect![
                "504 upstream_timeout provider `p`: no connection within 10 s retry=true other=true"
            ],
        );
        check(
            Failure::Timeout { step: Step::Headers, after: Duration::from_millis(1500) },
            expect![
                "504 upstream_timeout provider `p`: no answer within 1.5 s retry=false other=true"
            ],
        );
        check(
            Failure::Redirect { status: 302 },
            expect![[
                r#"502 upstream_redirect provider `p`: answered with a redirect (302), which is not followed: check its base_url retry=false other=true"#
            ]],
        );
        check(
            Failure::Unsupported { endpoint: Endpoint::Embeddings },
            expect![
                "404 unsupported_endpoint provider `p`: has no endpoint `embeddings` retry=false other=true"
            ],
        );
        check(
            Failure::Credential(CredentialError::NotAHeader),
            expect![
                "502 upstream_credentials_exhausted provider `p`: the credential is empty or holds characters that a header cannot carry retry=false other=true"
            ],
        );
        check(
            Failure::Cooling { rest: Duration::from_millis(1500) },
            expect![
                "429 provider_cooling_down provider `p`: it asked to be left alone for another 2 s retry=false other=true"
            ],
        );
        check(
            Failure::Invalid { reason: reason() },
            expect![
                "400 invalid_request provider `p`: the request cannot be sent: why retry=false other=false"
            ],
        );
    }

    #[test]
    fn a_refused_credential_is_never_the_clients() {
        let error = credentials_exhausted(401, "p");
        assert_eq!((error.status(), error.code.as_deref()), (502, Some(CREDENTIALS_EXHAUSTED)));
        let error = credentials_exhausted(402, "p");
        assert_eq!((error.status(), error.code.as_deref()), (402, Some(QUOTA_EXHAUSTED)));
        let error = credentials_exhausted(403, "p");
        assert_eq!((error.status(), error.code.as_deref()), (502, Some(FORBIDDEN)));
        assert_eq!(first_content_timeout("p", Duration::from_secs(1)).status(), 504);
    }
}
