//! A login: the user agrees on Anthropic's page, and pastes the code that it shows.

use super::document::AnthropicTokens;
use super::pkce::{Pkce, random_text};
use super::settings::AnthropicOauth;
use super::token_endpoint::{TokenError, exchange};
use crate::api_client::ApiClient;
use crate::identity::IdentityError;
use crate::percent::push_encoded;
use crate::secret::Secret;
use http::Uri;
use serde_json::json;
use std::time::SystemTime;

/// The scope by which a subscription is used, rather than an organisation's credit.
const INFERENCE_SCOPE: &str = "user:inference";

/// Why a login did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The user has set no client id.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Nothing secret can be made.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
    /// What was pasted is not `code#state`.
    #[error("that is not the code as the page shows it: it has the form CODE#STATE")]
    NotACode,
    /// It is of another login than this one: of an older page, or somebody else's.
    #[error("that code is of another login; open the address once more and paste the new code")]
    OtherLogin,
    /// The code was not exchanged.
    #[error("the code was not exchanged: {0}")]
    Exchange(#[from] TokenError),
}

/// A login that has begun: the user has its address. One serves one code; keep it until the code comes.
#[derive(Clone, Debug)]
pub struct AnthropicLogin {
    client_id: String,
    token_url: Uri,
    redirect_url: String,
    url: String,
    state: Secret,
    pkce: Pkce,
}

impl AnthropicLogin {
    /// Begins a login. Nothing is sent.
    ///
    /// # Errors
    /// When no client id is set, or there is no randomness.
    pub fn begin(oauth: &AnthropicOauth) -> Result<Self, LoginError> {
        let client_id = oauth.client_id()?.to_owned();
        let pkce = Pkce::new().map_err(|_| LoginError::NoRandomness)?;
        // Not the verifier, as the earlier proxy had it: that would show the secret in the address.
        let state = random_text().map_err(|_| LoginError::NoRandomness)?;
        let scope = oauth.scopes.join(" ");
        let parameters = [
            // The page shows the code instead of handing it to a server on this machine.
            ("code", "true"),
            ("response_type", "code"),
            ("client_id", &client_id),
            ("redirect_uri", &oauth.redirect_url),
            ("scope", &scope),
            ("code_challenge", &pkce.challenge),
            ("code_challenge_method", "S256"),
            ("state", &state),
        ];
        let mut url = oauth.authorize_url.clone();
        for (at, (name, value)) in parameters.into_iter().enumerate() {
            url.push(if at == 0 && !oauth.authorize_url.contains('?') { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            push_encoded(&mut url, value);
        }
        let (token_url, redirect_url) = (oauth.token_url.clone(), oauth.redirect_url.clone());
        Ok(AnthropicLogin {
            client_id,
            token_url,
            redirect_url,
            url,
            state: Secret::new(state),
            pkce,
        })
    }

    /// The address that the user opens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Exchanges the code that the user pasted, `code#state`, for tokens. `now` is this machine's time.
    ///
    /// A code that is of no login leaves this one as it was: the user may paste again.
    ///
    /// Cancel safe, but the code is used up once it was sent.
    ///
    /// # Errors
    /// When it is no code of this login, or is not exchanged.
    pub async fn finish(
        &self,
        client: &ApiClient,
        pasted: &str,
        now: SystemTime,
    ) -> Result<AnthropicTokens, LoginError> {
        let (code, state) = pasted.trim().split_once('#').ok_or(LoginError::NotACode)?;
        if code.is_empty()
            || state.is_empty()
            || !pasted.trim().bytes().all(|b| b.is_ascii_graphic())
        {
            return Err(LoginError::NotACode);
        }
        if state != self.state.reveal() {
            return Err(LoginError::OtherLogin);
        }
        let request = json!({
            "grant_type": "authorization_code",
            "code": code,
            "state": state,
            "client_id": self.client_id,
            "redirect_uri": self.redirect_url,
            "code_verifier": self.pkce.verifier.reveal(),
        });
        let shown = [Secret::new(code), self.pkce.verifier.clone()];
        let mut tokens = exchange(client, &self.token_url, &request, &shown, now).await?;
        if !tokens.scopes.is_empty() {
            tokens.is_max = Some(tokens.scopes.iter().any(|scope| scope == INFERENCE_SCOPE));
        }
        Ok(tokens)
    }
}
