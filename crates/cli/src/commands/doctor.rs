//! `ironbridge doctor`: what the config, the variables and the folders come to.

use std::fmt::Write as _;

use ironbridge_upstream::ProviderSettings;

use crate::arguments::Global;
use crate::config::{Config, Overrides};
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::{folders, output};

/// Reads the config as `start` does and prints the result. Secrets are said to be there, never shown.
///
/// # Errors
/// Every mistake in the config.
pub(crate) fn run(global: &Global) -> Result<(), Error> {
    let file = ConfigFile::find(global);
    let text = file.read()?;
    let there = if text.is_some() { "" } else { " (not there)" };
    let config = file.check(&text.unwrap_or_default(), &Overrides::default())?;
    let data = global.data_dir.clone().or_else(folders::data);
    let data = data.as_deref().map_or_else(|| "no home folder".to_owned(), folders::shown);

    let mut report = format!(
        "version    {}\nconfig     {}{there}\ndata       {data}\n",
        env!("CARGO_PKG_VERSION"),
        file.shown(),
    );
    describe(&config, &mut report);
    output::warnings(&config.warnings);
    output::result(&report)
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
        let _ = writeln!(report, "provider   none: only `ironbridge start --offline` works");
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
    let key = if provider.credential.is_some() { "key given" } else { "no key" };
    let kind = ironbridge_upstream::Catalogue::kind(provider.kind).name;
    let mut words = vec![provider.name.as_str(), kind];
    if !url.is_empty() {
        words.extend([url.as_str(), key]);
    }
    words.join("  ")
}
