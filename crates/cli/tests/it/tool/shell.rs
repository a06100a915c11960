//! Commands, in the sandbox that is the rule and without it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use expect_test::expect;
use serde_json::Value;

use super::project::Project;

/// What the tool printed, as JSON.
fn ran(project: &Project, arguments: &[&str], command: &str) -> Value {
    let input = serde_json::json!({ "command": command }).to_string();
    let printed = project.run(&[&["shell"], arguments].concat(), &input);
    let (result, rest) = printed.split_once("\n--- stderr\n").unwrap();
    assert_eq!(rest, "--- exit 0\n", "{printed}");
    serde_json::from_str(&result.replace('…', "0")).unwrap()
}

/// Whether this kernel has what the sandbox needs.
#[expect(clippy::print_stdout, reason = "whoever runs the tests is told what was skipped")]
pub(super) fn is_confined(project: &Project) -> bool {
    let printed = project.run(&["shell"], r#"{"command":"true"}"#);
    let has = !printed.contains(r#""code":"sandbox_unavailable""#);
    if !has {
        println!("skipped: the kernel has no Landlock of version 3");
    }
    has
}

#[test]
fn a_command_tells_all_of_its_end() {
    let project = Project::with(&[("notes.md", "one\n")]);
    if !is_confined(&project) {
        return;
    }
    project.check(&["shell"], r#"{"command":"cat notes.md; echo oops >&2; exit 3"}"#, expect![[r#"
        {"ended":"exited","exitCode":3,"signal":null,"status":3,"output":{"text":"one\noops\n","bytes":9,"lines":2,"omittedBytes":0,"omittedLines":0},"stdout":{"text":"one\n","bytes":4,"lines":1,"omittedBytes":0,"omittedLines":0},"stderr":{"text":"oops\n","bytes":5,"lines":1,"omittedBytes":0,"omittedLines":0},"fullOutput":null,"fullOutputMissingBytes":0,"background":[],"usage":{"wallMs":…,"userMs":…,"systemMs":…,"maxResidentBytes":null},"sandbox":{"files":"full","network":"blocked","writable":["HOME/project"],"notes":[]},"likelySandboxed":false}
        --- stderr
        --- exit 0
    "#]]);
    project.check(&["shell"], r#"{"command":"true","workdir":"absent"}"#, expect![[r#"
        {"error":{"code":"no_workdir","message":"HOME/project/absent: cannot be the folder of the command; give one that exists: No such file or directory (os error 2)"}}
        --- stderr
        --- exit 1
    "#]]);
}

#[test]
fn the_sandbox_is_the_rule_and_the_input_cannot_leave_it() {
    let project = Project::with(&[]);
    if !is_confined(&project) {
        return;
    }
    let outside = project.home().path().join("outside");
    let command = format!("echo in > inside; echo out > {}", outside.display());
    let refused = ran(&project, &[], &command);
    assert_eq!((&refused["exitCode"], &refused["likelySandboxed"]), (&1.into(), &true.into()));
    assert_eq!(project.read("inside"), "in\n");
    assert!(!outside.exists());
    let network = "exec 3<>/dev/tcp/127.0.0.1/9";
    let refused = ran(&project, &[], network)["output"]["text"].as_str().unwrap().to_owned();
    assert!(refused.contains("not permitted"), "{refused}");

    let wished =
        r#"{"command":"echo out > ../outside","sandbox":{"writable":[".."],"network":true}}"#;
    project.check(&["shell"], wished, expect![[r#"
        {"error":{"code":"outside","message":"a folder to write in: HOME: lies outside HOME/project","resolved":"HOME","root":"HOME/project"}}
        --- stderr
        --- exit 1
    "#]]);
    assert!(!outside.exists());

    let let_out = ran(&project, &["--no-sandbox"], &command);
    assert_eq!((&let_out["exitCode"], &let_out["sandbox"]), (&0.into(), &Value::Null));
    assert_eq!(std::fs::read_to_string(outside).unwrap(), "out\n");
}

#[test]
fn a_time_out_is_a_result_that_has_what_was_printed() {
    let project = Project::with(&[]);
    let input = r#"{"command":"echo begun; exec sleep 1000","timeoutMs":2000}"#;
    let printed = project.run(&["shell", "--no-sandbox"], input);
    assert!(printed.contains(r#""ended":"timedOut""#), "{printed}");
    assert!(printed.contains(r#""text":"begun\n""#), "{printed}");
    assert!(printed.ends_with("--- exit 0\n"), "{printed}");
}

/// The pipe ends when the last process that holds it has: here those of the command, also the one that left its group.
fn cancelled(arguments: &[&str], signal: &str) -> String {
    let project = Project::with(&[]);
    let made = Command::new("mkfifo").arg(project.path("held")).status().unwrap();
    assert!(made.success());
    let mut command = project.command(&[&["shell"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let input =
        r#"{"command":"exec 3>held; echo begun; setsid sleep 1000 & echo begun >&3; sleep 1000"}"#;
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let mut held = BufReader::new(std::fs::File::open(project.path("held")).unwrap());
    let mut line = String::new();
    held.read_line(&mut line).unwrap();
    assert_eq!(line, "begun\n");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(held.read_to_string(&mut line).unwrap(), 0, "nothing was written after it");
    let left = project.home().path().join("tools/tmp");
    let left = std::fs::read_dir(left).map_or(0, Iterator::count);
    assert_eq!(left, 0, "its temporary folder is gone");
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_signal_ends_the_command_with_all_it_started() {
    for signal in ["INT", "TERM"] {
        let result = cancelled(&["--no-sandbox"], signal);
        assert!(result.contains(r#""ended":"cancelled""#), "{result}");
        assert!(result.contains(r#""text":"begun\n""#), "{result}");
    }
    if is_confined(&Project::with(&[])) {
        let result = cancelled(&[], "INT");
        assert!(result.contains(r#""ended":"cancelled""#), "{result}");
    }
}
