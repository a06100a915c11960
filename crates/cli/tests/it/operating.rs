//! What `docs/guide/operating.md` and `docs/reference/http.md` say of a running gateway.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use expect_test::{Expect, expect};

use crate::command::Home;

/// A config with the built-in model under a second name.
const ALIAS: &str = "[[provider]]\nname = \"built-in\"\nkind = \"offline\"\n\
                     [[route]]\nmatch = \"echo\"\ntargets = [\"built-in/offline\"]\n";

/// A running gateway; it is killed when dropped.
struct Gateway {
    child: Child,
    address: String,
}

impl Gateway {
    fn start(mut command: Command) -> Self {
        command.args(["--port", "0", "--exit-after", "200"]).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Gateway { child, address }
    }

    /// The whole answer to a request with this body, or to a `GET` without one.
    fn ask(&self, path: &str, body: &str) -> String {
        let (host, bytes) = (&self.address, body.len());
        let method = if body.is_empty() { "GET" } else { "POST" };
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        let kind = format!("content-type: application/json\r\ncontent-length: {bytes}\r\n\r\n");
        let mut socket = TcpStream::connect(host).unwrap();
        socket.write_all(format!("{head}{kind}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Ends it and gives what it has logged.
    fn log(mut self) -> String {
        let mut pipe = self.child.stderr.take().unwrap();
        drop(self);
        let mut log = String::new();
        pipe.read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn body(answer: &str) -> serde_json::Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn openai_clients_may_leave_out_v1() {
    let home = Home::new();
    let gateway = Gateway::start(home.command(&["start", "--log-level", "off", "--offline"]));
    let asked = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
    for prefix in ["", "/v1"] {
        let reply = body(&gateway.ask(&format!("{prefix}/chat/completions"), asked));
        assert_eq!(reply["choices"][0]["message"]["content"], "You said: hi");
        let models = body(&gateway.ask(&format!("{prefix}/models"), ""));
        assert_eq!(models["data"][0]["id"], "offline");
    }
}

#[test]
fn an_alias_is_served_and_listed() {
    let home = Home::with(&[("config.toml", ALIAS)]);
    let gateway = Gateway::start(home.command(&["start", "--log-level", "off"]));
    assert_eq!(body(&gateway.ask("/v1/models", ""))["data"][0]["id"], "echo");
    let asked = r#"{"model":"echo","messages":[{"role":"user","content":"hi"}]}"#;
    let reply = body(&gateway.ask("/v1/chat/completions", asked));
    assert_eq!(reply["choices"][0]["message"]["content"], "You said: hi");
    let id = body(&gateway.ask("/api/exchanges", ""))["data"][0]["id"].clone();
    let record = body(&gateway.ask(&format!("/api/exchanges/{}", id.as_str().unwrap()), ""));
    let names = ["model", "provider", "target_model"].map(|name| record[name].clone());
    assert_eq!(names, ["echo", "built-in", "offline"]);
}

/// What a log shows of one streamed request, without times and ids.
fn check_log(command: Command, expected: &Expect) {
    let gateway = Gateway::start(command);
    let secret = "sk-ant-REDACTED";
    let asked = format!(
        r#"{{"model":"m","stream":true,"messages":[{{"role":"user","content":"{secret} me@example.com"}}]}}"#
    );
    assert!(gateway.ask("/v1/chat/completions", &asked).contains(secret), "the reply is whole");
    let log = gateway.log();
    assert!(!log.contains(secret) && !log.contains("me@example"), "{log}");
    let mut shown = String::new();
    for line in log.lines() {
        let (what, values) = line.get(28..).unwrap().split_once(" id=").unwrap();
        let masked = ["sk-ant-****", "****@****"].map(|mask| values.contains(mask));
        shown +=
            &format!("{} index={} masked={masked:?}\n", what.trim(), values.contains("index="));
    }
    expected.assert_eq(&shown);
}

#[test]
fn verbose_logs_show_bodies_and_chunks_but_no_secret() {
    let home = Home::new();
    let expected = expect![[r#"
        DEBUG request index=false masked=[true, true]
        DEBUG stream chunk index=true masked=[false, false]
        DEBUG stream chunk index=true masked=[false, false]
        DEBUG stream chunk index=true masked=[false, false]
        DEBUG stream chunk index=true masked=[true, false]
        DEBUG stream chunk index=true masked=[false, true]
        DEBUG stream chunk index=true masked=[false, false]
        DEBUG stream chunk index=true masked=[false, false]
        DEBUG stream end index=false masked=[false, false]
        INFO exchange index=false masked=[false, false]
    "#]];
    check_log(home.command(&["start", "--offline", "-v"]), &expected);
    let mut by_variable = home.command(&["start", "--offline"]);
    by_variable.env("DEBUG", "true");
    check_log(by_variable, &expected);
    let quiet = expect![[r#"
        INFO exchange index=false masked=[false, false]
    "#]];
    check_log(home.command(&["start", "--offline"]), &quiet);
}
