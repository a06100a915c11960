//! How an account gets its next token: from its vault, or from Anthropic by its refresh token.
//!
//! A refresh token is good once: Anthropic forgets it when it hands out the next. So the next one is kept before
//! anything is done with it, and the vault is asked to write before the old one is spent.

use super::document::{AnthropicTokens, CredentialDocument, CredentialKind};
use super::settings::AnthropicOauth;
use super::token_endpoint::{TokenError, exchange};
use crate::api_client::ApiClient;
use crate::clock::{Clock, Moment};
use crate::identity::IdentityError;
use crate::secret::Secret;
use crate::vault::{EntryName, Vault, VaultError};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How long before its end a token is renewed.
pub const REFRESH_BEFORE: Duration = Duration::from_secs(60);

/// How long a failure is told again before the next try.
pub const FAILURE_REMEMBERED: Duration = Duration::from_secs(5);

/// A token that is this new and refused is not renewed once more: the account is refused, not the token.
const REFUSED_WHEN_NEW: Duration = Duration::from_secs(60);

/// Why an account has no token to send. No message holds one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Nobody has logged in.
    #[error("no login at Anthropic is kept at {place}")]
    LoggedOut {
        /// Where it would be.
        place: String,
    },
    /// The login is over.
    #[error("the login at Anthropic is over: {reason}")]
    LoginNeeded {
        /// What ended it.
        reason: String,
    },
    /// What is kept is no login.
    #[error("{place} does not hold a login: {reason}")]
    Corrupt {
        /// Where it is kept.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// The token was refused although it had just been fetched: the account itself is.
    #[error("Anthropic refuses a token that it has just issued")]
    FreshTokenRefused,
    /// The user has set no client id, without which no token can be renewed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The token could not be renewed for now.
    #[error(transparent)]
    Refresh(#[from] TokenError),
    /// The new token came and could not be kept. It is held in memory, and used once it is kept; every try begins with
    /// that.
    #[error("the renewed login could not be kept, and is held in memory until it can: {0}")]
    NotKept(#[source] VaultError),
    /// The vault could not be read, or would not write before anything was renewed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The process is stopping.
    #[error("stopped while the login was renewed")]
    Stopped,
}

impl AccountError {
    /// How to mend it, where that can be said; `provider` is the one whose login it is.
    #[must_use]
    pub fn hint(&self, provider: &str) -> Option<String> {
        match self {
            AccountError::LoggedOut { .. } => Some(format!("log in: `ironbridge auth {provider}`")),
            AccountError::LoginNeeded { .. } => {
                Some(format!("log in again: `ironbridge auth {provider}`"))
            }
            AccountError::Corrupt { place, .. } => {
                Some(format!("mend or remove {place}, then log in: `ironbridge auth {provider}`"))
            }
            AccountError::FreshTokenRefused => {
                Some("see at claude.ai whether the account may use the API".to_owned())
            }
            AccountError::Identity(error) => error.hint(),
            AccountError::NotKept(error) | AccountError::Vault(error) => error.hint(),
            AccountError::Refresh(_) | AccountError::Stopped => None,
        }
    }
}

/// An account's login, wherever it is kept.
pub(super) struct Login {
    pub(super) vault: Arc<dyn Vault>,
    pub(super) name: EntryName,
    pub(super) oauth: AnthropicOauth,
    pub(super) client: Arc<ApiClient>,
    pub(super) clock: Arc<dyn Clock>,
    /// The tokens that requests use; `None`: the vault was not read yet, or has changed.
    held: Mutex<Option<Held>>,
}

/// Tokens in use, and when they were fetched from Anthropic, if that was in this process.
#[derive(Clone)]
struct Held {
    tokens: AnthropicTokens,
    fetched: Option<Moment>,
}

/// What is left of earlier refreshes. Who holds it is the one that refreshes.
#[derive(Default)]
pub(super) struct Refreshes {
    failure: Option<(Moment, AccountError)>,
    /// A refresh token that Anthropic said is over.
    over: Option<Secret>,
    unkept: Option<Unkept>,
}

/// Tokens that came and could not be kept.
struct Unkept {
    tokens: AnthropicTokens,
    /// The refresh token they were had for: as long as the vault has that one, it has nothing newer.
    spent: Secret,
    fetched: Moment,
}

impl Refreshes {
    /// The last failure, while it is remembered.
    pub(super) fn failure(&self, now: Moment) -> Option<AccountError> {
        let (when, error) = self.failure.as_ref()?;
        (now.since(*when) < FAILURE_REMEMBERED).then(|| error.clone())
    }

    /// Forgets what is known of an older login.
    pub(super) fn forget(&mut self) {
        *self = Refreshes::default();
    }

    pub(super) fn forget_failure(&mut self) {
        self.failure = None;
    }
}

/// What there is to send.
pub(super) enum Usable {
    /// A token that is good for a while.
    Fresh(Secret),
    /// One that is good, and due to be renewed.
    Due(Secret),
    /// None.
    Nothing,
}

impl Login {
    pub(super) fn new(
        vault: Arc<dyn Vault>,
        name: EntryName,
        oauth: AnthropicOauth,
        client: Arc<ApiClient>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Login { vault, name, oauth, client, clock, held: Mutex::new(None) }
    }

    fn held(&self) -> Option<Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hold(&self, held: Option<Held>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }

    /// The token that requests use, if one is in memory and not over. One that has just been fetched is not due, even
    /// where its life is shorter than [`REFRESH_BEFORE`]: else every request would fetch another.
    pub(super) fn usable(&self) -> Usable {
        let Some(Held { tokens, fetched }) = self.held() else { return Usable::Nothing };
        let now = self.clock.now();
        let new = fetched.is_some_and(|fetched| now.since(fetched) < FAILURE_REMEMBERED);
        if new || !is_due(&tokens, now.wall) {
            Usable::Fresh(tokens.access)
        } else if now.wall < tokens.expires_at {
            Usable::Due(tokens.access)
        } else {
            Usable::Nothing
        }
    }

    /// The token to send after `refused` was: another that is there by now. `None`: one must be fetched.
    pub(super) fn instead_of(&self, refused: &Secret) -> Result<Option<Secret>, AccountError> {
        let Some(Held { tokens, fetched }) = self.held() else { return Ok(None) };
        let now = self.clock.now();
        if tokens.access != *refused {
            return Ok((now.wall < tokens.expires_at).then_some(tokens.access));
        }
        match fetched {
            Some(fetched) if now.since(fetched) < REFUSED_WHEN_NEW => {
                Err(AccountError::FreshTokenRefused)
            }
            _ => Ok(None),
        }
    }

    /// Takes note of what the vault's entry says now. True: it is another login than the one in memory.
    pub(super) fn notice(&self, tokens: &AnthropicTokens) -> bool {
        let changed = self.held().is_some_and(|held| held.tokens.access != tokens.access);
        if changed {
            self.hold(None);
        }
        changed
    }

    /// Gets a token that is not `refused`, and remembers a failure.
    pub(super) async fn renew(
        &self,
        refreshes: &mut Refreshes,
        refused: Option<&Secret>,
    ) -> Result<Secret, AccountError> {
        if let Some(failure) = refreshes.failure(self.clock.now()) {
            return Err(failure);
        }
        let renewed = self.renew_now(refreshes, refused).await;
        refreshes.failure = match &renewed {
            Ok(_) => None,
            Err(error) => Some((self.clock.now(), error.clone())),
        };
        renewed
    }

    async fn renew_now(
        &self,
        refreshes: &mut Refreshes,
        refused: Option<&Secret>,
    ) -> Result<Secret, AccountError> {
        let (mut document, mut tokens) = self.load().await?;
        let mut fetched = None;
        if let Some(unkept) = refreshes.unkept.take()
            && tokens.refresh.as_ref() == Some(&unkept.spent)
        {
            document.set_tokens(&unkept.tokens);
            (tokens, fetched) = (unkept.tokens.clone(), Some(unkept.fetched));
            self.keep(refreshes, &document, unkept).await?;
        }
        let now = self.clock.now();
        if refused != Some(&tokens.access) && now.wall < tokens.expires_at {
            let token = self.use_now(tokens.clone(), fetched);
            if !is_due(&tokens, now.wall) {
                return Ok(token);
            }
        }
        self.refresh(refreshes, document, tokens, now).await
    }

    /// Spends the refresh token of `before`.
    async fn refresh(
        &self,
        refreshes: &mut Refreshes,
        mut document: CredentialDocument,
        before: AnthropicTokens,
        now: Moment,
    ) -> Result<Secret, AccountError> {
        let over = |reason: &str| AccountError::LoginNeeded { reason: reason.to_owned() };
        let spent = before.refresh.clone().ok_or_else(|| over("it has no refresh token"))?;
        if refreshes.over.as_ref() == Some(&spent) {
            return Err(over("its refresh token is no longer accepted"));
        }
        let client_id = self.oauth.client_id()?;
        // A vault that cannot write says so here, while the refresh token is still good.
        self.save(document.write()).await?;
        let request = json!({
            "grant_type": "refresh_token",
            "refresh_token": spent.reveal(),
            "client_id": client_id,
        });
        let shown = [spent.clone()];
        let answer =
            exchange(&self.client, &self.oauth.token_url, &request, &shown, now.wall).await;
        let mut tokens = match answer {
            Ok(tokens) => tokens,
            Err(TokenError::Invalid { reason }) => {
                return self.after_refusal(refreshes, spent, reason).await;
            }
            Err(error) => return Err(error.into()),
        };
        tokens.refresh = tokens.refresh.or_else(|| Some(spent.clone()));
        if tokens.scopes.is_empty() {
            tokens.scopes = before.scopes;
        }
        tokens.is_max = before.is_max;
        document.set_tokens(&tokens);
        let unkept = Unkept { tokens, spent, fetched: now };
        self.keep(refreshes, &document, unkept).await
    }

    /// Another process that shares the entry may have spent the refresh token first, and have kept its successor.
    async fn after_refusal(
        &self,
        refreshes: &mut Refreshes,
        spent: Secret,
        reason: String,
    ) -> Result<Secret, AccountError> {
        let (_, tokens) = self.load().await?;
        if tokens.refresh.as_ref() != Some(&spent) && !is_due(&tokens, self.clock.now().wall) {
            return Ok(self.use_now(tokens, None));
        }
        refreshes.over = Some(spent);
        Err(AccountError::LoginNeeded { reason })
    }

    /// Keeps new tokens, then uses them.
    async fn keep(
        &self,
        refreshes: &mut Refreshes,
        document: &CredentialDocument,
        unkept: Unkept,
    ) -> Result<Secret, AccountError> {
        if let Err(error) = self.save(document.write()).await {
            refreshes.unkept = Some(unkept);
            return Err(AccountError::NotKept(error));
        }
        Ok(self.use_now(unkept.tokens, Some(unkept.fetched)))
    }

    /// Keeps the tokens of a new login, then uses them. Members of an entry that is there stay.
    pub(super) async fn replace(
        &self,
        refreshes: &mut Refreshes,
        tokens: AnthropicTokens,
    ) -> Result<(), AccountError> {
        let kept = self.read().await?.and_then(|text| CredentialDocument::read(&text).ok());
        let mut document = kept.unwrap_or_else(CredentialDocument::oauth);
        document.set_tokens(&tokens);
        self.save(document.write()).await?;
        refreshes.forget();
        self.use_now(tokens, None);
        Ok(())
    }

    fn use_now(&self, tokens: AnthropicTokens, fetched: Option<Moment>) -> Secret {
        let access = tokens.access.clone();
        self.hold(Some(Held { tokens, fetched }));
        access
    }

    /// What the vault has.
    pub(super) async fn load(&self) -> Result<(CredentialDocument, AnthropicTokens), AccountError> {
        let place = || self.vault.place(&self.name);
        let text = self.read().await?.ok_or_else(|| AccountError::LoggedOut { place: place() })?;
        let corrupt = |reason| AccountError::Corrupt { place: place(), reason };
        let document = CredentialDocument::read(&text).map_err(corrupt)?;
        match document.kind().map_err(corrupt)? {
            CredentialKind::Oauth(tokens) => Ok((document, tokens)),
            CredentialKind::ApiKey(_) => Err(corrupt("it holds an API key".to_owned())),
        }
    }

    async fn read(&self) -> Result<Option<Secret>, AccountError> {
        let (vault, name) = (Arc::clone(&self.vault), self.name.clone());
        let read = tokio::task::spawn_blocking(move || vault.load(&name)).await;
        Ok(read.map_err(|_| AccountError::Stopped)??)
    }

    async fn save(&self, content: Secret) -> Result<(), VaultError> {
        let (vault, name) = (Arc::clone(&self.vault), self.name.clone());
        let saved = tokio::task::spawn_blocking(move || vault.save(&name, &content)).await;
        saved.unwrap_or_else(|stopped| {
            Err(VaultError::Refused {
                action: "write",
                place: self.vault.place(&self.name),
                reason: stopped.to_string(),
            })
        })
    }
}

fn is_due(tokens: &AnthropicTokens, now: SystemTime) -> bool {
    now + REFRESH_BEFORE >= tokens.expires_at
}
