//! `[[provider]]` with its `timeouts` and `pool`.

use http::Uri;
use ironbridge_upstream::{
    ExtraHeaderError, ExtraHeaders, Pool, ProviderKind, ProviderSettings, Secret, Timeouts,
};
use ironbridge_wire::Dialect;

use super::certificates;
use super::keys::LATER_PROVIDER_KINDS;
use super::mistake::Mistakes;
use super::section::Section;
use super::source::{Overrides, Sources};
use super::value::{self, Wrong};

/// How often a request is sent again when the config does not say: once. A pooled connection that the server has just
/// closed is the common case, and clients retry too.
pub(super) const RETRIES_DEFAULT: u32 = 1;

/// One provider, or `None` where its name or kind is wrong.
pub(super) fn provider<'a>(
    section: &Section<'a>,
    default_anthropic_key: Option<&Secret>,
    mistakes: &'a Mistakes<'a>,
    sources: &'a Sources<'a>,
) -> Option<ProviderSettings> {
    let overrides = sources.overrides;
    let name = section.text("name", value::name);
    let kind = kind(section);
    let base_url = section.text("base_url", value::url);
    let mut credential = section.secret("credential", !overrides.offline);
    let api = section.choices("api").unwrap_or_default();
    let authorities = section.text("ca_file", |file| certificates::authorities(file, sources));
    let headers = read_headers(section);
    let timeouts =
        Section::open_in("provider.timeouts", section.entries(), "timeouts", mistakes, sources);
    let timeouts = read_timeouts(&timeouts);
    let pool = Section::open_in("provider.pool", section.entries(), "pool", mistakes, sources);
    let pool = read_pool(&pool);
    let retries = section.count("retries").unwrap_or(RETRIES_DEFAULT);
    let kind = kind?;
    refuse_what_the_kind_has_not(section, kind);
    if kind == ProviderKind::Anthropic && !section.has("credential") && !section.has("base_url") {
        // Only to Anthropic's own server: the key must not reach one that was configured without a key.
        credential = default_anthropic_key.cloned();
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
        ..ProviderSettings::new(name, kind)
    })
}

/// The provider that exists when the file names none: Anthropic with the key of `CLAUDE_API_KEY`, or with `--offline`
/// the built-in model.
pub(super) fn plain(
    name: &str,
    kind: ProviderKind,
    credential: Option<Secret>,
    overrides: &Overrides,
) -> ProviderSettings {
    ProviderSettings {
        credential,
        retries: RETRIES_DEFAULT,
        proxy: overrides.proxy.clone(),
        ..ProviderSettings::new(name, kind)
    }
}

fn kind(section: &Section<'_>) -> Option<ProviderKind> {
    let kind = section.choice_but("kind", |word| {
        LATER_PROVIDER_KINDS.contains(&word).then(|| {
            let hint = "this version has \"offline\", \"anthropic\" and \"openai\"";
            Wrong::hint(format!("\"{word}\" comes with a later version"), hint)
        })
    })?;
    Some(match kind {
        "offline" => ProviderKind::Offline,
        "anthropic" => ProviderKind::Anthropic,
        _ => ProviderKind::Openai,
    })
}

fn refuse_what_the_kind_has_not(section: &Section<'_>, kind: ProviderKind) {
    let (keys, owner): (&[&str], _) = match kind {
        ProviderKind::Offline => {
            (&["base_url", "credential", "api", "ca_file", "headers"], "the built-in model")
        }
        ProviderKind::Anthropic => (&["api"], "an \"anthropic\" provider"),
        ProviderKind::Copilot => (&["api"], "a \"copilot\" provider"),
        ProviderKind::Openai => return,
    };
    for key in keys.iter().filter(|key| section.has(key)) {
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
