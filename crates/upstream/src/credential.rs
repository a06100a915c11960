//! Where the credentials of providers come from.
//!
//! A store hands out, for one request, the headers that authenticate it and an id to remember the credential by. Keys
//! from the config are the first store; tokens that must be fetched and refreshed are others behind the same trait.

use crate::call::ClientCredential;
use crate::catalogue::AuthHeader;
use crate::secret::Secret;
use crate::settings::{ProviderKind, ProviderSettings};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
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
}

/// Gives out the credential for each request.
pub trait CredentialStore: Send + Sync {
    /// The credential with which the next request to `provider` is to be sent.
    ///
    /// # Errors
    /// When there is none; the request is then not sent.
    fn credential<'a>(
        &'a self,
        provider: &'a str,
    ) -> BoxFuture<'a, Result<Credential, CredentialError>>;
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

/// What authenticates one request.
#[derive(Clone, Debug)]
pub struct Credential {
    id: CredentialId,
    headers: Vec<(HeaderName, HeaderValue)>,
    secrets: Vec<Secret>,
}

impl Credential {
    /// For servers without keys.
    #[must_use]
    pub fn none() -> Self {
        Credential { id: CredentialId("none".to_owned()), headers: Vec::new(), secrets: Vec::new() }
    }

    /// An API key, in the header that `kind` takes it in.
    ///
    /// # Errors
    /// When no header can carry it.
    pub fn api_key(kind: ProviderKind, key: &Secret) -> Result<Self, CredentialError> {
        match crate::catalogue::Catalogue::kind(kind).auth {
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
        match credential {
            ClientCredential::ApiKey(key) => Credential::in_header(X_API_KEY, key.reveal(), key),
            ClientCredential::Bearer(token) => Credential::bearer(token),
        }
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

    /// What must never be sent back.
    #[must_use]
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }
}

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The keys of the config.
#[derive(Clone, Debug, Default)]
pub struct StaticCredentials {
    by_provider: HashMap<String, Credential>,
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
            Ok((provider.name.clone(), credential))
        });
        Ok(StaticCredentials { by_provider: by_provider.collect::<Result<_, _>>()? })
    }
}

impl CredentialStore for StaticCredentials {
    fn credential<'a>(
        &'a self,
        provider: &'a str,
    ) -> BoxFuture<'a, Result<Credential, CredentialError>> {
        let found = self
            .by_provider
            .get(provider)
            .cloned()
            .ok_or_else(|| CredentialError::Unknown { provider: provider.to_owned() });
        Box::pin(std::future::ready(found))
    }
}
