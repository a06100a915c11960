//! Where Anthropic's OAuth server is.

use crate::identity::{ANTHROPIC_CLIENT_ID, IdentityError, row};
use http::Uri;

/// Where and as whom to log in at Anthropic. The default has Anthropic's own addresses and no client id: none ships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnthropicOauth {
    /// The id of the application that logins are made for; the user's to set
    /// ([`ANTHROPIC_CLIENT_ID`]).
    pub client_id: Option<String>,
    /// The page on which the user agrees; it may have a query.
    pub authorize_url: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: Uri,
    /// Where the page leads afterwards: it shows the code, which the user pastes.
    pub redirect_url: String,
    /// What the login asks for.
    pub scopes: Vec<String>,
}

impl Default for AnthropicOauth {
    /// Source: reference gateway.md §3.3.
    fn default() -> Self {
        AnthropicOauth {
            client_id: None,
            authorize_url: "https://claude.ai/oauth/authorize".to_owned(),
            token_url: Uri::from_static("https://console.anthropic.com/v1/oauth/token"),
            redirect_url: "https://console.anthropic.com/oauth/code/callback".to_owned(),
            scopes: ["org:create_api_key", "user:profile", "user:inference"]
                .map(str::to_owned)
                .to_vec(),
        }
    }
}

impl AnthropicOauth {
    /// The client id.
    ///
    /// # Errors
    /// When the user has set none; the message says whose such an id is.
    pub fn client_id(&self) -> Result<&str, IdentityError> {
        match (&self.client_id, row(ANTHROPIC_CLIENT_ID)) {
            (Some(id), _) => Ok(id),
            (None, Some(row)) => Err(IdentityError::NotSet { row }),
            (None, None) => Err(IdentityError::Unknown { name: ANTHROPIC_CLIENT_ID.to_owned() }),
        }
    }
}
