//! How things stand with the login of an account.

use std::sync::Arc;
use std::time::SystemTime;

use ironbridge_upstream::copilot::{CopilotAccount, CopilotToken, GithubError};
use ironbridge_upstream::{Clock, ProviderKind, ProviderSettings, SystemClock};

use super::Accounts;
use crate::error::Error;

/// What is known of a login, without a secret.
#[derive(Debug)]
pub(crate) enum Standing {
    /// The config gives a key; it is not tried out.
    Key,
    /// Nobody has logged in.
    Nobody,
    /// A login is kept; nobody was asked whether it is good.
    Kept {
        /// Whose it is, where that is known.
        who: Option<String>,
    },
    /// The login is good.
    Good {
        /// Whose it is, where that is known.
        who: Option<String>,
        /// When the token of requests is over, which is then renewed.
        token_until: Option<SystemTime>,
    },
    /// There is a login that does not serve.
    Broken {
        /// Whose it is, where that is known.
        who: Option<String>,
        /// Why.
        reason: String,
        /// What to do.
        hint: Option<String>,
    },
}

impl Standing {
    /// Finds out; with `ask` from the service itself, where that uses nothing up.
    ///
    /// # Errors
    /// What is kept cannot be read.
    pub(crate) async fn of(
        accounts: &Accounts,
        provider: &ProviderSettings,
        ask: bool,
    ) -> Result<Self, Error> {
        match provider.kind {
            ProviderKind::Copilot => of_copilot(accounts, provider, ask).await,
            _ if provider.credential.is_some() => Ok(Standing::Key),
            _ => of_anthropic(accounts, provider).await,
        }
    }

    /// Whether requests can be served with it, as far as is known.
    pub(crate) fn serves(&self) -> bool {
        !matches!(self, Standing::Nobody | Standing::Broken { .. })
    }
}

async fn of_copilot(
    accounts: &Accounts,
    provider: &ProviderSettings,
    ask: bool,
) -> Result<Standing, Error> {
    let (token, who) = match &provider.credential {
        Some(token) => (token.clone(), None),
        None => match accounts.copilot_login(provider)? {
            Some(login) => (login.github_token, login.login),
            None => return Ok(Standing::Nobody),
        },
    };
    if !ask {
        return Ok(Standing::Kept { who });
    }
    let github = accounts.github(provider, &accounts.identities(provider)?)?;
    let account = CopilotAccount::new(github, token, Arc::new(SystemClock));
    let who = match who {
        Some(who) => Some(who),
        None => account.user().await.ok().map(|user| user.login),
    };
    Ok(match account.token().await {
        Ok(token) => Standing::Good { who, token_until: Some(end_of(&token)) },
        Err(error) => broken(provider, who, &error),
    })
}

/// When a token of Copilot is over, by this machine's clock.
fn end_of(token: &CopilotToken) -> SystemTime {
    let now = SystemClock.now();
    now.wall + token.expires_in(now)
}

fn broken(provider: &ProviderSettings, who: Option<String>, error: &GithubError) -> Standing {
    Standing::Broken { who, reason: error.to_string(), hint: error.hint(&provider.name) }
}

/// Anthropic is not asked: a refresh would use up the token that a running gateway holds.
async fn of_anthropic(accounts: &Accounts, provider: &ProviderSettings) -> Result<Standing, Error> {
    let status = accounts.anthropic(provider)?.status().await;
    Ok(match status {
        Ok(None) => Standing::Nobody,
        Ok(Some(status)) if status.renewable || status.expires_at > SystemTime::now() => {
            let who = status.is_max.map(|is_max| if is_max { "subscription" } else { "api" });
            Standing::Good { who: who.map(str::to_owned), token_until: Some(status.expires_at) }
        }
        Ok(Some(_)) => Standing::Broken {
            who: None,
            reason: "the token is over and cannot be renewed".to_owned(),
            hint: Some(format!("log in again: ironbridge auth {}", provider.name)),
        },
        Err(error) => {
            let hint = error.hint(&provider.name);
            Standing::Broken { who: None, reason: error.to_string(), hint }
        }
    })
}
