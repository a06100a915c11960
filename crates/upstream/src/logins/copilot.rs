//! Copilot's: a GitHub token of the config or of a login, and the account behind it.

use super::{Logins, login_entry};
use crate::api_client::ApiClient;
use crate::clock::{Clock, Moment};
use crate::copilot::{
    CopilotAccount, CopilotSettings, CopilotToken, CopilotUsage, Github, GithubError,
};
use crate::credential::{Credential, CredentialError};
use crate::identity::{Consents, Identities, Service};
use crate::secret::Secret;
use crate::settings::ProviderSettings;
use crate::vault::{EntryName, Vault};
use http::Uri;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// While there is no login, its account is refused, or a yes of the user is missing, the vault is looked at again after
/// this long, so that what was done meanwhile serves at once.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What the vault keeps of a login at GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopilotLogin {
    /// What the device flow brought.
    pub github_token: Secret,
    /// The login name, where GitHub said it.
    pub login: Option<String>,
}

impl CopilotLogin {
    /// As the vault keeps it.
    #[must_use]
    pub fn write(&self) -> Secret {
        let token = self.github_token.reveal();
        Secret::new(json!({"github_token": token, "login": self.login}).to_string())
    }

    /// From what the vault keeps for `provider`.
    ///
    /// # Errors
    /// When that is no login; what it is, is not repeated.
    pub fn read(entry: &Secret, provider: &str) -> Result<Self, CredentialError> {
        let document: Value = serde_json::from_str(entry.reveal()).unwrap_or_default();
        let text = |key: &str| document[key].as_str().filter(|text| !text.is_empty());
        let token = text("github_token").ok_or_else(|| CredentialError::LoginNeeded {
            reason: format!(
                "what is kept of the login at GitHub cannot be read; log in again: `ironbridge auth {provider}`"
            ),
        })?;
        Ok(CopilotLogin {
            github_token: Secret::new(token),
            login: text("login").map(str::to_owned),
        })
    }
}

/// The account behind the provider's GitHub token.
pub(super) struct Logged {
    provider: String,
    source: Source,
    client: Arc<ApiClient>,
    settings: CopilotSettings,
    identities: BTreeMap<String, String>,
    /// The operator's own word on where requests go.
    base_url: Option<Uri>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// Where the GitHub token comes from.
#[derive(Clone)]
struct Source {
    /// The config's, or `--github-token`.
    given: Option<Secret>,
    vault: Option<Arc<dyn Vault>>,
    entry: Option<EntryName>,
}

#[derive(Default)]
struct State {
    account: Option<Arc<CopilotAccount>>,
    /// Whether headers of the account are off for want of a yes.
    lacks_consent: bool,
    /// When the vault was last looked at.
    looked: Option<Moment>,
}

impl Logged {
    pub(super) fn new(
        settings: &ProviderSettings,
        logins: &Logins,
        client: Arc<ApiClient>,
    ) -> Result<Self, CredentialError> {
        let logged = Logged {
            provider: settings.name.clone(),
            source: Source {
                given: settings.credential.clone(),
                vault: logins.vault.clone(),
                entry: login_entry(settings),
            },
            client,
            settings: settings.copilot.clone(),
            identities: settings.identities.clone(),
            base_url: settings.base_url.clone(),
            clock: logins.clock.clone(),
            state: Mutex::default(),
        };
        // What cannot be used is told at the start, not by the first request.
        logged.github(&logged.identities(Consents::default())?)?;
        Ok(logged)
    }

    /// The credential for the next request.
    pub(super) async fn credential(&self) -> Result<Credential, CredentialError> {
        let account = self.account().await?;
        let token = account.token().await;
        self.of(account, token).await
    }

    /// A newer credential than one whose token was refused.
    pub(super) async fn newer(
        &self,
        refused: &Secret,
    ) -> Result<Option<Credential>, CredentialError> {
        let account = self.account().await?;
        match account.renewed(refused).await {
            // Then the refusal says all there is to say.
            Err(GithubError::FreshTokenRefused) => Ok(None),
            token => self.of(account, token).await.map(Some),
        }
    }

    /// The credential with the token of `account`; where GitHub refuses the account, with that of a login made since.
    async fn of(
        &self,
        account: Arc<CopilotAccount>,
        token: Result<Arc<CopilotToken>, GithubError>,
    ) -> Result<Credential, CredentialError> {
        match token {
            Ok(token) => self.with_token(&account, &token),
            Err(error) if is_refusal(&error) && self.may_look() => {
                let newer = self.look().await?;
                if Arc::ptr_eq(&newer, &account) {
                    return Err(self.unavailable(&error));
                }
                let token = newer.token().await.map_err(|error| self.unavailable(&error))?;
                self.with_token(&newer, &token)
            }
            Err(error) => Err(self.unavailable(&error)),
        }
    }

    /// The quotas of the account.
    pub(super) async fn quota(&self) -> Result<CopilotUsage, CredentialError> {
        self.account().await?.usage().await.map_err(|error| self.unavailable(&error))
    }

    async fn account(&self) -> Result<Arc<CopilotAccount>, CredentialError> {
        let (account, lacks_consent) = {
            let state = self.state();
            (state.account.clone(), state.lacks_consent)
        };
        match account {
            // Whatever is found instead, the account that serves goes on.
            Some(account) if lacks_consent && self.may_look() => {
                Ok(self.look().await.unwrap_or(account))
            }
            Some(account) => Ok(account),
            None if self.may_look() => self.look().await,
            None => Err(self.no_login()),
        }
    }

    /// Whether the vault was not looked at just now.
    fn may_look(&self) -> bool {
        let now = self.clock.now();
        self.state().looked.is_none_or(|at| now.since(at) >= LOOK_AGAIN)
    }

    /// Looks for a login, beside the threads that serve requests; one that is known already keeps its account.
    async fn look(&self) -> Result<Arc<CopilotAccount>, CredentialError> {
        let (source, provider) = (self.source.clone(), self.provider.clone());
        let found = tokio::task::spawn_blocking(move || source.look(&provider)).await;
        let found = found.map_err(|error| broken(&error))?;
        let mut state = self.state();
        state.looked = Some(self.clock.now());
        let (token, consents) = found?;
        let token = token.ok_or_else(|| self.no_login())?;
        let identities = self.identities(consents)?;
        let is_same = |known: &&Arc<CopilotAccount>| {
            *known.github_token() == token
                && *known.github().editor_headers() == identities.copilot_headers()
        };
        if let Some(account) = state.account.as_ref().filter(is_same) {
            return Ok(account.clone());
        }
        let github = self.github(&identities)?;
        let account = Arc::new(CopilotAccount::new(github, token, self.clock.clone()));
        state.account = Some(account.clone());
        state.lacks_consent = !identities.needs_consent(Service::Copilot).is_empty();
        Ok(account)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn github(&self, identities: &Identities) -> Result<Github, CredentialError> {
        let headers = identities.copilot_headers();
        Github::new(self.client.clone(), &self.settings, headers).map_err(|error| broken(&error))
    }

    fn identities(&self, consents: Consents) -> Result<Identities, CredentialError> {
        Identities::new(self.identities.clone(), consents).map_err(|error| broken(&error))
    }

    fn unavailable(&self, error: &GithubError) -> CredentialError {
        if let GithubError::LoginRefused { .. } = error {
            let reason = format!("{error}; log in again: `ironbridge auth {}`", self.provider);
            return CredentialError::LoginNeeded { reason };
        }
        let hint = error.hint(&self.provider).map(|hint| format!("; {hint}")).unwrap_or_default();
        CredentialError::Unavailable { reason: format!("{error}{hint}") }
    }

    fn no_login(&self) -> CredentialError {
        CredentialError::LoginNeeded {
            reason: format!("nobody has logged in at GitHub: `ironbridge auth {}`", self.provider),
        }
    }

    fn with_token(
        &self,
        account: &CopilotAccount,
        token: &CopilotToken,
    ) -> Result<Credential, CredentialError> {
        let base_url = self.base_url.as_ref().unwrap_or_else(|| token.base_url());
        Ok(Credential::bearer(token.secret())?
            .of_account(account.github_token())
            .with_headers(account.github().editor_headers())
            .at(base_url.clone()))
    }
}

impl Source {
    /// The token, where there is one, and what the user has said yes to.
    fn look(&self, provider: &str) -> Result<(Option<Secret>, Consents), CredentialError> {
        let Some(vault) = &self.vault else { return Ok((self.given.clone(), Consents::default())) };
        let consents = Consents::load(vault.as_ref()).map_err(|error| broken(&error))?;
        if let (None, Some(entry)) = (&self.given, &self.entry) {
            let kept = vault.load(entry).map_err(|error| broken(&error))?;
            let login = kept.map(|kept| CopilotLogin::read(&kept, provider)).transpose()?;
            return Ok((login.map(|login| login.github_token), consents));
        }
        Ok((self.given.clone(), consents))
    }
}

/// Whether another account may be served where this one is not.
fn is_refusal(error: &GithubError) -> bool {
    matches!(
        error,
        GithubError::LoginRefused { .. }
            | GithubError::NoSubscription { .. }
            | GithubError::Forbidden { .. }
            | GithubError::NotFound { .. }
    )
}

fn broken(error: &(dyn std::error::Error + 'static)) -> CredentialError {
    CredentialError::Unavailable { reason: crate::chain(error) }
}

#[cfg(test)]
mod tests {
    use super::CopilotLogin;
    use crate::secret::Secret;

    #[test]
    fn a_login_is_read_as_it_was_written_and_nothing_else_is() {
        let login =
            CopilotLogin { github_token: Secret::new("gho_x"), login: Some("octocat".to_owned()) };
        assert_eq!(CopilotLogin::read(&login.write(), "copilot"), Ok(login));
        for broken in ["", "gho_x", "{}", r#"{"github_token":""}"#, r#"{"github_token":7}"#] {
            let error = CopilotLogin::read(&Secret::new(broken), "work").unwrap_err().to_string();
            assert!(error.contains("ironbridge auth work") && !error.contains("gho_"), "{error}");
        }
    }
}
