//! `run`: what it takes from the files of the agent that came before, what it remembers, and what it logs.

use std::fs;

use ironbridge_testkit::{Script, Upstream, chat};
use serde_json::{Value, json};

use crate::command::Home;

fn result(seen: &str) -> Value {
    serde_json::from_str(seen.lines().next().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}: {seen}"))
}

#[test]
fn the_users_agents_config_names_providers_models_prompts_and_tools() {
    let upstream = Upstream::start_on_thread(Script::always(chat::text("hi")));
    let file = json!({"nanocoder": {
        "providers": [
            {"name": "gone", "sdkProvider": "google", "models": ["g"]},
            {
                "name": "local",
                "baseUrl": "$BASE/v1",
                "apiKey": "${LOCAL_KEY:-nothing-much}",
                "models": ["small-model", "other"],
                "contextWindow": 32_000
            }
        ],
        "disabledTools": ["file_op"],
        "systemPrompt": {"mode": "append", "content": "Answer in rhymes."},
        "headless": {"maxTurns": 3}
    }});
    let home = Home::with(&[(".config/nanocoder/agents.config.json", &file.to_string())]);
    let run = |arguments: &[&str]| {
        let mut command = home.command(&[&["run", "--json"], arguments].concat());
        command.env("BASE", upstream.base_url());
        home.seen(command, "")
    };
    let seen = run(&["hello"]);
    assert_eq!(result(&seen)["text"], "hi", "{seen}");
    assert!(
        seen.contains("warning: the provider gone of agents.config.json is left out"),
        "{seen}"
    );
    let request = &upstream.requests()[0];
    let body = request.json();
    assert_eq!(body["model"], "small-model");
    let system = body["messages"][0]["content"].to_string();
    assert!(
        system.contains("Answer in rhymes.") && system.contains("You are Ironbridge"),
        "{system}"
    );
    let tools = body["tools"].to_string();
    assert!(tools.contains("\"read_file\"") && !tools.contains("\"file_op\""), "{tools}");
    assert_eq!(request.header("authorization"), Some("Bearer nothing-much"));
    // The model that was named last is asked where none is named.
    run(&["--model", "local/other", "hello"]);
    run(&["hello"]);
    let models: Vec<Value> =
        upstream.requests().iter().map(|request| request.json()["model"].clone()).collect();
    assert_eq!(models, ["small-model", "other", "other"]);
}

#[test]
fn preferences_that_cannot_be_read_are_set_aside() {
    let home = Home::with(&[("preferences.json", "{half")]);
    let seen = home.run(&["run", "--model", "offline", "hello"], "");
    assert!(seen.contains("warning: preferences.json cannot be read"), "{seen}");
    assert!(seen.ends_with("--- exit 0\n"), "{seen}");
    let aside = fs::read_to_string(home.path().join("preferences.json.damaged")).unwrap();
    assert_eq!(aside, "{half");
}

#[test]
fn a_run_logs_into_a_file_with_its_session_on_each_line() {
    let home = Home::new();
    let seen = home.run(&["run", "--json", "-v", "--model", "offline", "hello"], "");
    let id = result(&seen)["session"].as_str().unwrap().to_owned();
    let log = fs::read_to_string(home.path().join("logs/agent.log")).unwrap();
    assert!(log.lines().any(|line| line.starts_with(&id)), "{log}");
    for line in log.lines() {
        assert!(line.starts_with(&id) || line.starts_with("- "), "{line}");
    }
}
