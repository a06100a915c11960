//! What a right file comes to.

use expect_test::{Expect, expect};
use ironbridge_gateway::Settings;

use super::{Overrides, load_plain, load_with};
use crate::config::Config;

/// The parts of the settings that differ between layers, on a few lines.
fn show(config: &Config) -> String {
    let Settings { server, providers, routes, tokenizers: _, rate_limits, prices, projects } =
        &config.settings;
    let secret = |secret: &ironbridge_upstream::Secret| secret.reveal().to_owned();
    let mut text = format!("listen {}\n", server.listen);
    if let Some(token) = &server.admin_token {
        text.push_str(&format!("admin {}\n", secret(token)));
    }
    for p in providers {
        let url = p.base_url.as_ref().map_or("its own".to_owned(), ToString::to_string);
        let key = p.credential.as_ref().map_or("none".to_owned(), secret);
        let api: Vec<_> = p.api.iter().map(|dialect| dialect.name()).collect();
        text.push_str(&format!("{} {:?} at {url} key {key} api {api:?}\n", p.name, p.kind));
    }
    for route in routes {
        let targets: Vec<String> = route
            .targets
            .iter()
            .map(|t| {
                t.model.as_ref().map_or(t.provider.clone(), |m| format!("{} → {m}", t.provider))
            })
            .collect();
        text.push_str(&format!("{} to {targets:?} strict {}\n", route.pattern, route.strict));
    }
    if let Some(interval) = server.interval {
        text.push_str(&format!("interval {interval:?} wait {}\n", server.wait));
    }
    for limit in rate_limits {
        let (requests, tokens) = (limit.requests_per_minute, limit.tokens_per_minute);
        let (pattern, burst) = (&limit.pattern, limit.burst);
        text.push_str(&format!("limit {pattern} {requests:?} {tokens:?} burst {burst:?}\n"));
    }
    for price in prices {
        let [input, read, written, written_1h, output] =
            price.prices.classes([1; 5]).map(|class| class.price);
        let pattern = &price.pattern;
        text.push_str(&format!(
            "price {pattern} {input} read {read} written {written} {written_1h} output {output}\n"
        ));
    }
    for project in projects {
        let budgets: Vec<_> = project.budgets.iter().map(ToString::to_string).collect();
        let (name, domains) = (&project.name, &project.domains);
        text.push_str(&format!("project {name} {domains:?} {budgets:?}\n"));
    }
    for warning in &config.warnings {
        text.push_str(&format!("warning: {}: {}\n", warning.place(), warning.message));
    }
    text
}

fn check(toml: &str, variables: &[(&str, &str)], overrides: &Overrides, expected: Expect) {
    let text = match load_with(toml, variables, overrides) {
        Ok(config) => show(&config),
        Err(error) => error.render(),
    };
    expected.assert_eq(&text);
}

const FILE: &str = r#"
[server]
listen = "localhost:8080"
admin_token = { env = "KEY" }

[[provider]]
name = "main"
kind = "openai"
base_url = "https://openrouter.ai/api/v1"
credential = { file = "key" }
api = ["chat", "responses"]

[[provider]]
name = "claude"
kind = "anthropic"

[[route]]
match = "fast"
targets = ["main/meta-llama/llama-3.1-8b", "claude"]
strict = true
"#;

const OLD_VARIABLES: &[(&str, &str)] =
    &[("CLAUDE_API_KEY", "sk-claude"), ("DASHBOARD_API_KEY", "dashboard")];

#[test]
fn the_file_wins_over_the_variables_and_flags_over_the_file() {
    let none = Overrides::default();
    check(
        "",
        &[],
        &none,
        expect![[r#"
        listen 127.0.0.1:4141
    "#]],
    );
    check(
        "",
        OLD_VARIABLES,
        &none,
        expect![[r#"
        listen 127.0.0.1:4141
        admin dashboard
        anthropic Anthropic at its own key sk-claude api []
    "#]],
    );
    check(
        FILE,
        &[],
        &none,
        expect![[r#"
        listen 127.0.0.1:8080
        admin sk-of-the-variable
        main Openai at https://openrouter.ai/api/v1 key sk-of-the-file api ["chat", "responses"]
        claude Anthropic at its own key none api []
        fast to ["main → meta-llama/llama-3.1-8b", "claude"] strict true
    "#]],
    );
    check(
        FILE,
        OLD_VARIABLES,
        &none,
        expect![[r#"
        listen 127.0.0.1:8080
        admin sk-of-the-variable
        main Openai at https://openrouter.ai/api/v1 key sk-of-the-file api ["chat", "responses"]
        claude Anthropic at its own key sk-claude api []
        fast to ["main → meta-llama/llama-3.1-8b", "claude"] strict true
    "#]],
    );
    let flags = Overrides { port: Some(0), host: "::1".parse().ok(), ..none };
    check(
        FILE,
        &[],
        &flags,
        expect![[r#"
        listen [::1]:0
        admin sk-of-the-variable
        main Openai at https://openrouter.ai/api/v1 key sk-of-the-file api ["chat", "responses"]
        claude Anthropic at its own key none api []
        fast to ["main → meta-llama/llama-3.1-8b", "claude"] strict true
    "#]],
    );
}

#[test]
fn a_secret_comes_from_the_keyring() {
    check(
        "[server]\nadmin_token = { keyring = \"kept\" }\n",
        &[],
        &Overrides::default(),
        expect![[r#"
            listen 127.0.0.1:4141
            admin sk-of-the-keyring
        "#]],
    );
}

#[test]
fn offline_leaves_providers_out_but_checks_them() {
    let offline = Overrides { offline: true, ..Overrides::default() };
    check(
        FILE,
        OLD_VARIABLES,
        &offline,
        expect![[r#"
        listen 127.0.0.1:8080
        admin sk-of-the-variable
        offline Offline at its own key none api []
    "#]],
    );
    let without_key = FILE.replace("file = \"key\"", "env = \"ABSENT\"");
    check(
        &without_key,
        &[],
        &offline,
        expect![[r#"
        listen 127.0.0.1:8080
        admin sk-of-the-variable
        offline Offline at its own key none api []
    "#]],
    );
    check(
        "[[provider]]\nname = \"x\"\nkind = \"y\"\n",
        &[],
        &offline,
        expect![[r#"
            error: cannot read config.toml line 3: provider.kind must be one of "offline", "anthropic", "openai", "copilot", not "y"
        "#]],
    );
}

#[test]
fn the_default_key_goes_to_anthropic_only() {
    let elsewhere = r#"
[[provider]]
name = "copy"
kind = "anthropic"
base_url = "http://127.0.0.1:9/"
[[provider]]
name = "openai"
kind = "openai"
"#;
    check(
        elsewhere,
        OLD_VARIABLES,
        &Overrides::default(),
        expect![[r#"
        listen 127.0.0.1:4141
        admin dashboard
        copy Anthropic at http://127.0.0.1:9/ key none api []
        openai Openai at its own key none api []
    "#]],
    );
}

#[test]
fn doubtful_files_are_taken_with_a_warning() {
    let doubtful = r#"
[server]
listen = "0.0.0.0:4141"
[[provider]]
name = "a"
kind = "openai"
base_url = "http://10.0.0.1/v1"
credential = { file = "~/key" }
[[route]]
match = "*"
targets = ["a"]
[[route]]
match = "gpt-*"
targets = ["a"]
"#;
    check(
        doubtful,
        &[],
        &Overrides::default(),
        expect![[r#"
        listen 0.0.0.0:4141
        a Openai at http://10.0.0.1/v1 key sk-of-the-home api []
        * to ["a"] strict false
        gpt-* to ["a"] strict false
        warning: config.toml line 7: the key of a is sent to http://10.0.0.1/v1 without TLS
        warning: config.toml line 8: provider.credential: other users of this machine can read ~/key
        warning: config.toml line 12: the route "gpt-*" is never taken: "*" stands before it
    "#]],
    );
}

#[test]
fn paths_are_relative_to_the_file_or_the_home() {
    let file = "[[tokenizer]]\nmatch = \"a\"\nfile = \"x/tokenizer.json\"\n\
                [[tokenizer]]\nmatch = \"b\"\nfile = \"~/tokenizer.json\"\n";
    let config = load_plain(file).unwrap();
    let files: Vec<_> = config.tokenizers.iter().map(|source| source.file.to_str()).collect();
    assert_eq!(files, [Some("/etc/ironbridge/x/tokenizer.json"), Some("/home/me/tokenizer.json")]);
}

#[test]
fn the_proxy_of_the_flags_reaches_every_provider() {
    let proxy = ironbridge_upstream::ProxySettings {
        https: Some("http://proxy:3128".parse().unwrap()),
        ..Default::default()
    };
    let overrides = Overrides { proxy: Some(proxy.clone()), ..Overrides::default() };
    let config = load_with(FILE, &[], &overrides).unwrap();
    let proxies: Vec<_> = config.settings.providers.into_iter().map(|p| p.proxy).collect();
    assert_eq!(proxies, [Some(proxy.clone()), Some(proxy)]);
}

#[test]
fn debug_output_of_settings_hides_secrets() {
    let config = load_with(FILE, OLD_VARIABLES, &Overrides::default()).unwrap();
    assert!(!format!("{config:?}").contains("sk-"), "{config:?}");
}

#[test]
fn limits_are_rates_with_a_burst() {
    let file = r#"
[server]
interval = "1500ms"
wait = true

[[limit]]
match = "claude-*"
requests_per_minute = 60
tokens_per_minute = 400000
burst = "10s"

[[limit]]
match = "*"
requests_per_minute = 6

[[limit]]
match = "gpt-*"
tokens_per_minute = 1
"#;
    let none = Overrides::default();
    check(
        file,
        &[],
        &none,
        expect![[r#"
        listen 127.0.0.1:4141
        interval 1.5s wait true
        limit claude-* Some(60) Some(400000) burst 10s
        limit * Some(6) None burst 60s
        limit gpt-* None Some(1) burst 60s
        warning: config.toml line 16: the limit "gpt-*" never counts: "*" stands before it
    "#]],
    );
    check(
        "[[limit]]\nmatch = \"m\"\nburst = \"0s\"\n",
        &[],
        &none,
        expect![[r#"
        error: cannot read config.toml line 1: limit.match limits nothing
        hint: set one of `requests_per_minute`, `tokens_per_minute` and `budget`
        error: cannot read config.toml line 3: limit.burst must be from 1s to 1h, not 0s
    "#]],
    );
}

#[test]
fn prices_are_dollars_of_a_million_tokens_and_projects_have_hosts_and_budgets() {
    let file = "[[price]]\nmatch = \"claude-*\"\ninput = 2.7\noutput = 13\ncache_read = 0.000001\n\
                [[project]]\nname = \"house\"\ndomains = [\"House.example\"]\nbudget = \"20USD/month\"\n";
    let text = show(&load_plain(file).unwrap());
    let last: Vec<_> = text.lines().rev().take(2).collect();
    expect![[r#"
        [
            "project house [\"house.example\"] [\"20USD/month\"]",
            "price claude-* 2700000 read 1 written 2700000 2700000 output 13000000",
        ]
    "#]]
    .assert_debug_eq(&last);
}
