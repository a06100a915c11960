//! `start --claude-code` and the banner: what is said and asked once the gateway serves.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};

use crate::command::Home;
use crate::copilot::Copilot;

/// Starts a gateway with these flags and answers, until it has printed as many lines; gives both streams, with the
/// address as `GATEWAY`.
fn start(mut command: Command, stdin: &str, lines: usize) -> String {
    command.args(["--port", "0", "--exit-after", "100", "--log-level", "error"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env("SHELL", "/bin/sh").spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let printed: Vec<String> = stdout.by_ref().take(lines).map(Result::unwrap).collect();
    // Whoever has said the last of these lines says nothing more.
    child.kill().unwrap();
    child.wait().unwrap();
    let mut messages = String::new();
    child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
    let address = printed[0].strip_prefix("listening on ").unwrap().to_owned();
    format!("{}\n--- stderr\n{messages}", printed.join("\n")).replace(&address, "GATEWAY")
}

fn home() -> Home {
    Home::with(&[("config.toml", "[[provider]]\nname = \"o\"\nkind = \"offline\"\n")])
}

fn check(arguments: &[&str], stdin: &str, expected: Expect) {
    check_in(&home(), arguments, stdin, expected);
}

fn check_in(home: &Home, arguments: &[&str], stdin: &str, expected: Expect) {
    let mut command = home.command(&["start"]);
    command.args(arguments);
    let seen = start(command, stdin, 2);
    // The list is the catalogue's, which grows.
    let short = |line: &&str| !line.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let seen: String = seen.lines().filter(short).map(|line| format!("{line}\n")).collect();
    expected.assert_eq(&seen);
}

#[test]
fn models_that_are_named_are_not_asked_for() {
    check(
        &["-c", "--model", "big", "--small-model", "it's small"],
        "",
        expect![[r#"
        listening on GATEWAY
        export ANTHROPIC_BASE_URL=GATEWAY ANTHROPIC_AUTH_TOKEN=dummy ANTHROPIC_MODEL=big ANTHROPIC_DEFAULT_SONNET_MODEL=big ANTHROPIC_SMALL_FAST_MODEL='it'\''s small' ANTHROPIC_DEFAULT_HAIKU_MODEL='it'\''s small' DISABLE_NON_ESSENTIAL_MODEL_CALLS=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 && claude
        --- stderr
    "#]],
    );
}

#[test]
fn models_are_chosen_by_number_or_name() {
    check(
        &["--claude-code"],
        "1\nmy-model\n",
        expect![[r#"
        listening on GATEWAY
        export ANTHROPIC_BASE_URL=GATEWAY ANTHROPIC_AUTH_TOKEN=dummy ANTHROPIC_MODEL=offline ANTHROPIC_DEFAULT_SONNET_MODEL=offline ANTHROPIC_SMALL_FAST_MODEL=my-model ANTHROPIC_DEFAULT_HAIKU_MODEL=my-model DISABLE_NON_ESSENTIAL_MODEL_CALLS=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 && claude
        --- stderr
        model (number or name, Enter for offline): model for small tasks (number or name, Enter for offline): 
    "#]],
    );
    check(
        &["-c"],
        "0\n1\n\n",
        expect![[r#"
        listening on GATEWAY
        export ANTHROPIC_BASE_URL=GATEWAY ANTHROPIC_AUTH_TOKEN=dummy ANTHROPIC_MODEL=offline ANTHROPIC_DEFAULT_SONNET_MODEL=offline ANTHROPIC_SMALL_FAST_MODEL=offline ANTHROPIC_DEFAULT_HAIKU_MODEL=offline DISABLE_NON_ESSENTIAL_MODEL_CALLS=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 && claude
        --- stderr
        model (number or name, Enter for offline): there is no number 0
        model (number or name, Enter for offline): model for small tasks (number or name, Enter for offline): 
    "#]],
    );
    check(
        &["-c", "--model", "big"],
        "\n",
        expect![[r#"
        listening on GATEWAY
        export ANTHROPIC_BASE_URL=GATEWAY ANTHROPIC_AUTH_TOKEN=dummy ANTHROPIC_MODEL=big ANTHROPIC_DEFAULT_SONNET_MODEL=big ANTHROPIC_SMALL_FAST_MODEL=big ANTHROPIC_DEFAULT_HAIKU_MODEL=big DISABLE_NON_ESSENTIAL_MODEL_CALLS=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 && claude
        --- stderr
        model for small tasks (number or name, Enter for big): 
    "#]],
    );
}

#[test]
fn where_clients_need_a_key_the_command_has_a_place_for_it() {
    let home = home();
    assert!(home.command(&["key", "new"]).output().unwrap().status.success());
    check_in(
        &home,
        &["-c"],
        "1\n1\n",
        expect![[r#"
        listening on GATEWAY
        export ANTHROPIC_BASE_URL=GATEWAY ANTHROPIC_AUTH_TOKEN='<your ib_… key>' ANTHROPIC_MODEL=offline ANTHROPIC_DEFAULT_SONNET_MODEL=offline ANTHROPIC_SMALL_FAST_MODEL=offline ANTHROPIC_DEFAULT_HAIKU_MODEL=offline DISABLE_NON_ESSENTIAL_MODEL_CALLS=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 && claude
        --- stderr
        model (number or name, Enter for offline): model for small tasks (number or name, Enter for offline): hint: put a client key in place of <your ib_… key>; `ironbridge key new` makes one
    "#]],
    );
}

#[test]
fn without_an_answer_the_gateway_serves_all_the_same() {
    let mut gateway = crate::start::Running::start(&Home::new(), &["--offline", "-c"]);
    let log = gateway.log_until("hint");
    assert!(log.contains("error: no model was named for Claude Code"), "{log}");
    assert_eq!(gateway.get("/healthz").0, 200);
}

#[test]
fn flags_without_what_they_are_for_are_mistakes() {
    let home = Home::new();
    expect![[r#"
        --- stderr
        error: --manual asks in the terminal, and stdin is none
        --- exit 2
    "#]]
    .assert_eq(&home.run(&["start", "--offline", "--manual"], ""));
    expect![[r#"
        --- stderr
        error: --model and --small-model are for --claude-code
        --- exit 2
    "#]]
    .assert_eq(&home.run(&["start", "--offline", "--model", "m"], ""));
    expect![[r#"
        --- stderr
        error: --account-type is for Copilot, and no provider is of that kind
        --- exit 2
    "#]]
    .assert_eq(&home.run(&["start", "--offline", "-a", "business"], ""));
}

#[test]
fn copilot_is_used_without_a_provider_once_somebody_has_logged_in() {
    let home = Home::new();
    expect![[r#"
        --- stderr
        error: no provider is configured
        hint: `ironbridge auth` logs in to GitHub Copilot
        hint: name a [[provider]] in config.toml, or set CLAUDE_API_KEY
        hint: `ironbridge start --offline` serves a built-in model, without any account
        --- exit 2
    "#]]
    .assert_eq(&home.run(&["start"], ""));
    // A login of another machine's GitHub: nobody is asked before a request comes.
    home.write("credentials/copilot.json", "{\"github_token\": \"gho_kept\"}");
    let seen = home.run(&["doctor", "--offline"], "");
    assert!(
        seen.contains("provider   copilot  copilot  https://api.githubcopilot.com  by login"),
        "{seen}"
    );
}

#[test]
fn the_start_says_whose_copilot_it_is() {
    let copilot = Copilot::logged_in();
    let seen = |arguments: &[&str]| {
        let mut gateway = crate::start::Running::start(&copilot.home, arguments);
        let log = gateway.log_until("dashboard at");
        copilot.named(&log).replace(&gateway.address, "GATEWAY")
    };
    let said = seen(&["--log-level", "error"]);
    expect![[r#"
        copilot: logged in as octocat, plan individual, models of http://GITHUB/copilot
        7 models at http://GATEWAY/v1/models
        quotas at http://GATEWAY/usage, dashboard at http://GATEWAY/dashboard
    "#]]
    .assert_eq(&said);
    let token = copilot.github.github_tokens().pop().unwrap();
    assert!(!said.contains(&token), "{said}");
    let said = seen(&["--log-level", "error", "--show-token"]);
    assert!(said.contains(&format!("GitHub token  {token}\n")), "{said}");
    let short = copilot.github.copilot_tokens();
    assert!(short.iter().any(|short| said.contains(short)), "{said}");
}

#[test]
fn a_token_of_the_command_line_needs_no_login() {
    let copilot = Copilot::new();
    let token = ironbridge_testkit::FakeGithub::GITHUB_TOKEN;
    let mut gateway = crate::start::Running::start(
        &copilot.home,
        &["-a", "business", "--github-token", token, "--log-level", "error"],
    );
    let log = gateway.log_until("dashboard at");
    assert!(log.contains("logged in as"), "{log}");
    assert!(!log.contains(token), "{log}");
    let models = gateway.get("/v1/models");
    assert_eq!(models.0, 200, "{}", models.1);
    assert_eq!(copilot.kept(), None);
}

#[test]
fn starts_are_kept_apart_when_asked() {
    let gateway =
        crate::start::Running::start(&Home::new(), &["--offline", "--rate-limit", "3600"]);
    let embed = || gateway.post("/v1/embeddings", "{\"model\": \"m\", \"input\": \"x\"}").0;
    assert_eq!((embed(), embed()), (200, 429));
}

/// A person at a terminal, for whom util-linux's `script` stands in.
#[cfg(target_os = "linux")]
#[test]
fn a_person_at_the_terminal_decides_on_each_request() {
    let home = Home::new();
    let binary = env!("CARGO_BIN_EXE_ironbridge");
    let line =
        format!("{binary} start --offline --manual --port 0 --log-level error --exit-after 100");
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env("IRONBRIDGE_HOME", home.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else {
        println!("skipped: there is no `script`");
        return;
    };
    let mut keys = child.stdin.take().unwrap();
    let mut screen = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    screen.read_line(&mut first).unwrap();
    let address = first.trim().strip_prefix("listening on http://").unwrap().to_owned();
    for (answer, status) in [("y\n", 200), ("n\n", 403)] {
        let asked = address.clone();
        let request = std::thread::spawn(move || {
            crate::start::post(&asked, "/v1/embeddings", "{\"model\": \"m\", \"input\": \"x\"}").0
        });
        let mut question = Vec::new();
        while !question.ends_with(b"[y/N] ") {
            let mut byte = [0];
            screen.read_exact(&mut byte).unwrap();
            question.push(byte[0]);
        }
        let question = String::from_utf8(question).unwrap();
        assert!(question.contains("embeddings for m at 127.0.0.1"), "{question}");
        keys.write_all(answer.as_bytes()).unwrap();
        assert_eq!(request.join().unwrap(), status);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
