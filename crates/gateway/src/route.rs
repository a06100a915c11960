//! Room two: where a request goes.
//!
//! The first `[[route]]` whose glob matches the model decides. Without one it is the provider that lists the model, else
//! the first provider; any model name is accepted (DESIGN §6.4).

use crate::server::SettingsError;
use crate::settings::{RouteSettings, TargetName};
use globset::{Glob, GlobBuilder, GlobMatcher};
use ironbridge_upstream::Provider;
use std::sync::Arc;

/// The routes of the config, ready to be matched.
#[derive(Debug)]
pub(crate) struct RouteTable {
    routes: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    pattern: String,
    matcher: GlobMatcher,
    targets: Vec<Target>,
    strict: bool,
}

/// One place a request may go to.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) provider: Arc<Provider>,
    /// The model to ask for; `None`: the one the client named.
    model: Option<String>,
}

impl Target {
    /// The model to ask this target for.
    pub(crate) fn model<'a>(&'a self, asked: &'a str) -> &'a str {
        self.model.as_deref().unwrap_or(asked)
    }
}

/// Where one request goes.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// Tried in order; never empty.
    pub(crate) targets: Vec<Target>,
    /// Refuse what cannot be translated without loss.
    pub(crate) strict: bool,
}

impl RouteTable {
    pub(crate) fn new(
        settings: &[RouteSettings],
        providers: &[Arc<Provider>],
    ) -> Result<Self, SettingsError> {
        let routes =
            settings.iter().map(|route| Entry::new(route, providers)).collect::<Result<_, _>>()?;
        Ok(RouteTable { routes })
    }

    /// Where a request for `model` goes. Asks providers for their model lists only when there is more than one and no
    /// route matches.
    pub(crate) async fn route(&self, model: &str, providers: &[Arc<Provider>]) -> Route {
        if let Some(entry) = self.routes.iter().find(|entry| entry.matcher.is_match(model)) {
            return Route { targets: entry.targets.clone(), strict: entry.strict };
        }
        let mut chosen = providers.first();
        if providers.len() > 1 {
            for provider in providers {
                if provider.resolve(model).await.is_some() {
                    chosen = Some(provider);
                    break;
                }
            }
        }
        let targets = chosen
            .map(|provider| Target { provider: provider.clone(), model: None })
            .into_iter()
            .collect();
        Route { targets, strict: false }
    }

    /// The aliases: patterns that are plain names, for the list of models.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, &Target)> {
        self.routes
            .iter()
            .filter(|entry| !entry.pattern.contains(['*', '?', '[', '{']))
            .filter_map(|entry| Some((entry.pattern.as_str(), entry.targets.first()?)))
    }
}

impl Entry {
    fn new(route: &RouteSettings, providers: &[Arc<Provider>]) -> Result<Self, SettingsError> {
        let find = |name: &TargetName| {
            let provider = providers.iter().find(|provider| provider.name() == name.provider);
            provider
                .map(|provider| Target { provider: provider.clone(), model: name.model.clone() })
                .ok_or_else(|| SettingsError::UnknownProvider {
                    pattern: route.pattern.clone(),
                    provider: name.provider.clone(),
                })
        };
        Ok(Entry {
            pattern: route.pattern.clone(),
            matcher: model_glob(&route.pattern)?,
            targets: route.targets.iter().map(find).collect::<Result<_, _>>()?,
            strict: route.strict,
        })
    }
}

/// A glob over model names, ready to be matched.
pub(crate) fn model_glob(pattern: &str) -> Result<GlobMatcher, SettingsError> {
    glob(pattern).map(|glob| glob.compile_matcher()).map_err(|error| SettingsError::Glob {
        pattern: pattern.to_owned(),
        why: error.kind().to_string(),
    })
}

/// A glob over model names. `*` crosses `/`: names such as `meta-llama/llama-3` are no paths.
pub(crate) fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(false).build()
}
