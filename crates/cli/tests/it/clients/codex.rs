//! Codex, headless: `codex exec` with a model provider of `wire_api = "responses"`.

use ironbridge_testkit::{Dialect, FakeGithub, GithubEndpoint, ToolLoop, Upstream};
use serde_json::json;

use super::agents::{self, NOTE, SHOUT, SHOUTED, Workplace};
use super::gateway::Gateway;
use super::program::Ended;
use super::test_bed;

/// Runs `codex exec` with this prompt; `None`, and it has said so: it is not installed.
fn codex(workplace: &Workplace, gateway: &Gateway, model: &str, prompt: &str) -> Option<Ended> {
    let mut command = test_bed::node("node_modules/@openai/codex/bin/codex.js")?;
    let config = format!(
        "model = \"{model}\"\n\
         model_provider = \"ironbridge\"\n\
         check_for_update_on_startup = false\n\
         [model_providers.ironbridge]\n\
         name = \"Ironbridge\"\n\
         base_url = \"{}/v1\"\n\
         env_key = \"IRONBRIDGE_KEY\"\n\
         wire_api = \"responses\"\n",
        gateway.base_url()
    );
    workplace.home().write("codex/config.toml", config).unwrap();
    command
        .args(["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"])
        .arg(prompt)
        .env("CODEX_HOME", workplace.home().path().join("codex"))
        .env("IRONBRIDGE_KEY", "dummy");
    Some(workplace.run(command))
}

#[test]
fn runs_commands_on_the_offline_model() {
    let workplace = Workplace::new();
    let gateway = Gateway::offline();
    let read = json!({"cmd": "cat note.txt"});
    let shout = json!({ "cmd": SHOUT });
    let prompt = format!("call exec_command {read}\ncall exec_command {shout}");
    let Some(ended) = codex(&workplace, &gateway, "offline", &prompt) else { return };
    assert_eq!(ended.stdout.matches("Tool exec_command returned: ").count(), 2, "{ended:?}");
    for expected in [NOTE, SHOUTED] {
        assert!(ended.stdout.contains(expected), "{expected:?} is missing in {ended:?}");
    }
}

/// Reads the note, then shouts it.
fn tool_loop() -> ToolLoop {
    ToolLoop::call("exec_command", json!({"cmd": "cat note.txt"}))
        .then_call("exec_command", json!({ "cmd": SHOUT }))
        .then_text("It says {result}.")
}

/// The loop on a scripted upstream of one dialect: natively, or by translation.
fn check(dialect: Dialect) {
    let workplace = Workplace::new();
    let upstream = Upstream::start_on_thread(tool_loop());
    let gateway = Gateway::before(&upstream);
    let model = format!("{dialect}-loop");
    let Some(ended) = codex(&workplace, &gateway, &model, "Shout the note.") else { return };
    let says = ended.stdout.trim().starts_with("It says ");
    assert!(says && ended.stdout.contains(SHOUTED), "{ended:?}");
    agents::check_requests(&upstream, dialect, 2);
}

#[test]
fn plays_a_tool_loop_on_responses() {
    check(Dialect::Responses);
}

#[test]
fn plays_a_tool_loop_on_chat() {
    check(Dialect::Chat);
}

#[test]
fn plays_a_tool_loop_on_messages() {
    check(Dialect::Messages);
}

/// One prompt of the user is one request of the user's; what the tools said is the agent's.
#[test]
fn plays_a_tool_loop_on_copilot() {
    let workplace = Workplace::new();
    let github = FakeGithub::start_on_thread();
    github.play(GithubEndpoint::Responses, tool_loop());
    let gateway = Gateway::before_copilot(&github);
    let Some(ended) = codex(&workplace, &gateway, "gpt-5.3-codex", "Shout the note.") else {
        return;
    };
    assert!(ended.stdout.contains(SHOUTED), "{ended:?}");
    let asked = github.requests_to(GithubEndpoint::Responses);
    assert_eq!(agents::initiators(&asked), ["user", "agent", "agent"]);
}
