//! `top`: the board of a real gateway, printed, and on a terminal of its own.

use crate::command::Home;
use crate::console::ask;
use crate::start::Running;

/// What `top` prints of a gateway.
fn printed(home: &Home, running: &Running, arguments: &[&str]) -> String {
    let url = format!("http://{}", running.address);
    home.run(&[&["top", "--url", &url], arguments].concat(), "")
        .replace(&running.address, "ADDRESS")
}

#[test]
fn without_a_terminal_the_board_is_printed_once() {
    let home = Home::new();
    let running = Running::start(&home, &["--offline"]);
    assert!(printed(&home, &running, &[]).starts_with("no session yet\n"));
    ask(&running, "api-refactor", "claude-sonnet-4-5", "hello");
    let board = printed(&home, &running, &["--once"]);
    let lines: Vec<&str> = board.lines().collect();
    assert!(lines[0].starts_with("SESSION "), "{board}");
    assert!(lines[1].starts_with("api-refactor  claude-sonnet-4-5  ○ idle"), "{board}");
    assert!(board.ends_with("--- stderr\n--- exit 0\n"), "{board}");
}

#[test]
fn where_no_gateway_answers_that_is_said() {
    let home = Home::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let seen = home.run(&["top", "--url", &format!("http://{free}")], "");
    assert!(seen.contains("error: no gateway answers at"), "{seen}");
    assert!(seen.contains("hint: `ironbridge start` runs one"), "{seen}");
    assert!(home.run(&["top", "--url", "ftp://x"], "").contains("is no address of a gateway"));
}

#[cfg(unix)]
#[test]
fn on_a_terminal_it_follows_the_gateway_and_takes_orders() {
    use std::sync::{Arc, Condvar, Mutex};
    use std::time::{Duration, Instant};

    use ironbridge_tools::pty::{PtyOptions, PtyOutput, PtyStatus, Taken, Terminals};
    use ironbridge_tools::{Control, Limits, Scope, Workspace};

    use crate::console::{PATIENCE, document};

    let home = Home::new();
    let mut running = Running::start(&home, &["--offline"]);
    let workspace = Workspace::new(Scope::within(home.path()).unwrap(), home.path());
    let terminals = Terminals::new(&Limits::default(), |_| {}).unwrap();
    let heard = Arc::new((Mutex::new(Vec::<u8>::new()), Condvar::new()));
    let ear = heard.clone();
    let url = format!("http://{}", running.address);
    let options = PtyOptions {
        command: Some(env!("CARGO_BIN_EXE_ironbridge").to_owned()),
        args: ["top", "--url", &url].map(str::to_owned).into(),
        env: [("IRONBRIDGE_HOME".to_owned(), Some(home.path().display().to_string()))].into(),
        ..PtyOptions::default()
    };
    let pty = terminals.open(&workspace, &options, move |output: PtyOutput<'_>| {
        ear.0.lock().unwrap().extend_from_slice(output.bytes);
        ear.1.notify_all();
        Taken::Now
    });
    let pty = pty.unwrap();
    let (rows, columns) = (24.try_into().unwrap(), 80.try_into().unwrap());
    let shows = |wanted: &str| {
        let until = Instant::now() + PATIENCE;
        let mut bytes = heard.0.lock().unwrap();
        loop {
            let mut terminal = vt100::Parser::new(rows, columns, 0);
            terminal.process(&bytes);
            let screen = terminal.screen().contents();
            if screen.contains(wanted) {
                return;
            }
            assert!(Instant::now() < until, "{wanted}: {screen}");
            bytes = heard.1.wait_timeout(bytes, Duration::from_millis(50)).unwrap().0;
        }
    };
    shows("no session yet");
    ask(&running, "docs", "gpt-5", "hello");
    shows("docs");
    shows("1 sessions");
    pty.write(b"p").unwrap();
    shows("paused");
    pty.write(b"r").unwrap();
    shows("resume: done");
    pty.write(b"s").unwrap();
    shows("y stops it");
    pty.write(b"n").unwrap();
    pty.write(b"s").unwrap();
    shows("y stops it");
    pty.write(b"y").unwrap();
    shows("stopped");
    let (_, sessions) = document(running.get("/api/sessions"));
    assert_eq!(sessions["data"][0]["held"], "stopped", "{sessions}");
    running.stop();
    shows("not connected");
    pty.write(b"q").unwrap();
    let ended = pty.wait(&Control::within(PATIENCE)).unwrap();
    assert_eq!(ended, PtyStatus::Exited { exit_code: Some(0), signal: None });
}
