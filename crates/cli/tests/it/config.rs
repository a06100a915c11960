//! The config file: where it is found, and what is said about a wrong one.

use expect_test::{Expect, expect};

use crate::command::Home;

fn check(files: &[(&str, &str)], arguments: &[&str], expected: Expect) {
    expected.assert_eq(&Home::with(files).run(arguments, ""));
}

#[test]
fn all_mistakes_of_a_file_are_shown() {
    let file = "[server]\nlisten = \"4141\"\n\n[[provder]]\nname = \"x\"\n";
    check(
        &[("config.toml", file)],
        &["start", "--port", "0"],
        expect![[r#"
        --- stderr
        error: cannot read config.toml line 2: server.listen is not an address: "4141"
        hint: an address is IP:PORT: "127.0.0.1:4141"
        error: cannot read config.toml line 4: unknown section "provder"
        hint: did you mean "provider"?
        --- exit 2
    "#]],
    );
    check(
        &[("my/own.toml", file)],
        &["doctor", "--config", "my/own.toml"],
        expect![[r#"
        --- stderr
        error: cannot read my/own.toml line 2: server.listen is not an address: "4141"
        hint: an address is IP:PORT: "127.0.0.1:4141"
        error: cannot read my/own.toml line 4: unknown section "provder"
        hint: did you mean "provider"?
        --- exit 2
    "#]],
    );
}

#[test]
fn without_any_provider_start_says_what_to_do() {
    check(
        &[],
        &["start"],
        expect![[r#"
            --- stderr
            error: no provider is configured
            hint: `ironbridge auth` logs in to GitHub Copilot
            hint: name a [[provider]] in config.toml, or set CLAUDE_API_KEY
            hint: `ironbridge start --offline` serves a built-in model, without any account
            --- exit 2
        "#]],
    );
}

#[test]
fn a_named_file_must_be_there() {
    check(
        &[],
        &["start", "--config", "absent.toml"],
        expect![[r#"
        --- stderr
        error: cannot read absent.toml
          caused by: No such file or directory (os error 2)
        --- exit 2
    "#]],
    );
    check(
        &[("bad.toml/x", "")],
        &["doctor", "--config=bad.toml"],
        expect![[r#"
        --- stderr
        error: cannot read bad.toml
          caused by: Is a directory (os error 21)
        --- exit 2
    "#]],
    );
}

#[test]
fn doctor_shows_what_the_config_comes_to() {
    let seen = Home::new().run(&["doctor"], "");
    // What follows depends on who else listens on this machine.
    let (comes_to, _) = seen.split_once("\n\n").unwrap();
    expect![[r#"
        version    0.1.0
        config     config.toml (not there)
        data       HOME
        listen     127.0.0.1:4141
        admin      none
        provider   none: `ironbridge auth` logs in to Copilot, `start --offline` needs no account"#]].assert_eq(comes_to);
    let file = r#"
[server]
listen = "127.0.0.1:0"
admin_token = { file = "secret" }
[[provider]]
name = "main"
kind = "openai"
credential = { file = "secret" }
[[route]]
match = "claude-*"
targets = ["main/gpt-5", "main"]
[[tokenizer]]
match = "qwen*"
file = "tokenizer.json"
"#;
    let files = [("config.toml", file), ("secret", "sk-secret\n")];
    check(
        &files,
        &["doctor", "--offline", "--data-dir", "data"],
        expect![[r#"
            version    0.1.0
            config     config.toml
            data       data
            listen     127.0.0.1:0
            admin      given
            provider   main  openai  https://api.openai.com/v1  key given
            route      claude-* → main/gpt-5, main
            tokenizer  qwen* → tokenizer.json (not there)

            ok    config   config.toml has no mistakes
            warn  config   config.toml line 4: server.admin_token: other users of this machine can read secret
                           hint: chmod 600 secret
            warn  config   config.toml line 8: provider.credential: other users of this machine can read secret
                           hint: chmod 600 secret
            ok    files    data can be written to
            ok    port     127.0.0.1:0 is free
            ok    login    main: a key is given
            --- stderr
            --- exit 0
        "#]],
    );
}

#[test]
fn the_platform_folder_is_used_without_a_home_of_our_own() {
    let home = Home::with(&[("conf/ironbridge/config.toml", "[server]\nlisten = 1\n")]);
    let mut command = home.command(&["doctor"]);
    command.env_remove("IRONBRIDGE_HOME").env("XDG_CONFIG_HOME", home.path().join("conf"));
    if cfg!(target_os = "linux") {
        expect![[r#"
            --- stderr
            error: cannot read conf/ironbridge/config.toml line 2: server.listen must be a string, not a number
            --- exit 2
        "#]].assert_eq(&home.seen(command, ""));
    }
}

#[test]
fn proxies_come_from_the_environment_only_when_asked() {
    let home = Home::new();
    let start = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.env("HTTPS_PROXY", "socks5://x");
        home.seen(command, "")
    };
    expect![[r#"
        --- stderr
        error: cannot use the proxy in HTTPS_PROXY
        hint: a proxy is http://HOST:PORT; SOCKS and https proxies are not supported
        --- exit 2
    "#]]
    .assert_eq(&start(&["start", "--offline", "--proxy-env"]));
    expect![[r#"
        --- stderr
        error: no provider is configured
        hint: `ironbridge auth` logs in to GitHub Copilot
        hint: name a [[provider]] in config.toml, or set CLAUDE_API_KEY
        hint: `ironbridge start --offline` serves a built-in model, without any account
        --- exit 2
    "#]]
    .assert_eq(&start(&["start"]));
}
