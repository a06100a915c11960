//! `auth --status`.

use std::time::{SystemTime, UNIX_EPOCH};

use ironbridge_upstream::anthropic::AccountError;
use ironbridge_upstream::{ProviderKind, ProviderSettings, Secret};
use ironbridge_wire::date::date_of;

use super::show_token;
use crate::accounts::{Accounts, Standing};
use crate::arguments::Auth;
use crate::error::Error;
use crate::output;

/// Shows how things stand with one account, or with all.
///
/// # Errors
/// Nobody is logged in, or a login does not serve.
pub(super) async fn show(accounts: &Accounts, asked: &Auth) -> Result<(), Error> {
    let shown: Vec<&ProviderSettings> = match &asked.provider {
        Some(name) => vec![accounts.find(name)?],
        None => accounts.all().iter().collect(),
    };
    let width = shown.iter().map(|provider| provider.name.chars().count()).max().unwrap_or(0);
    let (mut serving, mut broken) = (0, Vec::new());
    for provider in shown {
        let standing = Standing::of(accounts, provider, true).await?;
        output::result(&format!("{:width$}  {}\n", provider.name, in_words(&standing)))?;
        serving += usize::from(standing.serves());
        if let Standing::Broken { hint, .. } = standing {
            broken.push((provider.name.clone(), hint));
        }
        if asked.show_token
            && let Some(token) = token(accounts, provider).await?
        {
            show_token(&token)?;
        }
    }
    let troubles = broken.into_iter().map(|(name, hint)| {
        let failure = Error::failure(format!("the login of {name} does not serve"));
        hint.into_iter().fold(failure, Error::hint)
    });
    match troubles.reduce(Error::and) {
        Some(error) => Err(error),
        None if serving == 0 => {
            Err(Error::failure("nobody is logged in").hint("`ironbridge auth` logs in to Copilot"))
        }
        None => Ok(()),
    }
}

fn in_words(standing: &Standing) -> String {
    let whose =
        |who: &Option<String>| who.as_deref().map(|who| format!("{who}, ")).unwrap_or_default();
    match standing {
        Standing::Key => "a key of the config".to_owned(),
        Standing::Nobody => "nobody is logged in".to_owned(),
        Standing::Kept { who } => format!("{}logged in", whose(who)),
        Standing::Good { who, token_until: None } => format!("{}logged in", whose(who)),
        Standing::Good { who, token_until: Some(end) } => {
            format!("{}logged in; the token in use is renewed at {}", whose(who), date(*end))
        }
        Standing::Broken { who, reason, .. } => format!("{}{reason}", whose(who)),
    }
}

/// A moment as RFC 3339, in UTC.
fn date(moment: SystemTime) -> String {
    date_of(moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

/// The token of an account; Anthropic's is renewed for it if it is over.
async fn token(accounts: &Accounts, provider: &ProviderSettings) -> Result<Option<Secret>, Error> {
    if provider.kind == ProviderKind::Copilot {
        return accounts.github_token(provider);
    }
    match accounts.anthropic(provider)?.access_token().await {
        Ok(token) => Ok(Some(token)),
        Err(AccountError::LoggedOut { .. }) => Ok(None),
        Err(error) => Err(Error::failure(error.to_string())),
    }
}
