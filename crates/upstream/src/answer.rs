//! What a provider answers.

use crate::body::AnswerBody;
use crate::credential::{CredentialId, CredentialOwner};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use std::time::{Duration, Instant};

/// An answer whose head has come and whose body is coming.
#[derive(Debug)]
pub struct Answer {
    /// The status as it was sent; never a 3xx.
    pub status: StatusCode,
    /// Those of the headers that may go back to a client
    /// ([`allowed_answer_headers`](crate::allowed_answer_headers)), without secrets.
    pub headers: HeaderMap,
    /// The body. Dropping it before its end tells the provider to stop.
    pub body: AnswerBody,
    /// The provider's own id of the exchange.
    pub upstream_request_id: Option<String>,
    /// The credential it was sent with.
    pub credential: CredentialId,
    /// Whose that credential is.
    pub owner: CredentialOwner,
    /// How often the request was sent, the last one included; from 1.
    pub attempts: u32,
    /// When what happened.
    pub timings: Timings,
}

impl Answer {
    /// Whether the body is a stream of events.
    #[must_use]
    pub fn is_event_stream(&self) -> bool {
        let content_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        content_type.is_some_and(|value| {
            let essence = value.split(';').next().unwrap_or_default();
            essence.trim().eq_ignore_ascii_case("text/event-stream")
        })
    }
}

/// When what happened to a request.
#[derive(Clone, Copy, Debug)]
pub struct Timings {
    /// When the first attempt began.
    pub started: Instant,
    /// From the begin of the last attempt to its new connection; `None` when one was at hand.
    pub connected: Option<Duration>,
    /// From `started` to the head of the answer, failed attempts and the waits between them included.
    pub headers: Duration,
}
