//! `ironbridge doctor`: what the config, the variables and the folders come to, and whether it works.

mod files;
mod finding;
mod login;
mod network;
mod port;

use std::fmt::Write as _;

use ironbridge_upstream::{ProviderKind, ProviderSettings};
use serde_json::json;

use crate::accounts::Accounts;
use crate::arguments::{Doctor, Global};
use crate::config::{Config, Overrides};
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::{environment, folders, output, runtime};
use finding::{Finding, Level};

/// Reads the config as `start` does, checks what it needs, and prints both. Secrets are said to be there, never shown.
///
/// # Errors
/// Every mistake in the config, or that a check failed.
pub(crate) fn run(asked: &Doctor, global: &Global) -> Result<(), Error> {
    let file = ConfigFile::find(global);
    let text = file.read()?;
    let there = text.is_some();
    let proxy =
        asked.proxy_env.then(|| environment::proxies(&environment::variable)).transpose()?;
    let overrides = Overrides { proxy, ..Overrides::default() };
    let config = file.check(&text.unwrap_or_default(), &overrides)?;
    let mut findings = files::config(&file, there, &config.warnings);
    findings.extend(files::check(global));
    findings.extend(runtime::block_on(checks(&config, !asked.offline, global))?);

    let data = folders::data_of(global);
    let data = data.as_deref().map_or_else(|| "no home folder".to_owned(), folders::shown);
    let (version, shown) = (env!("CARGO_PKG_VERSION"), file.shown());
    let failed = findings.iter().filter(|finding| finding.level == Level::Fail).count();
    output::result(&if asked.json {
        let findings: Vec<_> = findings.iter().map(Finding::as_json).collect();
        let listen = config.settings.server.listen;
        let report = json!({
            "ok": failed == 0, "version": version, "config": shown, "data": data, "listen": listen,
            "findings": findings,
        });
        format!("{report:#}\n")
    } else {
        let there = if there { "" } else { " (not there)" };
        let mut report =
            format!("version    {version}\nconfig     {shown}{there}\ndata       {data}\n");
        describe(&config, &mut report);
        report.push('\n');
        findings.iter().for_each(|finding| report.push_str(&finding.in_words()));
        report
    })?;
    match failed {
        0 => Ok(()),
        failed => Err(Error::failure(format!("{failed} of {} checks failed", findings.len()))),
    }
}

/// The checks that take time.
async fn checks(config: &Config, ask: bool, global: &Global) -> Result<Vec<Finding>, Error> {
    let providers = &config.settings.providers;
    let accounts = Accounts::new(global, providers.clone());
    let mut findings = vec![port::check(config.settings.server.listen).await];
    if ask {
        findings.extend(network::check(providers).await);
    }
    findings.extend(login::check(providers, &accounts, ask).await);
    Ok(findings)
}

fn describe(config: &Config, report: &mut String) {
    let settings = &config.settings;
    // Writing to a String cannot fail.
    let _ = writeln!(report, "listen     {}", settings.server.listen);
    let admin = if settings.server.admin_token.is_some() { "given" } else { "none" };
    let _ = writeln!(report, "admin      {admin}");
    for provider in &settings.providers {
        let _ = writeln!(report, "provider   {}", one_line(provider));
    }
    if settings.providers.is_empty() {
        let _ = writeln!(
            report,
            "provider   none: `ironbridge auth` logs in to Copilot, `start --offline` needs no account"
        );
    }
    for route in &settings.routes {
        let targets = route.targets.iter().map(|target| match &target.model {
            Some(model) => format!("{}/{model}", target.provider),
            None => target.provider.clone(),
        });
        let targets: Vec<String> = targets.collect();
        let strict = if route.strict { " (strict)" } else { "" };
        let _ = writeln!(report, "route      {} → {}{strict}", route.pattern, targets.join(", "));
    }
    for tokenizer in &config.tokenizers {
        let there = if tokenizer.file.is_file() { "" } else { " (not there)" };
        let file = folders::shown(&tokenizer.file);
        let _ = writeln!(report, "tokenizer  {} → {file}{there}", tokenizer.pattern);
    }
}

fn one_line(provider: &ProviderSettings) -> String {
    let url = provider.base_url.as_ref().map_or_else(
        || ironbridge_upstream::Catalogue::kind(provider.kind).base_url.to_owned(),
        ToString::to_string,
    );
    let key = match (&provider.credential, provider.kind) {
        (Some(_), _) => "key given",
        (None, ProviderKind::Copilot | ProviderKind::Anthropic) => "by login",
        (None, _) => "no key",
    };
    let kind = ironbridge_upstream::Catalogue::kind(provider.kind).name;
    let mut words = vec![provider.name.as_str(), kind];
    if !url.is_empty() {
        words.extend([url.as_str(), key]);
    }
    words.join("  ")
}
