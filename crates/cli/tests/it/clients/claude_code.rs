//! Claude Code, headless: `claude -p` with `ANTHROPIC_BASE_URL`.

use std::process::Command;

use ironbridge_testkit::{Dialect, FakeGithub, GithubEndpoint, ToolLoop, Upstream};
use serde_json::json;

use super::agents::{self, NOTE, NOTE_FILE, SHOUT, SHOUTED, Workplace};
use super::gateway::Gateway;
use super::test_bed;

/// `claude`, about to work for this prompt. The package's own launcher: unlike its `bin` it does not
/// depend on whether npm was allowed to run install scripts.
fn claude(gateway: &Gateway, model: &str, prompt: &str) -> Option<Command> {
    let mut command = test_bed::node("node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs")?;
    command
        .args(["-p", prompt, "--model", model, "--allowedTools", "Bash", "Read"])
        .env("ANTHROPIC_BASE_URL", gateway.base_url())
        .env("ANTHROPIC_AUTH_TOKEN", "dummy")
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        // It refuses to work as root outside a sandbox.
        .env("IS_SANDBOX", "1");
    Some(command)
}

#[test]
fn reads_a_file_and_runs_a_command_on_the_offline_model() {
    let workplace = Workplace::new();
    let gateway = Gateway::offline();
    let file = workplace.work().join(NOTE_FILE);
    let read = json!({ "file_path": file });
    let run = json!({"command": SHOUT, "description": "Shout the note"});
    let prompt = format!("call Read {read}\ncall Bash {run}");
    let Some(claude) = claude(&gateway, "offline", &prompt) else { return };
    let ended = workplace.run(claude);
    for expected in ["Tool Read returned: ", NOTE, "Tool Bash returned: ", SHOUTED] {
        assert!(ended.stdout.contains(expected), "{expected:?} is missing in {ended:?}");
    }
}

/// Reads the note, then shouts it.
fn tool_loop(workplace: &Workplace) -> ToolLoop {
    let file = workplace.work().join(NOTE_FILE);
    ToolLoop::call("Read", json!({ "file_path": file }))
        .then_call("Bash", json!({"command": SHOUT, "description": "Shout the note"}))
        .then_text("It says {result}.")
}

/// The loop on a scripted upstream of one dialect: natively, or by translation.
fn check(dialect: Dialect) {
    let workplace = Workplace::new();
    let upstream = Upstream::start_on_thread(tool_loop(&workplace));
    let gateway = Gateway::before(&upstream);
    let model = format!("{dialect}-loop");
    let Some(claude) = claude(&gateway, &model, "Shout the note.") else { return };
    let ended = workplace.run(claude);
    assert_eq!(ended.stdout.trim(), format!("It says {SHOUTED}."), "{ended:?}");
    agents::check_requests(&upstream, dialect, 2);
}

#[test]
fn plays_a_tool_loop_on_messages() {
    check(Dialect::Messages);
}

#[test]
fn plays_a_tool_loop_on_chat() {
    check(Dialect::Chat);
}

#[test]
fn plays_a_tool_loop_on_responses() {
    check(Dialect::Responses);
}

/// Its own name for the model is not Copilot's; and one prompt of the user is one request of the user's.
#[test]
fn plays_a_tool_loop_on_copilot() {
    let workplace = Workplace::new();
    let github = FakeGithub::start_on_thread();
    github.play(GithubEndpoint::Messages, tool_loop(&workplace));
    let gateway = Gateway::before_copilot(&github);
    let model = "claude-sonnet-4-5-20250929";
    let Some(claude) = claude(&gateway, model, "Shout the note.") else { return };
    let ended = workplace.run(claude);
    assert_eq!(ended.stdout.trim(), format!("It says {SHOUTED}."), "{ended:?}");
    let asked = github.requests_to(GithubEndpoint::Messages);
    assert_eq!(agents::initiators(&asked), ["user", "agent", "agent"]);
}
