//! The credentials of one provider, wherever they come from.
//!
//! | order | what | where |
//! |---|---|---|
//! | 1 | the credential of the Host that the client named | `<domain>.credentials.json` (kind `anthropic`) |
//! | 2 | the client's own | its request, with `pass_through` (kind `anthropic`) |
//! | 3 | the operator's | the config, else a login of `ironbridge auth` in the vault |
//!
//! A step that has nothing leaves it to the next; a step whose credential is broken does not, since another account would
//! pay unasked. With nothing at all the error says what may be set.

mod anthropic;
mod copilot;

pub use copilot::CopilotLogin;

use crate::anthropic::DomainCredentials;
use crate::api_client::ApiClient;
use crate::catalogue::{Catalogue, KindFacts};
use crate::clock::{Clock, SystemClock};
use crate::copilot::CopilotUsage;
use crate::credential::{BoxFuture, Credential, CredentialError, CredentialQuery, CredentialStore};
use crate::secret::Secret;
use crate::settings::{ProviderKind, ProviderSettings};
use crate::vault::{EntryName, Vault};
use std::sync::Arc;

/// What logins need: a place where they are kept, and the time.
#[derive(Clone, Debug)]
pub struct Logins {
    /// Where logins are kept; `None`: nowhere, so that only keys of the config serve.
    pub vault: Option<Arc<dyn Vault>>,
    /// What tells when a token is over.
    pub clock: Arc<dyn Clock>,
}

impl Default for Logins {
    fn default() -> Self {
        Logins { vault: None, clock: Arc::new(SystemClock) }
    }
}

/// The vault's entry for the login of a provider: `copilot` or `anthropic` for the provider of that name, else
/// `KIND.NAME`. `None`: its kind has no logins, or the name cannot name an entry.
#[must_use]
pub fn login_entry(settings: &ProviderSettings) -> Option<EntryName> {
    if !matches!(settings.kind, ProviderKind::Anthropic | ProviderKind::Copilot) {
        return None;
    }
    let kind = Catalogue::kind(settings.kind).name;
    if settings.name == kind {
        return EntryName::new(kind).ok();
    }
    EntryName::new(&format!("{kind}.{}", settings.name)).ok()
}

/// The credentials of one provider; see the [module](self).
pub struct ProviderCredentials {
    facts: &'static KindFacts,
    domains: Option<Arc<DomainCredentials>>,
    own: Own,
}

/// The operator's own.
enum Own {
    Fixed(Credential),
    Anthropic(anthropic::Login),
    Copilot(Box<copilot::Logged>),
}

impl ProviderCredentials {
    /// The credentials of the provider that `settings` describe. Nothing is read or sent yet.
    ///
    /// # Errors
    /// When a key cannot be sent as a header, or a host of the settings is not usable.
    pub fn new(settings: &ProviderSettings, logins: &Logins) -> Result<Self, CredentialError> {
        let facts = Catalogue::kind(settings.kind);
        let needs_client = settings.kind == ProviderKind::Copilot
            || (settings.kind == ProviderKind::Anthropic
                && (logins.vault.is_some() || settings.credential_files.is_some()));
        let client = if needs_client {
            let client = ApiClient::new(settings.proxy.as_ref(), &settings.authorities);
            Some(Arc::new(client.map_err(|reason| CredentialError::Unavailable { reason })?))
        } else {
            None
        };
        let domains = match (&settings.credential_files, &client) {
            (Some(folder), Some(client)) if settings.kind == ProviderKind::Anthropic => {
                let (oauth, clock) = (settings.oauth.clone(), logins.clock.clone());
                Some(Arc::new(DomainCredentials::new(folder, oauth, client.clone(), clock)))
            }
            _ => None,
        };
        let own = match (settings.kind, client) {
            (ProviderKind::Copilot, Some(client)) => {
                Own::Copilot(Box::new(copilot::Logged::new(settings, logins, client)?))
            }
            (ProviderKind::Anthropic, client) if settings.credential.is_none() => {
                Own::Anthropic(anthropic::Login::new(settings, logins, client))
            }
            _ => Own::Fixed(match &settings.credential {
                Some(key) => Credential::api_key(settings.kind, key)?,
                None => Credential::none(),
            }),
        };
        Ok(ProviderCredentials { facts, domains, own })
    }

    /// The credential of the Host that the client named.
    async fn of_domain(
        &self,
        query: CredentialQuery<'_>,
    ) -> Result<Option<anthropic::Key>, CredentialError> {
        match (&self.domains, query.domain.filter(|domain| !domain.is_empty())) {
            (Some(domains), Some(domain)) => {
                anthropic::of_domain(domains.clone(), domain.to_owned()).await
            }
            _ => Ok(None),
        }
    }

    async fn find(&self, query: CredentialQuery<'_>) -> Result<Credential, CredentialError> {
        if let Some(key) = self.of_domain(query).await? {
            return key.credential().await;
        }
        if let Some(client) = query.client.filter(|_| self.facts.pass_through) {
            return Credential::of_client(client);
        }
        match &self.own {
            Own::Fixed(credential) => Ok(credential.clone()),
            Own::Anthropic(login) => login.credential().await,
            Own::Copilot(logged) => logged.credential().await,
        }
    }

    async fn find_newer(
        &self,
        query: CredentialQuery<'_>,
        refused: &Credential,
    ) -> Result<Option<Credential>, CredentialError> {
        let Some(token) = refused.token() else { return Ok(None) };
        if let Some(key) = self.of_domain(query).await? {
            return key.newer(token).await;
        }
        match &self.own {
            // A client's own credential is the client's to renew.
            _ if query.client.is_some() && self.facts.pass_through => Ok(None),
            Own::Fixed(_) => Ok(None),
            Own::Anthropic(login) => login.newer(token).await,
            Own::Copilot(logged) => logged.newer(token).await,
        }
    }
}

impl CredentialStore for ProviderCredentials {
    fn credential<'a>(
        &'a self,
        query: CredentialQuery<'a>,
    ) -> BoxFuture<'a, Result<Credential, CredentialError>> {
        // A key that is at hand needs no future of its own.
        if let (Own::Fixed(credential), None, None) = (&self.own, &self.domains, query.client) {
            return Box::pin(std::future::ready(Ok(credential.clone())));
        }
        Box::pin(self.find(query))
    }

    fn renewed<'a>(
        &'a self,
        query: CredentialQuery<'a>,
        refused: &'a Credential,
    ) -> BoxFuture<'a, Result<Option<Credential>, CredentialError>> {
        Box::pin(self.find_newer(query, refused))
    }

    fn quota<'a>(
        &'a self,
        _provider: &'a str,
    ) -> BoxFuture<'a, Result<Option<CopilotUsage>, CredentialError>> {
        match &self.own {
            Own::Copilot(logged) => Box::pin(async { logged.quota().await.map(Some) }),
            Own::Fixed(_) | Own::Anthropic(_) => Box::pin(std::future::ready(Ok(None))),
        }
    }

    fn short_lived_token<'a>(
        &'a self,
        _provider: &'a str,
    ) -> BoxFuture<'a, Result<Option<Secret>, CredentialError>> {
        Box::pin(async move {
            let credential = match &self.own {
                Own::Fixed(_) => return Ok(None),
                Own::Anthropic(login) => login.credential().await?,
                Own::Copilot(logged) => logged.credential().await?,
            };
            Ok(credential.token().cloned())
        })
    }
}
