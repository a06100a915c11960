//! Logging in to Copilot: GitHub's device flow.

use std::time::Duration;

use ironbridge_upstream::copilot::{DeviceApp, Github, GithubError, LoginProgress};
use ironbridge_upstream::identity::{
    COPILOT_CLIENT_ID, COPILOT_SCOPE, Identities, IdentityError, Service,
};
use ironbridge_upstream::{CopilotLogin, ProviderSettings, Secret, SystemClock};

use super::consent;
use crate::accounts::{Accounts, github_error, vault_error};
use crate::error::Error;
use crate::output;
use crate::terminal::Terminal;

/// Logs in, keeps the login and returns its GitHub token.
///
/// # Errors
/// The user refuses, the login fails, or it cannot be kept; the old login stays then.
pub(super) async fn log_in(
    accounts: &Accounts,
    provider: &ProviderSettings,
    yes: bool,
    terminal: &Terminal,
) -> Result<Secret, Error> {
    let identities =
        consent::identities(accounts, provider, Service::Copilot, yes, terminal).await?;
    let app = app(&identities).map_err(|error| Error::usage(error.to_string()))?;
    let github = accounts.github(provider, &identities)?;
    let mut shown = Shown::default();
    let github_token = github
        .log_in(&app, &SystemClock, |progress| shown.show(progress))
        .await
        .map_err(|error| Error::failure(error.to_string()).hint(error.hint()))?;
    let login = whose(&github, &github_token, provider).await?;
    let kept = CopilotLogin { github_token: github_token.clone(), login: login.clone() };
    accounts.vault().save(&Accounts::entry(provider)?, &kept.write()).map_err(vault_error)?;
    let who = login.map(|login| format!(" as {login}")).unwrap_or_default();
    output::message(&format!("logged in to {}{who}\n", provider.name));
    Ok(github_token)
}

fn app(identities: &Identities) -> Result<DeviceApp, IdentityError> {
    Ok(DeviceApp {
        client_id: identities.value(COPILOT_CLIENT_ID)?.to_owned(),
        scope: identities.value(COPILOT_SCOPE)?.to_owned(),
    })
}

/// The login name behind a new token. A GitHub that does not say it just now does not spoil the login; one that refuses
/// the token does.
async fn whose(
    github: &Github,
    token: &Secret,
    provider: &ProviderSettings,
) -> Result<Option<String>, Error> {
    match github.user(token).await {
        Ok(user) => Ok(Some(user.login)),
        Err(error @ GithubError::LoginRefused { .. }) => Err(github_error(&error, provider)),
        Err(error) => {
            output::message(&format!("warning: whose login it is cannot be told: {error}\n"));
            Ok(None)
        }
    }
}

/// Shows what goes on; that nothing has happened yet only once.
#[derive(Default)]
struct Shown {
    waiting: bool,
}

impl Shown {
    fn show(&mut self, progress: LoginProgress) {
        let text = match progress {
            LoginProgress::Code(code) => format!(
                "enter the code {} at {}\n(it is good for {})\n",
                code.user_code,
                code.verification_uri,
                in_words(code.expires_in)
            ),
            LoginProgress::Pending if self.waiting => return,
            LoginProgress::Pending => {
                self.waiting = true;
                "waiting until you have entered it\n".to_owned()
            }
            LoginProgress::SlowDown { interval } => {
                format!("GitHub wants to be asked less often: every {}\n", in_words(interval))
            }
            LoginProgress::Retrying { reason, after } => {
                format!("no answer: {reason}; asking again in {}\n", in_words(after))
            }
        };
        output::message(&text);
    }
}

fn in_words(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 120 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}
