//! Credentials by domain: a folder of `<domain>.credentials.json`, as the earlier proxy has them, used in place.

use super::account::AnthropicAccount;
use super::document::{CredentialDocument, CredentialKind};
use super::settings::AnthropicOauth;
use crate::api_client::ApiClient;
use crate::clock::Clock;
use crate::secret::Secret;
use crate::vault::{EntryName, FolderVault, Stamp, Vault, VaultError};
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What the files of the folder end with.
const ENDING: &str = ".credentials.json";

/// How many domains are kept in memory; the one not asked for longest is forgotten first.
pub const DOMAINS_CACHED_MAX: usize = 100;

/// The credential of one domain.
#[derive(Clone, Debug)]
pub struct DomainCredential {
    /// The id of the account that usage is counted for.
    pub account_id: Option<String>,
    /// The key that clients of the domain must show.
    pub client_api_key: Option<Secret>,
    /// What goes to Anthropic.
    pub key: DomainKey,
}

/// What a domain's requests are sent with.
#[derive(Clone, Debug)]
pub enum DomainKey {
    /// A key that does not change.
    ApiKey(Secret),
    /// A login that is kept fresh. All requests of the domain share it.
    Account(AnthropicAccount),
}

/// Why a domain's credential cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// The name has other characters than letters, digits, `.`, `-` and `:`, or is no name otherwise.
    #[error("`{domain}` is not the name of a domain")]
    NotADomain {
        /// The name as given, in bounds and without control characters.
        domain: String,
    },
    /// The file holds no credential.
    #[error("{place} does not hold a credential: {reason}")]
    Corrupt {
        /// The file.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Finds the credential of a domain. A file that changes, comes or goes is seen by the next request.
pub struct DomainCredentials {
    files: Arc<FolderVault>,
    oauth: AnthropicOauth,
    client: Arc<ApiClient>,
    clock: Arc<dyn Clock>,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    domains: HashMap<EntryName, Cached>,
    /// Counts look-ups, to tell which domain was not asked for longest.
    lookups: u64,
}

struct Cached {
    stamp: Stamp,
    credential: DomainCredential,
    looked_up: u64,
}

impl DomainCredentials {
    /// The credentials in `folder`. Nothing is read yet; the folder need not be there.
    pub fn new(
        folder: impl Into<PathBuf>,
        oauth: AnthropicOauth,
        client: Arc<ApiClient>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let files = Arc::new(FolderVault::with_ending(folder, ENDING));
        DomainCredentials { files, oauth, client, clock, cache: Mutex::default() }
    }

    /// The credential of `domain`, written as its file is; `None`: it has no file.
    ///
    /// It blocks: for one look at the file's state, and for reading it where that has changed.
    ///
    /// # Errors
    /// When the name is no domain's, or the file cannot be read or used. What was read before is then not used either:
    /// whoever broke the file is to see it.
    pub fn find(&self, domain: &str) -> Result<Option<DomainCredential>, DomainError> {
        let name = domain_name(domain)?;
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(stamp) = self.files.stamp(&name)? else {
            cache.domains.remove(&name);
            return Ok(None);
        };
        cache.lookups += 1;
        let looked_up = cache.lookups;
        let known = cache.domains.get_mut(&name);
        if let Some(known) = known.filter(|known| known.stamp == stamp) {
            known.looked_up = looked_up;
            return Ok(Some(known.credential.clone()));
        }
        let before = cache.domains.get(&name).map(|known| &known.credential.key);
        let Some(credential) = self.read(&name, before)? else { return Ok(None) };
        cache.keep(name, Cached { stamp, credential: credential.clone(), looked_up });
        Ok(Some(credential))
    }

    /// Reads a file. An account that is in use stays the same, so that its refresh stays one.
    fn read(
        &self,
        name: &EntryName,
        before: Option<&DomainKey>,
    ) -> Result<Option<DomainCredential>, DomainError> {
        let Some(text) = self.files.load(name)? else { return Ok(None) };
        let corrupt = |reason| DomainError::Corrupt { place: self.files.place(name), reason };
        let document = CredentialDocument::read(&text).map_err(corrupt)?;
        let key = match (document.kind().map_err(corrupt)?, before) {
            (CredentialKind::ApiKey(key), _) => DomainKey::ApiKey(key),
            (CredentialKind::Oauth(tokens), Some(DomainKey::Account(account))) => {
                account.notice(&tokens);
                DomainKey::Account(account.clone())
            }
            (CredentialKind::Oauth(_), _) => DomainKey::Account(AnthropicAccount::new(
                Arc::clone(&self.files) as Arc<dyn Vault>,
                name.clone(),
                self.oauth.clone(),
                Arc::clone(&self.client),
                Arc::clone(&self.clock),
            )),
        };
        Ok(Some(DomainCredential {
            account_id: document.account_id(),
            client_api_key: document.client_api_key(),
            key,
        }))
    }
}

/// A domain's characters are those of [`EntryName`] but for `_`, which no host has.
fn domain_name(domain: &str) -> Result<EntryName, DomainError> {
    match EntryName::new(domain) {
        Ok(name) if !domain.contains('_') => Ok(name),
        Ok(_) => Err(DomainError::NotADomain { domain: domain.to_owned() }),
        Err(VaultError::Name { name }) => Err(DomainError::NotADomain { domain: name }),
        Err(other) => Err(other.into()),
    }
}

impl Cache {
    fn keep(&mut self, name: EntryName, cached: Cached) {
        if self.domains.len() >= DOMAINS_CACHED_MAX && !self.domains.contains_key(&name) {
            let oldest = self.domains.iter().min_by_key(|(_, cached)| cached.looked_up);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.domains.remove(&oldest);
            }
        }
        self.domains.insert(name, cached);
    }
}

impl fmt::Debug for DomainCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DomainCredentials").field("files", &self.files).finish_non_exhaustive()
    }
}
