//! The gateway under test: `ironbridge start` in a folder of its own, on a free port.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ironbridge_testkit::{FakeGithub, Upstream};

use crate::command::Home;

/// A watchdog for the start, which takes some milliseconds.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The operator's credential for every provider.
const SCRIPTED_KEY: &str = "sk-scripted";

/// A running gateway; it is killed when dropped. What it logged is shown when the test has failed.
pub(super) struct Gateway {
    child: Child,
    base_url: String,
    log: Option<JoinHandle<String>>,
    _home: Home,
}

impl Gateway {
    /// The operator's, of a gateway before a Copilot.
    pub(super) const ADMIN_TOKEN: &str = SCRIPTED_KEY;

    /// On the built-in offline model.
    pub(super) fn offline() -> Self {
        Self::start(Home::new(), &["start", "--offline", "--port", "0"])
    }

    /// Before a scripted upstream that speaks all three dialects. The model's name begins with the
    /// dialect in which the upstream is asked: `chat-…`, `messages-…` or `responses-…`.
    ///
    /// Retries are off, so that a client sees every failure once; a client's own key may go to the
    /// provider of kind anthropic (`pass_through`); bodies end at 256 KiB.
    pub(super) fn before(upstream: &Upstream) -> Self {
        let url = upstream.base_url();
        let mut config =
            "[server]\npass_through = true\n\n[limits]\nbody_max = \"256KiB\"\n".to_owned();
        for (name, rest) in [
            ("chat", format!("kind = \"openai\"\nbase_url = \"{url}/v1\"\napi = [\"chat\"]")),
            ("messages", format!("kind = \"anthropic\"\nbase_url = \"{url}\"")),
            (
                "responses",
                format!("kind = \"openai\"\nbase_url = \"{url}/v1\"\napi = [\"responses\"]"),
            ),
        ] {
            config += &format!(
                "\n[[provider]]\nname = \"{name}\"\n{rest}\nretries = 0\n\
                 credential = {{ env = \"SCRIPTED_KEY\" }}\n\
                 \n[[route]]\nmatch = \"{name}-*\"\ntargets = [\"{name}\"]\n"
            );
        }
        Self::start(Home::with(&[("config.toml", &config)]), &["start", "--port", "0"])
    }

    /// Before a Copilot, by a GitHub token of the config.
    pub(super) fn before_copilot(github: &FakeGithub) -> Self {
        github.accept_github_token(SCRIPTED_KEY);
        let config = format!(
            "[server]\nadmin_token = {{ env = \"SCRIPTED_KEY\" }}\n\n\
             [[provider]]\nname = \"copilot\"\nkind = \"copilot\"\ngithub_url = \"{}\"\napi_url = \"{}\"\n\
             credential = {{ env = \"SCRIPTED_KEY\" }}\n",
            github.login_url(),
            github.api_url()
        );
        Self::start(Home::with(&[("config.toml", &config)]), &["start", "--port", "0"])
    }

    /// `http://127.0.0.1:PORT`.
    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    fn start(home: Home, arguments: &[&str]) -> Self {
        let mut command = home.command(arguments);
        command.env("SCRIPTED_KEY", SCRIPTED_KEY).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        // Both are read on the side, to their ends: a gateway whose pipe is full would stand still.
        let log = thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).map_or_else(|error| error.to_string(), |_| log)
        });
        let (found, address) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("listening on ") {
                    // The test is over when nobody waits for it any more.
                    let _ = found.send(url.to_owned());
                }
            }
        });
        let mut gateway = Self { child, base_url: String::new(), log: Some(log), _home: home };
        gateway.base_url = address.recv_timeout(START_LIMIT).unwrap_or_else(|error| {
            panic!("the gateway has not said where it listens: {error}");
        });
        gateway
    }
}

impl Drop for Gateway {
    #[expect(clippy::print_stdout, reason = "the test runner shows it with the failed test")]
    fn drop(&mut self) {
        // Both fail only when it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let log = self.log.take().map(JoinHandle::join);
        if thread::panicking() {
            println!("the gateway's log:\n{}", log.and_then(Result::ok).unwrap_or_default());
        }
    }
}
