//! The tokens for Copilot's API that GitHub's API hands out.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::{COPILOT_PREFIX, host};
use crate::fake::TokenBook;
use crate::{Answer, Received};

#[derive(Debug)]
pub(super) struct CopilotTokens {
    pub(super) book: TokenBook,
    pub(super) expires_in_seconds: u64,
    pub(super) refresh_in_seconds: u64,
    /// What the test wants in `endpoints.api`; `Some(None)`: no `endpoints`.
    pub(super) endpoint: Option<Option<String>>,
}

impl CopilotTokens {
    pub(super) fn new() -> Self {
        Self {
            book: TokenBook::default(),
            expires_in_seconds: 1_800,
            refresh_in_seconds: 1_500,
            endpoint: None,
        }
    }

    /// The reply with a token unlike all before it.
    pub(super) fn issue(&mut self, request: &Received, now: SystemTime) -> Answer {
        let expires_at = now + Duration::from_secs(self.expires_in_seconds);
        let seconds = expires_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let number = self.book.next_number();
        let token = format!("tid=testkit-{number};exp={seconds};sku=monthly_subscriber;st=dotcom");
        self.book.add(&token, Some(expires_at));
        let mut reply = json!({
            "annotations_enabled": true, "chat_enabled": true, "individual": true,
            "sku": "monthly_subscriber", "telemetry": "disabled",
            "token": token, "expires_at": seconds, "refresh_in": self.refresh_in_seconds,
        });
        let own = || Some(format!("http://{}{COPILOT_PREFIX}", host(request)));
        if let Some(api) = self.endpoint.clone().unwrap_or_else(own) {
            reply["endpoints"] = json!({
                "api": api, "telemetry": format!("http://{}/telemetry", host(request)),
            });
        }
        Answer::json(200, &reply)
    }
}
