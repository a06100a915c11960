//! claude-code-router, from npm. It takes messages only, and sends them on as chat completions.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Peer, Setup, no_headers, version_of_npm};
use crate::case::{CASES, Case};

pub(super) const PEER: Peer = Peer {
    name: "ccr",
    forwards: false,
    translates: true,
    counts_tokens: false,
    model_prefix: "mock,",
    headers: no_headers,
    version: |setup| version_of_npm(setup, "@musistudio/claude-code-router"),
    start_limit: Duration::from_secs(60),
    command,
};

fn command(setup: &Setup) -> Result<Command> {
    let script =
        setup.installed.join("node/node_modules/@musistudio/claude-code-router/dist/cli.js");
    ensure!(script.exists(), "not installed: there is no {}", script.display());
    let models: Vec<String> = CASES.iter().map(Case::model).collect();
    let config = json!({
        "HOST": "127.0.0.1",
        "PORT": setup.port,
        "LOG": false,
        "API_TIMEOUT_MS": 60_000,
        "Providers": [{
            "name": "mock",
            "api_base_url": format!("http://{}/v1/chat/completions", setup.mock),
            "api_key": "sk-mock",
            "models": models,
        }],
        "Router": { "default": format!("mock,{}", models.first().map_or("mock", String::as_str)) },
    });
    std::fs::create_dir_all(setup.folder.join(".claude-code-router"))?;
    setup.write(".claude-code-router/config.json", &config.to_string())?;
    // Left by a run that was killed, it would make this one believe that it runs already.
    let _ = std::fs::remove_file(setup.folder.join(".claude-code-router/.claude-code-router.pid"));
    let mut command = setup.command("node");
    command.arg(script).arg("start").env("HOME", &setup.folder);
    Ok(command)
}
