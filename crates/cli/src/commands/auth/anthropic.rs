//! Logging in at Anthropic: the user agrees on its page and pastes the code that it shows.

use std::time::SystemTime;

use ironbridge_upstream::anthropic::{AnthropicLogin, AnthropicTokens, LoginError};
use ironbridge_upstream::{ApiClient, ProviderSettings, Secret};

use crate::accounts::{Accounts, api_client};
use crate::error::Error;
use crate::output;
use crate::terminal::Terminal;

/// Logs in, keeps the login and returns its access token.
///
/// # Errors
/// No client id is set, nobody pastes a code, it is not taken, or the login cannot be kept; the old login stays then.
pub(super) async fn log_in(
    accounts: &Accounts,
    provider: &ProviderSettings,
    terminal: &Terminal,
) -> Result<Secret, Error> {
    let login = AnthropicLogin::begin(&provider.oauth).map_err(|error| told(&error))?;
    let client = api_client(provider)?;
    output::message(&format!("open this address and agree:\n{}\n", login.url()));
    let tokens = tokens(&login, &client, terminal).await?;
    let access = tokens.access.clone();
    accounts.anthropic(provider)?.replace(tokens).await.map_err(|error| {
        let failure = Error::failure(error.to_string());
        match error.hint(&provider.name) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    output::message(&format!("logged in to {}\n", provider.name));
    Ok(access)
}

/// Exchanges what the user pastes; what is no code of this login may be pasted again.
async fn tokens(
    login: &AnthropicLogin,
    client: &ApiClient,
    terminal: &Terminal,
) -> Result<AnthropicTokens, Error> {
    loop {
        let Some(pasted) = terminal.ask("paste the code it shows: ").await else {
            output::message("\n");
            return Err(Error::failure("no code was pasted")
                .hint("in a script write the code to stdin, after the address was printed"));
        };
        match login.finish(client, &pasted, SystemTime::now()).await {
            Ok(tokens) => return Ok(tokens),
            Err(error @ (LoginError::NotACode | LoginError::OtherLogin)) => {
                output::message(&format!("{error}\n"));
            }
            Err(error) => return Err(told(&error)),
        }
    }
}

fn told(error: &LoginError) -> Error {
    match error {
        LoginError::Identity(identity) => Error::usage(identity.to_string()).hint(
            "in the config, in the [[provider]] of kind \"anthropic\": identity = { client_id = \"…\" }",
        ),
        LoginError::Exchange(_) => {
            Error::failure(error.to_string()).hint("begin again: a code can be used once")
        }
        _ => Error::failure(error.to_string()),
    }
}
