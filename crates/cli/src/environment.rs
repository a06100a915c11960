//! The one table of environment variables, and the one place that reads them.

use http::Uri;
use ironbridge_upstream::ProxySettings;

use crate::error::Error;

/// One environment variable.
#[derive(Debug)]
pub(crate) struct Variable {
    /// Its name; `http_proxy` and the like are also read in lower case.
    pub(crate) name: &'static str,
    /// What its value is.
    pub(crate) value: &'static str,
    /// What it does, in one sentence.
    pub(crate) about: &'static str,
    /// What else is to be known; may be empty.
    pub(crate) details: &'static str,
}

pub(crate) const IRONBRIDGE_HOME: &str = "IRONBRIDGE_HOME";
pub(crate) const NANOCODER_CONFIG_DIR: &str = "NANOCODER_CONFIG_DIR";
pub(crate) const CLAUDE_API_KEY: &str = "CLAUDE_API_KEY";
pub(crate) const DASHBOARD_API_KEY: &str = "DASHBOARD_API_KEY";
pub(crate) const DATABASE_URL: &str = "DATABASE_URL";
pub(crate) const STORAGE_ENABLED: &str = "STORAGE_ENABLED";
pub(crate) const DEBUG: &str = "DEBUG";
pub(crate) const HF_HUB_CACHE: &str = "HF_HUB_CACHE";
pub(crate) const HF_HOME: &str = "HF_HOME";
pub(crate) const NO_COLOR: &str = "NO_COLOR";
pub(crate) const SHELL: &str = "SHELL";
pub(crate) const PROMPT: &str = "PROMPT";
pub(crate) const WAYLAND_DISPLAY: &str = "WAYLAND_DISPLAY";
pub(crate) const DISPLAY: &str = "DISPLAY";
pub(crate) const CREDENTIALS_DIR: &str = "CREDENTIALS_DIR";
const HTTP_PROXY: &str = "HTTP_PROXY";
const HTTPS_PROXY: &str = "HTTPS_PROXY";
const NO_PROXY: &str = "NO_PROXY";

/// Every variable that means something to this version, besides those that a config file names for its secrets.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable {
        name: IRONBRIDGE_HOME,
        value: "a folder",
        about: "Holds the config file and all data, in place of the platform's two folders.",
        details: "Its `config.toml` is read, the platform's is not.",
    },
    Variable {
        name: NANOCODER_CONFIG_DIR,
        value: "a folder",
        about: "With `run`: where the user's `agents.config.json` of nanocoder is.",
        details: "Without it, `nanocoder` in the platform's config folder. Every `$NAME` and `${NAME:-default}` in that \
                  file stands for a variable.",
    },
    Variable {
        name: CLAUDE_API_KEY,
        value: "a key",
        about: "The key for Anthropic's own server where the config gives none.",
        details: "Without any `[[provider]]` it makes one named `anthropic`. It is never sent to a provider with a \
                  `base_url` of its own.",
    },
    Variable {
        name: CREDENTIALS_DIR,
        value: "a folder",
        about: "Holds the key or login of each domain for Anthropic's own server: `DOMAIN.credentials.json`.",
        details: "The domain is the request's `Host`. `credential_files` of a provider wins over it. Without any \
                  `[[provider]]` it makes one named `anthropic`.",
    },
    Variable {
        name: DASHBOARD_API_KEY,
        value: "a token",
        about: "The admin token where the config has no `server.admin_token`.",
        details: "",
    },
    Variable {
        name: DATABASE_URL,
        value: "`sqlite:FILE` or `postgres://…`",
        about: "The ledger's database where the config has no `ledger.url`.",
        details: "The place for an address with a password.",
    },
    Variable {
        name: STORAGE_ENABLED,
        value: "`true` or `1`",
        about: "Keeps requests and replies for seven days where the config has no `ledger.bodies`.",
        details: "",
    },
    Variable { name: DEBUG, value: "`true` or `1`", about: "As `--verbose`.", details: "" },
    Variable {
        name: HTTP_PROXY,
        value: "a URL",
        about: "With `--proxy-env`: the proxy for `http` providers.",
        details: "Read in lower case first, as curl does; so are the next two.",
    },
    Variable {
        name: HTTPS_PROXY,
        value: "a URL",
        about: "With `--proxy-env`: the proxy for `https` providers, by CONNECT.",
        details: "",
    },
    Variable {
        name: NO_PROXY,
        value: "host suffixes, separated by commas; `*` for all",
        about: "With `--proxy-env`: hosts that are reached without a proxy.",
        details: "",
    },
    Variable {
        name: HF_HUB_CACHE,
        value: "a folder",
        about: "The Hugging Face cache in which `tokens` looks for a `tokenizer.json`.",
        details: "",
    },
    Variable {
        name: HF_HOME,
        value: "a folder",
        about: "Where `HF_HUB_CACHE` is not set: that cache is `hub` in this folder, by default `~/.cache/huggingface`.",
        details: "",
    },
    Variable {
        name: SHELL,
        value: "a program",
        about: "With `start --claude-code`: the shell for which the command is written.",
        details: "On Windows without it `PROMPT`, which only cmd sets, tells cmd from PowerShell.",
    },
    Variable {
        name: WAYLAND_DISPLAY,
        value: "a name",
        about: "With `start --claude-code`: the command is copied with wl-copy.",
        details: "",
    },
    Variable {
        name: DISPLAY,
        value: "a name",
        about: "With `start --claude-code`: the command is copied with xclip or xsel.",
        details: "Without either the terminal is asked to copy it.",
    },
    Variable {
        name: NO_COLOR,
        value: "anything",
        about: "Logs without colours.",
        details: "They have none either where stderr is not a terminal.",
    },
];

/// The value of a variable; one that is empty or not UTF-8 counts as not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The values of variables that are called as secrets are.
pub(crate) fn secrets() -> Vec<String> {
    const WORDS: [&str; 6] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"];
    let is_secret = |name: &str| {
        let name = name.to_ascii_uppercase();
        name.split('_').any(|word| WORDS.iter().any(|known| word.ends_with(known)))
    };
    let named = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        let name = name.into_string().ok().filter(|name| is_secret(name));
        name.and_then(|_| value.into_string().ok())
    };
    std::env::vars_os().filter_map(named).collect()
}

/// Whether `DEBUG` asks for verbose logs. Other programs use the variable for other things, which are not meant.
pub(crate) fn debug() -> bool {
    variable(DEBUG).is_some_and(|value| matches!(value.as_str(), "true" | "1"))
}

/// The proxies as the variables name them, for `--proxy-env`.
pub(crate) fn proxies(variable: &dyn Fn(&str) -> Option<String>) -> Result<ProxySettings, Error> {
    let either_case = |name: &str| variable(&name.to_ascii_lowercase()).or_else(|| variable(name));
    let proxy = |name: &str| either_case(name).map(|text| proxy_url(name, &text)).transpose();
    Ok(ProxySettings {
        http: proxy(HTTP_PROXY)?,
        https: proxy(HTTPS_PROXY)?,
        no_proxy: either_case(NO_PROXY).unwrap_or_default(),
    })
}

/// Reads a proxy; without a scheme it is `http`. The text may hold a password and is never repeated.
fn proxy_url(name: &str, text: &str) -> Result<Uri, Error> {
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url: Option<Uri> = whole.parse().ok();
    let fits = |url: &Uri| {
        url.scheme_str() == Some("http") && url.host().is_some_and(|host| !host.is_empty())
    };
    url.filter(fits).ok_or_else(|| {
        Error::usage(format!("cannot use the proxy in {name}"))
            .hint("a proxy is http://HOST:PORT; SOCKS and https proxies are not supported")
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(variables: &[(&str, &str)], expected: Expect) {
        let lookup = |name: &str| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        };
        let text = match proxies(&lookup) {
            Ok(proxies) => format!(
                "http {:?} https {:?} except {:?}\n",
                proxies.http.map(|url| url.to_string()),
                proxies.https.map(|url| url.to_string()),
                proxies.no_proxy
            ),
            Err(error) => error.render(),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn proxies_are_read_in_either_case() {
        check(
            &[],
            expect![[r#"
            http None https None except ""
        "#]],
        );
        check(
            &[
                ("HTTP_PROXY", "http://upper:1"),
                ("http_proxy", "lower:2"),
                ("HTTPS_PROXY", "http://user:secret@proxy:3128"),
                ("no_proxy", "localhost,.internal"),
            ],
            expect![[r#"
                http Some("http://lower:2/") https Some("http://user:secret@proxy:3128/") except "localhost,.internal"
            "#]],
        );
        check(
            &[("HTTPS_PROXY", "socks5://u:secret@x:1")],
            expect![[r#"
            error: cannot use the proxy in HTTPS_PROXY
            hint: a proxy is http://HOST:PORT; SOCKS and https proxies are not supported
        "#]],
        );
    }
}
