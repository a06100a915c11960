//! `doctor`: what it finds, and what it says of it.

use std::net::TcpListener;

use expect_test::expect;
use ironbridge_testkit::{GithubEndpoint, Script, github};

use crate::command::Home;
use crate::copilot::Copilot;

/// A port that is free, or was a moment ago: the tests that run beside may not take the usual one.
fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

/// The lines of the checks, without what `config.rs` looks at.
fn findings(seen: &str) -> String {
    let (_, findings) = seen.split_once("\n\n").unwrap();
    findings.to_owned()
}

/// Writes `[server]` with a free port before what is there.
fn listen_on_a_free_port(home: &Home) -> String {
    let port = free_port();
    let config = std::fs::read_to_string(home.path().join("config.toml")).unwrap_or_default();
    home.write("config.toml", &format!("[server]\nlisten = \"127.0.0.1:{port}\"\n{config}"));
    port
}

#[test]
fn all_is_well_with_a_login() {
    let copilot = Copilot::with(&format!(
        "base_url = \"BASE\"\nidentity = {{ client_id = \"{}\", copilot-integration-id = \"t\" }}\n",
        ironbridge_testkit::FakeGithub::CLIENT_ID
    ));
    // Else Copilot's own server is asked, too.
    let config = std::fs::read_to_string(copilot.home.path().join("config.toml")).unwrap();
    copilot.home.write("config.toml", &config.replace("BASE", &copilot.github.copilot_url()));
    copilot.keep(ironbridge_testkit::FakeGithub::GITHUB_TOKEN);
    let port = listen_on_a_free_port(&copilot.home);
    let seen = copilot.run(&["doctor"], "").replace(&port, "PORT");
    expect![[r#"
        ok    config   config.toml has no mistakes
        ok    files    HOME can be written to
        ok    files    credentials is for its owner alone
        ok    port     127.0.0.1:PORT is free
        ok    network  copilot: GITHUB answers
        ok    network  copilot: GITHUB answers
        ok    network  copilot: GITHUB answers
        ok    clock    agrees with GITHUB
        ok    login    copilot: logged in as octocat, token good for 29 min
        --- stderr
        --- exit 0
    "#]]
    .assert_eq(&findings(&seen));

    copilot.github.set_skew_seconds(3600);
    let seen = copilot.run(&["doctor"], "").replace(&port, "PORT");
    assert!(
        seen.contains("fail  clock    3599 s behind")
            || seen.contains("fail  clock    3600 s behind"),
        "{seen}"
    );
    assert!(seen.contains("hint: set this machine's clock"), "{seen}");
    assert!(seen.ends_with("--- exit 1\n"), "{seen}");
}

#[test]
fn what_does_not_work_is_told_with_a_hint() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let gone = free_port();
    let copilot = Copilot::with(&format!("base_url = \"http://127.0.0.1:{gone}\"\n"));
    copilot.keep("gho_revoked");
    let config = std::fs::read_to_string(copilot.home.path().join("config.toml")).unwrap();
    copilot
        .home
        .write("config.toml", &format!("[server]\nlisten = \"127.0.0.1:{port}\"\n{config}"));
    let seen = copilot.run(&["doctor"], "");
    // Whose it is cannot be told while it does not answer: the test itself holds the port, and listens without accepting.
    let owner = format!("(process {})", std::process::id());
    let seen = seen.replace(&port.to_string(), "PORT").replace(&gone, "GONE");
    let seen = match seen.split_once("is taken by ") {
        // Who has a port can be told on Linux only; the name of the test's program has a hash in it.
        Some((before, after)) if cfg!(target_os = "linux") => {
            let (name, after) = after.split_once(&owner).unwrap();
            assert!(name.starts_with("it-"), "{name}");
            format!("{before}is taken by TEST{after}")
        }
        _ => seen.replace("another program", "TEST"),
    };
    expect![[r#"
        ok    config   config.toml has no mistakes
        ok    files    HOME can be written to
        ok    files    credentials is for its owner alone
        fail  port     127.0.0.1:PORT is taken by TEST
                       hint: --port 0 takes a free one
        ok    network  copilot: GITHUB answers
        ok    network  copilot: GITHUB answers
        fail  network  copilot: 127.0.0.1: cannot connect: tcp connect error: Connection refused (os error 111)
                       hint: check the network; behind a proxy use --proxy-env, here and with start
        ok    clock    agrees with GITHUB
        fail  login    copilot as octocat: GitHub does not accept the login any more (401): Bad credentials
                       hint: log in again: `ironbridge auth copilot`
        --- stderr
        error: 3 of 9 checks failed
        --- exit 1
    "#]].assert_eq(&findings(&seen));
}

#[test]
fn offline_nothing_is_sent() {
    let copilot = Copilot::logged_in();
    let before = copilot.github.upstream().requests().len();
    let port = listen_on_a_free_port(&copilot.home);
    let seen = copilot.run(&["doctor", "--offline"], "").replace(&port, "PORT");
    expect![[r#"
        ok    config   config.toml has no mistakes
        ok    files    HOME can be written to
        ok    files    credentials is for its owner alone
        ok    port     127.0.0.1:PORT is free
        ok    login    copilot: logged in as octocat
        --- stderr
        --- exit 0
    "#]]
    .assert_eq(&findings(&seen));
    assert_eq!(copilot.github.upstream().requests().len(), before);
}

#[cfg(unix)]
#[test]
fn client_keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let home = Home::new();
    assert!(home.command(&["key", "new"]).output().unwrap().status.success());
    let port = listen_on_a_free_port(&home);
    let seen = || {
        let seen = findings(&home.run(&["doctor", "--offline"], "").replace(&port, "PORT"));
        seen.lines().filter(|line| line.contains("keys.json")).collect::<Vec<_>>().join("\n")
    };
    expect!["ok    files    keys.json is for its owner alone"].assert_eq(&seen());
    let everyones = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(home.path().join("keys.json"), everyones).unwrap();
    expect![[r#"
        fail  files    other users of this machine can read keys.json
                       hint: chmod -R go= keys.json"#]]
    .assert_eq(&seen());
}

#[test]
fn scripts_get_one_object() {
    let home = Home::with(&[("config.toml", "[[provider]]\nname = \"o\"\nkind = \"offline\"\n")]);
    let port = listen_on_a_free_port(&home);
    let seen = home.run(&["doctor", "--json"], "").replace(&port, "PORT");
    expect![[r#"
        {
          "ok": true,
          "version": "VERSION",
          "config": "config.toml",
          "data": "HOME",
          "listen": "127.0.0.1:PORT",
          "findings": [
            {
              "level": "ok",
              "area": "config",
              "what": "config.toml has no mistakes",
              "hint": null
            },
            {
              "level": "ok",
              "area": "files",
              "what": "HOME can be written to",
              "hint": null
            },
            {
              "level": "ok",
              "area": "port",
              "what": "127.0.0.1:PORT is free",
              "hint": null
            },
            {
              "level": "ok",
              "area": "login",
              "what": "o: none needed",
              "hint": null
            }
          ]
        }
        --- stderr
        --- exit 0
    "#]]
    .assert_eq(&seen.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn a_running_gateway_is_no_trouble() {
    let home = Home::new();
    let gateway = crate::start::Running::start(&home, &["--offline"]);
    home.write("config.toml", &format!("[server]\nlisten = \"{}\"\n", gateway.address));
    let seen = home.run(&["doctor", "--offline"], "");
    assert!(seen.contains("a gateway is running there"), "{seen}");
}

#[test]
fn an_account_without_copilot_is_told() {
    let copilot = Copilot::logged_in();
    listen_on_a_free_port(&copilot.home);
    copilot.github.play(GithubEndpoint::CopilotToken, Script::always(github::no_copilot()));
    let seen = copilot.run(&["doctor"], "");
    let line = seen.lines().find(|line| line.contains(" login ")).unwrap();
    expect!["fail  login    copilot as octocat: this GitHub account has no Copilot (403): No access to GitHub Copilot found. You are currently logged in as octocat."].assert_eq(line);
}
