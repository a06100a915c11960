//! Whether each provider has a key or login that serves.

use std::time::SystemTime;

use ironbridge_upstream::{AuthHeader, Catalogue, ProviderKind, ProviderSettings};

use super::finding::Finding;
use crate::accounts::{Accounts, Standing};
use crate::error::Error;

/// One finding for each provider. Without `ask` logins are only looked for.
pub(super) async fn check(
    providers: &[ProviderSettings],
    accounts: &Result<Accounts, Error>,
    ask: bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for provider in providers {
        findings.push(match (provider.kind, accounts) {
            (ProviderKind::Offline, _) => {
                Finding::ok("login", format!("{}: none needed", provider.name))
            }
            (ProviderKind::Anthropic | ProviderKind::Copilot, Ok(accounts)) => {
                of_account(accounts, provider, ask).await
            }
            _ => of_key(provider),
        });
    }
    findings
}

fn of_key(provider: &ProviderSettings) -> Finding {
    let name = &provider.name;
    let wants_key = Catalogue::kind(provider.kind).auth != AuthHeader::None;
    match &provider.credential {
        Some(_) => Finding::ok("login", format!("{name}: a key is given")),
        None if provider.base_url.is_none() && wants_key => Finding::fail(
            "login",
            format!("{name}: no key"),
            "`credential` of the provider names one",
        ),
        None => Finding::ok("login", format!("{name}: no key, which its server may not want")),
    }
}

async fn of_account(accounts: &Accounts, provider: &ProviderSettings, ask: bool) -> Finding {
    let name = &provider.name;
    let standing = match Standing::of(accounts, provider, ask).await {
        Ok(standing) => standing,
        Err(error) => {
            let what = format!("{name}: {}", error.render().trim_end());
            return Finding::fail("login", what, format!("log in again: ironbridge auth {name}"));
        }
    };
    let whose = |who: Option<String>| who.map(|who| format!(" as {who}")).unwrap_or_default();
    match standing {
        Standing::Key => Finding::ok("login", format!("{name}: a key is given")),
        Standing::Nobody if provider.credential_files.is_some() || provider.base_url.is_some() => {
            Finding::ok("login", format!("{name}: none of its own"))
        }
        Standing::Nobody => {
            let hint = format!("ironbridge auth {name}");
            Finding::fail("login", format!("{name}: nobody is logged in"), hint)
        }
        Standing::Kept { who } => Finding::ok("login", format!("{name}: logged in{}", whose(who))),
        Standing::Good { who, token_until } => {
            let until = token_until
                .map(|end| match end.duration_since(SystemTime::now()) {
                    Ok(left) => format!(", token good for {} min", left.as_secs() / 60),
                    Err(_) => ", token to be renewed".to_owned(),
                })
                .unwrap_or_default();
            Finding::ok("login", format!("{name}: logged in{}{until}", whose(who)))
        }
        Standing::Broken { who, reason, hint } => {
            let hint = hint.unwrap_or_else(|| format!("log in again: ironbridge auth {name}"));
            Finding::fail("login", format!("{name}{}: {reason}", whose(who)), hint)
        }
    }
}
