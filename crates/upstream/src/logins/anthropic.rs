//! Anthropic's two: a login of the operator's, and one for each Host.

use super::{Logins, login_entry};
use crate::anthropic::{AccountError, AnthropicAccount, DomainCredentials, DomainError, DomainKey};
use crate::api_client::ApiClient;
use crate::credential::{Credential, CredentialError};
use crate::secret::Secret;
use crate::settings::{ProviderKind, ProviderSettings};
use std::sync::Arc;

/// The login of `ironbridge auth`, for a provider that was given no key.
pub(super) struct Login {
    /// `None`: there is nowhere to keep one.
    account: Option<AnthropicAccount>,
    provider: String,
    /// Servers that imitate Anthropic may want no key at all.
    may_have_none: bool,
}

impl Login {
    pub(super) fn new(
        settings: &ProviderSettings,
        logins: &Logins,
        client: Option<Arc<ApiClient>>,
    ) -> Self {
        let (oauth, clock) = (settings.oauth.clone(), logins.clock.clone());
        let kept = logins.vault.clone().zip(login_entry(settings)).zip(client);
        Login {
            account: kept.map(|((vault, entry), client)| {
                AnthropicAccount::new(vault, entry, oauth, client, clock)
            }),
            provider: settings.name.clone(),
            may_have_none: settings.base_url.is_some(),
        }
    }

    pub(super) async fn credential(&self) -> Result<Credential, CredentialError> {
        let token = match &self.account {
            Some(account) => account.access_token().await.map(Some),
            None => Ok(None),
        };
        match token {
            Ok(Some(token)) => Credential::oauth(&token),
            Ok(None) | Err(AccountError::LoggedOut { .. }) if self.may_have_none => {
                Ok(Credential::none())
            }
            Ok(None) | Err(AccountError::LoggedOut { .. }) => Err(CredentialError::LoginNeeded {
                reason: format!(
                    "there is no key for `{}`: set its `credential`, or CLAUDE_API_KEY, or log in with \
                     `ironbridge auth {0}`",
                    self.provider
                ),
            }),
            Err(error) => Err(self.unavailable(&error)),
        }
    }

    pub(super) async fn newer(
        &self,
        refused: &Secret,
    ) -> Result<Option<Credential>, CredentialError> {
        match &self.account {
            Some(account) => {
                let token = newer(account, refused).await;
                let token = token.map_err(|error| self.unavailable(&error))?;
                token.as_ref().map(Credential::oauth).transpose()
            }
            None => Ok(None),
        }
    }

    fn unavailable(&self, error: &AccountError) -> CredentialError {
        let hint = error.hint(&self.provider).map(|hint| format!("; {hint}")).unwrap_or_default();
        let reason = format!("{error}{hint}");
        match error {
            AccountError::LoggedOut { .. } | AccountError::LoginNeeded { .. } => {
                CredentialError::LoginNeeded { reason }
            }
            _ => CredentialError::Unavailable { reason },
        }
    }
}

/// The credential of one Host.
pub(super) struct Key {
    key: DomainKey,
    domain: String,
}

impl Key {
    pub(super) async fn credential(&self) -> Result<Credential, CredentialError> {
        match &self.key {
            DomainKey::ApiKey(key) => Credential::api_key(ProviderKind::Anthropic, key),
            DomainKey::Account(account) => {
                let token = account.access_token().await;
                Credential::oauth(&token.map_err(|error| self.unavailable(&error))?)
            }
        }
    }

    pub(super) async fn newer(
        &self,
        refused: &Secret,
    ) -> Result<Option<Credential>, CredentialError> {
        match &self.key {
            DomainKey::ApiKey(_) => Ok(None),
            DomainKey::Account(account) => {
                let token = newer(account, refused).await;
                let token = token.map_err(|error| self.unavailable(&error))?;
                token.as_ref().map(Credential::oauth).transpose()
            }
        }
    }

    fn unavailable(&self, error: &AccountError) -> CredentialError {
        let domain = &self.domain;
        match error {
            AccountError::LoginNeeded { .. } => CredentialError::LoginNeeded {
                reason: format!("{error}; put a new login into `{domain}.credentials.json`"),
            },
            AccountError::LoggedOut { .. } => unusable(domain, "it is gone"),
            AccountError::Corrupt { reason, .. } => unusable(domain, reason),
            AccountError::Vault(_) => unusable(domain, UNREADABLE),
            AccountError::NotKept(_) => {
                unusable(domain, "the renewed login cannot be written to it")
            }
            AccountError::FreshTokenRefused
            | AccountError::Identity(_)
            | AccountError::Refresh(_)
            | AccountError::Stopped => CredentialError::Unavailable { reason: crate::chain(error) },
        }
    }
}

/// The credential of `domain`; its file is looked at beside the threads that serve requests.
pub(super) async fn of_domain(
    domains: Arc<DomainCredentials>,
    domain: String,
) -> Result<Option<Key>, CredentialError> {
    let asked = domain.clone();
    let found = tokio::task::spawn_blocking(move || domains.find(&asked)).await;
    let failed = |reason: String| CredentialError::Unavailable { reason };
    match found.map_err(|error| failed(error.to_string()))? {
        Ok(found) => Ok(found.map(|credential| Key { key: credential.key, domain })),
        // A Host that no file can be named after (`::1`) has none.
        Err(DomainError::NotADomain { .. }) => Ok(None),
        Err(DomainError::Corrupt { reason, .. }) => Err(unusable(&domain, &reason)),
        Err(DomainError::Vault(_)) => Err(unusable(&domain, UNREADABLE)),
    }
}

/// What is said of a file that the system does not let us use.
const UNREADABLE: &str = "it cannot be read or written";

/// The file of `domain` is of no use. Clients of that Host are told so: of where it is they learn no more than its name,
/// by which the operator finds it in his folder.
fn unusable(domain: &str, reason: &str) -> CredentialError {
    CredentialError::Unavailable {
        reason: format!(
            "the credential file of this Host cannot be used: `{domain}.credentials.json`: {reason}"
        ),
    }
}

/// A newer token of `account`; `None`: the refusal says all there is to say.
async fn newer(
    account: &AnthropicAccount,
    refused: &Secret,
) -> Result<Option<Secret>, AccountError> {
    match account.refused(refused).await {
        Ok(token) => Ok(Some(token)),
        Err(AccountError::FreshTokenRefused) => Ok(None),
        Err(error) => Err(error),
    }
}
