//! The exchange of codes and refresh tokens for access tokens.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::authorize::{Authorizations, WrongParameter};
use super::{IssuedTokens, invalid_grant, oauth_error};
use crate::Answer;
use crate::fake::{Fields, TokenBook};

/// How many refresh tokens are known at once; the oldest are forgotten first.
const REFRESH_TOKENS_MAX: usize = 4_096;

/// The scope of tokens that are issued without a login.
const SCOPE: &str = "user:profile user:inference";

/// What a refresh does with the refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshTokens {
    /// Replaces it: the old one is invalid at once. So does Anthropic.
    Rotate,
    /// Returns the same again.
    Same,
    /// Returns none; the old one stays valid (RFC 6749 §6 allows it).
    Absent,
}

#[derive(Debug)]
pub(super) struct Grants {
    pub(super) access: TokenBook,
    pub(super) life: Duration,
    pub(super) refresh_tokens: RefreshTokens,
    refresh: VecDeque<RefreshToken>,
}

#[derive(Debug, Clone)]
struct RefreshToken {
    text: String,
    /// `None`: anyone's.
    client_id: Option<String>,
    scope: String,
}

impl Grants {
    pub(super) fn new() -> Self {
        Self {
            access: TokenBook::default(),
            life: Duration::from_secs(28_800),
            refresh_tokens: RefreshTokens::Rotate,
            refresh: VecDeque::new(),
        }
    }

    pub(super) fn revoke_refresh_tokens(&mut self) {
        self.refresh.clear();
    }

    /// Tokens without a login.
    pub(super) fn issue_to_anyone(&mut self, now: SystemTime) -> IssuedTokens {
        self.issue(None, SCOPE, now)
    }

    /// The answer of the token endpoint.
    pub(super) fn exchange(
        &mut self,
        authorizations: &mut Authorizations,
        request: &Fields,
        now: SystemTime,
    ) -> Answer {
        match request.get("grant_type") {
            Some("authorization_code") => match authorizations.take(request, now) {
                // The text is as in earendil-works/pi#2169.
                Err(WrongParameter(name)) => {
                    let description = format!("Invalid '{name}' in request.");
                    oauth_error(400, "invalid_grant", &description)
                }
                Ok(agreed) => {
                    let issued = self.issue(Some(agreed.client_id), &agreed.scope, now);
                    self.reply(&issued.access, Some(&issued.refresh), &agreed.scope)
                }
            },
            Some("refresh_token") => self.refresh(request, now),
            _ => oauth_error(400, "unsupported_grant_type", "Unsupported 'grant_type' in request."),
        }
    }

    fn refresh(&mut self, request: &Fields, now: SystemTime) -> Answer {
        let text = request.get("refresh_token").unwrap_or_default();
        let Some(known) = self.refresh.iter().find(|known| known.text == text).cloned() else {
            return invalid_grant();
        };
        let client_id = request.get("client_id");
        let is_foreign = known.client_id.as_deref().is_some_and(|id| client_id != Some(id));
        if client_id.is_none() || is_foreign {
            return oauth_error(400, "invalid_grant", "Invalid 'client_id' in request.");
        }
        let agreed = |scope| known.scope.split(' ').any(|agreed| agreed == scope);
        if request.get("scope").is_some_and(|asked| !asked.split(' ').all(agreed)) {
            let description = "The requested scope is invalid, unknown, or malformed.";
            return oauth_error(400, "invalid_scope", description);
        }
        if self.refresh_tokens == RefreshTokens::Rotate {
            self.refresh.retain(|token| token.text != known.text);
            let issued = self.issue(known.client_id, &known.scope, now);
            return self.reply(&issued.access, Some(&issued.refresh), &known.scope);
        }
        let (access, _) = self.issue_access(now);
        let same = (self.refresh_tokens == RefreshTokens::Same).then_some(known.text.as_str());
        self.reply(&access, same, &known.scope)
    }

    fn issue(&mut self, client_id: Option<String>, scope: &str, now: SystemTime) -> IssuedTokens {
        let (access, number) = self.issue_access(now);
        let refresh = format!("sk-ant-ort01-testkit-{number}");
        if self.refresh.len() == REFRESH_TOKENS_MAX {
            self.refresh.pop_front();
        }
        let scope = scope.to_owned();
        self.refresh.push_back(RefreshToken { text: refresh.clone(), client_id, scope });
        IssuedTokens { access, refresh, expires_at: now + self.life }
    }

    fn issue_access(&mut self, now: SystemTime) -> (String, u64) {
        let number = self.access.next_number();
        let access = format!("sk-ant-oat01-testkit-{number}");
        self.access.add(&access, Some(now + self.life));
        (access, number)
    }

    fn reply(&self, access: &str, refresh: Option<&str>, scope: &str) -> Answer {
        let mut reply = json!({
            "token_type": "Bearer", "access_token": access, "expires_in": self.life.as_secs(),
            "scope": scope,
            "organization": {"uuid": "testkit-organization", "name": "Testkit"},
            "account": {"uuid": "testkit-account", "email_address": "user@example.com"},
        });
        if let Some(refresh) = refresh {
            reply["refresh_token"] = json!(refresh);
        }
        Answer::json(200, &reply)
    }
}
