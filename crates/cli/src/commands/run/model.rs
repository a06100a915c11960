//! Which model is asked, and where.

use std::sync::Arc;

use globset::GlobBuilder;
use ironbridge_agent::Model;
use ironbridge_upstream::{
    Provider, ProviderCredentials, ProviderKind, ProviderSettings, StaticCredentials,
};

use crate::arguments::Global;
use crate::commands::start::require_provider;
use crate::config::{Config, Overrides};
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::{environment, logins, output};

/// The built-in model: it needs no config.
pub(super) const OFFLINE: &str = "offline";

/// The model of that name, at a provider of the config or one of `others`.
///
/// # Errors
/// None is named, or its provider cannot be set up.
pub(crate) async fn find(
    model: Option<&str>,
    proxy_env: bool,
    others: &[ProviderSettings],
    global: &Global,
) -> Result<Model, Error> {
    if model == Some(OFFLINE) {
        return offline();
    }
    let proxy = proxy_env.then(|| environment::proxies(&environment::variable)).transpose()?;
    let overrides = Overrides { proxy, ..Overrides::default() };
    let file = ConfigFile::find(global);
    let mut config = file.load(&overrides)?;
    output::warnings(&config.warnings);
    let known = &mut config.settings.providers;
    for other in others {
        if known.iter().all(|provider| provider.name != other.name) {
            known.push(other.clone());
        }
    }
    require_provider(&config, &file)?;
    let Some(name) = model else {
        return Err(Error::usage("no model is named")
            .hint("--model MODEL names one; `--model offline` is built in and needs no account"));
    };
    let (provider, model) = target(name, &config, global).await?;
    Ok(Model::new(provider, model))
}

fn offline() -> Result<Model, Error> {
    let settings = ProviderSettings::new(OFFLINE, ProviderKind::Offline);
    let failed = |error: &dyn std::error::Error| {
        Error::failure("cannot set up the built-in model").caused_by(error)
    };
    let credentials = StaticCredentials::of(std::slice::from_ref(&settings));
    let credentials = credentials.map_err(|error| failed(&error))?;
    let provider =
        Provider::new(settings, Arc::new(credentials)).map_err(|error| failed(&error))?;
    Ok(Model::new(Arc::new(provider), OFFLINE))
}

/// Where `name` is asked: `PROVIDER/MODEL`; else the first route that matches; else the provider that lists it; else
/// the first one.
async fn target(
    name: &str,
    config: &Config,
    global: &Global,
) -> Result<(Arc<Provider>, String), Error> {
    let all = &config.settings.providers;
    let named = |name: &str| all.iter().find(|provider| provider.name == name);
    if let Some((provider, model)) = name.split_once('/')
        && let Some(provider) = named(provider)
    {
        return Ok((set_up(provider, global)?, model.to_owned()));
    }
    let matches = |pattern: &str| {
        GlobBuilder::new(pattern)
            .literal_separator(false)
            .build()
            .is_ok_and(|glob| glob.compile_matcher().is_match(name))
    };
    if let Some(route) = config.settings.routes.iter().find(|route| matches(&route.pattern))
        && let Some(target) = route.targets.first()
        && let Some(provider) = named(&target.provider)
    {
        let model = target.model.clone().unwrap_or_else(|| name.to_owned());
        return Ok((set_up(provider, global)?, model));
    }
    let mut first = None;
    for settings in all {
        let provider = set_up(settings, global)?;
        if all.len() == 1 || provider.resolve(name).await.is_some() {
            return Ok((provider, name.to_owned()));
        }
        first.get_or_insert(provider);
    }
    let first = first.ok_or_else(|| Error::usage("no provider is configured"))?;
    Ok((first, name.to_owned()))
}

fn set_up(settings: &ProviderSettings, global: &Global) -> Result<Arc<Provider>, Error> {
    let failed = |error: &dyn std::error::Error| {
        Error::usage(format!("cannot use the provider `{}`", settings.name)).caused_by(error)
    };
    let credentials = ProviderCredentials::new(settings, &logins::logins(global));
    let credentials = credentials.map_err(|error| failed(&error))?;
    // Retries are the agent's: they are shown, and an interrupt ends the wait.
    let settings = ProviderSettings { retries: 0, ..settings.clone() };
    let provider = Provider::new(settings.clone(), Arc::new(credentials));
    Ok(Arc::new(provider.map_err(|error| failed(&error))?))
}
