//! Where the credentials of providers come from.
//!
//! A store hands out, for one request, the headers that authenticate it and an id to remember the credential by. Keys
//! from the config are the first store; tokens that must be fetched and refreshed are others behind the same trait.

use crate::call::ClientCredential;
use crate::catalogue::{AuthHeader, Catalogue, KindFacts};
use crate::copilot::CopilotUsage;
use crate::secret::Secret;
use crate::settings::{ProviderKind, ProviderSettings};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{HeaderMap, Uri};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;

/// A future in a box, as trait objects need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why there is no credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The store knows no such provider.
    #[error("no credential is known for provider `{provider}`")]
    Unknown {
        /// The provider's name.
        provider: String,
    },
    /// The credential cannot be sent: it holds characters that no header may have, or is empty.
    #[error("the credential is empty or holds characters that a header cannot carry")]
    NotAHeader,
    /// It could not be fetched or refreshed.
    #[error("the credential could not be fetched: {reason}")]
    Unavailable {
        /// Why, without any secret.
        reason: String,
    },
    /// There is no login, or it is no longer good: only the operator can mend that.
    #[error("{reason}")]
    LoginNeeded {
        /// Why, without any secret, and which command logs in.
        reason: String,
    },
}

/// For which request a credential is asked.
#[derive(Clone, Copy, Debug)]
pub struct CredentialQuery<'a> {
    /// The provider's name.
    pub provider: &'a str,
    /// The Host that the client named, in lower case and without its port, where a client asks.
    pub domain: Option<&'a str>,
    /// The client's own credential, where the operator lets it go upstream (`pass_through`).
    pub client: Option<&'a ClientCredential>,
}

/// Gives out the credential for each request.
pub trait CredentialStore: Send + Sync {
    /// The credential with which the request is to be sent. Called for every request, so that one at hand must come at
    /// once.
    ///
    /// # Errors
    /// When there is none; the request is then not sent.
    fn credential<'a>(
        &'a self,
        query: CredentialQuery<'a>,
    ) -> BoxFuture<'a, Result<Credential, CredentialError>>;

    /// A newer credential in place of one that the provider has just refused (401); `None`: there is nothing newer.
    ///
    /// # Errors
    /// When there should be one, and it could not be fetched.
    fn renewed<'a>(
        &'a self,
        query: CredentialQuery<'a>,
        refused: &'a Credential,
    ) -> BoxFuture<'a, Result<Option<Credential>, CredentialError>> {
        let _ = (query, refused);
        Box::pin(std::future::ready(Ok(None)))
    }

    /// What is left of the operator's quota at `provider`; `None`: it has none that can be asked for.
    ///
    /// # Errors
    /// When there is no login, or its provider does not say.
    fn quota<'a>(
        &'a self,
        provider: &'a str,
    ) -> BoxFuture<'a, Result<Option<CopilotUsage>, CredentialError>> {
        let _ = provider;
        Box::pin(std::future::ready(Ok(None)))
    }

    /// The token that is exchanged again and again with the operator's login at `provider`; `None`: there is no such.
    ///
    /// # Errors
    /// When there is no login, or no token can be had.
    fn short_lived_token<'a>(
        &'a self,
        provider: &'a str,
    ) -> BoxFuture<'a, Result<Option<Secret>, CredentialError>> {
        let _ = provider;
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// A name for a credential that says nothing of it: the first 16 hex digits of its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CredentialId(String);

impl CredentialId {
    fn of(secret: &Secret) -> Self {
        CredentialId(hex(&Sha256::digest(secret.reveal().as_bytes()), 8))
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first `bytes` bytes of a digest in hex.
pub(crate) fn hex(digest: &[u8], bytes: usize) -> String {
    use fmt::Write as _;
    digest.iter().take(bytes).fold(String::with_capacity(2 * bytes), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whose a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialOwner {
    /// The gateway's operator: a client must not be told that its own key was bad.
    Operator,
    /// The client that asks.
    Client,
}

/// What authenticates one request.
#[derive(Clone, Debug)]
pub struct Credential {
    id: CredentialId,
    owner: CredentialOwner,
    headers: Vec<(HeaderName, HeaderValue)>,
    secrets: Vec<Secret>,
    /// Where requests with this credential go, if not to the provider's own base URL.
    base_url: Option<Uri>,
    /// A token of Anthropic's OAuth, whose requests must say so.
    oauth: bool,
}

impl Credential {
    /// For servers without keys.
    #[must_use]
    pub fn none() -> Self {
        Credential {
            id: CredentialId("none".to_owned()),
            owner: CredentialOwner::Operator,
            headers: Vec::new(),
            secrets: Vec::new(),
            base_url: None,
            oauth: false,
        }
    }

    /// An API key, in the header that `kind` takes it in.
    ///
    /// # Errors
    /// When no header can carry it.
    pub fn api_key(kind: ProviderKind, key: &Secret) -> Result<Self, CredentialError> {
        match Catalogue::kind(kind).auth {
            AuthHeader::None => Ok(Credential::none()),
            AuthHeader::Bearer => Credential::bearer(key),
            AuthHeader::ApiKey => Credential::in_header(X_API_KEY, key.reveal(), key),
        }
    }

    /// A token in `authorization: Bearer`.
    ///
    /// # Errors
    /// When no header can carry it.
    pub fn bearer(token: &Secret) -> Result<Self, CredentialError> {
        Credential::in_header(AUTHORIZATION, &format!("Bearer {}", token.reveal()), token)
    }

    /// A client's own credential, in the header it came in.
    ///
    /// # Errors
    /// When no header can carry it.
    pub fn of_client(credential: &ClientCredential) -> Result<Self, CredentialError> {
        let found = match credential {
            ClientCredential::ApiKey(key) => Credential::in_header(X_API_KEY, key.reveal(), key),
            ClientCredential::Bearer(token) => Credential::bearer(token),
        };
        Ok(Credential { owner: CredentialOwner::Client, ..found? })
    }

    /// The same, remembered by `account`: a token that is exchanged every few minutes is still the same account's.
    #[must_use]
    pub fn of_account(mut self, account: &Secret) -> Self {
        self.id = CredentialId::of(account);
        self.secrets.push(account.clone());
        self
    }

    /// The same, for requests that go to `base_url`.
    #[must_use]
    pub fn at(mut self, base_url: Uri) -> Self {
        self.base_url = Some(base_url);
        self
    }

    /// The same, with further headers that its requests need.
    #[must_use]
    pub fn with_headers(mut self, headers: &HeaderMap) -> Self {
        self.headers.extend(headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// A token of Anthropic's OAuth.
    ///
    /// # Errors
    /// When no header can carry it.
    pub fn oauth(token: &Secret) -> Result<Self, CredentialError> {
        Ok(Credential { oauth: true, ..Credential::bearer(token)? })
    }

    fn in_header(name: HeaderName, value: &str, secret: &Secret) -> Result<Self, CredentialError> {
        if secret.reveal().trim().is_empty() {
            return Err(CredentialError::NotAHeader);
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| CredentialError::NotAHeader)?;
        value.set_sensitive(true);
        Ok(Credential {
            id: CredentialId::of(secret),
            headers: vec![(name, value)],
            secrets: vec![secret.clone()],
            ..Credential::none()
        })
    }

    /// What to remember it by, in cooldowns and records.
    #[must_use]
    pub fn id(&self) -> &CredentialId {
        &self.id
    }

    /// The headers that go with the request.
    #[must_use]
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> CredentialOwner {
        self.owner
    }

    /// What must never be sent back.
    #[must_use]
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// Where its requests go, if not to the provider's own base URL.
    #[must_use]
    pub fn base_url(&self) -> Option<&Uri> {
        self.base_url.as_ref()
    }

    /// Whether it is a token of Anthropic's OAuth, whose requests must name a feature in `anthropic-beta`.
    #[must_use]
    pub fn is_oauth(&self) -> bool {
        self.oauth
    }

    /// The key or token that is sent.
    #[must_use]
    pub fn token(&self) -> Option<&Secret> {
        self.secrets.first()
    }
}

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The keys of the config, and the clients' own where the kind of provider takes them.
#[derive(Clone, Debug, Default)]
pub struct StaticCredentials {
    by_provider: HashMap<String, (Credential, &'static KindFacts)>,
}

impl StaticCredentials {
    /// The credentials of these providers.
    ///
    /// # Errors
    /// When one cannot be sent as a header.
    pub fn of(providers: &[ProviderSettings]) -> Result<Self, CredentialError> {
        let by_provider = providers.iter().map(|provider| {
            let credential = match &provider.credential {
                Some(key) => Credential::api_key(provider.kind, key)?,
                None => Credential::none(),
            };
            Ok((provider.name.clone(), (credential, Catalogue::kind(provider.kind))))
        });
        Ok(StaticCredentials { by_provider: by_provider.collect::<Result<_, _>>()? })
    }

    fn find(&self, query: CredentialQuery<'_>) -> Result<Credential, CredentialError> {
        let (own, facts) = self
            .by_provider
            .get(query.provider)
            .ok_or_else(|| CredentialError::Unknown { provider: query.provider.to_owned() })?;
        match query.client {
            Some(client) if facts.pass_through => Credential::of_client(client),
            _ => Ok(own.clone()),
        }
    }
}

impl CredentialStore for StaticCredentials {
    fn credential<'a>(
        &'a self,
        query: CredentialQuery<'a>,
    ) -> BoxFuture<'a, Result<Credential, CredentialError>> {
        Box::pin(std::future::ready(self.find(query)))
    }
}
