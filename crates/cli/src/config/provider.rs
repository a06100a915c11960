//! `[[provider]]` with its `timeouts` and `pool`.

use std::path::PathBuf;

use http::Uri;
use ironbridge_upstream::copilot::CopilotSettings;
use ironbridge_upstream::{
    Catalogue, ExtraHeaderError, ExtraHeaders, Pool, ProviderKind, ProviderSettings, Secret,
    Timeouts,
};
use ironbridge_wire::Dialect;

use super::mistake::Mistakes;
use super::section::Section;
use super::source::{Overrides, Sources};
use super::value::{self, Wrong};
use super::{account, certificates, secret};

/// How often a request is sent again when the config does not say: once. A pooled connection that the server has just
/// closed is the common case, and clients retry too.
pub(super) const RETRIES_DEFAULT: u32 = 1;

/// What the variables of the earlier proxy give to Anthropic's own server.
#[derive(Clone, Debug, Default)]
pub(super) struct AnthropicDefaults {
    /// `CLAUDE_API_KEY`.
    pub(super) key: Option<Secret>,
    /// `CREDENTIALS_DIR`.
    pub(super) credential_files: Option<PathBuf>,
}

/// One provider, or `None` where its name or kind is wrong.
pub(super) fn provider<'a>(
    section: &Section<'a>,
    defaults: &AnthropicDefaults,
    mistakes: &'a Mistakes<'a>,
    sources: &'a Sources<'a>,
) -> Option<ProviderSettings> {
    let overrides = sources.overrides;
    let name = section.text("name", value::name);
    let kind = kind(section);
    let base_url = section.text("base_url", value::url);
    let mut credential = section.secret("credential", overrides.needs_secrets());
    let api = section.choices("api").unwrap_or_default();
    let authorities = section.text("ca_file", |file| certificates::authorities(file, sources));
    let headers = read_headers(section);
    let timeouts =
        Section::open_in("provider.timeouts", section.entries(), "timeouts", mistakes, sources);
    let timeouts = read_timeouts(&timeouts);
    let pool = Section::open_in("provider.pool", section.entries(), "pool", mistakes, sources);
    let pool = read_pool(&pool);
    let retries = section.count("retries").unwrap_or(RETRIES_DEFAULT);
    let models_ttl = section.duration("models_ttl");
    let mut credential_files =
        section.text("credential_files", |text| Ok(secret::place(text, sources)));
    let oauth = Section::open_in("provider.oauth", section.entries(), "oauth", mistakes, sources);
    let copilot = account::copilot(section, overrides);
    let kind = kind?;
    refuse_what_the_kind_has_not(section, kind);
    let identities = account::identities(section, kind);
    let oauth = account::oauth(&oauth, &identities);
    if kind == ProviderKind::Anthropic && !section.has("base_url") {
        // Only to Anthropic's own server: no key must reach one that was configured without it.
        if !section.has("credential") {
            credential = defaults.key.clone();
        }
        credential_files = credential_files.or_else(|| defaults.credential_files.clone());
    }
    let name = name?;
    if let Some(url) = base_url.as_ref().filter(|url| credential.is_some() && is_in_the_clear(url))
    {
        let message = format!("the key of {name} is sent to {url} without TLS");
        mistakes.warn(section.line_of("base_url"), message, None);
    }
    Some(ProviderSettings {
        base_url,
        credential,
        api: api.into_iter().filter_map(Dialect::by_name).collect(),
        timeouts,
        pool,
        retries,
        proxy: overrides.proxy.clone(),
        authorities: authorities.unwrap_or_default(),
        headers,
        models_ttl,
        copilot,
        oauth,
        identities,
        credential_files,
        ..ProviderSettings::new(name, kind)
    })
}

/// A provider that exists when the file names none.
pub(super) fn plain(
    name: &str,
    kind: ProviderKind,
    credential: Option<Secret>,
    overrides: &Overrides,
) -> ProviderSettings {
    let account_type = overrides.account_type.unwrap_or_default();
    ProviderSettings {
        credential,
        retries: RETRIES_DEFAULT,
        proxy: overrides.proxy.clone(),
        copilot: CopilotSettings { account_type, ..CopilotSettings::default() },
        ..ProviderSettings::new(name, kind)
    }
}

fn kind(section: &Section<'_>) -> Option<ProviderKind> {
    let name = section.choice("kind")?;
    ProviderKind::ALL.into_iter().find(|kind| Catalogue::kind(*kind).name == name)
}

/// The keys that not every kind has, each with those that have it.
const KEYS_OF_KINDS: &[(&str, &[ProviderKind])] = {
    use ProviderKind::{Anthropic, Copilot, Openai};
    &[
        ("base_url", &[Anthropic, Openai, Copilot]),
        ("credential", &[Anthropic, Openai, Copilot]),
        ("api", &[Openai]),
        ("ca_file", &[Anthropic, Openai, Copilot]),
        ("headers", &[Anthropic, Openai, Copilot]),
        ("models_ttl", &[Anthropic, Openai, Copilot]),
        ("account_type", &[Copilot]),
        ("enterprise_host", &[Copilot]),
        ("github_url", &[Copilot]),
        ("api_url", &[Copilot]),
        ("identity", &[Anthropic, Copilot]),
        ("credential_files", &[Anthropic]),
        ("oauth", &[Anthropic]),
    ]
};

fn refuse_what_the_kind_has_not(section: &Section<'_>, kind: ProviderKind) {
    let owner = match kind {
        ProviderKind::Offline => "the built-in model",
        ProviderKind::Anthropic => "an \"anthropic\" provider",
        ProviderKind::Openai => "an \"openai\" provider",
        ProviderKind::Copilot => "a \"copilot\" provider",
    };
    let foreign = KEYS_OF_KINDS.iter().filter(|(_, kinds)| !kinds.contains(&kind));
    for (key, _) in foreign.filter(|(key, _)| section.has(key)) {
        let wrong = Wrong::hint(format!("is nothing that {owner} has"), format!("remove `{key}`"));
        section.wrong(section.line_of(key), key, wrong);
    }
}

/// Whether a key sent to `url` crosses a network unencrypted.
fn is_in_the_clear(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let loopback =
        host == "localhost" || value::ip(host).is_ok_and(|address| address.is_loopback());
    url.scheme_str() == Some("http") && !loopback
}

fn read_headers(section: &Section<'_>) -> ExtraHeaders {
    let mut headers = ExtraHeaders::default();
    for (name, value, line) in section.named_texts("headers").unwrap_or_default() {
        if let Err(error) = headers.insert(name, value) {
            let hint = (error == ExtraHeaderError::Credential)
                .then(|| "put the key into `credential`".to_owned());
            let wrong = Wrong { message: error.to_string(), hint };
            section.wrong(line, &format!("headers.{name}"), wrong);
        }
    }
    headers
}

fn read_timeouts(section: &Section<'_>) -> Timeouts {
    let default = Timeouts::default();
    Timeouts {
        connect: section.duration("connect").unwrap_or(default.connect),
        headers: section.duration("headers").unwrap_or(default.headers),
        first_content: section.duration("first_content").unwrap_or(default.first_content),
        idle: section.duration("idle").unwrap_or(default.idle),
    }
}

fn read_pool(section: &Section<'_>) -> Pool {
    let default = Pool::default();
    Pool {
        idle_timeout: section.duration("idle_timeout").unwrap_or(default.idle_timeout),
        idle_max: section.count("idle_max").unwrap_or(default.idle_max),
        connections_max: section.count("connections_max").unwrap_or(default.connections_max),
    }
}
