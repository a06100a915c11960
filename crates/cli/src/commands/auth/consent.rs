//! The user's yes to a client id that belongs to another vendor.

use std::time::SystemTime;

use ironbridge_upstream::ProviderSettings;
use ironbridge_upstream::identity::{Identities, Service, consent_text};

use crate::accounts::{Accounts, vault_error};
use crate::error::Error;
use crate::output;
use crate::terminal::{Terminal, is_yes};

/// The values by which we are known to a service, after the user has agreed to those that need it. What he has agreed to
/// once is not asked again.
///
/// # Errors
/// He says no, or nobody answers; nothing has been sent then.
pub(super) async fn identities(
    accounts: &Accounts,
    provider: &ProviderSettings,
    service: Service,
    yes: bool,
    terminal: &Terminal,
) -> Result<Identities, Error> {
    let identities = accounts.identities(provider)?;
    let rows = identities.needs_consent(service);
    if rows.is_empty() {
        return Ok(identities);
    }
    output::message(&consent_text(&rows));
    if !yes {
        let answer = terminal.ask("Use it? [y/N] ").await;
        match answer {
            Some(answer) if is_yes(&answer) => {}
            Some(_) => {
                return Err(Error::failure("not without your yes")
                    .hint("`identity` of the provider in the config sets values of your own"));
            }
            None => {
                output::message("\n");
                return Err(Error::usage("nobody answers whether it may be used")
                    .hint("--yes says so in scripts"));
            }
        }
    }
    let mut consents = accounts.consents()?;
    for row in rows {
        consents.give(row, SystemTime::now());
    }
    consents.save(accounts.vault().as_ref()).map_err(vault_error)?;
    accounts.identities(provider)
}
