//! What the client gets when there is no reply for it.

use crate::cooling::Rest;
use crate::exchange::{Cause, Exchange, LimitedBy};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use ironbridge_upstream::seconds_up;
use ironbridge_wire::{ApiError, json};
use std::time::Duration;

/// An error on its way to the client: of a limit, or of an attempt when no other target is left.
pub(crate) struct Failure {
    pub(crate) error: ApiError,
    pub(crate) cause: Cause,
    /// When to ask again and how the limits stand: the upstream's own headers, or ours.
    pub(crate) headers: HeaderMap,
    /// The upstream's own body, where the client speaks its dialect.
    pub(crate) body: Option<Bytes>,
    /// Who wants to be left alone, and until when; noted only for an exchange that would wait for that.
    pub(crate) rest: Option<Rest>,
    /// The upstream said so to an earlier request, and was not asked again: what another says now goes before it.
    pub(crate) said_before: bool,
    /// The limit of ours that it is about.
    pub(crate) limited_by: Option<LimitedBy>,
}

impl Failure {
    pub(crate) fn of(error: ApiError, cause: Cause) -> Self {
        Failure {
            error,
            cause,
            headers: HeaderMap::new(),
            body: None,
            rest: None,
            said_before: false,
            limited_by: None,
        }
    }

    /// A refusal by a limit.
    pub(crate) fn limited(by: LimitedBy, error: ApiError) -> Self {
        Failure { limited_by: Some(by), ..Failure::of(error, Cause::Refused) }
    }

    /// The same, with when to ask again.
    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.headers.remove("retry-after-ms");
        self.headers.insert(RETRY_AFTER, seconds_up(wait).into());
        self
    }

    /// Ends the exchange with this failure.
    pub(crate) fn deliver(self, mut exchange: Exchange) -> Response {
        if let Some(limit) = self.limited_by {
            exchange.account.note(|record| record.limited_by = Some(limit));
        }
        let body = self.body.map(|body| with_our_id(body, &exchange.id));
        let begun = exchange.begun;
        let mut response = exchange.fail(self.cause, &self.error);
        if begun {
            return response;
        }
        if self.cause == Cause::UpstreamError {
            // When an upstream wants to be asked again is for it alone to say.
            response.headers_mut().remove(RETRY_AFTER);
        }
        if let Some(body) = body {
            *response.body_mut() = Body::from(body);
        }
        for (name, value) in &self.headers {
            // Other headers speak of the upstream's state rather than of its body.
            if name != CONTENT_TYPE {
                response.headers_mut().insert(name.clone(), value.clone());
            }
        }
        response
    }
}

/// An upstream's error with the one id by which the exchange is found here: SDKs show the body's or the header's.
fn with_our_id(body: Bytes, id: &str) -> Bytes {
    match json::members(&body) {
        Ok(members) if members.get("request_id").is_some() => {
            members.with(&[("request_id", serde_json::Value::from(id).to_string())]).into()
        }
        _ => body,
    }
}
