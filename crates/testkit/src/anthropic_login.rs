//! Anthropic's login for subscribers: the page that the user opens, the OAuth server behind it, and
//! as much of the API as shows whether a token is accepted.
//!
//! Shapes and texts are those of RFC 6749, RFC 7636 and what users have quoted in issues.

mod answers;
mod authorize;
mod grant;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

pub use answers::{invalid_grant, oauth_error};
pub use authorize::AuthorizeError;
pub use grant::RefreshTokens;

use crate::dialect::messages;
use crate::fake::{FakeServer, Fields, Service, Standing};
use crate::{Answer, Received, provider};
use authorize::Authorizations;
use grant::Grants;

/// A fake of Anthropic's login; [`FakeServer`] has what all fakes have in common.
pub type FakeAnthropicLogin = FakeServer<AnthropicLogin>;

/// What a test of [`FakeAnthropicLogin`] can speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnthropicEndpoint {
    /// `POST /v1/oauth/token`.
    Token,
    /// `POST /v1/messages`.
    Messages,
    /// `GET /v1/models`.
    Models,
}

/// Tokens as a login that is long past has left them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedTokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// When the access token is over, by the server's clock.
    pub expires_at: SystemTime,
}

/// The service behind [`FakeAnthropicLogin`].
#[derive(Debug)]
pub struct AnthropicLogin {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    authorizations: Authorizations,
    grants: Grants,
}

/// Starting, and where things are.
impl FakeAnthropicLogin {
    /// Starts in the caller's tokio runtime.
    pub async fn start() -> Self {
        Self::serve(AnthropicLogin::new()).await
    }

    /// Starts on a thread and runtime of its own.
    pub fn start_on_thread() -> Self {
        Self::serve_on_thread(AnthropicLogin::new())
    }

    /// The page that the user is sent to; its query is the client's. Nobody serves it: the test
    /// plays the user with [`FakeAnthropicLogin::authorize`].
    pub fn authorize_url(&self) -> String {
        format!("{}/oauth/authorize", self.upstream().base_url())
    }

    /// Where codes and refresh tokens are exchanged.
    pub fn token_url(&self) -> String {
        format!("{}/v1/oauth/token", self.upstream().base_url())
    }

    /// What stands before `/v1/messages` and `/v1/models`.
    pub fn api_url(&self) -> String {
        self.upstream().base_url()
    }
}

/// The user, and what the server hands out.
impl FakeAnthropicLogin {
    /// The user opens a URL and agrees: the text that the page then shows to be pasted,
    /// `code#state`. A code is good for one exchange within ten minutes.
    ///
    /// # Errors
    ///
    /// What the page would say of a URL that is not right.
    pub fn authorize(&self, url: &str) -> Result<String, AuthorizeError> {
        let query = url.strip_prefix(&self.authorize_url()).and_then(|rest| rest.strip_prefix('?'));
        let query = query.ok_or_else(|| AuthorizeError::Page { url: url.to_owned() })?;
        self.service().lock().authorizations.agree(&Fields::of_query(query), self.now())
    }

    /// Tokens as if the user had logged in before; any client id may refresh them.
    pub fn issue(&self) -> IssuedTokens {
        let now = self.now();
        self.service().lock().grants.issue_to_anyone(now)
    }

    /// How long further access tokens live, in seconds; at first 28,800.
    pub fn set_life_seconds(&self, life: u64) {
        self.service().lock().grants.life = Duration::from_secs(life);
    }

    /// What a refresh does with the refresh token; at first [`RefreshTokens::Rotate`].
    pub fn set_refresh_tokens(&self, refresh_tokens: RefreshTokens) {
        self.service().lock().grants.refresh_tokens = refresh_tokens;
    }

    /// Every access token handed out, the oldest first.
    pub fn access_tokens(&self) -> Vec<String> {
        self.service().lock().grants.access.texts()
    }

    /// Makes all access tokens handed out so far invalid.
    pub fn revoke_access_tokens(&self) {
        self.service().lock().grants.access.revoke_all();
    }

    /// Makes all refresh tokens handed out so far invalid: the user must log in again.
    pub fn revoke_refresh_tokens(&self) {
        self.service().lock().grants.revoke_refresh_tokens();
    }
}

impl AnthropicLogin {
    fn new() -> Self {
        let state = State { authorizations: Authorizations::default(), grants: Grants::new() };
        Self { state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The refusals of the API (anthropics/claude-code#5983, #3247, #12879).
    fn refuses_access_token(&self, request: &Received, now: SystemTime) -> Option<Answer> {
        let refusal = |message| Some(messages::error(401, "authentication_error", message));
        let header = request.header("authorization").unwrap_or_default();
        let Some(token) = header.strip_prefix("Bearer ") else {
            return refusal("x-api-key header is required");
        };
        if !request.headers.lists("anthropic-beta", "oauth-2025-04-20") {
            return refusal("OAuth authentication is currently not supported.");
        }
        match self.lock().grants.access.standing(token, now) {
            Standing::Valid => None,
            Standing::Over => refusal(
                "OAuth token has expired. Please obtain a new token or refresh your existing \
                 token.",
            ),
            Standing::Unknown => {
                refusal("Invalid OAuth token. The provided token was not found or is malformed.")
            }
        }
    }
}

impl Service for AnthropicLogin {
    type Endpoint = AnthropicEndpoint;

    fn endpoint(&self, request: &Received) -> Option<AnthropicEndpoint> {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/v1/oauth/token") => Some(AnthropicEndpoint::Token),
            ("POST", "/v1/messages") => Some(AnthropicEndpoint::Messages),
            ("GET", "/v1/models") => Some(AnthropicEndpoint::Models),
            _ => None,
        }
    }

    fn nothing_there(&self, _request: &Received) -> Answer {
        messages::error(404, "not_found_error", "Not Found")
    }

    fn refusal(
        &self,
        endpoint: AnthropicEndpoint,
        request: &Received,
        now: SystemTime,
    ) -> Option<Answer> {
        match endpoint {
            AnthropicEndpoint::Token => None,
            AnthropicEndpoint::Messages | AnthropicEndpoint::Models => {
                self.refuses_access_token(request, now)
            }
        }
    }

    fn natural(&self, endpoint: AnthropicEndpoint, request: &Received, now: SystemTime) -> Answer {
        match endpoint {
            AnthropicEndpoint::Token => {
                let State { authorizations, grants } = &mut *self.lock();
                grants.exchange(authorizations, &Fields::of_body(request), now)
            }
            AnthropicEndpoint::Messages => messages::text("Hello from Anthropic.").into(),
            AnthropicEndpoint::Models => provider::anthropic_models(&["claude-testkit"]),
        }
    }
}
