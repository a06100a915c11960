//! Anthropic by OAuth: a login instead of an API key.
//!
//! [`AnthropicLogin`] brings the first tokens, [`AnthropicAccount`] keeps them fresh, [`DomainCredentials`] finds the
//! account or key of a domain in the files of the earlier proxy. Every request with such a token needs
//! [`add_oauth_beta`].

mod account;
mod beta;
mod document;
mod domain;
mod login;
mod pkce;
mod refresh;
mod settings;
mod token_endpoint;

pub use account::{AccountStatus, AnthropicAccount};
pub use beta::{OAUTH_BETA, add_oauth_beta};
pub use document::AnthropicTokens;
pub use domain::{DOMAINS_CACHED_MAX, DomainCredential, DomainCredentials, DomainError, DomainKey};
pub use login::{AnthropicLogin, LoginError};
pub use refresh::{AccountError, FAILURE_REMEMBERED, REFRESH_BEFORE};
pub use settings::AnthropicOauth;
pub use token_endpoint::TokenError;
