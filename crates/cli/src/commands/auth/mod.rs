//! `ironbridge auth [PROVIDER]`: logging in and out.

mod anthropic;
mod consent;
mod copilot;
mod status;

use ironbridge_upstream::{ProviderKind, ProviderSettings, Secret};

use crate::accounts::{Accounts, vault_error};
use crate::arguments::{Auth, Global};
use crate::error::Error;
use crate::terminal::Terminal;
use crate::{logging, output, runtime};

/// The account that is meant when none is named.
const DEFAULT: &str = "copilot";

/// Logs in or out, or shows who is logged in.
pub(crate) fn run(asked: &Auth, global: &Global) -> Result<(), Error> {
    logging::start(global);
    if asked.status && asked.logout {
        return Err(Error::usage("--status and --logout exclude each other"));
    }
    let accounts = Accounts::open(global, asked.proxy_env)?;
    runtime::block_on(async {
        if asked.status {
            return status::show(&accounts, asked).await;
        }
        let provider = accounts.find(asked.provider.as_deref().unwrap_or(DEFAULT))?;
        if asked.logout {
            return log_out(&accounts, provider);
        }
        tokio::select! {
            ended = log_in(&accounts, provider, asked) => ended,
            // Dropping the login gives it up: nothing was kept yet.
            _ = tokio::signal::ctrl_c() => {
                Err(Error::failure("given up").hint("what was logged in before still is"))
            }
        }
    })
}

/// A new login, which takes the place of the old one when it is whole.
async fn log_in(
    accounts: &Accounts,
    provider: &ProviderSettings,
    asked: &Auth,
) -> Result<(), Error> {
    let terminal = Terminal::default();
    let token = match provider.kind {
        ProviderKind::Copilot => copilot::log_in(accounts, provider, asked.yes, &terminal).await?,
        _ => anthropic::log_in(accounts, provider, &terminal).await?,
    };
    if provider.credential.is_some() {
        output::message(&format!(
            "warning: the config gives {} a credential, which wins over this login\n",
            provider.name
        ));
    }
    if asked.show_token { show_token(&token) } else { Ok(()) }
}

fn log_out(accounts: &Accounts, provider: &ProviderSettings) -> Result<(), Error> {
    let was_there = accounts.vault().remove(&Accounts::entry(provider)?).map_err(vault_error)?;
    let name = &provider.name;
    output::message(&if was_there {
        format!("logged out of {name}\n")
    } else {
        format!("nobody was logged in to {name}\n")
    });
    Ok(())
}

/// Prints a token, which the user has asked for.
fn show_token(token: &Secret) -> Result<(), Error> {
    output::result(&format!("{}\n", token.reveal()))
}
