//! What the operator says about one provider, checked and complete.

use crate::anthropic::AnthropicOauth;
use crate::authorities::Authorities;
use crate::copilot::CopilotSettings;
use crate::extra_headers::ExtraHeaders;
use crate::secret::Secret;
use http::Uri;
use ironbridge_wire::Dialect;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// One `[[provider]]` of the config.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderSettings {
    /// The name that routes use; unique, without `/`.
    pub name: String,
    /// Which protocol family it speaks.
    pub kind: ProviderKind,
    /// What the official SDK of that kind takes as its base URL (openai: with `/v1`); `None`: the kind's own.
    pub base_url: Option<Uri>,
    /// The key sent upstream; `None` for servers without keys.
    pub credential: Option<Secret>,
    /// Kind `openai` only: the dialects the server speaks; empty: learned (DESIGN §6.4).
    pub api: Vec<Dialect>,
    /// How long each step may take.
    pub timeouts: Timeouts,
    /// How many connections are kept.
    pub pool: Pool,
    /// How often a request is sent again to this provider after a network error or a 5xx, before any content.
    pub retries: u32,
    /// Use `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` (given here as read by the binary; `--proxy-env`).
    pub proxy: Option<ProxySettings>,
    /// Authorities that may vouch for the server besides the public ones.
    pub authorities: Authorities,
    /// Sent with every request besides the usual headers.
    pub headers: ExtraHeaders,
    /// How long its list of models is good for; `None`: the kind's own time.
    pub models_ttl: Option<Duration>,
    /// Kind `copilot` only: which GitHub, and which plan.
    pub copilot: CopilotSettings,
    /// Kind `anthropic` only: where and as whom to log in.
    pub oauth: AnthropicOauth,
    /// Rows of the [identity table](crate::identity) that the operator set himself, by name.
    pub identities: BTreeMap<String, String>,
    /// Kind `anthropic` only: a folder of `<domain>.credentials.json`; a request whose Host has a file is sent with that.
    pub credential_files: Option<PathBuf>,
}

impl ProviderSettings {
    /// A provider of which only name and kind are given: everything else at its default, no credential.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ProviderKind) -> Self {
        ProviderSettings {
            name: name.into(),
            kind,
            base_url: None,
            credential: None,
            api: Vec::new(),
            timeouts: Timeouts::default(),
            pool: Pool::default(),
            retries: 0,
            proxy: None,
            authorities: Authorities::default(),
            headers: ExtraHeaders::default(),
            models_ttl: None,
            copilot: CopilotSettings::default(),
            oauth: AnthropicOauth::default(),
            identities: BTreeMap::new(),
            credential_files: None,
        }
    }
}

/// A family of providers. The catalogue has one row for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProviderKind {
    /// The built-in deterministic model.
    Offline,
    /// Anthropic's API.
    Anthropic,
    /// OpenAI's API and every server that imitates it.
    Openai,
    /// GitHub Copilot.
    Copilot,
}

impl ProviderKind {
    /// Every kind.
    pub const ALL: [ProviderKind; 4] = [
        ProviderKind::Offline,
        ProviderKind::Anthropic,
        ProviderKind::Openai,
        ProviderKind::Copilot,
    ];
}

/// The four time-outs of an exchange with a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To open a connection, TLS included.
    pub connect: Duration,
    /// From the request sent to the response headers.
    pub headers: Duration,
    /// From the headers to the first event with content.
    pub first_content: Duration,
    /// Between two chunks of a body; SSE comments count as life.
    pub idle: Duration,
}

impl Default for Timeouts {
    /// 10 s, 10 min (reasoning models answer late; the official SDKs wait as long), 10 min, 5 min.
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(10),
            headers: Duration::from_secs(600),
            first_content: Duration::from_secs(600),
            idle: Duration::from_secs(300),
        }
    }
}

/// The connections kept to one provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
    /// How many idle connections are kept.
    pub idle_max: usize,
    /// How many connections may be open at once; a request beyond waits for one.
    pub connections_max: usize,
}

impl Default for Pool {
    /// 90 s, 64 idle, 512 open.
    fn default() -> Self {
        Pool { idle_timeout: Duration::from_secs(90), idle_max: 64, connections_max: 512 }
    }
}

/// Proxies as the environment names them. `Debug` leaves out what stands before an `@`: it may be a password.
#[derive(Clone, Default, PartialEq)]
pub struct ProxySettings {
    /// For `http` targets.
    pub http: Option<Uri>,
    /// For `https` targets, by CONNECT.
    pub https: Option<Uri>,
    /// `NO_PROXY`: host suffixes, comma-separated; `*` for all.
    pub no_proxy: String,
}

impl fmt::Debug for ProxySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |proxy: &Option<Uri>| {
            let authority = proxy.as_ref()?.authority()?.as_str();
            Some(authority.rsplit('@').next().unwrap_or_default().to_owned())
        };
        f.debug_struct("ProxySettings")
            .field("http", &shown(&self.http))
            .field("https", &shown(&self.https))
            .field("no_proxy", &self.no_proxy)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_password_is_not_shown() {
        let proxy = ProxySettings {
            http: Some(Uri::from_static("http://user:secret@proxy:3128")),
            ..ProxySettings::default()
        };
        let shown = format!("{proxy:?}");
        assert!(shown.contains("proxy:3128") && !shown.contains("secret"), "{shown}");
    }
}
