//! What `[[provider]]` says of logins: whose GitHub, whose client id, where Anthropic's pages are.

use std::collections::BTreeMap;

use ironbridge_upstream::anthropic::AnthropicOauth;
use ironbridge_upstream::copilot::{AccountType, CopilotSettings, CopilotSettingsError};
use ironbridge_upstream::identity::{Consents, Identities, IdentityError, ROWS};
use ironbridge_upstream::{Catalogue, ProviderKind};

use super::section::Section;
use super::source::Overrides;
use super::suggest::did_you_mean;
use super::value::{self, Wrong};

/// The keys of a `copilot` account.
pub(super) fn copilot(section: &Section<'_>, overrides: &Overrides) -> CopilotSettings {
    let configured = section.choice("account_type").and_then(AccountType::parse);
    let settings = CopilotSettings {
        account_type: overrides.account_type.or(configured).unwrap_or_default(),
        enterprise_host: section.text("enterprise_host", value::host),
        github_url: section.text("github_url", value::url),
        api_url: section.text("api_url", value::url),
    };
    if let Err(CopilotSettingsError { setting, reason }) = settings.servers() {
        section.wrong(section.line_of(setting), setting, Wrong::new(reason));
    }
    settings
}

/// `[provider.oauth]`.
pub(super) fn oauth(
    section: &Section<'_>,
    identities: &BTreeMap<String, String>,
) -> AnthropicOauth {
    let default = AnthropicOauth::default();
    let url = |name| section.text(name, value::url);
    let scope = |text: &str| Ok(text.split_whitespace().map(str::to_owned).collect());
    AnthropicOauth {
        client_id: identities.get(ironbridge_upstream::identity::ANTHROPIC_CLIENT_ID).cloned(),
        authorize_url: url("authorize_url").map_or(default.authorize_url, |url| url.to_string()),
        token_url: url("token_url").unwrap_or(default.token_url),
        redirect_url: url("redirect_url").map_or(default.redirect_url, |url| url.to_string()),
        scopes: section.text("scope", scope).unwrap_or(default.scopes),
    }
}

/// `identity`, by the names of the identity table's rows: those of the file with the kind before them.
pub(super) fn identities(section: &Section<'_>, kind: ProviderKind) -> BTreeMap<String, String> {
    let prefix = format!("{}.", Catalogue::kind(kind).name);
    let mut identities = BTreeMap::new();
    for (name, value, line) in section.named_texts("identity").unwrap_or_default() {
        let row = format!("{prefix}{name}");
        let one = [(row.clone(), value.to_owned())];
        let wrong = match Identities::new(one, Consents::default()) {
            Ok(_) => {
                identities.insert(row, value.to_owned());
                continue;
            }
            Err(IdentityError::Unknown { .. }) => {
                let known = || ROWS.iter().filter_map(|row| row.name.strip_prefix(&prefix));
                let list = || known().collect::<Vec<_>>().join(", ");
                let hint =
                    did_you_mean(name, known()).or_else(|| Some(format!("there are: {}", list())));
                Wrong { message: "is no value of the identity table".to_owned(), hint }
            }
            Err(_) => Wrong::new("is empty or has other characters than printable ASCII"),
        };
        section.wrong(line, &format!("identity.{name}"), wrong);
    }
    identities
}
