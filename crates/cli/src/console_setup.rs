//! What the console shows and changes of a gateway's setup: accounts, client keys, facts of the config.

use std::time::SystemTime;

use ironbridge_console::{Account, ClientKey, Quota, QuotaSnapshot, Setup, SetupError, WantedKey};
use ironbridge_gateway::Handle;
use ironbridge_upstream::{BoxFuture, Catalogue, ProviderKind, ProviderSettings, Secret};

use crate::accounts::{Accounts, Standing};
use crate::arguments::{Global, KeyNew};
use crate::commands::key;
use crate::error::Error;
use crate::key_file::SharedKeys;

/// The setup of the gateway of this process.
pub(crate) struct OfGateway {
    pub(crate) handle: Handle,
    /// `None`: there is no folder for logins.
    pub(crate) accounts: Option<Accounts>,
    /// `None`: there is no data folder.
    pub(crate) keys: Option<SharedKeys>,
    /// What does not change while it runs.
    pub(crate) facts: Vec<(String, String)>,
}

impl OfGateway {
    /// Of the gateway behind `handle`, which was started with these flags; `ledger` as it may be shown.
    pub(crate) fn new(
        handle: Handle,
        global: &Global,
        keys: Option<SharedKeys>,
        config: String,
        ledger: String,
    ) -> Self {
        let accounts = Accounts::new(global, handle.provider_settings()).ok();
        let facts = vec![
            ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("config".to_owned(), config),
            ("ledger.url".to_owned(), ledger),
        ];
        OfGateway { handle, accounts, keys, facts }
    }

    fn shared_keys(&self) -> Result<&SharedKeys, SetupError> {
        let why = "there is no data folder to keep keys in";
        self.keys.as_ref().ok_or_else(|| SetupError::Failed(why.to_owned()))
    }

    async fn account(&self, provider: &ProviderSettings, ask: bool) -> Account {
        let facts = Catalogue::kind(provider.kind);
        let base_url =
            provider.base_url.as_ref().map_or(facts.base_url.to_owned(), ToString::to_string);
        let has_login = matches!(provider.kind, ProviderKind::Copilot | ProviderKind::Anthropic);
        let account = Account {
            name: provider.name.clone(),
            kind: facts.name.to_owned(),
            base_url,
            state: if provider.credential.is_some() { "key" } else { "none" },
            who: None,
            until_ms: None,
            reason: None,
            hint: None,
            can_be_checked: has_login && self.accounts.is_some(),
        };
        match &self.accounts {
            Some(accounts) if has_login => {
                with_standing(account, Standing::of(accounts, provider, ask).await)
            }
            _ => account,
        }
    }
}

fn with_standing(account: Account, standing: Result<Standing, Error>) -> Account {
    match standing {
        Ok(Standing::Key) => Account { state: "key", ..account },
        Ok(Standing::Nobody) => {
            let hint = Some(format!("ironbridge auth {}", account.name));
            Account { state: "nobody", hint, ..account }
        }
        Ok(Standing::Kept { who }) => Account { state: "kept", who, ..account },
        Ok(Standing::Good { who, token_until }) => {
            Account { state: "good", who, until_ms: token_until.map(millis), ..account }
        }
        Ok(Standing::Broken { who, reason, hint }) => {
            Account { state: "broken", who, reason: Some(reason), hint, ..account }
        }
        Err(error) => Account { state: "broken", reason: Some(error.in_words()), ..account },
    }
}

impl Setup for OfGateway {
    fn accounts(&self) -> BoxFuture<'_, Vec<Account>> {
        Box::pin(async {
            let mut accounts = Vec::new();
            for provider in self.handle.provider_settings() {
                accounts.push(self.account(&provider, false).await);
            }
            accounts
        })
    }

    fn check<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Account, SetupError>> {
        Box::pin(async move {
            let providers = self.handle.provider_settings();
            let provider = providers.iter().find(|provider| provider.name == account);
            let provider = provider
                .ok_or_else(|| SetupError::Unknown("there is no such provider".to_owned()))?;
            Ok(self.account(provider, true).await)
        })
    }

    fn quotas(&self) -> BoxFuture<'_, Vec<Quota>> {
        Box::pin(async {
            let quotas = self.handle.quotas().await.into_iter();
            quotas
                .map(|(provider, quota)| match quota {
                    Ok(usage) => Quota {
                        provider,
                        plan: usage.plan,
                        reset_date: usage.quota_reset_date,
                        snapshots: usage.snapshots.iter().map(snapshot).collect(),
                        error: None,
                    },
                    Err(error) => Quota {
                        provider,
                        plan: None,
                        reset_date: None,
                        snapshots: Vec::new(),
                        error: Some(error.to_string()),
                    },
                })
                .collect()
        })
    }

    fn keys(&self) -> Result<Vec<ClientKey>, SetupError> {
        let keys = self.shared_keys()?.read().map_err(Error::from).map_err(failed)?;
        Ok(keys.iter().map(shown).collect())
    }

    fn make_key(&self, wanted: WantedKey) -> Result<(ClientKey, Secret), SetupError> {
        let WantedKey { name, models, rpm, tpm, budget, expires, domain } = wanted;
        let (paths, project) = (None, None);
        let wanted = KeyNew { name, models, rpm, tpm, budget, expires, domain, paths, project };
        let made = key::make(self.shared_keys()?, &wanted);
        made.map(|(key, text)| (shown(&key), text)).map_err(failed)
    }

    fn revoke_key(&self, id: &str) -> Result<ClientKey, SetupError> {
        let keys_of = self.shared_keys()?;
        let keys = keys_of.read().map_err(Error::from).map_err(failed)?;
        if !keys.iter().any(|key| key.id == id) {
            return Err(SetupError::Unknown("there is no key of this id".to_owned()));
        }
        key::end(keys_of, id).map(|key| shown(&key)).map_err(failed)
    }

    fn settings(&self) -> Vec<(String, String)> {
        let server = self.handle.server_settings();
        let is_set = |set: bool| if set { "set" } else { "not set" }.to_owned();
        let kept = server
            .bodies_kept
            .map_or("off".to_owned(), |kept| format!("{} hours", kept.as_secs().div_ceil(3600)));
        let mut facts = self.facts.clone();
        facts.extend(
            [
                ("server.listen", server.listen.to_string()),
                ("server.domains", server.domains.join(", ")),
                ("server.admin_token", is_set(server.admin_token.is_some())),
                ("server.read_token", is_set(server.read_token.is_some())),
                ("server.cors_origins", server.cors_origins.join(", ")),
                ("server.pass_through", server.pass_through.to_string()),
                (
                    "client keys",
                    if self.handle.wants_client_key() { "needed" } else { "none" }.to_owned(),
                ),
                ("ledger.bodies", kept),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        facts
    }
}

impl std::fmt::Debug for OfGateway {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OfGateway").field("facts", &self.facts).finish_non_exhaustive()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn failed(error: Error) -> SetupError {
    match error.is_usage() {
        true => SetupError::Wrong(error.in_words()),
        false => SetupError::Failed(error.in_words()),
    }
}

fn snapshot(snapshot: &ironbridge_upstream::copilot::QuotaSnapshot) -> QuotaSnapshot {
    QuotaSnapshot {
        name: snapshot.name.clone(),
        entitlement: snapshot.entitlement.unwrap_or(0.0),
        remaining: snapshot.remaining.unwrap_or(0.0),
        unlimited: snapshot.unlimited,
        overage: snapshot.overage_count.unwrap_or(0.0),
    }
}

fn shown(key: &ironbridge_gateway::ClientKey) -> ClientKey {
    ClientKey {
        id: key.id.clone(),
        name: key.name.clone(),
        state: key::state(key, SystemTime::now()),
        models: key.models.patterns().iter().map(ToString::to_string).collect(),
        requests_per_minute: key.limits.requests_per_minute,
        tokens_per_minute: key.limits.tokens_per_minute,
        budgets: key.budgets.iter().map(ToString::to_string).collect(),
        domain: key.domain.clone(),
        created_ms: millis(key.created),
        expires_ms: key.expires.map(millis),
    }
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
