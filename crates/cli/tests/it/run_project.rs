//! `run`: what a project tells the agent, and the tools beyond reading and writing.

use std::fs;
use std::process::Command;

use ironbridge_testkit::{Script, ToolLoop, Upstream, chat};
use serde_json::{Value, json};

use crate::command::Home;

const OFFLINE: [&str; 3] = ["run", "--model", "offline"];

fn run(home: &Home, arguments: &[&str]) -> String {
    home.run(&[&OFFLINE[..], arguments].concat(), "")
}

/// A home whose model is a script, and the model.
fn with_model(script: Script, files: &[(&str, &str)]) -> (Home, Upstream) {
    let upstream = Upstream::start_on_thread(script);
    let url = format!("{}/v1", upstream.base_url());
    let config = format!(
        "[[provider]]\nname = \"p\"\nkind = \"openai\"\nbase_url = \"{url}\"\napi = [\"chat\"]\n"
    );
    let home = Home::with(&[&[("config.toml", config.as_str())], files].concat());
    (home, upstream)
}

fn messages(upstream: &Upstream, request: usize) -> Value {
    upstream.requests()[request].json()["messages"].clone()
}

#[test]
fn instructions_skills_and_commands_reach_the_model() {
    let skill = "---\nname: release\ndescription: How to release.\n---\nRun the script.\n";
    let command =
        "---\ndescription: Reviews a file\nparameters: [file]\n---\nReview {{file}} well.\n";
    let script = ToolLoop::call("skill", json!({"name": "release"}))
        .then_call("read_file", json!({"path": "sub/a.rs"}))
        .then_text("done");
    let (home, upstream) = with_model(
        script.into(),
        &[
            ("AGENTS.md", "Use tabs."),
            ("sub/AGENTS.md", "Here use blanks."),
            ("sub/a.rs", "fn a() {}\n"),
            (".agents/skills/release/SKILL.md", skill),
            (".claude/commands/review.md", command),
        ],
    );
    let seen = home.run(&["run", "--model", "m", "/review @sub/a.rs"], "");
    assert!(seen.ends_with("--- exit 0\n"), "{seen}");
    let first = messages(&upstream, 0);
    let system = first[0]["content"].to_string();
    assert!(
        system.contains("Use tabs.") && system.contains("- release: How to release."),
        "{system}"
    );
    assert!(!system.contains("Run the script."), "{system}");
    let prompt = first[1].to_string();
    assert!(prompt.contains("Review @sub/a.rs well.") && prompt.contains("fn a() {}"), "{prompt}");
    assert!(messages(&upstream, 1).to_string().contains("Run the script."));
    let last = messages(&upstream, 2).to_string();
    assert!(last.contains("## sub/AGENTS.md\\nHere use blanks."), "{last}");
}

#[test]
fn a_picture_that_is_mentioned_is_sent_as_one() {
    let (home, upstream) = with_model(Script::always(chat::text("a dot")), &[]);
    let png = [
        0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0,
        0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1F, 0x15, 0xC4, 0x89,
    ];
    fs::write(home.path().join("dot.png"), png).unwrap();
    home.run(&["run", "--model", "gpt-4o", "what is @dot.png"], "");
    let prompt = messages(&upstream, 0)[1].to_string();
    assert!(prompt.contains("data:image/png;base64,iVBORw0KGgo"), "{prompt}");
}

#[test]
fn several_files_are_changed_by_a_patch_moved_and_deleted() {
    let home = Home::with(&[("a.txt", "one\ntwo\n"), ("b.txt", "b"), ("c.txt", "c")]);
    let patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+2\n*** Add File: d.txt\n+new\n*** End Patch";
    let calls = [
        format!("call apply_patch {}", json!({"patch": patch})),
        format!("call file_op {}", json!({"operation": "mkdir", "path": "in/ner"})),
        format!(
            "call file_op {}",
            json!({"operation": "move", "path": "b.txt", "destination": "in/ner/b.txt"})
        ),
        format!("call file_op {}", json!({"operation": "delete", "path": "c.txt"})),
        format!(
            "call file_op {}",
            json!({"operation": "copy", "path": "a.txt", "destination": "../out.txt"})
        ),
    ];
    let seen = run(&home, &[&calls.join("\n")]);
    assert_eq!(seen.matches('✓').count(), 4, "{seen}");
    let text = |name: &str| fs::read_to_string(home.path().join(name)).unwrap_or_default();
    let held = [text("a.txt"), text("d.txt"), text("in/ner/b.txt"), text("c.txt"), text("b.txt")];
    assert_eq!(held, ["one\n2\n", "new\n", "b", "", ""], "{seen}");
    run(&home, &["--continue", "/undo"]);
    let held = [text("a.txt"), text("d.txt"), text("in/ner/b.txt"), text("c.txt"), text("b.txt")];
    assert_eq!(held, ["one\ntwo\n", "", "", "c", "b"]);
}

/// A server that is started, heard, spoken to and stopped; none of it outlives the run.
#[cfg(unix)]
#[test]
fn a_command_goes_on_while_the_model_does_other_things() {
    let (home, upstream) = with_model(
        ToolLoop::call(
            "shell_session",
            json!({"action": "start", "command": "echo $$ > pid.txt; echo ready; read line; echo got $line; sleep 600"}),
        )
        .then_call("shell_session", json!({"action": "write", "session": 1, "input": "hello\n", "wait_seconds": 2}))
        .then_call("shell_session", json!({"action": "list"}))
        .then_text("done")
        .into(),
        &[],
    );
    let asked = home.run(&["run", "--json", "--model", "m", "go"], "");
    assert!(asked.contains("approval_needed"), "{asked}");
    let seen = home.run(&["run", "--json", "--mode", "yolo", "--model", "m", "go"], "");
    assert!(seen.contains("\"done\""), "{seen}");
    let last = upstream.requests().last().unwrap().json()["messages"].to_string();
    assert!(last.contains("got hello") && last.contains("session 1: echo $$"), "{last}");
    let pid = fs::read_to_string(home.path().join("pid.txt")).unwrap();
    let alive = Command::new("kill").args(["-0", pid.trim()]).output().unwrap();
    assert!(!alive.status.success(), "the command still runs");
}

#[test]
fn a_commit_is_asked_about_and_made_in_yolo() {
    let home = Home::with(&[("a.txt", "a")]);
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        let identity = ["-c", "user.name=T", "-c", "user.email=t@example.org"];
        let output = git.current_dir(home.path()).args(identity).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    git(&["init", "--quiet"]);
    git(&["config", "user.name", "T"]);
    git(&["config", "user.email", "t@example.org"]);
    let add = format!("call git_add {}", json!({"files": ["a.txt"]}));
    let commit = format!("call git_commit {}", json!({"message": "Add a"}));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let seen = |mode: &str, prompt: &str| {
        let mut command = home.command(&[&OFFLINE[..], &["--mode", mode, prompt]].concat());
        command.env("PATH", &path);
        home.seen(command, "")
    };
    let asked = seen("auto-accept", &format!("{add}\n{commit}"));
    assert!(asked.contains("git_commit needs an approval (makes a commit): Add a"), "{asked}");
    let made = seen("yolo", &commit);
    assert!(made.contains("Add a") && made.ends_with("--- exit 0\n"), "{made}");
    assert_eq!(git(&["log", "--format=%s"]), "Add a\n");
}

#[test]
fn a_sub_agent_reads_and_its_tokens_count() {
    let script = Script::by(|request| {
        let body = request.json();
        let said = body["messages"].to_string();
        if said.contains("find the answer")
            && body["messages"][1]["content"].to_string().contains("find the answer")
        {
            let offered = body["tools"].to_string();
            assert!(
                !offered.contains("\"write_file\"") && !offered.contains("\"agent\""),
                "{offered}"
            );
            return chat::text("it is 42").into();
        }
        if said.contains("it is 42") {
            return chat::text("42, says the sub-agent").into();
        }
        let arguments = json!({"description": "look", "prompt": "find the answer"});
        chat::reply().tool_call("c1", "agent", &arguments).into()
    });
    let (home, upstream) = with_model(script, &[]);
    let seen = home.run(&["run", "--json", "--model", "m", "go"], "");
    let result: Value = serde_json::from_str(seen.lines().next().unwrap()).unwrap();
    assert_eq!(result["text"], "42, says the sub-agent", "{seen}");
    assert_eq!(upstream.requests().len(), 3);
}

#[test]
fn a_secret_of_the_environment_is_neither_told_nor_kept_nor_written_back() {
    let home = Home::with(&[(".env", "DB=1\nTOKEN=hunter2-hunter2-hunter2\n")]);
    let read = format!("call read_file {}", json!({"path": ".env"}));
    let mut command = home.command(&[&OFFLINE[..], &[read.as_str()]].concat());
    command.env("MY_API_TOKEN", "hunter2-hunter2-hunter2");
    let seen = home.seen(command, "");
    assert!(seen.contains("TOKEN=[secret masked by ironbridge]"), "{seen}");
    let sessions = fs::read_dir(home.path().join("sessions")).unwrap();
    for file in sessions.flatten() {
        assert!(!fs::read_to_string(file.path()).unwrap().contains("hunter2"));
    }
    let content = "DB=2\nTOKEN=[secret masked by ironbridge]\n";
    let write = format!("call write_file {}", json!({"path": ".env", "content": content}));
    let seen = run(&home, &[&format!("{read}\n{write}")]);
    assert!(seen.contains("✗ write_file"), "{seen}");
    let kept = fs::read_to_string(home.path().join(".env")).unwrap();
    assert_eq!(kept, "DB=1\nTOKEN=hunter2-hunter2-hunter2\n");
}

#[test]
fn a_context_that_fills_is_summarised_by_the_model_within_the_turn() {
    // A server that tells no usage: what is sent is counted here.
    let untold = chat::UsagePlace::Nowhere;
    let script = Script::by(move |request| {
        let said = request.json()["messages"].to_string();
        if said.contains("You summarise the beginning") {
            return chat::text("They wrote some files.").usage_place(untold).into();
        }
        if said.contains("They wrote some files.") {
            return chat::text("done").usage_place(untold).into();
        }
        let step = said.matches("\"role\":\"tool\"").count();
        let content = format!("{step} {}", "word ".repeat(1_500));
        let arguments = json!({"path": format!("{step}.txt"), "content": content});
        chat::reply()
            .tool_call(&format!("c{step}"), "create_file", &arguments)
            .usage_place(untold)
            .into()
    });
    let (home, _upstream) = with_model(script, &[]);
    let seen = home.run(&["run", "--model", "m", "--context-max", "12000", "write files"], "");
    assert!(seen.starts_with("done\n"), "{seen}");
    assert!(seen.contains("the beginning of the conversation was summarised"), "{seen}");
}
