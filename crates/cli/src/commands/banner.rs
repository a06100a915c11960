//! What `start` says of Copilot once it serves.

use std::sync::Arc;

use ironbridge_upstream::copilot::CopilotAccount;
use ironbridge_upstream::{ProviderKind, ProviderSettings, SystemClock};

use crate::accounts::{Accounts, github_error};
use crate::error::Error;
use crate::output;
use crate::own_gateway::OwnGateway;

/// Says for each Copilot account whose it is, what it may do and where its models are. What is wrong with one is said,
/// too; the gateway serves all the same, and a login that is made meanwhile is taken.
pub(super) async fn show(accounts: &Accounts, gateway: &OwnGateway, show_token: bool) {
    let copilots: Vec<&ProviderSettings> =
        accounts.all().iter().filter(|provider| provider.kind == ProviderKind::Copilot).collect();
    if copilots.is_empty() {
        return;
    }
    for provider in copilots {
        let text = match of_account(accounts, provider, show_token).await {
            Ok(text) => text,
            Err(error) => format!("{}: {}", provider.name, error.render()),
        };
        output::message(&text);
    }
    let (models, base_url) = (gateway.models().await.len(), gateway.base_url());
    output::message(&format!("{models} models at {base_url}/v1/models\n"));
    output::message(&format!("quotas at {base_url}/usage, dashboard at {base_url}/dashboard\n"));
}

async fn of_account(
    accounts: &Accounts,
    provider: &ProviderSettings,
    show_token: bool,
) -> Result<String, Error> {
    let name = &provider.name;
    let Some(github_token) = accounts.github_token(provider)? else {
        return Err(Error::failure("nobody is logged in").hint(format!("ironbridge auth {name}")));
    };
    let github = accounts.github(provider, &accounts.identities(provider)?)?;
    let account = CopilotAccount::new(github, github_token, Arc::new(SystemClock));
    let token = account.token().await.map_err(|error| github_error(&error, provider))?;
    // Neither is worth a failure: requests are served without.
    let who = account.user().await.map_or_else(|_| "unknown".to_owned(), |user| user.login);
    let usage = account.usage().await.ok();
    let plan = usage.and_then(|usage| usage.plan).unwrap_or_else(|| "unknown".to_owned());
    let base_url = provider.base_url.as_ref().unwrap_or_else(|| token.base_url());
    let mut text = format!("{name}: logged in as {who}, plan {plan}, models of {base_url}\n");
    if let Some(host) = token.ignored_endpoint() {
        text.push_str(&format!(
            "warning: GitHub named the server {host}, which is not one of its own\n"
        ));
    }
    if show_token {
        let (login, short) = (account.github_token().reveal(), token.secret().reveal());
        text.push_str(&format!("GitHub token  {login}\nCopilot token {short}\n"));
    }
    Ok(text)
}
