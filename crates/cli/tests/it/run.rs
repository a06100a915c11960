//! `run`: the agent without a terminal, through the real binary.

use std::fs;
use std::process::Stdio;

use expect_test::{Expect, expect};
use ironbridge_testkit::{Script, ToolLoop, Upstream, chat};
use serde_json::{Value, json};

use crate::command::Home;

/// What a run prints, and its exit code.
fn check(home: &Home, arguments: &[&str], stdin: &str, expected: Expect) {
    expected.assert_eq(&home.run(&[&["run"], arguments].concat(), stdin));
}

const OFFLINE: [&str; 2] = ["--model", "offline"];

/// The last line of a run with `--json`, without what differs from run to run.
fn result(home: &Home, arguments: &[&str]) -> Value {
    let seen = home.run(&[&["run", "--json"], arguments].concat(), "");
    let line = seen.lines().take_while(|line| *line != "--- stderr").last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {seen}"))
}

#[test]
fn the_built_in_model_edits_a_file() {
    let home = Home::with(&[("code/hello.txt", "one\r\ntwo\r\nthree\r\n")]);
    let prompt = "change it\n\
                  call read_file {\"path\": \"code/hello.txt\"}\n\
                  call string_replace {\"path\": \"code/hello.txt\", \"old_str\": \"two\", \"new_str\": \"2\"}";
    let seen = home.run(&[&["run"], &OFFLINE[..], &[prompt]].concat(), "");
    let expected = expect![[r#"
        Tool read_file returned: one
        two
        three

        Tool string_replace returned: changed code/hello.txt at 1 place
        --- a/code/hello.txt
        +++ b/code/hello.txt
        @@ -1,3 +1,3 @@
         one
        -two
        +2
         three
        --- stderr
        ✓ read_file {"path": "code/hello.txt"}
        ✓ string_replace {"path": "code/hello.txt", "old_str": "two", "new_str": "2"}
        --- exit 0
    "#]];
    expected.assert_eq(&seen.replace('\r', ""));
    let text = fs::read_to_string(home.path().join("code/hello.txt")).unwrap();
    assert_eq!(text, "one\r\n2\r\nthree\r\n");
}

#[test]
fn json_is_one_object_with_all_that_a_script_needs() {
    let home = Home::new();
    let mut result = result(&home, &[&OFFLINE[..], &["hello"]].concat());
    let session = result["session"].take();
    assert!(session.as_str().is_some_and(|id| id.len() == 21), "{session}");
    assert!(result["usage"]["input"].take().as_u64().is_some_and(|tokens| tokens > 100));
    let expected = json!({
        "session": null,
        "reason": "completed",
        "text": "You said: hello",
        "turns": 1,
        "usage": {"input": null, "cache_read": 0, "cache_write": 0, "output": 4},
        "cost": null,
        "error": null
    });
    assert_eq!(result, expected);
}

#[test]
fn exit_codes_say_why_a_run_ended() {
    let home = Home::with(&[("a.txt", "a")]);
    let reason = |arguments: &[&str]| {
        let seen = home.run(&[&["run", "--json"], &OFFLINE[..], arguments].concat(), "");
        let code = seen.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
        let line = seen.lines().next().unwrap_or_default();
        let object: Value = serde_json::from_str(line).unwrap_or_default();
        format!("{} {code}", object["reason"].as_str().unwrap_or("-"))
    };
    let edit = "call write_file {\"path\": \"new.txt\", \"content\": \"x\"}";
    let command = "call execute_bash {\"command\": \"touch made.txt\"}";
    let look = "call execute_bash {\"command\": \"ls\"}";
    assert_eq!(reason(&[command]), "approval_needed 3");
    assert_eq!(reason(&["--mode", "normal", edit]), "approval_needed 3");
    assert_eq!(reason(&["--mode", "normal", look]), "completed 0");
    assert_eq!(reason(&["--max-turns", "1", edit]), "max_turns 3");
    assert_eq!(reason(&["--mode", "sideways", edit]), "- 2");
    assert_eq!(reason(&["--resume", "nothing", edit]), "- 2");
    assert!(!home.path().join("made.txt").exists());
    fs::remove_file(home.path().join("new.txt")).unwrap();
    assert_eq!(reason(&["--mode", "plan", edit]), "completed 0");
    assert!(!home.path().join("new.txt").exists());
    assert_eq!(reason(&["--mode", "yolo", command]), "completed 0");
    assert!(home.path().join("made.txt").exists());
}

#[test]
fn stdin_is_context_or_the_prompt() {
    let home = Home::new();
    check(
        &home,
        &[&OFFLINE[..], &["say"]].concat(),
        "from stdin\n",
        expect![[r#"
        You said: say

        <stdin>
        from stdin
        </stdin>
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &home,
        &OFFLINE,
        "all of it\n",
        expect![[r#"
        You said: all of it
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &home,
        &OFFLINE,
        "",
        expect![[r#"
        --- stderr
        error: there is no prompt
        hint: ironbridge run "what is to be done"
        --- exit 2
    "#]],
    );
    check(
        &home,
        &["hello"],
        "",
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
fn a_session_goes_on_where_it_ended() {
    let home = Home::new();
    let first = result(&home, &[&OFFLINE[..], &["one"]].concat());
    let second = result(&home, &[&OFFLINE[..], &["--continue", "two"]].concat());
    let id = first["session"].as_str().unwrap();
    assert_eq!(second["session"], first["session"]);
    let third = result(&home, &[&OFFLINE[..], &["--resume", &id[..16], "three"]].concat());
    assert_eq!(third["session"], first["session"]);
    assert!(third["usage"]["input"].as_u64() > first["usage"]["input"].as_u64());
    let file = home.path().join(format!("sessions/{id}.jsonl"));
    let text = fs::read_to_string(file).unwrap();
    let kinds: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].take())
        .collect();
    let turn = ["user", "assistant", "turn_end"];
    let expected: Vec<&str> =
        std::iter::once("session").chain(turn).chain(turn).chain(turn).collect();
    assert_eq!(kinds, expected);
}

#[test]
fn events_are_lines_and_the_last_one_is_the_result() {
    let home = Home::new();
    let arguments = [&["run", "--json-stream"], &OFFLINE[..], &["hello there"]].concat();
    let seen = home.run(&arguments, "");
    let lines: Vec<Value> = seen
        .lines()
        .take_while(|line| *line != "--- stderr")
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let text: String = lines
        .iter()
        .filter(|line| matches!(line["type"].as_str(), Some("item_delta" | "item_started")))
        .map(|line| line["text"].as_str().or(line["item"]["text"].as_str()).unwrap_or_default())
        .collect();
    assert_eq!(text, "You said: hello there");
    let kinds: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
    assert_eq!(kinds.first(), Some(&"session_started"));
    assert_eq!(kinds.last(), Some(&"turn_ended"));
    assert_eq!(lines.last().map(|line| &line["reason"]), Some(&json!("completed")));
}

#[test]
fn a_turn_is_undone_and_done_again() {
    let home = Home::with(&[("code/a.txt", "one\r\n")]);
    let file = home.path().join("code/a.txt");
    let text = || fs::read_to_string(&file).unwrap();
    let edit = "call string_replace {\"path\": \"code/a.txt\", \"old_str\": \"one\", \"new_str\": \"two\"}\n\
                call create_file {\"path\": \"code/b.txt\", \"content\": \"b\"}";
    let first = result(&home, &[&OFFLINE[..], &[edit]].concat());
    assert_eq!((first["reason"].as_str(), text()), (Some("completed"), "two\r\n".to_owned()));
    check(
        &home,
        &[&OFFLINE[..], &["--continue", "/undo"]].concat(),
        "",
        expect![[r#"
        turn 1 is undone
        code/a.txt: restored
        code/b.txt: removed, it was new
        --- stderr
        --- exit 0
    "#]],
    );
    assert_eq!((text(), home.path().join("code/b.txt").exists()), ("one\r\n".to_owned(), false));
    check(
        &home,
        &[&OFFLINE[..], &["--continue", "/redo"]].concat(),
        "",
        expect![[r#"
        turn 1 is done again
        code/a.txt: restored
        code/b.txt: restored
        --- stderr
        --- exit 0
    "#]],
    );
    assert_eq!((text(), home.path().join("code/b.txt").exists()), ("two\r\n".to_owned(), true));
    check(
        &home,
        &[&OFFLINE[..], &["--continue", "/redo"]].concat(),
        "",
        expect![[r#"
        --- stderr
        error: there is nothing to redo
        --- exit 1
    "#]],
    );
}

/// A config with one provider at `upstream`.
fn config(kind: &str, base_url: &str) -> String {
    format!("[[provider]]\nname = \"p\"\nkind = \"{kind}\"\nbase_url = \"{base_url}\"\n")
}

#[test]
fn a_tool_loop_runs_in_every_dialect() {
    for (kind, path, api) in [
        ("anthropic", "", ""),
        ("openai", "/v1", "api = [\"chat\"]\n"),
        ("openai", "/v1", "api = [\"responses\"]\n"),
    ] {
        let script = ToolLoop::call("read_file", json!({"path": "a.txt"}))
            .then_call("create_file", json!({"path": "b.txt", "content": "made"}))
            .then_text("I saw {result}");
        let upstream = Upstream::start_on_thread(script);
        let settings = config(kind, &format!("{}{path}", upstream.base_url())) + api;
        let home = Home::with(&[("config.toml", &settings), ("a.txt", "content of a")]);
        let result = result(&home, &["--model", "some-model", "go"]);
        let expected =
            json!(["completed", 3, "I saw created b.txt: 1 lines, 4 characters (+1 −0 lines)"]);
        assert_eq!(
            json!([result["reason"], result["turns"], result["text"]]),
            expected,
            "{kind} {api}"
        );
        assert_eq!(fs::read_to_string(home.path().join("b.txt")).unwrap(), "made");
    }
}

#[test]
fn a_provider_that_fails_is_asked_again_and_a_cut_reply_is_not_shown_twice() {
    let script = Script::failures(1, 503)
        .then(Script::times(1, chat::text("half of this").stream().close_after(300)))
        .then(Script::always(chat::text("whole")));
    let upstream = Upstream::start_on_thread(script);
    let settings = config("openai", &format!("{}/v1", upstream.base_url()));
    let home = Home::with(&[("config.toml", &settings)]);
    let result = result(&home, &["--model", "m", "go"]);
    assert_eq!(json!([result["reason"], result["text"]]), json!(["completed", "whole"]));
    assert_eq!(upstream.requests().len(), 3);
}

#[test]
fn a_wrong_key_is_told_at_once() {
    let wrong = ironbridge_testkit::Dialect::Messages.error(401, "authentication_error", "bad key");
    let upstream = Upstream::start_on_thread(Script::always(wrong));
    let settings = config("anthropic", &upstream.base_url());
    let home = Home::with(&[("config.toml", &settings)]);
    check(
        &home,
        &["--model", "m", "go"],
        "",
        expect![[r#"
        --- stderr
        error: p answered 401 Unauthorized: bad key
        --- exit 1
    "#]],
    );
}

/// SIGINT while the provider is silent: the run ends with 130, and the session can be resumed.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_run_that_waits() {
    let gate = ironbridge_testkit::Gate::new();
    let upstream = Upstream::start_on_thread(Script::always(
        chat::text("late").stream().headers_behind(&gate),
    ));
    let settings = config("openai", &format!("{}/v1", upstream.base_url()));
    let home = Home::with(&[("config.toml", &settings)]);
    let mut command = home.command(&["run", "--json", "--model", "m", "go"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    wait_for_request(&upstream);
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["reason"], "interrupted");
}

/// SIGINT while a command runs: it ends with the run.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_command_too() {
    let home = Home::new();
    let prompt = "call execute_bash {\"command\": \"echo $$ > pid.txt; exec sleep 600\"}";
    let mut command =
        home.command(&["run", "--json", "--mode", "yolo", "--model", "offline", prompt]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let pid = home.path().join("pid.txt");
    wait_until(|| fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n')));
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let pid = fs::read_to_string(&pid).unwrap();
    let alive = std::process::Command::new("kill").args(["-0", pid.trim()]).output().unwrap();
    assert!(!alive.status.success(), "the command still runs");
}

/// Killed while a tool runs: the session resumes with a result that says so, and files are as they were written.
#[cfg(unix)]
#[test]
fn a_run_that_is_killed_within_a_turn_resumes_valid() {
    let home = Home::new();
    let prompt = "call create_file {\"path\": \"kept.txt\", \"content\": \"kept\"}\n\
                  call execute_bash {\"command\": \"echo begun > begun.txt; sleep 600\"}";
    let mut command =
        home.command(&["run", "--json", "--mode", "yolo", "--model", "offline", prompt]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    wait_until(|| home.path().join("begun.txt").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(fs::read_to_string(home.path().join("kept.txt")).unwrap(), "kept");
    let result = result(&home, &["--model", "offline", "--continue", "again"]);
    assert_eq!(json!([result["reason"], result["text"]]), json!(["completed", "You said: again"]));
}

#[cfg(unix)]
fn interrupt(id: u32) {
    let sent = std::process::Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap();
    assert!(sent.success());
}

#[cfg(unix)]
fn wait_for_request(upstream: &Upstream) {
    wait_until(|| !upstream.requests().is_empty());
}

/// Waits for another process; the test runner has the watchdog.
#[cfg(unix)]
fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
