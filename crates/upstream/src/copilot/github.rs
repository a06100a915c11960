//! Calls to GitHub with a login.

use super::github_error::{GithubError, object, words};
use super::settings::{Addresses, CopilotSettings, CopilotSettingsError};
use super::token::CopilotToken;
use super::usage::CopilotUsage;
use crate::api_client::{ApiAnswer, ApiClient};
use crate::clock::Clock;
use crate::secret::Secret;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderMap, HeaderValue, Method, Uri};
use std::fmt;
use std::sync::Arc;

/// One GitHub: github.com or a company's own. Clones share their connections.
#[derive(Clone)]
pub struct Github {
    pub(super) client: Arc<ApiClient>,
    pub(super) addresses: Addresses,
    /// Sent with every call besides the usual headers.
    extra: HeaderMap,
}

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubUser {
    /// The login name.
    pub login: String,
}

impl Github {
    /// The GitHub of these settings. `extra` goes with every call: the rows of the identity table for GitHub; where it
    /// names no `user-agent`, ours is sent. Nothing is connected yet.
    ///
    /// # Errors
    /// When a host or URL of the settings is not usable.
    pub fn new(
        client: Arc<ApiClient>,
        settings: &CopilotSettings,
        extra: HeaderMap,
    ) -> Result<Self, CopilotSettingsError> {
        Ok(Github { client, addresses: Addresses::of(settings)?, extra })
    }

    /// The headers that go with every call, also with those to Copilot.
    #[must_use]
    pub fn editor_headers(&self) -> &HeaderMap {
        &self.extra
    }

    /// Who the GitHub token is of.
    ///
    /// # Errors
    /// When GitHub does not say.
    pub async fn user(&self, token: &Secret) -> Result<GithubUser, GithubError> {
        let answer = self.get(&self.addresses.user, token).await?;
        let login = object(&answer)?["login"].as_str().map(|login| words(login, &[]));
        let login = login.filter(|login| !login.is_empty());
        login
            .map(|login| GithubUser { login })
            .ok_or(GithubError::Unreadable { reason: "it names no login" })
    }

    /// The quotas of the account behind the GitHub token.
    ///
    /// # Errors
    /// When GitHub does not say.
    pub async fn copilot_usage(&self, token: &Secret) -> Result<CopilotUsage, GithubError> {
        let answer = self.get(&self.addresses.copilot_user, token).await?;
        Ok(CopilotUsage::of(object(&answer)?))
    }

    /// Exchanges the GitHub token for a Copilot token, once.
    pub(super) async fn copilot_token(
        &self,
        token: &Secret,
        clock: &dyn Clock,
    ) -> Result<CopilotToken, GithubError> {
        // Its life is counted from before the call, so that a slow answer does not lengthen it.
        let asked = clock.now();
        let answer = self.get(&self.addresses.copilot_token, token).await?;
        CopilotToken::of(&answer, &self.addresses, asked)
    }

    /// The headers of every call.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = self.extra.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers
    }

    async fn get(&self, uri: &Uri, token: &Secret) -> Result<ApiAnswer, GithubError> {
        let value = HeaderValue::from_str(&format!("token {}", token.reveal()));
        let Ok(mut value) = value else {
            let message = Some("the token holds characters that no token has".to_owned());
            return Err(GithubError::LoginRefused { message });
        };
        value.set_sensitive(true);
        let mut headers = self.headers();
        headers.insert(AUTHORIZATION, value);
        let answer = self.client.call(Method::GET, uri, headers, None).await?;
        match GithubError::of(&answer, std::slice::from_ref(token)) {
            Some(error) => Err(error),
            None => Ok(answer),
        }
    }
}

impl fmt::Debug for Github {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Github").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}
