//! Which GitHub an account is of, and which hosts follow from that.

use http::Uri;
use http::uri::Scheme;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest host name, in bytes (RFC 1035 §2.3.4).
const HOST_BYTES_MAX: usize = 253;

/// What the operator says about one Copilot account. The default is an individual one at github.com.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopilotSettings {
    /// Which plan it is of: decides the host of the models where the token's reply names none.
    pub account_type: AccountType,
    /// The host of the company's own GitHub, `octo.ghe.com` or `github.example.com`; `None`: github.com.
    pub enterprise_host: Option<String>,
    /// Where one logs in, if not at `https://` and the host.
    pub github_url: Option<Uri>,
    /// GitHub's API, if not where it is by GitHub's documentation: `https://api.github.com`; with data residency
    /// (`*.ghe.com`) `https://api.HOST`; on a GitHub Enterprise Server `https://HOST/api/v3`.
    pub api_url: Option<Uri>,
}

impl CopilotSettings {
    /// The servers that these settings lead to: where one logs in, GitHub's API, and the models where GitHub does not say
    /// otherwise. Each is a URL within its server, with nothing secret in it.
    ///
    /// # Errors
    /// The first host or URL that is not usable.
    pub fn servers(&self) -> Result<[Uri; 3], CopilotSettingsError> {
        let addresses = Addresses::of(self)?;
        Ok([addresses.device_code, addresses.user, addresses.copilot])
    }
}

/// The plans of Copilot that have a host of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AccountType {
    /// Free, Pro, Pro+.
    #[default]
    Individual,
    /// Copilot Business.
    Business,
    /// Copilot Enterprise.
    Enterprise,
}

impl AccountType {
    /// All of them.
    pub const ALL: [AccountType; 3] =
        [AccountType::Individual, AccountType::Business, AccountType::Enterprise];

    /// Its name in flags and settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AccountType::Individual => "individual",
            AccountType::Business => "business",
            AccountType::Enterprise => "enterprise",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        AccountType::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn base_url(self) -> &'static str {
        match self {
            AccountType::Individual => "https://api.githubcopilot.com",
            AccountType::Business => "https://api.business.githubcopilot.com",
            AccountType::Enterprise => "https://api.enterprise.githubcopilot.com",
        }
    }
}

/// Why settings of an account are not usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{setting}` {reason}")]
pub struct CopilotSettingsError {
    /// The setting.
    pub setting: &'static str,
    /// What is wrong with it, and what it should be.
    pub reason: String,
}

/// Every address that an account's calls go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Addresses {
    pub(super) device_code: Uri,
    pub(super) access_token: Uri,
    pub(super) user: Uri,
    pub(super) copilot_token: Uri,
    pub(super) copilot_user: Uri,
    /// Where models are when the token's reply does not say.
    copilot: Uri,
    enterprise_host: Option<String>,
    /// GitHub itself is a test on this machine; then so may Copilot be.
    loopback: bool,
}

impl Addresses {
    pub(super) fn of(settings: &CopilotSettings) -> Result<Self, CopilotSettingsError> {
        let host = settings.enterprise_host.as_deref().map(enterprise_host).transpose()?;
        let resident = host.as_deref().filter(|host| host.ends_with(".ghe.com"));
        let github = match (&settings.github_url, host.as_deref()) {
            (Some(url), _) => checked("github_url", url)?,
            (None, Some(host)) => format!("https://{host}"),
            (None, None) => "https://github.com".to_owned(),
        };
        let api = match (&settings.api_url, resident, host.as_deref()) {
            (Some(url), _, _) => checked("api_url", url)?,
            (None, Some(host), _) => format!("https://api.{host}"),
            (None, None, Some(host)) => format!("https://{host}/api/v3"),
            (None, None, None) => "https://api.github.com".to_owned(),
        };
        let copilot = match resident {
            // Data residency has its own Copilot beside its API.
            Some(host) => format!("https://copilot-api.{host}"),
            None => settings.account_type.base_url().to_owned(),
        };
        let login = |path| address("github_url", &github, path);
        let called = |path| address("api_url", &api, path);
        let user = called("/user")?;
        Ok(Addresses {
            device_code: login("/login/device/code")?,
            access_token: login("/login/oauth/access_token")?,
            copilot_token: called("/copilot_internal/v2/token")?,
            copilot_user: called("/copilot_internal/user")?,
            copilot: address("enterprise_host", &copilot, "")?,
            loopback: user.host().is_some_and(is_loopback),
            user,
            enterprise_host: host,
        })
    }

    /// Where models are, by the account's type.
    pub(super) fn copilot(&self) -> &Uri {
        &self.copilot
    }

    /// `endpoint` as a base URL, if it is one that a token may be sent to: GitHub's own hosts for Copilot, the
    /// enterprise's own, and this machine where GitHub's API is on this machine, too. A reply does not choose any other.
    pub(super) fn trusted(&self, endpoint: &str) -> Option<Uri> {
        let url: Uri = endpoint.trim_end_matches('/').parse().ok()?;
        let host = url.host()?.to_ascii_lowercase();
        if url.authority()?.as_str().contains('@') || url.query().is_some() {
            return None;
        }
        if is_loopback(&host) {
            return (self.loopback && is_web(&url)).then_some(url);
        }
        let under = |domain: &str| {
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let known = under("githubcopilot.com")
            || host.ends_with(".ghe.com")
            || self.enterprise_host.as_deref().is_some_and(under);
        (known && url.scheme() == Some(&Scheme::HTTPS)).then_some(url)
    }
}

fn enterprise_host(host: &str) -> Result<String, CopilotSettingsError> {
    let host = host.to_ascii_lowercase();
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let wrong = |reason: &str| CopilotSettingsError {
        setting: "enterprise_host",
        reason: reason.to_owned(),
    };
    if host == "github.com" || host.ends_with(".github.com") {
        return Err(wrong("is github.com, which is meant without it: leave it out"));
    }
    if host.len() > HOST_BYTES_MAX || !host.contains('.') || !host.split('.').all(label) {
        return Err(wrong("is not the name of a host: write it alone, as in `octo.ghe.com`"));
    }
    Ok(host)
}

/// The URL without a slash at its end. Tokens travel encrypted, except to this machine itself.
fn checked(setting: &'static str, url: &Uri) -> Result<String, CopilotSettingsError> {
    let wrong = |reason: &str| CopilotSettingsError { setting, reason: reason.to_owned() };
    let (Some(host), true) = (url.host(), is_web(url)) else {
        return Err(wrong("does not begin with https:// and a host"));
    };
    if url.scheme() == Some(&Scheme::HTTP) && !is_loopback(host) {
        return Err(wrong("is http://, which would send tokens in the clear: use https://"));
    }
    if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(wrong("holds a user name: leave it out"));
    }
    if url.query().is_some() {
        return Err(wrong("has a query: leave it out"));
    }
    Ok(url.to_string().trim_end_matches('/').to_owned())
}

fn address(setting: &'static str, base: &str, path: &str) -> Result<Uri, CopilotSettingsError> {
    format!("{base}{path}")
        .parse()
        .map_err(|error| CopilotSettingsError { setting, reason: format!("is not a URL: {error}") })
}

/// Whether it is a URL of the web.
pub(super) fn is_web(url: &Uri) -> bool {
    url.scheme().is_some_and(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme))
}

/// Whether a host is this machine itself.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn settings(host: &str) -> CopilotSettings {
        CopilotSettings {
            enterprise_host: Some(host).filter(|host| !host.is_empty()).map(str::to_owned),
            ..CopilotSettings::default()
        }
    }

    fn check(settings: &CopilotSettings, expected: Expect) {
        let shown = match Addresses::of(settings) {
            Ok(found) => {
                format!("{} {} {}", found.access_token, found.copilot_token, found.copilot)
            }
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn each_github_has_its_hosts() {
        check(
            &settings(""),
            expect![
                "https://github.com/login/oauth/access_token https://api.github.com/copilot_internal/v2/token https://api.githubcopilot.com/"
            ],
        );
        for account_type in AccountType::ALL {
            assert_eq!(AccountType::parse(account_type.name()), Some(account_type));
        }
        let business = AccountType::Business;
        check(
            &CopilotSettings { account_type: business, ..settings("") },
            expect![
                "https://github.com/login/oauth/access_token https://api.github.com/copilot_internal/v2/token https://api.business.githubcopilot.com/"
            ],
        );
        let enterprise = AccountType::Enterprise;
        check(
            &CopilotSettings { account_type: enterprise, ..settings("") },
            expect![
                "https://github.com/login/oauth/access_token https://api.github.com/copilot_internal/v2/token https://api.enterprise.githubcopilot.com/"
            ],
        );
        check(
            &settings("Octo.ghe.com"),
            expect![
                "https://octo.ghe.com/login/oauth/access_token https://api.octo.ghe.com/copilot_internal/v2/token https://copilot-api.octo.ghe.com/"
            ],
        );
        check(
            &settings("github.example.com"),
            expect![
                "https://github.example.com/login/oauth/access_token https://github.example.com/api/v3/copilot_internal/v2/token https://api.githubcopilot.com/"
            ],
        );
        let elsewhere = CopilotSettings {
            github_url: Some(Uri::from_static("http://127.0.0.1:9/")),
            api_url: Some(Uri::from_static("http://[::1]:9/api/")),
            ..settings("")
        };
        check(
            &elsewhere,
            expect![
                "http://127.0.0.1:9/login/oauth/access_token http://[::1]:9/api/copilot_internal/v2/token https://api.githubcopilot.com/"
            ],
        );
    }

    #[test]
    fn what_is_not_usable_says_how_to_mend_it() {
        check(
            &settings("https://octo.ghe.com"),
            expect![
                "`enterprise_host` is not the name of a host: write it alone, as in `octo.ghe.com`"
            ],
        );
        check(
            &settings("octo"),
            expect![
                "`enterprise_host` is not the name of a host: write it alone, as in `octo.ghe.com`"
            ],
        );
        check(
            &settings("github.com"),
            expect!["`enterprise_host` is github.com, which is meant without it: leave it out"],
        );
        let with = |url| CopilotSettings { api_url: Some(Uri::from_static(url)), ..settings("") };
        check(
            &with("http://github.example.com/api/v3"),
            expect!["`api_url` is http://, which would send tokens in the clear: use https://"],
        );
        check(
            &with("https://me@github.example.com"),
            expect!["`api_url` holds a user name: leave it out"],
        );
        check(
            &with("https://github.example.com/?a=b"),
            expect!["`api_url` has a query: leave it out"],
        );
        check(&with("/api/v3"), expect!["`api_url` does not begin with https:// and a host"]);
    }

    #[test]
    fn a_reply_names_only_hosts_that_tokens_may_go_to() {
        let github = Addresses::of(&settings("github.example.com")).unwrap();
        let trusted = |endpoint: &str| github.trusted(endpoint).map(|url| url.to_string());
        for endpoint in [
            "https://api.individual.githubcopilot.com",
            "https://githubcopilot.com",
            "https://copilot-api.octo.ghe.com",
            "https://github.example.com",
            "https://copilot-api.GitHub.example.com:8443",
        ] {
            assert!(trusted(endpoint).is_some(), "{endpoint}");
        }
        for endpoint in [
            "http://api.githubcopilot.com",
            "https://evilgithubcopilot.com",
            "https://githubcopilot.com.evil.example",
            "https://api.githubcopilot.com@evil.example",
            "https://user@api.githubcopilot.com",
            "https://api.githubcopilot.com?to=evil",
            "https://ghe.com",
            "https://evil.example/githubcopilot.com",
            "https://evilgithub.example.com",
            "http://127.0.0.1:80",
            "https://localhost",
            "ftp://api.githubcopilot.com",
            "api.githubcopilot.com",
            "",
        ] {
            assert_eq!(trusted(endpoint), None, "{endpoint}");
        }
        assert_eq!(
            trusted("https://api.githubcopilot.com/").as_deref(),
            Some("https://api.githubcopilot.com/")
        );
    }

    #[test]
    fn this_machine_is_trusted_only_by_a_github_on_this_machine() {
        let here = CopilotSettings {
            api_url: Some(Uri::from_static("http://localhost:9")),
            ..settings("")
        };
        let here = Addresses::of(&here).unwrap();
        assert!(here.trusted("http://127.0.0.1:80/copilot").is_some());
        assert!(here.trusted("http://192.168.0.1:80").is_none());
    }
}
