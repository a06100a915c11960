//! `start`, as scripts use it: a real process, a real socket, real signals.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Stdio};

use expect_test::expect;

use crate::command::Home;

/// A running gateway.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
    log: BufReader<ChildStderr>,
}

impl Running {
    /// Starts one on a free port and waits until it listens.
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        Running::start_with(home, arguments, &[])
    }

    /// The same with these environment variables.
    pub(crate) fn start_with(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = home.command(&["start", "--port", "0"]);
        command.envs(variables.iter().copied());
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Running { child, address, log }
    }

    /// The status of `GET path`, and the whole answer.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        self.get_with(path, "")
    }

    /// The same with header lines, each with its end.
    pub(crate) fn get_with(&self, path: &str, headers: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(socket, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n")
            .unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }

    /// The status of `POST path` with this JSON, and the whole answer.
    pub(crate) fn post(&self, path: &str, body: &str) -> (u16, String) {
        post(&self.address, path, body)
    }

    /// Reads the log up to a line that has these words, and gives it all.
    pub(crate) fn log_until(&mut self, words: &str) -> String {
        let mut log = String::new();
        while !log.contains(words) {
            assert_ne!(self.log.read_line(&mut log).unwrap(), 0, "the log ended: {log}");
        }
        log
    }

    /// Its process.
    #[cfg(unix)]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(status.success());
    }

    /// Ends it as a script does, and waits for it.
    #[cfg(unix)]
    pub(crate) fn stop(&mut self) {
        self.signal("TERM");
        assert_eq!(self.end(), 0);
    }

    /// Ends it without a word to it.
    #[cfg(unix)]
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end and gives the exit code.
    fn end(&mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

/// Posts JSON to a gateway and gives the status and the whole answer.
pub(crate) fn post(address: &str, path: &str, body: &str) -> (u16, String) {
    let mut socket = TcpStream::connect(address).unwrap();
    let bytes = body.len();
    write!(
        socket,
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {bytes}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `CREDENTIALS_DIR` is the whole config: it makes the provider, and names the file that a Host's requests need.
#[test]
fn a_folder_of_the_environment_holds_the_credential_of_each_host() {
    let home = Home::with(&[("domains/127.0.0.1.credentials.json", "{}")]);
    let gateway = Running::start_with(&home, &[], &[("CREDENTIALS_DIR", "domains")]);
    let body = r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}"#;
    let message = || {
        let (status, answer) = gateway.post("/v1/messages", body);
        let json: serde_json::Value =
            serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        format!("{status} {}", json["error"]["message"].as_str().unwrap())
    };
    expect![[r#"502 provider `anthropic`: the credential could not be fetched: the credential file of this Host cannot be used: `127.0.0.1.credentials.json`: it has no "type""#]].assert_eq(&message());
    std::fs::remove_file(home.path().join("domains/127.0.0.1.credentials.json")).unwrap();
    expect!["502 provider `anthropic`: there is no key for `anthropic`: set its `credential`, or CLAUDE_API_KEY, or log in with `ironbridge auth anthropic`"].assert_eq(&message());
}

#[test]
fn a_script_may_say_how_long() {
    let mut gateway = Running::start(&Home::new(), &["--offline", "--exit-after", "0"]);
    assert!(gateway.address.starts_with("127.0.0.1:"), "{}", gateway.address);
    assert_eq!(gateway.end(), 0);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_in_good_order() {
    for signal in ["TERM", "INT"] {
        let mut gateway = Running::start(&Home::new(), &["--offline"]);
        assert_eq!(gateway.get("/healthz").0, 200);
        gateway.signal(signal);
        let log = gateway.log_until("stopping");
        assert!(log.contains(&format!("SIG{signal}")), "{log}");
        assert_eq!(gateway.end(), 0);
    }
}

#[cfg(unix)]
#[test]
fn a_changed_config_is_taken_over_and_a_wrong_one_is_not() {
    let provider = "[[provider]]\nname = \"built-in\"\nkind = \"offline\"\n";
    let home = Home::with(&[("config.toml", provider)]);
    let mut gateway = Running::start(&home, &[]);
    let log = |gateway: &mut Running, text: &str, words: &str| {
        // At once, as editors do: a file that is half written would be reported too.
        home.write("next.toml", text);
        std::fs::rename(home.path().join("next.toml"), home.path().join("config.toml")).unwrap();
        gateway.log_until(words)
    };
    let wrong = log(&mut gateway, &format!("{provider}colour = 1\n"), "the old config stays");
    assert!(wrong.contains("config.toml line 4: unknown key \"colour\""), "{wrong}");
    let none = log(&mut gateway, "# nothing\n", "the old config stays");
    assert!(none.contains("no provider is configured"), "{none}");
    let server = "[server]\nlisten = \"127.0.0.1:1\"\nexchanges_kept = 5\n";
    let right = log(&mut gateway, &format!("{server}{provider}"), "is in force");
    assert!(right.contains("server.exchanges_kept has changed; that takes a restart"), "{right}");
    assert!(!right.contains("ERROR"), "{right}");
    assert_eq!(gateway.get("/healthz").0, 200);
    gateway.signal("TERM");
    assert_eq!(gateway.end(), 0);
}

#[test]
fn an_address_in_use_is_a_failure() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let seen = Home::new().run(&["start", "--offline", "--port", &port], "");
    expect![[r#"
        --- stderr
        error: cannot listen on 127.0.0.1:PORT
          caused by: Address already in use (os error 98)
        hint: --port 0 takes a free port
        --- exit 1
    "#]]
    .assert_eq(&seen.replace(&port, "PORT"));
}
