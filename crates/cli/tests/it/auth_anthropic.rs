//! `auth anthropic`: a page, a pasted code, a file.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, Stdio};

use expect_test::expect;
use ironbridge_testkit::FakeAnthropicLogin;

use crate::command::Home;

/// An Anthropic on this machine, and a folder whose config names it.
fn rig(identity: &str) -> (FakeAnthropicLogin, Home) {
    let login = FakeAnthropicLogin::start_on_thread();
    let config = format!(
        "[[provider]]\nname = \"anthropic\"\nkind = \"anthropic\"\nbase_url = \"{}\"\n{identity}[provider.oauth]\n\
         authorize_url = \"{}\"\ntoken_url = \"{}\"\n",
        login.api_url(),
        login.authorize_url(),
        login.token_url()
    );
    (login, Home::with(&[("config.toml", &config)]))
}

const IDENTITY: &str = "identity = { client_id = \"9d1c250a-testkit\" }\n";

/// A login that has shown its address.
struct Begun {
    child: Child,
    shown: BufReader<ChildStderr>,
    url: String,
}

impl Begun {
    fn new(home: &Home) -> Self {
        let mut command = home.command(&["auth", "anthropic"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut shown = BufReader::new(child.stderr.take().unwrap());
        let mut url = String::new();
        shown.read_line(&mut url).unwrap();
        assert_eq!(url, "open this address and agree:\n");
        url.clear();
        shown.read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        Begun { child, shown, url }
    }

    /// Pastes these lines and gives the rest of what is shown, with the exit code.
    fn paste(mut self, lines: &str) -> String {
        self.child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        let mut rest = String::new();
        self.shown.read_to_string(&mut rest).unwrap();
        format!("{rest}--- exit {}\n", self.child.wait().unwrap().code().unwrap())
    }
}

fn kept(home: &Home) -> Option<String> {
    std::fs::read_to_string(home.path().join("credentials/anthropic.json")).ok()
}

#[test]
fn a_pasted_code_is_checked_and_exchanged() {
    let (login, home) = rig(IDENTITY);
    let begun = Begun::new(&home);
    let code = login.authorize(&begun.url).unwrap();
    // What is no code of this login may be pasted again.
    let shown = begun.paste(&format!("nonsense\nother#state\n{code}\n"));
    expect![[r#"
        paste the code it shows: that is not the code as the page shows it: it has the form CODE#STATE
        paste the code it shows: that code is of another login; open the address once more and paste the new code
        paste the code it shows: logged in to anthropic
        --- exit 0
    "#]].assert_eq(&shown);
    let file = kept(&home).unwrap();
    assert!(file.contains(login.access_tokens().last().unwrap()), "{file}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = home.path().join("credentials/anthropic.json");
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let status = home.run(&["auth", "anthropic", "--status"], "");
    assert!(status.starts_with("anthropic  "), "{status}");
    assert!(status.contains("logged in; the token in use is renewed at 20"), "{status}");
    assert!(status.ends_with("--- stderr\n--- exit 0\n"), "{status}");
    assert!(!status.contains(login.access_tokens().last().unwrap()), "{status}");
    expect![[r#"
        --- stderr
        logged out of anthropic
        --- exit 0
    "#]]
    .assert_eq(&home.run(&["auth", "anthropic", "--logout"], ""));
    assert_eq!(kept(&home), None);
}

#[test]
fn a_code_that_is_not_taken_leaves_the_old_login() {
    let (login, home) = rig(IDENTITY);
    home.write("credentials/anthropic.json", "old");
    let begun = Begun::new(&home);
    let code = login.authorize(&begun.url).unwrap();
    // Right in form and state, but of no authorisation.
    let wrong = format!("x{code}\n");
    expect![[r#"
        paste the code it shows: error: the code was not exchanged: Anthropic does not accept it: invalid_grant, Invalid 'code' in request.
        hint: begin again: a code can be used once
        --- exit 1
    "#]].assert_eq(&begun.paste(&wrong).replace(&login.token_url(), "TOKEN_URL"));
    let begun = Begun::new(&home);
    expect![[r#"
        paste the code it shows: 
        error: no code was pasted
        hint: in a script write the code to stdin, after the address was printed
        --- exit 1
    "#]]
    .assert_eq(&begun.paste(""));
    assert_eq!(kept(&home).as_deref(), Some("old"));
}

#[test]
fn no_client_id_ships() {
    let (login, home) = rig("");
    expect![[r#"
        --- stderr
        error: anthropic.client_id is not set, and none ships: it belongs to whoever registered it at Anthropic (Claude Code has one of its own)
        hint: in the config, in the [[provider]] of kind "anthropic": identity = { client_id = "…" }
        --- exit 2
    "#]].assert_eq(&home.run(&["auth", "anthropic"], ""));
    assert!(login.upstream().requests().is_empty());
}
