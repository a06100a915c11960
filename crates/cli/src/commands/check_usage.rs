//! `ironbridge check-usage`: what is left of Copilot's quotas.

use std::fmt::Write as _;

use ironbridge_upstream::copilot::{CopilotUsage, QuotaSnapshot};
use ironbridge_upstream::{ProviderKind, ProviderSettings};
use serde_json::{Value, json};

use crate::accounts::{Accounts, github_error};
use crate::arguments::{CheckUsage, Global};
use crate::error::Error;
use crate::{logging, output, runtime};

/// What GitHub calls the quota that its pages call premium requests.
const PREMIUM: &str = "premium_interactions";

/// Asks GitHub for the quotas of one account, or of all that are logged in, and prints them.
pub(crate) fn run(asked: &CheckUsage, global: &Global) -> Result<(), Error> {
    logging::start(global);
    let accounts = Accounts::open(global, asked.proxy_env)?;
    let providers: Vec<&ProviderSettings> = match &asked.provider {
        Some(name) => vec![accounts.find(name)?],
        None => accounts.all().iter().filter(|p| p.kind == ProviderKind::Copilot).collect(),
    };
    if let Some(other) = providers.iter().find(|p| p.kind != ProviderKind::Copilot) {
        return Err(Error::usage(format!("{} has no quotas: only Copilot does", other.name)));
    }
    let usages = runtime::block_on(async {
        let mut usages = Vec::new();
        for provider in providers {
            if let Some(usage) = usage(&accounts, provider).await? {
                usages.push((provider.name.as_str(), usage));
            }
        }
        Ok(usages)
    })?;
    if usages.is_empty() {
        return Err(
            Error::failure("nobody is logged in to Copilot").hint("`ironbridge auth` logs in")
        );
    }
    if asked.json {
        let accounts: Vec<Value> =
            usages.iter().map(|(name, usage)| as_json(name, usage)).collect();
        return output::result(&format!("{:#}\n", json!({ "accounts": accounts })));
    }
    let blocks: Vec<String> = usages.iter().map(|(name, usage)| in_words(name, usage)).collect();
    output::result(&blocks.join("\n"))
}

/// The quotas of an account; `None`: nobody is logged in.
async fn usage(
    accounts: &Accounts,
    provider: &ProviderSettings,
) -> Result<Option<CopilotUsage>, Error> {
    let Some(token) = accounts.github_token(provider)? else { return Ok(None) };
    let github = accounts.github(provider, &accounts.identities(provider)?)?;
    let usage = github.copilot_usage(&token).await;
    usage.map(Some).map_err(|error| github_error(&error, provider))
}

fn in_words(name: &str, usage: &CopilotUsage) -> String {
    let plan = usage.plan.as_deref().unwrap_or("unknown");
    let reset = usage.quota_reset_date.as_deref().unwrap_or("unknown");
    let mut text = format!("account      {name}\nplan         {plan}\nquotas reset {reset}\n");
    for quota in &usage.snapshots {
        let name = if quota.name == PREMIUM { "premium" } else { &quota.name };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<12} {}", quota_in_words(quota));
    }
    if usage.snapshots.is_empty() {
        text.push_str("GitHub names no quotas\n");
    }
    text
}

/// `86/300 (28.7 % used, 71.3 % remaining)`.
fn quota_in_words(quota: &QuotaSnapshot) -> String {
    if quota.unlimited {
        return "unlimited".to_owned();
    }
    let counts = match (quota.used(), quota.entitlement) {
        (Some(used), Some(all)) => format!("{}/{}", number(used), number(all)),
        _ => "not told".to_owned(),
    };
    let shares = quota
        .percent_remaining
        .map(|left| format!(" ({:.1} % used, {left:.1} % remaining)", 100.0 - left));
    let beyond = quota
        .overage_count
        .filter(|count| *count > 0.0)
        .map(|count| format!(", {} beyond it", number(count)));
    format!("{counts}{}{}", shares.unwrap_or_default(), beyond.unwrap_or_default())
}

/// A count, with a fraction only where it has one: some models cost a third of a request.
fn number(count: f64) -> String {
    let rounded = (count * 100.0).round() / 100.0;
    format!("{rounded}")
}

fn as_json(name: &str, usage: &CopilotUsage) -> Value {
    let quota = |quota: &QuotaSnapshot| {
        json!({
            "name": quota.name,
            "unlimited": quota.unlimited,
            "entitlement": quota.entitlement,
            "used": quota.used(),
            "remaining": quota.remaining,
            "percent_remaining": quota.percent_remaining,
            "overage_count": quota.overage_count,
            "overage_permitted": quota.overage_permitted,
        })
    };
    json!({
        "account": name,
        "plan": usage.plan,
        "access_type": usage.access_type,
        "chat_enabled": usage.chat_enabled,
        "quota_reset_date": usage.quota_reset_date,
        "quotas": usage.snapshots.iter().map(quota).collect::<Vec<_>>(),
    })
}
