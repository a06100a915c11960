//! Running commands: how they end, what is kept of what they print, and what is left of them.
#![cfg(unix)]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use expect_test::{Expect, expect};
use ironbridge_tools::shell::{
    AGENT_ENVIRONMENT, Ending, RunShell, RunShellOutput, Stream, run_shell, run_shell_with,
};
use ironbridge_tools::{Cancel, Coded, Control, Failure, Limits, Scope, Workspace};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than any command here takes: what reaches it hangs.
const WATCHDOG: Duration = Duration::from_secs(60);

struct Project {
    workspace: Workspace,
    folder: TempDir,
    state: TempDir,
}

fn project() -> Project {
    project_with(Limits::default())
}

fn project_with(limits: Limits) -> Project {
    let folder = tempfile::tempdir().unwrap();
    let state = tempfile::tempdir().unwrap();
    let scope = Scope::within(folder.path()).unwrap();
    let workspace = Workspace::new(scope, state.path()).with_limits(limits);
    Project { workspace, folder, state }
}

impl Project {
    fn run(&self, input: &RunShell) -> RunShellOutput {
        let output = run_shell(&self.workspace, input, &Control::within(WATCHDOG)).unwrap();
        assert!(output.usage.wall_ms < WATCHDOG.as_secs_f64() * 1000.0, "it hung");
        output
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn shown(output: &RunShellOutput) -> String {
    let end = match (&output.exit_code, &output.signal) {
        (Some(code), _) => format!("exit {code}"),
        (_, signal) => format!("{} status {}", signal.clone().unwrap_or_default(), output.status),
    };
    let mut shown = format!("{:?}, {end}", output.ended);
    for (name, printed) in [("out", &output.stdout), ("err", &output.stderr)] {
        if printed.bytes > 0 {
            shown.push_str(&format!(", {name} {:?}", printed.text));
        }
    }
    shown
}

fn check_input(input: &RunShell, expected: &Expect) {
    expected.assert_eq(&shown(&project().run(input)));
}

fn check(command: &str, expected: &Expect) {
    check_input(&RunShell::new(command), expected);
}

#[test]
fn the_end_is_told_as_it_was() {
    check("echo hello", &expect![[r#"Exited, exit 0, out "hello\n""#]]);
    check(
        "echo out; echo err >&2; exit 7",
        &expect![[r#"Exited, exit 7, out "out\n", err "err\n""#]],
    );
    check("kill -KILL $$", &expect!["Signalled, SIGKILL status 137"]);
    check("kill -SEGV $$", &expect!["Signalled, SIGSEGV status 139"]);
    check(
        "bash -c 'kill -TERM $$'; echo $?",
        &expect![[r#"Exited, exit 0, out "143\n", err "Terminated\n""#]],
    );
    check("no-such-program 2>/dev/null", &expect!["Exited, exit 127"]);
    check("", &expect!["Exited, exit 0"]);
    check("echo a # comment", &expect![[r#"Exited, exit 0, out "a\n""#]]);
    check("echo a\\", &expect![[r#"Exited, exit 0, out "a\\\n""#]]);
    check("cat <<'EOF'\n$x\nEOF", &expect![[r#"Exited, exit 0, out "$x\n""#]]);
    check("printf 'no line end'", &expect![[r#"Exited, exit 0, out "no line end""#]]);
    check("printf '\\377\\303'", &expect![[r#"Exited, exit 0, out "��""#]]);
}

#[test]
fn it_has_no_input_and_no_terminal() {
    check("cat; echo $?", &expect![[r#"Exited, exit 0, out "0\n""#]]);
    check("read line; echo $?", &expect![[r#"Exited, exit 0, out "1\n""#]]);
    check(
        "(: </dev/tty) 2>/dev/null || echo no terminal",
        &expect![[r#"Exited, exit 0, out "no terminal\n""#]],
    );
    check(
        "ps -o sid= -p $$ | tr -d ' ' | grep -qx $$ && echo own session",
        &expect![[r#"Exited, exit 0, out "own session\n""#]],
    );
}

#[test]
fn the_environment_is_the_callers() {
    let set = |env: Value, command: &str| -> RunShell {
        serde_json::from_value(json!({ "command": command, "env": env })).unwrap()
    };
    check_input(
        &set(json!({"A": "1 é"}), "echo $A $PAGER $NO_COLOR"),
        &expect![[r#"Exited, exit 0, out "1 é cat 1\n""#]],
    );
    check_input(
        &set(json!({"PAGER": "less", "NO_COLOR": null}), "echo $PAGER ${NO_COLOR-none}"),
        &expect![[r#"Exited, exit 0, out "less none\n""#]],
    );
    let alone = RunShell {
        inherit_env: false,
        agent_env: false,
        ..set(
            json!({"PATH": "/usr/bin:/bin"}),
            "env | grep -v -e ^IRONBRIDGE_RUN_ -e ^_= | cut -d= -f1 | sort",
        )
    };
    check_input(&alone, &expect![[r#"Exited, exit 0, out "PATH\nPWD\nSHLVL\n""#]]);
    let output = project().run(&RunShell::new("env"));
    for (name, value) in AGENT_ENVIRONMENT {
        assert!(output.stdout.text.contains(&format!("{name}={value}\n")), "{name}");
    }
}

#[test]
fn the_shell_is_bash_else_sh_or_the_one_that_is_named() {
    check("echo ${BASH_VERSION:+bash}", &expect![[r#"Exited, exit 0, out "bash\n""#]]);
    let only_sh = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/bin/sh", only_sh.path().join("sh")).unwrap();
    let path = only_sh.path().to_str().unwrap().to_owned();
    let mut input = RunShell::new("echo $PATH | grep -q . || echo $0");
    input.env.insert("PATH".to_owned(), Some(path));
    input.command = "echo $0".to_owned();
    check_input(&input, &expect![[r#"Exited, exit 0, out "sh\n""#]]);
    input.shell = Some("/bin/sh".into());
    check_input(&input, &expect![[r#"Exited, exit 0, out "/bin/sh\n""#]]);
}

#[test]
fn what_is_wrong_has_a_code() {
    let check = |input: Value, expected: &Expect| {
        let project = project();
        fs::write(project.path("file"), "").unwrap();
        std::os::unix::fs::symlink("/", project.path("out")).unwrap();
        let input: RunShell = serde_json::from_value(input).unwrap();
        let error = run_shell(&project.workspace, &input, &Control::unbounded()).unwrap_err();
        let failure = Failure::from(error);
        let text = format!("{}: {}", failure.code, failure.message);
        let folder = project.folder.path().canonicalize().unwrap();
        let text = text.replace(folder.to_str().unwrap(), "PROJECT");
        expected.assert_eq(&text.replace(folder.parent().unwrap().to_str().unwrap(), "PARENT"));
    };
    check(json!({"command": "a\0b"}), &expect!["invalid_command: the command has a NUL byte"]);
    check(
        json!({"command": "", "workdir": "missing"}),
        &expect![
            "no_workdir: PROJECT/missing: cannot be the folder of the command; give one that exists: No such file or directory (os error 2)"
        ],
    );
    check(
        json!({"command": "", "workdir": "file"}),
        &expect![
            "no_workdir: PROJECT/file: cannot be the folder of the command; give one that exists: Not a directory (os error 20)"
        ],
    );
    check(
        json!({"command": "", "workdir": ".."}),
        &expect!["outside: the folder of the command: PARENT: lies outside PROJECT"],
    );
    check(
        json!({"command": "", "workdir": "out/etc"}),
        &expect![
            "outside: the folder of the command: PROJECT/out/etc: leads to /etc, which lies outside PROJECT"
        ],
    );
    check(
        json!({"command": "", "shell": "no-such-shell"}),
        &expect![
            "no_shell: no-such-shell: no such shell in the PATH of the command; give `shell` as an absolute path"
        ],
    );
    check(
        json!({"command": "", "env": {"A=B": "1"}}),
        &expect![[
            r#"invalid_variable: env: "A=B": no `=` or NUL in a name, no NUL in a value, and no empty name"#
        ]],
    );
    check(
        json!({"command": "", "env": {"A": "1\u{0}"}}),
        &expect![[
            r#"invalid_variable: env: "A": no `=` or NUL in a name, no NUL in a value, and no empty name"#
        ]],
    );
    check(
        json!({"command": "", "env": {"": null}}),
        &expect![[
            r#"invalid_variable: env: "": no `=` or NUL in a name, no NUL in a value, and no empty name"#
        ]],
    );
}

#[test]
fn it_runs_in_its_folder() {
    let project = project();
    fs::create_dir(project.path("sub dir")).unwrap();
    let input = RunShell { workdir: Some("sub dir".into()), ..RunShell::new("pwd") };
    let output = project.run(&input);
    let expected = project.path("sub dir").canonicalize().unwrap();
    assert_eq!(output.stdout.text.trim_end(), expected.to_str().unwrap());
}

#[test]
fn a_background_child_holding_the_pipe_does_not_hold_the_call() {
    let project = project();
    for command in [
        "sleep 1000 & echo started",
        "(sleep 1000 &) ; echo started",
        "setsid sleep 1000 & echo started",
        "setsid sh -c 'sleep 1000 & sleep 1000' & echo started",
        "nohup sleep 1000 2>/dev/null & disown; echo started",
    ] {
        let output = project.run(&RunShell::new(command));
        assert_eq!((output.exit_code, output.stdout.text.as_str()), (Some(0), "started\n"));
        assert!(!output.background.is_empty(), "{command}");
        for pid in output.background {
            let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
    let chatty = "(while :; do echo again; done) & echo $!";
    let input = RunShell { kill_background: true, ..RunShell::new(chatty) };
    assert_eq!(project.run(&input).ended, Ending::Exited);
}

/// Every way a process leaves its parent, and still has to die with the run.
const ESCAPES: [&str; 6] = [
    "sleep 1000",
    "sleep 1000 & sleep 1000 & wait",
    "setsid sleep 1000 & sleep 1000",
    "(setsid sh -c 'setsid sleep 1000 & sleep 1000' >/dev/null 2>&1 &); sleep 1000",
    "trap '' TERM HUP INT; while :; do sleep 1000; done",
    "kill -STOP $$",
];

fn short_grace() -> Limits {
    let mut limits = Limits::default();
    limits.shell.grace_milliseconds = 100;
    limits
}

#[test]
fn a_time_out_ends_all_that_came_from_it() {
    let project = project_with(short_grace());
    for command in ESCAPES {
        let mark = project.path("mark").to_str().unwrap().to_owned();
        let mut input = RunShell::new(format!("echo begun; {command}"));
        input.env.insert("LEFT_OVER".to_owned(), Some(mark.clone()));
        input.timeout_ms = Some(300);
        let output = project.run(&input);
        assert_eq!(output.ended, Ending::TimedOut, "{command}");
        assert_eq!(output.stdout.text, "begun\n", "{command}");
        assert_eq!(processes_with(&format!("LEFT_OVER={mark}")), [0; 0], "{command}");
    }
}

/// Who has this in its environment.
fn processes_with(variable: &str) -> Vec<u32> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir("/proc") else { return found };
    for entry in entries.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        let zombie = fs::read_to_string(entry.path().join("stat"))
            .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")));
        if !zombie && environment.split(|byte| *byte == 0).any(|one| one == variable.as_bytes()) {
            found.push(pid);
        }
    }
    found
}

#[test]
fn silence_ends_it_and_output_keeps_it_going() {
    let project = project_with(short_grace());
    let silent = RunShell { idle_timeout_ms: Some(200), ..RunShell::new("echo a; sleep 1000") };
    assert_eq!(project.run(&silent).ended, Ending::Idle);
    let talking = "for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done";
    let input = RunShell { idle_timeout_ms: Some(1000), ..RunShell::new(talking) };
    assert_eq!(project.run(&input).ended, Ending::Exited);
}

#[test]
fn it_can_end_itself_in_its_grace() {
    let command = "exec 2>/dev/null; trap 'echo cleaned up; exit 3' TERM; echo ready; while :; do sleep 0.01; done";
    let input = RunShell { timeout_ms: Some(500), ..RunShell::new(command) };
    check_input(&input, &expect![[r#"TimedOut, exit 3, out "ready\ncleaned up\n""#]]);
}

#[test]
fn cancelling_before_during_and_after() {
    let project = project_with(short_grace());
    let cancel = Cancel::new();
    let control = Control::cancelled_by(cancel.clone());
    let input = RunShell::new("echo begun; sleep 1000");
    let output = run_shell_with(&project.workspace, &input, &control, &mut |_| cancel.cancel());
    let output = output.unwrap();
    assert_eq!((output.ended, output.stdout.text.as_str()), (Ending::Cancelled, "begun\n"));
    let error = run_shell(&project.workspace, &input, &control).unwrap_err();
    assert_eq!(error.code(), "cancelled");
    let passed = Control::within(Duration::ZERO);
    let error = run_shell(&project.workspace, &input, &passed).unwrap_err();
    assert_eq!(error.code(), "deadline");
}

#[test]
fn chunks_come_as_they_are_printed_and_characters_stay_whole() {
    let project = project();
    let command = "for part in '\\303' '\\251' '\\342' '\\202' '\\254'; do printf $part; sleep 0.05; done; echo err >&2";
    let mut chunks = Vec::new();
    let mut on_chunk = |chunk: ironbridge_tools::shell::Chunk<'_>| {
        chunks.push((chunk.stream, std::str::from_utf8(chunk.bytes).unwrap().to_owned()));
    };
    let control = Control::within(WATCHDOG);
    run_shell_with(&project.workspace, &RunShell::new(command), &control, &mut on_chunk).unwrap();
    let expected = [(Stream::Stdout, "é"), (Stream::Stdout, "€"), (Stream::Stderr, "err\n")];
    assert_eq!(chunks, expected.map(|(stream, text)| (stream, text.to_owned())));
}

#[test]
fn escape_sequences_go_unless_they_are_wanted() {
    let command = "printf '\\033[1mbold\\033[0m\\033]0;title\\007 text'";
    check(command, &expect![[r#"Exited, exit 0, out "bold text""#]]);
    check_input(
        &RunShell { strip_ansi: false, ..RunShell::new(command) },
        &expect![[r#"Exited, exit 0, out "\u{1b}[1mbold\u{1b}[0m\u{1b}]0;title\u{7} text""#]],
    );
}

#[test]
fn what_memory_does_not_keep_is_in_the_file() {
    let project = project();
    let input = RunShell {
        output_bytes: Some(300),
        ..RunShell::new("for i in $(seq 1000); do echo \"line $i é\"; done; echo end >&2")
    };
    let output = project.run(&input);
    let file = output.full_output.unwrap();
    let whole = fs::read_to_string(&file).unwrap();
    assert_eq!(whole.lines().count(), 1001);
    assert_eq!((whole.len() as u64, output.full_output_missing_bytes), (output.output.bytes, 0));
    assert_eq!(output.output.lines, 1001);
    assert!(output.output.text.starts_with("line 1 é\n") && output.output.text.ends_with("end\n"));
    let hint = format!("all of it in {}", file.display());
    assert!(output.output.text.contains(&hint), "{}", output.output.text);
    let kept: Vec<_> = output.output.text.split("\n[…").collect();
    assert!(whole.starts_with(kept[0]));
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(project.run(&RunShell::new("echo short")).full_output.is_none());
}

#[test]
fn the_file_is_bounded_and_old_ones_are_pruned() {
    let mut limits = Limits::default();
    limits.shell.spill_bytes = 1000;
    limits.shell.spill_files = 2;
    let project = project_with(limits);
    let input =
        RunShell { output_bytes: Some(10), ..RunShell::new("head -c 5000 /dev/zero | tr '\\0' x") };
    for _ in 0..4 {
        let output = project.run(&input);
        assert_eq!(fs::metadata(output.full_output.unwrap()).unwrap().len(), 1000);
        assert_eq!((output.full_output_missing_bytes, output.output.bytes), (4000, 5000));
    }
    assert_eq!(fs::read_dir(project.state.path().join("outputs")).unwrap().count(), 2);
}

#[test]
fn a_state_folder_that_cannot_be_written_does_not_lose_the_result() {
    let project = project();
    fs::write(project.state.path().join("outputs"), "in the way").unwrap();
    let input = RunShell { output_bytes: Some(30), ..RunShell::new("seq 1000") };
    let output = project.run(&input);
    assert_eq!((output.exit_code, output.full_output), (Some(0), None));
    assert_eq!(output.full_output_missing_bytes, output.output.bytes);
}

#[test]
fn a_hundred_megabytes_pass_through_a_little_memory() {
    let output = project().run(&RunShell::new("head -c 100000000 /dev/zero | tr '\\0' 'x'"));
    assert_eq!(output.stdout.bytes, 100_000_000);
    assert!(output.stdout.text.len() < 60_000);
}

#[test]
fn usage_is_the_commands_own() {
    let command = "python3 -c 'x = bytearray(400_000_000); x[::4096] = b\"y\" * len(x[::4096])'";
    let output = project().run(&RunShell::new(command));
    if output.exit_code != Some(0) {
        return println!("skipped: no python3");
    }
    assert!(output.usage.max_resident_bytes.is_some_and(|bytes| bytes > 390_000_000));
    assert!(output.usage.user_ms + output.usage.system_ms > 1.0);
    let small = project().run(&RunShell::new("true"));
    assert!(small.usage.max_resident_bytes.is_none_or(|bytes| bytes < 390_000_000));
}

#[test]
fn no_descriptor_is_left_and_none_is_inherited() {
    if !cfg!(target_os = "linux") {
        return println!("skipped: no /proc");
    }
    // Without close-on-exec, as somebody else in this process may have opened one.
    let (leaky, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    rustix::io::fcntl_setfd(&leaky, rustix::io::FdFlags::empty()).unwrap();
    // 3 is the folder that `ls` reads.
    let shell = Some("/bin/sh".into());
    let output = project().run(&RunShell { shell, ..RunShell::new("ls /proc/self/fd") });
    assert_eq!(output.stdout.text, "0\n1\n2\n3\n");
}

#[test]
fn the_tool_runs_from_json() {
    let tools = ironbridge_tools::tools();
    let tool = tools.iter().find(|tool| tool.name == "shell").unwrap();
    let project = project();
    let output =
        tool.run(&project.workspace, json!({"command": "echo a; exit 2"}), &Control::unbounded());
    let output = output.unwrap();
    let facts =
        [&output["ended"], &output["exitCode"], &output["output"]["text"], &output["status"]];
    assert_eq!(facts, [&json!("exited"), &json!(2), &json!("a\n"), &json!(2)]);
}
