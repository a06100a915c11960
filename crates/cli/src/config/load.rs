//! From the text of a config file to checked settings.

use std::path::PathBuf;

use ironbridge_gateway::{BudgetReserve, BudgetsAway, RateLimitSettings, RouteSettings, Settings};
use ironbridge_upstream::{ProviderKind, ProviderSettings, Secret, login_entry};
use toml_edit::{Document, TableLike};

use super::document::{entry_line, tables};
use super::ledger::LedgerSource;
use super::mistake::{ConfigErrors, Mistake, Mistakes};
use super::provider::AnthropicDefaults;
use super::section::Section;
use super::source::{Overrides, Sources};
use super::suggest::did_you_mean;
use super::{keys, ledger, limit, price, project, provider, route, secret, server, value};
use crate::environment::{CLAUDE_API_KEY, CREDENTIALS_DIR, DASHBOARD_API_KEY};

/// All that the config file, the variables and the flags say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    /// What the gateway takes. `providers` is empty where nothing names one.
    pub(crate) settings: Settings,
    /// `[[tokenizer]]`, in order.
    pub(crate) tokenizers: Vec<TokenizerSource>,
    /// `[ledger]`; `None`: exchanges are not kept.
    pub(crate) ledger: Option<LedgerSource>,
    /// What is doubtful, in the order of the lines.
    pub(crate) warnings: Vec<Mistake>,
}

/// One `[[tokenizer]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenizerSource {
    /// A glob over model names.
    pub(crate) pattern: String,
    /// The `tokenizer.json`.
    pub(crate) file: PathBuf,
}

/// Reads a config file. `file` is its name for messages.
///
/// # Errors
/// Every mistake in it: syntax (then only the first), unknown and missing keys, wrong types and values, secrets that
/// are not there, names that are given twice or to nothing.
pub(crate) fn load(text: &str, file: &str, sources: &Sources<'_>) -> Result<Config, ConfigErrors> {
    let mistakes = Mistakes::new(text, file);
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            // Not its Display: that shows the line, which may hold a secret.
            mistakes.error(mistakes.line(error.span()), first_line(error.message()), None);
            return Err(mistakes.into_result().expect_err("one mistake was just noted"));
        }
    };
    let root: &dyn TableLike = document.as_table();
    check_section_names(root, &mistakes);

    let server_section = Section::open_in("server", Some(root), "server", &mistakes, sources);
    let limits_section = Section::open_in("limits", Some(root), "limits", &mistakes, sources);
    let admin_token = variable_secret(DASHBOARD_API_KEY, sources);
    let mut server =
        server::server(&server_section, &limits_section, sources.overrides, admin_token);
    let ledger_section = Section::open_in("ledger", Some(root), "ledger", &mistakes, sources);
    server.refuse_unrecorded = ledger::refuses_unrecorded(&ledger_section);
    server.bodies_kept = ledger::bodies(&ledger_section, sources);
    let ledger = ledger::ledger(&ledger_section, sources);
    let budget_section = Section::open_in("budget", Some(root), "budget", &mistakes, sources);
    if budget_section.choice("reserve") == Some("learned") {
        server.budget_reserve = BudgetReserve::Learned;
    }
    if budget_section.choice("away") == Some("serve") {
        server.budgets_away = BudgetsAway::Serve;
    }
    let mut providers = providers(root, &mistakes, sources);
    let mut routes = routes(root, &providers, &mistakes, sources);
    let tokenizers = tokenizers(root, &mistakes, sources);
    let rate_limits = rate_limits(root, &mistakes, sources);
    if sources.overrides.offline {
        let kind = ProviderKind::Offline;
        providers = vec![provider::plain("offline", kind, None, sources.overrides)];
        routes.clear();
    }
    // Their files are read by whoever needs them: `commands::tokenizer_files::load`.
    let prices = repeated("price", root, &mistakes, sources);
    let prices = prices.iter().filter_map(price::price).collect();
    let projects = repeated("project", root, &mistakes, sources);
    let projects = projects.iter().filter_map(project::project).collect();
    let settings = Settings {
        server,
        providers,
        routes,
        tokenizers: Vec::new(),
        rate_limits,
        prices,
        projects,
    };
    Ok(Config { settings, tokenizers, ledger, warnings: mistakes.into_result()? })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("is not TOML").to_owned()
}

fn check_section_names(root: &dyn TableLike, mistakes: &Mistakes<'_>) {
    let known = || keys::SECTIONS.iter().map(|section| section.path).filter(|p| !p.contains('.'));
    for (name, item) in root.iter() {
        let line = entry_line(root, name, mistakes);
        if !known().any(|section| section == name) {
            let what = if item.is_value() { "key" } else { "section" };
            let message = format!("unknown {what} \"{name}\"");
            let hint = section_of_key(name).or_else(|| did_you_mean(name, known()));
            mistakes.error(line, message, hint);
        }
    }
}

/// A hint for a key that stands outside its section.
fn section_of_key(name: &str) -> Option<String> {
    let section = keys::SECTIONS.iter().find(|section| section.key(name).is_some())?;
    Some(format!("`{name}` is a key of {}", section.title()))
}

/// The entries of a `[[path]]`, each with its mistakes noted.
fn repeated<'a>(
    path: &str,
    root: &'a dyn TableLike,
    mistakes: &'a Mistakes<'a>,
    sources: &'a Sources<'a>,
) -> Vec<Section<'a>> {
    let rows = keys::section(path).expect("every section that is read stands in the table");
    let Some(item) = root.get(path) else { return Vec::new() };
    let Some(found) = tables(item, mistakes) else {
        let message = format!("{path} must be a list of tables");
        let hint = Some(format!("write [[{path}]] for each"));
        mistakes.error(entry_line(root, path, mistakes), message, hint);
        return Vec::new();
    };
    let open = |(table, line)| Section::open(rows, Some(table), line, mistakes, sources);
    found.into_iter().map(open).collect()
}

fn providers<'a>(
    root: &'a dyn TableLike,
    mistakes: &'a Mistakes<'a>,
    sources: &'a Sources<'a>,
) -> Vec<ProviderSettings> {
    let defaults = AnthropicDefaults {
        key: variable_secret(CLAUDE_API_KEY, sources),
        credential_files: (sources.variable)(CREDENTIALS_DIR)
            .filter(|text| !text.trim().is_empty())
            .map(PathBuf::from),
    };
    let mut found: Vec<ProviderSettings> = Vec::new();
    let sections = repeated("provider", root, mistakes, sources);
    for section in &sections {
        let Some(next) = provider::provider(section, &defaults, mistakes, sources) else {
            continue;
        };
        if found.iter().any(|earlier| earlier.name == next.name) {
            let message = format!("two providers are named \"{}\"", next.name);
            mistakes.error(section.line_of("name"), message, None);
        }
        found.push(next);
    }
    if sections.is_empty() {
        found.extend(unnamed_provider(defaults, sources));
    }
    give_github_token(&mut found, sources.overrides);
    found
}

/// The provider that exists where the file names none: Anthropic with what the variables give, else Copilot if somebody
/// has logged in to it.
fn unnamed_provider(
    defaults: AnthropicDefaults,
    sources: &Sources<'_>,
) -> Option<ProviderSettings> {
    let overrides = sources.overrides;
    if defaults.key.is_some() || defaults.credential_files.is_some() {
        let mut anthropic =
            provider::plain("anthropic", ProviderKind::Anthropic, defaults.key, overrides);
        anthropic.credential_files = defaults.credential_files;
        return Some(anthropic);
    }
    let copilot = provider::plain("copilot", ProviderKind::Copilot, None, overrides);
    login_entry(&copilot).filter(|entry| (sources.logged_in)(entry)).map(|_| copilot)
}

/// Gives the token of `--github-token` to the first Copilot account; where there is none, it makes one.
fn give_github_token(providers: &mut Vec<ProviderSettings>, overrides: &Overrides) {
    let Some(token) = &overrides.github_token else { return };
    match providers.iter_mut().find(|provider| provider.kind == ProviderKind::Copilot) {
        Some(copilot) => copilot.credential = Some(token.clone()),
        None => {
            let kind = ProviderKind::Copilot;
            providers.push(provider::plain("copilot", kind, Some(token.clone()), overrides));
        }
    }
}

fn routes<'a>(
    root: &'a dyn TableLike,
    providers: &[ProviderSettings],
    mistakes: &'a Mistakes<'a>,
    sources: &'a Sources<'a>,
) -> Vec<RouteSettings> {
    let names = provider_names(root, providers, mistakes);
    let mut found = Vec::new();
    for section in repeated("route", root, mistakes, sources) {
        if let Some(route) = route::route(&section, &names) {
            found.push((route, section.line()));
        }
    }
    route::warn_of_unreachable(&found, mistakes);
    found.into_iter().map(|(route, _)| route).collect()
}

/// The names of all providers, also of those with mistakes, so that one mistake is reported once.
fn provider_names(
    root: &dyn TableLike,
    providers: &[ProviderSettings],
    mistakes: &Mistakes<'_>,
) -> Vec<String> {
    let found = root.get("provider").and_then(|item| tables(item, mistakes)).unwrap_or_default();
    let name = |table: &dyn TableLike| Some(table.get("name")?.as_str()?.to_owned());
    let named = found.into_iter().filter_map(|(table, _)| name(table));
    named.chain(providers.iter().map(|provider| provider.name.clone())).collect()
}

fn tokenizers<'a>(
    root: &'a dyn TableLike,
    mistakes: &'a Mistakes<'a>,
    sources: &'a Sources<'a>,
) -> Vec<TokenizerSource> {
    let read = |section: Section<'a>| {
        let pattern = section.text("match", value::glob);
        let file = section.text("file", |text| Ok(secret::place(text, sources)));
        Some(TokenizerSource { pattern: pattern?, file: file? })
    };
    repeated("tokenizer", root, mistakes, sources).into_iter().filter_map(read).collect()
}

fn rate_limits<'a>(
    root: &'a dyn TableLike,
    mistakes: &'a Mistakes<'a>,
    sources: &'a Sources<'a>,
) -> Vec<RateLimitSettings> {
    let read = |section: Section<'a>| Some((limit::limit(&section)?, section.line()));
    let sections = repeated("limit", root, mistakes, sources);
    let found: Vec<_> = sections.into_iter().filter_map(read).collect();
    limit::warn_of_unreachable(&found, mistakes);
    found.into_iter().map(|(limit, _)| limit).collect()
}

/// The secret in a variable of the earlier proxy; an empty one counts as not set.
fn variable_secret(name: &str, sources: &Sources<'_>) -> Option<Secret> {
    let text = (sources.variable)(name)?;
    let text = text.trim();
    (!text.is_empty() && text.is_ascii()).then(|| Secret::new(text))
}
