//! `auth`: every way in which a login at GitHub ends.

use expect_test::{Expect, expect};
use ironbridge_testkit::github::DeviceFlowError;
use ironbridge_testkit::{GithubEndpoint, Script, github};

use crate::copilot::Copilot;

const AUTH: &[&str] = &["auth"];

/// Holds what a login shows whose code was answered so, and that the login before it is kept where it fails.
fn check(outcome: DeviceFlowError, expected: Expect) {
    let copilot = Copilot::new();
    copilot.keep("gho_old");
    let old = copilot.kept();
    copilot.github.play(GithubEndpoint::AccessToken, Script::always(outcome.answer()));
    expected.assert_eq(&copilot.run(AUTH, ""));
    assert_eq!(copilot.kept(), old);
}

#[test]
fn a_login_shows_the_code_and_keeps_the_token() {
    let copilot = Copilot::new();
    let pending = DeviceFlowError::AuthorizationPending.answer();
    copilot.github.play(GithubEndpoint::AccessToken, Script::sequence([pending]));
    expect![[r#"
        --- stderr
        enter the code TEST-0001 at http://GITHUB/login/device
        (it is good for 15 min)
        waiting until you have entered it
        logged in to copilot as octocat
        --- exit 0
    "#]]
    .assert_eq(&copilot.run(AUTH, ""));
    let token = copilot.github.github_tokens().pop().unwrap();
    assert!(copilot.kept().unwrap().contains(&token));
    let status = copilot.run(&["auth", "--status"], "");
    assert!(!status.contains(&token), "{status}");
    assert!(
        status.starts_with("copilot    octocat, logged in; the token in use is renewed at 20"),
        "{status}"
    );
    assert!(
        status.ends_with(
            "Z
anthropic  nobody is logged in
--- stderr
--- exit 0
"
        ),
        "{status}"
    );
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_for_the_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let copilot = Copilot::new();
    copilot.run(AUTH, "");
    let mode = |path: &str| {
        let metadata = std::fs::metadata(copilot.home.path().join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("credentials"), 0o700);
    assert_eq!(mode("credentials/copilot.json"), 0o600);
}

#[test]
fn each_refusal_is_shown_and_leaves_the_old_login() {
    check(
        DeviceFlowError::ExpiredToken,
        expect![[r#"
        --- stderr
        enter the code TEST-0001 at http://GITHUB/login/device
        (it is good for 15 min)
        error: the code has expired before it was entered
        hint: begin again and enter the code sooner
        --- exit 1
    "#]],
    );
    check(
        DeviceFlowError::AccessDenied,
        expect![[r#"
        --- stderr
        enter the code TEST-0001 at http://GITHUB/login/device
        (it is good for 15 min)
        error: the login was refused on GitHub's page
        hint: begin again and choose to authorise
        --- exit 1
    "#]],
    );
    check(
        DeviceFlowError::DeviceFlowDisabled,
        expect![[r#"
        --- stderr
        enter the code TEST-0001 at http://GITHUB/login/device
        (it is good for 15 min)
        error: the app behind the client id has the device flow switched off
        hint: switch it on in the settings of the app, or set the client id of another app
        --- exit 1
    "#]],
    );
    check(
        DeviceFlowError::IncorrectClientCredentials,
        expect![[r#"
        --- stderr
        enter the code TEST-0001 at http://GITHUB/login/device
        (it is good for 15 min)
        error: GitHub knows no app with this client id
        hint: check the client id, and `enterprise_host` if the app is of a company's own GitHub
        --- exit 1
    "#]],
    );
}

#[test]
fn a_token_that_github_refuses_at_once_is_no_login() {
    let copilot = Copilot::new();
    copilot
        .github
        .play(GithubEndpoint::User, Script::always(github::api_error(401, "Bad credentials")));
    expect![[r#"
        --- stderr
        enter the code TEST-0001 at http://GITHUB/login/device
        (it is good for 15 min)
        error: GitHub does not accept the login any more (401): Bad credentials
        hint: log in again: `ironbridge auth copilot`
        --- exit 1
    "#]]
    .assert_eq(&copilot.run(AUTH, ""));
    assert_eq!(copilot.kept(), None);
}

#[test]
fn a_name_that_github_does_not_say_spoils_nothing() {
    let copilot = Copilot::new();
    copilot.github.play(GithubEndpoint::User, Script::always(github::html(503)));
    expect![[r#"
        --- stderr
        enter the code TEST-0001 at http://GITHUB/login/device
        (it is good for 15 min)
        warning: whose login it is cannot be told: GitHub is in trouble (503)
        logged in to copilot
        --- exit 0
    "#]]
    .assert_eq(&copilot.run(AUTH, ""));
    assert!(copilot.kept().is_some());
}

#[test]
fn a_script_gets_the_token_and_nothing_else() {
    let copilot = Copilot::new();
    let output = copilot.home.command(&["auth", "--show-token"]).output().unwrap();
    let token = copilot.github.github_tokens().pop().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{token}\n"));
    assert!(!String::from_utf8(output.stderr).unwrap().contains(&token));
}

#[test]
fn another_vendors_id_needs_a_yes() {
    let copilot = Copilot::with("");
    expect![[r#"
        --- stderr
        This needs what belongs to another vendor:
          the client id Iv1.b507a08c87ecfe98
            belongs to: GitHub (Copilot Chat in VS Code)
            is for: the application that GitHub's device login is made for; only tokens of an application that GitHub has admitted to Copilot can be exchanged
            your own instead: `identity = { client_id = "…" }` of the provider
          copilot-integration-id vscode-chat
            belongs to: GitHub (Copilot Chat in VS Code)
            is for: under which integration Copilot counts a request; it knows only those that GitHub has admitted
            your own instead: `identity = { copilot-integration-id = "…" }` of the provider
        The vendor's terms may forbid other programs to use it, and the vendor may close an account that does.
        Ironbridge names itself in User-Agent and sends nothing of this unless you say yes.
        Use it? [y/N] error: not without your yes
        hint: `identity` of the provider in the config sets values of your own
        --- exit 1
    "#]].assert_eq(&copilot.run(AUTH, "n\n"));
    expect![[r#"
        --- stderr
        This needs what belongs to another vendor:
          the client id Iv1.b507a08c87ecfe98
            belongs to: GitHub (Copilot Chat in VS Code)
            is for: the application that GitHub's device login is made for; only tokens of an application that GitHub has admitted to Copilot can be exchanged
            your own instead: `identity = { client_id = "…" }` of the provider
          copilot-integration-id vscode-chat
            belongs to: GitHub (Copilot Chat in VS Code)
            is for: under which integration Copilot counts a request; it knows only those that GitHub has admitted
            your own instead: `identity = { copilot-integration-id = "…" }` of the provider
        The vendor's terms may forbid other programs to use it, and the vendor may close an account that does.
        Ironbridge names itself in User-Agent and sends nothing of this unless you say yes.
        Use it? [y/N] 
        error: nobody answers whether it may be used
        hint: --yes says so in scripts
        --- exit 2
    "#]].assert_eq(&copilot.run(AUTH, "").replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    assert!(copilot.github.upstream().requests().is_empty());
}

#[test]
fn a_yes_is_remembered() {
    // The fake knows only its own client id; what is not set in the config is the headers'.
    let id =
        format!("identity = {{ client_id = \"{}\" }}\n", ironbridge_testkit::FakeGithub::CLIENT_ID);
    for (arguments, stdin) in [(&["auth"][..], "y\n"), (&["auth", "--yes"], "")] {
        let copilot = Copilot::with(&id);
        let first = copilot.run(arguments, stdin);
        assert!(first.contains("belongs to: GitHub"), "{first}");
        assert!(first.contains("logged in to copilot"), "{first}");
        let consents =
            std::fs::read_to_string(copilot.home.path().join("credentials/consents.json")).unwrap();
        assert!(consents.contains("copilot.copilot-integration-id"), "{consents}");
        let second = copilot.run(AUTH, "");
        assert!(!second.contains("belongs to"), "{second}");
        assert!(second.contains("logged in to copilot"), "{second}");
    }
}

#[test]
fn logging_out_removes_the_login() {
    let copilot = Copilot::logged_in();
    expect![[r#"
        --- stderr
        logged out of copilot
        --- exit 0
    "#]]
    .assert_eq(&copilot.run(&["auth", "--logout"], ""));
    assert_eq!(copilot.kept(), None);
    expect![[r#"
        --- stderr
        nobody was logged in to copilot
        --- exit 0
    "#]]
    .assert_eq(&copilot.run(&["auth", "copilot", "--logout"], ""));
    expect![[r#"
        copilot    nobody is logged in
        anthropic  nobody is logged in
        --- stderr
        error: nobody is logged in
        hint: `ironbridge auth` logs in to Copilot
        --- exit 1
    "#]]
    .assert_eq(&copilot.run(&["auth", "--status"], ""));
}

#[test]
fn a_revoked_login_is_told_by_status() {
    let copilot = Copilot::logged_in();
    copilot.github.revoke_github_tokens();
    expect![[r#"
        copilot    octocat, GitHub does not accept the login any more (401): Bad credentials
        anthropic  nobody is logged in
        --- stderr
        error: the login of copilot does not serve
        hint: log in again: `ironbridge auth copilot`
        --- exit 1
    "#]]
    .assert_eq(&copilot.run(&["auth", "--status"], ""));
}

#[test]
fn the_account_must_be_there() {
    let copilot = Copilot::new();
    expect![[r#"
        --- stderr
        error: there is no account "nobody"
        hint: there are: copilot, anthropic
        --- exit 2
    "#]]
    .assert_eq(&copilot.run(&["auth", "nobody"], ""));
    expect![[r#"
        --- stderr
        error: --status and --logout exclude each other
        --- exit 2
    "#]]
    .assert_eq(&copilot.run(&["auth", "--status", "--logout"], ""));
}

#[cfg(unix)]
#[test]
fn ctrl_c_gives_up_and_leaves_the_old_login() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let copilot = Copilot::new();
    copilot.keep("gho_old");
    let old = copilot.kept();
    let slow = DeviceFlowError::SlowDown { interval_seconds: 600 };
    copilot.github.play(GithubEndpoint::AccessToken, Script::always(slow.answer()));
    let mut child = copilot.home.command(AUTH).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut shown = String::new();
    while !shown.contains("less often") {
        assert_ne!(lines.read_line(&mut shown).unwrap(), 0, "{shown}");
    }
    assert!(shown.ends_with("GitHub wants to be asked less often: every 60 s\n"), "{shown}");
    let killed = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let mut rest = String::new();
    while lines.read_line(&mut rest).unwrap() > 0 {}
    expect![[r#"
        error: given up
        hint: what was logged in before still is
    "#]]
    .assert_eq(&rest);
    assert_eq!(copilot.kept(), old);
}
