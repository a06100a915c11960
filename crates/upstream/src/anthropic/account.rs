//! One login at Anthropic, kept fresh for all requests.

use super::document::AnthropicTokens;
use super::refresh::{AccountError, Login, Refreshes, Usable};
use super::settings::AnthropicOauth;
use crate::api_client::ApiClient;
use crate::clock::Clock;
use crate::secret::Secret;
use crate::vault::{EntryName, Vault};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;

/// An account by OAuth. Clones share its token and its one refresh.
///
/// A token is renewed when less than [`REFRESH_BEFORE`](super::REFRESH_BEFORE) of its life is left. Until it is over,
/// requests go on with it and wait for nothing; after that, all wait for the same refresh. A refresh that has begun ends
/// by itself, within the time-out of its one call, also when nobody waits any more: what it brings cannot be had twice.
#[derive(Clone)]
pub struct AnthropicAccount {
    login: Arc<Login>,
    refreshes: Arc<Mutex<Refreshes>>,
}

/// What is kept of a login, without a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountStatus {
    /// When the access token is over.
    pub expires_at: SystemTime,
    /// Whether it can be renewed without a new login, as far as is known here.
    pub renewable: bool,
    /// What it allows; empty: not known.
    pub scopes: Vec<String>,
    /// Whether the account is a subscription; `None`: not known.
    pub is_max: Option<bool>,
}

impl AnthropicAccount {
    /// The account whose login `vault` keeps, or will keep, under `name`. Nothing is read yet.
    pub fn new(
        vault: Arc<dyn Vault>,
        name: EntryName,
        oauth: AnthropicOauth,
        client: Arc<ApiClient>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        AnthropicAccount {
            login: Arc::new(Login::new(vault, name, oauth, client, clock)),
            refreshes: Arc::default(),
        }
    }

    /// The token for the next request. It must be called within a tokio runtime that has time and I/O.
    ///
    /// Cancel safe: a refresh that it began goes on.
    ///
    /// # Errors
    /// When there is no token, or the one there is over and could not be renewed. The same failure is told for
    /// [`FAILURE_REMEMBERED`](super::FAILURE_REMEMBERED) before the next try.
    pub async fn access_token(&self) -> Result<Secret, AccountError> {
        match self.login.usable() {
            Usable::Fresh(token) => return Ok(token),
            Usable::Due(token) => {
                self.refresh_aside();
                return Ok(token);
            }
            Usable::Nothing => {}
        }
        let refreshes = Arc::clone(&self.refreshes).lock_owned().await;
        if let Usable::Fresh(token) | Usable::Due(token) = self.login.usable() {
            return Ok(token);
        }
        let renewed = renewed(self.refresh(refreshes, None)).await;
        // A process that has just started may have found a token that is due, but good.
        renewed.or_else(|error| match self.login.usable() {
            Usable::Fresh(token) | Usable::Due(token) => Ok(token),
            Usable::Nothing => Err(error),
        })
    }

    /// The token to send once more with, after Anthropic answered 401 to `refused`. Of many callers with the same token
    /// one causes a refresh, the others get what it brings.
    ///
    /// Cancel safe: a refresh that it began goes on.
    ///
    /// # Errors
    /// As [`access_token`](Self::access_token), and when the token is new: then the account is refused.
    pub async fn refused(&self, refused: &Secret) -> Result<Secret, AccountError> {
        if let Some(other) = self.login.instead_of(refused)? {
            return Ok(other);
        }
        let refreshes = Arc::clone(&self.refreshes).lock_owned().await;
        match self.login.instead_of(refused)? {
            Some(other) => Ok(other),
            None => renewed(self.refresh(refreshes, Some(refused.clone()))).await,
        }
    }

    /// Keeps the tokens of a new login and uses them from now on; until they are kept, the old login stays.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub async fn replace(&self, tokens: AnthropicTokens) -> Result<(), AccountError> {
        let mut refreshes = self.refreshes.lock().await;
        self.login.replace(&mut refreshes, tokens).await
    }

    /// What is kept of the login; `None`: nobody has logged in.
    ///
    /// # Errors
    /// When what is kept cannot be read.
    pub async fn status(&self) -> Result<Option<AccountStatus>, AccountError> {
        match self.login.load().await {
            Ok((_, tokens)) => Ok(Some(AccountStatus {
                expires_at: tokens.expires_at,
                renewable: tokens.refresh.is_some(),
                scopes: tokens.scopes,
                is_max: tokens.is_max,
            })),
            Err(AccountError::LoggedOut { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes note of tokens that were read from the vault's entry: where they are others, they are used from now on.
    pub(super) fn notice(&self, tokens: &AnthropicTokens) {
        if self.login.notice(tokens)
            && let Ok(mut refreshes) = self.refreshes.try_lock()
        {
            refreshes.forget_failure();
        }
    }

    /// Begins a refresh that nobody waits for, unless one is under way or has just failed.
    fn refresh_aside(&self) {
        let Ok(refreshes) = Arc::clone(&self.refreshes).try_lock_owned() else { return };
        if refreshes.failure(self.login.clock.now()).is_none() {
            drop(self.refresh(refreshes, None));
        }
    }

    fn refresh(
        &self,
        mut refreshes: OwnedMutexGuard<Refreshes>,
        refused: Option<Secret>,
    ) -> JoinHandle<Result<Secret, AccountError>> {
        let login = Arc::clone(&self.login);
        #[expect(
            clippy::disallowed_methods,
            reason = "ends with its one call, which has a time-out"
        )]
        tokio::spawn(async move { login.renew(&mut refreshes, refused.as_ref()).await })
    }
}

/// Waits for a refresh. It has no end only where its runtime has.
async fn renewed(
    refresh: JoinHandle<Result<Secret, AccountError>>,
) -> Result<Secret, AccountError> {
    refresh.await.unwrap_or(Err(AccountError::Stopped))
}

impl fmt::Debug for AnthropicAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.login.vault.place(&self.login.name);
        f.debug_struct("AnthropicAccount").field("place", &place).finish_non_exhaustive()
    }
}
