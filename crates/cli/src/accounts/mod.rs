//! The accounts that people log in to: those of the config, and Copilot and Anthropic without one.

mod standing;

use std::sync::Arc;

use ironbridge_upstream::anthropic::AnthropicAccount;
use ironbridge_upstream::copilot::{Github, GithubError};
use ironbridge_upstream::identity::{Consents, Identities};
use ironbridge_upstream::{
    ApiClient, Catalogue, CopilotLogin, EntryName, ProviderKind, ProviderSettings, Secret,
    SystemClock, Vault, login_entry,
};

use crate::arguments::Global;
use crate::config::Overrides;
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::{environment, logins, output};

pub(crate) use standing::Standing;

/// The kinds of provider that have logins.
const KINDS: [ProviderKind; 2] = [ProviderKind::Copilot, ProviderKind::Anthropic];

/// The accounts, and the vault that keeps their logins.
pub(crate) struct Accounts {
    vault: Arc<dyn Vault>,
    /// All of the kinds that have logins.
    providers: Vec<ProviderSettings>,
}

impl Accounts {
    /// The accounts of the config, whose secrets need no values, and one of each kind that it does not name.
    ///
    /// # Errors
    /// Every mistake in the config, or there is no folder to keep logins in.
    pub(crate) fn open(global: &Global, proxy_env: bool) -> Result<Self, Error> {
        let proxy = proxy_env.then(|| environment::proxies(&environment::variable)).transpose()?;
        let overrides = Overrides { proxy, secrets_optional: true, ..Overrides::default() };
        let config = ConfigFile::find(global).load(&overrides)?;
        output::warnings(&config.warnings);
        let mut accounts = Accounts::new(global, config.settings.providers)?;
        for kind in KINDS {
            if !accounts.providers.iter().any(|provider| provider.kind == kind) {
                let (name, proxy) = (Catalogue::kind(kind).name, overrides.proxy.clone());
                let provider = ProviderSettings { proxy, ..ProviderSettings::new(name, kind) };
                accounts.providers.push(provider);
            }
        }
        Ok(accounts)
    }

    /// The accounts among these providers.
    ///
    /// # Errors
    /// There is no folder to keep logins in.
    pub(crate) fn new(
        global: &Global,
        mut providers: Vec<ProviderSettings>,
    ) -> Result<Self, Error> {
        let vault = logins::vault(global).ok_or_else(|| {
            Error::usage("there is no folder to keep logins in").hint("--data-dir names one")
        })?;
        providers.retain(|provider| KINDS.contains(&provider.kind));
        Ok(Accounts { vault, providers })
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[ProviderSettings] {
        &self.providers
    }

    /// The account of that name; the name of a kind is also that of its only account.
    ///
    /// # Errors
    /// There is none, or the kind has several.
    pub(crate) fn find(&self, name: &str) -> Result<&ProviderSettings, Error> {
        if let Some(named) = self.providers.iter().find(|provider| provider.name == name) {
            return Ok(named);
        }
        let of_kind = |provider: &&ProviderSettings| Catalogue::kind(provider.kind).name == name;
        let found: Vec<_> = self.providers.iter().filter(of_kind).collect();
        match found.as_slice() {
            [only] => Ok(only),
            [] => {
                let hint = format!("there are: {}", names(&self.providers));
                Err(Error::usage(format!("there is no account \"{name}\"")).hint(hint))
            }
            several => {
                let names = names(several.iter().copied());
                let message = format!("\"{name}\" is the kind of several accounts: {names}");
                Err(Error::usage(message).hint("name one of them"))
            }
        }
    }

    /// The vault that keeps the logins.
    pub(crate) fn vault(&self) -> &Arc<dyn Vault> {
        &self.vault
    }

    /// The vault's entry for the login of an account.
    ///
    /// # Errors
    /// The account's name cannot name an entry.
    pub(crate) fn entry(provider: &ProviderSettings) -> Result<EntryName, Error> {
        login_entry(provider).ok_or_else(|| {
            let message = format!("a login cannot be kept under the name \"{}\"", provider.name);
            Error::usage(message).hint("name the provider with letters, digits, `-`, `_` and `.`")
        })
    }

    /// What the user has said yes to.
    ///
    /// # Errors
    /// What is kept of it cannot be read.
    pub(crate) fn consents(&self) -> Result<Consents, Error> {
        Consents::load(self.vault.as_ref())
            .map_err(|error| Error::failure("cannot read your consents").caused_by(&error))
    }

    /// The values by which we are known to an account's service.
    ///
    /// # Errors
    /// A value of the config cannot be sent, or consents cannot be read.
    pub(crate) fn identities(&self, provider: &ProviderSettings) -> Result<Identities, Error> {
        Identities::new(provider.identities.clone(), self.consents()?)
            .map_err(|error| Error::usage(error.to_string()))
    }

    /// The login that is kept for a Copilot account; `None`: nobody has logged in.
    ///
    /// # Errors
    /// What is kept cannot be read.
    pub(crate) fn copilot_login(
        &self,
        provider: &ProviderSettings,
    ) -> Result<Option<CopilotLogin>, Error> {
        let kept = self.vault.load(&Accounts::entry(provider)?).map_err(vault_error)?;
        let login = kept.map(|kept| CopilotLogin::read(&kept, &provider.name)).transpose();
        login.map_err(|error| Error::failure(error.to_string()))
    }

    /// The GitHub token of a Copilot account: the config's, else the login's.
    ///
    /// # Errors
    /// What is kept cannot be read.
    pub(crate) fn github_token(
        &self,
        provider: &ProviderSettings,
    ) -> Result<Option<Secret>, Error> {
        match &provider.credential {
            Some(token) => Ok(Some(token.clone())),
            None => Ok(self.copilot_login(provider)?.map(|login| login.github_token)),
        }
    }

    /// The GitHub of a Copilot account.
    ///
    /// # Errors
    /// Its settings are not usable.
    pub(crate) fn github(
        &self,
        provider: &ProviderSettings,
        identities: &Identities,
    ) -> Result<Github, Error> {
        let client = Arc::new(api_client(provider)?);
        Github::new(client, &provider.copilot, identities.copilot_headers())
            .map_err(|error| Error::usage(error.to_string()))
    }

    /// An account at Anthropic.
    ///
    /// # Errors
    /// Its settings are not usable.
    pub(crate) fn anthropic(&self, provider: &ProviderSettings) -> Result<AnthropicAccount, Error> {
        let (vault, entry) = (self.vault.clone(), Accounts::entry(provider)?);
        let (oauth, client) = (provider.oauth.clone(), Arc::new(api_client(provider)?));
        Ok(AnthropicAccount::new(vault, entry, oauth, client, Arc::new(SystemClock)))
    }
}

/// A client for an account's calls.
///
/// # Errors
/// Its proxy or authorities are not usable.
pub(crate) fn api_client(provider: &ProviderSettings) -> Result<ApiClient, Error> {
    ApiClient::new(provider.proxy.as_ref(), &provider.authorities).map_err(Error::usage)
}

/// The vault's error as the user sees it.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
pub(crate) fn vault_error(error: ironbridge_upstream::VaultError) -> Error {
    let failure = Error::failure(error.to_string());
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// GitHub's error with an account as the user sees it.
pub(crate) fn github_error(error: &GithubError, provider: &ProviderSettings) -> Error {
    let failure = Error::failure(error.to_string());
    match error.hint(&provider.name) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn names<'a>(providers: impl IntoIterator<Item = &'a ProviderSettings>) -> String {
    let names: Vec<&str> = providers.into_iter().map(|provider| provider.name.as_str()).collect();
    names.join(", ")
}
