//! Everything in `examples/` is run, and the guide shows it as it is and with what it prints.
//!
//! The programs need the SDKs that `cargo xtask test` installs; without them those tests print `skipped: …`.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use expect_test::{Expect, expect};

use crate::command::Home;

/// The folder of the Python virtual environment.
const VENV: &str = "IRONBRIDGE_TEST_VENV";
/// The folder with the `node_modules` of the SDKs.
const NODE: &str = "IRONBRIDGE_TEST_NODE";
/// `1`: a missing client is a failure.
const REQUIRED: &str = "IRONBRIDGE_TEST_REQUIRE_CLIENTS";

/// The page that shows every program and what it prints.
const GUIDE: &str = "docs/guide/sdks.md";
/// Where the examples expect the gateway.
const USUAL_URL: &str = "http://127.0.0.1:4141";

/// Ends a gateway whose test was killed.
const LIFE_SECONDS: &str = "200";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The page holds this text in a block of its own.
#[track_caller]
fn check_page(page: &str, text: &str) {
    let block = format!("\n{}\n```", text.trim_end());
    assert!(read(page).contains(&block), "{page} does not show:\n{text}");
}

/// `ironbridge start --offline` on a free port; it is killed when dropped.
struct Gateway {
    child: Child,
    url: String,
    _home: Home,
}

impl Gateway {
    fn start() -> Self {
        let home = Home::new();
        let arguments = ["start", "--offline", "--port", "0", "--exit-after", LIFE_SECONDS];
        let mut command = home.command(&arguments);
        // One line a request: nobody reads them, and no pipe fills up.
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}"));
        Gateway { url: url.to_owned(), child, _home: home }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where clients are installed. `None`, and it has said so: they are not.
#[expect(clippy::print_stdout, reason = "whoever runs the tests is told what was skipped")]
fn installed(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        let required = std::env::var_os(REQUIRED).is_some_and(|value| value == "1");
        assert!(!required, "{REQUIRED} is 1, but {variable} is not set");
        println!("skipped: {variable} is not set; `cargo xtask test` installs the clients");
    }
    folder
}

/// Runs an example against a gateway and holds what it prints, here and in the guide. It is run from a copy in
/// `beside`, which names the gateway under test.
#[track_caller]
fn check_program(mut program: Command, example: &str, beside: &Path, expected: &Expect) {
    let gateway = Gateway::start();
    let text = read(example);
    assert!(text.contains(USUAL_URL), "{example} does not say where the gateway is");
    let folder = tempfile::tempdir_in(beside).unwrap();
    let copy = folder.path().join(Path::new(example).file_name().unwrap());
    std::fs::write(&copy, text.replace(USUAL_URL, &gateway.url)).unwrap();
    let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
    let output = program
        .arg(copy)
        .env_clear()
        .env("PATH", path)
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{stdout}{stderr}");
    expected.assert_eq(&stdout);
    check_page(GUIDE, &text);
    check_page(GUIDE, &stdout);
}

fn check_python(name: &str, expected: Expect) {
    let Some(venv) = installed(VENV) else { return };
    let example = format!("examples/python/{name}");
    let python = Command::new(venv.join("bin/python"));
    check_program(python, &example, &std::env::temp_dir(), &expected);
}

fn check_node(name: &str, expected: Expect) {
    let Some(clients) = installed(NODE) else { return };
    // Modules look for packages from where they stand.
    check_program(Command::new("node"), &format!("examples/node/{name}"), &clients, &expected);
}

#[test]
fn python_hello() {
    check_python(
        "hello.py",
        expect![[r#"
        You said: hello
    "#]],
    );
}

#[test]
fn python_chat() {
    check_python(
        "chat.py",
        expect![[r#"
        You said: hello
        ['You', ' said:', ' hello'] 8 tokens in, 4 out
    "#]],
    );
}

#[test]
fn python_messages() {
    check_python(
        "messages.py",
        expect![[r#"
        8 tokens
        You said: hello (end_turn)
        /messages/0/role: expected "user", "assistant" or "system", found "robot"; /messages/1/content: expected a string or an array of blocks, found a number
    "#]],
    );
}

#[test]
fn python_stream_tools() {
    check_python(
        "stream_tools.py",
        expect![[r#"
        -> weather {'city': 'Oslo'}
        -> weather {'city': 'Lima'}
        Tool weather returned: 12 degrees in Oslo
        Tool weather returned: 12 degrees in Lima
    "#]],
    );
}

#[test]
fn node_chat() {
    check_node(
        "chat.mjs",
        expect![[r#"
        You said: hello
        "You"
        " said:"
        " hello"
        " again"
        completed 14 tokens
    "#]],
    );
}

#[test]
fn node_messages() {
    check_node(
        "messages.mjs",
        expect![[r#"
        "You"
        " said:"
        " [image]"
        "\nWhat"
        " is"
        " this?"
        end_turn 10 tokens out
    "#]],
    );
}

/// The example is a config that `start` takes, and `doctor` says what it comes to.
fn check_config(name: &str, expected: Expect) {
    let home = Home::with(&[("config.toml", &read(&format!("examples/config/{name}")))]);
    let with_keys = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        let keys = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY"];
        command.envs(keys.map(|key| (key, "sk-example")));
        command.env("IRONBRIDGE_ADMIN_TOKEN", "example");
        home.seen(command, "")
    };
    let doctor = with_keys(&["doctor", "--offline"]);
    // The lines before say where this test stands.
    let (_, comes_to) = doctor.split_once("listen     ").unwrap();
    // What follows are checks of this machine.
    let (comes_to, _) = comes_to.split_once("\n\n").unwrap();
    expected.assert_eq(comes_to);
    // Served by a domain, a gateway without client keys warns.
    with_keys(&["key", "new"]);
    let started = with_keys(&["start", "--port", "0", "--exit-after", "0", "--log-level", "warn"]);
    assert!(started.starts_with("listening on http://127.0.0.1:"), "{started}");
    assert!(started.ends_with("\n--- stderr\n--- exit 0\n"), "{started}");
}

#[test]
fn config_offline() {
    check_config(
        "offline.toml",
        expect![[r#"
            127.0.0.1:4141
            admin      none
            provider   built-in  offline
            route      echo → built-in/offline"#]],
    );
}

#[test]
fn config_anthropic() {
    check_config(
        "anthropic.toml",
        expect![[r#"
            127.0.0.1:4141
            admin      none
            provider   anthropic  anthropic  https://api.anthropic.com  key given
            route      gpt-* → anthropic/claude-sonnet-5"#]],
    );
}

#[test]
fn config_openai_compatible() {
    check_config(
        "openai-compatible.toml",
        expect![[r#"
            127.0.0.1:4141
            admin      none
            provider   openai  openai  https://api.openai.com/v1  key given
            provider   openrouter  openai  https://openrouter.ai/api/v1  key given
            provider   ollama  openai  http://127.0.0.1:11434/v1  no key
            route      gpt-* → openai
            route      */* → openrouter
            route      claude-* → ollama/qwen3-coder:30b"#]],
    );
}

#[test]
fn config_fallbacks() {
    check_config(
        "fallbacks.toml",
        expect![[r#"
            127.0.0.1:4141
            admin      given
            provider   anthropic  anthropic  https://api.anthropic.com  key given
            provider   openrouter  openai  https://openrouter.ai/api/v1  key given
            route      claude-sonnet-* → anthropic, openrouter/anthropic/claude-sonnet-4.5
            route      claude-opus-* → anthropic (strict)
            route      * → openrouter"#]],
    );
}

#[test]
fn the_pages_show_the_examples() {
    check_page("README.md", &read("examples/python/hello.py"));
    check_page("README.md", &read("examples/config/anthropic.toml"));
    check_page("docs/guide/config.md", &read("examples/config/fallbacks.toml"));
}

#[test]
fn no_example_is_forgotten() {
    let tests = include_str!("examples.rs");
    let index = read("examples/README.md");
    for folder in ["config", "node", "python"] {
        for entry in std::fs::read_dir(root().join("examples").join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(tests.contains(&format!("\"{name}\"")), "{folder}/{name} has no test");
            assert!(index.contains(&format!("({folder}/{name})")), "{name} is not in the index");
        }
    }
}
