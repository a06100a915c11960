//! Anthropic's two: a login of the operator's, and one for each Host.

use super::{Logins, login_entry};
use crate::anthropic::{AccountError, AnthropicAccount, DomainCredentials, DomainKey};
use crate::api_client::ApiClient;
use crate::credential::{Credential, CredentialError};
use crate::secret::Secret;
use crate::settings::{ProviderKind, ProviderSettings};
use std::sync::Arc;

/// The login of `ironbridge auth`, for a provider that was given no key.
pub(super) struct Login {
    account: AnthropicAccount,
    provider: String,
    /// Servers that imitate Anthropic may want no key at all.
    may_have_none: bool,
}

impl Login {
    /// `None`: there is nowhere to keep one.
    pub(super) fn new(
        settings: &ProviderSettings,
        logins: &Logins,
        client: Arc<ApiClient>,
    ) -> Option<Self> {
        let (vault, entry) = (logins.vault.clone()?, login_entry(settings)?);
        let (oauth, clock) = (settings.oauth.clone(), logins.clock.clone());
        Some(Login {
            account: AnthropicAccount::new(vault, entry, oauth, client, clock),
            provider: settings.name.clone(),
            may_have_none: settings.base_url.is_some(),
        })
    }

    pub(super) async fn credential(&self) -> Result<Credential, CredentialError> {
        match self.account.access_token().await {
            Ok(token) => Credential::oauth(&token),
            Err(AccountError::LoggedOut { .. }) if self.may_have_none => Ok(Credential::none()),
            Err(AccountError::LoggedOut { .. }) => Err(CredentialError::LoginNeeded {
                reason: format!(
                    "there is no key for `{}`: set its `credential`, or CLAUDE_API_KEY, or log in with \
                     `ironbridge auth {0}`",
                    self.provider
                ),
            }),
            Err(error) => Err(unavailable(&error)),
        }
    }

    pub(super) async fn newer(
        &self,
        refused: &Secret,
    ) -> Result<Option<Credential>, CredentialError> {
        newer(&self.account, refused).await
    }
}

/// The credential of one Host.
pub(super) struct Key(DomainKey);

impl Key {
    pub(super) async fn credential(&self) -> Result<Credential, CredentialError> {
        match &self.0 {
            DomainKey::ApiKey(key) => Credential::api_key(ProviderKind::Anthropic, key),
            DomainKey::Account(account) => {
                let token = account.access_token().await.map_err(|error| unavailable(&error))?;
                Credential::oauth(&token)
            }
        }
    }

    pub(super) async fn newer(
        &self,
        refused: &Secret,
    ) -> Result<Option<Credential>, CredentialError> {
        match &self.0 {
            DomainKey::ApiKey(_) => Ok(None),
            DomainKey::Account(account) => newer(account, refused).await,
        }
    }
}

/// The credential of `domain`; its file is looked at beside the threads that serve requests.
pub(super) async fn of_domain(
    domains: Arc<DomainCredentials>,
    domain: String,
) -> Result<Option<Key>, CredentialError> {
    let found = tokio::task::spawn_blocking(move || domains.find(&domain)).await;
    let failed = |reason: String| CredentialError::Unavailable { reason };
    let found = found.map_err(|error| failed(error.to_string()))?;
    let found = found.map_err(|error| failed(error.to_string()))?;
    Ok(found.map(|credential| Key(credential.key)))
}

async fn newer(
    account: &AnthropicAccount,
    refused: &Secret,
) -> Result<Option<Credential>, CredentialError> {
    match account.refused(refused).await {
        Ok(token) => Credential::oauth(&token).map(Some),
        // Then the refusal says all there is to say.
        Err(AccountError::FreshTokenRefused) => Ok(None),
        Err(error) => Err(unavailable(&error)),
    }
}

fn unavailable(error: &AccountError) -> CredentialError {
    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    let reason = format!("{error}{hint}");
    match error {
        AccountError::LoggedOut { .. } | AccountError::LoginNeeded { .. } => {
            CredentialError::LoginNeeded { reason }
        }
        _ => CredentialError::Unavailable { reason },
    }
}
